//! One refresh token, many programs: it is spent once.

use std::process::Stdio;

use crate::support::other_program::OtherProgram;
use crate::support::refreshed::{Ran, assert_tidy, credential, home_and_server, is_usable, journals};

/// Not a test: the other program, run as a process of its own by the tests below.
#[test]
#[ignore = "a program that other tests start"]
#[allow(clippy::print_stdout, reason = "the test that started it reads this")]
fn other_program() {
    if let Some(program) = OtherProgram::from_environment() {
        println!("outcome {:?}", program.run());
    }
}

#[test]
fn ten_wicks_at_once_make_one_post_and_all_end_well() {
    for force in [false, true] {
        let (home, server) = home_and_server(-60);
        let arguments: &[&str] = if force { &["refresh", "--json", "--force"] } else { &["refresh", "--json"] };
        // Held back until all of them have read the old token: whoever starts later is not part of the race.
        server.pause();
        let start = |_| home.wick(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let running: Vec<_> = (0..10).map(start).collect();
        crate::support::wait_for("the request", || (!server.posts().is_empty()).then_some(()));
        std::thread::sleep(std::time::Duration::from_millis(1500));
        server.resume();
        let mut refreshed = 0;
        for process in running {
            let ran = Ran::of(&home, &process.wait_with_output().unwrap());
            let (outcome, code) = ran.outcome();
            assert!(code == Some(0) && ["refreshed", "already_refreshed", "still_fresh"].contains(&outcome), "{ran:?}");
            refreshed += usize::from(outcome == "refreshed");
        }
        assert_eq!((refreshed, server.posts().len(), server.reuses()), (1, 1, 0));
        assert!(is_usable(&home, &server));
        assert_tidy(&home);
    }
}

/// 200 rounds, in four lanes of 50: lanes have nothing in common.
#[test]
fn wick_and_another_program_never_both_spend_a_token() {
    let lane = || {
        let (home, server) = home_and_server(-60);
        let other = OtherProgram {
            dir: home.path().join(".claude"),
            token_url: server.url(),
            retry_millis: 20..60,
            post_delay_millis: 30,
        };
        let mut posts = [0; 2];
        for round in 0..50_u64 {
            // The stored refresh token stays; the end is made to be near again.
            let current = server.current().expect("never revoked").1;
            home.write(&credential(-60).json().replace(crate::support::refreshed::REFRESH, &current));
            let before = server.posts().len();
            let mut program = other.command();
            let mut wick = home.wick(&["refresh", "--json"]);
            for command in [&mut program, &mut wick] {
                command.stdout(Stdio::piped()).stderr(Stdio::piped());
            }
            // As random as the clock's last digits.
            let nanoseconds = jiff::Timestamp::now().subsec_nanosecond().unsigned_abs();
            let pause = std::time::Duration::from_millis(u64::from(nanoseconds % 60));
            let (theirs, ours) = if round % 2 == 0 {
                let theirs = program.spawn().unwrap();
                std::thread::sleep(pause);
                (theirs, wick.spawn().unwrap())
            } else {
                let ours = wick.spawn().unwrap();
                std::thread::sleep(pause);
                (program.spawn().unwrap(), ours)
            };
            let ran = Ran::of(&home, &ours.wait_with_output().unwrap());
            let said = String::from_utf8(theirs.wait_with_output().unwrap().stdout).unwrap();
            assert!(!said.contains("Failed"), "{said}");
            assert!(ran.code == Some(0) || ran.outcome().0 == "busy", "{ran:?}");
            assert_eq!(
                (server.posts().len() - before, server.reuses()),
                (1, 0),
                "round {round}: {ran:?} beside {said}"
            );
            assert!(is_usable(&home, &server), "round {round}");
            posts[usize::from(ran.outcome().0 == "refreshed")] += 1;
        }
        assert_eq!(journals(&home), 0);
        posts
    };
    let lanes: Vec<_> = (0..4).map(|_| std::thread::spawn(lane)).collect();
    let won: Vec<[usize; 2]> = lanes.into_iter().map(|lane| lane.join().unwrap()).collect();
    let ours: usize = won.iter().map(|[_, ours]| ours).sum();
    assert!((1..200).contains(&ours), "each was first at times, or nothing was raced: Wick {ours} of 200");
}
