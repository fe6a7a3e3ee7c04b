//! What the program needs from outside, as traits: `platform` implements them, `app` and `cli` use them, tests replace
//! them.
//!
//! Says what is promised. Does not know which operating system is there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::ZonedDateTime;
use thiserror::Error;

use crate::domain::doctor::{ConfigFound, Facts};
use crate::domain::memory::Memory;
use crate::domain::settings::CredentialSettings;
use crate::domain::source::{Location, Reading};
use crate::domain::state::{Event, Notification, State};
use crate::domain::view::Action;

/// Takes events from any thread; the loop receives them in order.
pub type EventSink = Arc<dyn Fn(Event) + Send + Sync>;

/// The time on this computer's wall, with its time zone.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> ZonedDateTime;
}

/// How long a read may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// Nobody waits: give up soon, and ask nothing that was refused before.
    Background,
    /// Someone clicked, and may be approving a prompt.
    Click,
}

/// The mark of one version of a place: two equal ones mean that nothing moved in between.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stamp(pub Vec<i64>);

/// A place that a credential is read from. Calls block; none is made on the loop's thread.
pub trait CredentialStore: Send + Sync {
    /// Where this is, before anything was read.
    fn location(&self) -> Location;
    /// The present version, by attributes alone: never prompts.
    fn stamp(&self) -> Stamp;
    /// Reads it. What went wrong is part of the reading.
    fn read(&self, patience: Patience) -> Reading;
    /// Folders where a change shows, and the names to watch for in each.
    fn watched(&self) -> Vec<(PathBuf, Vec<String>)>;
}

/// Gives the store that the settings name.
pub type StoreOpener = Arc<dyn Fn(&CredentialSettings) -> Arc<dyn CredentialStore> + Send + Sync>;

/// Reports changes of files. Dropping it ends the reports.
pub trait Watcher: Send {
    /// Watches exactly these folders, as far as they exist now. Called again, it costs little where nothing changed.
    fn watch(&mut self, folders: &[(PathBuf, Vec<String>)]);
}

/// Makes a watcher that calls back, from its own thread, for every change.
pub type WatcherOpener = Arc<dyn Fn(Box<dyn Fn() + Send>) -> Box<dyn Watcher> + Send + Sync>;

/// Shows notifications. Calls block; none is made on the loop's thread.
pub trait Notifier: Send + Sync {
    /// Shows one, and calls back, from another thread, when a button of it is clicked.
    fn show(&self, notification: &Notification, clicked: Box<dyn FnOnce(Action) + Send>) -> Result<(), NotifierError>;
}

/// A notification could not be shown. Not an error for the program: the menu says the same.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct NotifierError(pub String);

/// `state.json`. Calls block.
pub trait StateFile: Send + Sync {
    /// What is remembered, by source. Nothing where there is no file, or none that makes sense.
    fn load(&self) -> BTreeMap<String, Memory>;
    /// Remembers this of one source, and leaves the others as they are.
    fn save(&self, source: &str, memory: &Memory) -> Result<(), String>;
}

/// The config file. Calls block; none is made on the loop's thread.
pub trait ConfigFile: Send + Sync {
    /// Where it is.
    fn path(&self) -> PathBuf;
    /// The present version, by attributes alone.
    fn stamp(&self) -> Stamp;
    /// Folders where a change shows, and the names to watch for in each.
    fn watched(&self) -> Vec<(PathBuf, Vec<String>)>;
    /// Its text; `None` where it does not exist, which means the defaults.
    fn read(&self) -> Result<Option<String>, ConfigFileError>;
    /// Writes this text where there is no file yet. Says whether it wrote.
    fn create(&self, text: &str) -> Result<bool, ConfigFileError>;
}

/// Why a config cannot be used. The user mends it; until then the last good settings stay in use.
#[derive(Debug, Error)]
pub enum ConfigFileError {
    /// It is no file that a person wrote, or someone else could have written it.
    #[error("{0}")]
    Untrusted(String),
    /// The system refuses it.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

/// What this computer can open for a person. Calls block.
pub trait Desktop: Send + Sync {
    /// Opens a file in the user's editor.
    fn open_file(&self, path: &Path) -> Result<(), String>;
    /// Opens Claude Code's own sign-in in a terminal.
    fn sign_in(&self, settings: &CredentialSettings) -> Result<(), String>;
    /// Keeps a report in a file and opens that.
    fn open_report(&self, text: &str) -> Result<(), String>;
}

/// Finds what `wick doctor` judges. Calls block.
pub trait Inspector: Send + Sync {
    /// Looks at everything but the credential and the config, which were read already.
    fn inspect(&self, reading: Reading, config: Result<ConfigFound, String>) -> Facts;
}

/// Where the state is drawn.
pub trait Screen: Send {
    /// Draws what is known at `now`.
    fn draw(&mut self, state: &State, now: &ZonedDateTime);
    /// The loop has ended.
    fn close(&mut self);
}

/// Everything at once, as `main` hands it out.
#[derive(Clone)]
pub struct Ports {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Opens the credential's place.
    pub open_store: StoreOpener,
    /// Opens a watcher.
    pub open_watcher: WatcherOpener,
    /// Shows notifications.
    pub notifier: Arc<dyn Notifier>,
    /// Remembers.
    pub state_file: Arc<dyn StateFile>,
    /// The config.
    pub config_file: Arc<dyn ConfigFile>,
    /// Opens things for a person.
    pub desktop: Arc<dyn Desktop>,
    /// Looks at this computer.
    pub inspector: Arc<dyn Inspector>,
    /// The user's home folder.
    pub home: String,
}
