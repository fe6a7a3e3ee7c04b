//! `wick status`: both clocks, the source and each target; once, or at each change.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use jiff::{Timestamp, ZonedDateTime};
use serde::Serialize;
use tokio::runtime;
use tokio::sync::mpsc::unbounded_channel;

use super::{Exit, output};
use crate::app::material::MaterialStore;
use crate::app::{self, Purpose};
use crate::domain::action::Action;
use crate::domain::credential::Reading;
use crate::domain::refresh::FailureMemory;
use crate::domain::settings::Settings;
use crate::domain::state::State;
use crate::domain::state::event::Event;
use crate::domain::state::memory::{Memory, Part};
use crate::domain::state::step::step;
use crate::domain::sync::SyncMemory;
use crate::domain::sync::standing::targets;
use crate::domain::system::SystemError;
use crate::ports::notifier::Notification;
use crate::ports::{EventSink, Notifier, NotifierError, Ports, Screen, Stamp, StateFile, Versioned};
use crate::report::change::Change;
use crate::report::status::{Status, StatusCause};
use crate::view;
use crate::words::{self, Sentence};

/// The arguments of `wick status`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// Go on, and print again at each change
    #[arg(long)]
    watch: bool,
}

pub(super) fn run(arguments: &Arguments, ports: &Ports) -> Exit {
    let settings = match super::settings(ports) {
        Ok(settings) => settings,
        Err(sentence) => return config_invalid(arguments, ports, sentence),
    };
    if arguments.watch {
        return watch(arguments, ports, settings);
    }
    let material = MaterialStore::open(ports, &settings).read(output::patience());
    let now = ports.clock.now();
    let (memories, memory) = (ports.state_file.load(), ports.state_file.load_sync());
    let failure = standing(&memories, &material.sign_in, &settings).filter(|failure| !failure.passes());
    let status = Status::of(&material, &settings, &memory, None, &now).or(failure.cloned().map(StatusCause::Refresh));
    if arguments.json {
        output::json(&status);
    } else {
        let targets = targets(&settings, &memory, Some(material.tokens()));
        let targets: Vec<String> = targets.iter().map(|target| words::targets::line(target, &now)).collect();
        let mut state = State::new(settings, ports.home.clone(), memories).with_ci_tokens(&memory).only_watching();
        // What is due is for the app to say.
        drop(step(&mut state, Event::Loaded(material), &now));
        let view = view::menu_bar(&state, &now);
        let lines = view.texts().into_iter().map(str::to_owned).chain(targets);
        output::line(&lines.collect::<Vec<_>>().join("\n"));
    }
    if status.state.is_readable() { Exit::Done } else { Exit::NoCredential }
}

fn config_invalid(arguments: &Arguments, ports: &Ports, sentence: Sentence) -> Exit {
    if arguments.json {
        let location = (ports.open_store)(&Settings::default().credential).location();
        let status = Status::failed(&location, &ports.profile, sentence);
        if arguments.watch {
            output::json(&Line { status: &status, event: Change::Failed });
        } else {
            output::json(&status);
        }
    } else {
        output::sentence(&sentence);
    }
    Exit::Usage
}

/// The app's own loop, with standard output in place of the menu bar, and without notifications and memory.
fn watch(arguments: &Arguments, ports: &Ports, settings: Settings) -> Exit {
    let Ok(runtime) = runtime::Builder::new_current_thread().enable_all().build() else { return Exit::Failed };
    let (sender, receiver) = unbounded_channel();
    // Fails only where the loop has ended.
    let events: EventSink = Arc::new(move |event| drop(sender.send(event)));
    let failures = Failures { state_file: Arc::clone(&ports.state_file), stamp: None, memories: BTreeMap::new() };
    let screen = Printer {
        json: arguments.json,
        last: None,
        before: None,
        passed_at: None,
        failures,
        events: EventSink::clone(&events),
    };
    let state_file = Arc::new(ReadOnly(Arc::clone(&ports.state_file)));
    let ports = Ports { notifier: Arc::new(Silent), state_file, ..ports.clone() };
    runtime.block_on(app::run(Purpose::Watch, ports, settings, Box::new(screen), events, receiver));
    Exit::Done
}

/// The object of a line: the status, and what has happened.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    status: &'a Status,
    event: Change,
}

/// What stands in the way of a refresh, as whoever tried one has noted it.
struct Failures {
    state_file: Arc<dyn StateFile>,
    stamp: Option<Stamp>,
    memories: BTreeMap<String, Memory>,
}

impl Failures {
    fn of(&mut self, reading: &Reading, settings: &Settings) -> Option<&FailureMemory> {
        let stamp = self.state_file.stamp();
        if self.stamp.as_ref() != Some(&stamp) {
            self.memories = self.state_file.load();
            self.stamp = Some(stamp);
        }
        standing(&self.memories, reading, settings)
    }
}

/// A failed refresh of what is stored now.
fn standing<'a>(
    memories: &'a BTreeMap<String, Memory>,
    reading: &Reading,
    settings: &Settings,
) -> Option<&'a FailureMemory> {
    memories.get(&reading.location.to_string())?.refresh.standing(reading.credential()?, &settings.refresh)
}

/// What the last line showed, but for the passing of time.
#[derive(PartialEq)]
enum Shown {
    Json(Box<Status>, Option<Timestamp>),
    Text(String),
}

struct Printer {
    json: bool,
    last: Option<Shown>,
    before: Option<Status>,
    /// When the failure happened that was there at the last line, of those that pass.
    passed_at: Option<Timestamp>,
    failures: Failures,
    events: EventSink,
}

impl Screen for Printer {
    fn draw(&mut self, state: &State, now: &ZonedDateTime) {
        let (Some(material), Some(reading)) = (state.material(), state.reading()) else { return };
        let status = Status::of(material, state.settings(), state.sync_memory(), state.seen(), now);
        let failure = self.failures.of(reading, state.settings());
        let lasting = failure.filter(|failure| !failure.passes()).cloned();
        let status = status
            .or(state.config_error().map(|error| StatusCause::Config(error.to_owned())))
            .or(lasting.map(StatusCause::Refresh));
        // One that passes is shown once, when it happens.
        let passing = failure.filter(|failure| failure.passes());
        let passed_at = passing.map(|failure| failure.at);
        let text = view::menu_bar(state, now).texts().join(" | ");
        let shown = if self.json {
            Shown::Json(Box::new(status.clone().without_countdown()), passed_at)
        } else {
            Shown::Text(text.clone())
        };
        if self.last.as_ref() == Some(&shown) {
            return;
        }
        let mut event = Change::between(self.before.as_ref(), &status);
        let mut told = status.clone();
        let is_news = self.before.is_some() && passed_at > self.passed_at;
        if let Some(failure) = passing.filter(|_| is_news && event == Change::Changed) {
            event = Change::Failed;
            told.error = told.error.or_else(|| Some(words::refresh::failed(failure)));
        }
        let heard = if self.json { output::json(&Line { status: &told, event }) } else { output::line(&text) };
        self.before = Some(status);
        self.passed_at = passed_at;
        if !heard {
            (self.events)(Event::Chosen(Action::Quit));
        }
        self.last = Some(shown);
    }
}

struct Silent;

impl Notifier for Silent {
    fn show(
        &self,
        _notification: &Notification,
        _clicked: Box<dyn FnOnce(Action) + Send>,
    ) -> Result<(), NotifierError> {
        Ok(())
    }
}

/// What others remember of syncing is shown; what is seen here is not said, so not remembered.
struct ReadOnly(Arc<dyn StateFile>);

impl Versioned for ReadOnly {
    fn stamp(&self) -> Stamp {
        self.0.stamp()
    }

    fn watched(&self) -> Vec<(PathBuf, Vec<String>)> {
        self.0.watched()
    }
}

impl StateFile for ReadOnly {
    fn load(&self) -> BTreeMap<String, Memory> {
        BTreeMap::new()
    }

    fn save(&self, _source: &str, _part: Part) -> Result<(), SystemError> {
        Ok(())
    }

    fn load_sync(&self) -> SyncMemory {
        self.0.load_sync()
    }

    fn change_sync(&self, _change: &mut dyn FnMut(&mut SyncMemory)) -> Result<(), SystemError> {
        Ok(())
    }
}
