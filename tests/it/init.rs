//! `wick init`: from an empty home to a synced repository, at a terminal and by flags.

use std::fs;
use std::time::Duration;

use wick::domain::settings::{Gets, Place, ProfileName, Target};
use wick::words::init;

#[cfg(not(target_os = "macos"))]
use crate::ci_token::TOKEN;
use crate::support::github::GithubServer;
use crate::support::home::{Home, with_input};
use crate::support::synced::{command, credential, value};
use crate::targets::Terminal;

#[cfg(not(target_os = "macos"))]
const ONE_YEAR: &str = "CLAUDE_CODE_OAUTH_TOKEN";
const BY_FLAGS: [&str; 7] = ["init", "--repo", "acme/api", "--open-at-login", "no", "--yes", "--gets"];

/// A home that knows nothing but where that GitHub is.
pub(crate) fn empty(signed_in: bool) -> (Home, GithubServer) {
    let github = GithubServer::start();
    github.add_repository("acme/api");
    github.add_repository("acme/web");
    let home = Home::with_folder();
    if signed_in {
        home.write(&credential().json());
    }
    home.write_config(&format!("[github]\napi_url = \"{}\"\n", github.url()));
    (home, github)
}

fn config(home: &Home) -> String {
    fs::read_to_string(home.config()).unwrap()
}

fn target() -> Target {
    Target { place: Place::parse("acme/api").unwrap(), secrets: None, profile: ProfileName::default() }
}

/// How it went with this on standard input: exit code, and all that was said.
fn run(home: &Home, arguments: &[&str], input: &str) -> (Option<i32>, String) {
    let output = with_input(command(home, arguments), input);
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(!said.contains("tok-sentinel"), "{said}");
    home.sweep();
    (output.status.code(), said)
}

/// Answers the questions in their order, and says what was drawn.
fn answered(home: &Home, answers: &[(&str, &str)]) -> String {
    let mut terminal = Terminal::run(home, &["init"]);
    for (question, answer) in answers {
        terminal.wait_for(question);
        terminal.type_in(answer);
    }
    let (code, drawn) = terminal.end();
    assert_eq!(code, Some(0), "{drawn}");
    assert!(!drawn.contains("tok-sentinel"));
    drawn
}

/// Where a desktop entry opens it, that is asked too.
const OPEN_AT_LOGIN: &[(&str, &str)] = if cfg!(target_os = "macos") { &[] } else { &[(init::OPEN_AT_LOGIN, "n")] };

#[test]
fn from_an_empty_home_the_access_token_is_synced_after_three_answers() {
    let (home, github) = empty(true);
    let answers = [&[(init::WHICH, "api\r"), (init::WHAT, "\u{1b}[B\r")], OPEN_AT_LOGIN].concat();
    let drawn = answered(&home, &answers);
    assert_eq!(github.secrets("acme/api"), ["CLAUDE_ACCESS_TOKEN", "CLAUDE_EXPIRES_AT"]);
    assert!(drawn.contains("secrets.CLAUDE_ACCESS_TOKEN"), "{drawn}");
    assert!(github.secrets("acme/web").is_empty());
}

/// As in a folder on a disk of a network that is gone.
#[test]
fn a_git_that_hangs_is_said_and_the_repositories_are_listed_all_the_same() {
    let (home, github) = empty(true);
    home.add_program("git", "#!/bin/sh\nexec sleep 600\n");
    let silent = init::git_is_silent(Duration::from_secs(5));
    let answers =
        [&[(silent.as_str(), ""), (init::WHICH, "web\r"), (init::WHAT, "\u{1b}[B\r")], OPEN_AT_LOGIN].concat();
    answered(&home, &answers);
    assert_eq!(github.secrets("acme/web"), ["CLAUDE_ACCESS_TOKEN", "CLAUDE_EXPIRES_AT"]);
}

/// The page shows what this types.
#[cfg(not(target_os = "macos"))]
#[test]
fn from_an_empty_home_the_one_year_token_is_synced_after_four_answers_as_the_page_shows() {
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/getting-started.md")).unwrap();
    let (_, transcript) = page.split_once("$ wick init\n").unwrap();
    let (transcript, _) = transcript.split_once("```").unwrap();
    let (home, github) = empty(false);
    let token = format!("{TOKEN}\r");
    let paste = wick::words::ci_token::PASTE;
    let answers = [&[(init::WHICH, "api\r"), (init::WHAT, "\r"), (paste, token.as_str())], OPEN_AT_LOGIN].concat();
    let drawn = answered(&home, &answers);
    assert_eq!(value(&github, "acme/api", ONE_YEAR), TOKEN);
    let workflow = init::workflow(&target(), Gets::OneYear);
    let mut rest = transcript;
    let shown = answers.iter().map(|(question, _)| *question).chain(["One-year token: stored in"]);
    for shown in shown.chain(workflow.lines().filter(|line| !line.is_empty())) {
        assert!(drawn.contains(shown.trim()), "{shown}: {drawn}");
        rest = rest.split_once(shown).unwrap_or_else(|| panic!("the page does not show {shown}")).1;
    }
}

#[cfg(not(target_os = "macos"))]
#[test]
fn by_flags_alone_and_by_an_address_the_one_year_token_is_piped_in() {
    let (home, github) = empty(false);
    let address = format!("https://{}/acme/api.git", github.host());
    let arguments = ["init", "--repo", &address, "--gets", "one-year", "--open-at-login", "no", "--yes"];
    let (code, said) = run(&home, &arguments, TOKEN);
    assert_eq!((code, value(&github, "acme/api", ONE_YEAR).as_str()), (Some(0), TOKEN), "{said}");
    // It is kept, so that nobody is asked for it twice; and what is listed already is changed, not listed again.
    let (code, said) = run(&home, &arguments, "");
    assert_eq!((code, config(&home).matches("[[targets]]").count()), (Some(0), 1), "{said}");
}

#[test]
fn without_a_terminal_nothing_is_asked_and_each_missing_flag_is_named() {
    let (home, github) = empty(true);
    let before = config(&home);
    let (code, said) = run(&home, &["init"], "");
    assert_eq!(code, Some(2), "{said}");
    for flag in [init::NO_REPO, &init::no_gets(), init::NO_OPEN_AT_LOGIN, init::NO_YES] {
        assert!(said.contains(flag), "{flag}: {said}");
    }
    let (code, said) = run(&home, &["init", "--gets", "one-year", "--yes"], "");
    assert!(code == Some(2) && said.contains(init::NO_TOKEN) && !said.contains(init::NO_YES), "{said}");
    assert_eq!(run(&home, &[&BY_FLAGS[..], &["one-year"]].concat(), "").0, Some(2), "no token came");
    assert_eq!((config(&home), github.requests().len()), (before, 0));
}

#[test]
fn a_dry_run_and_a_repository_that_is_not_there_change_nothing() {
    let (home, github) = empty(true);
    let before = config(&home);
    let dry = [&BY_FLAGS[..], &["access", "--dry-run"]].concat();
    let (code, said) = run(&home, &dry, "");
    let plan = init::plan(&target(), &Gets::Access.mappings(), Some(false));
    assert!(code == Some(0) && plan.iter().all(|line| said.contains(line)), "{said}");
    github.remove_repository("acme/api");
    let (code, said) = run(&home, &[&BY_FLAGS[..], &["access"]].concat(), "");
    assert_eq!(code, Some(1), "{said}");
    assert_eq!((config(&home), github.writes()), (before, 0));
}

#[test]
fn without_a_sign_in_there_is_no_access_token_to_send() {
    let (home, github) = empty(false);
    let (code, said) = run(&home, &[&BY_FLAGS[..], &["access"]].concat(), "");
    assert_eq!((code, github.writes()), (Some(3), 0), "{said}");
}

#[test]
fn the_refresh_token_goes_where_it_was_chosen_and_not_against_the_config() {
    let (home, github) = empty(true);
    let chosen = [&BY_FLAGS[..], &["access-and-refresh"]].concat();
    let open = config(&home);
    home.write_config(&format!("{open}[sync]\nshare_refresh_token = false # never\n"));
    let (code, said) = run(&home, &chosen, "");
    assert!(code == Some(2) && said.contains(init::NOT_SHARED), "{said}");
    assert_eq!(github.writes(), 0);
    home.write_config(&open);
    let (code, said) = run(&home, &chosen, "");
    assert_eq!((code, github.secrets("acme/api").len()), (Some(0), 3), "{said}");
    assert!(config(&home).contains("share_refresh_token = true"), "{}", config(&home));
}

const OTHERS: &str =
    "[[targets]]\nrepo = \"acme/web\"\n\n[[targets]]\nrepo = \"acme/without\"\nsecrets = { A = \"accessToken\" }\n";

#[test]
fn whom_else_the_refresh_token_goes_to_is_named_before_and_after() {
    let (home, github) = empty(true);
    let before = format!("{}\n{OTHERS}", config(&home));
    home.write_config(&before);
    let (profile, web) = (ProfileName::default(), ["acme/web".to_owned()]);
    let (code, said) = run(&home, &[&BY_FLAGS[..], &["access-and-refresh", "--dry-run"]].concat(), "");
    assert!(code == Some(0) && said.contains(&init::shares(&profile, &web)), "{said}");
    // No is an answer: nothing is sent, and nothing is changed.
    let flags = ["init", "--repo", "acme/api", "--gets", "access-and-refresh", "--open-at-login", "no"];
    let mut terminal = Terminal::run(&home, &flags);
    terminal.wait_for(init::SHARE_TOO);
    terminal.type_in("n");
    let (code, drawn) = terminal.end();
    assert!(code == Some(1) && drawn.contains("acme/web") && !drawn.contains("acme/without"), "{drawn}");
    assert_eq!((config(&home), github.writes()), (before, 0));
    let mut terminal = Terminal::run(&home, &flags);
    terminal.wait_for(init::SHARE_TOO);
    terminal.type_in("y");
    let (code, drawn) = terminal.end();
    assert!(code == Some(0) && drawn.contains(&init::shared(&profile, &target(), &web)), "{drawn}");
    assert_eq!((github.secrets("acme/api").len(), github.secrets("acme/web").len()), (3, 0), "only what was asked for");
    // It is answered now, for all of them.
    let (code, said) = run(&home, &[&BY_FLAGS[..], &["access-and-refresh"]].concat(), "");
    assert!(code == Some(0) && !said.contains(&init::shares(&profile, &web)), "{said}");
}

#[test]
fn a_target_of_another_profile_stays_as_it_is() {
    let (home, github) = empty(true);
    let of_work =
        "[[targets]]\nrepo = \"acme/api\"\nprofile = \"work\"\n\n[[profiles]]\nname = \"work\"\nconfig_dir = \"/w\"\n";
    let before = format!("{}\n{of_work}", config(&home));
    home.write_config(&before);
    let (code, said) = run(&home, &[&BY_FLAGS[..], &["access"]].concat(), "");
    assert!(code == Some(2) && said.contains("--profile work"), "{said}");
    assert_eq!((config(&home), github.writes()), (before, 0));
}

#[cfg(not(target_os = "macos"))]
#[test]
fn the_last_question_is_left_out_only_after_another_one() {
    let (home, github) = empty(true);
    assert_eq!(run(&home, &["autostart", "on"], "").0, Some(0));
    let mut terminal = Terminal::run(&home, &["init", "--repo", "acme/api", "--gets", "access"]);
    terminal.wait_for(&init::confirm(&target()));
    assert_eq!(github.writes(), 0);
    terminal.type_in("n");
    let (code, drawn) = terminal.end();
    assert_eq!((code, github.writes()), (Some(1), 0), "{drawn}");
}

#[cfg(not(target_os = "macos"))]
#[test]
fn after_a_sync_that_failed_it_does_not_open_at_login() {
    let (home, github) = empty(true);
    let opens = || run(&home, &["autostart", "status"], "").1.starts_with("on");
    let flags = ["init", "--repo", "acme/api", "--gets", "access", "--open-at-login", "yes", "--yes"];
    github.archive("acme/api");
    let (code, said) = run(&home, &flags, "");
    assert!(code == Some(4) && said.contains(init::NOT_OPENED) && !opens(), "{said}");
    let (code, said) = run(&home, &[&flags[..2], &["acme/web"], &flags[3..]].concat(), "");
    assert!(code == Some(0) && !said.contains(init::NOT_OPENED) && opens(), "{said}");
}

#[test]
fn a_place_that_is_written_wrongly_is_refused_before_anything_is_asked_or_looked_for() {
    let (home, github) = empty(true);
    let (code, said) = run(&home, &["init", "--repo", "acme"], "");
    assert!(code == Some(2) && said.contains(&wick::words::targets::not_understood("acme")), "{said}");
    let (code, drawn) = Terminal::run(&home, &["init", "--repo", "acme"]).end();
    assert!(code == Some(2) && !drawn.contains(init::WHAT), "{drawn}");
    assert_eq!(github.requests().len(), 0);
}
