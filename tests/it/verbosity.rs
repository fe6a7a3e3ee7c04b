//! How much a command says: `--quiet` leaves what is wrong and what programs read, `--verbose` adds each step.

use std::fs;
use std::process::Output;

use crate::commands::stdout;
use crate::support::home::Home;
use crate::support::refreshed::home_and_server;
use crate::support::sweep;
use crate::support::synced::{command, config, home_and_github};

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn what_went_well_is_not_said_by_a_quiet_command() {
    let (home, _github) = home_and_github(&["acme/api"]);
    for (arguments, code) in [
        (&["sync", "--quiet"][..], 0),
        (&["-q", "sync"], 0),
        (&["refresh", "-q"], 0),
        (&["targets", "list", "-q"], 0),
        (&["targets", "set", "acme/api", "--secret", "AGAIN=accessToken", "-q"], 0),
        (&["github", "status", "-q"], 0),
        (&["config", "check", "-q"], 0),
        (&["autostart", "status", "-q"], 0),
        (&["status", "-q"], 0),
    ] {
        let output = command(&home, arguments).output().unwrap();
        assert_eq!((stdout(&output).as_str(), stderr(&output).as_str()), ("", ""), "{arguments:?}");
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
    }
}

#[test]
fn what_a_program_reads_is_printed_by_a_quiet_command_too() {
    let (home, _github) = home_and_github(&["acme/api"]);
    for arguments in [
        &["status", "--json"][..],
        &["status", "--line"],
        &["sync", "--json"],
        &["token"],
        &["config", "path"],
        &["recipe"],
        &["recipe", "tmux"],
        &["version"],
        &["completions", "bash"],
        &["uninstall", "--dry-run"],
        &["sync", "--help"],
    ] {
        let output = command(&home, &[arguments, &["--quiet"]].concat()).output().unwrap();
        assert!(output.status.success() && !output.stdout.is_empty(), "{arguments:?}: {output:?}");
    }
}

#[test]
fn what_went_wrong_is_said_by_a_quiet_command_too_and_nothing_beside_it() {
    let (home, github) = home_and_github(&["acme/api", "acme/gone"]);
    github.remove_repository("acme/gone");
    let output = command(&home, &["-q", "sync"]).output().unwrap();
    let said = stderr(&output);
    assert_eq!((stdout(&output).as_str(), output.status.code()), ("", Some(4)), "{said}");
    assert!(said.contains("acme/gone") && said.contains("hint") && !said.contains("acme/api"), "{said}");
    let output = command(&home, &["-q", "sync", "acme/nobody"]).output().unwrap();
    assert!(output.status.code() == Some(2) && stderr(&output).contains("acme/nobody"), "{}", stderr(&output));
    let output = Home::new().run(&["-q", "status"]);
    assert_eq!((stdout(&output).as_str(), output.status.code()), ("", Some(3)), "it answers by its exit code");
}

#[test]
fn each_step_is_said_by_a_verbose_command_and_not_logged() {
    let (home, github) = home_and_github(&["acme/api"]);
    home.add_program("keep", "#!/bin/sh\ncat >/dev/null\nexit 3\n");
    home.write_config(&config(
        &github,
        "[[targets]]\nrepo = \"acme/api\"\n\n[[targets]]\nname = \"own\"\ncommand = [\"keep\"]\n",
    ));
    let usual = command(&home, &["sync", "--dry-run"]).output().unwrap();
    assert_eq!(stderr(&usual), "");
    let output = command(&home, &["sync", "--dry-run", "-v"]).output().unwrap();
    assert_eq!(stdout(&output), stdout(&usual), "what it answers is the same");
    let said = stderr(&output);
    assert!(said.contains("GET /repos/acme/api/actions/secrets") && said.contains(": 200"), "{said}");
    let kept = stderr(&command(&home, &["sync", "own", "-v"]).output().unwrap());
    assert!(kept.contains("bin/keep ended with exit status: 3"), "{kept}");
    assert!(said.contains(&home.config().display().to_string()), "{said}");
    assert!(said.lines().all(|line| line.starts_with("DEBUG ") || line.starts_with("INFO ")), "{said}");
    let log = fs::read_to_string(home.state().join("wick.log")).unwrap();
    assert!(log.contains(" INFO ") && !log.contains("DEBUG"), "{log}");
    sweep::check("what was said", said);
}

#[test]
fn a_verbose_refresh_says_how_far_it_came() {
    let (home, server) = home_and_server(-60);
    let output = home.run(&["refresh", "--verbose"]);
    let said = stderr(&output);
    let at = |words: &str| said.find(words).unwrap_or_else(|| panic!("{words}: {said}"));
    let steps = [at("locks"), at(&server.url()), at("was sent"), at("are stored")];
    assert!(steps.is_sorted() && output.status.success(), "{said}");
    sweep::check("what was said", said);
}

#[test]
fn a_command_is_not_quiet_and_verbose_at_once() {
    for arguments in [
        &["status", "-q", "-v"][..],
        &["-qv", "status"],
        &["-q", "status", "-v"],
        &["--verbose", "targets", "list", "--quiet"],
        &["-q", "targets", "-v", "list"],
    ] {
        let output = Home::new().run(arguments);
        assert_eq!((output.status.code(), stdout(&output)), (Some(2), String::new()), "{arguments:?}");
        assert!(stderr(&output).contains("'--quiet' cannot be used with '--verbose'"), "{}", stderr(&output));
    }
}

#[test]
fn a_quiet_doctor_says_what_failed_and_its_verdict() {
    let home = Home::signed_in(3600);
    let lines = || stdout(&home.run(&["-q", "doctor"])).lines().map(str::to_owned).collect::<Vec<_>>();
    let [verdict, first] = lines().try_into().unwrap();
    assert!(verdict.starts_with("Nothing failed, ") && first.contains("first"), "{verdict} {first}");
    home.write_config("[tray]\ntitel = 1\n");
    let lines = lines();
    let failed = lines.iter().filter(|line| line.starts_with("FAIL")).count();
    let others = lines.iter().filter(|line| ["ok", "warn", "Wick"].iter().any(|one| line.starts_with(one))).count();
    assert_eq!((failed, others), (1, 0), "{lines:?}");
    assert!(lines.iter().any(|line| line.starts_with("1 failed, ")), "{lines:?}");
    let json = |arguments: &[&str]| stdout(&home.run(arguments)).matches("\"id\"").count();
    assert_eq!(json(&["-q", "doctor", "--json"]), json(&["doctor", "--json"]));
}
