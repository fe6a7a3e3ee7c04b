//! What GitHub is asked before `wick targets add` lists a target, and what is added where none is named.

use std::fs;
use std::process::Command;

use wick::domain::settings::Gets;
use wick::words::{init, targets};

use crate::init::empty;
use crate::support::at_once;
use crate::support::github::{Fault, GithubServer, On};
use crate::support::home::Home;
use crate::support::synced::command;
use crate::targets::Terminal;

const NOT_CHECKED: &str = "Not checked with GitHub: ";

fn config(home: &Home) -> String {
    fs::read_to_string(home.config()).unwrap()
}

fn add(home: &Home, arguments: &[&str]) -> Command {
    command(home, &[&["targets", "add"], arguments].concat())
}

/// How it ended, and what it said on standard error.
fn ended(mut command: Command) -> (Option<i32>, String) {
    let output = command.output().unwrap();
    let complaints = String::from_utf8(output.stderr).unwrap();
    assert!(!complaints.contains("tok-sentinel"), "{complaints}");
    (output.status.code(), complaints)
}

fn refusing(github: &GithubServer, status: u16, message: &str) {
    let on = On { method: Some("GET"), path_has: "/acme/web/".to_owned() };
    let body = format!("{{\"message\":\"{message}\"}}");
    github.fault(on, Fault::Answer { status, headers: Vec::new(), body }, usize::MAX);
}

/// A folder's git, whose remote has this address.
fn with_remote(home: &Home, address: &str) {
    home.add_program("git", &format!("#!/bin/sh\necho '{address}'\n"));
}

#[test]
fn what_is_not_there_or_not_the_tokens_is_not_listed_unless_nobody_is_to_look() {
    at_once(["acme/none", "acme/api@nowhere", "acme/none#dependabot", "org:nobody", "acme/web"], |wrong| {
        let (home, github) = empty(true);
        refusing(&github, 403, "Resource not accessible by personal access token");
        let before = config(&home);
        let (code, complaints) = ended(add(&home, &["acme/api", wrong]));
        assert_eq!((code, config(&home) == before), (Some(1), true), "{wrong}: {complaints}");
        assert!(complaints.contains(&format!("At {wrong}, ")) && complaints.contains("--no-check"), "{complaints}");
        assert!(!complaints.contains("At acme/api,"), "that one is there: {complaints}");
        github.forget_requests();
        let (code, complaints) = ended(add(&home, &["acme/api", wrong, "--no-check"]));
        assert_eq!((code, complaints.as_str(), github.requests().len()), (Some(0), "", 0), "{wrong}");
        assert_eq!(config(&home).matches("[[targets]]").count(), 2, "{wrong}");
    });
}

#[test]
fn each_of_those_that_are_wrong_is_named_after_one_listing_each() {
    let (home, github) = empty(true);
    let names = ["acme/none", "acme/api", "acme/api@nowhere", "acme/web"];
    let (code, complaints) = ended(add(&home, &names));
    assert_eq!(code, Some(1), "{complaints}");
    assert!(complaints.contains("At acme/none, ") && complaints.contains("At acme/api@nowhere, "), "{complaints}");
    // And whose token it is.
    assert_eq!((github.reads(), github.writes()), (1 + names.len(), 0));
}

#[test]
fn what_cannot_be_looked_at_is_listed_and_that_is_said() {
    let check = |case: &str, prepare: fn(&Home, &GithubServer), has_token: bool, why: &str| {
        let (home, github) = empty(true);
        prepare(&home, &github);
        let run = |arguments: &[&str]| {
            let mut command = add(&home, arguments);
            if !has_token {
                command.env_remove("GH_ENTERPRISE_TOKEN");
            }
            ended(command)
        };
        let (code, complaints) = run(&["acme/web"]);
        assert_eq!((code, config(&home).ends_with("repo = \"acme/web\"\n")), (Some(0), true), "{case}: {complaints}");
        let said = complaints.lines().next().unwrap_or_default();
        assert!(said.starts_with(NOT_CHECKED) && said.contains(why), "{case}: {complaints}");
        assert_eq!(complaints.lines().count(), 1, "{case}: {complaints}");
        assert_eq!(run(&["acme/api", "--quiet"]), (Some(0), String::new()), "{case}");
    };
    check("no token", |_, _| {}, false, "no GitHub token was found");
    check("a token that is not accepted", |_, github| github.refuse_token(), true, "(401)");
    check("a GitHub with a problem", |_, github| refusing(github, 500, "Oops"), true, "has a problem (500)");
    let nobody = |home: &Home, _: &GithubServer| home.write_config("[github]\napi_url = \"http://127.0.0.1:9\"\n");
    let limited = |_: &Home, github: &GithubServer| {
        let on = On { method: None, path_has: "/acme/".to_owned() };
        let headers = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "4102444800")];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let body = "{\"message\":\"API rate limit exceeded\"}".to_owned();
        github.fault(on, Fault::Answer { status: 403, headers, body }, usize::MAX);
    };
    check("a limit that is used up", limited, true, "limit is used up");
    check("a GitHub that is not there", nobody, true, "could not be reached");
}

/// A token of an app may not ask whose it is, and may list secrets.
#[test]
fn a_token_that_may_not_say_whose_it_is_is_looked_with_all_the_same() {
    let (home, github) = empty(true);
    let on = On { method: Some("GET"), path_has: "/user".to_owned() };
    let body = "{\"message\":\"Resource not accessible by integration\"}".to_owned();
    github.fault(on, Fault::Answer { status: 403, headers: Vec::new(), body }, usize::MAX);
    assert_eq!(ended(add(&home, &["acme/api"])), (Some(0), String::new()));
    assert_eq!(ended(add(&home, &["acme/none"])).0, Some(1));
}

#[test]
fn a_command_is_never_looked_for_at_github() {
    let (home, github) = empty(true);
    assert_eq!(ended(add(&home, &["vault", "--", "cat"])), (Some(0), String::new()));
    assert_eq!(github.requests().len(), 0);
}

#[test]
fn without_a_name_and_without_a_terminal_the_folders_repository_is_added() {
    let (home, github) = empty(true);
    let before = config(&home);
    // There is no git, no remote, or one at another GitHub.
    for address in [None, Some(""), Some("git@github.com:acme/web.git"), Some("../acme/web")] {
        address.iter().for_each(|address| with_remote(&home, address));
        let (code, complaints) = ended(add(&home, &[]));
        assert_eq!((code, config(&home) == before), (Some(2), true), "{address:?}: {complaints}");
        assert!(complaints.contains(targets::NO_TERMINAL), "{address:?}: {complaints}");
    }
    with_remote(&home, &format!("https://{}/acme/none.git", github.host()));
    assert_eq!(ended(add(&home, &[])).0, Some(1), "it is checked as any other");
    with_remote(&home, &format!("https://{}/acme/web.git", github.host()));
    let (code, complaints) = ended(add(&home, &["--secret", "A=accessToken"]));
    assert_eq!((code, complaints.trim()), (Some(0), targets::of_this_folder("acme/web").as_str()));
    assert!(config(&home).ends_with("repo = \"acme/web\"\nsecrets = { A = \"accessToken\" }\n"), "{}", config(&home));
    assert_eq!(ended(add(&home, &[])).0, Some(2), "it is there already");
}

#[test]
fn the_list_to_pick_from_begins_with_the_folders_repository_and_flags_count_there_too() {
    let (home, github) = empty(true);
    // GitHub's names have one way to be written, and a remote may have another.
    with_remote(&home, &format!("https://{}/ACME/web", github.host()));
    let mut terminal = Terminal::run(&home, &["targets", "add", "--secret", "A=accessToken"]);
    terminal.wait_for("acme/api");
    terminal.type_in(" \r");
    let (code, drawn) = terminal.end();
    assert_eq!(code, Some(0), "{drawn}");
    assert!(config(&home).ends_with("repo = \"acme/web\"\nsecrets = { A = \"accessToken\" }\n"), "{}", config(&home));
}

#[test]
fn at_a_terminal_it_is_asked_what_a_place_gets_where_nothing_says_it() {
    let asked = |gets: Gets, keys: &str, secrets: &str| {
        let (home, github) = empty(true);
        let mut terminal = Terminal::run(&home, &["targets", "add", "acme/web"]);
        terminal.wait_for(init::WHAT);
        terminal.type_in(keys);
        let (code, drawn) = terminal.end();
        assert_eq!((code, github.writes()), (Some(0), 0), "{gets:?}: {drawn}");
        let expected = format!("[[targets]]\nrepo = \"acme/web\"\nsecrets = {{ {secrets} }}\n");
        assert!(config(&home).ends_with(&expected), "{gets:?}: {}", config(&home));
    };
    asked(Gets::OneYear, "\r", "CLAUDE_CODE_OAUTH_TOKEN = \"ciToken\"");
    let access = "CLAUDE_ACCESS_TOKEN = \"accessToken\", CLAUDE_EXPIRES_AT = \"expiresAt\"";
    asked(Gets::Access, "\u{1b}[B\r", access);
    // What the config forbids is not offered: the last one is another.
    let (home, _github) = empty(true);
    home.write_config(&format!("{}[sync]\nshare_refresh_token = false\n", config(&home)));
    let mut terminal = Terminal::run(&home, &["targets", "add", "acme/web"]);
    terminal.wait_for(init::WHAT);
    terminal.type_in("\u{1b}[B\u{1b}[B\r");
    let (code, drawn) = terminal.end();
    assert!(code == Some(0) && !drawn.contains(init::choice(Gets::AccessAndRefresh).0), "{drawn}");
    assert!(!config(&home).contains("refreshToken"), "{}", config(&home));
}

#[test]
fn at_a_terminal_nothing_is_asked_where_a_flag_or_the_config_says_what_a_place_gets() {
    let check = |more: &str, arguments: &[&str], end: &str| {
        let (home, _github) = empty(true);
        home.write_config(&format!("{}{more}", config(&home)));
        let terminal = Terminal::run(&home, &[&["targets", "add"], arguments].concat());
        let (code, drawn) = terminal.end();
        assert!(code == Some(0) && !drawn.contains(init::WHAT), "{arguments:?}: {drawn}");
        assert!(config(&home).ends_with(end), "{arguments:?}: {}", config(&home));
    };
    check("[secrets]\nA = \"accessToken\"\n", &["acme/web"], "[[targets]]\nrepo = \"acme/web\"\n");
    check("", &["acme/web", "--secret", "A=accessToken"], "repo = \"acme/web\"\nsecrets = { A = \"accessToken\" }\n");
    check("", &["vault", "--", "cat"], "command = [\"cat\"]\n");
}

#[test]
fn a_place_that_is_not_there_ends_it_before_anything_is_asked() {
    let (home, _github) = empty(true);
    let before = config(&home);
    let terminal = Terminal::run(&home, &["targets", "add", "acme/none"]);
    let (code, drawn) = terminal.end();
    assert!(code == Some(1) && !drawn.contains(init::WHAT) && config(&home) == before, "{drawn}");
}
