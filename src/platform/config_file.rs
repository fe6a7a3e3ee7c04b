//! The config file on disk: who may have written it, and what it says.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use super::{file_stamp, private_file};
use crate::config::{self, ConfigError};
use crate::domain::settings::Settings;
use crate::ports::{ConfigFile, ConfigFileError, Stamp};

/// Far more than any config has.
const SIZE_LIMIT: u64 = 1024 * 1024;

/// `config.toml`.
#[derive(Debug)]
pub struct TomlFile {
    path: PathBuf,
    home: String,
}

impl TomlFile {
    /// The file at this path. `home` stands for `~` in it.
    pub fn new(path: PathBuf, home: String) -> Self {
        Self { path, home }
    }
}

impl ConfigFile for TomlFile {
    fn path(&self) -> PathBuf {
        self.path.clone()
    }

    fn stamp(&self) -> Stamp {
        file_stamp::of(&self.path)
    }

    fn watched(&self) -> Vec<(PathBuf, Vec<String>)> {
        file_stamp::watched(&self.path)
    }

    fn load(&self) -> Result<Option<Settings>, ConfigFileError> {
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let metadata = file.metadata()?;
        let path = self.path.display();
        // It names programs to run and places to send tokens to: whoever can write it owns them.
        if metadata.uid() != rustix::process::geteuid().as_raw() {
            return Err(ConfigFileError::Untrusted(format!(
                "the file belongs to another user; make it yours: chown $USER '{path}'"
            )));
        }
        if metadata.mode() & 0o022 != 0 {
            return Err(ConfigFileError::Untrusted(format!(
                "others can write the file; take that away: chmod go-w '{path}'"
            )));
        }
        let mut text = String::new();
        file.take(SIZE_LIMIT + 1).read_to_string(&mut text)?;
        if text.len() as u64 > SIZE_LIMIT {
            let message = "the file is larger than any config; write a shorter one".to_owned();
            return Err(ConfigError { line: None, message }.into());
        }
        Ok(Some(config::parse(&text, &self.home)?))
    }

    fn create(&self) -> Result<bool, ConfigFileError> {
        match private_file::create_new(&self.path, config::EXAMPLE.as_bytes()) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}
