//! `state.json`: what is remembered of each source and of syncing, read and written under a file lock.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{file_stamp, private_file};
use crate::domain::state::memory::{Memory, Part};
use crate::domain::sync::SyncMemory;
use crate::domain::system::SystemError;
use crate::ports::{Stamp, StateFile, Versioned};

/// The file and its lock, in the state folder.
#[derive(Debug)]
pub struct JsonFile {
    folder: PathBuf,
}

/// The form that is written, and the only one that is understood.
const SCHEMA: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
struct Content {
    schema: u32,
    #[serde(default)]
    sources: BTreeMap<String, Memory>,
    #[serde(default, skip_serializing_if = "is_empty")]
    sync: SyncMemory,
    #[serde(flatten)]
    other: Map<String, Value>,
}

impl Default for Content {
    fn default() -> Self {
        Self { schema: SCHEMA, sources: BTreeMap::new(), sync: SyncMemory::default(), other: Map::new() }
    }
}

impl JsonFile {
    /// The file in this folder.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    fn path(&self) -> PathBuf {
        self.folder.join("state.json")
    }

    /// Held until the returned file is dropped.
    fn lock(&self) -> io::Result<File> {
        let file = private_file::open_or_create(&self.folder.join("state.lock"))?;
        file.lock()?;
        Ok(file)
    }

    fn read(&self) -> io::Result<Content> {
        let text = match fs::read(self.path()) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Content::default()),
            Err(error) => return Err(error),
        };
        // Kept for whoever wants to know. Without it, alerts are said again and all is sent again, the places of the config
        // are taken as given, and a one-year token has to be set anew.
        let (why, name) = match serde_json::from_slice::<Content>(&text) {
            Ok(content) if content.schema == SCHEMA => return Ok(content),
            Ok(Content { schema, .. }) => {
                ("is of another version of Wick".to_owned(), format!("state.json.schema-{schema}"))
            }
            Err(error) => (format!("makes no sense: {error}"), "state.json.broken".to_owned()),
        };
        tracing::warn!("state.json {why}; it is set aside as {name}");
        fs::rename(self.path(), self.folder.join(name))?;
        Ok(Content::default())
    }

    fn change(&self, change: impl FnOnce(&mut Content)) -> Result<(), SystemError> {
        let changed = || {
            let _lock = self.lock()?;
            let mut content = self.read()?;
            change(&mut content);
            private_file::replace(&self.path(), &serde_json::to_vec(&content)?)
        };
        changed().map_err(|error: io::Error| SystemError::new(&self.path().display(), &error))
    }

    fn content(&self) -> Content {
        if !self.path().exists() {
            return Content::default();
        }
        self.lock().and_then(|_lock| self.read()).unwrap_or_else(|error| {
            tracing::warn!("state.json cannot be read: {error}");
            Content::default()
        })
    }
}

fn is_empty(memory: &SyncMemory) -> bool {
    *memory == SyncMemory::default()
}

impl StateFile for JsonFile {
    fn load(&self) -> BTreeMap<String, Memory> {
        self.content().sources
    }

    fn save(&self, source: &str, part: Part) -> Result<(), SystemError> {
        self.change(|content| content.sources.entry(source.to_owned()).or_default().set(part))
    }

    fn load_sync(&self) -> SyncMemory {
        self.content().sync
    }

    fn change_sync(&self, change: &mut dyn FnMut(&mut SyncMemory)) -> Result<(), SystemError> {
        self.change(|content| change(&mut content.sync))
    }
}

impl Versioned for JsonFile {
    fn stamp(&self) -> Stamp {
        file_stamp::of(&self.path())
    }

    fn watched(&self) -> Vec<(PathBuf, Vec<String>)> {
        file_stamp::watched(&self.path())
    }
}
