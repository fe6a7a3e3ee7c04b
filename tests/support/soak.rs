//! Hours of failures, in minutes: each of them is shown, nobody closes what is shown, and the service of notifications starts
//! again and again.

use std::time::{Duration, Instant};

use super::desktop::{Bus, NotificationDaemon, Panel};
use super::usage::Usage;
use super::wait_for;

/// How many refreshes fail before the service starts again.
const ROUNDS: usize = 20;
/// What an app grows to in this time, it may have.
const FIRST: Duration = Duration::from_secs(60);

/// Soaks a running app in which no refresh works: what it has after the first minute and at the end.
pub fn soak(bus: &Bus, panel: &Panel, process: u32, span: Duration) -> (Usage, Usage) {
    assert!(span > FIRST, "a soak that ends within the first minute compares nothing");
    let (icon, begun) = (panel.icon(), Instant::now());
    let mut after_one = None;
    while begun.elapsed() < span {
        let service = NotificationDaemon::start(bus, &["actions", "body"]);
        for _ in 0..ROUNDS {
            let before = service.shown().len();
            icon.activate();
            let clocks = wait_for("the clocks", || service.shown().get(before).cloned());
            service.click(clocks.id, "Refresh");
            wait_for("the failure", || service.shown().get(before + 1).cloned());
            // The pace of what is soaked, not something that is waited for.
            std::thread::sleep(Duration::from_secs(1));
        }
        if begun.elapsed() >= FIRST {
            after_one.get_or_insert_with(|| Usage::of(process));
        }
    }
    let end = Usage::of(process);
    (after_one.unwrap_or(end), end)
}
