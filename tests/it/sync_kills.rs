//! Kills syncs and rotations at any moment, as often as `WICK_KILLS` says: the next run goes on with what is left to do.

use std::fs;
use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::ci_token::TOKEN as OLD;
use crate::ci_token_rotate::{PIPED, a_year_is_over, holding, is_over, new, rotate, stored};
use crate::support::synced::{command, credential, home_and_github, sync, value};

const REPOSITORIES: [&str; 3] = ["acme/api", "acme/docs", "acme/web"];

#[expect(clippy::disallowed_methods, reason = "how long it is to take is said from outside, and measured for real")]
fn wanted(usually: usize) -> usize {
    std::env::var("WICK_KILLS").ok().and_then(|number| number.parse().ok()).unwrap_or(usually)
}

#[expect(clippy::disallowed_methods, reason = "a run is killed within the time that one takes")]
fn length(run: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    run();
    begun.elapsed()
}

/// Starts it and kills it within this time. Says whether it was still running.
fn killed_within(length: Duration, command: &mut Command, input: &str) -> bool {
    let quiet = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut process: Child = quiet.spawn().unwrap();
    // What it does not live to read is nobody's.
    drop(process.stdin.take().unwrap().write_all(input.as_bytes()));
    std::thread::sleep(length.mul_f64(fastrand::f64() * 1.2));
    let is_running = process.try_wait().unwrap().is_none();
    process.kill().unwrap();
    process.wait().unwrap();
    is_running
}

#[test]
#[ignore = "takes minutes; WICK_KILLS says how often"]
fn a_sync_that_is_killed_at_any_moment_is_finished_by_the_next_and_calls_none_of_its_writes_someone_elses() {
    let token = "tok-sentinel-second";
    // Anew each time: GitHub's limits leave a minute to so few of them.
    let rotated = || {
        let (home, github) = home_and_github(&REPOSITORIES);
        assert_eq!(sync(&home, &[]).code, Some(0));
        home.write(&credential().json().replace("tok-sentinel-access", token));
        (home, github)
    };
    let (home, _github) = rotated();
    let length = length(|| assert_eq!(sync(&home, &[]).code, Some(0)));
    let mut kills = 0;
    while kills < wanted(500) {
        let (home, github) = rotated();
        if !killed_within(length, &mut command(&home, &["sync", "--json"]), "") {
            continue;
        }
        kills += 1;
        let ran = sync(&home, &[]);
        assert_eq!(ran.code, Some(0), "kill {kills}: {ran:?}");
        assert!(!ran.report.to_string().contains("changed_by_someone_else"), "kill {kills}: {ran:?}");
        for name in REPOSITORIES {
            assert_eq!(value(&github, name, "CLAUDE_ACCESS_TOKEN"), token, "kill {kills}: {ran:?}");
        }
        let kept = ["state.json", "sync.log"].map(|file| fs::read_to_string(home.state().join(file)).unwrap());
        assert!(!kept[0].contains("under_way") && kept[1].is_empty(), "kill {kills}: {kept:?}");
    }
    writeln!(std::io::stderr(), "{kills} kills of syncs of {length:?}").unwrap();
}

#[test]
#[ignore = "takes minutes; WICK_KILLS says how often"]
fn a_rotation_that_is_killed_at_any_moment_leaves_a_token_and_is_finished_by_the_next() {
    const PLACES: usize = 36;
    let (home, _github) = a_year_is_over(PLACES);
    let length = length(|| assert_eq!(rotate(&home, &new()).1, Some(0)));
    let (mut kills, mut again) = (0, 0);
    while kills < wanted(300) {
        let (home, github) = a_year_is_over(PLACES);
        if !killed_within(length, &mut command(&home, &PIPED), &new()) {
            continue;
        }
        kills += 1;
        assert!([OLD, &new()].contains(&&*stored(&home)), "kill {kills}");
        let (mut report, mut code) = rotate(&home, "");
        if report["error"]["code"] == "no_token" && stored(&home) == new() {
            // Killed after its last step: there is nothing to go on with.
            assert_eq!(holding(&github, PLACES), 35, "kill {kills}");
            is_over(&home);
            continue;
        }
        if code != Some(0) {
            // Before the new token is kept, it has to be given again.
            assert_eq!(stored(&home), OLD, "kill {kills}: {report}");
            again += 1;
            (report, code) = rotate(&home, &new());
        }
        assert_eq!((code, holding(&github, PLACES)), (Some(0), 35), "kill {kills}: {report}");
        is_over(&home);
    }
    writeln!(std::io::stderr(), "{kills} kills, {again} of them before the token was kept; one takes {length:?}")
        .unwrap();
}
