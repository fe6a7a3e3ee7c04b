//! The system's clock and time zone. The only place that asks what time it is.

use std::fs;
use std::path::Path;
use std::pin::Pin;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};

use super::file_stamp;
use crate::ports::{Clock, Stamp, lock};

/// After this, the wall clock is looked at anew: it may have been set, or the computer may have slept.
const LONGEST_NAP: Duration = Duration::from_secs(15);

/// The rules of this computer's time zone.
const LOCAL_TIME: &str = "/etc/localtime";
/// After this they are looked at anew: people travel.
const ZONE_HOLDS: Duration = Duration::from_secs(60);

/// The clock on the wall of this computer.
#[derive(Debug, Default)]
pub struct SystemClock {
    /// Whether `TZ` says which zone it is in.
    is_zone_named: bool,
    zone: Mutex<Option<Zone>>,
}

#[derive(Debug)]
struct Zone {
    rules: TimeZone,
    stamp: Stamp,
    looked_at: Instant,
}

impl SystemClock {
    pub fn new(is_zone_named: bool) -> Self {
        Self { is_zone_named, ..Self::default() }
    }

    /// By its link: jiff would look through the folders of all zones, which is a tenth of a short command's time.
    #[expect(clippy::disallowed_methods, reason = "this is the Clock port")]
    fn zone(&self) -> TimeZone {
        if self.is_zone_named {
            return TimeZone::system();
        }
        let mut known = lock(&self.zone);
        let looked_at = Instant::now();
        let holds = |known: &Zone| looked_at.duration_since(known.looked_at) < ZONE_HOLDS;
        if let Some(known) = known.as_ref().filter(|known| holds(known)) {
            return known.rules.clone();
        }
        let stamp = file_stamp::of(Path::new(LOCAL_TIME));
        let same = known.take().filter(|known| known.stamp == stamp).map(|known| known.rules);
        let rules = same.or_else(linked).unwrap_or_else(TimeZone::system);
        *known = Some(Zone { rules: rules.clone(), stamp, looked_at });
        rules
    }
}

/// The zone that the link leads to; `None` where it is none, as in some containers.
fn linked() -> Option<TimeZone> {
    let link = fs::read_link(LOCAL_TIME).ok()?;
    let (_, name) = link.to_str()?.split_once("zoneinfo/")?;
    TimeZone::tzif(name, &fs::read(LOCAL_TIME).ok()?).ok()
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the Clock port")]
    fn now(&self) -> ZonedDateTime {
        Timestamp::now().to_zoned_datetime(self.zone())
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
