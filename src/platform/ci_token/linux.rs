//! The Secret Service first. A server without a desktop has none, and gets a file of mode 0600.

use std::path::PathBuf;
use std::sync::Arc;
use std::{fs, io};

use crate::domain::message::ci_token as words;
use crate::domain::message::keyring::NONE as NO_KEYRING;
use crate::domain::profile::ProfileName;
use crate::domain::secret::Secret;
use crate::platform::environment::Environment;
use crate::platform::keyring::{self, Key};
use crate::platform::private_file;
use crate::ports::{CiTokens, Patience};

/// The tokens of this user.
pub struct SystemCiTokens {
    folder: PathBuf,
}

impl SystemCiTokens {
    /// Beside the state, where a file is needed.
    pub fn new(environment: &Arc<Environment>) -> Self {
        Self { folder: environment.state_folder() }
    }

    fn file(&self, profile: &ProfileName) -> PathBuf {
        self.folder.join(format!("ci-token-{profile}"))
    }
}

fn key(profile: &ProfileName) -> Key {
    Key { kind: "ci-token", of: "profile", name: profile.to_string(), label: words::label(profile.as_str()) }
}

impl CiTokens for SystemCiTokens {
    fn read(&self, profile: &ProfileName, patience: Patience) -> Result<Option<Secret>, String> {
        match fs::read_to_string(self.file(profile)) {
            Ok(text) => return Ok(Secret::from(text).as_token()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.to_string()),
        }
        match keyring::read(&key(profile), patience) {
            Err(detail) if detail == NO_KEYRING => Ok(None),
            other => other,
        }
    }

    fn store(&self, profile: &ProfileName, token: &Secret) -> Result<String, String> {
        let file = self.file(profile);
        match keyring::write(&key(profile), token) {
            Ok(()) => {
                // One from before there was a keyring would win over it.
                remove(&file)?;
                Ok(words::KEYRING.to_owned())
            }
            Err(detail) if detail == NO_KEYRING => {
                private_file::replace(&file, token.expose().as_bytes()).map_err(|error| error.to_string())?;
                Ok(file.display().to_string())
            }
            Err(detail) => Err(detail),
        }
    }

    fn remove(&self, profile: &ProfileName) -> Result<bool, String> {
        let was_file = remove(&self.file(profile))?;
        match keyring::delete(&key(profile)) {
            Err(detail) if detail == NO_KEYRING => Ok(was_file),
            Err(detail) => Err(detail),
            Ok(was_item) => Ok(was_file || was_item),
        }
    }
}

fn remove(file: &PathBuf) -> Result<bool, String> {
    match fs::remove_file(file) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(format!("{}: {error}", file.display())),
    }
}
