//! The desktop's Secret Service, by freedesktop.org's specification: GNOME's keyring, `KWallet`, `KeePassXC`.

use std::collections::HashMap;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use secret_service::blocking::{Item, SecretService};
use secret_service::{EncryptionType, Error};

use super::Key;
use crate::domain::keyring::KeyringError;
use crate::domain::secret::Secret;
use crate::platform::bus;
use crate::platform::deadline::signed;
use crate::ports::{Patience, lock, start_thread};

/// What a service gets that has nothing to ask.
const BACKGROUND_LIMIT: Duration = Duration::from_secs(5);
/// Someone may be typing the keyring's password.
const CLICK_LIMIT: Duration = Duration::from_secs(120);

/// The secret of this key. A locked keyring is unlocked only after a click.
pub fn read(key: &Key, patience: Patience) -> Result<Option<Secret>, KeyringError> {
    let key = key.clone();
    within(patience, move |service| {
        let found = service.search_items(attributes(&key))?;
        let Some(item) = found.unlocked.first().or(found.locked.first()) else { return Ok(None) };
        if found.unlocked.is_empty() {
            if patience == Patience::Background {
                return Err(Error::Locked);
            }
            item.unlock()?;
        }
        let bytes = item.get_secret()?;
        Ok(Some(Secret::from(String::from_utf8_lossy(&bytes).into_owned())))
    })
}

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

/// Forgets a token. Says whether there was one; where no service answers, nothing was ever kept.
pub fn delete(key: &Key) -> Result<bool, KeyringError> {
    let key = key.clone();
    let deleted = within(Patience::Click, move |service| {
        let found = service.search_items(attributes(&key))?;
        let items: Vec<&Item<'_>> = found.unlocked.iter().chain(&found.locked).collect();
        for item in &items {
            if item.is_locked()? {
                item.unlock()?;
            }
            item.delete()?;
        }
        Ok(!items.is_empty())
    });
    if deleted == Err(KeyringError::Absent) { Ok(false) } else { deleted }
}

fn attributes(key: &Key) -> HashMap<&str, &str> {
    HashMap::from([("application", "wick"), ("kind", key.kind), (key.of, &*key.name)])
}

/// Asks on a thread of its own: a prompt that nobody answers must not hold up the rest.
fn within<T: Send + 'static>(
    patience: Patience,
    ask: impl FnOnce(&SecretService<'_>) -> Result<T, Error> + Send + 'static,
) -> Result<T, KeyringError> {
    let found = Arc::new(Mutex::new(None));
    let place = Arc::clone(&found);
    let ask = move |service: &SecretService<'_>| ask(service).map(|answer| *lock(&place) = Some(answer));
    asked(patience, Box::new(ask))?;
    let answer = lock(&found).take();
    answer.ok_or(KeyringError::Dismissed)
}

type Ask = Box<dyn FnOnce(&SecretService<'_>) -> Result<(), Error> + Send>;

fn asked(patience: Patience, ask: Ask) -> Result<(), KeyringError> {
    let limit = if patience == Patience::Click { CLICK_LIMIT } else { BACKGROUND_LIMIT };
    let (sender, receiver) = mpsc::channel();
    let (answers, answered) = mpsc::channel();
    let connected = move || -> Result<Result<(), Error>, KeyringError> {
        let connection = bus::session(limit).map_err(|error| not_there(Error::from(error), bus::CONNECT_LIMIT))?;
        let service = SecretService::connect_with_existing(EncryptionType::Dh, connection);
        let service = service.map_err(|error| not_there(error, BACKGROUND_LIMIT))?;
        // Nobody is asked anything until here, so that nobody has to be waited for.
        let _given_up = answers.send(());
        Ok(ask(&service))
    };
    // Nobody listens any more once the time is over.
    start_thread("keyring", Box::new(move || drop(sender.send(connected()))))
        .map_err(|error| KeyringError::Failed(error.to_string()))?;
    if answered.recv_timeout(BACKGROUND_LIMIT) == Err(RecvTimeoutError::Timeout) {
        return Err(KeyringError::Silent(signed(BACKGROUND_LIMIT)));
    }
    match receiver.recv_timeout(limit) {
        Ok(answer) => answer?.map_err(failed),
        Err(_) => Err(KeyringError::TimedOut(signed(limit))),
    }
}

fn failed(error: Error) -> KeyringError {
    match error {
        Error::Locked => KeyringError::Locked,
        Error::Prompt => KeyringError::Dismissed,
        Error::Zbus(error) => KeyringError::Failed(bus::said(&error)),
        other => KeyringError::Failed(other.to_string()),
    }
}

/// Only before it has answered anything: one that fails later is there, and may hold a token.
fn not_there(error: Error, waited: Duration) -> KeyringError {
    match error {
        Error::Zbus(error) if bus::is_silent(&error) => KeyringError::Silent(signed(waited)),
        Error::Unavailable | Error::Zbus(_) | Error::ZbusFdo(_) => KeyringError::Absent,
        error => failed(error),
    }
}
