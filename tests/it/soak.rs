//! What is done leaves nothing behind, however long the app runs.
//!
//! `WICK_SOAK=30 cargo test --test it soak:: -- --ignored` soaks for half an hour.

use std::time::Duration;

use crate::support::desktop::{App, Bus, Panel};
use crate::support::home::Home;
use crate::support::soak::soak;
use crate::support::usage::Usage;
use crate::support::wait_for;

/// Minutes.
const SPAN: u64 = 3;
/// What the pool for calls that block may have more of at one time than at another: it keeps each for two minutes.
const POOL: usize = 3;

#[test]
#[ignore = "takes minutes"]
#[expect(clippy::print_stderr, reason = "the gate shows what it came to")]
fn hours_of_failures_leave_no_thread_no_descriptor_and_no_memory_behind() {
    let Some(bus) = Bus::start("soak::hours_of_failures_leave_nothing_behind") else { return };
    let minutes = std::env::var("WICK_SOAK").ok().map_or(SPAN, |text| text.parse().expect("WICK_SOAK is in minutes"));
    // Without a server at its endpoint each refresh fails, and keeps the sign-in.
    let home = Home::signed_in(7 * 3600);
    let panel = Panel::start(&bus);
    let app = App::start(&home, Some(&bus));
    let (after_one, end) = soak(&bus, &panel, app.pid(), Duration::from_secs(minutes * 60));
    eprintln!(
        "{} threads, {} descriptors, {:.1} MiB after a minute",
        after_one.threads, after_one.descriptors, after_one.resident
    );
    eprintln!("{} threads, {} descriptors, {:.1} MiB at the end", end.threads, end.descriptors, end.resident);
    // What a last failure still holds goes with it.
    wait_for("no more threads and descriptors than after a minute", || {
        let now = Usage::of(app.pid());
        (now.threads <= after_one.threads + POOL && now.descriptors <= after_one.descriptors).then_some(())
    });
    assert!(end.resident <= after_one.resident * 1.1);
}
