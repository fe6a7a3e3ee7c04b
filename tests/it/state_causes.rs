//! What `state.json` says of failures: causes, and no English.

use std::fs;

use jiff::Timestamp;
use serde_json::Value;

use wick::domain::fingerprint::Fingerprint;
use wick::domain::refresh::{Failure, FailureMemory, RefreshMemory};
use wick::domain::secret::Secret;
use wick::domain::state::memory::{AlertFailure, Part};
use wick::domain::sync::{self, TargetMemory};
use wick::platform::state_file::JsonFile;
use wick::ports::StateFile;

use crate::support::github::{Fault, On};
use crate::support::home::Home;
use crate::support::refreshed::{REFRESH, credential, refresh};
use crate::support::synced::{config, home_and_github, repositories, sync};
use crate::support::token_server::{Behavior, TokenServer};
use crate::words::refreshing::refresh_failures;
use crate::words::syncing::sync_failures;

const SOURCE: &str = "file:/home/ada/.claude/.credentials.json";

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

/// Every text in it, the names of members too.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(members) => {
            members.iter().flat_map(|(name, value)| [vec![name.clone()], texts(value)].concat()).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

/// What a place or the token endpoint is noted under: an address or a name, and fingerprints.
fn is_key(text: &str) -> bool {
    ["http://", "command ", "token endpoint http://"].iter().any(|begin| text.starts_with(begin))
}

/// Codes, names, fingerprints, dates and paths have no blank in these homes, and every sentence has one.
fn causes_alone(home: &Home) -> Value {
    let kept: Value = serde_json::from_str(&fs::read_to_string(home.state().join("state.json")).unwrap()).unwrap();
    let is_sentence = |text: &String| text.contains(char::is_whitespace) && !is_key(text);
    let sentences: Vec<String> = texts(&kept).into_iter().filter(is_sentence).collect();
    assert_eq!(sentences, Vec::<String>::new(), "{kept}");
    kept
}

fn refused(failure: Failure) -> FailureMemory {
    let token = Fingerprint::of(&Secret::from("sk-ant-ort01-EXAMPLE".to_owned()));
    let endpoint = "https://acme.example/token".to_owned();
    FailureMemory { token, endpoint, failure, failures: 1, at: now(), retry_at: now(), server_asked: false }
}

#[test]
fn of_each_failure_its_cause_is_kept_and_no_sentence() {
    for failure in refresh_failures().into_iter().filter(Failure::is_remembered) {
        let home = Home::new();
        let file = JsonFile::new(home.state());
        let memory = RefreshMemory { failure: Some(refused(failure.clone())) };
        file.save(SOURCE, Part::Refresh { now: memory, over: None }).unwrap();
        causes_alone(&home);
        let read = file.load()[SOURCE].refresh.failure.clone();
        assert!(read.is_some_and(|read| read.failure.is_like(&failure)), "{failure:?}");
    }
    for failure in sync_failures() {
        let home = Home::new();
        let file = JsonFile::new(home.state());
        let alert = AlertFailure { failure: failure.clone(), at: now() };
        file.save(SOURCE, Part::AlertCommand(Some(alert))).unwrap();
        let mut target = TargetMemory { name: "acme/api".to_owned(), ..TargetMemory::default() };
        target.failed(failure.clone(), now());
        file.change_sync(&mut |memory| drop(memory.targets.insert("acme/api".to_owned(), target.clone()))).unwrap();
        causes_alone(&home);
        let is_it = |read: Option<&sync::Failure>| read.is_some_and(|read| read.is_like(&failure));
        let (sources, synced) = file.load_all();
        let alert = sources[SOURCE].alert_command.clone();
        assert!(is_it(alert.as_ref().map(|alert| &alert.failure)), "{failure:?}");
        let target = synced.unwrap().targets["acme/api"].clone();
        assert!(
            !failure.is_remembered() || is_it(target.failure.as_ref().map(|target| &target.failure)),
            "{failure:?}"
        );
    }
}

#[test]
fn what_servers_and_programs_said_is_not_kept() {
    let (home, github) = home_and_github(&["acme/api", "acme/web"]);
    let server = TokenServer::start(REFRESH);
    home.add_program("keep", "#!/bin/sh\necho 'the vault is sealed' >&2\nexit 3\n");
    let targets = repositories(&["acme/api", "acme/web"]) + "[[targets]]\nname = \"kept\"\ncommand = [\"keep\"]\n";
    let endpoint = format!("[refresh]\ntoken_url = \"{}\"\n", server.url());
    home.write_config(&config(&github, &format!("{endpoint}\n{targets}")));
    home.write(&credential(3600).json());
    let said = r#"{"message":"Resource not accessible by personal access token"}"#.to_owned();
    let answer = Fault::Answer { status: 403, headers: Vec::new(), body: said };
    github.fault(On { method: Some("PUT"), path_has: "/acme/api/".to_owned() }, answer, usize::MAX);
    let synced = sync(&home, &[]);
    assert_eq!((synced.error("acme/api"), synced.error("kept")), ("no_permission", "command_failed"), "{synced:?}");
    let body = "the service is down for an hour".to_owned();
    server.behave(Behavior::Answer { status: 503, headers: Vec::new(), body });
    assert_eq!(refresh(&home, &["--force"]).error(), "server_error");
    let kept = causes_alone(&home).to_string();
    for code in ["no_permission", "command_failed", "server_error"] {
        assert!(kept.contains(code), "{code} is not in {kept}");
    }
}

/// As versions before 0.1 kept them: a sentence beside the code, or in its place.
#[test]
fn the_old_form_is_read_once() {
    let home = Home::new();
    fs::create_dir_all(home.state()).unwrap();
    let old = r#"{"schema":1,"sources":{"SOURCE":{
        "alerts":{"access":{"deadline_ms":5,"announced_s":240}},
        "refresh":{"failure":{"token":"0a1b","endpoint":"https://acme.example/token","code":"offline",
            "detail":"the server could not be reached","failures":2,"at":"2027-01-15T08:00:00Z",
            "retry_at":"2027-01-15T08:02:00Z"}},
        "alert_command":{"failure":"the command exited with code 1","at":"2027-01-15T08:00:00Z"}}},
        "sync":{"targets":{"acme/api":{"name":"acme/api","synced_at":"2027-01-15T08:00:00Z",
            "failure":{"error":"the GitHub token may not write secrets there","at":"2027-01-15T08:00:00Z"}}}}}"#;
    fs::write(home.state().join("state.json"), old.replace("SOURCE", SOURCE)).unwrap();
    let file = JsonFile::new(home.state());
    let (sources, synced) = file.load_all();
    let (memory, target) = (&sources[SOURCE], synced.unwrap().targets["acme/api"].clone());
    let refreshed = memory.refresh.failure.as_ref().expect("its code is known");
    assert!(refreshed.failure.is_offline() && refreshed.failures == 2 && memory.alerts.access.is_some(), "{memory:?}");
    assert_eq!((memory.alert_command.as_ref(), target.failure.as_ref()), (None, None), "a sentence is no cause");
    assert!(target.synced_at.is_some(), "what stands beside it is kept");
    file.change_sync(&mut |_| {}).unwrap();
    causes_alone(&home);
}
