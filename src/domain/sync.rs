//! The rules of syncing: what goes where, what is left as it is, how fast GitHub lets it go, and what an answer means.
//!
//! Knows what was read, listed and remembered. Does not know how anything is sent.

pub mod failure;
pub mod memory;
pub mod pace;
pub mod plan;
pub mod report;
pub mod scrub;
pub mod standing;
pub mod value;

use jiff::{SignedDuration, Timestamp};

use super::credential::Credential;
use super::message::{Sentence, sync as words};
use super::refresh::{Outcome, due_at};
use super::settings::{RefreshMode, RefreshSettings};
use super::source::Reading;
use super::target::TargetId;

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
    /// These.
    Only(Vec<TargetId>),
}

/// What is to be synced, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Which targets.
    pub scope: Scope,
    /// Why.
    pub trigger: Trigger,
    /// Write also what is unchanged.
    pub force: bool,
    /// Only say what would be done.
    pub dry_run: bool,
    /// How long the whole may wait for GitHub's limits.
    pub wait: SignedDuration,
}

/// The credential that may be sent: one that is signed in, and whose access token lives. Where the one-year token is sent
/// too, which has an end of its own, what has ended is kept back secret by secret.
pub fn sendable(reading: &Reading, with_ci_token: bool, now: Timestamp) -> Result<&Credential, Sentence> {
    let Some(credential) = reading.credential() else {
        return Err(reading.complaint(None, now).unwrap_or_else(words::no_sign_in));
    };
    if credential.lives(now) || with_ci_token { Ok(credential) } else { Err(words::expired()) }
}

/// Whether nobody is, as far as is known: of what cannot be read, nobody knows.
pub fn nobody_is_signed_in(reading: &Reading) -> bool {
    matches!(Outcome::without_credential(reading), Some(Outcome::SignedOut | Outcome::NotFound))
}

/// Whether a sync that someone asks for refreshes first: what is sent should last for a while.
pub fn wants_a_refresh(credential: &Credential, settings: &RefreshSettings, now: Timestamp) -> bool {
    let is_due = due_at(credential, settings).is_some_and(|due| due <= now);
    is_due && credential.refresh_token.is_some() && settings.mode != RefreshMode::Never
}

/// How long a sync waits for GitHub's limits before it gives up for now.
pub const USUAL_WAIT: SignedDuration = SignedDuration::from_mins(15);

/// How far a sync is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Targets that are done.
    pub done: usize,
    /// All of them.
    pub total: usize,
    /// The last one that was looked at or written.
    pub current: Option<String>,
    /// GitHub's limits hold it up until then.
    pub paused_until: Option<Timestamp>,
}
