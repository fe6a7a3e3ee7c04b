//! A sync that is ended before its end, and one beside another.

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use crate::support::synced::{Synced, command, config, home_and_github, sync, value};
use crate::support::{wait_for, write_program};

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
