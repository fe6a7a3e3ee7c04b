//! The config file on disk: who may have written it, and its text.

use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::{atomic_file, file_stamp, private_file};
use crate::domain::settings::{ConfigFileError, Distrust};
use crate::ports::{ConfigFile, Stamp, Versioned};

/// Far more than any config has.
const SIZE_LIMIT: u64 = 1024 * 1024;

/// `config.toml`, at this path.
#[derive(Debug)]
pub struct TomlFile(pub PathBuf);

impl ConfigFile for TomlFile {
    fn path(&self) -> PathBuf {
        self.0.clone()
    }

    fn read(&self) -> Result<Option<String>, ConfigFileError> {
        let file = match private_file::open(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened.map_err(|error| system(&error))?,
        };
        let metadata = file.metadata().map_err(|error| system(&error))?;
        let untrusted = |why| Err(ConfigFileError::Untrusted(why, self.0.clone()));
        if metadata.is_dir() {
            return untrusted(Distrust::Folder);
        }
        if !metadata.is_file() {
            return untrusted(Distrust::NotAFile);
        }
        // It names programs to run and places to send tokens to: whoever can write it owns them.
        // Where only root can, it is as good as one's own: a system that is made from a description keeps it there.
        let link = fs::symlink_metadata(&self.0).map_err(|error| system(&error))?;
        if link.is_symlink() && !private_file::is_ours_or_roots(&link) {
            return untrusted(Distrust::OtherOwner);
        }
        if !private_file::is_ours_or_roots(&metadata) {
            let real = self.0.canonicalize().unwrap_or_else(|_| self.0.clone());
            return Err(ConfigFileError::Untrusted(Distrust::OtherOwner, real));
        }
        if metadata.mode() & 0o022 != 0 {
            return untrusted(Distrust::OthersCanWrite);
        }
        let mut bytes = Vec::new();
        file.take(SIZE_LIMIT + 1).read_to_end(&mut bytes).map_err(|error| system(&error))?;
        if bytes.len() as u64 > SIZE_LIMIT {
            return untrusted(Distrust::TooLarge);
        }
        String::from_utf8(bytes).map(Some).or_else(|_| untrusted(Distrust::NotText))
    }

    fn write(&self, read: Option<&str>, text: &str) -> Result<bool, ConfigFileError> {
        if let Some(roots) = self.0.canonicalize().ok().filter(|real| is_foreign(real)) {
            return Err(ConfigFileError::Roots(roots));
        }
        let is_still = || self.read().is_ok_and(|now| now.as_deref() == read);
        atomic_file::replace_in_place(&self.0, text.as_bytes(), &is_still).map_err(|error| system(&error))
    }
}

impl Versioned for TomlFile {
    fn stamp(&self) -> Stamp {
        file_stamp::of(&self.0)
    }

    fn watched(&self) -> Vec<(PathBuf, Vec<String>)> {
        file_stamp::watched(&self.0)
    }
}

fn is_foreign(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.uid() != private_file::us())
}

fn system(error: &io::Error) -> ConfigFileError {
    ConfigFileError::System(error.to_string())
}
