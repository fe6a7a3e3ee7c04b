//! The clocks as JSON has them.

use jiff::Timestamp;
use serde::Serialize;

use crate::domain::credential::CiTokenMemory;
use crate::domain::time::EpochMillis;

/// The access token's clock; nulls where no end is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AccessClock {
    expires_at: Option<Timestamp>,
    expires_at_ms: Option<i64>,
    pub(super) seconds_left: Option<i64>,
}

/// The sign-in's clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LoginClock {
    expires_at: Option<Timestamp>,
    pub(super) seconds_left: i64,
}

/// The one-year token's clock: an estimate, from the day it was stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CiTokenClock {
    stored_at: Timestamp,
    expires_at: Option<Timestamp>,
    pub(super) seconds_left: i64,
}

impl CiTokenClock {
    /// What is known of it at `now`.
    pub fn of(memory: &CiTokenMemory, now: Timestamp) -> Self {
        let end = memory.end();
        Self { stored_at: memory.stored_at, expires_at: end.timestamp(), seconds_left: seconds_left(end, now) }
    }
}

impl AccessClock {
    /// The end, where one is stored.
    pub fn end(&self) -> Option<EpochMillis> {
        self.expires_at_ms.map(EpochMillis)
    }

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
        Self { expires_at: end.timestamp(), seconds_left: seconds_left(end, now) }
    }
}

/// Whole seconds, cut down: a token with half a second left has none.
fn seconds_left(end: EpochMillis, now: Timestamp) -> i64 {
    end.0.saturating_sub(now.as_millisecond()).div_euclid(1000)
}
