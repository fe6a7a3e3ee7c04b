//! Writes targets into the config, for the commands that name some.

use super::input;
use super::output::{self, Exit};
use crate::app::{EditError, edit_config};
use crate::config;
use crate::domain::settings::{Setting, Settings, Target};
use crate::ports::Ports;
use crate::words::{Sentence, config as words};

/// Writes what these targets get into the config, those that it does not list too, and lets secrets go there as it says
/// then: whoever names them to a command means that. Gives them back as the config has them now.
pub(super) fn write(
    ports: &Ports,
    settings: &Settings,
    targets: &[Target],
    setting: Option<Setting>,
) -> Result<Vec<Target>, (Sentence, Exit)> {
    if targets.is_empty() {
        return Ok(Vec::new());
    }
    let (mut changed, mut is_edited) = (Settings::default(), false);
    let edited = |text: &str| {
        let listed = config::parse(text, &ports.home)?.targets;
        let number = |target: &Target| listed.iter().position(|known| input::is_named(known, &target.to_string()));
        let mut text = targets.iter().try_fold(text.to_owned(), |text, target| match number(target) {
            Some(number) => config::with_secrets(&text, number, target.secrets.as_deref()),
            None => config::with_target(&text, target),
        })?;
        if let Some(setting) = setting {
            text = config::with_setting(&text, setting, &settings.profile)?;
        }
        // Whatever does not fit together is found before it is written.
        is_edited = true;
        changed = config::parse(&text, &ports.home)?;
        Ok(text)
    };
    edit_config(ports, edited).map_err(|error| match error {
        // Not the file is wrong, but what it was to become.
        EditError::Text(error) if is_edited => (words::not_written(&error.message), Exit::Usage),
        error => not_edited(ports, &error),
    })?;
    // Beside its secrets a target may get variables, and what is written of who may use them is one of several ways.
    let is_meant = |known: &&Target| targets.iter().any(|target| input::is_named(target, &known.to_string()));
    let written: Vec<Target> = changed.targets.iter().filter(is_meant).cloned().collect();
    let allowed = ports.state_file.change_sync(&mut |memory| {
        memory.places.see(settings);
        for target in &written {
            memory.places.add_target(target, &changed);
        }
    });
    if let Err(error) = allowed {
        output::diagnostic(&error.to_string());
    }
    Ok(written)
}

/// Why the config is as it was, and how that ends a command.
pub(super) fn not_edited(ports: &Ports, error: &EditError) -> (Sentence, Exit) {
    let why = format!("{}: {error}", ports.config_file.path().display());
    match error {
        EditError::Text(_) => (words::invalid(&why), Exit::Usage),
        EditError::File(_) => (words::not_written(&why), Exit::Failed),
    }
}
