//! The shell around the rules: receives events, calls `step`, runs what it returns, and sends the outcomes back.
//!
//! Owns no rule. Runs on one thread; whatever can block runs beside it.

pub mod diagnosis;
mod effects;
pub mod github;
pub mod material;
pub mod profiles;
pub mod refresh;
pub mod sync;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::Instant;

use crate::app::effects::Effects;
use crate::config::{self, ConfigError};
use crate::domain::action::Action;
use crate::domain::facts::ConfigFound;
use crate::domain::settings::{ConfigFileError, ProfileName, Settings};
use crate::domain::state::State;
use crate::domain::state::event::{Effect, Event};
use crate::domain::state::step::step;
use crate::ports::{ConfigFile, EventSink, Ports, Screen};
use crate::words;

/// Why the config is as it was.
#[derive(Debug)]
pub enum EditError {
    /// Its text, or what it would become: the user changes it.
    Text(ConfigError),
    /// The file.
    File(ConfigFileError),
}

impl std::fmt::Display for EditError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(error) => error.fmt(formatter),
            Self::File(error) => formatter.write_str(&words::config::file(error)),
        }
    }
}

impl From<ConfigError> for EditError {
    fn from(error: ConfigError) -> Self {
        Self::Text(error)
    }
}

impl From<ConfigFileError> for EditError {
    fn from(error: ConfigFileError) -> Self {
        Self::File(error)
    }
}

/// The config as a profile sees it, and whether there is a file; else what is wrong with it.
pub fn settings(
    config_file: &dyn ConfigFile,
    home: &str,
    profile: &ProfileName,
) -> Result<(Settings, ConfigFound), String> {
    let text = config_file.read().map_err(|error| words::config::file(&error))?;
    let found = if text.is_some() { ConfigFound::Read } else { ConfigFound::Absent };
    Ok((config::settings(text.as_deref().unwrap_or_default(), home, profile)?, found))
}

/// Edits the config file, or makes it where there is none yet.
pub fn edit_config(
    config_file: &dyn ConfigFile,
    edit: impl FnOnce(&str) -> Result<String, ConfigError>,
) -> Result<(), EditError> {
    let text = config_file.read()?;
    let edited = edit(text.as_deref().unwrap_or_default())?;
    if text.is_some() {
        config_file.replace(&edited)?;
    } else if !config_file.create(&edited)? {
        return Err(ConfigFileError::AlreadyThere.into());
    }
    Ok(())
}

/// A sleep this long counts. A clock that the network keeps right moves by less.
const SLEPT: SignedDuration = SignedDuration::from_secs(5);

/// What the loop is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To do all that the settings say.
    Serve,
    /// To show what others do: it refreshes nothing.
    Watch,
}

/// Why a loop has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The user quit.
    Quit,
    /// The config lists other profiles, or another one's loop has ended.
    OtherProfiles,
}

/// Runs until the user quits. `settings` is what the config said; the first look reads it again.
///
/// `events` feeds the other end of `received`: watchers and buttons report by it.
pub async fn run(
    purpose: Purpose,
    ports: Ports,
    settings: Settings,
    mut screen: Box<dyn Screen>,
    events: EventSink,
    mut received: UnboundedReceiver<Event>,
) -> Ended {
    // First the version of what is remembered, then the memory itself: what is written in between shows in the next one.
    let mut effects = Effects::new(purpose, &ports, &settings, &events);
    let memories = ports.state_file.load();
    let mut state = State::new(settings, ports.home.clone(), memories).remembering(ports.state_file.load_sync());
    if purpose == Purpose::Watch {
        state = state.only_watching();
    }
    events(Event::Started);
    let mut clocks = Clocks { wall: ports.clock.now().timestamp(), running: Instant::now() };
    let ended = 'running: loop {
        let now = ports.clock.now();
        if state.is_worth_drawing(now.timestamp()) {
            screen.draw(&state, &now);
        }
        let sleep = until(&state.wake_at(now.timestamp()).duration_since(now.timestamp()));
        let mut events = tokio::select! {
            event = received.recv() => vec![event.unwrap_or(Event::Chosen(Action::Quit))],
            events = effects.looked() => events,
            () = tokio::time::sleep(sleep) => vec![Event::Tick],
        };
        let now = ports.clock.now();
        if clocks.slept(now.timestamp()) {
            // What a look that began before has read may be hours old; one look does the work of all.
            if events.iter().any(|event| matches!(event, Event::Loaded(_))) {
                effects.distrust_last_look();
            }
            events.retain(|event| !is_superseded(event));
            events.insert(0, Event::Woke);
        }
        for effect in events.into_iter().flat_map(|event| step(&mut state, event, &now)).collect::<Vec<_>>() {
            match effect {
                Effect::Act(Action::Quit) => break 'running Ended::Quit,
                Effect::Leave => break 'running Ended::OtherProfiles,
                _ => {}
            }
            effects.run(effect, &state);
        }
        effects.go_on();
    };
    effects.finish().await;
    ended
}

/// Whether a look after a sleep makes this one void.
fn is_superseded(event: &Event) -> bool {
    matches!(event, Event::Tick | Event::Woke | Event::Loaded(_) | Event::NothingMoved)
}

/// The clock on the wall, and the one that stands still while the computer sleeps.
struct Clocks {
    wall: Timestamp,
    running: Instant,
}

impl Clocks {
    /// Whether the computer slept since the last call, or someone set the clock ahead, which comes to the same.
    fn slept(&mut self, now: Timestamp) -> bool {
        let ran = SignedDuration::try_from(self.running.elapsed()).unwrap_or(SignedDuration::MAX);
        let slept = now.duration_since(self.wall) - ran >= SLEPT;
        *self = Self { wall: now, running: Instant::now() };
        slept
    }
}

/// A timer fires at whole milliseconds; one that fired early would find nothing due.
fn until(span: &SignedDuration) -> std::time::Duration {
    span.unsigned_abs() + std::time::Duration::from_millis(1)
}
