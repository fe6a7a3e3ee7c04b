//! Moments and clocks as people say them, each by one function.

use jiff::{SignedDuration, Timestamp, ZonedDateTime};

use crate::domain::credential::earliest_login_end;
use crate::domain::time::{EpochMillis, short};

/// A moment as a person nearby says it: the time of day, with the weekday where it is not today, with the date where
/// that is a week away, with the year where it is half a year away.
pub fn local(moment: Timestamp, now: &ZonedDateTime) -> String {
    let moment = moment.to_zoned_datetime(now.time_zone().clone());
    let days = moment.duration_since(now).as_hours().abs() / 24;
    let format = if moment.date() == now.date() {
        "%H:%M"
    } else if days < 6 {
        "%a %H:%M"
    } else if days < 180 {
        "%a %-d %b, %H:%M"
    } else {
        "%-d %b %Y"
    };
    moment.strftime(format).to_string()
}

/// One clock as a sentence without a subject: `3h 12m left, until 14:05`.
pub fn clock(end: Option<EpochMillis>, now: &ZonedDateTime) -> String {
    let Some(end) = end else { return "expiry not stored".to_owned() };
    let left = end.time_left(now.timestamp());
    let moment = end.timestamp().map(|moment| local(moment, now));
    match (left.is_positive(), moment) {
        (true, Some(moment)) => format!("{} left, until {moment}", short(left)),
        (true, None) => format!("{} left", short(left)),
        (false, Some(moment)) => format!("expired {moment}"),
        (false, None) => "expired".to_owned(),
    }
}

/// How the range of a sign-in's end begins.
pub const ENDS_BETWEEN: &str = "ends between";
/// Within its range, a sign-in may be over before anyone hears of it.
pub const ANY_TIME: &str = "may end any time now";

/// The sign-in's clock: `ends between 11 and 14 December`. Its end is known to some days only.
pub fn login(end: Option<EpochMillis>, now: &ZonedDateTime) -> String {
    let Some(end) = end else { return clock(None, now) };
    let earliest = earliest_login_end(end);
    if !end.time_left(now.timestamp()).is_positive() {
        return clock(Some(end), now);
    }
    let Some((from, to)) = earliest.timestamp().zip(end.timestamp()) else { return clock(Some(end), now) };
    if earliest.time_left(now.timestamp()).is_positive() {
        format!("{ENDS_BETWEEN} {}", range(from, to, now))
    } else {
        format!("{ANY_TIME}, {} at the latest", local(to, now))
    }
}

/// Two moments, as people say them: with the time of day where the first is near, with the year where it is another one.
pub fn range(from: Timestamp, to: Timestamp, now: &ZonedDateTime) -> String {
    let zoned = |moment: Timestamp| moment.to_zoned_datetime(now.time_zone().clone());
    let (first, last) = (zoned(from), zoned(to));
    if first.duration_since(now).as_hours().abs() < 48 {
        return format!("{} and {}", local(from, now), local(to, now));
    }
    let year = if last.year() == now.year() { "" } else { " %Y" };
    let same_month = (first.year(), first.month()) == (last.year(), last.month());
    let begun = if same_month {
        "%-d".to_owned()
    } else {
        format!("%-d %B{}", if first.year() == last.year() { "" } else { " %Y" })
    };
    format!("{} and {}", first.strftime(&begun), last.strftime(&format!("%-d %B{year}")))
}

/// How long ago, as a person says it.
pub fn ago(then: Timestamp, now: &ZonedDateTime) -> String {
    let passed = now.timestamp().duration_since(then);
    let minutes = passed.as_mins();
    match minutes {
        ..1 => "just now".to_owned(),
        1..60 => format!("{minutes} min ago"),
        60..1440 => format!("{} h ago", minutes / 60),
        _ if passed < SignedDuration::from_hours(48) => "yesterday".to_owned(),
        _ => format!("{} days ago", minutes / 1440),
    }
}

/// A past moment with its date, where that matters also today.
pub fn dated(moment: Timestamp, now: &ZonedDateTime) -> String {
    moment.to_zoned_datetime(now.time_zone().clone()).strftime("%-d %b %H:%M").to_string()
}

/// The day of a moment.
pub fn day(moment: Timestamp, now: &ZonedDateTime) -> String {
    moment.to_zoned_datetime(now.time_zone().clone()).strftime("%-d %b %Y").to_string()
}

/// This moment in a report that may travel to another time zone.
pub fn with_zone(now: &ZonedDateTime) -> String {
    now.strftime("%a %-d %b %Y, %H:%M (UTC%:z)").to_string()
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    #[test]
    fn a_range_has_what_tells_its_ends_apart() {
        let now = |text: &str| text.parse::<Timestamp>().expect("a moment").to_zoned_datetime(TimeZone::UTC);
        let check = |today: &str, end: &str, expected: &str| {
            let end = end.parse::<Timestamp>().expect("a moment");
            assert_eq!(login(Some(end.into()), &now(today)), expected, "{today}");
        };
        let end = "2026-12-14T08:00:00Z";
        check("2026-11-24T08:00:00Z", end, "ends between 11 and 14 December");
        check("2026-12-09T08:00:01Z", end, "ends between Fri 08:00 and Mon 08:00");
        check("2026-12-11T08:00:00Z", end, "may end any time now, Mon 08:00 at the latest");
        check("2026-12-14T08:00:00Z", end, "expired 08:00");
        check("2026-11-10T08:00:00Z", "2026-12-02T08:00:00Z", "ends between 29 November and 2 December");
        check("2026-12-10T08:00:00Z", "2027-01-02T08:00:00Z", "ends between 30 December 2026 and 2 January 2027");
        check("2026-12-10T08:00:00Z", "2027-01-09T08:00:00Z", "ends between 6 and 9 January 2027");
        assert_eq!(login(None, &now(end)), "expiry not stored");
    }
}
