//! The clocks as JSON has them.

use jiff::Timestamp;
use serde::Serialize;

use crate::domain::credential::CiTokenMemory;
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
    expires_at: Option<Timestamp>,
    pub(super) seconds_left: i64,
}

/// The one-year token's clock: an estimate, from the day it was stored; nulls where none is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CiTokenClock {
    stored_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
    pub(super) seconds_left: Option<i64>,
}

impl CiTokenClock {
    /// What is known of it at `now`.
    pub fn of(memory: &CiTokenMemory, now: Timestamp) -> Self {
        let LoginClock { expires_at, seconds_left } = LoginClock::of(memory.end(), now);
        Self { stored_at: Some(memory.stored_at), expires_at, seconds_left: Some(seconds_left) }
    }
}

impl AccessClock {
    /// What is known of this end at `now`.
    pub fn of(end: Option<EpochMillis>, now: Timestamp) -> Self {
        let clock = end.map(|end| LoginClock::of(end, now));
        Self {
            expires_at: clock.as_ref().and_then(|clock| clock.expires_at),
            expires_at_ms: end.map(|end| end.0),
            seconds_left: clock.map(|clock| clock.seconds_left),
        }
    }
}

impl LoginClock {
    /// What is known of this end at `now`: whole seconds, cut down, so that a token with half a second left has none.
    pub fn of(end: EpochMillis, now: Timestamp) -> Self {
        let seconds_left = end.0.saturating_sub(now.as_millisecond()).div_euclid(1000);
        Self { expires_at: end.timestamp(), seconds_left }
    }
}
