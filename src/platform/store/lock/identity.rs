//! Which lock: how a folder is known again, under which names Wick handles one, and when nobody holds it.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::platform::at::OrWarn;

/// Claude Code 2.1.330 takes a lock for left behind at this age; 2.1.197 does at 10 s, but the later one is the safer.
pub(super) const LEFT_BEHIND: Duration = Duration::from_secs(60);

/// Which folder: a number can be given anew, but not with the same time of birth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Id {
    #[serde(with = "noted")]
    pub(super) path: PathBuf,
    device: u64,
    inode: u64,
    pub(super) born: Option<SystemTime>,
}

/// A lock as it stands, heartbeat included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Look {
    #[serde(with = "noted")]
    pub(super) path: PathBuf,
    device: u64,
    inode: u64,
    touched: (i64, i64),
}

/// A path in JSON; one that is no text by its bytes.
mod noted {
    use std::ffi::OsString;
    use std::os::unix::ffi::{OsStrExt, OsStringExt};
    use std::path::{Path, PathBuf};

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    enum Noted {
        Text(String),
        Bytes(Vec<u8>),
    }

    pub(super) fn serialize<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
        let bytes = || Noted::Bytes(path.as_os_str().as_bytes().to_vec());
        path.to_str().map_or_else(bytes, |text| Noted::Text(text.to_owned())).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PathBuf, D::Error> {
        Ok(match Noted::deserialize(deserializer)? {
            Noted::Text(text) => text.into(),
            Noted::Bytes(bytes) => OsString::from_vec(bytes).into(),
        })
    }
}

impl Id {
    pub(super) fn of(path: &Path) -> Option<Self> {
        let metadata = fs::symlink_metadata(path).ok().filter(Metadata::is_dir)?;
        let (device, inode, born) = (metadata.dev(), metadata.ino(), metadata.created().ok());
        Some(Self { path: path.to_owned(), device, inode, born })
    }

    /// The same folder under the name that it is about to get.
    pub(super) fn renamed(self, path: &Path) -> Self {
        Self { path: path.to_owned(), ..self }
    }
}

impl Look {
    pub(super) fn of(path: &Path, metadata: &Metadata) -> Self {
        let touched = (metadata.mtime(), metadata.mtime_nsec());
        Self { path: path.to_owned(), device: metadata.dev(), inode: metadata.ino(), touched }
    }
}

/// Under which a lock is made before it is one.
pub(super) fn new_name(path: &Path) -> PathBuf {
    path.with_extension("lock.wick-new")
}

/// Under which a lock without a holder is looked at once more before it is removed.
pub(super) fn old_name(path: &Path) -> PathBuf {
    path.with_extension("lock.wick-old")
}

pub(super) fn remove(path: &Path) {
    fs::remove_dir(path).or_warn(|| format!("{} could not be removed", path.display()));
}
