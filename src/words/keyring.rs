//! Words about the keyring in which Wick keeps its own tokens.

use super::refresh;
use crate::domain::keyring::KeyringError;

/// Why it did not do what it was asked for.
pub fn error(error: &KeyringError) -> String {
    match error {
        KeyringError::Absent => "no keyring service answers here".to_owned(),
        KeyringError::Locked => "the keyring is locked".to_owned(),
        KeyringError::Dismissed => "the keyring's prompt was closed".to_owned(),
        KeyringError::Refused(detail) => format!("the keychain refused ({detail})"),
        KeyringError::TimedOut { after } => format!("the keyring did not answer within {} s", after.as_secs()),
        KeyringError::Keychain(why) => refresh::write_error(why).unwrap_or_default(),
        KeyringError::Failed(detail) => detail.clone(),
    }
}

/// What lets it do that.
pub(super) fn cure(error: &KeyringError) -> &'static str {
    match error {
        KeyringError::Absent => "start the desktop's keyring",
        KeyringError::Locked => "unlock the keyring",
        KeyringError::Dismissed => "answer the keyring's prompt",
        KeyringError::Refused(_) => "allow it in Keychain Access",
        KeyringError::TimedOut { .. } => "look for the keyring's prompt",
        KeyringError::Keychain(_) | KeyringError::Failed(_) => "see that it can be written",
    }
}
