//! Runs effects beside the loop. Never two looks at once, and what is to be remembered in its order.

mod jobs;
mod look;

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::{Instant, timeout_at};

use self::jobs::Jobs;
use self::look::{Looked, Places};
use super::material::MaterialStore;
use crate::domain::settings::Settings;
use crate::domain::state::State;
use crate::domain::state::event::{Effect, Event, Look};
use crate::domain::state::memory::Part;
use crate::domain::time::EpochMillis;
use crate::ports::{EventSink, Ports, Stamp, Stop, Watcher};
use crate::report::alert::AlertMessage;
use crate::view::notice::notification;

/// What takes longer, such as a disk, must not hold up a logout.
const LONGEST_END: Duration = Duration::from_millis(1500);

pub(super) struct Effects {
    jobs: Jobs,
    places: Places,
    /// Absent while a look has it.
    watcher: Option<Box<dyn Watcher>>,
    look: Option<JoinHandle<Looked>>,
    /// Asked for while another look was under way.
    next_look: Option<Look>,
    is_memory_unread: bool,
    /// What is asked of the login item: to change, or `None` for a look.
    login_item: UnboundedSender<Option<bool>>,
    memory: UnboundedSender<(String, Part)>,
    memory_writer: JoinHandle<()>,
    /// The refresh that runs or has ended last; there are never two at once.
    refresh: Option<JoinHandle<()>>,
    /// The same of a sync.
    sync: Option<JoinHandle<()>>,
}

impl Effects {
    /// `follows_others` says whether what others remember is news: what is written here itself would be, over and over.
    pub(super) fn new(follows_others: bool, ports: &Ports, settings: &Settings, events: &EventSink) -> Self {
        let jobs = Jobs { ports: ports.clone(), events: EventSink::clone(events), stop: Stop::default() };
        let (memory, memory_writer) = jobs.memory();
        Self {
            places: Places::new(follows_others, ports, MaterialStore::open(ports, settings)),
            watcher: Some(jobs.open_watcher()),
            look: None,
            next_look: None,
            is_memory_unread: false,
            login_item: jobs.login_item(),
            memory,
            memory_writer,
            refresh: None,
            sync: None,
            jobs,
        }
    }

    /// Begins one effect; what comes of it arrives as an event.
    pub(super) fn run(&mut self, effect: Effect, state: &State) {
        let (jobs, settings) = (&self.jobs, &state.settings);
        match effect {
            Effect::Look(how) => self.look(how),
            Effect::OpenStore => {
                self.places.store = self.places.store.reopened(&jobs.ports, settings);
                self.distrust_last_look();
            }
            Effect::Notify(notice) => {
                let now = jobs.ports.clock.now();
                let shown = notification(&notice, state, &now);
                let kind = notice.alert_kind().filter(|_| !settings.alerts.command.is_empty());
                let ends_at = notice.ends_at().and_then(EpochMillis::timestamp);
                let ways = jobs.ways(notice, 1 + usize::from(kind.is_some()));
                if let Some(kind) = kind {
                    let words = (shown.summary.as_str(), shown.body.as_str());
                    let profile = settings.profile.as_str();
                    let message = AlertMessage::new(kind, profile, words, ends_at, now.timestamp());
                    jobs.tell_command(state, &message, Arc::clone(&ways));
                }
                jobs.notify(shown, ways);
            }
            // Fails only after the writer was asked to finish.
            Effect::Remember(source, part) => drop(self.memory.send((source, part))),
            Effect::Refresh(trigger) => self.refresh = Some(jobs.refresh(&self.places.store, state, trigger)),
            Effect::Sync(request) => self.sync = Some(jobs.sync(&self.places.store, state, request)),
            Effect::SeePlaces(places) => jobs.see_places(places),
            Effect::Set(action, setting) => jobs.set(action, setting),
            // Fails only where the loop ends.
            Effect::LookAtAutostart => drop(self.login_item.send(None)),
            Effect::AskToNotify => jobs.ask_to_notify(),
            Effect::SetAutostart(on) => drop(self.login_item.send(Some(on))),
            Effect::SignIn => jobs.sign_in(state),
            Effect::NewCiToken => jobs.new_ci_token(state),
            Effect::SetUp => jobs.set_up(state),
            Effect::OpenSettings => jobs.open_settings(),
            Effect::Diagnose => jobs.diagnose(state),
            // The loop itself sees to it.
            Effect::End(_) => {}
        }
    }

    /// What a look that has ended brought. Waits for ever while none is under way.
    pub(super) async fn looked(&mut self) -> Vec<Event> {
        let Some(look) = &mut self.look else { return pending().await };
        let outcome = look.await;
        self.look = None;
        let Ok((watcher, seen, events)) = outcome else {
            tracing::error!("a look at the credential panicked");
            self.watcher = Some(self.jobs.open_watcher());
            return vec![Event::NothingMoved];
        };
        self.watcher = Some(watcher);
        self.places.seen = seen;
        events
    }

    /// Reads again with the next look, whatever the last one brought.
    pub(super) fn distrust_last_look(&mut self) {
        self.places.seen.material = None;
    }

    /// What is remembered of syncing could not be read: the next look tries again, whatever its version is.
    pub(super) fn memory_is_unread(&mut self) {
        self.is_memory_unread = true;
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
        let mut end = Instant::now() + LONGEST_END;
        self.jobs.stop.set();
        // Before anything is sent it gives up at once, unless something hangs; afterwards its end is the only way not to lose
        // the sign-in. It catches its own panics and has reported them.
        if let Some(mut refresh) = self.refresh
            && timeout_at(end, &mut refresh).await.is_err()
        {
            if self.jobs.ports.vital.is_held() {
                drop(refresh.await);
                // What it came to is remembered, however long it took.
                end = Instant::now() + LONGEST_END;
            } else {
                tracing::warn!("a refresh that had sent nothing did not leave off in time");
            }
        }
        // What it has written is on the disk; what it waits for must not hold up a logout.
        if let Some(sync) = self.sync
            && timeout_at(end, sync).await.is_err()
        {
            tracing::warn!("a sync did not leave off in time");
        }
        drop(self.memory);
        match timeout_at(end, self.memory_writer).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => tracing::error!("writing the state panicked"),
            Err(_) => tracing::error!("the state was not written in time"),
        }
    }

    fn look(&mut self, how: Look) {
        let Some(watcher) = self.watcher.take() else {
            self.next_look = self.next_look.max(Some(how));
            return;
        };
        if std::mem::take(&mut self.is_memory_unread) {
            self.places.seen.state = Stamp::default();
        }
        let places = self.places.clone();
        self.look = Some(spawn_blocking(move || places.look(watcher, how)));
    }
}
