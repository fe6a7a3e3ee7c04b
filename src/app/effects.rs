//! Runs effects beside the loop. Never two looks at once, and what is to be remembered in its order.

use std::future::pending;
use std::sync::Arc;

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::{JoinHandle, spawn_blocking};

use crate::domain::doctor::Report;
use crate::domain::memory::Memory;
use crate::domain::message::item;
use crate::domain::settings::CredentialSettings;
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
    /// Absent while a look has it.
    watchers: Option<Watchers>,
    look: Option<JoinHandle<Looked>>,
    /// Asked for while another look was under way.
    next_look: Option<Look>,
    memory: UnboundedSender<(String, Memory)>,
    memory_writer: JoinHandle<()>,
}

struct Watchers {
    store: Box<dyn Watcher>,
    config: Box<dyn Watcher>,
}

struct Looked {
    watchers: Watchers,
    stamp: Stamp,
    reading: Option<Reading>,
}

impl Effects {
    pub(super) fn new(ports: &Ports, credential: &CredentialSettings, events: &EventSink) -> Self {
        let sink = EventSink::clone(events);
        let store_moved = Box::new(move || sink(Event::StoreMoved));
        let (sink, config) = (EventSink::clone(events), Arc::clone(&ports.config_file));
        // Read on the watcher's own thread: the file is small, and nothing else waits for that thread.
        let config_moved = Box::new(move || {
            let loaded = config.load().map(Option::unwrap_or_default).map_err(|error| error.to_string());
            sink(Event::ConfigLoaded(loaded));
        });
        let watchers =
            Watchers { store: (ports.open_watcher)(store_moved), config: (ports.open_watcher)(config_moved) };
        let (memory, writer) = memory_writer(Arc::clone(&ports.state_file));
        Self {
            ports: ports.clone(),
            events: EventSink::clone(events),
            store: (ports.open_store)(credential),
            stamp: None,
            watchers: Some(watchers),
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

    /// What a look that has ended brought: a reading, or `None` where nothing moved. Waits for ever while none is
    /// under way.
    pub(super) async fn looked(&mut self) -> Option<Reading> {
        let Some(look) = &mut self.look else { return pending().await };
        let outcome = look.await;
        self.look = None;
        let reading = match outcome {
            Ok(looked) => {
                self.watchers = Some(looked.watchers);
                self.stamp = Some(looked.stamp);
                looked.reading
            }
            Err(error) => {
                tracing::error!("a look at the credential ended early: {error}");
                None
            }
        };
        if let Some(how) = self.next_look.take() {
            self.look(how);
        }
        reading
    }

    /// Waits until what is to be remembered is on the disk.
    pub(super) async fn finish(self) {
        drop(self.memory);
        if let Err(error) = self.memory_writer.await {
            tracing::error!("the state was not written: {error}");
        }
    }

    fn look(&mut self, how: Look) {
        let Some(watchers) = self.watchers.take() else {
            // The stronger of two wishes stays.
            self.next_look = Some(if how == Look::IfMoved { self.next_look.unwrap_or(how) } else { how });
            return;
        };
        let (store, last) = (Arc::clone(&self.store), self.stamp.clone());
        let (home, config) = (self.ports.home.clone(), self.ports.config_file.path());
        self.look = Some(spawn_blocking(move || {
            let mut watchers = watchers;
            // The home folder is written to all day; a file in it is looked at once a minute instead.
            let folders: Vec<_> =
                store.watched().into_iter().filter(|(folder, _)| folder.as_os_str() != home.as_str()).collect();
            watchers.store.watch(&folders);
            if let (Some(folder), Some(name)) = (config.parent(), config.file_name()) {
                watchers.config.watch(&[(folder.to_owned(), vec![name.to_string_lossy().into_owned()])]);
            }
            let stamp = store.stamp();
            let patience = if how == Look::Patiently { Patience::Click } else { Patience::Background };
            let moved = how != Look::IfMoved || last.as_ref() != Some(&stamp);
            Looked { watchers, reading: moved.then(|| store.read(patience)), stamp }
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
