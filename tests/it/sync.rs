//! `wick sync` against a real HTTP server that opens every box: what is written, what is left as it is, and what is said.

use std::time::Duration;

use serde_json::json;

use crate::support::said;
use crate::support::synced::{command, config, credential, home_and_github, repositories, sync, value};
use wick::domain::sync::Failure;

const NAMES: [&str; 3] = ["CLAUDE_ACCESS_TOKEN", "CLAUDE_REFRESH_TOKEN", "CLAUDE_EXPIRES_AT"];

#[test]
fn values_of_every_size_and_kind_arrive_whole() {
    let large = "x".repeat(48 * 1024);
    for text in ["", "\\u0000\\u0001\\u007f\\\"\\\\", "Zoë – 東京 🕯", &large] {
        let (home, github) = home_and_github(&["acme/api"]);
        let stored =
            credential().json().replace("\"subscriptionType\":\"max\"", &format!("\"subscriptionType\":\"{text}\""));
        home.write(&stored);
        home.write_config(&config(
            &github,
            "[secrets]\nVALUE = \"subscriptionType\"\n[[targets]]\nrepo = \"acme/api\"\n",
        ));
        let ran = sync(&home, &[]);
        assert_eq!((ran.outcome("acme/api"), ran.code), ("synced", Some(0)), "{ran:?}");
        let parsed: serde_json::Value = serde_json::from_str(&stored).unwrap();
        assert_eq!(value(&github, "acme/api", "VALUE"), parsed["claudeAiOauth"]["subscriptionType"].as_str().unwrap());
    }
}

#[test]
fn what_is_too_large_fails_alone_and_is_not_sent() {
    let (home, github) = home_and_github(&["acme/api"]);
    let large = format!("\"subscriptionType\":\"{}\"", "x".repeat(48 * 1024 + 1));
    home.write(&credential().json().replace("\"subscriptionType\":\"max\"", &large));
    let secrets = "[secrets]\nLARGE = \"subscriptionType\"\nTOKEN = \"accessToken\"\nCI = \"ciToken\"\n";
    home.write_config(&config(&github, &format!("{secrets}[[targets]]\nrepo = \"acme/api\"\n")));
    let ran = sync(&home, &[]);
    assert_eq!((ran.outcome("acme/api"), ran.code, ran.error("acme/api")), ("failed", Some(4), "too_large"));
    let words: Vec<String> = ran.secrets("acme/api").into_iter().map(|(_, word)| word).collect();
    assert_eq!((words, github.writes()), (vec!["failed".to_owned(), "created".to_owned(), "failed".to_owned()], 1));
}

#[test]
fn names_are_checked_before_the_network_is_touched() {
    let (home, github) = home_and_github(&["acme/api"]);
    let good = config(&github, &repositories(&["acme/api"]));
    for bad in ["GITHUB_X = \"accessToken\"", "\"1A\" = \"accessToken\"", "\"A/../../x\" = \"accessToken\""] {
        home.write_config(&format!("{good}\n[secrets]\n{bad}\n"));
        let ran = sync(&home, &[]);
        assert_eq!((ran.code, ran.report["error"]["code"].as_str()), (Some(2), Some("config_invalid")), "{bad}");
    }
    assert_eq!(github.requests().len(), 0);
}

#[test]
fn the_first_run_costs_five_requests_a_repository_and_the_next_one_each() {
    let names: Vec<String> = (0..20).map(|number| format!("acme/r{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (home, github) = home_and_github(&names);
    github.latency(Duration::from_millis(5));
    let first = sync(&home, &[]);
    assert_eq!((first.outcomes(), first.code), (vec!["synced"; 20], Some(0)));
    assert_eq!((github.requests().len(), github.writes()), (5 * 20, 3 * 20));
    assert!(github.most_at_once() <= 8 && github.connections() <= 8, "{} connections", github.connections());
    github.forget_requests();
    let second = sync(&home, &[]);
    assert_eq!((second.outcomes(), second.code), (vec!["unchanged"; 20], Some(0)));
    assert_eq!((github.reads(), github.writes()), (20, 0));
    // Once its dates are adopted, it stays so.
    assert_eq!(sync(&home, &[]).outcomes(), ["unchanged"; 20]);
    let forced = sync(&home, &["acme/r3", "ACME/R4", "--force"]);
    assert_eq!(forced.secrets("acme/r3"), NAMES.map(|name| (name.to_owned(), "updated".to_owned())));
    assert_eq!((forced.outcomes().len(), github.writes()), (2, 6));
}

#[test]
fn a_dry_run_says_what_would_be_written_and_writes_nothing() {
    let (home, github) = home_and_github(&["acme/api", "acme/web"]);
    github.put_secret("acme/web", "CLAUDE_ACCESS_TOKEN", b"of someone else");
    let ran = sync(&home, &["--dry-run"]);
    assert_eq!((ran.outcomes(), ran.code), (vec!["planned"; 2], Some(0)), "{ran:?}");
    assert_eq!(ran.secrets("acme/api"), NAMES.map(|name| (name.to_owned(), "planned".to_owned())));
    assert_eq!((github.writes(), github.requests().len()), (0, 2));
    assert!(!home.state().join("state.json").exists(), "nothing is remembered of it");
    sync(&home, &[]);
    assert_eq!(sync(&home, &["--dry-run"]).outcomes(), ["unchanged"; 2]);
}

#[test]
fn a_change_of_someone_else_is_written_over_when_asked_and_shown_before() {
    let (home, github) = home_and_github(&["acme/api"]);
    sync(&home, &[]);
    // What is dated closer to it would be taken for our own write.
    github.let_pass(6);
    github.touch("acme/api", "CLAUDE_ACCESS_TOKEN");
    let dry = sync(&home, &["--dry-run"]);
    assert_eq!((dry.outcome("acme/api"), dry.error("acme/api")), ("planned", "changed_by_someone_else"), "{dry:?}");
    assert_eq!(value(&github, "acme/api", "CLAUDE_ACCESS_TOKEN"), "changed by someone else");
    let ran = sync(&home, &[]);
    let words: Vec<String> = ran.secrets("acme/api").into_iter().map(|(_, word)| word).collect();
    assert_eq!(words, ["updated", "unchanged", "unchanged"]);
    assert_eq!(value(&github, "acme/api", "CLAUDE_ACCESS_TOKEN"), "tok-sentinel-access");
    assert_eq!((ran.outcome("acme/api"), ran.error("acme/api")), ("synced", "changed_by_someone_else"));
    assert_eq!(sync(&home, &[]).error("acme/api"), "");
}

#[test]
fn only_what_has_changed_is_written_again() {
    let (home, github) = home_and_github(&["acme/api"]);
    sync(&home, &[]);
    github.forget_requests();
    home.write(&credential().json().replace("tok-sentinel-access", "tok-sentinel-newer"));
    let (status, _) = home.status();
    assert_eq!(status["targets"][0]["state"], "stale");
    let ran = sync(&home, &[]);
    assert_eq!(ran.outcome("acme/api"), "synced");
    let words: Vec<String> = ran.secrets("acme/api").into_iter().map(|(_, word)| word).collect();
    assert_eq!((words[0].as_str(), words[1].as_str()), ("updated", "unchanged"));
    assert_eq!(value(&github, "acme/api", "CLAUDE_ACCESS_TOKEN"), "tok-sentinel-newer");
    let (status, _) = home.status();
    assert_eq!(
        (&status["targets"][0]["state"], status["targets"][0]["synced_at"].is_string()),
        (&json!("in_sync"), true)
    );
}

#[test]
fn an_unknown_target_is_a_wrong_usage_and_the_known_ones_are_named() {
    let (home, github) = home_and_github(&["acme/api"]);
    let ran = sync(&home, &["acme/ap"]);
    assert_eq!((ran.code, ran.report["error"]["code"].as_str()), (Some(2), Some("unknown_target")));
    assert!(ran.report["error"]["message"].as_str().unwrap().contains("acme/api"));
    home.write_config(&config(&github, ""));
    assert_eq!(sync(&home, &[]).report["error"]["code"], "no_targets");
    assert_eq!(github.requests().len(), 0);
}

#[test]
fn a_list_that_is_longer_than_a_page_is_read_to_its_end() {
    let (home, github) = home_and_github(&["acme/api"]);
    for number in 0..140 {
        github.put_secret("acme/api", &format!("A{number:03}"), b"of someone else");
    }
    sync(&home, &[]);
    github.forget_requests();
    assert_eq!(sync(&home, &[]).outcome("acme/api"), "unchanged");
    let pages: Vec<String> = github.requests().into_iter().map(|request| request.path).collect();
    assert!(pages.len() == 2 && pages[1].ends_with("?per_page=100&page=2"), "{pages:?}");
}

#[test]
fn people_get_a_table_and_what_to_do() {
    let (home, github) = home_and_github(&["acme/api", "acme/old", "acme/older"]);
    github.archive("acme/old");
    github.archive("acme/older");
    let output = command(&home, &["sync"]).output().unwrap();
    let (table, hints) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    let lines: Vec<&str> = table.lines().collect();
    assert!(lines[0].starts_with("acme/api    synced  created CLAUDE_ACCESS_TOKEN, "), "{table}");
    assert!(lines[1].starts_with("acme/old    failed  "), "{table}");
    assert!(
        hints.trim().starts_with("hint for acme/old, acme/older: ") && hints.trim().lines().count() == 1,
        "{hints}"
    );
    assert_eq!(output.status.code(), Some(4));
    let status = String::from_utf8(home.run(&["status"]).stdout).unwrap();
    let targets = [said::in_sync("acme/api", 0), said::failed("acme/old", Failure::Archived)].join("\n");
    assert!(status.contains(&targets), "{status}");
}
