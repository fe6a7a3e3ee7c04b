//! One part of the doctor's report, and what all parts are judged by.

use jiff::ZonedDateTime;
use serde::Serialize;

use crate::domain::credential::{Credential, Reading};
use crate::domain::facts::Facts;
use crate::domain::refresh::RefreshMemory;
use crate::domain::settings::Settings;
use crate::domain::state::memory::AlertFailure;
use crate::domain::sync::{Failure, SyncMemory, TokenSource};
use crate::domain::system::SystemError;
use crate::report::rows::{Row, Tone, grouped};
use crate::words::Sentence;
use crate::words::sentence::named;

/// What the doctor judges, and by which settings and moment.
pub struct Examined<'a> {
    pub settings: &'a Settings,
    pub now: &'a ZonedDateTime,
    /// The config's path, and whether there is one, or what is wrong with it.
    pub config: (String, Result<bool, String>),
    /// What a look at the credential brought.
    pub reading: Reading,
    pub facts: Facts,
    /// What is known of refreshing this credential.
    pub refresh: RefreshMemory,
    /// Why the last alert did not go to the command that the user named for it.
    pub alert_command: Option<AlertFailure>,
    /// Whether an earlier refresh left a journal.
    pub journal: bool,
    pub sync: SyncMemory,
    /// Why what was synced is not known.
    pub unread: Option<SystemError>,
    /// The GitHub token that is used, or why there is none; `None` where none is needed.
    pub token: Option<Result<GithubToken, Failure>>,
}

impl Examined<'_> {
    pub(super) fn credential(&self) -> Option<&Credential> {
        self.reading.credential()
    }
}

/// Where the token was found, and where those that GitHub refuses.
pub type GithubToken = (TokenSource, Vec<TokenSource>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// For programs.
    pub id: &'static str,
    #[serde(flatten)]
    pub found: Found,
}

impl Check {
    pub(super) fn row(&self) -> Row {
        let (state, tone) = match self.found.verdict {
            Verdict::Pass => ("ok  ", Some(Tone::Good)),
            Verdict::Warn => ("warn", Some(Tone::Warning)),
            Verdict::Fail => ("FAIL", Some(Tone::Bad)),
            Verdict::Skip => ("skip", None),
        };
        let (after, Found { detail, action, .. }) = (format!("  {:<13} ", self.id), self.found.clone());
        Row { state: state.to_owned(), after, tone, text: detail, action, ..Row::default() }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Found {
    pub verdict: Verdict,
    pub detail: String,
    /// What to do, a line each; null where there is nothing to do.
    pub action: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Pass,
    /// Works, but should be looked at.
    Warn,
    Fail,
    /// Could not be looked at, because something before it failed.
    Skip,
}

/// `found!(Warn => "what was found", "what to do", name = value, …)`, the second text where something is to be done; both
/// take names in braces, as `format!` does, those that are given here too.
macro_rules! found {
    ($verdict:ident => $detail:literal $(, $name:ident = $value:expr)*) => {{
        $(let $name = $value;)*
        $crate::report::doctor::check::Verdict::$verdict.with(format!($detail), None)
    }};
    ($verdict:ident => $detail:literal, $action:literal $(, $name:ident = $value:expr)*) => {{
        $(let $name = $value;)*
        $crate::report::doctor::check::Verdict::$verdict.with(format!($detail), Some(format!($action)))
    }};
}
pub(super) use found;

/// What to do about several things, a line each, with the names of those that it is for; alone where all need the same.
pub(super) fn acts(of: impl IntoIterator<Item = (String, String)>) -> Option<String> {
    let mut acts = grouped(of.into_iter().map(|(name, act)| (act, name)), true);
    if acts.len() == 1 {
        return acts.pop().map(|(act, _)| act);
    }
    let line = |(act, names): (String, Vec<String>)| {
        format!("for {}: {act}", named(&names.iter().map(String::as_str).collect::<Vec<_>>(), 5, ", "))
    };
    (!acts.is_empty()).then(|| acts.into_iter().map(line).collect::<Vec<_>>().join("\n"))
}

impl Verdict {
    pub(super) fn alone(self, detail: impl Into<String>) -> Found {
        self.with(detail, None)
    }

    pub(super) fn with(self, detail: impl Into<String>, action: Option<String>) -> Found {
        Found { verdict: self, detail: detail.into(), action }
    }

    /// In the same words as in the menu.
    pub(super) fn said(self, sentence: Sentence) -> Found {
        self.with(sentence.message, Some(sentence.action))
    }
}
