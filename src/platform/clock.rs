//! The system's clock and time zone. The only place that asks what time it is.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};

use crate::ports::Clock;

/// The wall clock.
#[derive(Debug)]
pub struct SystemClock;

impl SystemClock {
    /// The clock of this computer.
    pub fn new() -> Self {
        Self
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the Clock port")]
    fn now(&self) -> ZonedDateTime {
        // Asked anew each time: people travel, and jiff keeps the answer for a while by itself.
        Timestamp::now().to_zoned_datetime(TimeZone::system())
    }
}
