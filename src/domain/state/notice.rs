//! What a notification is about, as causes: the view puts them into words, with buttons.

use crate::domain::action::{Action, ActionError};
use crate::domain::alert::Alert;
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
