//! What a clock says at a moment, with the reason, and what makes it doubtful.

use jiff::{SignedDuration, Timestamp};

use crate::domain::time::EpochMillis;

/// The state of one clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// Ends later than the expiry window begins.
    Fresh {
        /// The time until then.
        left: SignedDuration,
    },
    /// Ends within the expiry window.
    ExpiringSoon {
        /// The time until then.
        left: SignedDuration,
    },
    /// Has ended.
    Expired {
        /// The time since then; zero at the very moment.
        since: SignedDuration,
    },
    /// No end is stored: Claude Code uses such a token and never refreshes it.
    Unknown,
}

impl Freshness {
    /// The state of a clock that ends at `end`, with an expiry window of `window` before that.
    pub fn of(end: Option<EpochMillis>, window: SignedDuration, now: Timestamp) -> Self {
        let Some(end) = end else { return Self::Unknown };
        let left = end.time_left(now);
        if !left.is_positive() {
            Self::Expired { since: left.saturating_mul(-1) }
        } else if left <= window {
            Self::ExpiringSoon { left }
        } else {
            Self::Fresh { left }
        }
    }
}

/// A reason not to believe a clock. It is still shown: what Claude Code will do follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// The number is a time in seconds where milliseconds belong; Claude Code takes it for long expired.
    InSeconds,
    /// The end lies further ahead than any token of Claude Code lives.
    FarAhead,
    /// The computer's clock is behind the credential's own date.
    ClockBehind {
        /// By how much.
        by: SignedDuration,
    },
    /// The computer's clock went back while Wick ran: set right, or set wrong.
    ClockWentBack {
        /// By how much.
        by: SignedDuration,
    },
}

/// What looks like a moment in seconds: the years 2001 to 5138. As milliseconds, it would lie in early 1970.
const SECONDS: std::ops::Range<i64> = 1_000_000_000..100_000_000_000;
/// Longer than the longest token that Claude Code can be given, which lives a year.
const LONGEST_LIFE: SignedDuration = SignedDuration::from_hours(400 * 24);
/// Clocks of file servers and of this computer may differ by as much without anything being wrong.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_mins(2);

/// What is doubtful about an access token's end, given when it was `written` and the latest moment the clock has shown.
pub fn doubt(
    end: Option<EpochMillis>,
    written: Option<Timestamp>,
    seen: Option<Timestamp>,
    now: Timestamp,
) -> Option<Doubt> {
    let behind = |moment: Timestamp| Some(moment.duration_since(now)).filter(|by| *by > CLOCK_TOLERANCE);
    if let Some(by) = written.and_then(behind) {
        return Some(Doubt::ClockBehind { by });
    }
    if let Some(by) = seen.and_then(behind) {
        return Some(Doubt::ClockWentBack { by });
    }
    match end {
        Some(end) if SECONDS.contains(&end.0) => Some(Doubt::InSeconds),
        Some(end) if end.time_left(now) > LONGEST_LIFE => Some(Doubt::FarAhead),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: SignedDuration = SignedDuration::from_mins(10);

    fn now() -> Timestamp {
        Timestamp::from_second(1_800_000_000).expect("a moment of this century")
    }

    fn ending_in(millis: i64) -> EpochMillis {
        EpochMillis(now().as_millisecond() + millis)
    }

    #[test]
    fn each_boundary_is_where_it_should_be() {
        let check = |millis: i64, expected: Freshness| {
            assert_eq!(Freshness::of(Some(ending_in(millis)), WINDOW, now()), expected, "{millis} ms left");
        };
        let span = SignedDuration::from_millis;
        check(600_001, Freshness::Fresh { left: span(600_001) });
        check(600_000, Freshness::ExpiringSoon { left: span(600_000) });
        check(1, Freshness::ExpiringSoon { left: span(1) });
        check(0, Freshness::Expired { since: span(0) });
        check(-1, Freshness::Expired { since: span(1) });
        assert_eq!(Freshness::of(None, WINDOW, now()), Freshness::Unknown);
        let extreme = Freshness::of(Some(EpochMillis(i64::MIN)), WINDOW, now());
        assert!(matches!(extreme, Freshness::Expired { .. }));
    }

    #[test]
    fn what_no_clock_would_say_is_doubted() {
        let check = |end: EpochMillis, seen: Option<Timestamp>, expected: Option<Doubt>| {
            assert_eq!(doubt(Some(end), seen, None, now()), expected, "{end:?}");
        };
        let hours = |hours: i64| ending_in(hours * 3_600_000);
        check(hours(8), None, None);
        check(hours(365 * 24), None, None);
        check(hours(401 * 24), None, Some(Doubt::FarAhead));
        check(EpochMillis(253_402_300_799_000), None, Some(Doubt::FarAhead));
        check(EpochMillis(1_800_003_600), None, Some(Doubt::InSeconds));
        check(EpochMillis(0), None, None);
        let ahead = |span: SignedDuration| Some(now() + span);
        check(hours(8), ahead(CLOCK_TOLERANCE), None);
        let by = SignedDuration::from_hours(24);
        check(hours(8), ahead(by), Some(Doubt::ClockBehind { by }));
        assert_eq!(doubt(Some(hours(8)), None, ahead(by), now()), Some(Doubt::ClockWentBack { by }));
    }
}
