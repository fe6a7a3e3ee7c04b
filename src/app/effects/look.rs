//! One look at all that may have changed on this computer.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

use crate::app::config::settings;
use crate::app::material::MaterialStore;
use crate::domain::credential::{Material, Overruling, Problem};
use crate::domain::state::event::{Event, Look};
use crate::ports::{Patience, Ports, Stamp, Watcher};

/// The places that a look reads, and what was seen of them last.
#[derive(Clone)]
pub(super) struct Places {
    /// Whether the state file is followed as closely as the credential.
    follows_others: bool,
    ports: Ports,
    pub(super) store: Arc<MaterialStore>,
    pub(super) seen: Seen,
}

/// The versions that were read last; `None` where it is to be read whatever its version is.
#[derive(Clone)]
pub(super) struct Seen {
    pub(super) material: Option<Stamp>,
    config: Option<Stamp>,
    pub(super) state: Stamp,
    login_item: Stamp,
    /// The way to the internet.
    network: Option<IpAddr>,
    overruling: Vec<Overruling>,
}

/// The watcher, what was seen, and what there is to say of it.
pub(super) type Looked = (Box<dyn Watcher>, Seen, Vec<Event>);

impl Places {
    pub(super) fn new(follows_others: bool, ports: &Ports, store: Arc<MaterialStore>) -> Self {
        let (state, login_item) = (ports.state_file.stamp(), ports.login_item.stamp());
        let seen = Seen { material: None, config: None, state, login_item, network: None, overruling: Vec::new() };
        Self { follows_others, ports: ports.clone(), store, seen }
    }

    /// Reads what has changed. Blocks.
    pub(super) fn look(&self, mut watcher: Box<dyn Watcher>, how: Look) -> Looked {
        let Self { ports, store, seen: last, .. } = self;
        watcher.watch(&self.folders());
        // Versions before contents: what is written in between shows in the next version.
        let (stamp, config_stamp) = (store.stamp(), ports.config_file.stamp());
        let config = (last.config.as_ref() != Some(&config_stamp))
            .then(|| settings(ports).map(|(settings, _)| settings).map_err(|error| error.to_string()));
        let patience = if how == Look::Patiently { Patience::Click } else { Patience::Background };
        let changed = how != Look::IfMoved || last.material.as_ref() != Some(&stamp);
        let material = changed.then(|| store.read(patience));
        let location =
            material.as_ref().map_or_else(|| store.sign_in.location(), |found| found.sign_in.location.clone());
        let journal = (ports.find_journal)(&location);
        // After the credential: a command may have synced already what is found to have changed.
        let mut state = ports.state_file.stamp();
        let sync = (state != last.state).then(|| ports.state_file.load_sync()).transpose().unwrap_or_else(|error| {
            tracing::warn!("what was synced cannot be read: {error}");
            // To be tried again, whatever its version is by then.
            state = Stamp::default();
            None
        });
        let login_item = ports.login_item.stamp();
        let network = (ports.network)();
        let overruling = (ports.find_overruling)(&store.of);
        // What may pass without the place being written is read again at the next look.
        let seen = Seen {
            material: Some(stamp).filter(|_| !material.as_ref().is_some_and(may_pass)),
            config: Some(config_stamp),
            state,
            login_item,
            network,
            overruling,
        };
        let overruled = (seen.overruling != last.overruling).then(|| Event::Overruled(seen.overruling.clone()));
        let events = [
            journal.then_some(Event::JournalFound),
            overruled,
            // Before what was found, for the same reason.
            sync.map(Event::SyncRemembered),
            Some(material.map_or(Event::NothingMoved, Event::Loaded)),
            (network.is_some() && network != last.network).then_some(Event::NetworkChanged),
            (seen.login_item != last.login_item).then_some(Event::LoginItemMoved),
            // Last: it may name another place, and then a reading of the old one must not come after it.
            config.map(Event::ConfigLoaded),
        ];
        (watcher, seen, events.into_iter().flatten().collect())
    }

    fn folders(&self) -> Vec<(PathBuf, Vec<String>)> {
        let ports = &self.ports;
        let mut folders = ports.config_file.watched();
        folders.extend(ports.login_item.watched());
        if self.follows_others {
            folders.extend(ports.state_file.watched());
        }
        // Many never have these, and what is above them is written to all day: they are looked at once a minute instead.
        folders.retain(|(folder, _)| folder.is_dir());
        folders.extend(self.store.sign_in.watched());
        // As is a file in the home folder itself.
        folders.retain(|(folder, _)| folder.as_os_str() != ports.home.as_str());
        folders
    }
}

fn may_pass(material: &Material) -> bool {
    material.sign_in.outcome.as_ref().is_err_and(Problem::may_pass)
}
