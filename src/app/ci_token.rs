//! The one-year token beside the credential: whoever reads the credential gets both, where a secret is made of it.

use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use crate::domain::credential::Contents;
use crate::domain::profile::ProfileName;
use crate::domain::settings::Settings;
use crate::domain::source::{Location, Problem, Reading};
use crate::ports::{CiTokens, CredentialStore, Patience, Ports, Stamp, StateFile};

/// Opens the place of the credential; with the one-year token, where something that is synced is made of it.
pub fn open_store(ports: &Ports, settings: &Settings) -> Arc<dyn CredentialStore> {
    beside((ports.open_store)(&settings.credential), ports, settings)
}

/// The same over a place that is open already.
pub(super) fn beside(store: Arc<dyn CredentialStore>, ports: &Ports, settings: &Settings) -> Arc<dyn CredentialStore> {
    if !settings.needs_the_ci_token() {
        return store;
    }
    let (state_file, ci_tokens) = (Arc::clone(&ports.state_file), Arc::clone(&ports.ci_tokens));
    let profile = settings.profile.clone();
    Arc::new(WithCiToken { store, state_file, ci_tokens, profile, last: Mutex::default(), misses: AtomicI64::new(0) })
}

struct WithCiToken {
    store: Arc<dyn CredentialStore>,
    state_file: Arc<dyn StateFile>,
    ci_tokens: Arc<dyn CiTokens>,
    profile: ProfileName,
    /// What the place itself held, at which version.
    last: Mutex<Option<(Stamp, Reading)>>,
    /// How often in a row the token could not be read: it is tried again with the next look.
    misses: AtomicI64,
}

impl WithCiToken {
    fn stored_at(&self) -> Option<Timestamp> {
        self.state_file.load_sync().ci_tokens.get(self.profile.as_str()).map(|memory| memory.stored_at)
    }

    /// The credential alone. In the background, what has not moved is not read again for the token's sake.
    fn credential(&self, patience: Patience) -> Reading {
        let stamp = self.store.stamp();
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let known = last.as_ref().filter(|(known, _)| patience == Patience::Background && *known == stamp);
        let is_settled = |reading: &Reading| reading.settled && !reading.outcome.as_ref().is_err_and(Problem::may_pass);
        if let Some((_, reading)) =
            known.filter(|(_, reading)| self.misses.load(Ordering::SeqCst) > 0 && is_settled(reading))
        {
            return reading.clone();
        }
        let reading = self.store.read(patience);
        *last = Some((stamp, reading.clone()));
        reading
    }
}

impl CredentialStore for WithCiToken {
    fn location(&self) -> Location {
        self.store.location()
    }

    fn stamp(&self) -> Stamp {
        let Stamp(mut parts) = self.store.stamp();
        parts.push(self.stored_at().map_or(0, Timestamp::as_millisecond));
        let misses = self.misses.load(Ordering::SeqCst);
        if misses > 0 {
            self.misses.fetch_add(1, Ordering::SeqCst);
        }
        parts.push(misses);
        Stamp(parts)
    }

    fn read(&self, patience: Patience) -> Reading {
        let mut reading = self.credential(patience);
        let Ok(Contents::SignedIn(credential)) = &mut reading.outcome else { return reading };
        // What was never stored is asked for nowhere.
        let stored = if self.stored_at().is_some() { self.ci_tokens.read(&self.profile, patience) } else { Ok(None) };
        self.misses.store(i64::from(stored.is_err()), Ordering::SeqCst);
        credential.ci_token = stored.unwrap_or_else(|detail| {
            tracing::warn!("the one-year token could not be read: {detail}");
            None
        });
        reading
    }

    fn watched(&self) -> Vec<(PathBuf, Vec<String>)> {
        self.store.watched()
    }
}
