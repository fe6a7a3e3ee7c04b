//! `wick targets find` and the rotation where the GitHub token may not look: that is told, and what is known is kept.

use serde_json::{Value, json};
use wick::words::rotate as words;

use crate::ci_token_rotate::{a_year_is_over, holding, is_over, new, rotate};
use crate::support::github::{Fault, GithubServer, On};
use crate::support::home::with_input;
use crate::support::synced::command;
use crate::targets_find::{find, found, home_and_github};

/// As GitHub refuses what lies under such a path.
fn refuse(github: &GithubServer, path: &str, headers: &[(&str, &str)]) {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let answer = Fault::Answer { status: 403, headers, body: "{\"message\":\"Forbidden\"}".to_owned() };
    github.fault(On { method: None, path_has: path.to_owned() }, answer, usize::MAX);
}

/// What the usual token of `gh` may.
const OF_GH: (&str, &str) = ("x-oauth-scopes", "repo, read:org");
const SINGLE_SIGN_ON: (&str, &str) = ("x-github-sso", "required; url=https://github.com/orgs/acme/sso");

fn error(report: &Value) -> (Option<&str>, &str) {
    let error = &report["error"];
    (error["code"].as_str(), error["action"].as_str().unwrap_or_default())
}

#[test]
fn an_organization_that_refuses_the_token_is_named_with_what_it_needs_and_what_is_known_of_it_is_kept() {
    let (home, github) = home_and_github(36);
    github.add_organization("acme");
    github.put_secret("org:acme", "CLAUDE_CODE_OAUTH_TOKEN", b"for all");
    assert_eq!(found(&find(&home, &[]).0).len(), 36);
    for (header, code, act) in [
        (OF_GH, "no_permission", "gh auth refresh --scopes admin:org"),
        (SINGLE_SIGN_ON, "sso_required", "Configure SSO > Authorize"),
    ] {
        github.forget_faults();
        refuse(&github, "/orgs/acme/", &[header]);
        let (report, exit) = find(&home, &[]);
        assert_eq!((exit, &report["complete"], error(&report).0), (Some(4), &json!(false), Some(code)), "{report}");
        assert_eq!(report["not_searched"], json!(["org:acme"]));
        assert!(error(&report).1.contains(act), "{report}");
        assert!(found(&report).len() == 36 && found(&report).contains(&"org:acme"), "{report}");
    }
    let output = command(&home, &["targets", "find"]).output().unwrap();
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(said.contains("ot searched: org:acme (") && !said.contains("continues"), "{said}");
    // Once it may look there again, what is not there is forgotten.
    github.forget_faults();
    github.delete_secret("org:acme", "CLAUDE_CODE_OAUTH_TOKEN");
    let (report, exit) = find(&home, &[]);
    assert_eq!((exit, &report["not_searched"], found(&report).len()), (Some(0), &json!([]), 35), "{report}");
}

#[test]
fn a_token_that_may_list_no_secrets_is_named_as_such_and_a_rotation_waits_for_another() {
    let (home, github) = a_year_is_over(36);
    // Whose account is no organization is not asked to be one.
    refuse(&github, "/repos/", &[("x-accepted-github-permissions", "secrets=read")]);
    let (report, exit) = find(&home, &[]);
    let message = report["error"]["message"].as_str().unwrap();
    assert_eq!((exit, &report["complete"], error(&report).0), (Some(4), &json!(false), Some("no_permission")));
    assert!(message.contains("may not list secrets") && error(&report).1.contains("secrets=read"), "{report}");
    assert_eq!(report["not_searched"].as_array().unwrap().len(), 36, "{report}");
    let (report, exit) = rotate(&home, &new());
    assert_eq!((exit, report["outcome"].as_str()), (Some(4), Some("unfinished")), "{report}");
    github.forget_faults();
    let (report, exit) = rotate(&home, "");
    assert_eq!((exit, holding(&github, 36)), (Some(0), 35), "{report}");
    is_over(&home);
}

/// One that GitHub hides says the same as one that it refuses; one that is gone is no reason to search again.
#[test]
fn a_repository_that_is_hidden_was_not_searched_and_an_environment_that_is_gone_holds_nothing() {
    let (home, github) = home_and_github(36);
    github.add_environment("acme/r1", "production");
    github.put_secret("acme/r1@production", "CLAUDE_CODE_OAUTH_TOKEN", b"last year's");
    assert_eq!(found(&find(&home, &["--environments"]).0).len(), 36);
    let hidden = || Fault::Answer { status: 404, headers: Vec::new(), body: "{\"message\":\"Not Found\"}".to_owned() };
    for path in ["/acme/r7/", "/acme/r1/environments/production/"] {
        github.fault(On { method: None, path_has: path.to_owned() }, hidden(), usize::MAX);
    }
    let (report, exit) = find(&home, &[]);
    assert_eq!((exit, &report["not_searched"]), (Some(4), &json!(["acme/r7"])), "{report}");
    assert_eq!((error(&report).0, found(&report).len()), (Some("target_not_found"), 35), "{report}");
    assert!(found(&report).contains(&"acme/r7") && !found(&report).contains(&"acme/r1@production"), "{report}");
}

#[test]
fn a_rotation_ends_and_names_where_it_could_not_look() {
    let (home, github) = a_year_is_over(36);
    refuse(&github, "/orgs/acme/", &[OF_GH]);
    let (report, exit) = rotate(&home, &new());
    assert_eq!((exit, report["outcome"].as_str(), holding(&github, 36)), (Some(0), Some("rotated"), 35), "{report}");
    assert_eq!(report["not_searched"], json!(["org:acme"]));
    is_over(&home);
    let last = new().replace("next", "last");
    std::fs::write(home.path().join("new"), &last).unwrap();
    let output = ended_in_words(&with_input(command(&home, &["ci-token", "rotate", "--yes"]), &last));
    assert!(output.contains(&words::not_searched(&["org:acme".to_owned()])), "{output}");
    assert!(output.contains("gh auth refresh --scopes admin:org"), "{output}");
}

fn ended_in_words(output: &std::process::Output) -> String {
    assert_eq!(output.status.code(), Some(0));
    String::from_utf8([&*output.stdout, &output.stderr].concat()).unwrap()
}
