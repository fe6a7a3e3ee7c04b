//! What the program needs from outside, as traits: `platform` implements them, `app` and `cli` use them, tests replace
//! them.
//!
//! Says what is promised. Does not know which operating system is there.

mod secrets;

pub use secrets::{
    Answering, CiTokens, CommandRunner, FoundToken, Github, GithubOpener, GithubTokens, Put, SecretSink, User,
};

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::{Timestamp, ZonedDateTime};
use thiserror::Error;
use tokio::sync::Notify;

use crate::domain::autostart::Autostart;
use crate::domain::doctor::{ConfigFound, Facts};
use crate::domain::grant::{Answer, Silence};
use crate::domain::journal::{Intent, NewTokens, Record};
use crate::domain::memory::{Memory, Part};
use crate::domain::message;
use crate::domain::profile::ProfileName;
use crate::domain::secret::Secret;
use crate::domain::settings::CredentialSettings;
use crate::domain::source::{Location, Problem, Reading};
use crate::domain::state::{Event, Notification, State};
use crate::domain::sync::memory::SyncMemory;
use crate::domain::view::Action;

/// Takes events from any thread; the loop receives them in order.
pub type EventSink = Arc<dyn Fn(Event) + Send + Sync>;

/// What is called when something has happened that has nothing more to it.
pub type Tell = Arc<dyn Fn() + Send + Sync>;

/// The time on this computer's wall, with its time zone.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> ZonedDateTime;
    /// Ends after so long, whatever the clock on the wall does.
    fn sleep(&self, span: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
    /// Ends when it is that late on the wall, also where the computer slept meanwhile.
    fn sleep_until(&self, moment: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
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
    /// Remembers this part of one source, and leaves all else as it is.
    fn save(&self, source: &str, part: Part) -> Result<(), String>;
    /// The present version, by attributes alone.
    fn stamp(&self) -> Stamp;
    /// Folders where a change shows, and the names to watch for in each.
    fn watched(&self) -> Vec<(PathBuf, Vec<String>)>;
    /// What is remembered of syncing.
    fn load_sync(&self) -> SyncMemory;
    /// Changes what is remembered of syncing, and leaves all else as it is.
    fn change_sync(&self, change: &mut dyn FnMut(&mut SyncMemory)) -> Result<(), String>;
}

/// Keeps two syncs of one user apart. Calls block.
pub trait SyncLock: Send + Sync {
    /// Takes the lock, which is let go with what is returned; `None` while another sync has it.
    fn take(&self) -> Result<Option<Box<dyn Send>>, String>;
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
    /// Writes this text in place of what is there; through a symbolic link, into the file that it leads to.
    fn replace(&self, text: &str) -> Result<(), ConfigFileError>;
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

/// The side of a credential's place that writes. Calls block. In mode `never` none is made.
pub trait CredentialWriter: Send + Sync {
    /// What stands there now, as text.
    fn load(&self) -> Result<Secret, Problem>;
    /// Removes what a killed run left beside it. To be called under the locks.
    fn tidy(&self);
    /// Proves that a text of about so many bytes can be written, and keeps room for it until this is dropped.
    fn prove(&mut self, bytes: usize) -> Result<(), WriteError>;
    /// Writes this in place of what stands there, and reads it back.
    fn replace(&mut self, text: &Secret) -> Result<(), WriteError>;
}

/// Why a credential cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum WriteError {
    /// Only Claude Code itself can write one of this length: it is asked to refresh instead.
    #[error("{0}")]
    TooLong(String),
    /// Anything else, in the system's words.
    #[error("{0}")]
    Failed(String),
}

/// Where a refresh notes what it is about to do and what came of it, so that a crash loses neither. One per source.
/// Calls block.
pub trait Journal: Send + Sync {
    /// What an earlier run left.
    fn load(&self) -> Result<Option<Record>, String>;
    /// Notes the intent, on the disk when this returns, and keeps room for the answer.
    fn begin(&mut self, intent: &Intent) -> Result<(), String>;
    /// Notes the answer, on the disk when this returns.
    fn answer(&mut self, intent: &Intent, answer: &NewTokens) -> Result<(), String>;
    /// Forgets it all.
    fn discard(&mut self) -> Result<(), String>;
}

/// The locks that keep two programs from spending one refresh token. Calls block.
pub trait RefreshLocks: Send + Sync {
    /// Removes the locks that a killed Wick left, at once and not after a minute. Does nothing while another Wick runs.
    fn clear(&self);
    /// Takes Wick's own lock and both of Claude Code's, waiting a few seconds while others have them.
    fn take(&self, stop: &Stop) -> Result<Box<dyn HeldLocks>, LockError>;
}

/// Held until dropped; a thread of their own keeps them fresh.
pub trait HeldLocks {
    /// Whether all are still ours: while a laptop slept, others may have taken them for left behind.
    fn are_ours(&self) -> bool;
    /// Takes the lock under which the credential is written, for less than a second; freed by dropping.
    fn take_storage(&self) -> Result<Box<dyn Send>, LockError>;
}

/// Why a lock is not ours.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LockError {
    /// Someone else has it.
    #[error("{}", message::refresh::HELD)]
    Busy,
    /// The program is ending.
    #[error("stopped")]
    Stopped,
    /// It cannot be made.
    #[error("{0}")]
    Failed(String),
}

/// Tells a refresh or a sync that the program is ending: a refresh gives up before anything is sent and ends its work
/// afterwards, a sync is resumed another time.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<(AtomicBool, Notify)>);

impl Stop {
    /// Ends what has not begun to matter.
    pub fn set(&self) {
        self.0.0.store(true, Ordering::SeqCst);
        self.0.1.notify_waiters();
    }

    /// Whether the program is ending.
    pub fn is_set(&self) -> bool {
        self.0.0.load(Ordering::SeqCst)
    }

    /// Waits until it is.
    pub async fn wait(&self) {
        let mut notified = pin!(self.0.1.notified());
        // Before the look, or what is set in between would go unheard.
        notified.as_mut().enable();
        if !self.is_set() {
            notified.await;
        }
    }
}

/// Everything that a refresh of one place writes with.
pub struct Tools {
    /// The credential.
    pub writer: Box<dyn CredentialWriter>,
    /// The journal.
    pub journal: Box<dyn Journal>,
    /// The locks.
    pub locks: Box<dyn RefreshLocks>,
}

/// Makes the tools for the place that a credential was read from.
pub type ToolsOpener = Arc<dyn Fn(&CredentialSettings, &Location) -> Tools + Send + Sync>;

/// The server that gives new tokens for a refresh token. Calls block.
pub trait TokenEndpoint: Send + Sync {
    /// One POST, never repeated and never redirected, 15 s in all.
    fn post(&self, url: &str, body: &Secret) -> Result<Answer, Silence>;
}

/// The installed Claude Code, asked to refresh by itself. Calls block.
pub trait ClaudeProgram: Send + Sync {
    /// Runs what is known to make it refresh, until `changed` says so. An error says why nothing could be run.
    fn renew(&self, settings: &CredentialSettings, changed: &dyn Fn() -> bool, stop: &Stop) -> Result<(), String>;
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

/// What opens Wick when the user logs in. Calls block.
pub trait LoginItem: Send + Sync {
    /// Whether it does now.
    fn state(&self) -> Autostart;
    /// The present version, by attributes alone; always the same where the system does not tell.
    fn stamp(&self) -> Stamp;
    /// Asks for it, or takes that back.
    fn set(&self, on: bool) -> Result<(), String>;
    /// Folders where a change shows, and the names to watch for in each.
    fn watched(&self) -> Vec<(PathBuf, Vec<String>)>;
}

/// Finds what `wick doctor` judges. Calls block.
pub trait Inspector: Send + Sync {
    /// Looks at everything but the credential and the config, which were read already, the credential under these settings.
    fn inspect(&self, reading: Reading, settings: &CredentialSettings, config: Result<ConfigFound, String>) -> Facts;
}

/// Where the state is drawn.
pub trait Screen: Send {
    /// Draws what is known at `now`.
    fn draw(&mut self, state: &State, now: &ZonedDateTime);
    /// Draws the next view even where it is the last one: a switch marks itself when clicked, whatever comes of it.
    fn forget(&mut self);
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
    /// Opens Wick at login.
    pub login_item: Arc<dyn LoginItem>,
    /// Looks at this computer.
    pub inspector: Arc<dyn Inspector>,
    /// Makes what a refresh writes with.
    pub open_tools: ToolsOpener,
    /// Whether an earlier refresh of this place left a journal; looks without reading it.
    pub find_journal: Arc<dyn Fn(&Location) -> bool + Send + Sync>,
    /// Gives new tokens.
    pub token_endpoint: Arc<dyn TokenEndpoint>,
    /// Claude Code itself.
    pub claude: Arc<dyn ClaudeProgram>,
    /// Connects to a GitHub.
    pub open_github: GithubOpener,
    /// The tokens for it.
    pub github_tokens: Arc<dyn GithubTokens>,
    /// The one-year tokens.
    pub ci_tokens: Arc<dyn CiTokens>,
    /// Runs command targets.
    pub commands: Arc<dyn CommandRunner>,
    /// Keeps two syncs apart.
    pub sync_lock: Arc<dyn SyncLock>,
    /// By which address this computer would reach the internet; sends nothing.
    pub network: Arc<dyn Fn() -> Option<IpAddr> + Send + Sync>,
    /// Calls what it is given for each signal that asks the process to end; from inside a runtime, as long as that lives.
    pub when_asked_to_end: Arc<dyn Fn(Tell) + Send + Sync>,
    /// The user's home folder.
    pub home: String,
    /// Whose credential all of this is about.
    pub profile: ProfileName,
}
