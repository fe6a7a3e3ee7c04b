//! What the app does while nothing happens: nothing.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use crate::support::desktop::{App, Bus, Panel};
use crate::support::home::Home;
use crate::support::wait_for;

/// How often the threads of a process have gone to sleep by themselves.
fn wakings(pid: u32) -> u64 {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).expect("it runs");
    let switches = |status: &Path| {
        // A thread that has just ended has none.
        let text = fs::read_to_string(status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
        line.and_then(|number| number.trim().parse::<u64>().ok()).unwrap_or_default()
    };
    threads.map(|thread| switches(&thread.expect("a thread").path().join("status"))).sum()
}

#[test]
fn an_app_at_rest_wakes_for_its_minute_alone() {
    let Some(bus) = Bus::start("idle::an_app_at_rest_wakes_for_its_minute_alone") else { return };
    let home = Home::signed_in(5 * 3600);
    let panel = Panel::start(&bus);
    let app = App::start(&home, Some(&bus));
    panel.icon().wait_for_title("5h");
    // Something that wakes it all the time wakes it in every span; the look of each minute falls into few of them.
    wait_for("three seconds without a waking", || {
        let before = wakings(app.pid());
        thread::sleep(Duration::from_secs(3));
        (wakings(app.pid()) == before).then_some(())
    });
}
