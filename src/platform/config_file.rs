//! The config file on disk: who may have written it, and its text.

use std::fs::OpenOptions;
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::PathBuf;

use super::{file_stamp, private_file};
use crate::domain::settings::{ConfigFileError, Distrust};
use crate::ports::{ConfigFile, Stamp, Versioned};

/// Far more than any config has.
const SIZE_LIMIT: u64 = 1024 * 1024;

/// `config.toml`.
#[derive(Debug)]
pub struct TomlFile {
    path: PathBuf,
}

impl TomlFile {
    /// The file at this path.
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }
}

impl ConfigFile for TomlFile {
    fn path(&self) -> PathBuf {
        self.path.clone()
    }

    fn read(&self) -> Result<Option<String>, ConfigFileError> {
        // Not blocking: a named pipe in the file's place would otherwise hold this thread for ever.
        let flags = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or_default();
        let file = match OpenOptions::new().read(true).custom_flags(flags).open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(system(&error)),
        };
        let metadata = file.metadata().map_err(|error| system(&error))?;
        let untrusted = |why| Err(ConfigFileError::Untrusted(why, self.path.clone()));
        if !metadata.is_file() {
            return untrusted(Distrust::NotAFile);
        }
        // It names programs to run and places to send tokens to: whoever can write it owns them.
        if metadata.uid() != rustix::process::geteuid().as_raw() {
            return untrusted(Distrust::OtherOwner);
        }
        if metadata.mode() & 0o022 != 0 {
            return untrusted(Distrust::OthersCanWrite);
        }
        let mut text = String::new();
        file.take(SIZE_LIMIT + 1).read_to_string(&mut text).map_err(|error| system(&error))?;
        if text.len() as u64 > SIZE_LIMIT {
            return untrusted(Distrust::TooLarge);
        }
        Ok(Some(text))
    }

    fn create(&self, text: &str) -> Result<bool, ConfigFileError> {
        match private_file::create_new(&self.path, text.as_bytes()) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(system(&error)),
        }
    }

    fn replace(&self, text: &str) -> Result<(), ConfigFileError> {
        private_file::replace_in_place(&self.path, text.as_bytes()).map_err(|error| system(&error))
    }
}

impl Versioned for TomlFile {
    fn stamp(&self) -> Stamp {
        file_stamp::of(&self.path)
    }

    fn watched(&self) -> Vec<(PathBuf, Vec<String>)> {
        file_stamp::watched(&self.path)
    }
}

fn system(error: &io::Error) -> ConfigFileError {
    ConfigFileError::System(error.to_string())
}
