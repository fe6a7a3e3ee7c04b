//! Moments and clocks as people say them.

use jiff::{Timestamp, ZonedDateTime, tz::TimeZone};

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

/// A moment in UTC for reports that travel to other time zones.
pub fn utc(moment: Timestamp) -> String {
    moment.to_zoned_datetime(TimeZone::UTC).strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}
