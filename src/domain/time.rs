//! Moments and spans as the credential counts them, and the one way to say them in a few characters.

#[cfg(test)]
mod properties;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// A moment in milliseconds since 1970, the unit of `expiresAt` in Claude Code's credential.
///
/// Holds whatever was stored, also a moment no calendar has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EpochMillis(pub i64);

impl EpochMillis {
    /// The moment as a calendar can say it, or `None` outside the years -9999 to 9999.
    pub fn timestamp(self) -> Option<Timestamp> {
        Timestamp::from_millisecond(self.0).ok()
    }

    /// The time until this moment: negative after it, zero at it.
    ///
    /// A clock set backwards makes this longer than the credential ever lived; callers show it, they do not trust it.
    pub fn time_left(self, now: Timestamp) -> SignedDuration {
        SignedDuration::from_millis(self.0.saturating_sub(now.as_millisecond()))
    }
}

impl From<Timestamp> for EpochMillis {
    fn from(moment: Timestamp) -> Self {
        Self(moment.as_millisecond())
    }
}

/// The wait after so many failures in a row: `first`, then twice as long each time, `longest` at most.
pub fn backed_off(first: SignedDuration, failures: u32, longest: SignedDuration) -> SignedDuration {
    first.saturating_mul(1 << failures.saturating_sub(1).min(6)).min(longest)
}

/// A moment after `now`, also where no calendar goes so far.
pub fn after(now: Timestamp, span: SignedDuration) -> Timestamp {
    now.saturating_add(span).unwrap_or(Timestamp::MAX)
}

/// A moment that something is put off until, unless it is further away than any wait: then it was set by a clock that has
/// gone back since.
pub fn believable(moment: Timestamp, now: Timestamp, longest: SignedDuration) -> Option<Timestamp> {
    (moment <= after(now, longest)).then_some(moment)
}

/// A wait, and the moment from which on it holds: a clock that was ahead when it began has set none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    since: Timestamp,
    until: Timestamp,
}

impl Wait {
    pub fn new(since: Timestamp, until: Timestamp) -> Self {
        Self { since, until }
    }

    /// For so long from now on.
    pub fn of(span: SignedDuration, now: Timestamp) -> Self {
        Self::new(now, after(now, span))
    }

    /// When it is over; `None` where it is, or never was one.
    pub fn end(self, now: Timestamp) -> Option<Timestamp> {
        (self.since <= now && now < self.until).then_some(self.until)
    }
}

/// In milliseconds.
const MINUTE: i64 = 60_000;
/// From here on, a span is shown in days alone; in minutes.
const DAYS_ALONE: i64 = 48 * 60;
/// Past this, the number says nothing that a person could use.
const MANY_DAYS: i64 = 999;

/// A span in a few characters, cut down to whole minutes: `3h 12m`, `12m`, `<1m`, `26d`.
///
/// ```
/// use jiff::SignedDuration;
/// use wick::domain::time::short;
///
/// assert_eq!(short(SignedDuration::from_secs(11_579)), "3h 12m");
/// assert_eq!(short(SignedDuration::from_secs(59)), "<1m");
/// ```
pub fn short(span: SignedDuration) -> String {
    let minutes = span.as_mins();
    if minutes < 1 {
        "<1m".to_owned()
    } else if minutes < 60 {
        format!("{minutes}m")
    } else if minutes < DAYS_ALONE {
        format!("{}h {}m", minutes / 60, minutes % 60)
    } else if minutes / 60 / 24 > MANY_DAYS {
        format!(">{MANY_DAYS}d")
    } else {
        format!("{}d", minutes / 60 / 24)
    }
}

/// When [`short`] of the time until `end` will next read differently, or `None` once `end` has passed.
pub fn next_change(end: EpochMillis, now: Timestamp) -> Option<Timestamp> {
    let left = end.0.saturating_sub(now.as_millisecond());
    if left <= 0 {
        return None;
    }
    // `short` reads differently a millisecond after a whole minute, or a whole day, was left; and at the end itself.
    let unit = if left < DAYS_ALONE * MINUTE { MINUTE } else { 24 * 60 * MINUTE };
    let wait = if left < MINUTE { left } else { left % unit + 1 };
    now.checked_add(SignedDuration::from_millis(wait)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_shown_in_whole_minutes_and_never_rounded_up() {
        let check = |millis: i64, expected: &str| {
            assert_eq!(short(SignedDuration::from_millis(millis)), expected, "{millis} ms");
        };
        check(0, "<1m");
        check(59_999, "<1m");
        check(60_000, "1m");
        check(3_599_999, "59m");
        check(3_600_000, "1h 0m");
        check(11_520_000, "3h 12m");
        check(48 * 3_600_000 - 1, "47h 59m");
        check(48 * 3_600_000, "2d");
        check(1000 * 86_400_000, ">999d");
    }

    #[test]
    fn the_text_changes_exactly_when_the_loop_wakes() {
        let now = Timestamp::from_second(1_800_000_000).expect("a moment of this century");
        let day = 86_400_000;
        for left in [1, 59_999, 60_000, 60_001, 120_000, 7_200_001, 2 * day - 1, 2 * day, 2 * day + 1, 20 * day + 777] {
            let end = EpochMillis(now.as_millisecond() + left);
            let then = next_change(end, now).expect("the end lies ahead");
            let before = then - SignedDuration::from_millis(1);
            assert_eq!(short(end.time_left(before)), short(end.time_left(now)), "just before, {left} ms left");
            let after = end.time_left(then);
            assert!(after.is_zero() || short(after) != short(end.time_left(now)), "at the moment, {left} ms left");
        }
        assert_eq!(next_change(EpochMillis::from(now), now), None);
    }

    #[test]
    fn a_moment_outside_every_calendar_is_kept_and_not_shown() {
        assert_eq!(EpochMillis(i64::MAX).timestamp(), None);
        let now = Timestamp::from_second(1_800_000_000).expect("a moment of this century");
        assert_eq!(short(EpochMillis(i64::MAX).time_left(now)), ">999d");
        assert!(EpochMillis(i64::MIN).time_left(now).is_negative());
    }
}
