//! What makes a clock doubtful.

use jiff::{SignedDuration, Timestamp};

use crate::domain::time::EpochMillis;

/// A reason not to believe a clock. It is still shown: what Claude Code will do follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// The number is a time in seconds where milliseconds belong; Claude Code takes it for long expired.
    InSeconds,
    /// What is stored as the end is no moment. Claude Code uses the token, and never refreshes it.
    Unclear,
    /// The end lies further ahead than any token of Claude Code lives.
    FarAhead,
    /// The computer's clock is behind the credential's own date by this much.
    ClockBehind(SignedDuration),
    /// The computer's clock went back by this much while Wick ran: set right, or set wrong.
    ClockWentBack(SignedDuration),
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
        return Some(Doubt::ClockBehind(by));
    }
    if let Some(by) = seen.and_then(behind) {
        return Some(Doubt::ClockWentBack(by));
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

    fn now() -> Timestamp {
        Timestamp::from_second(1_800_000_000).expect("a moment of this century")
    }

    fn ending_in(millis: i64) -> EpochMillis {
        EpochMillis(now().as_millisecond() + millis)
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
        check(hours(8), ahead(by), Some(Doubt::ClockBehind(by)));
        assert_eq!(doubt(Some(hours(8)), None, ahead(by), now()), Some(Doubt::ClockWentBack(by)));
    }
}
