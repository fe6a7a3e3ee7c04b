//! `wick status --watch --json`: one line a change, with a word for it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};

use serde_json::Value;

use crate::support::credential::SENTINEL;
use crate::support::home::{Home, in_seconds};
use crate::support::refreshed::{configure, credential, home_and_server};
use crate::support::synced::{home_and_github, sync};
use crate::support::{PATIENCE, wait_for};

struct Watching {
    running: Child,
    lines: Receiver<String>,
}

impl Watching {
    fn start(home: &Home) -> Self {
        // As on every computer where Wick has run before.
        fs::create_dir_all(home.state()).unwrap();
        let mut running =
            home.wick(&["status", "--watch", "--json"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let (sender, lines) = channel();
        let stdout = running.stdout.take().unwrap();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                drop(sender.send(line));
            }
        });
        Self { running, lines }
    }

    /// The next line: its word and the whole.
    fn next(&self) -> (String, Value) {
        let line = self.lines.recv_timeout(PATIENCE).expect("a line");
        assert!(!line.contains(SENTINEL), "{line}");
        let value: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["schema"], 1);
        (value["event"].as_str().unwrap().to_owned(), value)
    }

    /// Reads on until a line of this word.
    fn until(&self, event: &str) -> Value {
        loop {
            let (word, value) = self.next();
            if word == event {
                return value;
            }
        }
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        drop(self.running.kill());
        drop(self.running.wait());
    }
}

#[test]
fn each_change_of_the_credential_has_its_word() {
    let (home, server) = home_and_server(3600);
    let watching = Watching::start(&home);
    let (event, first) = watching.next();
    assert_eq!((event.as_str(), &first["state"]), ("loaded", &"fresh".into()));
    home.write(&credential(7200).json());
    let (event, line) = watching.next();
    assert_eq!(event, "refreshed");
    assert!(line["access_token"]["seconds_left"].as_i64().unwrap() > 7000, "{line}");
    home.write("{");
    assert_eq!(watching.until("failed")["error"]["code"], "not_json");
    home.write(&credential(7200).json());
    assert_eq!(watching.next().0, "loaded");

    // One that passes is reported once.
    server.behave(crate::support::token_server::Behavior::Answer {
        status: 503,
        headers: Vec::new(),
        body: String::new(),
    });
    home.run(&["refresh", "--force"]);
    let line = watching.until("failed");
    assert_eq!((&line["error"]["code"], &line["state"]), (&"server_error".into(), &"fresh".into()));

    // Another program refreshes, and fails: noted in the state, and reported at once.
    server.replace("tok-sentinel-another");
    server.behave(crate::support::token_server::Behavior::Answer {
        status: 400,
        headers: Vec::new(),
        body: r#"{"error":"invalid_grant"}"#.to_owned(),
    });
    let begun = std::time::Instant::now();
    home.run(&["refresh", "--force"]);
    assert_eq!(watching.until("failed")["error"]["code"], "invalid_grant");
    assert!(begun.elapsed().as_secs() < 50, "the regular look would have found it too");
}

#[test]
fn an_expiry_that_comes_near_and_passes_is_reported() {
    let home = Home::with_folder();
    // The window is ten minutes.
    home.write(&credential(606).json());
    let watching = Watching::start(&home);
    assert_eq!(watching.next().0, "loaded");
    let (event, line) = watching.next();
    assert_eq!((event.as_str(), &line["state"]), ("expiring", &"expiring".into()));
    home.write(&credential(6).json());
    assert_eq!(watching.next().0, "refreshed");
    let (event, line) = watching.next();
    assert_eq!((event.as_str(), &line["state"]), ("expired", &"expired".into()));
}

#[test]
fn the_end_of_what_nothing_renews_is_an_end_and_no_fault() {
    let home = Home::with_folder();
    let alone = credential(2).json().replace("\"refreshToken\":\"tok-sentinel-refresh\"", "\"refreshToken\":null");
    home.write(&alone);
    let watching = Watching::start(&home);
    watching.next();
    let line = watching.until("expired");
    assert_eq!(line["error"]["code"], "no_refresh_token");
}

#[test]
fn what_becomes_of_targets_is_reported() {
    let (home, github) = home_and_github(&["acme/api"]);
    let watching = Watching::start(&home);
    assert_eq!(watching.next().1["targets"][0]["state"], "never");
    assert_eq!(sync(&home, &[]).code, Some(0));
    assert_eq!(watching.until("synced")["targets"][0]["state"], "in_sync");
    github.archive("acme/api");
    home.write(&credential(7100).json());
    watching.until("refreshed");
    assert_eq!(sync(&home, &[]).code, Some(4));
    assert_eq!(watching.until("failed")["targets"][0]["state"], "failed");
}

// See: https://github.com/uutils/coreutils/issues/4965
#[test]
fn a_reader_that_goes_away_ends_it_though_nothing_changes() {
    let home = Home::signed_in(20 * 3600);
    for arguments in [["status", "--watch", "--json"].as_slice(), &["status", "--watch"]] {
        let mut running = home.wick(arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut reader = BufReader::new(running.stdout.take().unwrap());
        assert!(reader.read_line(&mut String::new()).unwrap() > 0);
        let begun = std::time::Instant::now();
        drop(reader);
        assert!(wait_for("its end", || running.try_wait().unwrap()).success());
        assert!(begun.elapsed().as_secs() < 50, "the next minute's line would have found it too");
    }
}

#[test]
fn a_reader_that_goes_away_ends_it() {
    let (home, server) = home_and_server(3600);
    configure(&home, &server, "");
    let mut watching = Watching::start(&home);
    watching.next();
    let mut command = home.wick(&["status", "--watch", "--json"]);
    let mut running = command.stdout(Stdio::piped()).spawn().unwrap();
    drop(running.stdout.take());
    home.write(&credential(in_seconds(7200).0 % 7200 + 3000).json());
    wait_for("its end", || running.try_wait().unwrap());
    assert!(watching.running.try_wait().unwrap().is_none(), "the other one goes on");
}
