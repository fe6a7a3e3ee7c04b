//! Mode `claude` against a stand-in on the path, and the keychain's writer against a stand-in for `/usr/bin/security`.

use std::fs;

use tempfile::TempDir;
use wick::domain::credential::Problem;
use wick::domain::refresh::WriteError;
use wick::domain::secret::Secret;
use wick::platform::store::keychain::Item;
use wick::platform::store::keychain_writer::{KeychainJournal, KeychainWriter};
use wick::ports::{CredentialWriter, Journal};

use crate::support::credential::SENTINEL;
use crate::support::refreshed::{configure, credential, home_and_server, intent, refresh, stored, tokens};
use crate::support::write_program;

/// Notes how it was called and with which environment; refreshes at the command that `when` names.
const CLAUDE: &str = r#"#!/bin/sh
echo "$* in $(ls -A | wc -l | tr -d ' ') files" >> "$HOME/calls"
env >> "$HOME/environment"
[ "$*" = "$(cat "$HOME/when")" ] || exit 1
cp "$HOME/renewed" "$HOME/.claude/.credentials.json.tmp" && mv "$HOME/.claude/.credentials.json.tmp" "$HOME/.claude/.credentials.json"
"#;

#[test]
fn claude_code_is_asked_until_the_credential_has_changed() {
    for (when, calls) in [("plugin list", 1), ("auth status --json", 2), ("mcp list", 3), ("never", 3)] {
        let (home, server) = home_and_server(200);
        configure(&home, &server, "mode = \"claude\"");
        home.add_program("claude", CLAUDE);
        fs::write(home.path().join("when"), when).unwrap();
        fs::write(home.path().join("renewed"), credential(28_800).json().replace("-access\"", "-access-2\"")).unwrap();
        let output = home
            .wick(&["refresh", "--json"])
            .envs([("ANTHROPIC_API_KEY", "k"), ("CLAUDE_CODE_OAUTH_TOKEN", "t"), ("CLAUDE_CODE_KEPT", "yes")])
            .output()
            .unwrap();
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let made = fs::read_to_string(home.path().join("calls")).unwrap();
        assert_eq!(made.lines().count(), calls, "{made}");
        assert!(made.lines().all(|line| line.ends_with("in 0 files")), "an empty folder: {made}");
        let environment = fs::read_to_string(home.path().join("environment")).unwrap();
        assert!(!environment.contains("ANTHROPIC_") && !environment.contains("OAUTH"), "{environment}");
        assert!(environment.contains("CLAUDE_CODE_KEPT=yes") && !environment.contains(SENTINEL));
        if when == "never" {
            assert_eq!((&report["outcome"], &report["error"]["code"]), (&"failed".into(), &"claude_did_not".into()));
        } else {
            assert_eq!(report["outcome"], "refreshed");
            assert_eq!(stored(&home)["accessToken"], "tok-sentinel-access-2");
        }
        assert_eq!(server.posts().len(), 0);
    }
}

#[test]
fn claude_code_is_not_asked_before_it_would_refresh() {
    let (home, server) = home_and_server(400);
    configure(&home, &server, "mode = \"claude\"");
    home.add_program("claude", CLAUDE);
    fs::write(home.path().join("when"), "never").unwrap();
    let ran = refresh(&home, &["--force"]);
    assert_eq!((ran.outcome(), ran.error()), (("still_fresh", Some(0)), "claude_renews_late"));
    assert!(!home.path().join("calls").exists());
}

/// Whoever changes its sign-in and not the fingerprint in `keychainOverflow` cuts off what is sealed in the second item.
#[test]
fn a_sign_in_that_something_sealed_is_bound_to_is_refreshed_by_claude_code_alone() {
    let (home, server) = home_and_server(100);
    configure(&home, &server, "mode = \"direct\"");
    let split = |json: String| json.replacen('{', r#"{"keychainOverflow":{"slot":"a","login":"0f"},"#, 1);
    home.write(&split(credential(100).json()));
    home.add_program("claude", CLAUDE);
    fs::write(home.path().join("when"), "plugin list").unwrap();
    let renewed = split(credential(28_800).json().replace("-access\"", "-access-2\""));
    fs::write(home.path().join("renewed"), renewed).unwrap();
    assert_eq!(refresh(&home, &[]).outcome(), ("refreshed", Some(0)));
    assert_eq!((stored(&home)["accessToken"].clone(), server.posts().len()), ("tok-sentinel-access-2".into(), 0));
    // Where it does not, the reason is said.
    home.write(&split(credential(100).json()));
    fs::write(home.path().join("when"), "never").unwrap();
    let ran = refresh(&home, &[]);
    assert_eq!((ran.outcome(), ran.error()), (("failed", Some(1)), "claude_did_not"));
    let said = ran.report["error"]["message"].as_str().unwrap();
    assert!(said.contains("a part of the keychain item"), "{said}");
    assert_eq!(server.posts().len(), 0);
}

#[test]
fn a_claude_code_that_is_not_there_is_named() {
    let (home, server) = home_and_server(100);
    configure(&home, &server, "mode = \"claude\"");
    let output = home.wick(&["refresh", "--json"]).env("PATH", home.path().join("bin")).output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    if report["outcome"] == "failed" {
        assert_eq!(report["error"]["code"], "claude_did_not");
    }
    assert_eq!(server.posts().len(), 0);
}

/// Keeps items as files named after their service, and notes its arguments.
const SECURITY: &str = r#"#!/bin/sh
folder=$(dirname "$0")
echo "$*" >> "$folder/arguments"
[ "$(cat "$folder/mode" 2>/dev/null)" != refuses ] || { [ "$1" = find-generic-password ] || exit 0; }
case $1 in
find-generic-password) cat "$folder/item-$5" 2>/dev/null || exit 44; echo ;;
delete-generic-password) rm "$folder/item-$5" 2>/dev/null || exit 44 ;;
-i)
    read -r line
    service=$(printf %s "$line" | sed 's/.* -s "\([^"]*\)".*/\1/')
    hex=$(printf %s "$line" | sed 's/.* -X "\([^"]*\)".*/\1/')
    printf %s "$hex" | sed 's/../\\x&/g' > "$folder/hex"
    bash -c 'printf %b "$(cat "$0")"' "$folder/hex" > "$folder/item-$service"
    rm "$folder/hex" ;;
esac
"#;

struct Keychain(TempDir);

impl Keychain {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        write_program(&folder.path().join("security"), SECURITY);
        Self(folder)
    }

    fn writer(&self, service: &str) -> KeychainWriter {
        let item = Item { service: service.to_owned(), account: "ada".to_owned(), lock_folder: "/nowhere".into() };
        KeychainWriter { item, program: self.0.path().join("security") }
    }

    fn arguments(&self) -> String {
        fs::read_to_string(self.0.path().join("arguments")).unwrap_or_default()
    }
}

#[test]
fn an_item_is_written_over_standard_input_and_read_back() {
    let keychain = Keychain::new();
    let mut writer = keychain.writer("Claude Code-credentials");
    assert_eq!(writer.load(), Err(Problem::Absent));
    let text = Secret::from(r#"{"claudeAiOauth":{"accessToken":"tok-sentinel","x":"é \\"}}"#.to_owned());
    assert_eq!(writer.prove(text.expose().len()), Ok(()));
    assert_eq!(writer.replace(&text), Ok(()));
    assert_eq!(writer.load(), Ok(text));
    assert!(!keychain.arguments().contains(SENTINEL), "{}", keychain.arguments());
}

#[test]
fn a_program_that_says_yes_and_writes_nothing_is_found_out() {
    let keychain = Keychain::new();
    let mut writer = keychain.writer("Claude Code-credentials");
    writer.replace(&Secret::from("{}".to_owned())).unwrap();
    fs::write(keychain.0.path().join("mode"), "refuses").unwrap();
    let refused = writer.replace(&Secret::from("{\"a\":1}".to_owned()));
    assert!(matches!(refused, Err(WriteError::ReadBackDiffers)), "{refused:?}");
}

#[test]
fn a_line_that_the_program_would_not_take_is_known_beforehand() {
    let keychain = Keychain::new();
    let mut writer = keychain.writer("Claude Code-credentials");
    let line = "add-generic-password -U -a \"ada\" -s \"Claude Code-credentials\" -X \"\"\n".len();
    let longest = (4032 - 512 - line) / 2;
    assert_eq!(writer.prove(longest), Ok(()));
    assert!(matches!(writer.prove(longest + 1), Err(WriteError::TooLong(_))));
    assert_eq!(keychain.arguments(), "", "found out without asking");
}

#[test]
fn the_keychains_journal_keeps_intent_and_answer() {
    let keychain = Keychain::new();
    let mut journal = KeychainJournal(keychain.writer("Wick-journal-0a1b2c3d"));
    assert_eq!(journal.load(), Ok(None));
    let intent = intent();
    journal.begin(&intent).unwrap();
    assert_eq!(journal.load().unwrap().map(|record| record.answer), Some(None));
    journal.answer(&intent, &tokens()).unwrap();
    let record = journal.load().unwrap().unwrap();
    assert_eq!((record.intent, record.answer), (intent, Some(tokens())));
    journal.discard().unwrap();
    assert_eq!(journal.load(), Ok(None));
    journal.discard().unwrap();
    assert!(!keychain.arguments().contains(SENTINEL));
}
