//! `state.json`: what is remembered of each source and of syncing; beside it `sync.log`, what a sync did since.
//!
//! Both are read and written under one file lock. A step of a sync is one line at the end of the log, so that it costs the
//! same whatever is remembered; the log is folded into `state.json` at the sync's end, by whatever else changes the file,
//! and when it has outgrown it.

mod log;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Mutex;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use self::log::{SIZE_LIMIT, SyncLog};
use super::at::At;
use super::private_file::Locked;
use super::{atomic_file, clock, file_stamp, private_file};
use crate::domain::state::memory::{Memory, Part};
use crate::domain::sync::{Mark, SyncMemory, UnderWay};
use crate::domain::system::SystemError;
use crate::fault;
use crate::ports::{Stamp, StateFile, Versioned, lock};

/// The form that is written, and the only one that is understood.
const SCHEMA: u32 = 1;
/// A smaller log is not folded before its time. A larger one is folded once it is larger than the snapshot, so that folding
/// costs a mark the same, however many there are.
const SMALL_LOG: u64 = 1024 * 1024;

/// The file, its log and their lock, in the state folder.
#[derive(Debug)]
pub struct JsonFile {
    folder: PathBuf,
    log: SyncLog,
    /// The number of the log that goes on from this version of the file.
    number: Mutex<Option<(Stamp, u64)>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Content {
    schema: u32,
    /// The number of the log that goes on from here; none where there was never one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    log: Option<u64>,
    #[serde(default)]
    sources: BTreeMap<String, Memory>,
    #[serde(default, skip_serializing_if = "is_empty")]
    sync: SyncMemory,
    #[serde(flatten)]
    other: Map<String, Value>,
}

impl Default for Content {
    fn default() -> Self {
        Self { schema: SCHEMA, log: None, sources: BTreeMap::new(), sync: SyncMemory::default(), other: Map::new() }
    }
}

fn is_empty(memory: &SyncMemory) -> bool {
    *memory == SyncMemory::default()
}

impl JsonFile {
    /// The file in this folder.
    pub fn new(folder: PathBuf) -> Self {
        Self { log: SyncLog::new(&folder), folder, number: Mutex::default() }
    }

    fn path(&self) -> PathBuf {
        self.folder.join("state.json")
    }

    /// Held until the returned one is dropped.
    fn lock(&self) -> Result<Locked, SystemError> {
        atomic_file::lock_folder(&self.folder).at(&self.folder.join("state.lock"))
    }

    /// The snapshot with the log taken in.
    fn read(&self) -> Result<Content, SystemError> {
        let mut content = self.read_snapshot().at(&self.path())?;
        let number = content.log.unwrap_or_default();
        self.log.read(number, |mark| content.sync.take_in(mark)).at(self.log.path())?;
        if content.sync.under_way.is_some() {
            content.sync.restarted(&clock::boot());
        }
        Ok(content)
    }

    fn read_snapshot(&self) -> io::Result<Content> {
        let text = match private_file::read(&self.path(), SIZE_LIMIT) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Content::default()),
            text => text?,
        };
        // Kept for whoever wants to know. Without it, alerts are shown again and all is sent again, the places of the config
        // are taken as given, and a one-year token has to be set anew.
        let (why, ending) = match serde_json::from_slice::<Content>(&text) {
            Ok(content) if content.schema == SCHEMA => return Ok(content),
            Ok(Content { schema, .. }) => ("is of another version of Wick".to_owned(), format!("schema-{schema}")),
            Err(error) => (format!("makes no sense: {error}"), "broken".to_owned()),
        };
        tracing::warn!("state.json {why}; it is set aside as state.json.{ending}");
        fs::rename(self.path(), self.folder.join(format!("state.json.{ending}")))?;
        self.log.set_aside(&ending)?;
        Ok(Content::default())
    }

    fn change(&self, change: impl FnOnce(&mut Content)) -> Result<(), SystemError> {
        let _lock = self.lock()?;
        let mut content = self.read()?;
        change(&mut content);
        self.fold(content)
    }

    /// Writes what was read, the log with it, as the new snapshot.
    fn fold(&self, mut content: Content) -> Result<(), SystemError> {
        if !self.log.is_empty() {
            content.log = Some(content.log.unwrap_or_default().wrapping_add(1));
        }
        let text = serde_json::to_vec(&content).map_err(io::Error::from);
        fault::point("before-fold");
        text.and_then(|text| atomic_file::replace(&self.path(), &text)).at(&self.path())?;
        fault::point("state-folded");
        self.log.clear().at(self.log.path())
    }

    fn number(&self) -> io::Result<u64> {
        let stamp = file_stamp::of(&self.path());
        let mut known = lock(&self.number);
        if let Some((_, number)) = known.as_ref().filter(|(known, _)| *known == stamp) {
            return Ok(*number);
        }
        let number = self.read_snapshot()?.log.unwrap_or_default();
        *known = Some((stamp, number));
        Ok(number)
    }

    fn append(&self, marks: &[Mark]) -> Result<(), SystemError> {
        let _lock = self.lock()?;
        let number = self.number().at(&self.path())?;
        let size = self.log.append(number, marks).at(self.log.path())?;
        fault::point("marked");
        let snapshot = || fs::metadata(self.path()).map_or(0, |metadata| metadata.len());
        if size > SMALL_LOG && size > snapshot() {
            // The marks are there in any case.
            let folded = self.read().and_then(|content| self.fold(content));
            folded.unwrap_or_else(|error| tracing::warn!("sync.log could not be folded: {error}"));
        }
        Ok(())
    }

    fn content(&self) -> Result<Content, SystemError> {
        if fs::symlink_metadata(self.path()).is_err() && self.log.is_empty() {
            return Ok(Content::default());
        }
        let _lock = self.lock()?;
        self.read()
    }
}

/// Of the snapshot, and of a log that was left: who followed one that grows would read all anew for each mark of a sync,
/// and sees them at the sync's end.
impl Versioned for JsonFile {
    fn stamp(&self) -> Stamp {
        let parts = [Some(file_stamp::of(&self.path())), self.log.left()];
        Stamp(parts.into_iter().flatten().flat_map(|Stamp(part)| part).collect())
    }

    fn watched(&self) -> Vec<(PathBuf, Vec<String>)> {
        file_stamp::watched(&self.path())
    }
}

impl StateFile for JsonFile {
    fn load(&self) -> BTreeMap<String, Memory> {
        self.load_all().0
    }

    fn load_all(&self) -> (BTreeMap<String, Memory>, Result<SyncMemory, SystemError>) {
        match self.content() {
            Ok(content) => (content.sources, Ok(content.sync)),
            Err(error) => {
                tracing::warn!("what is remembered of the sign-in cannot be read: {error}");
                (BTreeMap::new(), Err(error))
            }
        }
    }

    fn save(&self, source: &str, part: Part) -> Result<(), SystemError> {
        self.change(|content| content.sources.entry(source.to_owned()).or_default().set(part))
    }

    fn begin_sync(&self, at: Timestamp, targets: BTreeSet<String>) -> Result<(), SystemError> {
        self.note_sync(&[Mark::Begun(UnderWay { boot: clock::boot(), at, targets })])?;
        self.flush_sync()
    }

    fn note_sync(&self, marks: &[Mark]) -> Result<(), SystemError> {
        self.append(marks)
    }

    fn flush_sync(&self) -> Result<(), SystemError> {
        self.log.flush().at(self.log.path())
    }

    fn load_sync(&self) -> Result<SyncMemory, SystemError> {
        Ok(self.content()?.sync)
    }

    fn change_sync(&self, change: &mut dyn FnMut(&mut SyncMemory)) -> Result<(), SystemError> {
        self.change(|content| change(&mut content.sync))
    }
}
