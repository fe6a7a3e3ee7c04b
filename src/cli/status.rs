//! `wick status`: both clocks, the source and each target; once, or at each change.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use jiff::{Timestamp, ZonedDateTime};
use serde::Serialize;
use tokio::sync::mpsc::unbounded_channel;

use super::input;
use super::output::{self, Ended, Exit};
use crate::app::material::MaterialStore;
use crate::app::{self, Purpose};
use crate::domain::action::Action;
use crate::domain::credential::{Material, Reading};
use crate::domain::refresh::FailureMemory;
use crate::domain::settings::Settings;
use crate::domain::state::State;
use crate::domain::state::event::Event;
use crate::domain::state::memory::Memory;
use crate::domain::state::step::step;
use crate::domain::sync::SyncMemory;
use crate::domain::sync::standing::targets;
use crate::ports::{EventSink, Patience, Ports, Screen, StateFile, block_on, runtime};
use crate::report::change::Change;
use crate::report::rows::{Row, lines as lines_of};
use crate::report::status::{SignInState, Status, StatusCause};
use crate::report::targets::{closing, rows as target_rows};
use crate::view;
use crate::view::status_line::StatusLine;
use crate::view::told::{self, plain};
use crate::words;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// Keep running and print every change
    #[arg(long)]
    watch: bool,
    #[command(flatten)]
    short: Short,
}

/// For the status lines of other programs.
#[derive(Debug, Args)]
struct Short {
    /// Print one short line, for a status line such as tmux's
    #[arg(long, conflicts_with_all = ["json", "watch"])]
    line: bool,
    /// Color it; only with --line
    #[arg(long, requires = "line")]
    color: bool,
}

pub(super) fn run(arguments: &Arguments, ports: &Ports) -> Ended {
    if arguments.short.line {
        return line(arguments.short.color, ports);
    }
    let unreadable = |error| {
        let location = (ports.open_store)(&Settings::default().credential).location();
        let status = Status::failed(&location, &ports.profile, error);
        Line { status, event: arguments.watch.then_some(Change::Failed) }
    };
    let settings = input::settings(ports, arguments.json, unreadable)?;
    if arguments.watch {
        return Ok(watch(arguments, ports, settings));
    }
    let material = MaterialStore::open(ports, &settings).read(output::patience());
    let now = ports.clock.now();
    let (memories, memory) = ports.state_file.load_all();
    let memory = memory.unwrap_or_else(|error| {
        output::diagnostic(&words::sync::unread(&error).paragraph());
        SyncMemory::unread()
    });
    let failure = standing(&memories, &material.sign_in, &settings).filter(|failure| !failure.passes());
    let status = Status::of(&material, &settings, &memory, None, &now).or(failure.map(StatusCause::Refresh), &now);
    let exit = if status.state.is_readable() { Exit::Done } else { Exit::NoCredential };
    if arguments.json {
        output::json(&status);
    } else {
        let size = ports.terminal.size_of(&io::stdout());
        let targets = targets(&settings, &memory, Some(material.tokens()));
        let (targets, closing) = (target_rows(&targets, &now, size.is_some()), closing(&targets));
        let mut state = State::new(settings, ports.home.clone(), memories);
        state.only_watches = true;
        (state.syncing.memory.ci_tokens, state.syncing.memory.targets) = (memory.ci_tokens, memory.targets);
        // What is due is for the app to say.
        drop(step(&mut state, Event::Loaded(material), &now));
        let expired = status.state == SignInState::Expired && status.error.is_none();
        // What is in the way of a refresh has its own next step.
        let expired = expired && state.standing_failure().is_none();
        let next = expired.then(|| words::credential::next_step(state.settings.refresh.mode));
        let source = state.reading().map(|reading| words::credential::source(&reading.location, &state.home));
        let below = next.into_iter().chain(source).map(plain);
        let rows: Vec<Row> = told::rows(&state, &status, &now).into_iter().chain(below).chain(targets).collect();
        let closing = closing.filter(|_| size.is_some()).map(plain);
        output::laid_out(&[lines_of(&rows, size), lines_of(closing.as_slice(), size)].concat());
    }
    Ok(exit)
}

/// One short line. It is asked for every few seconds: it reads the sign-in and what is remembered, and asks nobody.
fn line(is_colored: bool, ports: &Ports) -> Ended {
    let Ok((settings, _)) = app::settings(ports) else {
        output::answer(&StatusLine::config_error().painted(is_colored));
        return Err(Exit::Usage);
    };
    let sign_in = (ports.open_store)(&settings.credential).read(Patience::Background);
    let is_readable = sign_in.credential().is_some();
    let (memories, memory) = ports.state_file.load_all();
    let mut state = State::new(settings, ports.home.clone(), memories);
    state.only_watches = true;
    state.syncing.memory = memory.unwrap_or_else(|_| SyncMemory::unread());
    let now = ports.clock.now();
    drop(step(&mut state, Event::Loaded(Material { sign_in, ci_token: None, ci_token_stored_at: None }), &now));
    output::answer(&StatusLine::of(state, &now).painted(is_colored));
    if is_readable { Ok(Exit::Done) } else { Err(Exit::NoCredential) }
}

/// The app's own loop, with standard output in place of the menu bar.
fn watch(arguments: &Arguments, ports: &Ports, settings: Settings) -> Exit {
    let Ok(runtime) = runtime() else { return Exit::Failed };
    let (sender, receiver) = unbounded_channel();
    // Fails only where the loop has ended.
    let events: EventSink = Arc::new(move |event| drop(sender.send(event)));
    let state_file = Arc::clone(&ports.state_file);
    let unheard = EventSink::clone(&events);
    output::when_nobody_reads(move || unheard(Event::Chosen(Action::Quit)));
    let in_place = !arguments.json && ports.terminal.is_drawn_on(&io::stdout());
    let screen = Printer {
        json: arguments.json,
        in_place,
        rows: 0,
        last: None,
        state_file,
        events: EventSink::clone(&events),
        config: ports.config_file.path(),
    };
    block_on(&runtime, app::run(Purpose::Watch, ports.clone(), settings, Box::new(screen), events, receiver));
    Exit::Done
}

/// The status, and where changes are followed what has happened.
#[derive(Serialize)]
struct Line {
    #[serde(flatten)]
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<Change>,
}

/// A failed refresh of what is stored now, as whoever tried has noted it.
fn standing(memories: &BTreeMap<String, Memory>, reading: &Reading, settings: &Settings) -> Option<FailureMemory> {
    let memory = &memories.get(&reading.location.to_string())?.refresh;
    memory.standing(reading.credential()?, &settings.refresh).cloned()
}

/// What a line showed.
struct Shown {
    status: Status,
    /// When the failure happened that was there, of those that pass.
    passed_at: Option<Timestamp>,
    text: String,
}

impl Shown {
    /// Whether they differ only by the time that has passed.
    fn is_like(&self, other: &Self, json: bool) -> bool {
        let status = |shown: &Self| shown.status.clone().without_countdown();
        if json { self.passed_at == other.passed_at && status(self) == status(other) } else { self.text == other.text }
    }
}

struct Printer {
    json: bool,
    /// One text that changes, instead of one a change.
    in_place: bool,
    /// How many rows it takes.
    rows: usize,
    last: Option<Shown>,
    state_file: Arc<dyn StateFile>,
    events: EventSink,
    config: PathBuf,
}

impl Drop for Printer {
    fn drop(&mut self) {
        if self.in_place && self.last.is_some() {
            output::line("");
        }
    }
}

impl Screen for Printer {
    fn draw(&mut self, state: &State, now: &ZonedDateTime) {
        let (Some(material), Some(reading)) = (state.material.as_ref(), state.reading()) else { return };
        let failure = standing(&self.state_file.load(), reading, &state.settings);
        // One that passes is shown once, when it happens.
        let (passing, lasting) = match failure {
            Some(failure) if failure.passes() => (Some(failure), None),
            lasting => (None, lasting),
        };
        let status = Status::of(material, &state.settings, &state.syncing.memory, state.seen, now)
            .or(
                state
                    .config_error
                    .as_deref()
                    .map(|error| StatusCause::Config(format!("{}: {error}", self.config.display()))),
                now,
            )
            .or(lasting.map(StatusCause::Refresh), now);
        let drawn = view::menu_bar(state, now);
        let texts = drawn.texts();
        let shown = Shown { status, passed_at: passing.as_ref().map(|failure| failure.at), text: texts.join(" | ") };
        let last = self.last.as_ref();
        if last.is_some_and(|last| last.is_like(&shown, self.json)) {
            return;
        }
        let heard = if self.json {
            let mut status = shown.status.clone();
            let mut event = Change::between(last.map(|last| &last.status), &status);
            let is_news = last.is_some_and(|last| shown.passed_at > last.passed_at);
            if let Some(failure) = passing.as_ref().filter(|_| is_news && event == Change::Changed) {
                event = Change::Failed;
                status.error = status.error.or_else(|| Some(words::refresh::failed(failure, now)));
            }
            output::json(&Line { status, event: Some(event) })
        } else if self.in_place {
            output::in_place(&texts, &mut self.rows)
        } else {
            output::line(&shown.text)
        };
        if !heard {
            (self.events)(Event::Chosen(Action::Quit));
        }
        self.last = Some(shown);
    }
}
