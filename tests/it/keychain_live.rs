//! The real keychain of a Mac, by a keychain file of these tests' own:
//! `cargo test --test it keychain_live:: -- --ignored --test-threads 1`.
//!
//! While they run, that file is the default keychain and the only one that is searched, which is what both programs and
//! the framework go by. So they are for a machine that can spare its keychain for a moment; afterwards all is put back.
//! A process remembers for half a minute which keychains are searched: one test here asks the framework itself for what is
//! there, and runs first, by its name.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use wick::domain::credential::{ConfigDir, Contents, Problem};
use wick::domain::secret::Secret;
use wick::platform::store::keychain::{Attributes, Item, KeychainStore};
use wick::platform::store::keychain_attributes::LoginKeychain;
use wick::platform::store::keychain_writer::{KeychainJournal, KeychainWriter};
use wick::ports::{CredentialStore, CredentialWriter, Journal, Patience, Versioned};

use crate::support::home::Home;
use crate::support::refreshed::{REFRESH, configure, credential, intent, tokens};
use crate::support::token_server::TokenServer;

const SECURITY: &str = "/usr/bin/security";
const PASSWORD: &str = "throw-away";
/// Dates of items have whole seconds: a change a moment later would show the same one.
const NEXT_SECOND: Duration = Duration::from_millis(1100);

/// Runs `security`, which must do what it is asked.
fn security(arguments: &[&str]) -> String {
    let Output { status, stdout, stderr } = Command::new(SECURITY).args(arguments).output().unwrap();
    assert!(status.success(), "security {arguments:?}: {}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap()
}

/// The paths that `security` lists, a quoted one a line.
fn paths(listed: &str) -> Vec<String> {
    listed.lines().map(|line| line.trim().trim_matches('"').to_owned()).filter(|path| !path.is_empty()).collect()
}

/// A keychain file in place of the user's.
struct OwnKeychain {
    folder: TempDir,
    default_before: Option<String>,
    searched_before: Vec<String>,
}

impl OwnKeychain {
    #[expect(clippy::print_stderr, reason = "whoever cuts the test off needs it")]
    fn make() -> Self {
        let before = Command::new(SECURITY).args(["default-keychain", "-d", "user"]).output().unwrap();
        let default_before = paths(&String::from_utf8_lossy(&before.stdout)).pop();
        let searched_before = paths(&security(&["list-keychains", "-d", "user"]));
        let keychain = Self { folder: tempfile::tempdir().unwrap(), default_before, searched_before };
        let put_back = format!(
            "if this is cut off: security default-keychain -d user -s '{}'; security list-keychains -d user -s '{}'",
            keychain.default_before.as_deref().unwrap_or("login.keychain-db"),
            keychain.searched_before.join("' '")
        );
        eprintln!("{put_back}");
        let file = keychain.file();
        // Only in a folder of this name does a keychain have partition lists.
        fs::create_dir_all(Path::new(&file).parent().unwrap()).unwrap();
        security(&["create-keychain", "-p", PASSWORD, &file]);
        // Without a time it never locks itself.
        security(&["set-keychain-settings", &file]);
        keychain.unlock();
        security(&["list-keychains", "-d", "user", "-s", &file]);
        security(&["default-keychain", "-d", "user", "-s", &file]);
        keychain
    }

    fn file(&self) -> String {
        self.folder.path().join("Library/Keychains/wick-test.keychain-db").display().to_string()
    }

    fn lock(&self) {
        security(&["lock-keychain", &self.file()]);
    }

    fn unlock(&self) {
        security(&["unlock-keychain", "-p", PASSWORD, &self.file()]);
    }
}

impl Drop for OwnKeychain {
    fn drop(&mut self) {
        // Not by the function above, which panics: after a failed test the rest is to be put back all the same.
        let put_back = |arguments: &[&str]| drop(Command::new(SECURITY).args(arguments).output());
        if let Some(before) = &self.default_before {
            put_back(&["default-keychain", "-d", "user", "-s", before]);
        }
        let mut searched = vec!["list-keychains", "-d", "user", "-s"];
        searched.extend(self.searched_before.iter().map(String::as_str));
        put_back(&searched);
        put_back(&["delete-keychain", &self.file()]);
    }
}

/// Claude Code's item for this home, whose name no real one has: the folder is a temporary one.
fn item(home: &Home) -> Item {
    let folder = home.path().join(".claude");
    let dir = ConfigDir { path: folder.clone(), named: true };
    Item { service: dir.keychain_service(), account: "ada".to_owned(), lock_folder: folder }
}

/// Writes as Claude Code does, by the same program.
fn put(item: &Item, text: &str) {
    let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    security(&["add-generic-password", "-U", "-a", &item.account, "-s", &item.service, "-X", &hex]);
}

fn access_token(contents: &Contents) -> String {
    match contents {
        Contents::SignedIn(credential) => credential.access_token.expose().to_owned(),
        other => panic!("{other:?}"),
    }
}

#[test]
#[ignore = "takes the user's keychain out of use for a moment"]
fn an_item_is_noticed_read_written_and_left_to_apples_own_programs() {
    let (home, keychain) = (Home::with_folder(), OwnKeychain::make());
    let item = item(&home);
    let store = KeychainStore::new(item.clone(), LoginKeychain);
    let read = |patience| store.read(patience).outcome;
    assert_eq!(LoginKeychain.modified(&item), Ok(None));
    assert_eq!(LoginKeychain.items(&item.service), Ok(Vec::new()));
    assert_eq!(LoginKeychain.partitions(&item), None);
    assert_eq!(read(Patience::Background), Err(Problem::Absent));

    let text = credential(3600).json();
    put(&item, &text);
    let listed = LoginKeychain.items("Claude Code-credentials").unwrap();
    assert_eq!(
        listed.iter().map(|found| (&found.service, &found.account)).collect::<Vec<_>>(),
        [(&item.service, &item.account)]
    );
    assert!(LoginKeychain.modified(&item).unwrap().is_some());
    let partitions = LoginKeychain.partitions(&item).expect("security stamps what it makes");
    assert!(partitions.iter().any(|name| name == "apple-tool:"), "{partitions:?}");
    let first = access_token(&read(Patience::Background).unwrap());

    // Claude Code writes: noticed by the date alone.
    let before = store.stamp();
    thread::sleep(NEXT_SECOND);
    put(&item, &text.replace(&first, &format!("{first}-2")));
    assert_ne!(store.stamp(), before);
    assert_eq!(access_token(&read(Patience::Background).unwrap()), format!("{first}-2"));

    // Wick writes: every other member survives, and the right to read stays with Apple's own programs.
    let mut writer = KeychainWriter { item: item.clone(), program: SECURITY.into() };
    let third = text.replace(&first, &format!("{first}-3"));
    writer.prove(third.len()).unwrap();
    writer.replace(&Secret::from(third.clone())).unwrap();
    assert_eq!(writer.load().unwrap().expose(), third);
    assert_eq!(LoginKeychain.partitions(&item), Some(partitions));

    assert!(!LoginKeychain.is_locked());
    keychain.lock();
    assert!(LoginKeychain.is_locked());
    assert_eq!(read(Patience::Background), Err(Problem::KeychainLocked));
    keychain.unlock();
    assert_eq!(access_token(&read(Patience::Background).unwrap()), format!("{first}-3"));

    security(&["delete-generic-password", "-a", &item.account, "-s", &item.service]);
    assert_eq!(read(Patience::Background), Err(Problem::Absent));
}

#[test]
#[ignore = "takes the user's keychain out of use for a moment"]
fn the_journal_is_an_item_of_its_own() {
    let _keychain = OwnKeychain::make();
    let item = Item { service: "Wick-journal-test".to_owned(), ..item(&Home::new()) };
    let mut journal = KeychainJournal(KeychainWriter { item: item.clone(), program: SECURITY.into() });
    assert!(journal.load().unwrap().is_none());
    let intent = intent();
    journal.begin(&intent).unwrap();
    assert!(journal.load().unwrap().is_some_and(|record| record.answer.is_none()));
    journal.answer(&intent, &tokens()).unwrap();
    assert!(journal.load().unwrap().is_some_and(|record| record.answer.is_some()));
    journal.discard().unwrap();
    assert!(journal.load().unwrap().is_none());
    assert_eq!(LoginKeychain.modified(&item), Ok(None));
}

/// The real program: status, doctor and a refresh whose answer is written back.
#[test]
#[ignore = "takes the user's keychain out of use for a moment"]
fn the_real_program_refreshes_what_is_in_the_keychain() {
    let (home, keychain) = (Home::with_folder(), OwnKeychain::make());
    let server = TokenServer::start(REFRESH);
    configure(&home, &server, "");
    let item = item(&home);
    put(&item, &credential(60).json());
    let wick = |arguments: &[&str]| -> Value {
        let mut command = home.wick(arguments);
        // The system finds the user's keychains by the real home.
        command.env("HOME", std::env::var_os("HOME").unwrap());
        command
            .env("XDG_CONFIG_HOME", home.path().join(".config"))
            .env("XDG_STATE_HOME", home.path().join(".local/state"));
        command.env("CLAUDE_CONFIG_DIR", home.path().join(".claude"));
        let Output { stdout, stderr, .. } = command.output().unwrap();
        serde_json::from_slice(&stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&stderr)))
    };
    let status = wick(&["status", "--json"]);
    assert_eq!((&status["state"], &status["source"]["kind"]), (&"expiring".into(), &"keychain".into()), "{status}");
    let refreshed = wick(&["refresh", "--json"]);
    assert_eq!(refreshed["outcome"], "refreshed", "{refreshed}");
    let (access, refresh) = server.current().unwrap();
    let stored = security(&["find-generic-password", "-a", &item.account, "-s", &item.service, "-w"]);
    assert!(stored.contains(&access) && stored.contains(&refresh) && stored.contains("mcpOAuth"));
    assert!(fs::read_dir(home.path().join(".claude")).unwrap().next().is_none(), "no file, and no lock is left");

    let checks = wick(&["doctor", "--json"])["checks"].clone();
    let verdict =
        |id: &str| checks.as_array().unwrap().iter().find(|check| check["id"] == id).unwrap()["verdict"].clone();
    assert_eq!((verdict("keychain"), verdict("readable")), ("pass".into(), "pass".into()), "{checks}");
    keychain.lock();
    let status = wick(&["status", "--json"]);
    assert_eq!(status["error"]["code"], "keychain_locked", "{status}");
    // It must not ask for the keychain to be unlocked, for which this test would wait in vain.
    let checks = wick(&["doctor", "--json"])["checks"].clone();
    let keychain = checks.as_array().unwrap().iter().find(|check| check["id"] == "keychain").unwrap();
    assert_eq!(keychain["verdict"], "fail", "{checks}");
}
