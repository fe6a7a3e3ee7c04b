//! A one-year token that takes the place of another, step by step: how far that is, so that it is gone on with after a kill.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::settings::ProfileName;

/// What is remembered of one that is not at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rotation {
    /// When the new token was taken: its year begins there.
    pub taken_at: Timestamp,
    /// What was done last.
    pub step: Step,
    /// The old token, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced: Option<Replaced>,
}

/// The steps, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The new token waits under a name of its own; the old one is in its place still.
    Taken,
    /// It works, and is in its place.
    Stored,
    /// All places that are to get it are targets.
    Listed,
    /// All targets have it.
    Sent,
}

/// The token that was there before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replaced {
    /// When it was stored.
    pub stored_at: Timestamp,
    /// How many places it was sent to.
    pub places: usize,
}

/// Under which name a new token waits. No profile has such a name.
pub fn waiting(profile: &ProfileName) -> ProfileName {
    ProfileName::new(format!("{profile}+next"))
}
