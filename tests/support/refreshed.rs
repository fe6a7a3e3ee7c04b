//! The real `wick refresh` in a home of its own, against a token endpoint, and what is to be true afterwards.

use std::fs;
use std::process::{Output, Stdio};

use jiff::Timestamp;
use serde_json::{Map, Value};
use wick::domain::credential::Contents;
use wick::domain::fingerprint::Fingerprint;
use wick::domain::refresh::{Answer, GrantRequest, Intent, NewTokens};
use wick::domain::secret::Secret;

use super::credential::CredentialText;
use super::home::{Home, in_seconds};
use super::token_server::TokenServer;
use super::{sweep, wait_for};

/// The refresh token of every home's credential at first.
pub const REFRESH: &str = "tok-sentinel-refresh";

/// A home whose access token ends in so many seconds, and the endpoint that its config names.
pub fn home_and_server(seconds: i64) -> (Home, TokenServer) {
    let (home, server) = (Home::with_folder(), TokenServer::start(REFRESH));
    home.write(&credential(seconds).json());
    configure(&home, &server, "");
    (home, server)
}

pub fn credential(seconds: i64) -> CredentialText {
    CredentialText::ending(in_seconds(seconds)).login_ending(in_seconds(20 * 86_400)).with_neighbors()
}

/// Settings for this endpoint, with more lines for `[refresh]`.
pub fn configure(home: &Home, server: &TokenServer, more: &str) {
    home.write_config(&format!("[refresh]\ntoken_url = \"{}\"\n{more}\n", server.url()));
}

/// What a run printed and how it ended, after a look for tokens in all that it printed and left.
#[derive(Debug)]
pub struct Ran {
    pub report: Value,
    pub code: Option<i32>,
}

impl Ran {
    pub fn of(home: &Home, output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
        let (printed, complaints) = (text(&output.stdout), text(&output.stderr));
        sweep::check("what was printed", format!("{printed}{complaints}"));
        home.sweep();
        let report = serde_json::from_str(&printed).unwrap_or_else(|_| panic!("{printed}{complaints}"));
        Self { report, code: output.status.code() }
    }

    pub fn outcome(&self) -> (&str, Option<i32>) {
        (self.report["outcome"].as_str().expect("a home that this test has made"), self.code)
    }

    pub fn error(&self) -> &str {
        self.report["error"]["code"].as_str().unwrap_or("")
    }
}

pub fn refresh(home: &Home, arguments: &[&str]) -> Ran {
    let output = home.run(&[&["refresh", "--json"], arguments].concat());
    Ran::of(home, &output)
}

/// The stored credential's members.
pub fn stored(home: &Home) -> Map<String, Value> {
    let text = fs::read_to_string(home.credentials()).expect("a home that this test has made");
    serde_json::from_str::<Value>(&text).expect("a home that this test has made")["claudeAiOauth"]
        .as_object()
        .expect("a home that this test has made")
        .clone()
}

/// Whether the store and the server agree on what is valid.
pub fn is_usable(home: &Home, server: &TokenServer) -> bool {
    let stored = stored(home);
    server.current().is_some_and(|(_, refresh)| stored["refreshToken"] == refresh.as_str())
}

pub fn journals(home: &Home) -> usize {
    let names = fs::read_dir(home.state()).into_iter().flatten();
    names
        .filter(|entry| {
            entry
                .as_ref()
                .expect("a home that this test has made")
                .file_name()
                .to_string_lossy()
                .starts_with("journal-")
        })
        .count()
}

/// No lock, no journal, no half-written file.
pub fn assert_tidy(home: &Home) {
    assert_eq!(journals(home), 0, "a journal is left");
    assert!(!home.path().join(".claude.lock").exists(), "a lock is left");
    let names: Vec<_> = fs::read_dir(home.path().join(".claude"))
        .expect("a home that this test has made")
        .map(|entry| entry.expect("a home that this test has made").file_name())
        .collect();
    assert_eq!(names, [".credentials.json"]);
}

/// Runs `wick refresh --force`, changes the world while the server holds its answer back, and lets it go on.
pub fn while_the_post_runs(home: &Home, server: &TokenServer, change: impl FnOnce()) -> Ran {
    server.pause();
    let mut command = home.wick(&["refresh", "--force", "--json"]);
    let running =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a home that this test has made");
    wait_for("the request", || (server.posts().len() == 1).then_some(()));
    for file in ["cmdline", "environ"] {
        let bytes = fs::read(format!("/proc/{}/{file}", running.id())).unwrap_or_default();
        sweep::check(file, bytes);
    }
    change();
    server.resume();
    Ran::of(home, &running.wait_with_output().expect("a home that this test has made"))
}

/// What a journal notes before the POST.
pub fn intent() -> Intent {
    let spent = Fingerprint::of(&Secret::from("r".to_owned()));
    let at = Timestamp::from_second(1_800_000_000).expect("a moment of this century");
    Intent { schema: 1, source: "keychain:Claude Code-credentials".to_owned(), spent, at }
}

/// What it notes after it.
pub fn tokens() -> NewTokens {
    let stored = br#"{"claudeAiOauth":{"accessToken":"a","refreshToken":"r","scopes":["s"]}}"#;
    let Ok(Contents::SignedIn(credential)) = Contents::parse(stored) else { panic!("not signed in") };
    let request = GrantRequest::of(&credential).expect("what is written above");
    let body = r#"{"access_token":"tok-sentinel-a","refresh_token":"tok-sentinel-r"}"#.to_owned();
    let answer = Answer { status: 200, retry_after: None, body: Some(Secret::from(body)) };
    let now = Timestamp::from_second(1_800_000_000).expect("a moment of this century");
    NewTokens::granted(&answer, &request, now).expect("what is written above")
}
