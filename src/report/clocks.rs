//! The clocks as JSON has them.

use jiff::Timestamp;
use serde::Serialize;

use crate::domain::credential::{CiTokenMemory, earliest_login_end};
use crate::domain::time::EpochMillis;

/// The access token's clock; nulls where no end is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AccessClock {
    expires_at: Option<Timestamp>,
    pub(super) expires_at_ms: Option<i64>,
    pub(super) seconds_left: Option<i64>,
}

/// The sign-in's clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LoginClock {
    /// The end as it is stored, which is the latest one.
    expires_at: Option<Timestamp>,
    earliest_end_at: Option<Timestamp>,
    pub(super) seconds_left: i64,
}

/// The one-year token's clock: an estimate, from the day it was stored; nulls where none is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CiTokenClock {
    stored_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
    pub(super) seconds_left: Option<i64>,
    /// When it was last shown to work.
    checked_at: Option<Timestamp>,
}

impl CiTokenClock {
    /// What is known of it at `now`.
    pub fn of(memory: &CiTokenMemory, now: Timestamp) -> Self {
        let (stored_at, checked_at) = (Some(memory.stored_at), memory.checked_at);
        let end = Some(memory.end()).filter(|_| !memory.is_dated_ahead(now));
        let expires_at = end.and_then(EpochMillis::timestamp);
        Self { stored_at, expires_at, seconds_left: end.map(|end| seconds_left(end, now)), checked_at }
    }
}

impl AccessClock {
    /// What is known of this end at `now`.
    pub fn of(end: Option<EpochMillis>, now: Timestamp) -> Self {
        Self {
            expires_at: end.and_then(EpochMillis::timestamp),
            expires_at_ms: end.map(|end| end.0),
            seconds_left: end.map(|end| seconds_left(end, now)),
        }
    }
}

impl LoginClock {
    /// What is known of this end at `now`.
    pub fn of(end: EpochMillis, now: Timestamp) -> Self {
        let earliest_end_at = earliest_login_end(end).timestamp();
        Self { expires_at: end.timestamp(), earliest_end_at, seconds_left: seconds_left(end, now) }
    }
}

/// Whole seconds, cut down, so that a token with half a second left has none.
fn seconds_left(end: EpochMillis, now: Timestamp) -> i64 {
    end.0.saturating_sub(now.as_millisecond()).div_euclid(1000)
}
