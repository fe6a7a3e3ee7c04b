//! Reads all that can be sent: the sign-in, and the one-year token where a secret is made of it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use jiff::Timestamp;

use crate::domain::credential::{Material, Problem, Reading};
use crate::domain::settings::{CredentialSettings, ProfileName, Settings};
use crate::ports::{CredentialStore, Patience, Ports, Stamp, lock};

/// The places that material is read from.
pub struct MaterialStore {
    /// Of the sign-in. It is the one that is read all the time: it knows what was refused and is not to be asked for again.
    pub sign_in: Arc<dyn CredentialStore>,
    /// The settings that name it.
    pub(super) of: CredentialSettings,
    /// Of the one-year token, where something is made of it.
    ci_token: Option<CiTokenStore>,
}

struct CiTokenStore {
    ports: Ports,
    profile: ProfileName,
    /// Whether it goes anywhere itself; its dates alone need no look into a keychain.
    is_sent: bool,
    /// When the token was stored, as a version of the state file says.
    stored_at: Mutex<Option<(Stamp, Option<Timestamp>)>>,
    /// What the place of the sign-in held, at which version.
    last: Mutex<Option<(Stamp, Reading)>>,
    /// How often in a row the token could not be read: it is tried again with the next look.
    misses: AtomicI64,
}

impl MaterialStore {
    /// Opens both places as the settings name them.
    pub fn open(ports: &Ports, settings: &Settings) -> Arc<Self> {
        Self::beside((ports.open_store)(&settings.credential), ports, settings)
    }

    /// Opens them as other settings name them.
    pub(super) fn reopened(&self, ports: &Ports, settings: &Settings) -> Arc<Self> {
        // One that stays knows what was refused, and is not to be asked for again.
        if self.of == settings.credential {
            return Self::beside(Arc::clone(&self.sign_in), ports, settings);
        }
        Self::open(ports, settings)
    }

    fn beside(sign_in: Arc<dyn CredentialStore>, ports: &Ports, settings: &Settings) -> Arc<Self> {
        let (ports, profile) = (ports.clone(), settings.profile.clone());
        let (last, stored_at, misses) = (Mutex::default(), Mutex::default(), AtomicI64::new(0));
        let is_sent = settings.needs_the_ci_token();
        let store = CiTokenStore { ports, profile, is_sent, stored_at, last, misses };
        let ci_token = settings.is_about_the_ci_token().then_some(store);
        Arc::new(Self { sign_in, of: settings.credential.clone(), ci_token })
    }

    /// The present version of both, by attributes alone.
    pub(super) fn stamp(&self) -> Stamp {
        let Stamp(mut parts) = self.sign_in.stamp();
        if let Some(of) = &self.ci_token {
            parts.push(of.stored_at().map_or(0, Timestamp::as_millisecond));
            parts.push(of.misses.load(Ordering::SeqCst));
        }
        Stamp(parts)
    }

    /// Reads both.
    pub fn read(&self, patience: Patience) -> Material {
        let Some(of) = &self.ci_token else {
            return Material { sign_in: self.sign_in.read(patience), ci_token: None, ci_token_stored_at: None };
        };
        let sign_in = of.sign_in(&*self.sign_in, patience);
        // What was never stored is asked for nowhere.
        let ci_token_stored_at = of.stored_at();
        let is_read = of.is_sent && ci_token_stored_at.is_some();
        let stored = if is_read { of.ports.ci_tokens.read(&of.profile, patience) } else { Ok(None) };
        // Another number each time, so that the next look tries again.
        let misses = if stored.is_err() { of.misses.load(Ordering::SeqCst).wrapping_add(1) } else { 0 };
        of.misses.store(misses, Ordering::SeqCst);
        let ci_token = stored.unwrap_or_else(|error| {
            tracing::warn!("the one-year token could not be read: {}", error.kind());
            None
        });
        Material { sign_in, ci_token, ci_token_stored_at }
    }
}

impl CiTokenStore {
    /// Asked for before each write of a sync: the file is read only where it is another one.
    fn stored_at(&self) -> Option<Timestamp> {
        let stamp = self.ports.state_file.stamp();
        let mut known = lock(&self.stored_at);
        if let Some((_, stored_at)) = known.as_ref().filter(|(known, _)| *known == stamp) {
            return *stored_at;
        }
        // Where it cannot be read now, what was known still holds, and is looked up again.
        let Ok(memory) = self.ports.state_file.load_sync() else {
            return known.as_ref().and_then(|(_, stored_at)| *stored_at);
        };
        let stored_at = memory.ci_tokens.get(self.profile.as_str()).map(|memory| memory.stored_at);
        *known = Some((stamp, stored_at));
        stored_at
    }

    /// The sign-in alone. In the background, what has not moved is not read again for the token's sake.
    fn sign_in(&self, store: &dyn CredentialStore, patience: Patience) -> Reading {
        let stamp = store.stamp();
        let mut last = lock(&self.last);
        let is_settled = |reading: &Reading| reading.settled && !reading.outcome.as_ref().is_err_and(Problem::may_pass);
        if let Some((known, reading)) = &*last
            && patience == Patience::Background
            && *known == stamp
            && self.misses.load(Ordering::SeqCst) > 0
            && is_settled(reading)
        {
            return reading.clone();
        }
        let reading = store.read(patience);
        *last = Some((stamp, reading.clone()));
        reading
    }
}
