//! Runs effects beside the loop. Never two looks at once, and what is to be remembered in its order.

mod jobs;

use std::future::pending;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::{JoinHandle, spawn_blocking};

use super::material::MaterialStore;
use super::{Purpose, settings};
use crate::domain::credential::{Material, Problem};
use crate::domain::settings::{CredentialSettings, Settings};
use crate::domain::state::State;
use crate::domain::state::event::{Effect, Event, Look};
use crate::domain::state::memory::Part;
use crate::domain::sync::SyncMemory;
use crate::ports::{CredentialStore, EventSink, Patience, Ports, Stamp, StateFile, Stop, Watcher};
use crate::view::notice::notification;

/// A disk that takes longer must not hold up a logout.
const LONGEST_WRITE: Duration = Duration::from_secs(5);

pub(super) struct Effects {
    /// Whether what others remember is news: what is written here itself would be, over and over.
    follows_others: bool,
    ports: Ports,
    events: EventSink,
    store: Arc<MaterialStore>,
    /// The place of the credential itself, and the settings that name it.
    base: (CredentialSettings, Arc<dyn CredentialStore>),
    /// The version of the store that was read last.
    stamp: Option<Stamp>,
    /// The version of the config that was read last.
    config_stamp: Option<Stamp>,
    /// The version of the state file that was read last.
    state_stamp: Stamp,
    /// Absent while a look has it.
    watcher: Option<Box<dyn Watcher>>,
    look: Option<JoinHandle<Looked>>,
    /// Asked for while another look was under way.
    next_look: Option<Look>,
    /// What is asked of the login item: to change, or `None` for a look.
    login_item: UnboundedSender<Option<bool>>,
    /// The version of the login item that was seen last.
    login_item_stamp: Stamp,
    memory: UnboundedSender<(String, Part)>,
    memory_writer: JoinHandle<()>,
    /// The refresh that runs or has ended last; there are never two at once.
    refresh: Option<JoinHandle<()>>,
    /// The same of a sync.
    sync: Option<JoinHandle<()>>,
    stop: Stop,
    /// The way to the internet at the last look.
    network: Option<IpAddr>,
}

/// What a look brought; absent parts have not moved.
struct Looked {
    watcher: Box<dyn Watcher>,
    stamp: Stamp,
    material: Option<Material>,
    config_stamp: Stamp,
    config: Option<Result<Settings, String>>,
    state_stamp: Stamp,
    sync: Option<SyncMemory>,
    network: Option<IpAddr>,
    /// Whether a refresh was not brought to its end.
    journal: bool,
    /// The version of the login item.
    login_item: Option<Stamp>,
}

impl Effects {
    pub(super) fn new(purpose: Purpose, ports: &Ports, settings: &Settings, events: &EventSink) -> Self {
        let base = (ports.open_store)(&settings.credential);
        let (memory, writer) = memory_writer(Arc::clone(&ports.state_file));
        Self {
            follows_others: purpose == Purpose::Watch,
            ports: ports.clone(),
            events: EventSink::clone(events),
            store: MaterialStore::beside(Arc::clone(&base), ports, settings),
            base: (settings.credential.clone(), base),
            stamp: None,
            config_stamp: None,
            state_stamp: ports.state_file.stamp(),
            watcher: Some(open_watcher(ports, events)),
            look: None,
            next_look: None,
            login_item: jobs::login_item(Arc::clone(&ports.login_item), EventSink::clone(events)),
            login_item_stamp: ports.login_item.stamp(),
            memory,
            memory_writer: writer,
            refresh: None,
            sync: None,
            stop: Stop::default(),
            network: None,
        }
    }

    /// Begins one effect; what comes of it arrives as an event.
    pub(super) fn run(&mut self, effect: Effect, state: &State) {
        match effect {
            Effect::Look(how) => self.look(how),
            Effect::OpenStore => {
                let settings = state.settings();
                // One that stays knows what was refused, and is not to be asked for again.
                if self.base.0 != settings.credential {
                    self.base = (settings.credential.clone(), (self.ports.open_store)(&settings.credential));
                }
                self.store = MaterialStore::beside(Arc::clone(&self.base.1), &self.ports, settings);
                self.stamp = None;
            }
            Effect::Notify(notice) => self.notify(notification(&notice, state, &self.ports.clock.now())),
            Effect::Remember(source, part) => {
                // Fails only after the writer was told to finish.
                drop(self.memory.send((source, part)));
            }
            Effect::Refresh(trigger) => self.refresh(trigger, state),
            Effect::Sync(request) => self.sync(request, state),
            Effect::SeePlaces(places) => self.see_places(places),
            Effect::Set(setting) => self.set(setting),
            Effect::LookAtAutostart => self.login_item(None),
            Effect::SetAutostart(on) => self.login_item(Some(on)),
            Effect::Act(action) => self.act(action, state),
            // The loop itself sees to it.
            Effect::Leave => {}
        }
    }

    /// What a look that has ended brought. Waits for ever while none is under way.
    pub(super) async fn looked(&mut self) -> Vec<Event> {
        let Some(look) = &mut self.look else { return pending().await };
        let outcome = look.await;
        self.look = None;
        let Ok(looked) = outcome else {
            tracing::error!("a look at the credential panicked");
            self.watcher = Some(open_watcher(&self.ports, &self.events));
            return vec![Event::NothingMoved];
        };
        self.watcher = Some(looked.watcher);
        self.config_stamp = Some(looked.config_stamp);
        self.state_stamp = looked.state_stamp;
        let passing =
            looked.material.as_ref().is_some_and(|found| found.sign_in.outcome.as_ref().is_err_and(Problem::may_pass));
        // What may pass without the place being written is read again at the next look.
        self.stamp = (!passing).then_some(looked.stamp);
        let config = looked.config.map(Event::ConfigLoaded);
        let online = looked.network.is_some() && looked.network != self.network;
        self.network = looked.network;
        let network = online.then_some(Event::NetworkChanged);
        let login_item = looked.login_item.map(|stamp| {
            self.login_item_stamp = stamp;
            Event::LoginItemMoved
        });
        // The config last: it may name another place, and then a reading of the old one must not come after it.
        let journal = looked.journal.then_some(Event::JournalFound);
        let found = [looked.material.map_or(Event::NothingMoved, Event::Loaded)];
        let remembered = looked.sync.map(Event::SyncRemembered);
        // Before what was found: a command may have synced already what is found to have changed.
        journal.into_iter().chain(remembered).chain(found).chain(network).chain(login_item).chain(config).collect()
    }

    /// Reads again with the next look, whatever the last one brought.
    pub(super) fn distrust_last_look(&mut self) {
        self.stamp = None;
    }

    /// Begins the look that was asked for while another one was under way. To be called once its events were taken in.
    pub(super) fn go_on(&mut self) {
        if self.look.is_none()
            && let Some(how) = self.next_look.take()
        {
            self.look(how);
        }
    }

    /// Waits for a refresh in flight, for a sync to leave off, and until what is to be remembered is on the disk, unless the
    /// disk takes too long.
    pub(super) async fn finish(self) {
        // Before anything is sent it gives up at once; afterwards its end is the only way not to lose the sign-in.
        self.stop.set();
        if let Some(refresh) = self.refresh
            && refresh.await.is_err()
        {
            tracing::error!("a refresh panicked");
        }
        // What it has written is on the disk; what it waits for must not hold up a logout.
        if let Some(sync) = self.sync
            && tokio::time::timeout(LONGEST_WRITE, sync).await.is_err()
        {
            tracing::warn!("a sync did not leave off within {} s", LONGEST_WRITE.as_secs());
        }
        drop(self.memory);
        match tokio::time::timeout(LONGEST_WRITE, self.memory_writer).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => tracing::error!("writing the state panicked"),
            Err(_) => tracing::error!("the state was not written within {} s", LONGEST_WRITE.as_secs()),
        }
    }

    fn look(&mut self, how: Look) {
        let Some(mut watcher) = self.watcher.take() else {
            self.next_look = self.next_look.max(Some(how));
            return;
        };
        let (store, last) = (Arc::clone(&self.store), self.stamp.clone());
        let (config_file, last_config) = (Arc::clone(&self.ports.config_file), self.config_stamp.clone());
        let (login_item, last_login_item) = (Arc::clone(&self.ports.login_item), self.login_item_stamp.clone());
        let (home, network) = (self.ports.home.clone(), Arc::clone(&self.ports.network));
        let (profile, follows_others) = (self.ports.profile.clone(), self.follows_others);
        let find_journal = Arc::clone(&self.ports.find_journal);
        let (state_file, last_state) = (Arc::clone(&self.ports.state_file), self.state_stamp.clone());
        self.look = Some(spawn_blocking(move || {
            let mut folders = store.sign_in.watched();
            folders.extend(config_file.watched());
            folders.extend(login_item.watched());
            if follows_others {
                folders.extend(state_file.watched());
            }
            // The home folder is written to all day; a file in it is looked at once a minute instead.
            folders.retain(|(folder, _)| folder.as_os_str() != home.as_str());
            watcher.watch(&folders);
            // Versions before contents: what is written in between shows in the next version.
            let (stamp, config_stamp) = (store.stamp(), config_file.stamp());
            let config_moved = last_config.as_ref() != Some(&config_stamp);
            let config = config_moved.then(|| settings(&*config_file, &home, &profile).map(|(settings, _)| settings));
            let patience = if how == Look::Patiently { Patience::Click } else { Patience::Background };
            let moved = how != Look::IfMoved || last.as_ref() != Some(&stamp);
            let material = moved.then(|| store.read(patience));
            let journal = find_journal(
                &material.as_ref().map_or_else(|| store.sign_in.location(), |found| found.sign_in.location.clone()),
            );
            let state_stamp = state_file.stamp();
            let sync = (state_stamp != last_state).then(|| state_file.load_sync());
            let login_item = Some(login_item.stamp()).filter(|stamp| *stamp != last_login_item);
            let network = network();
            Looked { watcher, stamp, material, config_stamp, config, state_stamp, sync, network, journal, login_item }
        }));
    }
}

fn open_watcher(ports: &Ports, events: &EventSink) -> Box<dyn Watcher> {
    let sink = EventSink::clone(events);
    (ports.open_watcher)(Box::new(move || sink(Event::FilesMoved)))
}

/// Writes one memory after the other: two at once could leave the older one.
fn memory_writer(file: Arc<dyn StateFile>) -> (UnboundedSender<(String, Part)>, JoinHandle<()>) {
    let (sender, mut receiver) = unbounded_channel::<(String, Part)>();
    let writer = tokio::spawn(async move {
        while let Some((source, part)) = receiver.recv().await {
            let file = Arc::clone(&file);
            match spawn_blocking(move || file.save(&source, part)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::warn!("what was said is not remembered: {error}"),
                // Its message is not shown: it could carry a value.
                Err(_) => tracing::error!("what was said is not remembered: writing it panicked"),
            }
        }
    });
    (sender, writer)
}
