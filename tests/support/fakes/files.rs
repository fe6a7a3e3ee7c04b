//! What Wick keeps in files: its state and its config.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use jiff::Timestamp;
use wick::domain::settings::ConfigFileError;
use wick::domain::state::memory::{Memory, Part};
use wick::domain::sync::{Mark, SyncMemory, UnderWay};
use wick::domain::system::SystemError;
use wick::ports::{ConfigFile, Stamp, StateFile, Versioned, lock};

/// Remembers in memory. Two apps may share one, as two runs share a disk.
#[derive(Debug, Default)]
pub struct FakeStateFile {
    sources: Mutex<BTreeMap<String, Memory>>,
    sync: Mutex<SyncMemory>,
    version: AtomicI64,
    /// The disk is full, as far as syncing is concerned.
    pub is_full: AtomicBool,
    /// What is remembered of syncing cannot be read.
    pub is_unreadable: AtomicBool,
}

impl StateFile for FakeStateFile {
    fn load(&self) -> BTreeMap<String, Memory> {
        lock(&self.sources).clone()
    }

    fn save(&self, source: &str, part: Part) -> Result<(), SystemError> {
        lock(&self.sources).entry(source.to_owned()).or_default().set(part);
        Ok(())
    }

    fn begin_sync(&self, at: Timestamp, targets: BTreeSet<String>) -> Result<(), SystemError> {
        self.note_sync(&[Mark::Begun(UnderWay { boot: String::new(), at, targets })])
    }

    fn note_sync(&self, marks: &[Mark]) -> Result<(), SystemError> {
        self.change_sync(&mut |memory| marks.iter().cloned().for_each(|mark| memory.take_in(mark)))
    }

    fn flush_sync(&self) -> Result<(), SystemError> {
        Ok(())
    }

    fn load_sync(&self) -> Result<SyncMemory, SystemError> {
        if self.is_unreadable.load(Ordering::SeqCst) {
            return Err(SystemError::new(&"state.json", &"input/output error"));
        }
        Ok(lock(&self.sync).clone())
    }

    fn change_sync(&self, change: &mut dyn FnMut(&mut SyncMemory)) -> Result<(), SystemError> {
        if self.is_full.load(Ordering::SeqCst) {
            return Err(SystemError::new(&"state.json", &"no space left"));
        }
        change(&mut lock(&self.sync));
        self.version.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

impl Versioned for FakeStateFile {
    fn stamp(&self) -> Stamp {
        Stamp(vec![self.version.load(Ordering::SeqCst)])
    }

    fn watched(&self) -> Vec<(PathBuf, Vec<String>)> {
        Vec::new()
    }
}

/// A config file that says this; it moves only when it is replaced.
pub struct FakeConfigFile(Mutex<String>, AtomicI64);

impl FakeConfigFile {
    pub fn new(text: &str) -> Self {
        Self(Mutex::new(text.to_owned()), AtomicI64::new(0))
    }

    /// As a user's editor does.
    pub fn replace(&self, text: &str) {
        text.clone_into(&mut lock(&self.0));
        self.1.fetch_add(1, Ordering::SeqCst);
    }
}

impl ConfigFile for FakeConfigFile {
    fn path(&self) -> PathBuf {
        PathBuf::from("/nonexistent/config.toml")
    }

    fn read(&self) -> Result<Option<String>, ConfigFileError> {
        Ok(Some(lock(&self.0).clone()))
    }

    fn write(&self, read: Option<&str>, text: &str) -> Result<bool, ConfigFileError> {
        let is_still = read == Some(&*lock(&self.0));
        if is_still {
            self.replace(text);
        }
        Ok(is_still)
    }
}

impl Versioned for FakeConfigFile {
    fn stamp(&self) -> Stamp {
        Stamp(vec![self.1.load(Ordering::SeqCst)])
    }

    fn watched(&self) -> Vec<(PathBuf, Vec<String>)> {
        Vec::new()
    }
}
