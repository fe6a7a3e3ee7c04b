//! Words about opening at login.

use crate::domain::autostart::{Autostart, AutostartError};

pub const OPEN_AT_LOGIN: &str = "Open at login";
const MOVE_IT: &str = "move Wick.app to Applications first";

/// What is to be done before the switch means what it says.
pub fn hint(autostart: &Autostart) -> Option<String> {
    match autostart {
        Autostart::Unavailable(AutostartError::Translocated) => {
            Some(format!("to open Wick at login, {MOVE_IT} and open it there"))
        }
        Autostart::On | Autostart::UntilUpgrade | Autostart::Off | Autostart::Unavailable(_) => None,
        Autostart::Broken(program) => Some(format!("it names {program}, which is not there: switch it off and on")),
        Autostart::NeedsApproval => Some("allow Wick in System Settings > General > Login Items".to_owned()),
    }
}

/// The same where the state was said before.
pub fn command(autostart: &Autostart) -> Option<String> {
    match autostart {
        Autostart::Broken(_) => Some("run \"wick autostart on\" again".to_owned()),
        Autostart::UntilUpgrade => Some(format!(
            "run \"wick autostart off\" and \"wick autostart on\" after each upgrade; if it is to last, {MOVE_IT}"
        )),
        other => hint(other),
    }
}

pub fn state(autostart: &Autostart) -> String {
    match autostart {
        Autostart::On => "on: Wick opens when you log in".to_owned(),
        Autostart::UntilUpgrade => "on, until an upgrade puts Wick.app into another folder".to_owned(),
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
        AutostartError::Translocated => {
            format!("macOS runs this Wick.app from a copy that is gone the next time; {MOVE_IT}")
        }
        AutostartError::OldSystem => "this needs macOS 13 or later; add Wick to your login items by hand".to_owned(),
        AutostartError::Silent => "the system did not answer in time".to_owned(),
        AutostartError::Failed(detail) => detail.clone(),
    }
}

pub fn failed(why: &AutostartError) -> String {
    format!("opening at login could not be changed: {}", error(why))
}
