//! A rotation beside other commands, and one that is cut off: no token is lost, and the next call goes on.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use wick::words::rotate as words;
use wick::words::sync::WAITS;

use crate::ci_token::TOKEN as OLD;
use crate::ci_token_rotate::{
    PIPED, PROMPT, a_year_is_over, claude, ended, holding, is_over, new, rotate, stored, times,
};
use crate::support::home::{everything_in, with_input};
use crate::support::synced::command;
use crate::support::{wait_for, write_program};
use crate::targets::Terminal;

#[test]
fn asked_to_end_while_it_is_tried_it_goes_on_with_the_same_token() {
    let (home, github) = a_year_is_over(36);
    let hanging = "#!/bin/sh\necho $$ > \"$HOME/claude.pid\"\nexec sleep 600\n";
    write_program(&home.path().join("bin/claude"), hanging);
    let mut running = command(&home, &PIPED).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    running.stdin.take().unwrap().write_all(new().as_bytes()).unwrap();
    wait_for("its trial", || fs::read_to_string(home.path().join("claude.pid")).ok()?.trim().parse::<i32>().ok());
    kill_process(Pid::from_child(&running), Signal::TERM).unwrap();
    assert_eq!((running.wait().unwrap().code(), stored(&home)), (Some(1), OLD.to_owned()));
    claude(&home, &json!({ "is_error": false, "result": "yes" }));
    let (report, code) = rotate(&home, "");
    assert_eq!((code, holding(&github, 36)), (Some(0), 35), "{report}");
    is_over(&home);
}

#[test]
fn another_sync_is_waited_for() {
    let (home, github) = a_year_is_over(36);
    let lock = File::create(home.state().join("sync.lock")).unwrap();
    lock.lock().unwrap();
    let mut running = command(&home, &PIPED);
    let mut running = running.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    running.stdin.take().unwrap().write_all(new().as_bytes()).unwrap();
    let said = BufReader::new(running.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(said.take_while(|line| line != WAITS).count() < 10 && github.writes() == 0);
    drop(lock);
    let (report, code) = ended(&running.wait_with_output().unwrap());
    assert_eq!((code, holding(&github, 36)), (Some(0), 35), "{report}");
    is_over(&home);
}

/// The menu opens it in a terminal, where it may stand for hours.
#[test]
fn while_one_is_under_way_a_second_one_touches_nothing() {
    let (home, github) = a_year_is_over(36);
    let mut first = Terminal::run(&home, &["ci-token", "rotate"]);
    first.wait_for(PROMPT);
    let other = new().replace("next", "last");
    let (report, code) = rotate(&home, &other);
    assert_eq!(
        (code, report["error"]["code"].as_str(), report["outcome"].as_str()),
        (Some(1), Some("busy"), Some("not_done")),
        "{report}"
    );
    assert_eq!((stored(&home), github.requests().len(), times(&home, "checked")), (OLD.to_owned(), 0, 0));
    assert!(!everything_in(&home.state()).contains(&other));
    first.type_in("\r");
    first.wait_for(words::ADD_THEM);
    let (report, code) = rotate(&home, "");
    assert_eq!((code, report["error"]["code"].as_str()), (Some(1), Some("busy")), "in the middle, too: {report}");
    first.type_in("n");
    first.wait_for(words::OPEN_PAGE);
    first.type_in("n");
    let (code, drawn) = first.end();
    assert_eq!((code, stored(&home)), (Some(0), new()), "{drawn}");
}

/// Whoever stores or removes a token meanwhile has said what is to be there.
#[test]
fn what_another_command_stores_or_removes_meanwhile_is_not_undone() {
    for (command_of_another, input) in [("set", OLD.replace("year", "last")), ("clear", String::new())] {
        let (home, github) = a_year_is_over(36);
        let script = fs::read_to_string(home.path().join("bin/claude")).unwrap();
        let waits = "#!/bin/sh\nif [ \"$1\" != setup-token ]; then touch \"$HOME/tries\"; \
                     while [ ! -e \"$HOME/go\" ]; do sleep 0.02; done; fi\n";
        write_program(&home.path().join("bin/claude"), &script.replacen("#!/bin/sh\n", waits, 1));
        let mut rotating = command(&home, &PIPED);
        rotating.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut rotating = rotating.spawn().unwrap();
        rotating.stdin.take().unwrap().write_all(new().as_bytes()).unwrap();
        wait_for("the check", || home.path().join("tries").exists().then_some(()));
        assert!(with_input(home.wick(&["ci-token", command_of_another]), &input).status.success());
        fs::write(home.path().join("go"), "").unwrap();
        let (report, code) = ended(&rotating.wait_with_output().unwrap());
        assert_eq!((code, report["error"]["code"].as_str()), (Some(1), Some("superseded")), "{report}");
        assert_eq!(report["outcome"], "not_done");
        let kept = fs::read_to_string(home.state().join("ci-token-default")).unwrap_or_default();
        assert_eq!((kept, github.writes()), (input, 0), "{command_of_another}");
        assert!(!everything_in(&home.state()).contains(&new()), "{command_of_another}");
    }
}

#[cfg(feature = "fault-points")]
mod killed {
    use std::process::Child;

    use serde_json::Value;

    use super::*;
    use crate::ci_token_rotate::NAME;
    use crate::support::home::Home;
    use crate::support::{at_once, has_stopped};

    /// One that has come to this point, and stands still there.
    fn at(home: &Home, point: &str) -> Child {
        let mut running = command(home, &PIPED);
        running.env("WICK_FAULT_POINT", point).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut running = running.spawn().unwrap();
        running.stdin.take().unwrap().write_all(new().as_bytes()).unwrap();
        wait_for(point, || has_stopped(&running).then_some(()));
        running
    }

    #[test]
    fn wherever_it_is_killed_a_token_that_works_is_stored_and_the_next_call_goes_on() {
        // Before the new token is kept, it has to be given again.
        let points = [
            ("rotation-noted", OLD.to_owned(), new()),
            ("rotation-taken", OLD.to_owned(), String::new()),
            ("rotation-checked", OLD.to_owned(), String::new()),
            ("rotation-stored", new(), String::new()),
            ("rotation-in-place", new(), String::new()),
            ("looked", new(), String::new()),
            ("looked 30", new(), String::new()),
            // All are targets; that they are is noted; the same of what was sent.
            ("rotation-step", new(), String::new()),
            ("rotation-step-noted", new(), String::new()),
            ("marked", new(), String::new()),
            ("marked 20", new(), String::new()),
            ("marked 60", new(), String::new()),
            ("synced", new(), String::new()),
            ("rotation-step 1", new(), String::new()),
            ("rotation-step-noted 1", new(), String::new()),
        ];
        at_once(points, |(point, kept, given)| {
            let (home, github) = a_year_is_over(40);
            let mut running = at(&home, point);
            running.kill().unwrap();
            running.wait().unwrap();
            assert_eq!(stored(&home), kept, "{point}");
            home.sweep();
            let status = String::from_utf8(home.run(&["ci-token", "status"]).stderr).unwrap();
            assert!(status.contains("wick ci-token rotate"), "{point}: {status}");
            let (report, code) = rotate(&home, &given);
            assert_eq!(
                (code, &report["error"], holding(&github, 40)),
                (Some(0), &Value::Null, 35),
                "{point}: {report}"
            );
            // What was sent and seen to be there before is not sent again.
            let sent = if point == "rotation-step-noted 1" { 0 } else { 35 };
            assert_eq!(report["targets"].as_array().unwrap().len(), sent, "{point}: {report}");
            assert!(report["replaced"]["stored_at"].is_string(), "{point}: {report}");
            is_over(&home);
        });
    }

    /// Once the new one is in its place, too.
    #[test]
    fn whoever_stores_another_one_while_it_searches_ends_it() {
        let (home, github) = a_year_is_over(36);
        let running = at(&home, "rotation-step");
        let other = OLD.replace("year", "last");
        assert!(with_input(home.wick(&["ci-token", "set"]), &other).status.success());
        kill_process(Pid::from_child(&running), Signal::CONT).unwrap();
        let (report, code) = ended(&running.wait_with_output().unwrap());
        assert_eq!((code, report["error"]["code"].as_str()), (Some(1), Some("superseded")), "{report}");
        assert_eq!((stored(&home), github.writes()), (other, 0), "{report}");
    }

    #[test]
    fn what_an_earlier_one_has_left_is_not_taken_for_the_new_token() {
        let (home, _github) = a_year_is_over(36);
        let waiting = home.state().join("ci-token-default+next");
        std::fs::write(&waiting, OLD.replace("year", "left")).unwrap();
        let mut running = at(&home, "rotation-noted");
        running.kill().unwrap();
        running.wait().unwrap();
        assert!(!waiting.exists());
        let (report, code) = rotate(&home, "");
        assert_eq!((code, stored(&home)), (Some(1), OLD.to_owned()), "{report}");
    }

    #[test]
    fn whoever_writes_over_it_meanwhile_is_seen_and_the_next_call_sends_it_again() {
        let (home, github) = a_year_is_over(36);
        let running = at(&home, "synced");
        github.let_pass(60);
        github.touch("acme/r3", NAME);
        kill_process(Pid::from_child(&running), Signal::CONT).unwrap();
        let (report, code) = ended(&running.wait_with_output().unwrap());
        assert_eq!((code, report["error"]["code"].as_str()), (Some(4), Some("not_verified")), "{report}");
        let unverified = report["targets"].as_array().unwrap().iter().filter(|target| target["verified"] == false);
        assert_eq!(unverified.map(|target| &target["target"]).collect::<Vec<_>>(), ["acme/r3"], "{report}");
        let (report, code) = rotate(&home, "");
        assert_eq!((code, holding(&github, 36)), (Some(0), 35), "{report}");
        is_over(&home);
    }

    #[test]
    fn a_new_token_that_waits_goes_with_the_stored_one_and_not_over_another() {
        for arguments in [&["ci-token", "clear"][..], &["uninstall", "--yes"]] {
            let (home, _github) = a_year_is_over(36);
            at(&home, "rotation-taken").kill().unwrap();
            assert!(everything_in(&home.state()).contains(&new()));
            assert!(home.run(arguments).status.success());
            assert!(!everything_in(&home.path().join(".local")).contains("sk-ant"), "{arguments:?}");
        }
        let (home, _github) = a_year_is_over(36);
        at(&home, "rotation-taken").kill().unwrap();
        let other = OLD.replace("year", "hand");
        assert!(with_input(home.wick(&["ci-token", "set"]), &other).status.success());
        let (report, code) = rotate(&home, "");
        assert_eq!((code, report["error"]["code"].as_str()), (Some(1), Some("no_token")), "{report}");
        assert_eq!(stored(&home), other);
    }
}
