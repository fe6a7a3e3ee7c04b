//! `wick sync` against a real HTTP server that opens every box: what arrives where, and what is left as it is.

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use serde_json::json;

use crate::support::credential::CredentialText;
use crate::support::github::GithubServer;
use crate::support::home::{Home, in_seconds};
use crate::support::said;
use crate::support::synced::{Synced, command, config, credential, home_and_github, repositories, sync, value};
use crate::support::{wait_for, write_program};
use wick::domain::sync::Failure;

const NAMES: [&str; 3] = ["CLAUDE_ACCESS_TOKEN", "CLAUDE_REFRESH_TOKEN", "CLAUDE_EXPIRES_AT"];

#[test]
fn what_arrives_at_every_kind_of_target_is_what_is_stored() {
    let github = GithubServer::start();
    github.add_repository("acme/api");
    github.add_environment("acme/web", "pre prod/é #1");
    github.add_organization("acme");
    let home = Home::with_folder();
    let end = in_seconds(7 * 3600);
    home.write(&CredentialText::ending(end).login_ending(in_seconds(20 * 86_400)).with_neighbors().json());
    write_program(&home.path().join("bin/keep"), "#!/bin/sh\ncat > \"$HOME/kept-$1\"\n");
    let targets = r#"
[[targets]]
repo = "acme/api"
[[targets]]
repo = "acme/web"
environment = "pre prod/é #1"
[[targets]]
repo = "acme/api"
app = "dependabot"
[[targets]]
repo = "acme/api"
app = "codespaces"
secrets = { ALL = "credentials", PLAN = "subscriptionType", SCOPES = "scopes", LOGIN = "refreshTokenExpiresAt" }
[[targets]]
org = "acme"
visibility = "selected"
repositories = ["web", "api"]
[[targets]]
repo = "acme/api"
app = "agents"
[[targets]]
org = "acme"
app = "agents"
visibility = "selected"
repositories = ["api"]
[[targets]]
name = "vault"
command = ["keep", "here"]
"#;
    home.write_config(&config(&github, targets));
    let ran = sync(&home, &[]);
    assert_eq!((ran.outcomes(), ran.code), (vec!["synced"; 8], Some(0)), "{ran:?}");
    let alike =
        ["acme/api", "acme/web@pre prod/é #1", "acme/api#dependabot", "org:acme", "acme/api#agents", "org:acme#agents"];
    for place in alike {
        let arrived = NAMES.map(|name| value(&github, place, name));
        assert_eq!(arrived, ["tok-sentinel-access".to_owned(), "tok-sentinel-refresh".to_owned(), end.0.to_string()]);
        assert_eq!(ran.secrets(place), NAMES.map(|name| (name.to_owned(), "created".to_owned())), "{place}");
    }
    let stored: serde_json::Value = serde_json::from_str(&fs::read_to_string(home.credentials()).unwrap()).unwrap();
    let whole: serde_json::Value = serde_json::from_str(&value(&github, "acme/api#codespaces", "ALL")).unwrap();
    assert_eq!(whole, json!({ "claudeAiOauth": stored["claudeAiOauth"] }), "without the neighbors' tokens");
    assert_eq!(value(&github, "acme/api#codespaces", "SCOPES"), "user:inference user:profile");
    assert_eq!(value(&github, "acme/api#codespaces", "PLAN"), "max");
    let org = github.secret("org:acme", "CLAUDE_ACCESS_TOKEN").unwrap();
    let ids = ["acme/web", "acme/api"].map(|name| github.repository_id(name)).to_vec();
    assert_eq!((org.visibility.as_deref(), org.selected), (Some("selected"), ids.clone()));
    let agents = github.secret("org:acme#agents", "CLAUDE_ACCESS_TOKEN").unwrap();
    assert_eq!((agents.visibility.as_deref(), agents.selected), (Some("selected"), ids[1..].to_vec()));
    let kept = fs::read_to_string(home.path().join("kept-here")).unwrap();
    let expected = json!({ "CLAUDE_ACCESS_TOKEN": "tok-sentinel-access", "CLAUDE_REFRESH_TOKEN": "tok-sentinel-refresh",
        "CLAUDE_EXPIRES_AT": end.0.to_string() });
    assert_eq!(serde_json::from_str::<serde_json::Value>(&kept).unwrap(), expected);
}

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
fn what_a_killed_sync_has_written_is_not_written_again() {
    let names: Vec<String> = (0..12).map(|number| format!("acme/r{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (home, github) = home_and_github(&names);
    github.latency(Duration::from_millis(15));
    let mut running = command(&home, &["sync", "--json"]).spawn().unwrap();
    wait_for("some writes", || (github.writes() >= 12).then_some(()));
    running.kill().unwrap();
    running.wait().unwrap();
    github.latency(Duration::ZERO);
    let before = github.writes();
    assert_eq!(sync(&home, &[]).code, Some(0));
    let again = github.writes() - before;
    assert!(again <= 36 - before + 8, "{before} before and {again} after: more than the eight under way were repeated");
    for name in &names {
        assert_eq!(value(&github, name, "CLAUDE_ACCESS_TOKEN"), "tok-sentinel-access");
    }
}

#[test]
fn ended_by_a_signal_it_leaves_off_at_once_and_says_what_is_missing() {
    let (home, github) = home_and_github(&["acme/api", "acme/web"]);
    github.pause_writes();
    let running = command(&home, &["sync", "--json"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_for("the writes", || (github.writes() >= 2).then_some(()));
    let pid = rustix::process::Pid::from_raw(i32::try_from(running.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    let ran = Synced::of(&home, &running.wait_with_output().unwrap());
    assert_eq!((ran.code, ran.error("acme/api"), ran.error("acme/web")), (Some(4), "stopped", "stopped"));
    github.resume();
    assert_eq!(sync(&home, &[]).outcomes(), ["synced"; 2]);
}

#[test]
fn ended_by_a_signal_it_leaves_no_command_behind_and_claims_nothing_about_it() {
    let (home, github) = home_and_github(&[]);
    write_program(
        &home.path().join("bin/sleeps"),
        "#!/bin/sh\nexec >/dev/null 2>&1\ncat >/dev/null\nsleep 300 &\necho $! >\"$HOME/its-child\"\nwait\n",
    );
    home.write_config(&config(&github, "[[targets]]\nname = \"sleeps\"\ncommand = [\"sleeps\"]\n"));
    let running = command(&home, &["sync", "--json"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let child = home.path().join("its-child");
    let child = wait_for("the command", || fs::read_to_string(&child).ok().filter(|pid| pid.ends_with('\n')));
    let pid = |text: &str| rustix::process::Pid::from_raw(text.trim().parse().unwrap()).unwrap();
    rustix::process::kill_process(pid(&running.id().to_string()), rustix::process::Signal::TERM).unwrap();
    let ran = Synced::of(&home, &running.wait_with_output().unwrap());
    assert_eq!((ran.code, ran.error("sleeps")), (Some(4), "command_stopped"), "{ran:?}");
    // Killed, and maybe not reaped yet by whoever has inherited it.
    wait_for("its end", || {
        let stat = fs::read_to_string(format!("/proc/{}/stat", child.trim())).unwrap_or_default();
        (stat.is_empty() || stat.contains(") Z ")).then_some(())
    });
    assert_eq!(home.status().0["targets"][0]["state"], "never", "nobody knows");
}

#[test]
fn a_second_sync_says_so_and_leaves() {
    let (home, github) = home_and_github(&["acme/api"]);
    github.pause();
    let first = command(&home, &["sync", "--json"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    wait_for("the first one's request", || (!github.requests().is_empty()).then_some(()));
    let second = sync(&home, &[]);
    assert_eq!((second.code, second.report["error"]["code"].as_str()), (Some(1), Some("busy")));
    github.resume();
    assert_eq!(Synced::of(&home, &first.unwrap().wait_with_output().unwrap()).code, Some(0));
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
fn an_organizations_audience_is_never_reset() {
    let github = GithubServer::start();
    github.add_organization("acme");
    for name in ["acme/api", "acme/web"] {
        github.add_repository(name);
    }
    let home = Home::with_folder();
    home.write(&credential().json());
    let org = |more: &str| {
        config(&github, &format!("[secrets]\nTOKEN = \"accessToken\"\n[[targets]]\norg = \"acme\"\n{more}\n"))
    };
    let check = |expected: (&str, &[&str])| {
        let stored = github.secret("org:acme", "TOKEN").unwrap();
        let ids: Vec<u64> = expected.1.iter().map(|name| github.repository_id(name)).collect();
        assert_eq!((stored.visibility.as_deref(), stored.selected), (Some(expected.0), ids));
    };
    home.write_config(&org(""));
    assert_eq!(sync(&home, &[]).code, Some(0));
    check(("private", &[]));
    // Someone chose repositories on GitHub's own page; the config says nothing of it.
    github.set_visibility("org:acme", "TOKEN", "selected", vec![github.repository_id("acme/web")]);
    assert_eq!(sync(&home, &["--force"]).code, Some(0));
    check(("selected", &["acme/web"]));
    home.write_config(&org("visibility = \"all\""));
    assert_eq!(sync(&home, &[]).outcome("org:acme"), "synced");
    check(("all", &[]));
    home.write_config(&org("visibility = \"selected\"\nrepositories = [\"api\"]"));
    assert_eq!(sync(&home, &[]).outcome("org:acme"), "synced");
    check(("selected", &["acme/api"]));
    assert_eq!(sync(&home, &[]).outcome("org:acme"), "unchanged");
}

#[test]
fn ones_own_codespaces_secrets_go_to_the_repositories_that_are_named_or_to_those_that_were() {
    let (home, github) = home_and_github(&["acme/api", "ada/dotfiles"]);
    let own = |more: &str| {
        let targets = format!("[secrets]\nTOKEN = \"accessToken\"\n[[targets]]\nuser = \"codespaces\"\n{more}\n");
        home.write_config(&config(&github, &targets));
    };
    let check = |expected: &[&str]| {
        let ids: Vec<u64> = expected.iter().map(|name| github.repository_id(name)).collect();
        assert_eq!(github.secret("user:codespaces", "TOKEN").unwrap().selected, ids);
    };
    own("");
    let ran = sync(&home, &[]);
    assert_eq!((ran.outcome("user:codespaces"), ran.code), ("synced", Some(0)), "{ran:?}");
    assert_eq!(value(&github, "user:codespaces", "TOKEN"), "tok-sentinel-access");
    check(&[]);
    // Someone chose a repository on GitHub's own page; the config says nothing of it.
    github.set_visibility("user:codespaces", "TOKEN", "selected", vec![github.repository_id("ada/dotfiles")]);
    assert_eq!(sync(&home, &["--force"]).code, Some(0));
    check(&["ada/dotfiles"]);
    own("repositories = [\"acme/api\", \"ada/dotfiles\"]");
    assert_eq!(sync(&home, &[]).outcome("user:codespaces"), "synced");
    check(&["acme/api", "ada/dotfiles"]);
    assert_eq!(sync(&home, &[]).outcome("user:codespaces"), "unchanged");
    own("repositories = []");
    assert_eq!(sync(&home, &[]).outcome("user:codespaces"), "synced");
    check(&[]);
    own("repositories = [\"acme/gone\"]");
    assert_eq!(sync(&home, &[]).error("user:codespaces"), "target_not_found");
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
fn commands_have_a_minute_are_scrubbed_and_fail_alone() {
    let (home, github) = home_and_github(&["acme/api"]);
    let bin = home.path().join("bin");
    write_program(&bin.join("echoes"), "#!/bin/sh\ncat >&2\nexit 3\n");
    write_program(&bin.join("ignores"), "#!/bin/sh\nexit 0\n");
    let command = |name: &str, program: &str| format!("[[targets]]\nname = \"{name}\"\ncommand = [\"{program}\"]\n");
    let targets = command("echoes", "echoes") + &command("ignores", "ignores") + &command("gone", "no-such-program");
    home.write_config(&config(&github, &(targets + &repositories(&["acme/api"]))));
    let ran = sync(&home, &[]);
    assert_eq!((ran.outcomes(), ran.code), (vec!["failed", "synced", "failed", "synced"], Some(4)), "{ran:?}");
    assert_eq!((ran.error("echoes"), ran.error("gone")), ("command_failed", "command_not_found"));
    assert!(ran.sentence("echoes").contains("code 3") && ran.sentence("echoes").contains("[redacted]"), "{ran:?}");
    // What a command was given is not given again, but with force.
    assert_eq!(sync(&home, &["ignores"]).outcome("ignores"), "unchanged");
    assert_eq!(sync(&home, &["ignores", "--force"]).outcome("ignores"), "synced");
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

#[test]
fn a_renamed_repository_is_followed_and_its_new_name_told() {
    let (home, github) = home_and_github(&["acme/api"]);
    github.rename("acme/api", "acme/api2");
    let ran = sync(&home, &[]);
    assert_eq!((ran.outcome("acme/api"), ran.error("acme/api"), ran.code), ("synced", "renamed", Some(0)));
    assert!(ran.sentence("acme/api").contains("repo = \"acme/api2\""), "{ran:?}");
    assert_eq!(value(&github, "acme/api2", "CLAUDE_ACCESS_TOKEN"), "tok-sentinel-access");
    // The list, its way there, the new name, the key and the writes: none is pointed elsewhere a second time.
    assert_eq!(github.requests().len(), 2 + 1 + 1 + 3);
    let redirected = github.requests().iter().filter(|request| request.status == Some(307)).count();
    assert_eq!(redirected, 0);
}
