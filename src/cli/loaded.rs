//! The config as the profile sees it that the command is about.

use serde::Serialize;

use super::exit::Exit;
use super::output;
use crate::domain::settings::Settings;
use crate::ports::Ports;
use crate::words::Sentence;
use crate::{app, words};

/// Else it is said why there is none: with `json`, by the command's own object.
pub(super) fn settings<T: Serialize>(
    ports: &Ports,
    json: bool,
    object: impl FnOnce(Sentence) -> T,
) -> Result<Settings, Exit> {
    match app::settings(ports) {
        Ok((settings, _)) => Ok(settings),
        Err(error) => Err(output::refuse(words::config::invalid(&error), Exit::Usage, json, object)),
    }
}

/// The same for a command that prints no object.
pub(super) fn settings_for_people(ports: &Ports) -> Result<Settings, Exit> {
    settings(ports, false, |_| ())
}
