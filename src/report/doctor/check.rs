//! One part of the doctor's report, and what is known beside what was found on this computer.

use serde::Serialize;

use crate::domain::refresh::RefreshMemory;
use crate::domain::sync::{Failure, SyncMemory, TokenSource};
use crate::words::Sentence;
use crate::words::doctor::Finding;

/// What is known of refreshing this credential.
#[derive(Clone, Debug, Default)]
pub struct RefreshFacts {
    /// What is remembered.
    pub memory: RefreshMemory,
    /// Whether an earlier refresh left a journal.
    pub journal: bool,
}

/// What is known of syncing.
#[derive(Clone, Debug, Default)]
pub struct SyncFacts {
    /// What is remembered.
    pub memory: SyncMemory,
    /// Where the GitHub token was found, or why there is none; `None` where none is needed.
    pub token: Option<Result<TokenSource, Failure>>,
}

/// One part with its verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// A word for programs.
    pub id: &'static str,
    /// The verdict.
    pub verdict: Verdict,
    /// What was found.
    pub detail: String,
    /// What to do; null where there is nothing to do.
    pub action: Option<String>,
}

/// A verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As it should be.
    Pass,
    /// Works, but should be looked at.
    Warn,
    /// Does not work.
    Fail,
    /// Could not be looked at, because something before it failed.
    Skip,
}

pub(super) fn check(id: &'static str, verdict: Verdict, (detail, action): Finding) -> Check {
    Check { id, verdict, detail, action }
}

/// The same words as in the menu.
pub(super) fn said(sentence: Sentence) -> Finding {
    (sentence.message, Some(sentence.action))
}
