//! What can happen, and what should be done about it.

use super::memory::Part;
use super::notice::Notice;
use crate::domain::action::{Action, ActionError};
use crate::domain::autostart::Autostart;
use crate::domain::credential::{Material, Overruling};
use crate::domain::refresh::{RefreshMemory, Trigger};
use crate::domain::settings::places::Places;
use crate::domain::settings::{Setting, Settings};
use crate::domain::sync::{Progress, Request, SyncMemory};
use crate::domain::{refresh, sync};

#[derive(Debug)]
pub enum Event {
    /// The loop begins.
    Started,
    /// A moment came that [`State::wake_at`](super::State::wake_at) had named.
    Tick,
    /// Something was written in the credential's folder or the config's.
    FilesMoved,
    /// The menu was opened, and is to say what is true now.
    MenuOpened,
    /// A look has found that what opens Wick at login is another one.
    LoginItemMoved,
    /// A look has ended, and the credential was read.
    Loaded(Material),
    /// A look has ended, and nothing had moved.
    NothingMoved,
    /// The config was read again; `Err` says what is wrong with it.
    ConfigLoaded(Result<Settings, String>),
    /// A refresh has ended.
    RefreshEnded(refresh::report::Report),
    /// There was nothing left to finish; of which source, and what is remembered of refreshing it.
    NothingToFinish(String, RefreshMemory),
    /// A look has found the journal of a refresh that was not brought to its end.
    JournalFound,
    /// A look has found that this overrules the sign-in from now on.
    Overruled(Vec<Overruling>),
    /// A look has found that more is remembered of syncing, as after a command.
    SyncRemembered(SyncMemory),
    /// How far the sync is that runs.
    SyncProgressed(Progress),
    /// A sync has ended, and this is remembered now.
    SyncEnded(sync::report::Report, Option<SyncMemory>),
    /// This computer goes to sleep. Until it woke it may wake in the dark, for the system's own sake.
    WillSleep,
    /// The clocks show that this computer slept until now; it may be in the dark still.
    Slept,
    /// This computer is awake, by the system's own word.
    Woke,
    /// Another profile's loop has ended, and all end together.
    Leave,
    /// Whether Wick opens at login.
    AutostartFound(Autostart),
    /// This computer reaches the internet by another way, or again.
    NetworkChanged,
    /// The app was opened once more, by a person or by the system for a reason of its own.
    Reopened,
    /// This could not be shown to the user.
    NotShown(Notice),
    /// A notification was answered, by a button or not.
    NotificationAnswered,
    /// The user chose something, in the menu or by a notification's button.
    Chosen(Action),
    /// Something that the user chose did not work, and why.
    ActionFailed(Action, ActionError),
}

impl Event {
    /// Whether the user ends the app by this.
    pub fn asks_to_quit(&self) -> bool {
        matches!(self, Self::Chosen(Action::Quit))
    }

    /// Whether this computer sleeps from now on, where this is about that.
    pub fn says_whether_it_sleeps(&self) -> Option<bool> {
        match self {
            Self::WillSleep => Some(true),
            Self::Woke => Some(false),
            _ => None,
        }
    }
}

/// What should be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Look at the credential's place and at the config, and read what moved.
    Look(Look),
    /// Look at the place that the settings name, from now on.
    OpenStore,
    Notify(Notice),
    /// Keep this of a source across restarts.
    Remember(String, Part),
    /// Refresh the credential, if it is due and may be.
    Refresh(Trigger),
    Sync(Request),
    /// Remember these places as given, where none are remembered.
    SeePlaces(Places),
    /// Write this switch, which the user chose by this action, into the config.
    Set(Action, Setting),
    /// See whether Wick opens at login.
    LookAtAutostart,
    /// Ask the user whether notifications may be shown, where that was not done yet.
    AskToNotify,
    /// Turn opening at login on or off.
    SetAutostart(bool),
    /// Open Claude Code's own sign-in in a terminal.
    SignIn,
    /// Have it make a one-year token there, and keep that.
    NewCiToken,
    /// Set up a first repository there.
    SetUp,
    /// Open the config, or an example where there is none.
    OpenSettings,
    /// Write the doctor's report and open it.
    Diagnose,
    End(Ended),
}

/// Why a loop ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Quit,
    /// The config lists other profiles, or another one's loop has ended.
    OtherProfiles,
}

impl Effect {
    /// Whether one who only shows what others do has it, too.
    pub(super) fn is_for_watching(&self) -> bool {
        matches!(self, Self::Look(_) | Self::OpenStore | Self::End(Ended::Quit))
    }
}

/// How hard to look; of two, the greater one does the work of both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Look {
    /// Read only what moved since the last read, and nothing that might raise a prompt again.
    IfMoved,
    /// Read whether or not it moved.
    Again,
    /// Read, and wait as long as a person needs to approve a prompt.
    Patiently,
}
