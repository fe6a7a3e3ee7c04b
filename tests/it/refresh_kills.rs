//! Kills refreshes at any moment, as often as `WICK_KILLS` says, and counts what that cost: nothing but the sign-in of a run
//! whose request was on its way, or whose answer was not noted yet.

use std::io::Write;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::support::home::Home;
use crate::support::refreshed::{assert_tidy, credential, home_and_server, is_usable, refresh};
use crate::support::token_server::TokenServer;

/// What they cost, in the end.
#[derive(Debug, Default)]
struct Cost {
    /// Killed before they had ended by themselves.
    kills: usize,
    /// In the gap: the next run says that the sign-in has to be made anew, and why.
    lost: usize,
}

#[expect(clippy::disallowed_methods, reason = "how long it is to take is said from outside, and measured for real")]
fn wanted() -> usize {
    std::env::var("WICK_KILLS").ok().and_then(|number| number.parse().ok()).unwrap_or(1000)
}

/// A sign-in whose access token has ended, with the refresh token that is valid now.
fn sign_in(home: &Home, server: &TokenServer, number: usize) {
    let token = format!("tok-sentinel-sign-in-{number}");
    server.replace(&token);
    home.write(&credential(-60).json().replace("tok-sentinel-refresh", &token));
}

#[expect(clippy::disallowed_methods, reason = "a run is killed within the time that one takes")]
fn length_of_a_run(home: &Home) -> Duration {
    let begun = Instant::now();
    refresh(home, &["--force"]);
    begun.elapsed()
}

#[test]
#[ignore = "takes minutes; WICK_KILLS says how often"]
fn killed_at_any_moment_nothing_is_lost_without_a_word() {
    let (home, server) = home_and_server(-60);
    let length = length_of_a_run(&home).max(length_of_a_run(&home));
    let mut cost = Cost::default();
    for number in 0.. {
        if cost.kills >= wanted() {
            break;
        }
        sign_in(&home, &server, number);
        let posts = server.posts().len();
        let mut command = home.wick(&["refresh", "--force", "--json"]);
        let mut process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(length.mul_f64(fastrand::f64() * 1.2));
        cost.kills += usize::from(process.try_wait().unwrap().is_none());
        process.kill().unwrap();
        process.wait().unwrap();
        let ran = refresh(&home, &[]);
        if ran.error() == "invalid_grant" {
            assert!(ran.report["error"]["message"].as_str().unwrap().contains("used it up"), "{ran:?}");
            assert_eq!(server.posts().len(), posts + 2, "it was sent");
            cost.lost += 1;
            continue;
        }
        assert_eq!(ran.code, Some(0), "kill {number}: {ran:?}");
        assert!(is_usable(&home, &server), "kill {number}: {ran:?}");
        assert_tidy(&home);
    }
    writeln!(std::io::stderr(), "{cost:?}, a run takes {length:?}").unwrap();
}
