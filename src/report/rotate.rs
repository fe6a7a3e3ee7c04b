//! What became of putting a new one-year token into the place of the old one.

use serde::Serialize;

use super::clocks::CiTokenClock;
use super::sync::TargetOutcomes;
use crate::domain::credential::rotation::Replaced;

/// What `wick ci-token rotate --json` prints.
#[derive(Default, Serialize)]
pub struct Report {
    pub profile: String,
    pub outcome: Outcome,
    #[serde(flatten)]
    pub clock: CiTokenClock,
    pub replaced: Option<Replaced>,
    /// Places that were found and became targets.
    pub added: Vec<String>,
    /// Places that were found and did not.
    pub unlisted: Vec<String>,
    /// Where the GitHub token may not look.
    pub not_searched: Vec<String>,
    pub targets: Vec<Sent>,
    /// Where the old token is revoked.
    pub revoke_at: Option<&'static str>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The new token is in place, here and wherever it is to be.
    Rotated,
    /// The next call goes on.
    Unfinished,
    /// Nothing has changed.
    #[default]
    NotDone,
}

/// What became of a target, and whether it says that it holds the new token.
#[derive(Serialize)]
pub struct Sent {
    #[serde(flatten)]
    pub of: TargetOutcomes,
    pub verified: bool,
}
