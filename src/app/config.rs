//! Reads and edits the config file.

use std::path::Path;

use thiserror::Error;

use crate::config::{self, ConfigError};
use crate::domain::settings::{ConfigFileError, ProfileName, Settings};
use crate::ports::Ports;
use crate::words::{self, Sentence};

/// An editor saves once; what writes more often than this is a program gone wrong.
const MOST_TRIES: u32 = 20;

/// Why the config is as it was.
#[derive(Debug, Error)]
pub enum EditError {
    /// Its text, or what it would become: the user changes it.
    #[error("{0}")]
    Text(#[from] ConfigError),
    #[error("{}", words::config::file(.0))]
    File(ConfigFileError),
}

/// Why there are no settings.
#[derive(Debug, Error)]
pub enum NoSettings {
    /// The file, in words: the user changes it.
    #[error("{0}")]
    Config(String),
    /// It has no such profile; these it has.
    #[error("{}", words::profiles::unknown(.0, .1).message)]
    Profile(ProfileName, Vec<String>),
}

impl NoSettings {
    /// What is wrong, with the file that it is in.
    pub fn sentence(&self, config: &Path) -> Sentence {
        match self {
            Self::Config(why) => words::config::invalid(&format!("{}: {why}", config.display())),
            Self::Profile(name, known) => words::profiles::unknown(name, known),
        }
    }
}

/// The config as the profile sees it, and whether there is a file; else what is wrong with it.
pub fn settings(ports: &Ports) -> Result<(Settings, bool), NoSettings> {
    let text = ports.config_file.read().map_err(|error| NoSettings::Config(words::config::file(&error)))?;
    let settings = config::parse(text.as_deref().unwrap_or_default(), &ports.home);
    let settings = settings.map_err(|error| NoSettings::Config(error.to_string()))?;
    let known = settings.profiles.iter().map(|known| known.name.to_string()).collect();
    let own = settings.of_profile(&ports.profile).ok_or_else(|| NoSettings::Profile(ports.profile.clone(), known))?;
    Ok((own, text.is_some()))
}

/// The line of the config that is not understood, with a mark under what is meant; for so wide a terminal.
pub fn quote(ports: &Ports, columns: usize) -> Option<String> {
    let text = ports.config_file.read().ok()??;
    config::parse(&text, &ports.home).err()?.quoted(columns)
}

/// Edits the config file, or makes it where there is none yet. What somebody else writes meanwhile is edited in its turn.
pub fn edit_config(ports: &Ports, mut edit: impl FnMut(&str) -> Result<String, ConfigError>) -> Result<(), EditError> {
    for _ in 0..MOST_TRIES {
        let text = ports.config_file.read().map_err(EditError::File)?;
        let edited = edit(text.as_deref().unwrap_or_default())?;
        if ports.config_file.write(text.as_deref(), &edited).map_err(EditError::File)? {
            return Ok(());
        }
    }
    Err(EditError::File(ConfigFileError::Changing))
}
