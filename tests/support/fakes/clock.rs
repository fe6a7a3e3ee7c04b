//! A clock that a test sets.

use std::pin::Pin;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread::ThreadId;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ZonedDateTime};
use wick::ports::Clock;

/// The moment at which every scenario begins: 2027-01-15 08:00:00 UTC.
pub const START: i64 = 1_800_000_000;

/// Follows tokio's paused clock, and can be set off it, as a person or a night's sleep does.
///
/// A sync has a thread and a timer of its own, which the paused clock does not rule: there, time stands where the loop
/// saw it last, and whoever sleeps is at once where he wanted to be.
#[derive(Debug)]
pub struct FakeClock {
    begun: tokio::time::Instant,
    of_loop: ThreadId,
    /// In milliseconds, as the loop saw it last.
    passed: AtomicI64,
    /// In milliseconds.
    offset: AtomicI64,
}

impl FakeClock {
    pub fn new() -> Self {
        let of_loop = std::thread::current().id();
        Self { begun: tokio::time::Instant::now(), of_loop, passed: AtomicI64::new(0), offset: AtomicI64::new(0) }
    }

    /// Moves the wall clock without any timer noticing: the laptop slept, or someone set the clock.
    pub fn jump(&self, seconds: i64) {
        self.offset.fetch_add(seconds * 1000, Ordering::SeqCst);
    }

    fn rules_here(&self) -> bool {
        std::thread::current().id() == self.of_loop
    }
}

impl Clock for FakeClock {
    fn now(&self) -> ZonedDateTime {
        if self.rules_here() {
            let passed = i64::try_from(self.begun.elapsed().as_millis()).expect("a short test");
            self.passed.store(passed, Ordering::SeqCst);
        }
        let start = Timestamp::from_second(START).expect("a moment of this century");
        let millis = self.passed.load(Ordering::SeqCst) + self.offset.load(Ordering::SeqCst);
        (start + SignedDuration::from_millis(millis)).to_zoned_datetime(TimeZone::UTC)
    }

    fn sleep(&self, span: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.sleep_until(self.now().timestamp() + SignedDuration::try_from(span).expect("a short test"))
    }

    fn sleep_until(&self, moment: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let left = moment.duration_since(self.now().timestamp());
        if self.rules_here() {
            return Box::pin(tokio::time::sleep(Duration::try_from(left).unwrap_or_default()));
        }
        self.offset.fetch_add(i64::try_from(left.as_millis()).expect("a short test").max(0), Ordering::SeqCst);
        Box::pin(tokio::task::yield_now())
    }
}
