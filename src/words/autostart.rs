//! Words about opening at login.

use crate::domain::autostart::{Autostart, AutostartError};

/// The switch.
pub const OPEN_AT_LOGIN: &str = "Open at login";
const ALLOW: &str = "allow Wick in System Settings > General > Login Items";

/// What is to be done before the switch means what it says.
pub fn hint(autostart: &Autostart) -> Option<String> {
    match autostart {
        Autostart::On | Autostart::Off | Autostart::Unavailable(_) => None,
        Autostart::Broken { program } => Some(format!("it names {program}, which is not there: switch it off and on")),
        Autostart::NeedsApproval => Some(ALLOW.to_owned()),
    }
}

/// The same where the state was said before.
pub fn command(autostart: &Autostart) -> Option<String> {
    match autostart {
        Autostart::Broken { .. } => Some("run \"wick autostart on\" again".to_owned()),
        other => hint(other),
    }
}

/// The state for a terminal.
pub fn state(autostart: &Autostart) -> String {
    match autostart {
        Autostart::On => "on: Wick opens when you log in".to_owned(),
        Autostart::Off => "off".to_owned(),
        Autostart::Broken { program } => {
            format!("on, but it names {program}, which is not there")
        }
        Autostart::NeedsApproval => "waiting for your leave".to_owned(),
        Autostart::Unavailable(why) => format!("not possible: {}", error(why)),
    }
}

/// Why it cannot be changed or looked at.
pub fn error(error: &AutostartError) -> String {
    match error {
        AutostartError::NoBundle => NO_BUNDLE.to_owned(),
        AutostartError::OldSystem => OLD_MACOS.to_owned(),
        AutostartError::Failed(detail) => detail.clone(),
    }
}

/// It did not work.
pub fn failed(why: &AutostartError) -> String {
    format!("opening at login could not be changed: {}", error(why))
}

/// Only an app bundle can be opened at login.
const NO_BUNDLE: &str = "macOS opens only apps at login, and this program is not inside one; start it from Wick.app";
/// The system is older than its interface for this.
const OLD_MACOS: &str = "this needs macOS 13 or later; add Wick to your login items by hand";
