//! `wick targets find` and GitHub's limits: what one was told to wait for all wait for. And what is seen of it meanwhile.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::support::github::{Fault, GithubServer, On};
use crate::support::home::Home;
use crate::support::synced::sync;
use crate::support::wait_for;
use crate::targets::Terminal;
use crate::targets_find::{find, found, home_and_github};

fn limit(github: &GithubServer, path: &str, seconds: u32, times: usize) {
    let headers = vec![("retry-after".to_owned(), seconds.to_string())];
    let answer = Fault::Answer { status: 429, headers, body: "{\"message\":\"Too many requests\"}".to_owned() };
    github.fault(On { method: None, path_has: path.to_owned() }, answer, times);
}

fn note_pause(home: &Home, github: &GithubServer) {
    let pace = json!({ "paused_until": Timestamp::now() + SignedDuration::from_hours(1) });
    let state = json!({ "schema": 1, "sync": { "pace": { (github.url()): pace } } });
    std::fs::create_dir_all(home.state()).unwrap();
    std::fs::write(home.state().join("state.json"), state.to_string()).unwrap();
}

fn is_limited(report: &Value) -> bool {
    (report["complete"].as_bool(), report["error"]["code"].as_str()) == (Some(false), Some("rate_limited"))
}

#[test]
fn never_more_than_eight_are_asked_at_once() {
    let (home, github) = home_and_github(60);
    github.latency(Duration::from_millis(20));
    let (report, code) = find(&home, &["--environments"]);
    assert_eq!((code, found(&report).len(), github.most_at_once()), (Some(0), 35, 8), "{report}");
}

#[test]
fn a_limit_ends_a_search_and_the_next_one_and_a_sync_ask_nothing_before_its_end() {
    for path in ["/acme/r1/", "/user/repos"] {
        let (home, github) = home_and_github(60);
        limit(&github, path, 3600, 1);
        let (report, code) = find(&home, &[]);
        assert!(code == Some(4) && is_limited(&report), "{path}: {report}");
        assert!(github.requests().len() < 60, "what is left is not asked: {}", github.requests().len());
        let known = found(&report).len();
        github.forget_requests();
        let (report, code) = find(&home, &[]);
        assert!(code == Some(4) && is_limited(&report), "{path}: {report}");
        assert_eq!((github.requests().len(), found(&report).len()), (0, known), "{path}: {report}");
        home.write_config(&crate::support::synced::config(&github, "[[targets]]\nrepo = \"acme/r50\"\n"));
        let synced = sync(&home, &["--wait", "0s"]);
        assert_eq!((synced.error("acme/r50"), github.requests().len()), ("rate_limited", 0), "{}", synced.report);
    }
}

#[test]
fn a_pause_that_another_one_has_noted_is_kept_before_a_search_and_in_the_middle_of_one() {
    let (home, github) = home_and_github(60);
    note_pause(&home, &github);
    let (report, code) = find(&home, &[]);
    assert!(code == Some(4) && is_limited(&report) && github.requests().is_empty(), "{report}");
    let (home, github) = home_and_github(120);
    github.latency(Duration::from_millis(50));
    let searching = std::thread::scope(|scope| {
        let searching = scope.spawn(|| find(&home, &[]));
        wait_for("the middle", || (github.requests().len() > 10).then_some(()));
        note_pause(&home, &github);
        searching.join().unwrap()
    });
    let (report, code) = searching;
    assert!(code == Some(4) && is_limited(&report), "{report}");
    assert!(github.requests().len() < 60, "{}", github.requests().len());
}

#[test]
fn a_limit_that_a_search_is_told_beside_a_sync_stands_after_the_syncs_end() {
    for is_limited_too in [false, true] {
        let (home, github) = home_and_github(60);
        home.write_config(&crate::support::synced::config(&github, "[[targets]]\nrepo = \"acme/r0\"\n"));
        if is_limited_too {
            limit(&github, "/secrets/CLAUDE", 60, 1);
        }
        github.pause_writes();
        std::thread::scope(|scope| {
            let syncing = scope.spawn(|| sync(&home, &["--wait", "0s"]));
            wait_for("a write", || (github.writes() > 0).then_some(()));
            limit(&github, "/user/repos", 3600, 1);
            let (report, code) = find(&home, &[]);
            assert!(code == Some(4) && is_limited(&report), "{report}");
            github.resume();
            syncing.join().unwrap();
        });
        let state: Value = serde_json::from_slice(&std::fs::read(home.state().join("state.json")).unwrap()).unwrap();
        let until: Timestamp = state["sync"]["pace"][github.url()]["paused_until"].as_str().unwrap().parse().unwrap();
        assert!(until > Timestamp::now() + SignedDuration::from_mins(30), "{is_limited_too}: {state}");
    }
}

#[test]
fn at_a_terminal_a_bar_says_how_far_it_is_and_goes_away() {
    let (home, github) = home_and_github(36);
    github.latency(Duration::from_millis(300));
    let terminal = Terminal::run(&home, &["targets", "find", "--add"]);
    // With the owner, who may be an organization.
    terminal.wait_for(" of 37 ");
    let (code, drawn) = terminal.end();
    let (bars, after) = drawn.rsplit_once(" of 37 ").unwrap();
    let done = |bar: &str| bar.rsplit(' ').next().and_then(|number| number.parse::<usize>().ok());
    let done: Vec<usize> = bars.split(" of 37 ").filter_map(done).collect();
    assert!(code == Some(0) && done.is_sorted() && done.iter().any(|done| (1..37).contains(done)), "{done:?}: {drawn}");
    assert!(bars.contains("==>") && !bars.contains("acme/r0: ") && after.contains("acme/r0: "), "{drawn}");
}
