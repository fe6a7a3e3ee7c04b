//! `wick github`: a token of Wick's own, in a real Secret Service where there is one.

use std::io::Write;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::support::desktop::Bus;
use crate::support::github::{Fault, GithubServer, On, TOKEN};
use crate::support::home::{Home, with_input};
use crate::support::synced::{self, Synced, config, credential, repositories, value};
use crate::support::{skip, wait_for};
use wick::domain::github_token::NotOne;
use wick::domain::keyring::KeyringError;
use wick::domain::paste::Unclear;
use wick::domain::sync::TokenSource;
use wick::words::github::{logged_out, source};
use wick::words::keyring::error;

fn home_and_github() -> (Home, GithubServer) {
    let github = GithubServer::start();
    github.add_repository("acme/api");
    let home = Home::with_folder();
    home.write(&credential().json());
    home.write_config(&config(&github, &repositories(&["acme/api"])));
    home.add_program("gh", "#!/bin/sh\nexit 1\n");
    (home, github)
}

fn printed(output: &Output) -> String {
    let text = String::from_utf8([output.stdout.clone(), output.stderr.clone()].concat()).unwrap();
    assert!(!text.contains("tok-sentinel"), "{text}");
    text
}

#[test]
fn without_a_keyring_it_is_refused_and_the_variable_is_named() {
    let (home, github) = home_and_github();
    let output = with_input(home.wick(&["github", "login"]), &format!("{TOKEN}\n"));
    let said = printed(&output);
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains(&error(&KeyringError::Absent)) && said.contains("GH_ENTERPRISE_TOKEN"), "{said}");
    assert_eq!(github.requests().len(), 1, "it was checked first");
}

#[test]
fn without_a_keyring_nothing_was_kept_that_could_be_forgotten() {
    let (home, _github) = home_and_github();
    let output = home.wick(&["github", "logout"]).output().unwrap();
    let said = printed(&output);
    assert!(output.status.success() && said.contains("No token"), "{said}");
}

#[test]
fn what_does_not_work_is_not_kept() {
    let (home, _github) = home_and_github();
    let not_one = |why| wick::words::github::not_one(why).lines(true)[0].clone();
    for (input, words) in [
        ("", not_one(NotOne::Unclear(Unclear::Nothing))),
        ("two words\n", not_one(NotOne::Unclear(Unclear::Unlike))),
        ("sk-ant-oat01-EXAMPLE\n", not_one(NotOne::OfClaude)),
        ("github_pat_EXAMPLE\n", not_one(NotOne::Unclear(Unclear::Half { characters: 18, of: 93 }))),
        ("tok-sentinel-wrong\n", "(401)".to_owned()),
    ] {
        let output = with_input(home.wick(&["github", "login"]), input);
        let said = printed(&output);
        assert!(output.status.code() == Some(1) && said.contains(&words), "{input}: {said}");
    }
}

/// Whatever it finds in its environment comes first, as with the real `gh`.
const GH: &str = "#!/bin/sh\necho \"${GH_TOKEN-${GITHUB_TOKEN-${GH_ENTERPRISE_TOKEN-${GITHUB_ENTERPRISE_TOKEN-tok-sentinel-github}}}}\"\n";

#[test]
fn a_token_that_github_rejects_is_named_once_and_the_next_one_is_used() {
    let names: Vec<String> = (0..20).map(|number| format!("acme/r{number}")).collect();
    let (home, github) = synced::home_and_github(&names.iter().map(String::as_str).collect::<Vec<_>>());
    home.add_program("gh", GH);
    github.latency(Duration::from_millis(5));
    let wick = |arguments: &[&str]| {
        let mut command = home.wick(arguments);
        command.env("GH_ENTERPRISE_TOKEN", "tok-sentinel-revoked").output().unwrap()
    };
    let ran = Synced::of(&home, &wick(&["sync", "--json"]));
    assert_eq!((ran.code, ran.complaints.matches("(401)").count()), (Some(0), 1), "{ran:?}");
    assert!(ran.complaints.contains("unset GH_ENTERPRISE_TOKEN"), "{ran:?}");
    let rejected = |github: &GithubServer| {
        let all = github.requests();
        all.iter().filter(|request| request.status == Some(401)).count()
    };
    assert_eq!(rejected(&github), 1, "not once a target");
    let status: Value = serde_json::from_slice(&wick(&["github", "status", "--json"]).stdout).unwrap();
    assert_eq!(status["warnings"][0]["action"], "unset GH_ENTERPRISE_TOKEN", "{status}");
    assert!(status["source"].as_str().unwrap().ends_with("gh auth token"), "{status}");
    let doctor: Value = serde_json::from_slice(&wick(&["doctor", "--json"]).stdout).unwrap();
    let check = doctor["checks"].as_array().unwrap().iter().find(|check| check["id"] == "github").unwrap();
    assert_eq!((&check["verdict"], &check["action"]), (&"warn".into(), &"unset GH_ENTERPRISE_TOKEN".into()));
    // A search asks as many places, with one token.
    github.forget_requests();
    assert_eq!((wick(&["targets", "find"]).status.code(), rejected(&github)), (Some(0), 1));
}

#[test]
fn where_github_rejects_every_token_each_source_is_named() {
    let (home, github) = synced::home_and_github(&["acme/api"]);
    home.add_program("gh", GH);
    github.refuse_token();
    let mut command = home.wick(&["sync", "--json"]);
    command.env("GH_ENTERPRISE_TOKEN", "tok-sentinel-revoked").env("GITHUB_ENTERPRISE_TOKEN", "tok-sentinel-other");
    let ran = Synced::of(&home, &command.output().unwrap());
    assert_eq!((ran.code, ran.error("acme/api")), (Some(4), "github_token_refused"));
    let said = ran.sentence("acme/api");
    for source in ["GH_ENTERPRISE_TOKEN and GITHUB_ENTERPRISE_TOKEN", "gh auth token"] {
        assert!(said.contains(source), "{said}");
    }
    assert_eq!((github.requests().len(), ran.complaints.matches("(401)").count()), (3, 0), "{ran:?}");
}

#[test]
fn a_gh_that_hangs_is_ended_and_named() {
    let (home, _github) = synced::home_and_github(&["acme/api"]);
    home.add_program("gh", "#!/bin/sh\necho $$ > \"$HOME/gh\"\nexec sleep 600\n");
    let ran = Synced::of(&home, &home.wick(&["sync", "--json"]).output().unwrap());
    assert_eq!((ran.code, ran.error("acme/api")), (Some(4), "no_github_token"), "{ran:?}");
    let silent = error(&KeyringError::GhTimedOut(jiff::SignedDuration::from_secs(5)));
    assert!(ran.sentence("acme/api").contains(&silent), "{ran:?}");
    let gh = std::fs::read_to_string(home.path().join("gh")).unwrap();
    let gh = rustix::process::Pid::from_raw(gh.trim().parse().unwrap()).unwrap();
    wait_for("its end", || rustix::process::test_kill_process(gh).is_err().then_some(()));
}

#[test]
fn what_the_token_may_not_do_at_the_listed_targets_is_a_warning() {
    let (home, github) = synced::home_and_github(&["acme/api", "acme/web"]);
    let org = "[[targets]]\norg = \"acme\"\n";
    github.add_organization("acme");
    home.write_config(&config(&github, &format!("{}{org}", repositories(&["acme/api", "acme/web"]))));
    let warnings = || {
        let output = synced::command(&home, &["github", "status", "--json"]).output().unwrap();
        let status: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0), "{status}");
        let text = |warning: &Value| format!("{} {} {}", warning["code"], warning["message"], warning["action"]);
        status["warnings"].as_array().unwrap().iter().map(text).collect::<Vec<_>>()
    };
    github.set_header("x-oauth-scopes", "admin:org, repo");
    assert_eq!(warnings(), Vec::<String>::new());
    github.forget_requests();
    github.set_header("x-oauth-scopes", "repo, read:org");
    let [one] = &warnings()[..] else { panic!("{:?}", warnings()) };
    assert!(one.contains("org:acme") && one.contains("needs admin:org"), "{one}");
    assert!(github.requests().iter().all(|request| request.path.ends_with("/user")), "the scopes say it");
    github.set_header("x-oauth-scopes", "");
    assert_eq!(warnings().len(), 2, "one of each kind of target");
}

#[test]
fn a_fine_grained_token_is_asked_about_at_one_target_of_each_kind() {
    let (home, github) = synced::home_and_github(&["acme/api", "acme/web"]);
    let headers = vec![("x-accepted-github-permissions".to_owned(), "secrets=read".to_owned())];
    let body = "{\"message\": \"Resource not accessible by personal access token\"}".to_owned();
    let on = On { method: None, path_has: "/secrets".to_owned() };
    github.fault(on, Fault::Answer { status: 403, headers, body }, usize::MAX);
    let output = synced::command(&home, &["github", "status"]).output().unwrap();
    let said = printed(&output);
    assert!(output.status.success() && said.contains("At acme/api, ") && said.contains("secrets=read"), "{said}");
    assert!(!said.contains("acme/web") && github.requests().len() <= 3, "{said}");
}

/// GNOME's keyring with an unlocked keyring in it. Ends with this value.
pub(crate) struct Keyring(Child);

impl Keyring {
    pub(crate) fn start(test: &str, bus: &Bus, home: &Home) -> Option<Self> {
        let mut command = Command::new("gnome-keyring-daemon");
        command.args(["--unlock", "--components=secrets", "--foreground"]).env_clear().env("HOME", home.path());
        command
            .env("DBUS_SESSION_BUS_ADDRESS", &bus.address)
            .env("XDG_RUNTIME_DIR", home.path())
            .env("PATH", "/usr/bin:/bin");
        command.env("XDG_DATA_HOME", home.path().join("data"));
        let spawned = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let Ok(mut running) = spawned else {
            skip(test, "gnome-keyring-daemon is not installed");
            return None;
        };
        running.stdin.take().unwrap().write_all(b"password").unwrap();
        wait_for("the keyring", || bus.has("org.freedesktop.secrets").then_some(()));
        Some(Self(running))
    }
}

impl Drop for Keyring {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[test]
fn a_token_is_kept_used_and_forgotten_in_a_real_keyring() {
    let test = "a_token_is_kept_used_and_forgotten_in_a_real_keyring";
    let Some(bus) = Bus::start(test) else { return };
    let (home, github) = home_and_github();
    let Some(_keyring) = Keyring::start(test, &bus, &home) else { return };
    let wick = |arguments: &[&str]| {
        let mut command = home.wick(arguments);
        command.env("DBUS_SESSION_BUS_ADDRESS", &bus.address);
        command
    };
    let login = with_input(wick(&["github", "login"]), &format!("{TOKEN}\n"));
    assert_eq!((login.status.code(), printed(&login).contains("as ada")), (Some(0), true), "{}", printed(&login));
    let ran = Synced::of(&home, &wick(&["sync", "--json"]).output().unwrap());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(value(&github, "acme/api", "CLAUDE_ACCESS_TOKEN"), "tok-sentinel-access");
    let status = wick(&["github", "status"]).output().unwrap();
    assert!(printed(&status).starts_with(&source(&github.host(), &TokenSource::Stored)));
    // Kept for this host, and for no other.
    let elsewhere = GithubServer::start();
    elsewhere.add_repository("acme/api");
    home.write_config(&config(&elsewhere, &repositories(&["acme/api"])));
    let ran = Synced::of(&home, &wick(&["sync", "--json"]).output().unwrap());
    assert_eq!((ran.error("acme/api"), elsewhere.requests().len()), ("no_github_token", 0));
    home.write_config(&config(&github, &repositories(&["acme/api"])));
    let logout = || printed(&wick(&["github", "logout"]).output().unwrap());
    assert_eq!(logout().trim(), logged_out(&github.host(), true));
    assert_eq!(logout().trim(), logged_out(&github.host(), false));
    let ran = Synced::of(&home, &wick(&["sync", "--json"]).output().unwrap());
    assert_eq!(ran.error("acme/api"), "no_github_token");
}
