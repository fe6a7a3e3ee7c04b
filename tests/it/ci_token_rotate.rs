//! `wick ci-token rotate`: a new one-year token in place of the old one, everywhere, whatever cuts it off.

use std::fs;
use std::process::Output;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use wick::domain::settings::ProfileName;
use wick::words::rotate as words;

use crate::ci_token::TOKEN as OLD;
use crate::support::github::{Fault, GithubServer, On};
use crate::support::home::{Home, everything_in, with_input};
use crate::support::synced::{command, sync, value};
use crate::support::{sweep, wait_for, write_program};
use crate::targets::Terminal;
use crate::targets_find::home_and_github;

pub(crate) const NAME: &str = "CLAUDE_CODE_OAUTH_TOKEN";
/// What the stand-in for Claude Code asks before it makes a token.
pub(crate) const PROMPT: &str = "Press Enter when you are signed in";

pub(crate) fn new() -> String {
    OLD.replace("year", "next")
}

/// So many repositories, of which 35 hold a token that Wick does not know; and a stored one that is a year old.
pub(crate) fn a_year_is_over(count: usize) -> (Home, GithubServer) {
    let (home, github) = home_and_github(count);
    store_old(&home);
    (home, github)
}

/// A `claude` that makes the new token, and takes it for one that works.
fn store_old(home: &Home) {
    assert!(with_input(home.wick(&["ci-token", "set"]), OLD).status.success());
    let file = home.state().join("state.json");
    let mut state: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    let a_year_ago = Timestamp::now() - SignedDuration::from_hours(365 * 24);
    state["sync"]["ci_tokens"]["default"]["stored_at"] = a_year_ago.to_string().into();
    fs::write(&file, state.to_string()).unwrap();
    fs::write(home.path().join("new"), new()).unwrap();
    claude(home, &json!({ "is_error": false, "result": "yes" }));
}

/// Not of the programs whose environment is swept: this one is to have the token.
pub(crate) fn claude(home: &Home, answer: &Value) {
    let script = format!(
        "#!/bin/sh\nif [ \"$1\" = setup-token ]; then\n\
         echo made >> \"$HOME/made\"\nprintf '{PROMPT}' >&2\nread -r _ || exit 1\n\
         printf 'Your OAuth token:\\n\\n%s\\n\\nStore it.\\n' \"$(cat \"$HOME/new\")\"\nexit\nfi\n\
         [ \"$CLAUDE_CODE_OAUTH_TOKEN\" = \"$(cat \"$HOME/new\")\" ] || exit 1\n\
         echo checked >> \"$HOME/checked\"\ncat <<'END'\n{answer}\nEND\n"
    );
    write_program(&home.path().join("bin/claude"), &script);
}

pub(crate) fn times(home: &Home, what: &str) -> usize {
    fs::read_to_string(home.path().join(what)).unwrap_or_default().lines().count()
}

pub(crate) fn stored(home: &Home) -> String {
    fs::read_to_string(home.state().join("ci-token-default")).unwrap()
}

pub(crate) fn holding(github: &GithubServer, repositories: usize) -> usize {
    (0..repositories).filter(|number| value(github, &format!("acme/r{number}"), NAME) == new()).count()
}

pub(crate) fn ended(output: &Output) -> (Value, Option<i32>) {
    let said = String::from_utf8([&*output.stdout, &output.stderr].concat()).unwrap();
    sweep::check("what was printed", said.clone());
    let report = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{said}"));
    (report, output.status.code())
}

pub(crate) const PIPED: [&str; 5] = ["ci-token", "rotate", "--yes", "--add", "--json"];

pub(crate) fn rotate(home: &Home, input: &str) -> (Value, Option<i32>) {
    ended(&with_input(command(home, &PIPED), input))
}

/// Nothing is left of it but the new token in its place.
pub(crate) fn is_over(home: &Home) {
    assert_eq!(stored(home), new());
    let kept = everything_in(&home.state());
    assert!(!kept.contains(OLD) && !kept.contains("+next") && !kept.contains("rotations"), "{kept}");
}

#[test]
fn from_a_year_that_is_over_to_every_place_that_has_the_new_one_in_three_answers() {
    let (home, github) = a_year_is_over(324);
    let mut terminal = Terminal::run(&home, &["ci-token", "rotate"]);
    terminal.wait_for(PROMPT);
    terminal.type_in("\r");
    for question in [words::ADD_THEM, words::SEND, words::OPEN_PAGE] {
        terminal.wait_for(question);
        terminal.type_in("\r");
    }
    let (code, drawn) = terminal.end();
    assert_eq!(code, Some(0), "{drawn}");
    assert!(!drawn.contains("tok-sentinel"), "{drawn}");
    assert_eq!(holding(&github, 324), 35);
    let requests = github.requests().len();
    assert!(requests <= 324 + 5 * 35, "{requests}");
    let opened = wait_for("the page", || fs::read_to_string(home.path().join("opened")).ok());
    assert_eq!(opened.trim(), words::PAGE);
    assert!(drawn.contains(&words::verified(35, 35)) && drawn.contains(&words::done(35)), "{drawn}");
    is_over(&home);
}

#[test]
fn by_a_pipe_nothing_is_asked_and_the_old_one_is_named_by_what_is_remembered() {
    let (home, github) = a_year_is_over(36);
    let text = fs::read_to_string(home.config()).unwrap();
    let known = "[secrets]\nCLAUDE_CODE_OAUTH_TOKEN = \"ciToken\"\n\n[[targets]]\nrepo = \"acme/r0\"\n";
    home.write_config(&format!("{text}\n{known}"));
    assert_eq!(sync(&home, &[]).code, Some(0));
    let (report, code) = ended(&with_input(command(&home, &["ci-token", "rotate", "--json"]), &new()));
    assert_eq!((code, report["error"]["code"].as_str()), (Some(2), Some("not_confirmed")), "{report}");
    assert_eq!((report["outcome"].as_str(), stored(&home)), (Some("not_done"), OLD.to_owned()));

    // What is not a target stays as it is where nobody says otherwise.
    let (report, code) = ended(&with_input(command(&home, &["ci-token", "rotate", "--yes", "--json"]), &new()));
    assert_eq!(
        (code, &report["error"], report["outcome"].as_str()),
        (Some(0), &Value::Null, Some("rotated")),
        "{report}"
    );
    assert_eq!((report["unlisted"].as_array().unwrap().len(), &report["added"]), (34, &json!([])), "{report}");
    assert_eq!(report["targets"][0]["verified"], true, "{report}");
    let replaced = &report["replaced"];
    let at: Timestamp = replaced["stored_at"].as_str().unwrap().parse().unwrap();
    assert!(replaced["places"] == 1 && Timestamp::now().duration_since(at).as_hours() >= 365 * 24 - 1, "{report}");
    assert!(report["checked_at"].is_string() && report["revoke_at"] == words::PAGE, "{report}");
    assert_eq!((holding(&github, 36), times(&home, "made"), times(&home, "checked")), (1, 0, 1));
    is_over(&home);

    // And people are told so, before they revoke what is in use there.
    let last = new().replace("next", "last");
    fs::write(home.path().join("new"), &last).unwrap();
    let output = with_input(command(&home, &["ci-token", "rotate", "--yes"]), &last);
    let said = String::from_utf8(output.stdout).unwrap();
    let names = report["unlisted"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned());
    let expected = words::still_elsewhere(&names.collect::<Vec<_>>(), &ProfileName::default());
    assert!(said.contains(&expected), "{said}");
}

#[test]
fn one_that_does_not_work_takes_no_place_and_what_is_not_known_is_tried_again() {
    let (home, github) = a_year_is_over(36);
    let refused = |status: u16| json!({ "is_error": true, "api_error_status": status, "result": "no" });
    claude(&home, &refused(401));
    let (report, code) = rotate(&home, &new());
    assert_eq!((code, report["error"]["code"].as_str()), (Some(3), Some("token_refused")), "{report}");
    assert_eq!(report["outcome"], "not_done");
    assert!(!everything_in(&home.state()).contains(&new()), "what does not work is not kept");
    claude(&home, &refused(529));
    let (report, code) = rotate(&home, &new());
    assert_eq!((code, report["error"]["code"].as_str()), (Some(1), Some("server_error")), "{report}");
    assert_eq!((report["outcome"].as_str(), stored(&home)), (Some("unfinished"), OLD.to_owned()));
    assert_eq!(github.requests().len(), 0, "nothing goes out before it works");
    // The same one, not another.
    claude(&home, &json!({ "is_error": false, "result": "yes" }));
    let (report, code) = rotate(&home, "");
    assert_eq!((code, holding(&github, 36)), (Some(0), 35), "{report}");
    is_over(&home);
}

#[test]
fn one_that_cannot_go_on_without_claude_code_is_ended_as_it_says() {
    for kept in [new(), OLD.to_owned()] {
        let (home, github) = a_year_is_over(36);
        // As where there is none at all: this machine's own is not found instead.
        fs::write(home.path().join("bin/claude"), "#!/nonexistent/node\n").unwrap();
        let (report, code) = rotate(&home, &new());
        assert_eq!((code, report["error"]["code"].as_str()), (Some(1), Some("claude_not_started")), "{report}");
        let way_out = ["\"wick ci-token set\"", "\"wick sync\""];
        let action = report["error"]["action"].as_str().unwrap();
        assert!(way_out.iter().all(|named| action.contains(named)), "{report}");
        let status = || String::from_utf8(home.run(&["ci-token", "status"]).stderr).unwrap();
        assert!(way_out.iter().all(|named| status().contains(named)), "{}", status());
        assert!(with_input(home.wick(&["ci-token", "set"]), &kept).status.success());
        assert_eq!((stored(&home), status()), (kept.clone(), String::new()));
        let left = everything_in(&home.state());
        let other = if kept == OLD { new() } else { OLD.to_owned() };
        assert!(!left.contains(&other) && !left.contains("rotations"), "{left}");
        assert_eq!(github.requests().len(), 0);
    }
}

#[test]
fn what_is_no_token_is_refused_and_nothing_has_changed() {
    let (home, github) = a_year_is_over(36);
    for (input, why) in [("", "no_token"), (&new()[..79], "half_a_token"), ("sk-ant-api03-EXAMPLE", "api_key")] {
        let (report, code) = rotate(&home, input);
        assert_eq!((code, report["error"]["code"].as_str()), (Some(1), Some(why)), "{report}");
        assert_eq!((report["outcome"].as_str(), stored(&home)), (Some("not_done"), OLD.to_owned()));
    }
    // At a terminal, whoever leaves Claude Code's own sign-in.
    let mut terminal = Terminal::run(&home, &["ci-token", "rotate"]);
    terminal.wait_for(PROMPT);
    terminal.type_in("\u{4}");
    let (code, drawn) = terminal.end();
    assert_eq!((code, stored(&home), github.requests().len()), (Some(1), OLD.to_owned(), 0), "{drawn}");
}

#[test]
fn what_could_not_be_searched_is_searched_by_the_next_call() {
    let (home, github) = a_year_is_over(36);
    let on = On { method: None, path_has: "/acme/r7/".to_owned() };
    github.fault(on, Fault::ResetBeforeAnswer, usize::MAX);
    let (report, code) = rotate(&home, &new());
    assert_eq!((code, report["error"]["code"].as_str()), (Some(4), Some("not_all_searched")), "{report}");
    assert_eq!((report["outcome"].as_str(), holding(&github, 36)), (Some("unfinished"), 34));
    github.forget_faults();
    let (report, code) = rotate(&home, "");
    assert_eq!((code, &report["added"], holding(&github, 36)), (Some(0), &json!(["acme/r7"]), 35), "{report}");
    is_over(&home);
}

#[test]
fn an_environment_that_holds_the_old_one_gets_the_new_one_where_that_is_wanted() {
    let (home, github) = a_year_is_over(36);
    github.add_environment("acme/r35", "production");
    github.put_secret("acme/r35@production", NAME, b"last year's");
    let (report, code) = ended(&with_input(command(&home, &[&PIPED[..], &["--environments"]].concat()), &new()));
    assert_eq!((code, report["outcome"].as_str(), holding(&github, 36)), (Some(0), Some("rotated"), 35), "{report}");
    assert_eq!(value(&github, "acme/r35@production", NAME), new());
    is_over(&home);
}

#[test]
fn what_did_not_arrive_is_sent_by_the_next_call() {
    let (home, github) = a_year_is_over(36);
    let on = On { method: Some("PUT"), path_has: "/acme/r7/".to_owned() };
    let answer = Fault::Answer { status: 403, headers: Vec::new(), body: "{\"message\":\"Forbidden\"}".to_owned() };
    github.fault(on, answer, usize::MAX);
    let (report, code) = rotate(&home, &new());
    assert_eq!((code, report["error"]["code"].as_str()), (Some(4), Some("not_verified")), "{report}");
    assert_eq!((report["outcome"].as_str(), holding(&github, 36)), (Some("unfinished"), 34));
    github.forget_faults();
    let (report, code) = rotate(&home, "");
    assert_eq!((code, holding(&github, 36)), (Some(0), 35), "{report}");
    is_over(&home);
}

/// At a terminal each no keeps what was done, and the next call goes on there.
#[test]
fn a_no_ends_it_and_the_next_call_goes_on() {
    let (home, github) = a_year_is_over(36);
    let mut terminal = Terminal::run(&home, &["ci-token", "rotate"]);
    terminal.wait_for(PROMPT);
    terminal.type_in("\r");
    for (question, answer) in [(words::ADD_THEM, "y"), (words::SEND, "n")] {
        terminal.wait_for(question);
        terminal.type_in(answer);
    }
    let (code, drawn) = terminal.end();
    assert_eq!((code, stored(&home), holding(&github, 36)), (Some(1), new(), 0), "{drawn}");
    github.forget_requests();
    let (report, code) = rotate(&home, "");
    assert_eq!((code, holding(&github, 36), times(&home, "made")), (Some(0), 35, 1), "{report}");
    assert!(github.requests().len() <= 4 * 35, "nothing is searched twice: {}", github.requests().len());
    is_over(&home);
}
