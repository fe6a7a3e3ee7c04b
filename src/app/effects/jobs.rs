//! What an effect does on a thread of its own: a refresh, a sync, a notification, what the user chose.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::task::{JoinHandle, spawn_blocking};

use crate::app::config::edit_config;
use crate::app::material::MaterialStore;
use crate::app::{diagnosis, refresh, sync};
use crate::domain::action::{Action, ActionError};
use crate::domain::credential::Reading;
use crate::domain::refresh::{Outcome, Remark, Report as RefreshReport, Trigger};
use crate::domain::settings::places::Places;
use crate::domain::settings::{Setting, Settings};
use crate::domain::state::event::Event;
use crate::domain::sync::{Obstacle, Progress, Report as SyncReport, Request, Trigger as SyncTrigger};
use crate::ports::notifier::Notification;
use crate::ports::{CredentialStore, EventSink, Patience, Ports, Stop, Watcher};
use crate::{config, words};

/// The version that reports carry.
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Nobody reads faster than this.
const PROGRESS_EVERY: SignedDuration = SignedDuration::from_millis(200);

/// What every job has: the ports, and the way back to the loop.
#[derive(Clone)]
pub(super) struct Surroundings {
    pub(super) ports: Ports,
    pub(super) events: EventSink,
}

impl Surroundings {
    fn beside(&self, job: impl FnOnce(&Ports, &EventSink) + Send + 'static) -> JoinHandle<()> {
        let Self { ports, events } = self.clone();
        spawn_blocking(move || job(&ports, &events))
    }

    pub(super) fn open_watcher(&self) -> Box<dyn Watcher> {
        let sink = EventSink::clone(&self.events);
        (self.ports.open_watcher)(Box::new(move || sink(Event::FilesMoved)))
    }

    pub(super) fn refresh(
        &self,
        store: Arc<dyn CredentialStore>,
        settings: Settings,
        trigger: Trigger,
        stop: Stop,
    ) -> JoinHandle<()> {
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

    pub(super) fn sync(
        &self,
        store: Arc<MaterialStore>,
        settings: Settings,
        request: Request,
        stop: Stop,
    ) -> JoinHandle<()> {
        let asked = request.trigger == SyncTrigger::Asked;
        let patience = if asked { Patience::Click } else { Patience::Background };
        self.beside(move |ports, sink| {
            let progress = &tell(ports, sink);
            let (settings, request, stop) = (&settings, &request, &stop);
            let job = sync::Job { ports, store, settings, request, patience, stop, progress };
            // Its message is not shown: it could carry a value.
            let run = AssertUnwindSafe(|| job.run());
            let report = catch_unwind(run).unwrap_or_else(|_| SyncReport::refused(Obstacle::Crashed));
            sink(Event::SyncEnded(report, ports.state_file.load_sync()));
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

    pub(super) fn set(&self, setting: Setting) {
        self.beside(move |ports, sink| {
            let edit = |text: &str| config::with_setting(text, setting, &ports.profile);
            if let Err(error) = edit_config(&*ports.config_file, edit) {
                tracing::warn!("the switch could not be set: {error}");
                let action = match setting {
                    Setting::AutomaticRefresh(_) => Action::SwitchAutomatic,
                    Setting::AutomaticSync(_) => Action::SwitchAutomaticSync,
                    Setting::ShareRefreshToken(yes) => Action::ShareRefreshToken(yes),
                };
                sink(Event::ActionFailed(action, ActionError::Failed(error.to_string())));
            }
            // The config is read again, and the mark in the menu follows it.
            sink(Event::FilesMoved);
        });
    }

    pub(super) fn notify(&self, notification: Notification) {
        self.beside(move |ports, sink| {
            let sink = EventSink::clone(sink);
            let clicked = Box::new(move |action| sink(Event::Chosen(action)));
            if let Err(error) = ports.notifier.show(&notification, clicked) {
                tracing::warn!("no notification could be shown: {error:?}");
            }
        });
    }

    /// Does what the user chose, and says so where it did not work.
    pub(super) fn act(&self, action: Action, job: impl FnOnce(&Ports) -> Result<(), ActionError> + Send + 'static) {
        self.beside(move |ports, sink| {
            if let Err(error) = job(ports) {
                tracing::warn!("{action:?} did not work: {error:?}");
                sink(Event::ActionFailed(action, error));
            }
        });
    }
}

pub(super) fn open_settings(ports: &Ports) -> Result<(), ActionError> {
    let created = ports.config_file.create(config::EXAMPLE);
    created.map_err(|error| ActionError::Failed(words::config::file(&error)))?;
    ports.desktop.open_file(&ports.config_file.path())
}

pub(super) fn diagnose(ports: &Ports, reading: Option<Reading>) -> Result<(), ActionError> {
    let report = reading.map(|reading| diagnosis::diagnose(ports, reading, Patience::Click));
    let now = ports.clock.now().timestamp();
    ports.desktop.open_report(&report.map(|report| report.text(VERSION, now)).unwrap_or_default())
}

/// Passes progress on, no more often than anyone could follow.
fn tell(ports: &Ports, sink: &EventSink) -> impl Fn(Progress) {
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
