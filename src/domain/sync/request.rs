//! What is to be synced, and how; and whether there is anything to send.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::report::Obstacle;
use crate::domain::credential::{Concern, Credential, Reading};
use crate::domain::refresh::Outcome;
use crate::domain::settings::TargetId;

/// Why a sync is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trigger {
    /// The credential changed, and the user has switched this on. Goes to no place that nobody has let it go to, and
    /// writes over nobody's changes.
    Automatic,
    /// Someone asks.
    Asked,
}

/// Which targets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Every one of the profile.
    All,
    Only(BTreeSet<TargetId>),
}

/// What is to be synced, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Which targets.
    pub scope: Scope,
    pub trigger: Trigger,
    /// Write also what is unchanged.
    pub force: bool,
    /// Only say what would be done.
    pub dry_run: bool,
    /// How long the whole may wait for GitHub's limits.
    pub wait: SignedDuration,
}

impl Request {
    /// Syncs these as the app does.
    pub fn new(scope: Scope, trigger: Trigger) -> Self {
        Self { scope, trigger, force: false, dry_run: false, wait: USUAL_WAIT }
    }
}

/// The credential that may be sent: one that is signed in, and whose access token lives. Where the one-year token is sent
/// too, which has an end of its own, what has ended is kept back secret by secret.
pub fn sendable(reading: &Reading, with_ci_token: bool, now: Timestamp) -> Result<&Credential, Obstacle> {
    let Some(credential) = reading.credential() else {
        return Err(Obstacle::Concern(Concern::of(reading, None, now).unwrap_or(Concern::NoSignIn)));
    };
    if credential.lives(now) || with_ci_token {
        Ok(credential)
    } else if credential.login_has_ended(now) {
        Err(Obstacle::Concern(Concern::LoginExpired))
    } else {
        Err(Obstacle::Expired)
    }
}

/// Whether nobody is, as far as is known: of what cannot be read, nobody knows.
pub fn nobody_is_signed_in(reading: &Reading) -> bool {
    matches!(Outcome::without_credential(reading), Some(Outcome::SignedOut | Outcome::NotFound))
}

/// How long a sync waits for GitHub's limits before it gives up for now.
pub const USUAL_WAIT: SignedDuration = SignedDuration::from_mins(15);

/// How far a sync is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Targets that are done.
    pub done: usize,
    pub total: usize,
    /// The last one that was looked at or written.
    pub current: Option<String>,
    /// GitHub's limits hold it up until then.
    pub paused_until: Option<Timestamp>,
}
