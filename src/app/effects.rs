//! Runs effects beside the loop. Never two looks at once, and what is to be remembered in its order.

mod jobs;
mod look;
mod queues;

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::timeout;

use self::jobs::Surroundings;
use self::look::{Looked, Places};
use super::material::MaterialStore;
use crate::domain::action::Action;
use crate::domain::credential::Reading;
use crate::domain::settings::{CredentialSettings, Settings};
use crate::domain::state::State;
use crate::domain::state::event::{Effect, Event, Look};
use crate::domain::state::memory::Part;
use crate::ports::{CredentialStore, EventSink, Ports, Stop, Watcher};
use crate::view::notice::notification;

/// A disk that takes longer must not hold up a logout.
const LONGEST_WRITE: Duration = Duration::from_secs(5);

pub(super) struct Effects {
    around: Surroundings,
    places: Places,
    /// The place of the credential itself, and the settings that name it.
    base: (CredentialSettings, Arc<dyn CredentialStore>),
    /// Absent while a look has it.
    watcher: Option<Box<dyn Watcher>>,
    look: Option<JoinHandle<(Box<dyn Watcher>, Looked)>>,
    /// Asked for while another look was under way.
    next_look: Option<Look>,
    /// What is asked of the login item: to change, or `None` for a look.
    login_item: UnboundedSender<Option<bool>>,
    memory: UnboundedSender<(String, Part)>,
    memory_writer: JoinHandle<()>,
    /// The refresh that runs or has ended last; there are never two at once.
    refresh: Option<JoinHandle<()>>,
    /// The same of a sync.
    sync: Option<JoinHandle<()>>,
    stop: Stop,
}

impl Effects {
    /// `follows_others` says whether what others remember is news: what is written here itself would be, over and over.
    pub(super) fn new(follows_others: bool, ports: &Ports, settings: &Settings, events: &EventSink) -> Self {
        let base = (ports.open_store)(&settings.credential);
        let store = MaterialStore::beside(Arc::clone(&base), ports, settings);
        let around = Surroundings { ports: ports.clone(), events: EventSink::clone(events) };
        let (memory, memory_writer) = queues::memory(Arc::clone(&ports.state_file));
        Self {
            places: Places::new(follows_others, ports, store),
            base: (settings.credential.clone(), base),
            watcher: Some(around.open_watcher()),
            look: None,
            next_look: None,
            login_item: queues::login_item(Arc::clone(&ports.login_item), EventSink::clone(events)),
            memory,
            memory_writer,
            refresh: None,
            sync: None,
            stop: Stop::default(),
            around,
        }
    }

    /// Begins one effect; what comes of it arrives as an event.
    pub(super) fn run(&mut self, effect: Effect, state: &State) {
        let (around, settings) = (&self.around, state.settings());
        match effect {
            Effect::Look(how) => self.look(how),
            Effect::OpenStore => {
                // One that stays knows what was refused, and is not to be asked for again.
                if self.base.0 != settings.credential {
                    self.base = (settings.credential.clone(), (around.ports.open_store)(&settings.credential));
                }
                self.places.store = MaterialStore::beside(Arc::clone(&self.base.1), &around.ports, settings);
                self.distrust_last_look();
            }
            Effect::Notify(notice) => around.notify(notification(&notice, state, &around.ports.clock.now())),
            // Fails only after the writer was told to finish.
            Effect::Remember(source, part) => drop(self.memory.send((source, part))),
            Effect::Refresh(trigger) => {
                let store = Arc::clone(&self.places.store.sign_in);
                self.refresh = Some(around.refresh(store, settings.clone(), trigger, self.stop.clone()));
            }
            Effect::Sync(request) => {
                let store = Arc::clone(&self.places.store);
                self.sync = Some(around.sync(store, settings.clone(), request, self.stop.clone()));
            }
            Effect::SeePlaces(places) => around.see_places(places),
            Effect::Set(setting) => around.set(setting),
            // Fails only where the loop ends.
            Effect::LookAtAutostart => drop(self.login_item.send(None)),
            Effect::SetAutostart(on) => drop(self.login_item.send(Some(on))),
            Effect::SignIn => {
                let credential = settings.credential.clone();
                around.act(Action::SignIn, move |ports| ports.desktop.sign_in(&credential));
            }
            Effect::OpenSettings => around.act(Action::OpenSettings, jobs::open_settings),
            Effect::Diagnose => {
                let reading: Option<Reading> = state.reading().cloned();
                around.act(Action::Diagnose, |ports| jobs::diagnose(ports, reading));
            }
            // The loop itself sees to it.
            Effect::End(_) => {}
        }
    }

    /// What a look that has ended brought. Waits for ever while none is under way.
    pub(super) async fn looked(&mut self) -> Vec<Event> {
        let Some(look) = &mut self.look else { return pending().await };
        let outcome = look.await;
        self.look = None;
        let Ok((watcher, looked)) = outcome else {
            tracing::error!("a look at the credential panicked");
            self.watcher = Some(self.around.open_watcher());
            return vec![Event::NothingMoved];
        };
        self.watcher = Some(watcher);
        self.places.seen = looked.seen;
        looked.events
    }

    /// Reads again with the next look, whatever the last one brought.
    pub(super) fn distrust_last_look(&mut self) {
        self.places.seen.material = None;
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
            && timeout(LONGEST_WRITE, sync).await.is_err()
        {
            tracing::warn!("a sync did not leave off within {} s", LONGEST_WRITE.as_secs());
        }
        drop(self.memory);
        match timeout(LONGEST_WRITE, self.memory_writer).await {
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
        let places = self.places.clone();
        self.look = Some(spawn_blocking(move || {
            let looked = places.look(&mut *watcher, how);
            (watcher, looked)
        }));
    }
}
