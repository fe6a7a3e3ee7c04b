//! The Secret Service first. A server without a desktop has none, and gets a file of mode 0600.

use std::path::PathBuf;
use std::sync::Arc;
use std::{fs, io};

use crate::domain::credential::KeptIn;
use crate::domain::keyring::KeyringError;
use crate::domain::secret::Secret;
use crate::domain::settings::ProfileName;
use crate::platform::environment::Environment;
use crate::platform::keyring::Key;
use crate::platform::{keyring, private_file};
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
    Key {
        kind: "ci-token",
        of: "profile",
        name: profile.to_string(),
        label: format!("Wick: one-year Claude token ({profile})"),
    }
}

impl CiTokens for SystemCiTokens {
    fn read(&self, profile: &ProfileName, patience: Patience) -> Result<Option<Secret>, KeyringError> {
        match fs::read_to_string(self.file(profile)) {
            Ok(text) => return Ok(Secret::from(text).as_token()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(KeyringError::Failed(error.to_string())),
        }
        match keyring::read(&key(profile), patience) {
            Err(KeyringError::Absent) => Ok(None),
            other => other,
        }
    }

    fn store(&self, profile: &ProfileName, token: &Secret) -> Result<KeptIn, KeyringError> {
        let file = self.file(profile);
        match keyring::write(&key(profile), token) {
            Ok(()) => {
                // One from before there was a keyring would win over it.
                remove(&file)?;
                Ok(KeptIn::Keyring)
            }
            Err(KeyringError::Absent) => {
                private_file::replace(&file, token.expose().as_bytes())
                    .map_err(|error| KeyringError::Failed(error.to_string()))?;
                Ok(KeptIn::File(file.display().to_string()))
            }
            Err(error) => Err(error),
        }
    }

    fn remove(&self, profile: &ProfileName) -> Result<bool, KeyringError> {
        let was_file = remove(&self.file(profile))?;
        match keyring::delete(&key(profile)) {
            Err(KeyringError::Absent) => Ok(was_file),
            Err(error) => Err(error),
            Ok(was_item) => Ok(was_file || was_item),
        }
    }
}

fn remove(file: &PathBuf) -> Result<bool, KeyringError> {
    match fs::remove_file(file) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(KeyringError::Failed(format!("{}: {error}", file.display()))),
    }
}
