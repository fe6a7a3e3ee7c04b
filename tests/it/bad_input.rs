//! Each bad input has a state, a code and a sentence of its own; the program ends as documented, or goes on.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::support::credential::CredentialText;
use crate::support::home::{Home, in_seconds};
use crate::support::is_root;

fn hour() -> CredentialText {
    CredentialText::ending(in_seconds(3600))
}

/// State, error code and exit code.
fn outcome(home: &Home) -> (String, Option<String>, i32) {
    let (status, code) = home.status();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let error = &status["error"];
    if !error.is_null() {
        assert!(text(&error["message"]).is_some_and(|message| !message.is_empty()), "{status}");
        assert!(text(&error["action"]).is_some_and(|action| !action.is_empty()), "{status}");
    }
    (text(&status["state"]).unwrap(), text(&error["code"]), code)
}

#[test]
fn each_bad_input_has_its_own_state_and_sentence() {
    let mut codes = BTreeSet::new();
    let mut check = |home: &Home, state: &str, code: &str, exit: i32| {
        assert_eq!(outcome(home), (state.to_owned(), Some(code.to_owned()), exit));
        assert!(codes.insert(code.to_owned()), "{code} is said of two things");
        // People get the same, first what happened and then what to do.
        let people = home.run(&["status"]);
        assert_eq!(people.status.code(), Some(exit), "{code}");
        assert!(String::from_utf8_lossy(&people.stdout).lines().count() >= 3 || exit == 2, "{code}");
    };
    let home = Home::new();
    // On a Mac, the keychain would be looked into first.
    home.write_config("[credential]\nsource = \"file\"\n");
    check(&home, "not_found", "folder_not_found", 3);
    fs::create_dir(home.path().join(".claude")).unwrap();
    check(&home, "not_found", "not_found", 3);
    home.write("");
    check(&home, "unreadable", "empty", 3);
    home.write(&hour().json()[..70]);
    check(&home, "unreadable", "not_json", 3);
    home.write(r#"{"claudeAiOauth":[]}"#);
    check(&home, "unreadable", "wrong_type", 3);
    home.write_bytes(b"\xff\xfe{}");
    check(&home, "unreadable", "not_text", 3);
    home.write_bytes(&vec![b'x'; 10 * 1024 * 1024]);
    check(&home, "unreadable", "too_large", 3);
    fs::remove_file(home.credentials()).unwrap();
    fs::create_dir(home.credentials()).unwrap();
    check(&home, "unreadable", "not_a_file", 3);
    fs::remove_dir(home.credentials()).unwrap();
    home.write(&hour().signed_out().json());
    check(&home, "signed_out", "signed_out", 3);
    home.write(r#"{"mcpOAuth":{}}"#);
    check(&home, "signed_out", "no_sign_in", 3);
    home.write(r#"{"enterpriseGateway":{"url":"https://gateway.example"}}"#);
    check(&home, "signed_out", "gateway_sign_in", 3);
    home.write(&hour().raw_end(&(in_seconds(3600).0 / 1000).to_string()).json());
    check(&home, "expired", "expiry_in_seconds", 0);
    home.write(&hour().raw_end("253402300799000").json());
    check(&home, "fresh", "expiry_far_ahead", 0);
    home.write(&hour().json());
    let tomorrow = SystemTime::now() + Duration::from_secs(86_400);
    fs::File::options().write(true).open(home.credentials()).unwrap().set_modified(tomorrow).unwrap();
    check(&home, "fresh", "clock_behind", 0);
    home.write(&hour().without_scopes().json());
    check(&home, "fresh", "no_scopes", 0);
    home.write(&hour().json().replace("user:inference", "user:other"));
    check(&home, "fresh", "no_inference_scope", 0);
    home.write(&hour().raw_end("\"soon\"").json());
    check(&home, "fresh", "expiry_unclear", 0);
    home.write(&format!("\u{feff}{}", hour().json()));
    check(&home, "fresh", "byte_order_mark", 0);
    home.write_config("this is no TOML");
    check(&home, "unreadable", "config_invalid", 2);
}

#[test]
fn ends_in_the_past_as_text_and_beyond_every_calendar_are_shown_as_they_are() {
    let home = Home::with_folder();
    home.write(&CredentialText::ending(in_seconds(-90)).json());
    assert_eq!(outcome(&home), ("expired".to_owned(), None, 0));
    let left = home.status().0["access_token"]["seconds_left"].as_i64().unwrap();
    assert!((-110..=-90).contains(&left), "{left}");
    home.write(&hour().raw_end(&format!("\"{}\"", in_seconds(3600).0)).json());
    assert_eq!(outcome(&home), ("fresh".to_owned(), None, 0));
    home.write(&hour().raw_end("9223372036854775807").json());
    let (status, _) = home.status();
    assert_eq!((&status["state"], &status["access_token"]["expires_at"]), (&"fresh".into(), &Value::Null));
}

#[test]
fn a_file_that_may_not_be_read_says_so() {
    let home = Home::signed_in(3600);
    fs::set_permissions(home.credentials(), fs::Permissions::from_mode(0o000)).unwrap();
    if !is_root() {
        assert_eq!(outcome(&home), ("unreadable".to_owned(), Some("permission_denied".to_owned()), 3));
        return;
    }
    // Root reads everything, so another user runs the program.
    home.hand_over();
    let output = home.wick_of_nobody(&["status", "--json"]).output().unwrap();
    let status: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&status["state"], &status["error"]["code"]), (&"unreadable".into(), &"permission_denied".into()));
    assert_eq!(output.status.code(), Some(3));
}

#[test]
fn what_a_terminal_would_obey_is_not_printed_wherever_it_stands() {
    let home = Home::signed_in(3600);
    let hostile = format!("{}/x\u{1b}]0;title\u{7}\u{1b}[2J\u{9b}2J", home.path().display());
    let hostile = hostile.as_str();
    let check = |command: &mut Command, what: &str| {
        let output = command.output().unwrap();
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        let obeyed = said.contains(|letter: char| letter.is_control() && letter != '\n');
        assert!(!said.is_empty() && !obeyed, "{what}: {said:?}");
    };
    for variable in ["CLAUDE_CONFIG_DIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "SSL_CERT_FILE", "TZ"] {
        for command in ["status", "doctor", "refresh", "uninstall --dry-run", "targets list", "config check"] {
            let mut wick = home.wick(&command.split(' ').collect::<Vec<_>>());
            check(wick.env(variable, hostile), &format!("{variable}, {command}"));
        }
    }
    for arguments in [
        &["sync", hostile][..],
        &["targets", "add", hostile],
        &["targets", "remove", hostile],
        &["--profile", hostile, "status"],
        &["--config", hostile, "status"],
        &["exec", "--", hostile],
        &["exec", "--only", hostile, "--", "true"],
        &["recipe", hostile],
        &[hostile],
    ] {
        check(&mut home.wick(arguments), &format!("{arguments:?}"));
    }
}
