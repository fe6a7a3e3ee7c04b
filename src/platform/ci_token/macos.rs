//! An item of the login keychain, by the same program and in the same way as the credential. Type-checked on Linux; only
//! a Mac can run it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::domain::credential::{KeptIn, Problem};
use crate::domain::keyring::KeyringError;
use crate::domain::secret::Secret;
use crate::domain::settings::ProfileName;
use crate::platform::environment::Environment;
use crate::platform::store;
use crate::platform::store::keychain::Attributes;
use crate::platform::store::keychain_attributes::LoginKeychain;
use crate::platform::store::keychain_writer::KeychainWriter;
use crate::ports::{CiTokens, CredentialWriter, Patience};

/// The tokens of this user.
pub struct SystemCiTokens {
    environment: Arc<Environment>,
    /// After one refusal nothing in the background asks again.
    refused: AtomicBool,
}

impl SystemCiTokens {
    /// In the login keychain.
    pub fn new(environment: &Arc<Environment>) -> Self {
        Self { environment: Arc::clone(environment), refused: AtomicBool::new(false) }
    }

    fn writer(&self, profile: &ProfileName) -> KeychainWriter {
        store::own_item(&service(profile), &self.environment)
    }
}

fn service(profile: &ProfileName) -> String {
    format!("Wick-ci-token-{profile}")
}

impl CiTokens for SystemCiTokens {
    fn read(&self, profile: &ProfileName, patience: Patience) -> Result<Option<Secret>, KeyringError> {
        if patience == Patience::Background && (LoginKeychain.is_locked() || self.refused.load(Ordering::SeqCst)) {
            return Err(KeyringError::Locked);
        }
        let loaded = self.writer(profile).load();
        let refused = loaded.as_ref().is_err_and(|problem| *problem != Problem::Absent);
        self.refused.store(refused, Ordering::SeqCst);
        match loaded {
            Ok(text) => Ok(text.as_token()),
            Err(Problem::Absent) => Ok(None),
            Err(problem) => Err(refused(&problem)),
        }
    }

    fn store(&self, profile: &ProfileName, token: &Secret) -> Result<KeptIn, KeyringError> {
        let mut writer = self.writer(profile);
        writer.replace(token).map_err(|error| KeyringError::Failed(format!("{error:?}")))?;
        Ok(KeptIn::Keychain)
    }

    fn remove(&self, profile: &ProfileName) -> Result<bool, KeyringError> {
        let writer = self.writer(profile);
        match writer.load() {
            Err(Problem::Absent) => Ok(false),
            _ => writer.delete().map(|()| true).map_err(|error| KeyringError::Failed(format!("{error:?}"))),
        }
    }
}

fn refused(problem: &Problem) -> KeyringError {
    match problem {
        Problem::KeychainLocked => KeyringError::Locked,
        Problem::KeychainDenied => KeyringError::Dismissed,
        Problem::KeychainTimedOut { after } => KeyringError::TimedOut { after: *after },
        other => KeyringError::Failed(format!("{other:?}")),
    }
}
