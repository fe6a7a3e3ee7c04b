//! The real program, stopped at a step of a refresh from outside, and killed, ended or left asleep there.

use std::fs;
use std::process::{Child, Stdio};
use std::time::{Duration, SystemTime};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::home::Home;
use crate::support::refreshed::{Ran, assert_tidy, credential, home_and_server, is_usable, refresh, stored};
use crate::support::said;
use crate::support::token_server::Behavior;
use crate::support::{has_stopped, wait_for};
use wick::domain::refresh::{Failure, Remark};

/// Every point, in the order of a run, and whether by then the token may be spent without its answer being on the disk.
const POINTS: [(&str, bool); 19] = [
    ("before-locks", false),
    ("lock-made", false),
    ("lock-noted", false),
    ("locked", false),
    ("before-proof", false),
    ("exchanged", false),
    ("after-proof", false),
    ("journal-created", false),
    ("before-intent", false),
    ("after-intent", false),
    ("after-post", true),
    ("before-answer", true),
    // Written, and with the system: only a power cut could lose it, not a kill.
    ("answer-written", false),
    ("after-answer", false),
    ("storage-locked", false),
    ("before-rename", false),
    ("after-rename", false),
    ("stored", false),
    ("journal-dropped", false),
];

fn send(process: &Child, signal: Signal) {
    kill_process(Pid::from_raw(i32::try_from(process.id()).unwrap()).unwrap(), signal).unwrap();
}

/// Starts a refresh and waits until it has stopped itself at this point.
fn stopped_at(point: &str, home: &Home) -> Child {
    let mut command = home.wick(&["refresh", "--force", "--json"]);
    command.env("WICK_FAULT_POINT", point).stdout(Stdio::piped()).stderr(Stdio::piped());
    let process = command.spawn().unwrap();
    wait_for(point, || has_stopped(&process).then_some(()));
    process
}

fn killed_at(point: &str, home: &Home) {
    let mut process = stopped_at(point, home);
    send(&process, Signal::KILL);
    process.wait().unwrap();
}

#[test]
fn killed_at_any_step_the_next_run_ends_with_a_usable_token_or_says_why_not() {
    for (point, may_lose) in POINTS {
        // The access token has ended, so that the next run has nothing to lose by asking.
        let (home, server) = home_and_server(-60);
        killed_at(point, &home);
        let ran = refresh(&home, &[]);
        if may_lose {
            assert_eq!((ran.outcome(), ran.error()), (("failed", Some(1)), "invalid_grant"), "{point}");
            let error = &ran.report["error"];
            let said = said::remark(&Remark::Failed(Failure::InvalidGrant { spent_before: true }));
            assert_eq!((&error["message"], &error["action"]), (&said.message.into(), &said.action.into()), "{point}");
            assert_eq!(server.posts().len(), 2, "{point}");
        } else {
            assert_eq!(ran.code, Some(0), "{point}: {ran:?}");
            assert!(is_usable(&home, &server), "{point}: {:?}", ran.report);
            assert_eq!((server.posts().len(), server.reuses()), (1, 0), "{point}");
        }
        assert_tidy(&home);
    }
}

#[test]
fn killed_with_a_living_access_token_nothing_is_risked_and_it_is_said() {
    for (point, may_lose) in POINTS {
        let (home, server) = home_and_server(300);
        killed_at(point, &home);
        // There it lies in a file of mode 0600 beside the credential, until the next run.
        if !["exchanged", "before-rename"].contains(&point) {
            home.sweep();
        }
        let posts = server.posts().len();
        let ran = refresh(&home, &[]);
        if may_lose || point == "after-intent" {
            assert_eq!((ran.outcome(), ran.error()), (("failed", Some(1)), "interrupted"), "{point}");
            assert_eq!((server.posts().len(), server.reuses()), (posts, 0), "{point}");
            // Still so in the run after that, and the access token lives on.
            assert_eq!(refresh(&home, &[]).error(), "may_be_spent", "{point}");
            assert_eq!(stored(&home)["accessToken"], "tok-sentinel-access");
        } else {
            assert_eq!(ran.code, Some(0), "{point}: {ran:?}");
            assert!(is_usable(&home, &server), "{point}");
        }
        assert_tidy(&home);
    }
}

#[test]
fn what_was_interrupted_before_it_was_sent_is_settled_by_one_more() {
    let (home, server) = home_and_server(300);
    killed_at("after-intent", &home);
    assert_eq!(refresh(&home, &["--force"]).outcome(), ("refreshed", Some(0)));
    assert!(is_usable(&home, &server));
}

#[test]
fn ended_before_anything_is_sent_it_sends_nothing_and_afterwards_it_finishes() {
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        for (point, _) in POINTS {
            let (home, server) = home_and_server(-60);
            let process = stopped_at(point, &home);
            send(&process, signal);
            // The signal is taken in by another thread; it has this long before the next step.
            send(&process, Signal::CONT);
            let ran = Ran::of(&home, &process.wait_with_output().unwrap());
            assert_tidy(&home);
            match server.posts().len() {
                0 => assert_eq!((ran.outcome(), ran.error()), (("failed", Some(1)), "stopped"), "{point}"),
                _ => assert_eq!(ran.outcome(), ("refreshed", Some(0)), "{point}"),
            }
            assert!(stored(&home)["refreshToken"] == server.current().unwrap().1.as_str(), "{point}");
        }
    }
}

/// Cut off in the middle of writing over the file, which is a mount of its own, it is explained by the journal and finished.
#[test]
#[cfg(target_os = "linux")]
fn killed_while_it_writes_in_place_the_next_run_finishes_it() {
    for point in ["journal-created", "covered", "before-rename", "piece-written", "piece-written 2", "after-rename"] {
        let (home, server) = home_and_server(300);
        // Longer than a few pieces, with something of other programs' before and behind the sign-in.
        let padding = |letter: &str| format!("\"{letter}\":\"{}\"", letter.repeat(9000));
        let text = credential(300).json();
        let long = format!("{{{},{},{}}}", padding("x"), &text[1..text.len() - 1], padding("y"));
        home.write(&long);
        let Some(_mounted) = crate::refresh_places::mounted_alone(&home) else {
            return crate::support::skip("killed_while_it_writes_in_place", "a mount");
        };
        killed_at(point, &home);
        let ran = refresh(&home, &["--force"]);
        assert_eq!(ran.code, Some(0), "{point}: {ran:?}");
        assert!(is_usable(&home, &server), "{point}: {ran:?}");
        assert_eq!((server.posts().len(), server.reuses()), (1, 0), "{point}");
        let whole: serde_json::Value = serde_json::from_str(&fs::read_to_string(home.credentials()).unwrap()).unwrap();
        assert_eq!((whole["x"].as_str().map(str::len), whole["y"].as_str().map(str::len)), (Some(9000), Some(9000)));
        assert_tidy(&home);
    }
}

#[test]
fn a_crash_before_anything_is_sent_leaves_no_doubt_about_the_token() {
    for point in ["exchanged", "journal-created", "before-intent", "after-intent"] {
        let (home, server) = home_and_server(300);
        let output =
            home.wick(&["refresh", "--force", "--json"]).env("WICK_FAULT_POINT", format!("crash {point}")).output();
        let report: serde_json::Value = serde_json::from_slice(&output.unwrap().stdout).unwrap();
        assert_eq!((&report["error"]["code"], server.posts().len()), (&"fault".into(), 0), "{point}");
        assert_tidy(&home);
        assert_eq!(refresh(&home, &[]).outcome(), ("refreshed", Some(0)), "{point}");
        assert!(is_usable(&home, &server), "{point}");
    }
}

/// A server that takes the connection and says nothing: TLS is not there yet, and nothing was sent.
#[test]
fn killed_while_it_connects_nothing_counts_as_sent() {
    let (home, server) = home_and_server(300);
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    home.write_config(&format!("[refresh]\ntoken_url = \"https://{address}/\"\n"));
    let mut command = home.wick(&["refresh", "--force", "--json"]);
    command.env_remove("HTTPS_PROXY").env_remove("HTTP_PROXY");
    let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let _connection = silent.accept().unwrap();
    send(&process, Signal::KILL);
    process.wait().unwrap();
    crate::support::refreshed::configure(&home, &server, "");
    assert_eq!(refresh(&home, &[]).outcome(), ("refreshed", Some(0)));
    assert!(is_usable(&home, &server));
    assert_tidy(&home);
}

/// What another program does to a lock that it takes for left behind.
fn steal(home: &Home) {
    for lock in [home.path().join(".claude/.oauth_refresh.lock"), home.path().join(".claude.lock")] {
        fs::remove_dir(&lock).unwrap();
        fs::create_dir(&lock).unwrap();
    }
}

#[test]
fn a_lock_lost_while_the_laptop_slept_is_noticed_before_anything_is_sent() {
    let (home, server) = home_and_server(-60);
    let process = stopped_at("after-intent", &home);
    steal(&home);
    send(&process, Signal::CONT);
    let ran = Ran::of(&home, &process.wait_with_output().unwrap());
    assert_eq!((ran.outcome(), server.posts().len()), (("busy", Some(1)), 0));
    assert!(home.path().join(".claude.lock").exists(), "theirs stays");
}

#[test]
fn a_lock_lost_after_the_answer_costs_neither_their_token_nor_ours() {
    // They did nothing with it: ours is stored.
    let (home, server) = home_and_server(-60);
    let process = stopped_at("after-answer", &home);
    steal(&home);
    send(&process, Signal::CONT);
    assert_eq!(Ran::of(&home, &process.wait_with_output().unwrap()).outcome(), ("refreshed", Some(0)));
    assert!(is_usable(&home, &server) && home.path().join(".claude.lock").exists());
    // They signed in anew: theirs stays.
    let (home, _server) = home_and_server(-60);
    let process = stopped_at("after-answer", &home);
    let theirs = credential(3600).json().replace("-refresh\"", "-theirs\"").replace("-access\"", "-theirs-too\"");
    home.write(&theirs);
    send(&process, Signal::CONT);
    assert_eq!(Ran::of(&home, &process.wait_with_output().unwrap()).outcome(), ("already_refreshed", Some(0)));
    assert_eq!(fs::read_to_string(home.credentials()).unwrap(), theirs);
}

#[test]
fn the_locks_are_kept_fresh_while_the_server_takes_its_time() {
    let (home, server) = home_and_server(-60);
    server.pause();
    let mut command = home.wick(&["refresh", "--json"]);
    let process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_for("the request", || (server.posts().len() == 1).then_some(()));
    let locks = [home.path().join(".claude/.oauth_refresh.lock"), home.path().join(".claude.lock")];
    for _ in 0..60 {
        std::thread::sleep(Duration::from_millis(100));
        for lock in &locks {
            let touched = fs::metadata(lock).unwrap().modified().unwrap();
            let age = SystemTime::now().duration_since(touched).unwrap_or_default();
            assert!(age < Duration::from_secs(4), "{}: {age:?}", lock.display());
        }
    }
    server.resume();
    assert_eq!(Ran::of(&home, &process.wait_with_output().unwrap()).outcome(), ("refreshed", Some(0)));
    assert_tidy(&home);
}

#[test]
fn a_storage_lock_that_stays_taken_keeps_the_answer_for_later() {
    let (home, server) = home_and_server(-60);
    let process = stopped_at("after-answer", &home);
    let lock = home.path().join(".claude/.storage-write.lock");
    fs::create_dir(&lock).unwrap();
    send(&process, Signal::CONT);
    let output = process.wait_with_output().unwrap();
    let ran = Ran::of(&home, &output);
    assert_eq!((ran.outcome(), ran.error()), (("failed", Some(1)), "kept_in_journal"));
    fs::remove_dir(&lock).unwrap();
    server.behave(Behavior::SpendAndClose);
    assert_eq!(refresh(&home, &[]).outcome(), ("refreshed", Some(0)));
    assert!(is_usable(&home, &server) && server.posts().len() == 1);
    assert_tidy(&home);
}

/// What crashes is told in the words of the refresh, whichever command began it.
#[test]
fn a_refresh_that_crashes_is_reported_as_such() {
    let (home, server) = home_and_server(-60);
    let run = |arguments: &[&str]| home.wick(arguments).env("WICK_FAULT_POINT", "crash before-locks").output().unwrap();
    let output = run(&["refresh", "--json"]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&report["schema"], &report["outcome"], output.status.code()), (&1.into(), &"failed".into(), Some(1)));
    assert_eq!(report["error"]["code"], "fault");
    for arguments in [&["token"][..], &["exec", "--", "true"]] {
        let output = run(arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(3) && said.contains("the refresh"), "{said}");
        assert!(output.stdout.is_empty() && !said.contains("the sync"), "{said}");
    }
    assert_eq!(server.posts().len(), 0);
}

/// The same, seen from the app on a private bus.
#[cfg(not(target_os = "macos"))]
mod app {
    use wick::words::sentence::capital;

    use super::*;
    use crate::support::desktop::App;
    use crate::support::refreshed::{configure, journals};

    #[test]
    fn in_read_only_mode_a_journal_is_reported_and_left() {
        let (home, server) = home_and_server(-60);
        killed_at("after-answer", &home);
        let before = fs::read_to_string(home.credentials()).unwrap();
        configure(&home, &server, "mode = \"never\"");
        let ran = refresh(&home, &[]);
        assert_eq!((ran.outcome(), ran.error()), (("not_allowed", Some(2)), "journal_left"));
        let app = App::start(&home, None);
        wait_for("the app to tell", || {
            app.printed().contains(&capital(&said::remark(&Remark::JournalLeft).message)).then_some(())
        });
        app.terminate();
        assert_eq!(app.wait().0, Some(0));
        assert_eq!((journals(&home), fs::read_to_string(home.credentials()).unwrap()), (1, before));
        configure(&home, &server, "");
        assert_eq!(refresh(&home, &[]).outcome(), ("refreshed", Some(0)));
        assert!(is_usable(&home, &server));
        assert_tidy(&home);
    }

    /// Quit while the answer is under way, it waits for it.
    #[test]
    fn quitting_the_app_waits_for_a_refresh_in_flight() {
        let (home, server) = home_and_server(-60);
        configure(&home, &server, "automatic = true");
        server.pause();
        let app = App::start(&home, None);
        wait_for("the request", || (server.posts().len() == 1).then_some(()));
        app.terminate();
        std::thread::sleep(Duration::from_millis(300));
        let status = fs::read_to_string(format!("/proc/{}/status", app.pid())).unwrap();
        assert!(!status.contains("State:\tZ"), "it waits");
        server.resume();
        assert_eq!(app.wait().0, Some(0));
        assert!(is_usable(&home, &server));
        assert_tidy(&home);
    }
}
