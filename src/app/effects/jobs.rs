//! What an effect does on a thread of its own: a refresh, a sync, a notification, what the user chose.

use std::cell::Cell;
use std::iter;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

use crate::app::config::edit_config;
use crate::app::material::MaterialStore;
use crate::app::{blocking, diagnosis, refresh, sync};
use crate::domain::action::{Action, ActionError};
use crate::domain::refresh::{Outcome, Remark, Report as RefreshReport, Trigger};
use crate::domain::secret::Secret;
use crate::domain::settings::Setting;
use crate::domain::settings::places::Places;
use crate::domain::state::State;
use crate::domain::state::event::Event;
use crate::domain::state::memory::{AlertFailure, Part};
use crate::domain::state::notice::Notice;
use crate::domain::sync::{Obstacle, Progress, Report as SyncReport, Request, Trigger as SyncTrigger};
use crate::ports::notifier::{Notification, NotifierError};
use crate::ports::{EventSink, Patience, Ports, Stop, Watcher};
use crate::report::alert::AlertMessage;
use crate::{config, words};

/// Nobody reads faster than this.
const PROGRESS_EVERY: SignedDuration = SignedDuration::from_millis(200);

/// What every job has: the ports, the way back to the loop, and whoever ends it.
type Job = Box<dyn FnOnce(&Ports, &EventSink) + Send>;

#[derive(Clone)]
pub(super) struct Jobs {
    pub(super) ports: Ports,
    pub(super) events: EventSink,
    pub(super) stop: Stop,
}

impl Jobs {
    fn beside(&self, job: impl FnOnce(&Ports, &EventSink) + Send + 'static) -> JoinHandle<()> {
        self.begin(Box::new(job))
    }

    fn begin(&self, job: Job) -> JoinHandle<()> {
        let Self { ports, events, .. } = self.clone();
        blocking::begin(Box::new(move || job(&ports, &events)))
    }

    pub(super) fn open_watcher(&self) -> Box<dyn Watcher> {
        let sink = EventSink::clone(&self.events);
        (self.ports.open_watcher)(Box::new(move || sink(Event::FilesMoved)))
    }

    pub(super) fn refresh(&self, store: &MaterialStore, state: &State, trigger: Trigger) -> JoinHandle<()> {
        let (store, settings, stop) = (Arc::clone(&store.sign_in), state.settings.clone(), self.stop.clone());
        let patience = if trigger == Trigger::Clicked { Patience::Click } else { Patience::Background };
        self.beside(move |ports, sink| {
            let source = store.location().to_string();
            let attempt = AssertUnwindSafe(|| {
                if trigger == Trigger::Finish
                    && let Some(memory) = refresh::nothing_to_finish(ports, &*store, &settings)
                {
                    return Event::NothingToFinish(source.clone(), memory);
                }
                Event::RefreshEnded(refresh::refresh(ports, store, &settings, trigger, patience, &stop))
            });
            sink(catch_unwind(attempt).unwrap_or_else(|_| {
                // Its message is not shown: it could carry a value. The locks were let go on the way.
                let crashed = RefreshReport::new(Outcome::Failed, None, Some(Remark::Crashed));
                Event::RefreshEnded(RefreshReport { source, ..crashed })
            }));
        })
    }

    pub(super) fn sync(&self, store: &Arc<MaterialStore>, state: &State, request: Request) -> JoinHandle<()> {
        let (store, settings, stop) = (Arc::clone(store), state.settings.clone(), self.stop.clone());
        let asked = request.trigger == SyncTrigger::Asked;
        let patience = if asked { Patience::Click } else { Patience::Background };
        self.beside(move |ports, sink| {
            let progress = &throttled(ports, sink);
            let (settings, request, stop) = (&settings, &request, &stop);
            let job = sync::Job { ports, store, settings, request, patience, stop, progress };
            // Its message is not shown: it could carry a value.
            let run = AssertUnwindSafe(|| job.run());
            let report = catch_unwind(run).unwrap_or_else(|_| SyncReport::refused(Obstacle::Crashed));
            let memory = ports.state_file.load_sync();
            let memory = memory.inspect_err(|error| tracing::warn!("what was synced cannot be read: {error}")).ok();
            sink(Event::SyncEnded(report, memory));
        })
    }

    pub(super) fn see_places(&self, places: Places) {
        self.beside(move |ports, _| {
            let seen = ports.state_file.change_sync(&mut |memory| {
                if memory.places.are_unknown() {
                    memory.places = places.clone();
                }
            });
            if let Err(detail) = seen {
                tracing::warn!("the places of the config are not remembered: {detail}");
            }
        });
    }

    pub(super) fn set(&self, action: Action, setting: Setting) {
        self.act(action, move |ports, sink| {
            let edit = |text: &str| config::with_setting(text, setting, &ports.profile);
            let edited = edit_config(ports, edit);
            // The config is read again, and the mark in the menu follows it.
            sink(Event::FilesMoved);
            edited.map_err(|error| ActionError::Failed(error.to_string()))
        });
    }

    /// Takes what is to be remembered: written at once, the older of two could stay.
    pub(super) fn memory(&self) -> (UnboundedSender<(String, Part)>, JoinHandle<()>) {
        let file = Arc::clone(&self.ports.state_file);
        in_order("saving which alerts were shown", move |parts: Vec<(String, Part)>| {
            for (source, part) in parts {
                if let Err(error) = file.save(&source, part) {
                    tracing::warn!("which alerts were shown is not saved: {error}");
                }
            }
        })
    }

    /// Takes what is asked of the login item: an old answer must not arrive after a new one, and a system that does not
    /// answer must not be asked by one more thread each time.
    pub(super) fn login_item(&self) -> UnboundedSender<Option<bool>> {
        let (login_item, sink) = (Arc::clone(&self.ports.login_item), EventSink::clone(&self.events));
        let (sender, _) = in_order("a look at the login item", move |asked: Vec<Option<bool>>| {
            for on in asked.into_iter().flatten() {
                if let Err(error) = login_item.set(on) {
                    tracing::warn!("opening at login could not be changed: {}", words::autostart::error(&error));
                    sink(Event::ActionFailed(Action::SwitchAutostart, ActionError::Autostart(error)));
                }
            }
            // The mark in the menu follows what is there, not what was clicked.
            sink(Event::AutostartFound(login_item.state()));
        });
        sender
    }

    /// The ways by which a notice goes out, so many of them.
    pub(super) fn ways(&self, notice: Notice, count: usize) -> Arc<Ways> {
        Arc::new(Ways { left: count.into(), notice, events: EventSink::clone(&self.events) })
    }

    pub(super) fn ask_to_notify(&self) {
        self.beside(|ports, _| ports.notifier.ask());
    }

    pub(super) fn notify(&self, notification: Notification, ways: Arc<Ways>) {
        self.beside(move |ports, _| {
            if let Err(error) = ports.notifier.show(&notification) {
                // What the service said is not kept.
                let why = match error {
                    NotifierError::Refused => "the user allows none",
                    NotifierError::NotAskedYet => "the user was not asked yet, or has not answered",
                    NotifierError::Failed(_) => "see wick doctor",
                };
                tracing::warn!("no notification could be shown: {why}");
                ways.failed();
            }
        });
    }

    /// Hands an alert to the command that the user named for them, and remembers whether that worked.
    pub(super) fn tell_command(&self, state: &State, message: &AlertMessage, ways: Arc<Ways>) {
        let (command, stop) = (state.settings.alerts.command.clone(), self.stop.clone());
        let Some(source) = state.reading().map(|reading| reading.location.to_string()) else { return ways.failed() };
        let input = Secret::from(message.to_json());
        self.beside(move |ports, _| {
            let told = ports.commands.deliver(&command, &input, &[], &stop);
            let failure = told.err().map(|failure| AlertFailure { failure, at: ports.clock.now().timestamp() });
            if let Some(AlertFailure { failure, .. }) = &failure {
                // As it is remembered: without what the command said.
                let kept = serde_json::to_string(failure).unwrap_or_default();
                tracing::warn!("the command for alerts did not work: {kept}");
                ways.failed();
            }
            if let Err(error) = ports.state_file.save(&source, Part::AlertCommand(failure)) {
                tracing::warn!("whether the command for alerts worked is not saved: {error}");
            }
        });
    }

    /// Does what the user chose, and says so where it did not work.
    pub(super) fn act(
        &self,
        action: Action,
        job: impl FnOnce(&Ports, &EventSink) -> Result<(), ActionError> + Send + 'static,
    ) {
        self.beside(move |ports, sink| {
            if let Err(error) = job(ports, sink) {
                tracing::warn!("{action:?} did not work: {}", words::notices::action_error(&error));
                sink(Event::ActionFailed(action, error));
            }
        });
    }

    pub(super) fn sign_in(&self, state: &State) {
        let credential = state.settings.credential.clone();
        self.act(Action::SignIn, move |ports, _| ports.desktop.sign_in(&credential, words::terminal::IS_DONE));
    }

    pub(super) fn new_ci_token(&self, state: &State) {
        let (credential, profile) = (state.settings.credential.clone(), state.settings.profile.clone());
        let is_stored = state.ci_token().is_some();
        self.act(Action::NewCiToken, move |ports, _| {
            ports.desktop.new_ci_token(&credential, &profile, is_stored, words::terminal::IS_DONE)
        });
    }

    pub(super) fn set_up(&self, state: &State) {
        let (credential, profile) = (state.settings.credential.clone(), state.settings.profile.clone());
        self.act(Action::SetUp, move |ports, _| ports.desktop.set_up(&credential, &profile, words::terminal::IS_DONE));
    }

    pub(super) fn open_settings(&self) {
        self.act(Action::OpenSettings, |ports, _| {
            let created = ports.config_file.write(None, config::EXAMPLE);
            created.map_err(|error| ActionError::Failed(words::config::file(&error)))?;
            ports.desktop.open_file(&ports.config_file.path())
        });
    }

    pub(super) fn diagnose(&self, state: &State) {
        let reading = state.reading().cloned();
        self.act(Action::Diagnose, |ports, _| {
            let report = diagnosis::diagnose(ports, reading);
            ports.desktop.open_report(&report.lines(&ports.clock.now(), None, false).join("\n"))
        });
    }
}

/// How a notice goes out: shown, and some by the command for alerts as well. One that works is enough.
pub(super) struct Ways {
    left: AtomicUsize,
    notice: Notice,
    events: EventSink,
}

impl Ways {
    /// One of them did not work. After the last it is as if nothing had been said.
    fn failed(&self) {
        if self.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            (self.events)(Event::NotShown(self.notice.clone()));
        }
    }
}

/// Does one job after the other, in the order in which they are asked for: what was asked for meanwhile is one job more.
fn in_order<T: Send + 'static>(
    what: &'static str,
    job: impl Fn(Vec<T>) + Clone + Send + 'static,
) -> (UnboundedSender<T>, JoinHandle<()>) {
    let (sender, mut receiver) = unbounded_channel();
    let worker = tokio::spawn(async move {
        while let Some(first) = receiver.recv().await {
            let asked: Vec<T> = iter::once(first).chain(iter::from_fn(|| receiver.try_recv().ok())).collect();
            let job = job.clone();
            if blocking::begin(Box::new(move || job(asked))).await.is_err() {
                // Its message is not shown: it could carry a value.
                tracing::error!("{what} panicked");
            }
        }
    });
    (sender, worker)
}

/// Passes progress on, at most five times a second.
fn throttled(ports: &Ports, sink: &EventSink) -> impl Fn(Progress) {
    let (clock, sink) = (Arc::clone(&ports.clock), EventSink::clone(sink));
    let last: Cell<Option<(Timestamp, Option<Timestamp>)>> = Cell::default();
    move |progress| {
        let now = clock.now().timestamp();
        let news = last.get().is_none_or(|(at, paused)| {
            now.duration_since(at) >= PROGRESS_EVERY
                || paused != progress.paused_until
                || progress.done == progress.total
        });
        if news {
            last.set(Some((now, progress.paused_until)));
            sink(Event::SyncProgressed(progress));
        }
    }
}
