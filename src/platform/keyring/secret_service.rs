//! The desktop's Secret Service, by freedesktop.org's specification: GNOME's keyring, `KWallet`, `KeePassXC`.

use std::collections::HashMap;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use jiff::SignedDuration;
use secret_service::EncryptionType;
use secret_service::blocking::{Item, SecretService};

use super::Key;
use crate::domain::keyring::KeyringError;
use crate::domain::secret::Secret;
use crate::ports::Patience;

/// What a service gets that has nothing to ask.
const BACKGROUND_LIMIT: Duration = Duration::from_secs(5);
/// Someone may be typing the keyring's password.
const CLICK_LIMIT: Duration = Duration::from_secs(120);

/// Whether asking would raise a prompt: a locked item is told from an unlocked one without asking for it.
pub fn would_prompt() -> bool {
    false
}

/// The secret of this key. A locked keyring is unlocked only after a click.
pub fn read(key: &Key, patience: Patience) -> Result<Option<Secret>, KeyringError> {
    let key = key.clone();
    within(patience, move |service| {
        let found = service.search_items(attributes(&key))?;
        let item = match (found.unlocked.first(), found.locked.first()) {
            (Some(item), _) => item,
            (None, None) => return Ok(None),
            (None, Some(_)) if patience == Patience::Background => return Err(secret_service::Error::Locked),
            (None, Some(item)) => {
                item.unlock()?;
                item
            }
        };
        let bytes = item.get_secret()?;
        Ok(Some(Secret::from(String::from_utf8_lossy(&bytes).into_owned())))
    })
}

/// Keeps a token.
pub fn write(key: &Key, token: &Secret) -> Result<(), KeyringError> {
    let (key, token) = (key.clone(), token.clone());
    within(Patience::Click, move |service| {
        let collection = service.get_any_collection()?;
        if collection.is_locked()? {
            collection.unlock()?;
        }
        collection.create_item(&key.label, attributes(&key), token.expose().as_bytes(), true, "text/plain").map(drop)
    })
}

/// Forgets a token. Says whether there was one.
pub fn delete(key: &Key) -> Result<bool, KeyringError> {
    let key = key.clone();
    within(Patience::Click, move |service| {
        let found = service.search_items(attributes(&key))?;
        let items: Vec<&Item<'_>> = found.unlocked.iter().chain(&found.locked).collect();
        for item in &items {
            if item.is_locked()? {
                item.unlock()?;
            }
            item.delete()?;
        }
        Ok(!items.is_empty())
    })
}

fn attributes(key: &Key) -> HashMap<&str, &str> {
    HashMap::from([("application", "wick"), ("kind", key.kind), (key.of, &*key.name)])
}

/// Asks on a thread of its own: a prompt that nobody answers must not hold up the rest.
fn within<T: Send + 'static>(
    patience: Patience,
    ask: impl FnOnce(&SecretService<'_>) -> Result<T, secret_service::Error> + Send + 'static,
) -> Result<T, KeyringError> {
    let limit = if patience == Patience::Click { CLICK_LIMIT } else { BACKGROUND_LIMIT };
    let (sender, receiver) = mpsc::channel();
    let connected = move || {
        let session = zbus::blocking::connection::Builder::session()?;
        let connection = session.method_timeout(limit).build()?;
        let service = SecretService::connect_with_existing(EncryptionType::Dh, connection)?;
        ask(&service)
    };
    // Nobody listens any more once the time is over.
    thread::spawn(move || drop(sender.send(connected())));
    match receiver.recv_timeout(limit) {
        Ok(Ok(found)) => Ok(found),
        Ok(Err(error)) => Err(said(&error)),
        Err(_) => Err(KeyringError::TimedOut { after: SignedDuration::try_from(limit).unwrap_or(SignedDuration::MAX) }),
    }
}

fn said(error: &secret_service::Error) -> KeyringError {
    match error {
        secret_service::Error::Locked => KeyringError::Locked,
        secret_service::Error::Prompt => KeyringError::Dismissed,
        secret_service::Error::Unavailable | secret_service::Error::Zbus(_) | secret_service::Error::ZbusFdo(_) => {
            KeyringError::Absent
        }
        other => KeyringError::Failed(other.to_string()),
    }
}
