//! Runs effects beside the loop. Never two looks at once, and what is to be remembered in its order.

use std::future::pending;
use std::sync::Arc;

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::{JoinHandle, spawn_blocking};

use crate::domain::doctor::Report;
use crate::domain::memory::Memory;
use crate::domain::message::item;
use crate::domain::settings::{CredentialSettings, Settings};
use crate::domain::source::Reading;
use crate::domain::state::{Effect, Event, Look, Notification, State};
use crate::domain::view::Action;
use crate::ports::{CredentialStore, EventSink, Patience, Ports, Stamp, StateFile, Watcher};

/// The version that reports carry.
const VERSION: &str = env!("CARGO_PKG_VERSION");

pub(super) struct Effects {
    ports: Ports,
    events: EventSink,
    store: Arc<dyn CredentialStore>,
    /// The version of the store that was read last.
    stamp: Option<Stamp>,
    /// The version of the config that was read last.
    config_stamp: Option<Stamp>,
    /// Absent while a look has it.
    watcher: Option<Box<dyn Watcher>>,
    look: Option<JoinHandle<Looked>>,
    /// Asked for while another look was under way.
    next_look: Option<Look>,
    memory: UnboundedSender<(String, Memory)>,
    memory_writer: JoinHandle<()>,
}

/// What a look brought; absent parts have not moved.
struct Looked {
    watcher: Box<dyn Watcher>,
    stamp: Stamp,
    reading: Option<Reading>,
    config_stamp: Stamp,
    config: Option<Result<Settings, String>>,
}

impl Effects {
    pub(super) fn new(ports: &Ports, credential: &CredentialSettings, events: &EventSink) -> Self {
        let sink = EventSink::clone(events);
        let watcher = (ports.open_watcher)(Box::new(move || sink(Event::FilesMoved)));
        let (memory, writer) = memory_writer(Arc::clone(&ports.state_file));
        Self {
            ports: ports.clone(),
            events: EventSink::clone(events),
            store: (ports.open_store)(credential),
            stamp: None,
            config_stamp: None,
            watcher: Some(watcher),
            look: None,
            next_look: None,
            memory,
            memory_writer: writer,
        }
    }

    /// Begins one effect; what comes of it arrives as an event.
    pub(super) fn run(&mut self, effect: Effect, state: &State) {
        match effect {
            Effect::Look(how) => self.look(how),
            Effect::OpenStore(settings) => {
                self.store = (self.ports.open_store)(&settings);
                self.stamp = None;
            }
            Effect::Notify(notification) => self.notify(notification),
            Effect::Remember(source, memory) => {
                // Fails only after the writer was told to finish.
                drop(self.memory.send((source, memory)));
            }
            Effect::Act(action) => self.act(action, state),
        }
    }

    /// What a look that has ended brought. Waits for ever while none is under way.
    pub(super) async fn looked(&mut self) -> Vec<Event> {
        let Some(look) = &mut self.look else { return pending().await };
        let outcome = look.await;
        self.look = None;
        let mut events = Vec::new();
        match outcome {
            Ok(looked) => {
                self.watcher = Some(looked.watcher);
                self.stamp = Some(looked.stamp);
                self.config_stamp = Some(looked.config_stamp);
                events.extend(looked.reading.map(Event::Loaded));
                // Last: it may name another place, and then a reading of the old one must not come after it.
                events.extend(looked.config.map(Event::ConfigLoaded));
            }
            Err(error) => {
                tracing::error!("a look at the credential ended early: {error}");
                let sink = EventSink::clone(&self.events);
                self.watcher = Some((self.ports.open_watcher)(Box::new(move || sink(Event::FilesMoved))));
            }
        }
        if let Some(how) = self.next_look.take() {
            self.look(how);
        }
        events
    }

    /// Waits until what is to be remembered is on the disk.
    pub(super) async fn finish(self) {
        drop(self.memory);
        if let Err(error) = self.memory_writer.await {
            tracing::error!("the state was not written: {error}");
        }
    }

    fn look(&mut self, how: Look) {
        let Some(mut watcher) = self.watcher.take() else {
            // The stronger of two wishes stays.
            self.next_look = Some(if how == Look::IfMoved { self.next_look.unwrap_or(how) } else { how });
            return;
        };
        let (store, last) = (Arc::clone(&self.store), self.stamp.clone());
        let (config_file, last_config) = (Arc::clone(&self.ports.config_file), self.config_stamp.clone());
        let home = self.ports.home.clone();
        self.look = Some(spawn_blocking(move || {
            let mut folders = store.watched();
            folders.extend(config_file.watched());
            // The home folder is written to all day; a file in it is looked at once a minute instead.
            folders.retain(|(folder, _)| folder.as_os_str() != home.as_str());
            watcher.watch(&folders);
            // Versions before contents: what is written in between shows in the next version.
            let (stamp, config_stamp) = (store.stamp(), config_file.stamp());
            let config_moved = last_config.as_ref() != Some(&config_stamp);
            let config = config_moved.then(|| config_file.settings());
            let patience = if how == Look::Patiently { Patience::Click } else { Patience::Background };
            let moved = how != Look::IfMoved || last.as_ref() != Some(&stamp);
            let reading = moved.then(|| store.read(patience));
            Looked { watcher, stamp, reading, config_stamp, config }
        }));
    }

    fn notify(&self, notification: Notification) {
        let (notifier, sink) = (Arc::clone(&self.ports.notifier), EventSink::clone(&self.events));
        spawn_blocking(move || {
            let clicked = Box::new(move |action| sink(Event::Chosen(action)));
            if let Err(error) = notifier.show(&notification, clicked) {
                tracing::warn!("no notification could be shown: {error}");
            }
        });
    }

    fn act(&self, action: Action, state: &State) {
        let (ports, sink) = (self.ports.clone(), EventSink::clone(&self.events));
        let (settings, reading) = (state.settings().clone(), state.reading().cloned());
        spawn_blocking(move || {
            let (what, outcome) = match action {
                Action::SignIn => (item::SIGN_IN, ports.desktop.sign_in(&settings.credential)),
                Action::OpenSettings => (item::OPEN_SETTINGS, ports.desktop.open_settings()),
                Action::Diagnose => {
                    let now = ports.clock.now();
                    let report = reading.map(|reading| Report::of(&ports.inspector.inspect(reading), &settings, &now));
                    let text = report.map(|report| report.text(VERSION, now.timestamp())).unwrap_or_default();
                    (item::DIAGNOSE, ports.desktop.open_report(&text))
                }
                Action::ShowClocks | Action::TryAgain | Action::Refresh | Action::Quit => return,
            };
            if let Err(detail) = outcome {
                tracing::warn!("{what} did not work: {detail}");
                sink(Event::ActionFailed(what, detail));
            }
        });
    }
}

/// Writes one memory after the other: two at once could leave the older one.
fn memory_writer(file: Arc<dyn StateFile>) -> (UnboundedSender<(String, Memory)>, JoinHandle<()>) {
    let (sender, mut receiver) = unbounded_channel::<(String, Memory)>();
    let writer = tokio::spawn(async move {
        while let Some((source, memory)) = receiver.recv().await {
            let file = Arc::clone(&file);
            match spawn_blocking(move || file.save(&source, &memory)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::warn!("what was said is not remembered: {error}"),
                Err(error) => tracing::error!("what was said is not remembered: {error}"),
            }
        }
    });
    (sender, writer)
}
