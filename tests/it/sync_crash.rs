//! The real program, killed at each mark of a sync.

use std::fs;
use std::process::{Child, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::github::GithubServer;
use crate::support::home::Home;
use crate::support::synced::{command, credential, home_and_github, sync, value};
use crate::support::{has_stopped, wait_for};

const REPOSITORIES: [&str; 2] = ["acme/api", "acme/web"];

/// Runs a sync that is killed at a point. Says whether it came so far.
fn killed_at(point: &str, home: &Home) -> bool {
    let mut command = command(home, &["sync", "--json"]);
    command.env("WICK_FAULT_POINT", point).stdout(Stdio::null()).stderr(Stdio::null());
    let mut process: Child = command.spawn().unwrap();
    let pid = Pid::from_raw(i32::try_from(process.id()).unwrap()).unwrap();
    let came_so_far = wait_for(point, || {
        if process.try_wait().unwrap().is_some() {
            return Some(false);
        }
        has_stopped(&process).then_some(true)
    });
    if came_so_far {
        kill_process(pid, Signal::KILL).unwrap();
        process.wait().unwrap();
    }
    came_so_far
}

/// All was sent once, and another token is stored since.
fn rotated() -> (Home, GithubServer) {
    let (home, github) = home_and_github(&REPOSITORIES);
    assert_eq!(sync(&home, &[]).code, Some(0));
    home.write(&credential().json().replace("tok-sentinel-access", "tok-sentinel-second"));
    (home, github)
}

fn assert_goes_on(home: &Home, github: &GithubServer, before: usize, point: &str) {
    let written = github.writes() - before;
    let ran = sync(home, &[]);
    assert_eq!(ran.code, Some(0), "{point}: {ran:?}");
    for name in REPOSITORIES {
        assert_eq!(value(github, name, "CLAUDE_ACCESS_TOKEN"), "tok-sentinel-second", "{point}");
    }
    // Two to each target, and the one that was under way there is made again.
    let writes = github.writes() - before;
    assert!((4..=6).contains(&writes), "{point}: {written} before the kill, {writes} in all");
    let state = fs::read_to_string(home.state().join("state.json")).unwrap();
    let log = fs::read_to_string(home.state().join("sync.log")).unwrap();
    assert!(!state.contains("under_way") && log.is_empty(), "{point}: {state}{log}");
}

#[test]
fn killed_at_any_mark_the_next_sync_goes_on_and_calls_nothing_someone_elses() {
    for count in 0.. {
        let (home, github) = rotated();
        let (before, point) = (github.writes(), format!("marked {count}"));
        if !killed_at(&point, &home) {
            assert!(count >= 7, "only {count} marks");
            break;
        }
        assert_goes_on(&home, &github, before, &point);
    }
}

#[test]
fn killed_at_its_end_nothing_is_taken_in_twice() {
    for point in ["before-fold", "state-folded"] {
        let (home, github) = rotated();
        let before = github.writes();
        assert!(killed_at(point, &home), "{point}");
        assert_goes_on(&home, &github, before, point);
    }
}
