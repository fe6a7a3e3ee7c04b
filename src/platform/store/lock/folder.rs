//! One lock: a folder that is made, is known again, and is removed, ours or one that nobody holds.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::identity::{Id, LEFT_BEHIND, Look, new_name, old_name, remove};
use super::note::Note;
use crate::domain::facts::LockState;
use crate::fault;
use crate::platform::at::{At, OrWarn};
use crate::platform::file_system;
use crate::ports::LockError;

/// A folder that we made. Dropping it removes the folder, if it is still the one.
pub(super) struct FolderLock {
    /// Open, so that no other folder can get the same number.
    folder: File,
    id: Id,
}

impl FolderLock {
    /// `None` while someone else has it.
    pub(super) fn make(path: &Path, left_behind: Duration, note: &mut Note) -> Result<Option<Self>, LockError> {
        if let Ok(metadata) = fs::symlink_metadata(path) {
            if !metadata.is_dir() {
                return Err(LockError::NotALock(path.display().to_string()));
            }
            let look = Look::of(path, &metadata);
            if !(is_old(&metadata, left_behind) || note.knows_as_left_behind(&look)) {
                return Ok(None);
            }
            if !break_left_behind(path, &look)? {
                return Ok(None);
            }
        }
        Self::make_free(path, note).at(path).map_err(LockError::from)
    }

    /// Under another name first: a run that is killed in between has noted which folder is its own, and takes no other one
    /// for it.
    fn make_free(path: &Path, note: &mut Note) -> io::Result<Option<Self>> {
        let new = new_name(path);
        fs::create_dir(&new)?;
        fault::point("lock-made");
        // Made just now, so ours to remove.
        let opened = File::open(&new).inspect_err(|_| drop(fs::remove_dir(&new)))?;
        let Some(id) = Id::of(&new).map(|id| id.renamed(path)) else { return Ok(None) };
        note.made(&id);
        fault::point("lock-noted");
        match file_system::rename_to_free(&new, path) {
            Ok(()) => Ok(Some(Self { folder: opened, id })),
            Err(error) => {
                drop(fs::remove_dir(&new));
                match error.kind() {
                    // The second where another Wick has tidied up after what it took for a killed one.
                    ErrorKind::AlreadyExists | ErrorKind::NotFound => Ok(None),
                    _ if file_system::is_unable(&error) => Self::make_in_place(path, note),
                    _ => Err(error),
                }
            }
        }
    }

    fn make_in_place(path: &Path, note: &mut Note) -> io::Result<Option<Self>> {
        match fs::create_dir(path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(None),
            made => made?,
        }
        let folder = File::open(path).inspect_err(|_| drop(fs::remove_dir(path)))?;
        Ok(Id::of(path).map(|id| {
            note.made(&id);
            Self { folder, id }
        }))
    }

    pub(super) fn is_ours(&self) -> bool {
        Id::of(&self.id.path).as_ref() == Some(&self.id)
    }

    pub(super) fn try_clone(&self) -> io::Result<File> {
        self.folder.try_clone()
    }
}

impl Drop for FolderLock {
    fn drop(&mut self) {
        if self.is_ours() {
            remove(&self.id.path);
        }
    }
}

/// Removes a lock that nobody holds; fails where nobody can. It is moved aside first and looked at again there: whoever took
/// it in between gets it back.
fn break_left_behind(path: &Path, look: &Look) -> Result<bool, LockError> {
    let aside = old_name(path);
    match fs::rename(path, &aside) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(_) => return Err(LockError::NotALock(path.display().to_string())),
    }
    let is_the_same = fs::symlink_metadata(&aside).is_ok_and(|metadata| Look::of(path, &metadata) == *look);
    if is_the_same && fs::remove_dir(&aside).is_ok() {
        tracing::warn!("{} had no heartbeat and was removed", path.display());
        return Ok(true);
    }
    file_system::rename_to_free(&aside, path)
        .or_else(|error| if file_system::is_unable(&error) { fs::rename(&aside, path) } else { Err(error) })
        .or_warn(|| format!("{} could not be given back", path.display()));
    if is_the_same { Err(LockError::NotALock(path.display().to_string())) } else { Ok(false) }
}

/// By its own date, which may be any. One that lies ahead says nothing.
fn is_old(metadata: &Metadata, left_behind: Duration) -> bool {
    age(metadata).is_some_and(|age| age >= left_behind)
}

/// `None` where the date lies ahead.
#[expect(clippy::disallowed_methods, reason = "compared with the file system's own times, not with a rule's")]
fn age(metadata: &Metadata) -> Option<Duration> {
    SystemTime::now().duration_since(metadata.modified().ok()?).ok()
}

/// What stands at a lock's place; `None` where nothing does.
pub(super) fn state(path: &Path) -> Option<LockState> {
    let metadata = fs::symlink_metadata(path).ok()?;
    let is_empty = || fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none());
    Some(if !metadata.is_dir() || !is_empty() {
        LockState::NotALock
    } else if age(&metadata).is_some_and(|age| age < LEFT_BEHIND) {
        LockState::Held
    } else {
        LockState::LeftBehind
    })
}
