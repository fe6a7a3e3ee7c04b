//! What `wick targets` and `wick init` write: the user has asked for it, so it waits for no approval, and what is said of it
//! is true.

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use wick::words::targets::{gets_nothing, is_a_variable};

use crate::support::github::GithubServer;
use crate::support::home::Home;
use crate::support::synced::{command, config, credential};
#[cfg(not(target_os = "macos"))]
use crate::support::{home::with_input, synced::value};
use crate::support::{sweep, wait_for};

const VARIABLES: &str = "[variables]\nCLAUDE_ENDS = \"expiresAt\"\n";

/// A home that syncs by itself, with more in its config.
fn automatic(repositories: &[&str], more: &str) -> (Home, GithubServer) {
    let github = GithubServer::start();
    repositories.iter().for_each(|name| github.add_repository(name));
    let home = Home::with_folder();
    home.write(&credential().json());
    home.write_config(&config(&github, more).replace("[sync]", "[sync]\nautomatic = true"));
    (home, github)
}

/// How it ended, and all that was said.
fn run(home: &Home, arguments: &[&str]) -> (Option<i32>, String) {
    let output = command(home, arguments).output().unwrap();
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    sweep::check("what was said", said.clone());
    (output.status.code(), said)
}

fn done(home: &Home, arguments: &[&str]) -> String {
    let (code, said) = run(home, arguments);
    assert_eq!(code, Some(0), "{arguments:?}: {said}");
    said
}

/// The state of each target, by its name.
fn states(home: &Home) -> Vec<(String, String)> {
    let output = command(home, &["targets", "list", "--json"]).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let state = |target: &Value| (text(&target["target"]), text(&target["state"]));
    report["targets"].as_array().unwrap().iter().map(state).collect()
}

#[test]
fn what_a_command_adds_or_changes_waits_for_no_approval() {
    let (home, github) = automatic(&["acme/api", "acme/found", "acme/web"], VARIABLES);
    github.add_organization("acme");
    let all_are = |state: &str, what: &str| {
        assert!(states(&home).iter().all(|(_, found)| found == state), "{what}: {:?}", states(&home));
    };
    for arguments in [
        &["add", "acme/web"][..],
        &["add", "org:acme", "--visibility", "selected", "--repository", "api"],
        &["add", "user:codespaces", "--repository", "acme/api", "--secret", "A=accessToken"],
        &["set", "acme/web", "--no-secret", "CLAUDE_REFRESH_TOKEN"],
        &["set", "org:acme", "--secret", "PLAN=subscriptionType"],
        &["set", "org:acme", "--secrets", "default"],
    ] {
        done(&home, &[&["targets"], arguments].concat());
        all_are("never", arguments[1]);
    }
    github.put_secret("acme/found", "CLAUDE_CODE_OAUTH_TOKEN", b"last year's");
    done(&home, &["targets", "find", "--add"]);
    assert!(states(&home).contains(&("acme/found".to_owned(), "never".to_owned())), "{:?}", states(&home));
    done(&home, &["init", "--repo", "acme/api", "--gets", "access", "--open-at-login", "no", "--yes"]);
    assert!(states(&home).contains(&("acme/api".to_owned(), "in_sync".to_owned())), "{:?}", states(&home));
    assert!(github.variable("acme/api", "CLAUDE_ENDS").is_some());
}

#[test]
fn a_variable_is_the_configs_to_list_and_none_stands_alone() {
    let own = "[secrets]\nA = \"accessToken\"\n\n[[targets]]\nrepo = \"acme/api\"\n";
    for more in [format!("{VARIABLES}\n{own}"), format!("{own}variables = {{ CLAUDE_ENDS = \"expiresAt\" }}\n")] {
        let (home, _github) = automatic(&["acme/api"], &more);
        let text = || fs::read_to_string(home.config()).unwrap();
        let before = text();
        let target = wick::config::parse(&before, "").unwrap().targets.remove(0);
        let (code, said) = run(&home, &["targets", "set", "acme/api", "--no-secret", "vars.CLAUDE_ENDS"]);
        assert!(code == Some(2) && said.contains(&is_a_variable("vars.CLAUDE_ENDS")), "{said}");
        let (code, said) = run(&home, &["targets", "set", "acme/api", "--no-secret", "A"]);
        assert!(code == Some(2) && said.contains(&gets_nothing(&target)), "{said}");
        assert_eq!(text(), before);
        let said = done(&home, &["targets", "set", "acme/api", "--no-secret", "A", "--secret", "B=accessToken"]);
        assert!(said.contains("B, vars.CLAUDE_ENDS."), "{said}");
        assert!(text().contains("secrets = { B = \"accessToken\" }"), "{}", text());
    }
}

#[test]
fn what_is_removed_is_the_one_that_was_named_whatever_the_config_becomes_meanwhile() {
    let (home, github) = automatic(&["acme/api"], "[[targets]]\nrepo = \"acme/api\"\n");
    done(&home, &["sync"]);
    github.forget_requests();
    github.latency(Duration::from_millis(200));
    let mut remove = command(&home, &["targets", "remove", "acme/api", "--delete-secrets"]);
    let remove = remove.stdout(Stdio::null()).spawn().unwrap();
    wait_for("a first request", || (!github.requests().is_empty()).then_some(()));
    let before = fs::read_to_string(home.config()).unwrap();
    home.write_config(&before.replace("[[targets]]", "[[targets]]\nrepo = \"acme/new\"\n\n[[targets]]"));
    assert!(remove.wait_with_output().unwrap().status.success());
    assert_eq!(
        states(&home),
        [("acme/new".to_owned(), "held".to_owned())],
        "added by hand, and nobody has approved it"
    );
}

/// Whoever has no target, or no one-year token, is told what to run, and that is enough.
#[cfg(not(target_os = "macos"))]
#[test]
fn what_is_named_for_want_of_a_target_or_a_token_works() {
    let (home, github) = automatic(&["acme/api", "acme/web"], "[[targets]]\nrepo = \"acme/web\"\n");
    done(&home, &["targets", "set", "acme/web", "--secret", "CLAUDE_CODE_OAUTH_TOKEN=ciToken"]);
    let (code, said) = run(&home, &["sync"]);
    assert!(code == Some(4) && said.contains("\"claude setup-token | wick ci-token set\""), "{said}");
    done(&home, &["targets", "remove", "acme/web"]);
    let (code, said) = run(&home, &["sync"]);
    assert!(code == Some(2) && said.contains("\"wick init\""), "{said}");
    let output = with_input(command(&home, &["ci-token", "set"]), crate::ci_token::TOKEN);
    let said = String::from_utf8(output.stderr).unwrap();
    // With the place that the user means, both commands of the hint lead to the same.
    let named: Vec<&str> = said.split('"').filter(|part| part.starts_with("wick ")).collect();
    let [init, set] = named.as_slice() else { panic!("{said}") };
    let words = |text: &str| text.split_whitespace().skip(1).map(str::to_owned).collect::<Vec<_>>();
    let init = [words(init), words("- --repo acme/api --open-at-login no --yes")].concat();
    done(&home, &init.iter().map(String::as_str).collect::<Vec<_>>());
    done(&home, &["targets", "add", "acme/web"]);
    let set = words(&set.replace("TARGET", "acme/web"));
    done(&home, &set.iter().map(String::as_str).collect::<Vec<_>>());
    done(&home, &["sync"]);
    for name in ["acme/api", "acme/web"] {
        assert_eq!(value(&github, name, "CLAUDE_CODE_OAUTH_TOKEN"), crate::ci_token::TOKEN);
    }
}

/// The config is as it was: what is wrong is what was written behind the option.
#[test]
fn what_is_wrong_with_an_option_is_said_of_the_option_and_not_of_the_config() {
    let (home, _github) = automatic(&["acme/api"], "[[targets]]\nrepo = \"acme/api\"\n");
    let before = fs::read_to_string(home.config()).unwrap();
    for (mapping, words) in [
        ("CLAUDE_ACCESS_TOKEN", "NAME=FIELD"),
        ("GITHUB_X=accessToken", "digits"),
        ("X=acessToken", "did you mean accessToken?"),
        ("X=ACCESSTOKEN", "did you mean accessToken?"),
        ("X=quux", "ciTokenStoredAt or ciTokenExpiresAt"),
    ] {
        for arguments in [&["targets", "set", "acme/api", "--secret"][..], &["targets", "add", "acme/web", "--secret"]]
        {
            let (code, said) = run(&home, &[arguments, &[mapping]].concat());
            assert!(code == Some(2) && said.contains(words) && said.contains("--secret"), "{mapping}: {said}");
            assert!(!said.contains("config"), "{said}");
        }
        let (code, said) = run(&home, &["exec", "--env", mapping, "--", "true"]);
        assert!(code == Some(2) && said.contains(words) && said.contains("--env"), "{mapping}: {said}");
    }
    let twice = ["targets", "add", "acme/web", "--no-check", "--secret", "A=accessToken", "--secret", "a=expiresAt"];
    let (code, said) = run(&home, &twice);
    assert!(code == Some(2) && said.contains("listed twice") && !said.contains("line "), "{said}");
    let (_, said) = run(&home, &["targets", "remove", "acme/apl"]);
    assert!(said.contains("did you mean acme/api?"), "{said}");
    assert_eq!(fs::read_to_string(home.config()).unwrap(), before);
}
