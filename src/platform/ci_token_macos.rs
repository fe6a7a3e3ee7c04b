//! An item of the login keychain, by the same program and in the same way as the credential. Type-checked on Linux; only
//! a Mac can run it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::domain::credential::{KeptIn, Problem};
use crate::domain::keyring::KeyringError;
use crate::domain::secret::Secret;
use crate::domain::settings::ProfileName;
use crate::domain::system::SystemError;
use crate::platform::at::At;
use crate::platform::environment::Environment;
use crate::platform::store;
use crate::platform::store::keychain::Attributes;
use crate::platform::store::keychain_attributes::LoginKeychain;
use crate::platform::store::keychain_writer::KeychainWriter;
use crate::platform::{private_file, sync_lock};
use crate::ports::{CiTokens, CredentialWriter, Patience};

/// The tokens of this user, in the login keychain.
pub struct SystemCiTokens {
    environment: Arc<Environment>,
    /// After one refusal nothing in the background asks again; what passes by itself is none.
    refused: AtomicBool,
}

impl SystemCiTokens {
    pub fn new(environment: &Arc<Environment>) -> Self {
        Self { environment: Arc::clone(environment), refused: AtomicBool::new(false) }
    }

    fn writer(&self, profile: &ProfileName) -> KeychainWriter {
        store::own_writer(format!("Wick-ci-token-{profile}"), &self.environment)
    }
}

impl CiTokens for SystemCiTokens {
    fn read(&self, profile: &ProfileName, patience: Patience) -> Result<Option<Secret>, KeyringError> {
        if patience == Patience::Background && (LoginKeychain.is_locked() || self.refused.load(Ordering::SeqCst)) {
            return Err(KeyringError::Locked);
        }
        let writer = self.writer(profile);
        let read = writer.load();
        self.refused.store(read.as_ref().is_err_and(Problem::might_prompt), Ordering::SeqCst);
        match read {
            Ok(text) => Ok(text.as_token()),
            Err(Problem::Absent) => Ok(None),
            Err(problem) => Err(writer.unreadable(problem).into()),
        }
    }

    fn store(&self, profile: &ProfileName, token: &Secret) -> Result<KeptIn, KeyringError> {
        self.writer(profile).replace(token)?;
        Ok(KeptIn::Keychain)
    }

    fn remove(&self, profile: &ProfileName) -> Result<bool, KeyringError> {
        let writer = self.writer(profile);
        if writer.load() == Err(Problem::Absent) {
            return Ok(false);
        }
        writer.delete()?;
        Ok(true)
    }

    fn lock(&self) -> Result<Box<dyn Send>, SystemError> {
        let path = self.environment.state_folder().join(sync_lock::CI_TOKEN);
        Ok(Box::new(private_file::lock(&path).at(&path)?))
    }
}
