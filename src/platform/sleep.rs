//! What this computer's going to sleep must not cut, and what holds the sleep off meanwhile.
//!
//! One for the process, as there is one computer: whoever sends, on whatever thread, and whoever hears of the sleep.

use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

use crate::ports::lock;

/// This computer.
pub static COMPUTER: Sleep = Sleep::new();

/// After so long on the clock that stands still while it sleeps, it does not go to sleep any more, whatever was not said.
const GOES: Duration = Duration::from_secs(60);

/// Whether it goes to sleep, and who is in the middle of something.
pub struct Sleep {
    known: Mutex<Known>,
    changed: Condvar,
}

struct Known {
    /// How many have begun what must not be cut.
    in_flight: usize,
    /// When it was said that it goes to sleep; `None` once it is awake.
    goes_since: Option<Instant>,
    /// Makes the system wait with the sleep until it is dropped, where there is such a thing.
    delay: Option<Box<dyn Send>>,
}

/// In the middle of something.
pub struct InFlight<'a>(&'a Sleep);

impl Sleep {
    pub const fn new() -> Self {
        let known = Known { in_flight: 0, goes_since: None, delay: None };
        Self { known: Mutex::new(known), changed: Condvar::new() }
    }

    /// Begins what must not be cut; `None` where it goes to sleep already, and waits for nobody.
    pub fn begin(&self) -> Option<InFlight<'_>> {
        let mut known = lock(&self.known);
        if known.goes_since.is_some_and(|since| since.elapsed() < GOES) && known.delay.is_none() {
            return None;
        }
        known.in_flight += 1;
        Some(InFlight(self))
    }

    /// It goes to sleep: it need not wait where nobody is in the middle of anything.
    #[expect(
        clippy::disallowed_methods,
        reason = "only the clock that stands still while it sleeps tells how long it runs"
    )]
    pub fn goes(&self) {
        let mut known = lock(&self.known);
        known.goes_since = Some(Instant::now());
        known.let_go();
    }

    /// It is awake; from now on `delay` makes it wait.
    pub fn is_awake(&self, delay: Option<Box<dyn Send>>) {
        let mut known = lock(&self.known);
        (known.goes_since, known.delay) = (None, delay);
    }

    /// Whether something makes it wait with its sleep.
    pub fn is_delayed(&self) -> bool {
        lock(&self.known).delay.is_some()
    }

    /// Whether it was said to go to sleep, and not yet to be awake.
    pub fn is_going(&self) -> bool {
        lock(&self.known).goes_since.is_some()
    }

    /// Waits for what has begun, for so long at most.
    pub fn wait(&self, longest: Duration) {
        let known = lock(&self.known);
        drop(self.changed.wait_timeout_while(known, longest, |known| known.in_flight > 0));
    }
}

impl Default for Sleep {
    fn default() -> Self {
        Self::new()
    }
}

impl Known {
    fn let_go(&mut self) {
        if self.in_flight == 0 && self.goes_since.is_some() {
            self.delay = None;
        }
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        let mut known = lock(&self.0.known);
        known.in_flight -= 1;
        known.let_go();
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    /// Whether the system still waits.
    struct Delay(Arc<()>);

    impl Delay {
        fn of(sleep: &Sleep) -> Self {
            let held = Arc::new(());
            sleep.is_awake(Some(Box::new(Arc::clone(&held))));
            Self(held)
        }

        fn is_held(&self) -> bool {
            Arc::strong_count(&self.0) == 2
        }
    }

    #[test]
    fn it_waits_until_the_last_one_has_ended_and_no_longer() {
        let sleep = Sleep::new();
        let delay = Delay::of(&sleep);
        let one = sleep.begin().expect("it is awake");
        sleep.goes();
        let other = sleep.begin().expect("it waits anyway");
        drop(one);
        assert!(delay.is_held());
        drop(other);
        assert!(!delay.is_held());
        assert!(sleep.begin().is_none(), "it waits for nobody any more");
        let delay = Delay::of(&sleep);
        drop(sleep.begin().expect("it is awake again"));
        assert!(delay.is_held(), "it does not go to sleep");
        sleep.goes();
        assert!(!delay.is_held(), "nobody is in the middle of anything");
    }

    #[test]
    fn where_nothing_makes_it_wait_nothing_is_begun_once_it_goes() {
        let sleep = Sleep::new();
        let one = sleep.begin();
        assert!(one.is_some());
        sleep.goes();
        assert!(sleep.is_going() && sleep.begin().is_none());
        sleep.is_awake(None);
        assert!(!sleep.is_going() && sleep.begin().is_some());
    }

    #[test]
    fn whoever_holds_the_sleep_up_waits_for_what_has_begun() {
        let sleep = Sleep::new();
        sleep.wait(Duration::MAX);
        let one = sleep.begin();
        sleep.wait(Duration::from_millis(1));
        std::thread::scope(|scope| {
            scope.spawn(move || drop(one));
            sleep.wait(Duration::from_secs(60));
        });
        assert_eq!(lock(&sleep.known).in_flight, 0);
    }
}
