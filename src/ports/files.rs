//! Wick's own files: the config, what is remembered, and the lock around a sync.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use jiff::Timestamp;

use super::watching::Versioned;
use crate::domain::settings::ConfigFileError;
use crate::domain::state::memory::{Memory, Part};
use crate::domain::sync::{Mark, SyncMemory};
use crate::domain::system::SystemError;
use crate::domain::uninstall::InTheWay;

/// `state.json`. Calls block.
pub trait StateFile: Versioned {
    /// What is remembered, by source. Nothing where there is no file, or none that makes sense.
    fn load(&self) -> BTreeMap<String, Memory>;
    /// Both [`Self::load`] and [`Self::load_sync`], read once.
    fn load_all(&self) -> (BTreeMap<String, Memory>, Result<SyncMemory, SystemError>) {
        (self.load(), self.load_sync())
    }
    /// Remembers this part of one source, and leaves all else as it is.
    fn save(&self, source: &str, part: Part) -> Result<(), SystemError>;
    /// Notes that a sync is about to write to these targets, by [`Settings::key`](crate::domain::settings::Settings::key).
    /// It survives a power cut when this returns.
    fn begin_sync(&self, at: Timestamp, targets: BTreeSet<String>) -> Result<(), SystemError>;
    /// Notes what a sync did, in this order. It outlives this process from here on; a power cut may take the last second.
    fn note_sync(&self, marks: &[Mark]) -> Result<(), SystemError>;
    /// All that was noted survives a power cut too when this returns. To be called once a second while a sync writes.
    fn flush_sync(&self) -> Result<(), SystemError>;
    /// What is remembered of syncing. Fails where it cannot be read: that nothing is known then is not that nothing was sent,
    /// nor that any place is allowed.
    fn load_sync(&self) -> Result<SyncMemory, SystemError>;
    /// Changes what is remembered of syncing, and leaves all else as it is.
    fn change_sync(&self, change: &mut dyn FnMut(&mut SyncMemory)) -> Result<(), SystemError>;
}

/// Keeps two syncs of one user apart, or two rotations. Calls block.
pub trait SyncLock: Send + Sync {
    /// Takes the lock, which is let go with what is returned; `None` while another one has it.
    fn take(&self) -> Result<Option<Box<dyn Send>>, SystemError>;
}

/// The folder of Wick's own files. Calls block.
pub trait StateFolder: Send + Sync {
    fn path(&self) -> PathBuf;
    /// What lies in it: whether anything is Wick's own that [`Self::remove`] would take away, and all that is not.
    fn look(&self) -> Result<(bool, Vec<PathBuf>), SystemError>;
    /// Keeps the app, syncs and refreshes out of it until what is returned is dropped, or says who is in.
    fn hold(&self) -> Result<Result<Box<dyn Send>, InTheWay>, SystemError>;
    /// Removes Wick's own files, and the folder where nothing else is in it.
    fn remove(&self) -> Result<(), SystemError>;
}

/// The config file. Calls block; none is made on the loop's thread.
pub trait ConfigFile: Versioned {
    fn path(&self) -> PathBuf;
    /// Its text; `None` where it does not exist, which means the defaults.
    fn read(&self) -> Result<Option<String>, ConfigFileError>;
    /// Writes `text` where the file still says what was `read`, or is still absent; through a symbolic link, into the file
    /// that it leads to. Says whether it did: an edit that somebody made meanwhile is not written over.
    fn write(&self, read: Option<&str>, text: &str) -> Result<bool, ConfigFileError>;
}
