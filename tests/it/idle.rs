//! What the app does while nothing happens: nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use crate::support::credential::CredentialText;
use crate::support::desktop::{App, Bus, Panel};
use crate::support::home::{Home, in_seconds};
use crate::support::wait_for;

fn switches(status: &Path) -> u64 {
    // A thread that has just ended has none.
    let text = fs::read_to_string(status).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
    line.and_then(|number| number.trim().parse().ok()).unwrap_or_default()
}

/// How often the threads of a process have gone to sleep by themselves.
fn wakings(pid: u32) -> u64 {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).expect("it runs");
    threads.map(|thread| switches(&thread.expect("a thread").path().join("status"))).sum()
}

/// How often the thread that watches files has.
fn wakings_of_the_watch(pid: u32) -> u64 {
    let threads =
        fs::read_dir(format!("/proc/{pid}/task")).expect("it runs").map(|thread| thread.expect("a thread").path());
    let is_watching = |thread: &PathBuf| fs::read_to_string(thread.join("comm")).is_ok_and(|name| name == "files\n");
    switches(&threads.into_iter().find(is_watching).expect("files are watched").join("status"))
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

#[test]
fn a_session_that_writes_beside_the_credential_wakes_it_once_a_file_at_most() {
    const FILES: u64 = 200;
    let Some(bus) = Bus::start("idle::a_session_that_writes_beside_the_credential_wakes_it_once_a_file_at_most") else {
        return;
    };
    let home = Home::signed_in(5 * 3600);
    let history = home.path().join(".claude/history.jsonl");
    fs::write(&history, "{}\n").unwrap();
    let panel = Panel::start(&bus);
    let app = App::start(&home, Some(&bus));
    panel.icon().wait_for_title("5h");
    let before = wakings_of_the_watch(app.pid());
    for _ in 0..FILES {
        fs::write(&history, "{}\n").unwrap();
        fs::read(&history).unwrap();
        // Several that come at once wake it once.
        thread::sleep(Duration::from_millis(2));
    }
    // What comes after them is heard after them.
    home.write(&CredentialText::ending(in_seconds(3 * 3600 + 30)).json());
    panel.icon().wait_for_title("3h");
    let woken = wakings_of_the_watch(app.pid()) - before;
    assert!(woken <= FILES + 10, "{woken} wakings");
}
