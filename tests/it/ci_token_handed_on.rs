//! The stored one-year token on its way to targets and programs, whatever has become of the sign-in.

use std::fs;

use jiff::Timestamp;
use serde_json::Value;

use crate::ci_token::program::{MAPPING, home, set, status};
use crate::ci_token::{DAY, TOKEN};
use crate::support::credential::CredentialText;
use crate::support::github::GithubServer;
use crate::support::home::{Home, in_seconds};
use crate::support::synced::{config, sync, value};

#[test]
fn it_is_synced_whatever_has_become_of_the_access_token() {
    let (home, github) = home();
    set(&home, TOKEN);
    home.write_config(&config(&github, &format!("[refresh]\nmode = \"never\"\n\n{MAPPING}")));
    home.write(&CredentialText::ending(in_seconds(-60)).json());
    let synced = sync(&home, &[]);
    let words: Vec<String> = synced.secrets("acme/api").into_iter().map(|(_, word)| word).collect();
    assert_eq!(words, ["created", "failed"], "{}", synced.report);
    assert_eq!(value(&github, "acme/api", "CLAUDE_CODE_OAUTH_TOKEN"), TOKEN);
    assert_eq!(value(&github, "acme/api", "CLAUDE_ACCESS_TOKEN"), "", "what has ended is not sent");
}

#[test]
fn it_is_synced_where_nobody_is_signed_in() {
    let (home, github) = home();
    set(&home, TOKEN);
    // Whose sign-in the target got before is not forgotten over it.
    sync(&home, &[]);
    let account = |home: &Home| {
        let text = fs::read_to_string(home.state().join("state.json")).unwrap();
        let state: Value = serde_json::from_str(&text).unwrap();
        state["sync"]["targets"].as_object().unwrap().values().next().unwrap()["account"].clone()
    };
    let before = account(&home);
    assert!(before.is_string(), "{before}");
    let alone = "[secrets]\nCLAUDE_CODE_OAUTH_TOKEN = \"ciToken\"\n\n[[targets]]\nrepo = \"acme/api\"\n";
    home.write(&CredentialText::ending(in_seconds(3600)).signed_out().json());
    home.write_config(&config(&github, alone));
    let synced = sync(&home, &["--force"]);
    assert_eq!((synced.outcome("acme/api"), synced.code), ("synced", Some(0)), "{}", synced.report);
    assert_eq!(value(&github, "acme/api", "CLAUDE_CODE_OAUTH_TOKEN"), TOKEN);
    assert_eq!(account(&home), before);
    // Beside other secrets it arrives too, and each of those says why it does not.
    fs::remove_file(home.credentials()).unwrap();
    home.write_config(&config(&github, MAPPING));
    let synced = sync(&home, &["--force"]);
    let words: Vec<String> = synced.secrets("acme/api").into_iter().map(|(_, word)| word).collect();
    assert_eq!((words, synced.code), (vec!["updated".to_owned(), "failed".to_owned()], Some(4)), "{}", synced.report);
    // A file that makes no sense is not "nobody": it is named, and nothing is sent.
    home.write("{");
    let synced = sync(&home, &["--force"]);
    assert_eq!((synced.error("acme/api"), synced.code), ("not_json", Some(3)), "{}", synced.report);
    fs::remove_file(home.credentials()).unwrap();
    // Without one, nobody being signed in is what is said.
    assert!(home.run(&["ci-token", "clear"]).status.success());
    home.write_config(&config(&github, alone));
    assert_eq!(sync(&home, &[]).code, Some(3));
}

#[test]
fn its_dates_are_sent_without_a_look_at_the_token_and_without_any_sign_in() {
    let github = GithubServer::start();
    github.add_repository("acme/api");
    let home = Home::new();
    let dates =
        "[secrets]\nUNTIL = \"ciTokenExpiresAt\"\nSINCE = \"ciTokenStoredAt\"\n\n[[targets]]\nrepo = \"acme/api\"\n";
    home.write_config(&config(&github, dates));
    let print = ["exec", "--only", "UNTIL", "--", "/bin/sh", "-c", "echo $UNTIL"];
    assert_eq!(home.run(&print).status.code(), Some(3), "nothing is stored yet");
    set(&home, TOKEN);
    // Where the token cannot be read, its dates are known all the same.
    fs::remove_file(home.state().join("ci-token-default")).unwrap();
    let synced = sync(&home, &[]);
    assert_eq!((synced.outcome("acme/api"), synced.code), ("synced", Some(0)), "{}", synced.report);
    let stored_at: Timestamp = status(&home).0["stored_at"].as_str().unwrap().parse().unwrap();
    let arrived = |name| value(&github, "acme/api", name);
    assert_eq!(arrived("SINCE"), stored_at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    let until: Timestamp = arrived("UNTIL").parse().unwrap();
    assert_eq!(until.as_second() - stored_at.as_second(), 365 * DAY);
    let printed = String::from_utf8(home.run(&print).stdout).unwrap();
    assert_eq!(printed.trim(), arrived("UNTIL"));
}

/// A command replaces the whole: half of it would take away what is there.
#[test]
fn a_command_is_not_run_with_less_than_it_has() {
    let home = Home::signed_in(3600);
    set(&home, TOKEN);
    let held = home.path().join("held");
    home.write_config(&format!(
        "[refresh]\nmode = \"never\"\n\n[[targets]]\nname = \"vault\"\ncommand = [\"/bin/sh\", \"-c\", \"cat > '{}'\"]\n\
         secrets = {{ CI = \"ciToken\", ACCESS = \"accessToken\" }}\n",
        held.display()
    ));
    assert_eq!(sync(&home, &[]).outcome("vault"), "synced");
    let before = fs::read_to_string(&held).unwrap();
    assert!(before.contains(TOKEN) && before.contains("tok-sentinel-access"), "{before}");

    // The token cannot be read any more.
    let file = home.state().join("ci-token-default");
    let token = fs::read(&file).unwrap();
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    home.write(&CredentialText::ending(in_seconds(7200)).json().replace("-access\"", "-access-2\""));
    assert_eq!((sync(&home, &[]).outcome("vault"), fs::read_to_string(&held).unwrap()), ("failed", before.clone()));
    // It can again, and the access token has ended.
    fs::remove_dir(&file).unwrap();
    fs::write(&file, token).unwrap();
    home.write(&CredentialText::ending(in_seconds(-60)).json());
    assert_eq!((sync(&home, &["--force"]).outcome("vault"), fs::read_to_string(&held).unwrap()), ("failed", before));
}

#[test]
fn a_program_gets_it_without_any_sign_in() {
    let home = Home::new();
    set(&home, TOKEN);
    let output = home.run(&["exec", "--only", "T", "--env", "T=ciToken", "--", "/bin/sh", "-c", "echo $T"]);
    assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("{TOKEN}\n"));
    home.write_config("[secrets]\nT = \"ciToken\"\n");
    let output = home.run(&["exec", "--", "/bin/sh", "-c", "echo $T"]);
    assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("{TOKEN}\n"));
}
