//! A sync that has nothing to write: one question a target, which costs GitHub's limits nothing where nothing changed.

use std::process::Stdio;

use crate::support::github::{GithubServer, Request};
use crate::support::home::Home;
use crate::support::synced::{all_hold_it, command, credential, home_and_github, repositories, sync, value};

/// The status of each listing since the last call.
fn listings(github: &GithubServer) -> Vec<u16> {
    let is_listing = |request: &&Request| request.method == "GET" && request.path.contains("/secrets?");
    let statuses = github.requests().iter().filter(is_listing).filter_map(|request| request.status).collect();
    github.forget_requests();
    statuses
}

#[test]
fn what_has_not_changed_is_not_sent_again_by_github_either() {
    let (home, github) = home_and_github(&["acme/api", "acme/web"]);
    assert_eq!(sync(&home, &[]).outcomes(), ["synced"; 2]);
    assert_eq!(listings(&github), [200; 2]);
    // The dates of the writes are seen, and with them a listing that holds nothing else.
    assert_eq!(sync(&home, &[]).outcomes(), ["unchanged"; 2]);
    assert_eq!(listings(&github), [200; 2]);
    for _ in 0..2 {
        assert_eq!(sync(&home, &[]).outcomes(), ["unchanged"; 2]);
        assert_eq!((listings(&github), github.writes()), (vec![304; 2], 0));
    }
    assert_eq!(sync(&home, &["--dry-run"]).outcomes(), ["unchanged"; 2]);
    assert_eq!(listings(&github), [304; 2]);
}

#[test]
fn what_someone_else_changed_is_seen_all_the_same() {
    let (home, github) = home_and_github(&["acme/api", "acme/web"]);
    for _ in 0..3 {
        sync(&home, &[]);
    }
    listings(&github);
    github.let_pass(6);
    github.touch("acme/api", "CLAUDE_ACCESS_TOKEN");
    let ran = sync(&home, &[]);
    assert_eq!((ran.outcome("acme/api"), ran.outcome("acme/web")), ("synced", "unchanged"));
    let mut statuses = listings(&github);
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 304]);
    assert_eq!(value(&github, "acme/api", "CLAUDE_ACCESS_TOKEN"), "tok-sentinel-access");
    github.delete_secret("acme/web", "CLAUDE_ACCESS_TOKEN");
    assert_eq!(sync(&home, &[]).outcome("acme/web"), "synced");
    assert_eq!(value(&github, "acme/web", "CLAUDE_ACCESS_TOKEN"), "tok-sentinel-access");
}

#[test]
fn where_something_is_to_be_written_what_is_there_is_asked_for_whole() {
    let (home, github) = home_and_github(&["acme/api"]);
    for _ in 0..3 {
        sync(&home, &[]);
    }
    listings(&github);
    assert_eq!(sync(&home, &["--force"]).outcomes(), ["synced"]);
    assert_eq!(listings(&github), [200]);
    home.write(&credential().json().replace("tok-sentinel-access", "tok-sentinel-second"));
    assert_eq!(sync(&home, &[]).outcomes(), ["synced"]);
    assert_eq!(listings(&github), [200], "and once");
}

#[test]
fn a_repository_that_was_renamed_is_reported_each_time() {
    let (home, github) = home_and_github(&["acme/api"]);
    for _ in 0..3 {
        sync(&home, &[]);
    }
    github.rename("acme/api", "acme/service");
    for _ in 0..3 {
        let ran = sync(&home, &[]);
        assert_eq!((ran.outcome("acme/api"), ran.error("acme/api")), ("unchanged", "renamed"));
    }
}

#[test]
fn what_was_not_compared_is_listed_whole_each_time() {
    let (home, github) = home_and_github(&["acme/api"]);
    sync(&home, &[]);
    // The refresh token stands there, and waits for an answer now.
    home.write_config(&format!("[github]\napi_url = \"{}\"\n\n{}", github.url(), repositories(&["acme/api"])));
    listings(&github);
    for _ in 0..3 {
        sync(&home, &[]);
        assert_eq!(listings(&github), [200]);
    }
}

/// What an unchanged run of so many takes at its highest, in KiB, where the system tells; each is asked for once.
fn unchanged(count: usize, status: u16, home: &Home, github: &GithubServer) -> u64 {
    let mut running = command(home, &["sync"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut highest = 0;
    while running.try_wait().unwrap().is_none() {
        let memory = std::fs::read_to_string(format!("/proc/{}/status", running.id())).unwrap_or_default();
        let line = memory.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0");
        highest = highest.max(line.split_whitespace().next().unwrap().parse().unwrap());
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    assert_eq!((github.reads(), github.writes()), (count, 0));
    assert!(github.most_at_once() <= 8, "{} at once", github.most_at_once());
    assert_eq!(listings(github), vec![status; count]);
    highest
}

#[test]
fn a_thousand_unchanged_repositories_are_a_thousand_questions_eight_at_once_in_little_memory() {
    let (few, server_of_few) = all_hold_it(10);
    let base = unchanged(10, 200, &few, &server_of_few);
    let (home, github) = all_hold_it(1000);
    for status in [200, 304, 304] {
        let highest = unchanged(1000, status, &home, &github);
        assert!(highest < base + 16 * 1024, "{base} KiB for 10 and {highest} KiB for 1,000");
    }
}
