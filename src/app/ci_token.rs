//! The one-year token beside the credential: whoever reads the credential gets both, where a secret is made of it.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::credential::Contents;
use crate::domain::profile::ProfileName;
use crate::domain::settings::Settings;
use crate::domain::source::{Location, Reading};
use crate::ports::{CiTokens, CredentialStore, Patience, Ports, Stamp, StateFile};

/// Opens the place of the credential; with the one-year token, where something that is synced is made of it.
pub fn open_store(ports: &Ports, settings: &Settings) -> Arc<dyn CredentialStore> {
    let store = (ports.open_store)(&settings.credential);
    if !settings.needs_the_ci_token() {
        return store;
    }
    let (state_file, ci_tokens) = (Arc::clone(&ports.state_file), Arc::clone(&ports.ci_tokens));
    Arc::new(WithCiToken { store, state_file, ci_tokens, profile: settings.profile.clone() })
}

struct WithCiToken {
    store: Arc<dyn CredentialStore>,
    state_file: Arc<dyn StateFile>,
    ci_tokens: Arc<dyn CiTokens>,
    profile: ProfileName,
}

impl CredentialStore for WithCiToken {
    fn location(&self) -> Location {
        self.store.location()
    }

    fn stamp(&self) -> Stamp {
        let stored = self.state_file.load_sync().ci_tokens.get(self.profile.as_str()).map(|memory| memory.stored_at);
        let Stamp(mut parts) = self.store.stamp();
        parts.push(stored.map_or(0, Timestamp::as_millisecond));
        Stamp(parts)
    }

    fn read(&self, patience: Patience) -> Reading {
        let mut reading = self.store.read(patience);
        if let Ok(Contents::SignedIn(credential)) = &mut reading.outcome {
            let stored = self.ci_tokens.read(&self.profile, patience);
            credential.ci_token = stored.unwrap_or_else(|detail| {
                tracing::warn!("the one-year token could not be read: {detail}");
                None
            });
        }
        reading
    }

    fn watched(&self) -> Vec<(PathBuf, Vec<String>)> {
        self.store.watched()
    }
}
