//! Words about opening at login.

use crate::domain::autostart::{Autostart, AutostartError};

pub const OPEN_AT_LOGIN: &str = "Open at login";

/// What is to be done before the switch means what it says.
pub fn hint(autostart: &Autostart) -> Option<String> {
    match autostart {
        Autostart::On | Autostart::Off | Autostart::Unavailable(_) => None,
        Autostart::Broken(program) => Some(format!("it names {program}, which is not there: switch it off and on")),
        Autostart::NeedsApproval => Some("allow Wick in System Settings > General > Login Items".to_owned()),
    }
}

/// The same where the state was said before.
pub fn command(autostart: &Autostart) -> Option<String> {
    match autostart {
        Autostart::Broken(_) => Some("run \"wick autostart on\" again".to_owned()),
        other => hint(other),
    }
}

pub fn state(autostart: &Autostart) -> String {
    match autostart {
        Autostart::On => "on: Wick opens when you log in".to_owned(),
        Autostart::Off => "off".to_owned(),
        Autostart::Broken(program) => format!("on, but it names {program}, which is not there"),
        Autostart::NeedsApproval => "waiting for your approval".to_owned(),
        Autostart::Unavailable(why) => format!("not possible: {}", error(why)),
    }
}

/// The same with its subject.
pub fn opens_at_login(autostart: &Autostart) -> String {
    format!("{OPEN_AT_LOGIN}: {}", state(autostart))
}

pub fn error(error: &AutostartError) -> String {
    match error {
        AutostartError::NoBundle => {
            "macOS opens only apps at login, and this program is not inside one; start it from Wick.app".to_owned()
        }
        AutostartError::OldSystem => "this needs macOS 13 or later; add Wick to your login items by hand".to_owned(),
        AutostartError::Silent => "the system did not answer in time".to_owned(),
        AutostartError::Failed(detail) => detail.clone(),
    }
}

pub fn failed(why: &AutostartError) -> String {
    format!("opening at login could not be changed: {}", error(why))
}
