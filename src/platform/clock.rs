//! The system's clock and time zone. The only place that asks what time it is.

use std::pin::Pin;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};

use crate::ports::Clock;

/// After this, the wall clock is looked at anew: it may have been set, or the computer may have slept.
const LONGEST_NAP: Duration = Duration::from_secs(15);

/// The clock on the wall of this computer.
#[derive(Debug)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the Clock port")]
    fn now(&self) -> ZonedDateTime {
        // Asked anew each time: people travel, and jiff keeps the answer for a while by itself.
        Timestamp::now().to_zoned_datetime(TimeZone::system())
    }

    fn sleep(&self, span: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(tokio::time::sleep(span))
    }

    fn sleep_until(&self, moment: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            loop {
                let left = Duration::try_from(moment.duration_since(self.now().timestamp())).unwrap_or_default();
                if left.is_zero() {
                    return;
                }
                // A timer stands still while the computer sleeps, and fires at whole milliseconds.
                tokio::time::sleep(left.min(LONGEST_NAP) + Duration::from_millis(1)).await;
            }
        })
    }
}
