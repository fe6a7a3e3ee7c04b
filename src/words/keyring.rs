//! Words about the keyring in which Wick keeps its own tokens.

use super::refresh;
use super::system::cure_to_write;
use crate::domain::keyring::KeyringError;

/// Why it did not do what it was asked for, and what lets it.
pub(super) fn error_and_cure(error: &KeyringError) -> (String, String) {
    let (why, cure) = match error {
        KeyringError::Absent => ("no keyring service answers here".to_owned(), "start the desktop's keyring"),
        KeyringError::Locked => ("the keyring is locked".to_owned(), "unlock the keyring"),
        KeyringError::Dismissed => ("the keyring's prompt was closed".to_owned(), "answer the keyring's prompt"),
        KeyringError::Refused(detail) => (format!("the keychain refused ({detail})"), "allow it in Keychain Access"),
        KeyringError::Silent(after) => (
            format!("the session bus or its keyring does not answer (waited {} s)", after.as_secs()),
            "log out and in again, or put DBUS_SESSION_BUS_ADDRESS=disabled: before the command, which does without a keyring",
        ),
        KeyringError::TimedOut(after) => {
            (format!("the keyring did not answer within {} s", after.as_secs()), "look for the keyring's prompt")
        }
        KeyringError::GhTimedOut(after) => (
            format!("\"gh auth token\" did not answer within {} s", after.as_secs()),
            "run it by hand and see what it waits for",
        ),
        KeyringError::Keychain(why) => (refresh::write_error(why).unwrap_or_default(), "see that it can be written"),
        KeyringError::File(error) => return (error.to_string(), cure_to_write(error)),
        KeyringError::Failed(detail) => (detail.clone(), "see that it can be written"),
    };
    (why, cure.to_owned())
}

pub fn error(error: &KeyringError) -> String {
    error_and_cure(error).0
}
