//! What a target is known to hold, as `wick status` and `wick targets list` print it.

use jiff::{Timestamp, ZonedDateTime};
use serde::Serialize;

use crate::domain::sync::{Standing, TargetState};
use crate::words::{Sentence, sync as words};

/// One target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TargetStatus {
    /// Its name.
    pub target: String,
    /// The whole in a word.
    pub state: TargetState,
    /// When it was last known to hold all that it should.
    pub synced_at: Option<Timestamp>,
    /// Why it is not as it should be.
    pub error: Option<Sentence>,
}

impl TargetStatus {
    /// What is known of a target, in words.
    pub fn of(standing: &Standing<'_>, now: &ZonedDateTime) -> Self {
        Self {
            target: standing.target.to_string(),
            state: standing.state,
            synced_at: standing.synced_at,
            error: standing.cause.as_ref().map(|cause| words::cause(cause, standing.target, now)),
        }
    }
}

/// What `wick targets list --json` prints.
#[derive(Debug, Default, Serialize)]
pub struct TargetsReport<'a> {
    /// Each target.
    pub targets: Vec<TargetStatus>,
    /// The places that hold the refresh token, beside this computer.
    pub refresh_token_holders: Vec<&'a str>,
}
