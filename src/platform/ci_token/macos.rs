//! An item of the login keychain, by the same program and in the same way as the credential. Type-checked on Linux; only
//! a Mac can run it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::domain::message::{self, ci_token as words};
use crate::domain::profile::ProfileName;
use crate::domain::secret::Secret;
use crate::domain::source::{Location, Problem, SourceKind};
use crate::platform::environment::Environment;
use crate::platform::store::keychain::Attributes;
use crate::platform::store::keychain_attributes::LoginKeychain;
use crate::platform::store::{self, keychain_writer::KeychainWriter};
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
    fn read(&self, profile: &ProfileName, patience: Patience) -> Result<Option<Secret>, String> {
        if patience == Patience::Background && (LoginKeychain.is_locked() || self.refused.load(Ordering::SeqCst)) {
            return Err(words::LOCKED.to_owned());
        }
        let loaded = self.writer(profile).load();
        let refused = loaded.as_ref().is_err_and(|problem| *problem != Problem::Absent);
        self.refused.store(refused, Ordering::SeqCst);
        match loaded {
            Ok(text) => Ok(text.as_token()),
            Err(Problem::Absent) => Ok(None),
            Err(problem) => {
                let location = Location { kind: SourceKind::Keychain, place: service(profile) };
                Err(message::problem(&problem, &location).message)
            }
        }
    }

    fn store(&self, profile: &ProfileName, token: &Secret) -> Result<String, String> {
        let mut writer = self.writer(profile);
        writer.replace(token).map_err(|error| error.to_string())?;
        Ok(words::KEYCHAIN.to_owned())
    }

    fn remove(&self, profile: &ProfileName) -> Result<bool, String> {
        let writer = self.writer(profile);
        match writer.load() {
            Err(Problem::Absent) => Ok(false),
            _ => writer.delete().map(|()| true),
        }
    }
}
