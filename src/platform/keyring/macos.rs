//! The login keychain, by the system's framework: the items are Wick's own. Type-checked on Linux; only a Mac can run it.

use security_framework::base::Error;
use security_framework::passwords::{delete_generic_password, get_generic_password, set_generic_password};

use super::Key;
use crate::domain::credential::Problem;
use crate::domain::keyring::KeyringError;
use crate::domain::secret::Secret;
use crate::platform::silence::without_asking;
use crate::platform::store::keychain::{NOT_FOUND, meaning};
use crate::ports::Patience;

/// Only GitHub's tokens come here.
const SERVICE: &str = "Wick-github";

/// The token of this host. A keychain that would have to ask is asked only after a click.
pub fn read(key: &Key, patience: Patience) -> Result<Option<Secret>, KeyringError> {
    let silent = (patience == Patience::Background).then(without_asking);
    let _silent = silent.transpose().map_err(failed)?;
    match get_generic_password(SERVICE, &key.name) {
        Ok(bytes) => Ok(Some(Secret::from(String::from_utf8_lossy(&bytes).into_owned()))),
        Err(error) if error.code() == NOT_FOUND => Ok(None),
        Err(error) => Err(match meaning(|known| known == error.code()) {
            Some(Problem::KeychainLocked | Problem::Program(_)) => KeyringError::Locked,
            // A build that was signed anew may no longer read what the one before has written.
            _ => KeyringError::Refused(error.to_string()),
        }),
    }
}

pub fn write(key: &Key, token: &Secret) -> Result<(), KeyringError> {
    set_generic_password(SERVICE, &key.name, token.expose().as_bytes()).map_err(failed)
}

/// Forgets a token. Says whether there was one.
pub fn delete(key: &Key) -> Result<bool, KeyringError> {
    match delete_generic_password(SERVICE, &key.name) {
        Ok(()) => Ok(true),
        Err(error) if error.code() == NOT_FOUND => Ok(false),
        Err(error) => Err(failed(error)),
    }
}

fn failed(error: Error) -> KeyringError {
    KeyringError::Failed(error.to_string())
}
