//! The desktop around Wick, and a look at all of this computer.

use std::path::Path;

use super::watching::Versioned;
use crate::domain::action::ActionError;
use crate::domain::autostart::{Autostart, AutostartError};
use crate::domain::credential::Location;
use crate::domain::facts::Facts;
use crate::domain::settings::{CredentialSettings, ProfileName};

/// What this computer can open for a person. Calls block.
pub trait Desktop: Send + Sync {
    /// Opens a file in the user's editor.
    fn open_file(&self, path: &Path) -> Result<(), ActionError>;
    /// Opens a page of the web.
    fn open_page(&self, url: &str) -> Result<(), ActionError>;
    /// Opens Claude Code's own sign-in in a terminal, which says `closing` when that is done, and waits for a key.
    fn sign_in(&self, settings: &CredentialSettings, closing: &str) -> Result<(), ActionError>;
    /// Has Claude Code make a one-year token in a terminal, and Wick keep it for this profile, or put it in the place of the
    /// one that is stored, everywhere; closes in the same way.
    fn new_ci_token(
        &self,
        settings: &CredentialSettings,
        profile: &ProfileName,
        is_stored: bool,
        closing: &str,
    ) -> Result<(), ActionError>;
    /// Opens `wick init` for this profile in a terminal; closes in the same way.
    fn set_up(&self, settings: &CredentialSettings, profile: &ProfileName, closing: &str) -> Result<(), ActionError>;
    /// Keeps a report in a file and opens that.
    fn open_report(&self, text: &str) -> Result<(), ActionError>;
}

/// What opens Wick when the user logs in. Calls block.
pub trait LoginItem: Versioned {
    /// Whether it does now.
    fn state(&self) -> Autostart;
    /// Asks for it, or takes that back.
    fn set(&self, on: bool) -> Result<(), AutostartError>;
    /// Whether this user has anything that [`Self::forget`] would take away.
    fn is_kept(&self) -> bool {
        !matches!(self.state(), Autostart::Off | Autostart::Unavailable(_))
    }
    /// Takes away what Wick keeps for this user to that end, whatever it says.
    fn forget(&self) -> Result<(), AutostartError> {
        self.set(false)
    }
}

/// Finds what `wick doctor` judges. Calls block.
pub trait Inspector: Send + Sync {
    /// Looks at everything but the credential, which was read already at this location, under these settings.
    fn inspect(&self, location: &Location, settings: &CredentialSettings) -> Facts;
}
