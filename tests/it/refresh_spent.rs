//! A refresh that is not finished: its new token is in the journal, and the stored refresh token is dead everywhere.

use std::fs::{self, File};
use std::time::{Duration, SystemTime};

use crate::support::credential::CredentialText;
use crate::support::home::{Home, in_seconds};
#[cfg(not(target_os = "macos"))]
use crate::support::opened;
use crate::support::refreshed::{assert_tidy, configure, home_and_server, is_usable, journals, while_the_post_runs};
use crate::support::token_server::{Behavior, TokenServer};

/// A target that keeps what it gets, and gets the refresh token too.
const TARGET: &str = r#"
[sync]
share_refresh_token = true

[[targets]]
name = "kept"
command = ["sh", "-c", "cat > got"]
"#;

/// The answer came while someone else's lock stood in the way of writing it.
fn kept_in_the_journal() -> (Home, TokenServer) {
    let (home, server) = home_and_server(300);
    configure(&home, &server, TARGET);
    let lock = home.path().join(".claude/.storage-write.lock");
    let ran = while_the_post_runs(&home, &server, || {
        fs::create_dir(&lock).unwrap();
        let tomorrow = SystemTime::now() + Duration::from_secs(86_400);
        File::open(&lock).unwrap().set_times(fs::FileTimes::new().set_modified(tomorrow)).unwrap();
    });
    assert_eq!((ran.outcome(), ran.error()), (("failed", Some(1)), "kept_in_journal"), "{ran:?}");
    assert_eq!(journals(&home), 1);
    (home, server)
}

fn got(home: &Home) -> String {
    fs::read_to_string(home.path().join("got")).unwrap_or_default()
}

// See: https://github.com/umputun/ralphex/issues/411
// See: https://github.com/anthropics/claude-code/issues/95739
#[test]
fn a_refresh_token_that_is_spent_is_neither_synced_nor_handed_on() {
    let (home, server) = kept_in_the_journal();
    let spent = "tok-sentinel-refresh\"";
    let output = home.run(&["sync", "--json"]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&report["targets"][0]["outcome"], output.status.code()), (&"held".into(), Some(4)), "{report}");
    assert_eq!(report["targets"][0]["error"]["code"], "refresh_token_spent", "{report}");
    assert!(!got(&home).contains(spent), "the dead token was sent");
    let output = home.run(&["exec", "--with-refresh-token", "--", "env"]);
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        (printed.as_str(), output.status.code()),
        ("", Some(3)),
        "{:?}",
        String::from_utf8_lossy(&output.stderr)
    );
    configure(&home, &server, &format!("mode = \"never\"\n{TARGET}"));
    assert_eq!(home.run(&["sync", "--force", "--json"]).status.code(), Some(4), "read-only");
    assert!(!got(&home).contains(spent), "the dead token was sent");
    assert_eq!((journals(&home), server.posts().len()), (1, 1));
}

/// A keychain may ask for it.
#[cfg(not(target_os = "macos"))]
#[test]
fn the_journal_is_read_only_where_the_refresh_token_is_handed_on() {
    let (home, server) = kept_in_the_journal();
    configure(&home, &server, "mode = \"never\"\n");
    let files = fs::read_dir(home.state()).unwrap().map(|entry| entry.unwrap().path());
    let journal: Vec<_> = files.filter(|path| path.to_string_lossy().contains("journal")).collect();
    assert_eq!(journal.len(), 1);
    for (arguments, code, reads) in [
        (&["exec", "--", "true"][..], 0, false),
        (&["token"], 0, false),
        (&["exec", "--with-refresh-token", "--", "true"], 3, true),
    ] {
        let count = opened(&journal, || assert_eq!(home.run(arguments).status.code(), Some(code), "{arguments:?}"));
        assert_eq!(count > 0, reads, "{arguments:?}");
    }
}

#[test]
fn whoever_needs_the_token_finishes_the_refresh_first() {
    for arguments in [&["token"][..], &["exec", "--with-refresh-token", "--", "env"], &["sync"]] {
        let (home, server) = kept_in_the_journal();
        fs::remove_dir(home.path().join(".claude/.storage-write.lock")).unwrap();
        server.behave(Behavior::SpendAndClose);
        let output = home.run(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        let (access, refresh) = server.current().unwrap();
        let given = format!("{}{}", String::from_utf8_lossy(&output.stdout), got(&home));
        assert!(given.contains(&access), "{arguments:?}");
        assert!(arguments == ["token"] || given.contains(&refresh), "{arguments:?}");
        assert!(is_usable(&home, &server) && server.posts().len() == 1, "{arguments:?}");
        assert_tidy(&home);
    }
}

#[test]
fn a_token_with_characters_that_no_token_has_is_stored_and_not_printed() {
    let (home, server) = home_and_server(-60);
    server.behave(Behavior::GrantWith(|members| {
        members.insert("access_token".to_owned(), "tok-sentinel\nX-Evil: 1\u{0}".into());
    }));
    let output = home.run(&["token"]);
    assert_eq!((output.stdout.as_slice(), output.status.code()), (&b""[..], Some(3)));
    assert!(is_usable(&home, &server));
    assert_eq!(crate::support::refreshed::stored(&home)["accessToken"], "tok-sentinel\nX-Evil: 1\u{0}");
}

#[test]
fn what_another_refresh_would_settle_is_for_a_new_sign_in_to_settle_once_this_one_has_expired() {
    let (home, server) = home_and_server(300);
    home.write(&CredentialText::ending(in_seconds(300)).login_ending(in_seconds(-60)).json());
    server.behave(Behavior::SpendAndClose);
    let act = |arguments: &[&str]| {
        let output = home.run(&[arguments, &["--json"]].concat());
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        (report["error"]["code"].as_str().unwrap().to_owned(), report["error"]["action"].as_str().unwrap().to_owned())
    };
    let sign_in = || wick::words::sentence::SIGN_IN.to_owned();
    assert_eq!(act(&["refresh", "--force"]), ("no_answer".to_owned(), sign_in()));
    assert_eq!(act(&["status"]), ("may_be_spent".to_owned(), sign_in()));
}
