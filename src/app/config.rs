//! Reads and edits the config file.

use thiserror::Error;

use crate::config::{self, ConfigError};
use crate::domain::facts::ConfigFound;
use crate::domain::settings::{ConfigFileError, ProfileName, Settings};
use crate::ports::ConfigFile;
use crate::words;

/// Why the config is as it was.
#[derive(Debug, Error)]
pub enum EditError {
    /// Its text, or what it would become: the user changes it.
    #[error("{0}")]
    Text(#[from] ConfigError),
    /// The file.
    #[error("{}", words::config::file(.0))]
    File(ConfigFileError),
}

/// The config as a profile sees it, and whether there is a file; else what is wrong with it.
pub fn settings(
    config_file: &dyn ConfigFile,
    home: &str,
    profile: &ProfileName,
) -> Result<(Settings, ConfigFound), String> {
    let text = config_file.read().map_err(|error| words::config::file(&error))?;
    let found = if text.is_some() { ConfigFound::Read } else { ConfigFound::Absent };
    Ok((config::settings(text.as_deref().unwrap_or_default(), home, profile)?, found))
}

/// Edits the config file, or makes it where there is none yet.
pub fn edit_config(
    config_file: &dyn ConfigFile,
    edit: impl FnOnce(&str) -> Result<String, ConfigError>,
) -> Result<(), EditError> {
    let text = config_file.read().map_err(EditError::File)?;
    let edited = edit(text.as_deref().unwrap_or_default())?;
    if text.is_some() {
        config_file.replace(&edited).map_err(EditError::File)
    } else if config_file.create(&edited).map_err(EditError::File)? {
        Ok(())
    } else {
        Err(EditError::File(ConfigFileError::AlreadyThere))
    }
}
