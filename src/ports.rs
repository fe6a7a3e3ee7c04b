//! What the program needs from outside, as traits: `platform` implements them, `app` and `cli` use them, tests replace
//! them.
//!
//! Says what is promised, and what went wrong as variants that tell the caller what to do. Does not know which operating
//! system is there, and says no sentence.

mod credential;
mod desktop;
mod files;
pub mod notifier;
pub mod screen;
mod secrets;
mod terminal;
mod waiting;
mod watching;

pub use credential::*;
pub use desktop::*;
pub use files::*;
pub use notifier::{Notifier, NotifierError};
pub use screen::Screen;
pub use secrets::*;
pub use terminal::*;
pub use waiting::*;
pub use watching::*;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::domain::credential::Location;
use crate::domain::settings::ProfileName;
use crate::domain::state::event::Event;

/// Takes events from any thread; the loop receives them in order.
pub type EventSink = Arc<dyn Fn(Event) + Send + Sync>;

/// Everything at once, as `main` hands it out.
#[derive(Clone)]
pub struct Ports {
    pub clock: Arc<dyn Clock>,
    /// Opens the credential's place.
    pub open_store: StoreOpener,
    pub open_watcher: WatcherOpener,
    pub notifier: Arc<dyn Notifier>,
    pub state_file: Arc<dyn StateFile>,
    /// Where Wick's own files are.
    pub state_folder: Arc<dyn StateFolder>,
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
    /// The refresh token that an earlier refresh of this place has spent, where its successor is in the journal still: a
    /// dead one, whatever is stored.
    pub find_spent: SpentFinder,
    /// Gives new tokens.
    pub token_endpoint: Arc<dyn TokenEndpoint>,
    /// Claude Code itself.
    pub claude: Arc<dyn ClaudeProgram>,
    /// What overrules the sign-in.
    pub find_overruling: OverrulingFinder,
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
    /// Keeps two rotations of a one-year token apart.
    pub rotation_lock: Arc<dyn SyncLock>,
    /// By which address this computer would reach the internet; sends nothing.
    pub network: Arc<dyn Fn() -> Option<IpAddr> + Send + Sync>,
    /// The address that the working folder's repository was cloned from, where it is in one; an error is how long git gave no
    /// answer. Blocks.
    pub origin_here: Arc<dyn Fn() -> Result<Option<String>, Duration> + Send + Sync>,
    /// Holds this computer's sleep off for what must not be cut.
    pub hold_off_sleep: SleepHolder,
    /// Calls what it is given for each signal that asks the process to end, from a thread of its own.
    pub when_asked_to_end: Arc<dyn Fn(Tell) + Send + Sync>,
    /// Holds signals off while a terminal is not as it was.
    pub hold_signals: Arc<dyn Fn() -> Box<dyn HeldSignals> + Send + Sync>,
    /// Undoes what was set for this process alone, right before it becomes another program.
    pub before_exec: Arc<dyn Fn() + Send + Sync>,
    /// What must not be cut off.
    pub vital: Vital,
    /// The terminal that it was started in, if any.
    pub terminal: Terminal,
    /// The user's home folder.
    pub home: String,
    /// Whose credential all of this is about.
    pub profile: ProfileName,
}
