//! What became of a sync, as causes.

use jiff::Timestamp;
use serde::Serialize;

use super::approval::Approval;
use super::failure::{Failure, TokenSource};
use super::value::wanted;
use crate::domain::credential::Concern;
use crate::domain::fingerprint::Fingerprint;
use crate::domain::settings::{Settings, Target};
use crate::domain::system::SystemError;

/// What stands in the way of a sync as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// There is nothing to sync to.
    NoTargets,
    /// Another sync runs.
    Busy,
    /// The state folder cannot be used, so nothing was sent.
    NoState(SystemError),
    /// What was sent could not be remembered.
    NotRemembered(SystemError),
    /// There is no sign-in to send.
    Concern(Concern),
    /// The access token has expired.
    Expired,
    /// The program is ending.
    Stopped,
    Crashed,
}

/// What there is to say of a target or of one of its secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// It did not arrive.
    Failed(Failure),
    /// It waits for this approval.
    Held(Approval),
    /// It is written over, or would be, though someone else has changed it.
    Overwritten,
    /// Another account signed in while the sync ran.
    AccountChanged,
    /// The repository has another name by now.
    Renamed {
        /// The name in the config.
        from: String,
        /// Today's name.
        to: String,
    },
    /// The sync as a whole did not come about.
    Whole(Obstacle),
}

impl Cause {
    /// Whether it is of the same kind as another, whatever is known of either.
    pub fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Failed(one), Self::Failed(other)) => one.is_like(other),
            (Self::Held(one), Self::Held(other)) => one == other,
            (Self::Whole(one), Self::Whole(other)) => std::mem::discriminant(one) == std::mem::discriminant(other),
            (one, other) => std::mem::discriminant(one) == std::mem::discriminant(other),
        }
    }

    /// Why it did not arrive, where that is why.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Failed(failure) => Some(failure),
            _ => None,
        }
    }
}

/// What became of a sync.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Each target, in the order of the config.
    pub targets: Vec<TargetReport>,
    /// What stood in the way of the whole.
    pub obstacle: Option<Obstacle>,
    /// When it goes on, where a limit cut it short.
    pub resume_at: Option<Timestamp>,
    /// When GitHub's token ends.
    pub token_expires: Option<Timestamp>,
    /// Where a GitHub token was found that GitHub refuses; another one was used.
    pub passed_over: Vec<TokenSource>,
    /// The refresh token that is known to be spent, and was sent nowhere: its successor is in the journal still.
    pub spent: Option<Fingerprint>,
}

/// What became of a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetReport {
    pub target: Target,
    /// What became of it: of its secrets, the worst.
    pub outcome: TargetOutcome,
    /// Each secret, in the order of the config.
    pub secrets: Vec<SecretReport>,
    /// What there is to say of the target as a whole. May stand beside a good outcome.
    pub cause: Option<Cause>,
}

/// What became of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretReport {
    pub name: String,
    /// What became of it.
    pub outcome: SecretOutcome,
    /// Why, where it is not as it should be.
    pub cause: Option<Cause>,
}

/// What became of a target; of two, the later one is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetOutcome {
    /// All was as it should be.
    Unchanged,
    /// It holds what it should.
    Synced,
    /// Something would be written.
    Planned,
    /// Something waits for the user's approval.
    Held,
    /// Something did not arrive.
    Failed,
}

/// What became of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretOutcome {
    /// It was not there before.
    Created,
    /// It was written over.
    Updated,
    /// It was as it should be.
    Unchanged,
    /// It did not arrive.
    Failed,
    /// It would be written.
    Planned,
    /// It waits for the user's approval.
    Held,
}

impl SecretOutcome {
    fn of_target(self) -> TargetOutcome {
        match self {
            Self::Created | Self::Updated => TargetOutcome::Synced,
            Self::Unchanged => TargetOutcome::Unchanged,
            Self::Failed => TargetOutcome::Failed,
            Self::Planned => TargetOutcome::Planned,
            Self::Held => TargetOutcome::Held,
        }
    }
}

impl Report {
    /// What became of these.
    pub fn of(targets: Vec<TargetReport>) -> Self {
        Self { targets, obstacle: None, resume_at: None, token_expires: None, passed_over: Vec::new(), spent: None }
    }

    /// Nothing was tried, for this reason.
    pub fn refused(obstacle: Obstacle) -> Self {
        Self { obstacle: Some(obstacle), ..Self::of(Vec::new()) }
    }

    /// How many targets came to this.
    pub fn count(&self, outcome: TargetOutcome) -> usize {
        self.targets.iter().filter(|target| target.outcome == outcome).count()
    }

    /// The targets that did not get the refresh token, because whether they may was not answered yet.
    pub fn asking_to_share(&self) -> impl Iterator<Item = &TargetReport> {
        self.targets.iter().filter(|target| target.secrets.iter().any(SecretReport::asks_to_share))
    }

    /// Whether every target holds what it should, or would. What nobody has asked to be sent yet is missed nowhere.
    pub fn is_good(&self) -> bool {
        self.obstacle.is_none() && self.targets.iter().all(|target| target.outcome < TargetOutcome::Held)
    }
}

impl TargetReport {
    /// What became of a target whose secrets came to this. Where nothing ended it early, the first of its worst secrets
    /// says what there is to say, or one that was written over though someone else has changed it. A refresh token that
    /// waits for the answer whether it may be shared holds up nothing else.
    pub fn of(target: Target, secrets: Vec<SecretReport>, cause: Option<Cause>) -> Self {
        let worst = |of: &mut dyn Iterator<Item = &SecretReport>| of.map(|secret| secret.outcome.of_target()).max();
        let asked_for = worst(&mut secrets.iter().filter(|secret| !secret.asks_to_share()));
        let outcome = asked_for.or_else(|| worst(&mut secrets.iter())).unwrap_or(TargetOutcome::Unchanged);
        let is_blamed = |secret: &&SecretReport| match outcome {
            TargetOutcome::Failed | TargetOutcome::Held => secret.outcome.of_target() == outcome,
            _ => secret.cause.is_some(),
        };
        let cause = cause.or_else(|| secrets.iter().find(is_blamed)?.cause.clone());
        Self { target, outcome, secrets, cause }
    }

    /// The same, with this to say where there is nothing else.
    #[must_use]
    pub fn or_say(self, cause: Option<Cause>) -> Self {
        Self { cause: self.cause.or(cause), ..self }
    }

    /// A target that got nothing, and each of its secrets says so.
    pub fn of_nothing(target: &Target, settings: &Settings, cause: &Cause) -> Self {
        let secrets = wanted(target, settings).map(|mapping| SecretReport::failed(&mapping.name, cause.clone()));
        Self { secrets: secrets.collect(), ..Self::failed(target.clone(), cause.clone()) }
    }

    /// A target that got nothing.
    pub fn failed(target: Target, cause: Cause) -> Self {
        Self { target, outcome: TargetOutcome::Failed, secrets: Vec::new(), cause: Some(cause) }
    }

    /// A target that waits for the user's approval.
    pub fn held(target: Target, cause: Cause) -> Self {
        Self { outcome: TargetOutcome::Held, ..Self::failed(target, cause) }
    }
}

impl SecretReport {
    /// One that came to this, and nothing to be said of it.
    pub fn new(name: &str, outcome: SecretOutcome) -> Self {
        Self { name: name.to_owned(), outcome, cause: None }
    }

    /// The same, written over or to be, where someone else has changed it.
    #[must_use]
    pub fn over(self, drifted: bool) -> Self {
        Self { cause: drifted.then_some(Cause::Overwritten), ..self }
    }

    /// One that did not arrive.
    pub fn failed(name: &str, cause: Cause) -> Self {
        Self { cause: Some(cause), ..Self::new(name, SecretOutcome::Failed) }
    }

    /// Whether it is the refresh token, of which was never said whether targets may have it.
    fn asks_to_share(&self) -> bool {
        self.cause == Some(Cause::Held(Approval::RefreshToken))
    }

    /// One that waits for the user's approval.
    pub fn held(name: &str, approval: Approval) -> Self {
        Self { cause: Some(Cause::Held(approval)), ..Self::new(name, SecretOutcome::Held) }
    }
}
