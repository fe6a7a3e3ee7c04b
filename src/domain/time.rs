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

/// In milliseconds, as all below.
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// Past this, the number says nothing that a person could use.
const MANY_DAYS: i64 = 999;

/// By which unit a span is shown, and where a smaller one begins.
fn scale(left: i64) -> (i64, i64) {
    let (days, hours) = (2 * DAY - HOUR / 2, DAY - MINUTE / 2);
    if left > days {
        (DAY, days)
    } else if left > hours {
        (HOUR, hours)
    } else {
        (MINUTE, MINUTE - 1)
    }
}

/// How many of this unit are nearest; of two, the smaller number.
fn nearest(left: i64, unit: i64) -> i64 {
    left.saturating_add(unit / 2 - 1) / unit
}

/// A span in a few characters, to the nearest minute, from a day on to the nearest hour, from two days on to the nearest
/// day: `<1m`, `12m`, `3h 12m`, `8h`, `1d 4h`, `26d`. What was cut down instead would lose a unit in its first second, as
/// eight hours that read `7h 59m`.
///
/// ```
/// use jiff::SignedDuration;
/// use wick::domain::time::short;
///
/// assert_eq!(short(SignedDuration::from_secs(11_520)), "3h 12m");
/// assert_eq!(short(SignedDuration::from_secs(28_799)), "8h");
/// assert_eq!(short(SignedDuration::from_secs(59)), "<1m");
/// ```
pub fn short(span: SignedDuration) -> String {
    let left = i64::try_from(span.as_millis()).unwrap_or(if span.is_negative() { 0 } else { i64::MAX });
    let (unit, _) = scale(left);
    let number = nearest(left, unit);
    let parts = |whole: &str, part: &str, of: i64| {
        let rest = if number % of == 0 { String::new() } else { format!(" {}{part}", number % of) };
        format!("{}{whole}{rest}", number / of)
    };
    match unit {
        _ if left < MINUTE => "<1m".to_owned(),
        MINUTE if number < 60 => format!("{number}m"),
        MINUTE => parts("h", "m", 60),
        HOUR => parts("d", "h", 24),
        _ if number > MANY_DAYS => format!(">{MANY_DAYS}d"),
        _ => format!("{number}d"),
    }
}

/// When [`short`] of the time until `end` will next read differently, or `None` once `end` has passed.
pub fn next_change(end: EpochMillis, now: Timestamp) -> Option<Timestamp> {
    let left = end.0.saturating_sub(now.as_millisecond());
    if left <= 0 {
        return None;
    }
    let (unit, smaller) = scale(left);
    let then = if left < MINUTE { 0 } else { (nearest(left, unit) * unit - unit / 2).max(smaller) };
    now.checked_add(SignedDuration::from_millis(left - then)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_shown_to_the_nearest_unit_and_no_unit_is_lost_by_a_second() {
        let check = |millis: i64, expected: &str| {
            assert_eq!(short(SignedDuration::from_millis(millis)), expected, "{millis} ms");
        };
        check(-1, "<1m");
        check(0, "<1m");
        check(59_999, "<1m");
        check(60_000, "1m");
        check(90_000, "1m");
        check(90_001, "2m");
        check(HOUR - 30_000, "59m");
        check(HOUR - 1, "1h");
        check(8 * HOUR - 1000, "8h");
        check(8 * HOUR - 30_000, "7h 59m");
        check(11_520_000, "3h 12m");
        check(11_550_000, "3h 12m");
        check(DAY - 30_000, "23h 59m");
        check(DAY - 29_999, "1d");
        check(DAY + HOUR, "1d 1h");
        check(2 * DAY - HOUR / 2, "1d 23h");
        check(2 * DAY - 1, "2d");
        check(365 * DAY - 1000, "365d");
        check(1000 * DAY, ">999d");
    }

    #[test]
    fn the_text_changes_exactly_when_the_loop_wakes() {
        let now = Timestamp::from_second(1_800_000_000).expect("a moment of this century");
        let edges = [60_000, 90_000, HOUR, DAY - 30_000, DAY, 2 * DAY - HOUR / 2, 2 * DAY, 20 * DAY + 777];
        for left in edges.into_iter().flat_map(|edge| [edge - 1, edge, edge + 1]).chain([1]) {
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
