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

/// The kernel's name for the time since it was started, which another start has another one for; empty where it has none.
#[cfg(not(target_os = "macos"))]
pub(super) fn boot() -> String {
    if let Ok(id) = std::fs::read_to_string("/proc/sys/kernel/random/boot_id")
        && !id.trim().is_empty()
    {
        return id.trim().to_owned();
    }
    // Hidden in some containers; the second of the start then.
    let stat = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    stat.lines().find(|line| line.starts_with("btime ")).unwrap_or_default().to_owned()
}

/// The kernel's name for the time since it was started, which another start has another one for; empty where it has none.
#[cfg(target_os = "macos")]
pub(super) fn boot() -> String {
    let mut text = [0_u8; 64];
    let mut length = text.len();
    // SAFETY: the name ends with a zero, and the places for the answer and its length outlive the call.
    #[expect(unsafe_code, reason = "no library that is here asks for it")]
    let outcome = unsafe {
        let name = c"kern.bootsessionuuid".as_ptr();
        libc::sysctlbyname(name, text.as_mut_ptr().cast(), &raw mut length, std::ptr::null_mut(), 0)
    };
    let text = text.get(..length).filter(|_| outcome == 0).unwrap_or_default();
    String::from_utf8_lossy(text).trim_end_matches('\0').to_owned()
}
