//! What became of a sync: the JSON object of `wick sync --json`, and what the app is told.

use jiff::Timestamp;
use serde::Serialize;

use super::plan::Held;
use crate::domain::message::Sentence;

/// What became of a sync.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Of this form.
    pub schema: u32,
    /// Each target, in the order of the config.
    pub targets: Vec<TargetReport>,
    /// What stood in the way of the whole.
    pub error: Option<Sentence>,
    /// Whether it is the credential that stood in the way.
    #[serde(skip)]
    pub no_credential: bool,
    /// When it goes on, where a limit cut it short.
    #[serde(skip)]
    pub resume_at: Option<Timestamp>,
    /// When GitHub's token ends.
    #[serde(skip)]
    pub token_expires: Option<Timestamp>,
}

/// What became of a target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TargetReport {
    /// Its name.
    pub target: String,
    /// What became of it: of its secrets, the worst.
    pub outcome: TargetOutcome,
    /// Each secret, in the order of the config.
    pub secrets: Vec<SecretReport>,
    /// What is to be said of the target as a whole. May stand beside a good outcome.
    pub error: Option<Sentence>,
}

/// What became of a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SecretReport {
    /// Its name.
    pub name: String,
    /// What became of it.
    pub outcome: SecretOutcome,
    /// Why, where it is not as it should be.
    pub error: Option<Sentence>,
}

/// What became of a target; of two, the later one is the one to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetOutcome {
    /// All was as it should be.
    Unchanged,
    /// It holds what it should.
    Synced,
    /// Something would be written.
    Planned,
    /// Something waits for the user's word.
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
    /// It waits for the user's word.
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
        Self { schema: 1, targets, error: None, no_credential: false, resume_at: None, token_expires: None }
    }

    /// Nothing was tried, for this reason.
    pub fn refused(error: Sentence) -> Self {
        Self { error: Some(error), ..Self::of(Vec::new()) }
    }

    /// How many targets came to this.
    pub fn count(&self, outcome: TargetOutcome) -> usize {
        self.targets.iter().filter(|target| target.outcome == outcome).count()
    }

    /// Whether every target holds what it should, or would.
    pub fn is_good(&self) -> bool {
        self.error.is_none() && self.targets.iter().all(|target| target.outcome < TargetOutcome::Held)
    }
}

impl TargetReport {
    /// What became of a target whose secrets came to this.
    pub fn of(target: String, secrets: Vec<SecretReport>, error: Option<Sentence>) -> Self {
        let worst = secrets.iter().map(|secret| secret.outcome.of_target()).max();
        Self { target, outcome: worst.unwrap_or(TargetOutcome::Unchanged), secrets, error }
    }

    /// A target that got nothing.
    pub fn failed(target: String, error: Sentence) -> Self {
        Self { target, outcome: TargetOutcome::Failed, secrets: Vec::new(), error: Some(error) }
    }

    /// A target that waits for the user's word.
    pub fn held(target: String, error: Sentence) -> Self {
        Self { outcome: TargetOutcome::Held, ..Self::failed(target, error) }
    }
}

/// What became of a secret that nothing was sent of.
impl SecretReport {
    /// One that came to this, and nothing to be said of it.
    pub fn new(name: &str, outcome: SecretOutcome) -> Self {
        Self { name: name.to_owned(), outcome, error: None }
    }

    /// The same, written over or to be, where someone else has changed it.
    #[must_use]
    pub fn over(self, drifted: bool) -> Self {
        Self { error: drifted.then(crate::domain::message::targets::drifted), ..self }
    }

    /// One that did not arrive.
    pub fn failed(name: &str, error: Sentence) -> Self {
        Self { error: Some(error), ..Self::new(name, SecretOutcome::Failed) }
    }

    /// One that waits for the user's word.
    pub fn held(name: &str, held: Held) -> Self {
        Self { error: Some(crate::domain::message::sync::held(held)), ..Self::new(name, SecretOutcome::Held) }
    }
}
