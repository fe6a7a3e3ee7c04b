//! The Secret Service first. A server without a desktop has none, and gets a file of mode 0600.

use std::path::PathBuf;
use std::sync::Arc;
use std::{fs, io};

use crate::domain::credential::KeptIn;
use crate::domain::keyring::KeyringError;
use crate::domain::secret::Secret;
use crate::domain::settings::ProfileName;
use crate::platform::at::At;
use crate::platform::environment::Environment;
use crate::platform::keyring::{self, Key};
use crate::platform::private_file;
use crate::ports::{CiTokens, Patience};

/// The tokens of this user. Beside the state, where a file is needed.
pub struct SystemCiTokens {
    folder: PathBuf,
}

impl SystemCiTokens {
    pub fn new(environment: &Arc<Environment>) -> Self {
        Self { folder: environment.state_folder() }
    }

    fn file(&self, profile: &ProfileName) -> PathBuf {
        self.folder.join(format!("ci-token-{profile}"))
    }
}

fn key(profile: &ProfileName) -> Key {
    let label = format!("Wick: one-year Claude token ({profile})");
    Key { kind: "ci-token", of: "profile", name: profile.to_string(), label }
}

impl CiTokens for SystemCiTokens {
    fn read(&self, profile: &ProfileName, patience: Patience) -> Result<Option<Secret>, KeyringError> {
        let file = self.file(profile);
        match fs::read_to_string(&file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            read => return Ok(Secret::from(read.at(&file)?).as_token()),
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
                private_file::remove(&file).at(&file)?;
                Ok(KeptIn::Keyring)
            }
            Err(KeyringError::Absent) => {
                private_file::replace(&file, token.expose().as_bytes()).at(&file)?;
                Ok(KeptIn::File(file.display().to_string()))
            }
            Err(error) => Err(error),
        }
    }

    fn remove(&self, profile: &ProfileName) -> Result<bool, KeyringError> {
        let file = self.file(profile);
        let was_file = private_file::remove(&file).at(&file)?;
        Ok(keyring::delete(&key(profile))? || was_file)
    }
}
