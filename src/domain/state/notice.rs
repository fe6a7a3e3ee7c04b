//! What a person is told by a notification, as causes: the view puts them into words, with buttons.

use crate::domain::action::{Action, ActionError};
use crate::domain::alert::Alert;
use crate::domain::refresh::{Outcome, Remark, Report as RefreshReport};
use crate::domain::settings::Target;
use crate::domain::sync::{Cause, Obstacle, Report as SyncReport, TargetOutcome};
use crate::domain::time::EpochMillis;

/// What a person is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A warning fell due.
    Alert(Alert),
    /// Claude Code gave up the sign-in, with its own word for why.
    SignedOut(Option<String>),
    /// What the menu shows, for someone who asked for it.
    Clocks,
    /// A refresh that someone clicked has worked; when the access token expires now.
    Refreshed(Option<EpochMillis>),
    /// A refresh that someone clicked found nothing to do.
    NothingToRefresh {
        /// When the access token expires.
        end: Option<EpochMillis>,
        /// Why there was nothing to do, where that is not the clock alone.
        remark: Option<Remark>,
    },
    /// A refresh did not work.
    RefreshFailed {
        /// Why.
        remark: Remark,
        /// The whole in a word.
        outcome: Outcome,
    },
    /// Refreshing is not allowed: by the settings, or for want of any that are understood.
    ReadOnly {
        /// What is wrong with the config.
        config_error: Option<String>,
    },
    /// A sync has ended.
    SyncEnded(Box<SyncEnded>),
    /// Something that was chosen did not work.
    ActionFailed(Action, ActionError),
}

/// What there is to tell of a sync.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncEnded {
    /// What stood in the way of the whole.
    pub obstacle: Option<Obstacle>,
    /// The targets that did not get all that they should, with why.
    pub failed: Vec<(Target, Option<Cause>)>,
    /// The targets that wait for an approval, with for which.
    pub held: Vec<(Target, Option<Cause>)>,
    /// How many were written.
    pub synced: usize,
    /// How many were as they should be.
    pub unchanged: usize,
    /// How many there are.
    pub all: usize,
    /// Whether every target holds what it should.
    pub is_good: bool,
}

impl SyncEnded {
    /// What there is to tell of this report.
    pub fn of(report: &SyncReport) -> Self {
        let named = |outcome: TargetOutcome| -> Vec<(Target, Option<Cause>)> {
            let of = report.targets.iter().filter(|target| target.outcome == outcome);
            of.map(|target| (target.target.clone(), target.cause.clone())).collect()
        };
        Self {
            obstacle: report.obstacle.clone(),
            failed: named(TargetOutcome::Failed),
            held: named(TargetOutcome::Held),
            synced: report.count(TargetOutcome::Synced),
            unchanged: report.count(TargetOutcome::Unchanged),
            all: report.targets.len(),
            is_good: report.is_good(),
        }
    }
}

impl Notice {
    /// What there is to tell of a refresh whose outcome is good, to someone who clicked.
    pub fn of_good(report: &RefreshReport) -> Self {
        match report.outcome {
            Outcome::Refreshed => Self::Refreshed(report.access_end()),
            _ => Self::NothingToRefresh { end: report.access_end(), remark: report.remark.clone() },
        }
    }
}
