//! How changes on the disk are noticed.

use std::path::PathBuf;
use std::sync::Arc;

/// The mark of one version of a place: two equal ones mean that nothing moved in between.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stamp(pub Vec<i64>);

/// Something on the disk that changes. Calls block; none is made on the loop's thread.
pub trait Versioned: Send + Sync {
    /// The present version, by attributes alone: never prompts. Always the same where the system does not tell.
    fn stamp(&self) -> Stamp;
    /// Folders where a change shows, and the names to watch for in each.
    fn watched(&self) -> Vec<(PathBuf, Vec<String>)>;
}

/// Reports changes of files. Dropping it ends the reports.
pub trait Watcher: Send {
    /// Watches exactly these folders, as far as they exist now. Called again, it costs little where nothing changed.
    fn watch(&mut self, folders: &[(PathBuf, Vec<String>)]);
}

/// Makes a watcher that calls back, from its own thread, for every change.
pub type WatcherOpener = Arc<dyn Fn(Box<dyn Fn() + Send>) -> Box<dyn Watcher> + Send + Sync>;
