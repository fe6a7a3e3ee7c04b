//! What an effect does on a thread of its own: a refresh, a sync, a notification, what the user chose.

use std::cell::Cell;
use std::iter;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::spawn_blocking;

use super::Effects;
use crate::app::{diagnosis, edit_config, refresh, sync};
use crate::domain::action::{Action, ActionError};
use crate::domain::refresh::{Outcome, Remark, Report as RefreshReport, Trigger};
use crate::domain::settings::Setting;
use crate::domain::settings::places::Places;
use crate::domain::state::State;
use crate::domain::state::event::Event;
use crate::domain::sync::{Obstacle, Progress, Report as SyncReport, request as sync_rules};
use crate::ports::notifier::Notification;
use crate::ports::{EventSink, LoginItem, Patience, Ports};
use crate::{config, words};

/// The version that reports carry.
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Nobody reads faster than this.
const PROGRESS_EVERY: SignedDuration = SignedDuration::from_millis(200);

impl Effects {
    pub(super) fn refresh(&mut self, trigger: Trigger, state: &State) {
        let (ports, settings) = (self.ports.clone(), state.settings().clone());
        let (sink, stop) = (EventSink::clone(&self.events), self.stop.clone());
        let patience = if trigger == Trigger::Clicked { Patience::Click } else { Patience::Background };
        let store = Arc::clone(&self.store.sign_in);
        self.refresh = Some(spawn_blocking(move || {
            let source = store.location().to_string();
            let attempt = AssertUnwindSafe(|| refresh::refresh(&ports, store, &settings, trigger, patience, &stop));
            let report = catch_unwind(attempt).unwrap_or_else(|_| {
                // Its message is not shown: it could carry a value. The locks were let go on the way.
                let mut report = RefreshReport::new(Outcome::Failed, None, Some(Remark::Crashed));
                report.source = source;
                report
            });
            sink(Event::RefreshEnded(report));
        }));
    }

    pub(super) fn sync(&mut self, request: sync_rules::Request, state: &State) {
        let (ports, settings) = (self.ports.clone(), state.settings().clone());
        let (sink, stop, store) = (EventSink::clone(&self.events), self.stop.clone(), Arc::clone(&self.store));
        let asked = request.trigger == sync_rules::Trigger::Asked;
        let patience = if asked { Patience::Click } else { Patience::Background };
        self.sync = Some(spawn_blocking(move || {
            let progress = tell(&ports, &sink);
            let (settings, request, progress) = (&settings, &request, &progress);
            let job = sync::Job { ports: &ports, store, settings, request, patience, stop: &stop, progress };
            // Its message is not shown: it could carry a value.
            let run = AssertUnwindSafe(|| job.run());
            let report = catch_unwind(run).unwrap_or_else(|_| SyncReport::refused(Obstacle::Crashed));
            sink(Event::SyncEnded(report, ports.state_file.load_sync()));
        }));
    }

    pub(super) fn see_places(&self, places: Places) {
        let state_file = Arc::clone(&self.ports.state_file);
        spawn_blocking(move || {
            let seen = state_file.change_sync(&mut |memory| {
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
        let (ports, sink) = (self.ports.clone(), EventSink::clone(&self.events));
        spawn_blocking(move || {
            if let Err(error) =
                edit_config(&*ports.config_file, |text| config::with_setting(text, setting, &ports.profile))
            {
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

    pub(super) fn login_item(&self, wanted: Option<bool>) {
        // Fails only where the loop ends.
        let _ended = self.login_item.send(wanted);
    }

    pub(super) fn notify(&self, notification: Notification) {
        let (notifier, sink) = (Arc::clone(&self.ports.notifier), EventSink::clone(&self.events));
        spawn_blocking(move || {
            let clicked = Box::new(move |action| sink(Event::Chosen(action)));
            if let Err(error) = notifier.show(&notification, clicked) {
                tracing::warn!("no notification could be shown: {error:?}");
            }
        });
    }

    pub(super) fn act(&self, action: Action, state: &State) {
        let (ports, sink) = (self.ports.clone(), EventSink::clone(&self.events));
        let (settings, reading) = (state.settings().clone(), state.reading().cloned());
        spawn_blocking(move || {
            let outcome = match action {
                Action::SignIn => ports.desktop.sign_in(&settings.credential, words::terminal::SIGN_IN_IS_DONE),
                Action::OpenSettings => {
                    let created = ports.config_file.create(config::EXAMPLE);
                    let created = created.map_err(|error| ActionError::Failed(words::config::file(&error)));
                    created.and_then(|_| ports.desktop.open_file(&ports.config_file.path()))
                }
                Action::Diagnose => {
                    let report = reading.map(|reading| diagnosis::diagnose(&ports, reading, Patience::Click));
                    let now = ports.clock.now().timestamp();
                    let text = report.map(|report| report.text(VERSION, now)).unwrap_or_default();
                    ports.desktop.open_report(&text)
                }
                Action::ShowClocks
                | Action::TryAgain
                | Action::Refresh
                | Action::SwitchAutostart
                | Action::SwitchAutomatic
                | Action::SyncAll
                | Action::SyncTarget(_)
                | Action::SwitchAutomaticSync
                | Action::ShareRefreshToken(_)
                | Action::Quit => return,
            };
            if let Err(error) = outcome {
                tracing::warn!("{action:?} did not work: {error:?}");
                sink(Event::ActionFailed(action, error));
            }
        });
    }
}

/// Looks at the login item and changes it, one after the other: an old answer must not arrive after a new one, and a
/// system that does not answer must not be asked by one more thread each time.
pub(super) fn login_item(login_item: Arc<dyn LoginItem>, sink: EventSink) -> UnboundedSender<Option<bool>> {
    let (sender, mut receiver) = unbounded_channel();
    tokio::spawn(async move {
        while let Some(first) = receiver.recv().await {
            let mut asked = vec![first];
            asked.extend(iter::from_fn(|| receiver.try_recv().ok()));
            let (login_item, sink) = (Arc::clone(&login_item), EventSink::clone(&sink));
            let job = move || {
                for on in asked.into_iter().flatten() {
                    if let Err(error) = login_item.set(on) {
                        tracing::warn!("opening at login could not be changed: {error:?}");
                        sink(Event::ActionFailed(Action::SwitchAutostart, ActionError::Autostart(error)));
                    }
                }
                // The mark in the menu follows what is there, not what was clicked.
                sink(Event::AutostartFound(login_item.state()));
            };
            if spawn_blocking(job).await.is_err() {
                tracing::error!("a look at the login item panicked");
            }
        }
    });
    sender
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
