//! The Secret Service first. A server without a desktop has none, and gets a file of mode 0600.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use crate::domain::credential::KeptIn;
use crate::domain::keyring::KeyringError;
use crate::domain::secret::Secret;
use crate::domain::settings::ProfileName;
use crate::domain::system::SystemError;
use crate::platform::at::At;
use crate::platform::atomic_file;
use crate::platform::environment::Environment;
use crate::platform::keyring::{self, Key};
use crate::platform::private_file::{self, Locked};
use crate::platform::sync_lock;
use crate::ports::{CiTokens, Patience};

/// Far more than any token has.
const SIZE_LIMIT: u64 = 64 * 1024;

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

    fn lock_folder(&self) -> Result<Locked, KeyringError> {
        Ok(atomic_file::lock_folder(&self.folder).at(&self.folder)?)
    }
}

fn key(profile: &ProfileName) -> Key {
    let label = format!("Wick: one-year Claude token ({profile})");
    Key { kind: "ci-token", of: "profile", name: profile.to_string(), label }
}

impl CiTokens for SystemCiTokens {
    fn read(&self, profile: &ProfileName, patience: Patience) -> Result<Option<Secret>, KeyringError> {
        let file = self.file(profile);
        match private_file::read(&file, SIZE_LIMIT) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            read => {
                let bytes = read.at(&file)?;
                let text = std::str::from_utf8(&bytes).map_err(io::Error::other).at(&file)?;
                return Ok(Secret::from(text.to_owned()).as_token());
            }
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
                let _lock = self.lock_folder()?;
                atomic_file::replace(&file, token.expose().as_bytes()).at(&file)?;
                Ok(KeptIn::File(file.display().to_string()))
            }
            Err(error) => Err(error),
        }
    }

    fn remove(&self, profile: &ProfileName) -> Result<bool, KeyringError> {
        let file = self.file(profile);
        let lock = self.lock_folder()?;
        atomic_file::sweep_locked(&self.folder, &lock).at(&self.folder)?;
        let was_file = private_file::remove(&file).at(&file)?;
        drop(lock);
        Ok(keyring::delete(&key(profile))? || was_file)
    }

    fn lock(&self) -> Result<Box<dyn Send>, SystemError> {
        let path = self.folder.join(sync_lock::CI_TOKEN);
        Ok(Box::new(private_file::lock(&path).at(&path)?))
    }
}
