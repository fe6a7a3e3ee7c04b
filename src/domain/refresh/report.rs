//! What became of a refresh, as causes.

use super::decide::Outcome;
use super::failure::{Failure, RefreshMemory};
use crate::domain::credential::{Concern, Reading};
use crate::domain::time::EpochMillis;

/// What became of a refresh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The whole in a word.
    pub outcome: Outcome,
    /// What is wrong. May stand beside a good outcome of which something is doubtful.
    pub remark: Option<Remark>,
    /// The clocks, as they are stored now; `None` without a credential.
    pub clocks: Option<Clocks>,
    /// What is remembered from now on; `None` where nothing changed.
    pub memory: Option<RefreshMemory>,
    /// Whether a journal is left that has to be brought to its end.
    pub kept: bool,
    /// Of which source, as [`Location`](crate::domain::credential::source::Location) is displayed.
    pub source: String,
}

/// When what is stored expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clocks {
    /// The access token, where an end is stored.
    pub access: Option<EpochMillis>,
    /// The sign-in, where an end is stored.
    pub login: Option<EpochMillis>,
}

/// What there is to say of a refresh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remark {
    /// It did not work.
    Failed(Failure),
    /// There is no credential to refresh.
    Concern(Concern),
    /// Somebody else holds the lock at this path; another Wick where there is none.
    Busy(Option<String>),
    /// The settings forbid it.
    ReadOnly,
    /// The settings forbid it, and an earlier run's journal is left.
    JournalLeft,
    /// The server did not say how long the new token lives.
    EndAssumed,
    /// Claude Code was asked too early.
    ClaudeRenewsLate,
    Crashed,
}

impl Remark {
    /// Whether it is of the same kind as another, whatever is known of either.
    pub fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Failed(one), Self::Failed(other)) => one.is_like(other),
            (one, other) => std::mem::discriminant(one) == std::mem::discriminant(other),
        }
    }

    /// Whether it is about the stored sign-in alone.
    pub fn is_of_the_sign_in(&self) -> bool {
        matches!(self, Self::Concern(_) | Self::Failed(Failure::NoRefreshToken | Failure::NotAToken))
    }
}

impl Report {
    /// What became of a refresh after which the place reads so.
    pub fn new(outcome: Outcome, reading: Option<&Reading>, remark: Option<Remark>) -> Self {
        let credential = reading.and_then(Reading::credential);
        let clocks = credential.map(|found| Clocks { access: found.expires_at, login: found.login_expires_at });
        Self { outcome, remark, clocks, memory: None, kept: false, source: String::new() }
    }

    /// When the access token expires now, where that is stored.
    pub fn access_end(&self) -> Option<EpochMillis> {
        self.clocks?.access
    }

    /// Why it did not work.
    pub fn failure(&self) -> Option<&Failure> {
        match &self.remark {
            Some(Remark::Failed(failure)) => Some(failure),
            _ => None,
        }
    }
}
