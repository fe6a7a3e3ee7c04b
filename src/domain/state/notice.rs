//! What a notification is about, as causes: the view puts them into words, with buttons.

use crate::domain::action::{Action, ActionError};
use crate::domain::alert::{Alert, Clock};
use crate::domain::time::EpochMillis;
use crate::domain::{refresh, sync};

/// What a notification is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A warning fell due.
    Alert(Alert),
    /// Claude Code gave up the sign-in, with its own word for why.
    SignedOut(Option<String>),
    /// What the menu shows, for someone who asked for it.
    Clocks,
    /// A refresh has ended: one that someone clicked, or one that did not work.
    RefreshEnded(Box<refresh::Report>),
    /// Refreshing is not allowed: by the settings, or for want of any that are understood, with what is wrong with them.
    ReadOnly(Option<String>),
    /// A sync has ended.
    SyncEnded(Box<sync::Report>),
    /// Something that was chosen did not work.
    ActionFailed(Action, ActionError),
}

impl Notice {
    /// What kind of alert it is to other programs; `None` of what only answers a click.
    pub fn alert_kind(&self) -> Option<&'static str> {
        match self {
            Self::Alert(alert) => Some(match alert.clock {
                Clock::Access => "access_token",
                Clock::Login => "login",
                Clock::CiToken => "ci_token",
            }),
            Self::SignedOut(_) => Some("signed_out"),
            Self::RefreshEnded(report) => (!report.outcome.is_good()).then_some("refresh_failed"),
            Self::SyncEnded(report) => (!report.is_good()).then_some("sync_failed"),
            Self::Clocks | Self::ReadOnly(_) | Self::ActionFailed(..) => None,
        }
    }

    /// Whether it says that the sign-in has ended, which only a person can make good.
    pub fn ends_the_sign_in(&self) -> bool {
        match self {
            Self::Alert(alert) => alert.clock == Clock::Login && !alert.left.is_positive(),
            other => matches!(other, Self::SignedOut(_)),
        }
    }

    /// The end that it warns of.
    pub fn ends_at(&self) -> Option<EpochMillis> {
        match self {
            Self::Alert(alert) => Some(alert.deadline),
            _ => None,
        }
    }
}
