//! A stored token with a line break, a blank or a control character within is none: it is said, and goes nowhere.

use std::fs;

use crate::support::credential::CredentialText;
use crate::support::home::in_seconds;
use crate::support::refreshed::{configure, home_and_server};
use crate::support::synced::{config, home_and_github, sync, value};

const WITHIN: [&str; 5] = [r"\n", r"\r\n", " ", r"\u0000", r"\u001b[0m"];

/// A sign-in of whose token this stands in the middle.
fn credential(seconds: i64, token: &str, within: &str) -> String {
    let text = CredentialText::ending(in_seconds(seconds)).login_ending(in_seconds(20 * 86_400)).json();
    text.replace(&format!("-{token}\""), &format!("-{token}{within}x\""))
}

// See: https://github.com/anthropics/claude-code-action/issues/1316
#[test]
fn an_access_token_that_is_none_is_told_and_neither_printed_nor_handed_on_nor_sent() {
    for within in WITHIN {
        let (home, github) = home_and_github(&["acme/api"]);
        home.write_config(&config(
            &github,
            "[refresh]\nmode = \"never\"\n\n[secrets]\nA = \"accessToken\"\nC = \"credentials\"\nR = \"refreshToken\"\n\n\
             [[targets]]\nrepo = \"acme/api\"\n",
        ));
        home.write(&credential(3600, "access", within));
        let (status, code) = home.status();
        assert_eq!(
            (status["state"].as_str(), status["error"]["code"].as_str(), code),
            (Some("fresh"), Some("not_a_token"), 0)
        );
        let printed = home.run(&["token"]);
        assert!(printed.status.code() == Some(3) && printed.stdout.is_empty(), "{within}: {printed:?}");
        let mark = home.path().join("ran");
        let handed_on = home.run(&["exec", "--", "touch", mark.to_str().unwrap()]);
        assert!(handed_on.status.code() == Some(3) && !mark.exists(), "{within}: {handed_on:?}");
        let synced = sync(&home, &["--force"]);
        let words: Vec<String> = synced.secrets("acme/api").into_iter().map(|(_, word)| word).collect();
        assert_eq!(
            (words.as_slice(), synced.code),
            (["failed", "failed", "created"].map(String::from).as_slice(), Some(4))
        );
        let code = &synced.report["targets"][0]["secrets"][0]["error"]["code"];
        assert_eq!(code.as_str(), Some("not_a_token"), "{}", synced.report);
        assert_eq!(value(&github, "acme/api", "A") + &value(&github, "acme/api", "C"), "");
    }
}

#[test]
fn a_refresh_token_that_is_none_is_not_spent() {
    for within in WITHIN {
        let (home, server) = home_and_server(60);
        configure(&home, &server, "automatic = true");
        let text = credential(60, "refresh", within);
        home.write(&text);
        let output = home.run(&["refresh", "--force", "--json"]);
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(
            (report["error"]["code"].as_str(), output.status.code()),
            (Some("not_a_token"), Some(1)),
            "{report}"
        );
        assert!(server.posts().is_empty(), "{within}: nothing was sent");
        assert_eq!(fs::read_to_string(home.credentials()).unwrap(), text);
        // The other token is one, and lives.
        assert_eq!(String::from_utf8(home.run(&["token"]).stdout).unwrap(), "tok-sentinel-access\n");
        let asked = home.run(&["exec", "--with-refresh-token", "--only", "CLAUDE_REFRESH_TOKEN", "--", "true"]);
        assert_eq!(asked.status.code(), Some(3), "{within}: {asked:?}");
    }
}

/// Claude Code trims both, so they are tokens.
#[test]
fn what_stands_around_a_token_is_not_sent_along() {
    let (home, github) = home_and_github(&["acme/api"]);
    let text = CredentialText::ending(in_seconds(7 * 3600)).json();
    home.write(&text.replace("-access\"", "-access \\n\"").replace("-refresh\"", "-refresh\\r\\n\""));
    assert_eq!(home.status().0["error"], serde_json::Value::Null);
    assert_eq!(sync(&home, &[]).outcome("acme/api"), "synced");
    assert_eq!(value(&github, "acme/api", "CLAUDE_ACCESS_TOKEN"), "tok-sentinel-access");
    assert_eq!(value(&github, "acme/api", "CLAUDE_REFRESH_TOKEN"), "tok-sentinel-refresh");
}
