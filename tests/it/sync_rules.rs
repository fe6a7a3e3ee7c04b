//! What must not happen: nothing ended is sent, nothing goes where it was not let go, two accounts never mix.

use serde_json::json;

use crate::support::credential::CredentialText;
use crate::support::github::On;
use crate::support::home::{Home, in_seconds};
use crate::support::refreshed;
use crate::support::synced::{Synced, command, config, credential, home_and_github, repositories, sync, value};
use crate::support::token_server::TokenServer;
use crate::support::{wait_for, write_program};
use wick::words::sync as words;
use wick::words::targets::holders;

const ACCESS: &str = "CLAUDE_ACCESS_TOKEN";
const REFRESH: &str = "CLAUDE_REFRESH_TOKEN";

#[test]
fn nothing_that_ended_is_sent() {
    let (home, github) = home_and_github(&["acme/api"]);
    let never = config(&github, &(repositories(&["acme/api"]) + "[refresh]\nmode = \"never\"\n"));
    home.write_config(&never);
    let good = credential();
    for (content, code) in [
        (CredentialText::ending(in_seconds(-1)).json(), "expired"),
        (good.clone().signed_out().json(), "signed_out"),
        ("{\"mcpOAuth\":{}}".to_owned(), "no_sign_in"),
        (good.json()[..60].to_owned(), "not_json"),
    ] {
        home.write(&content);
        let ran = sync(&home, &[]);
        assert_eq!((ran.code, ran.report["error"]["code"].as_str()), (Some(3), Some(code)));
        assert_eq!((ran.outcome("acme/api"), ran.error("acme/api")), ("failed", code));
    }
    std::fs::remove_file(home.credentials()).unwrap();
    assert_eq!(sync(&home, &[]).code, Some(3));
    assert_eq!(github.requests().len(), 0);
}

#[test]
fn a_token_that_ends_soon_is_refreshed_before_it_is_sent() {
    let (home, github) = home_and_github(&["acme/api"]);
    let server = TokenServer::start(refreshed::REFRESH);
    home.write(&refreshed::credential(300).json());
    let refresh = format!("[refresh]\ntoken_url = \"{}\"\n", server.url());
    home.write_config(&config(&github, &(repositories(&["acme/api"]) + &refresh)));
    for left in [300, -300] {
        home.write(&refreshed::credential(left).json());
        let dry = sync(&home, &["--dry-run"]);
        assert_eq!((dry.outcome("acme/api"), dry.code), ("planned", Some(0)), "{dry:?}");
        assert_eq!(dry.complaints.trim(), words::REFRESHED_FIRST);
    }
    assert_eq!(server.posts().len(), 0, "a dry run spends nothing");
    // What is in sync now is another one after the refresh.
    home.write(&refreshed::credential(3600).json());
    assert_eq!(sync(&home, &[]).outcome("acme/api"), "synced");
    assert_eq!(sync(&home, &["--dry-run"]).outcome("acme/api"), "unchanged");
    let text = std::fs::read_to_string(home.config()).unwrap();
    home.write_config(&text.replace("[refresh]\n", "[refresh]\nbefore = \"2h\"\n"));
    let dry = sync(&home, &["--dry-run"]);
    let words: Vec<String> = dry.secrets("acme/api").into_iter().map(|(_, word)| word).collect();
    assert_eq!(words, ["planned"; 3], "{dry:?}");
    assert_eq!(sync(&home, &[]).code, Some(0));
    let (access, refresh_token) = server.current().unwrap();
    assert_eq!((value(&github, "acme/api", ACCESS), value(&github, "acme/api", REFRESH)), (access, refresh_token));
    assert_eq!(server.posts().len(), 1);
}

#[test]
fn where_the_refresh_fails_what_still_lives_is_sent_and_what_ended_is_not() {
    let (home, github) = home_and_github(&["acme/api"]);
    let refresh = "[refresh]\ntoken_url = \"http://127.0.0.1:9/\"\n";
    home.write_config(&config(&github, &(repositories(&["acme/api"]) + refresh)));
    home.write(&refreshed::credential(300).json());
    let ran = sync(&home, &[]);
    assert_eq!(ran.code, Some(0));
    assert!(ran.complaints.contains(words::refresh_failed("", true).split(':').next().unwrap()), "{}", ran.complaints);
    github.forget_requests();
    home.write(&refreshed::credential(-5).json());
    assert_eq!(sync(&home, &[]).report["error"]["code"], "expired");
    assert_eq!(github.requests().len(), 0);
}

#[test]
fn the_refresh_token_is_held_until_the_user_has_answered_and_holds_up_nothing_else() {
    let (home, github) = home_and_github(&["acme/api"]);
    let with = |share: &str| config(&github, &repositories(&["acme/api"])).replace("= true", &format!("= {share}"));
    home.write_config(&with("\"ask\""));
    let ran = sync(&home, &[]);
    assert_eq!((ran.outcome("acme/api"), ran.error("acme/api"), ran.code), ("synced", "refresh_token_held", Some(0)));
    let words: Vec<String> = ran.secrets("acme/api").into_iter().map(|(_, word)| word).collect();
    assert_eq!(words, ["created", "held", "created"]);
    assert!(github.secret("acme/api", REFRESH).is_none());
    let status = home.status().0["targets"][0].clone();
    assert_eq!((&status["state"], &status["error"]["code"]), (&"in_sync".into(), &"refresh_token_held".into()));
    let ran = sync(&home, &[]);
    assert_eq!((ran.outcome("acme/api"), ran.code), ("unchanged", Some(0)), "what is there is there");

    home.write_config(&with("false"));
    let ran = sync(&home, &[]);
    assert_eq!((ran.outcome("acme/api"), ran.code), ("unchanged", Some(0)));
    assert_eq!(ran.secrets("acme/api").len(), 2);
    assert_eq!(home.status().0["targets"][0]["state"], "in_sync");
    let list = |home: &Home| String::from_utf8(home.run(&["targets", "list"]).stdout).unwrap();
    assert!(list(&home).trim_end().ends_with(&holders(&[])), "{}", list(&home));

    home.write_config(&with("true"));
    assert_eq!(sync(&home, &[]).outcome("acme/api"), "synced");
    assert_eq!(value(&github, "acme/api", REFRESH), "tok-sentinel-refresh");
    assert!(list(&home).contains(&holders(&["acme/api"])), "{}", list(&home));
    // Whoever has it once has it, whatever the config says from now on.
    home.write_config(&with("false"));
    assert!(list(&home).contains(&holders(&["acme/api"])), "{}", list(&home));
    let doctor: serde_json::Value =
        serde_json::from_slice(&command(&home, &["doctor", "--json"]).output().unwrap().stdout).unwrap();
    let check =
        doctor["checks"].as_array().unwrap().iter().find(|check| check["id"] == "refresh_token").unwrap().clone();
    assert_eq!(check["verdict"], "warn");
}

#[test]
fn a_target_of_which_nothing_but_the_refresh_token_was_asked_waits_for_the_answer() {
    let (home, github) = home_and_github(&["acme/api"]);
    let text = config(&github, "[[targets]]\nrepo = \"acme/api\"\nsecrets = { R = \"refreshToken\" }\n");
    home.write_config(&text.replace("= true", "= \"ask\""));
    let ran = sync(&home, &[]);
    assert_eq!((ran.outcome("acme/api"), ran.error("acme/api"), ran.code), ("held", "refresh_token_held", Some(4)));
    assert_eq!(home.status().0["targets"][0]["state"], "held");
}

#[test]
fn a_credential_that_rotates_in_mid_run_is_sent_whole_or_again() {
    let (home, github) = home_and_github(&["acme/api", "acme/web", "acme/app"]);
    github.pause_writes();
    let mut running = command(&home, &["sync", "--json"]);
    let running = running.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    wait_for("the first writes", || (github.writes() >= 3).then_some(()));
    let newer =
        credential().json().replace("sentinel-access", "sentinel-newer").replace("sentinel-refresh", "sentinel-next");
    home.write(&newer);
    github.resume();
    let ran = Synced::of(&home, &running.wait_with_output().unwrap());
    assert_eq!((ran.outcomes(), ran.code), (vec!["synced"; 3], Some(0)), "{ran:?}");
    for place in ["acme/api", "acme/web", "acme/app"] {
        let pair = (value(&github, place, REFRESH), value(&github, place, ACCESS));
        assert_eq!(
            pair,
            ("tok-sentinel-next".to_owned(), "tok-sentinel-newer".to_owned()),
            "{place}: never half of each"
        );
    }
    assert_eq!(sync(&home, &[]).outcomes(), ["unchanged"; 3]);
}

#[test]
fn a_sign_out_or_another_account_in_mid_run_ends_it() {
    for (after, word) in [
        (credential().signed_out().json(), "failed"),
        (
            credential().json().replace("1a2b3c4d-aaaa", "other-account").replace("sentinel-access", "sentinel-other"),
            "held",
        ),
    ] {
        let (home, github) = home_and_github(&["acme/api"]);
        github.pause_writes();
        let mut running = command(&home, &["sync", "--json"]);
        let running =
            running.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
        wait_for("the first write", || (github.writes() == 1).then_some(()));
        home.write(&after);
        github.resume();
        let ran = Synced::of(&home, &running.wait_with_output().unwrap());
        assert_eq!((ran.outcome("acme/api"), ran.code), (word, Some(4)), "{ran:?}");
        assert_eq!(github.writes(), 1, "nothing more was sent");
    }
}

#[test]
fn a_token_is_not_given_to_a_host_that_it_is_not_for() {
    let (home, github) = home_and_github(&["acme/api"]);
    write_program(&home.path().join("bin/gh"), "#!/bin/sh\necho \"$*\" >> \"$HOME/gh-was-asked\"\nexit 1\n");
    let mut run = home.wick(&["sync", "--json"]);
    run.env("GH_TOKEN", "tok-sentinel-for-github-com").env("GITHUB_TOKEN", "tok-sentinel-for-github-com");
    let ran = Synced::of(&home, &run.output().unwrap());
    assert_eq!((ran.error("acme/api"), ran.code), ("no_github_token", Some(4)));
    assert!(ran.sentence("acme/api").contains("GH_ENTERPRISE_TOKEN"), "{ran:?}");
    assert_eq!(github.requests().len(), 0);
    let asked = std::fs::read_to_string(home.path().join("gh-was-asked")).unwrap();
    assert_eq!(asked, format!("auth token --hostname {}\n", github.host()));
}

#[test]
fn an_app_from_the_desktop_still_finds_gh() {
    let (home, github) = home_and_github(&["acme/api"]);
    let host = github.host();
    // Where installers put it; the desktop's PATH does not lead there.
    let gh = format!("#!/bin/sh\ntest \"$4\" = {host} && echo tok-sentinel-github\n");
    write_program(&home.path().join(".npm-global/bin/gh"), &gh);
    let output = home.wick(&["sync", "--json"]).env("PATH", "/nonexistent").output().unwrap();
    assert_eq!(Synced::of(&home, &output).code, Some(0));
    assert_eq!(value(&github, "acme/api", ACCESS), "tok-sentinel-access");
    let log = std::fs::read_to_string(home.state().join("wick.log")).unwrap();
    assert!(log.contains(".npm-global/bin/gh auth token"), "{log}");
}

#[test]
fn a_target_of_another_profile_gets_nothing() {
    let (home, github) = home_and_github(&["acme/api", "acme/work"]);
    let profiles = "[[profiles]]\nname = \"work\"\nconfig_dir = \"~/work\"\n";
    let targets = "[[targets]]\nrepo = \"acme/api\"\n[[targets]]\nrepo = \"acme/work\"\nprofile = \"work\"\n";
    home.write_config(&config(&github, &format!("{targets}{profiles}")));
    let ran = sync(&home, &[]);
    assert_eq!((ran.outcomes(), ran.code), (vec!["synced"], Some(0)));
    assert_eq!(sync(&home, &["acme/work"]).report["error"]["code"], "other_profile");
    assert_eq!(github.secrets("acme/work"), Vec::<String>::new());
}

#[test]
fn the_expiry_of_a_token_that_did_not_arrive_is_not_written() {
    let (home, github) = home_and_github(&["acme/api"]);
    let fault = crate::support::github::Fault::Answer {
        status: 422,
        headers: Vec::new(),
        body: json!({ "message": "no" }).to_string(),
    };
    github.fault(On { method: Some("PUT"), path_has: ACCESS.to_owned() }, fault, usize::MAX);
    let ran = sync(&home, &[]);
    let words: Vec<String> = ran.secrets("acme/api").into_iter().map(|(_, word)| word).collect();
    assert_eq!(
        (words, ran.error("acme/api")),
        (vec!["failed".to_owned(), "created".to_owned(), "failed".to_owned()], "invalid")
    );
    assert!(github.secret("acme/api", "CLAUDE_EXPIRES_AT").is_none());
}

#[test]
fn without_a_place_to_remember_nothing_is_sent() {
    let (home, github) = home_and_github(&["acme/api"]);
    std::fs::create_dir_all(home.state().parent().unwrap()).unwrap();
    std::fs::write(home.state(), "a file in the folder's place").unwrap();
    let output = command(&home, &["sync", "--json"]).output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), report["error"]["code"].as_str()), (Some(1), Some("no_state")));
    assert_eq!(github.requests().len(), 0);
}

#[test]
fn a_write_whose_answer_was_lost_is_not_taken_for_someone_elses_change() {
    let (home, github) = home_and_github(&["acme/api"]);
    sync(&home, &[]);
    home.write(
        &credential().json().replace("sentinel-access", "sentinel-newer").replace("sentinel-refresh", "sentinel-next"),
    );
    // Its date has to lie apart from that of the first writes.
    github.let_pass(6);
    github.forget_requests();
    github.pause_writes();
    let mut running = command(&home, &["sync", "--json"]).stdout(std::process::Stdio::null()).spawn().unwrap();
    wait_for("the first write", || (github.writes() == 1).then_some(()));
    running.kill().unwrap();
    running.wait().unwrap();
    github.resume();
    let automatic = config(&github, &repositories(&["acme/api"])).replace("[sync]", "[sync]\nautomatic = true");
    home.write_config(&automatic);
    let mut app = command(&home, &[]).stdout(std::process::Stdio::null()).spawn().unwrap();
    wait_for("the rest", || (value(&github, "acme/api", ACCESS) == "tok-sentinel-newer").then_some(()));
    wait_for("its memory", || (home.status().0["targets"][0]["state"] == "in_sync").then_some(()));
    app.kill().unwrap();
    app.wait().unwrap();
    assert_eq!(value(&github, "acme/api", REFRESH), "tok-sentinel-next");
}

#[test]
fn by_itself_it_writes_no_half_of_a_target_that_someone_else_has_changed() {
    let (home, github) = home_and_github(&["acme/api"]);
    sync(&home, &[]);
    // What is dated closer to it would be taken for our own write.
    github.let_pass(6);
    github.touch("acme/api", ACCESS);
    github.forget_requests();
    home.write(
        &credential().json().replace("sentinel-access", "sentinel-newer").replace("sentinel-refresh", "sentinel-next"),
    );
    home.write_config(&config(&github, &repositories(&["acme/api"])).replace("[sync]", "[sync]\nautomatic = true"));
    let mut app = command(&home, &[]).stdout(std::process::Stdio::null()).spawn().unwrap();
    wait_for("the word for it", || (home.status().0["targets"][0]["state"] == "drifted").then_some(()));
    app.kill().unwrap();
    app.wait().unwrap();
    assert_eq!((github.writes(), value(&github, "acme/api", REFRESH)), (0, "tok-sentinel-refresh".to_owned()));
    assert_eq!(sync(&home, &[]).outcome("acme/api"), "synced", "asked, it writes over it");
    assert_eq!(value(&github, "acme/api", ACCESS), "tok-sentinel-newer");
}
