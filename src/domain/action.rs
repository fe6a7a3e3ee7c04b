//! What a person can ask for in the menu or by a notification's button, and why it did not work.

use super::autostart::AutostartError;
use super::settings::target::TargetId;

/// What a click asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Show both clocks as a notification.
    ShowClocks,
    /// Open Claude Code's own sign-in in a terminal.
    SignIn,
    /// Make a one-year token in a terminal, and keep it.
    NewCiToken,
    /// Add a repository in a terminal.
    SetUp,
    /// Read the credential now, waiting as long as a person needs to approve a prompt.
    TryAgain,
    /// Refresh the access token.
    Refresh,
    /// Turn opening at login on or off.
    SwitchAutostart,
    /// Turn automatic refresh on or off.
    SwitchAutomatic,
    SyncAll,
    SyncTarget(TargetId),
    /// Turn automatic sync on or off.
    SwitchAutomaticSync,
    /// Decide whether targets get the refresh token.
    ShareRefreshToken(bool),
    OpenSettings,
    /// Write the doctor's report and open it.
    Diagnose,
    Quit,
}

/// Why something that was chosen did not work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActionError {
    /// Claude Code is not on this computer, as far as can be seen.
    ClaudeNotFound,
    /// There is no terminal program to open.
    NoTerminal,
    /// No program opens files; this is the one to open.
    NoOpener(String),
    /// Opening at login could not be changed.
    Autostart(AutostartError),
    /// Anything else, in the system's words or the config's.
    Failed(String),
}
