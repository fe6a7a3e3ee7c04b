//! Claude Code's locks around a refresh, and Wick's own before them.
//!
//! A lock is a folder: making it takes it, its modification time is the holder's heartbeat. Order, ages and retries were
//! observed of Claude Code 2.1.197 and 2.1.330. Wick's own lock is a file that the system unlocks with the process; in it
//! stands which folders its holder made, so that those of a killed Wick are known and removed at once, and which locks of
//! others it met.

mod folder;
mod identity;
mod note;

use std::cell::RefCell;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::{Duration, SystemTime};

use self::folder::FolderLock;
use self::identity::LEFT_BEHIND;
use self::note::Note;
use crate::domain::facts::LockFacts;
use crate::platform::at::{At, OrWarn};
use crate::platform::deadline::{Deadline, Over};
use crate::platform::{file_system, private_file};
use crate::ports::{HeldLocks, LockError, RefreshLocks, Stop, start_thread};

/// The age for the lock around writing, which nobody holds for longer than a moment.
const STORAGE_LEFT_BEHIND: Duration = Duration::from_secs(15);
/// Well within the 10 s after which Claude Code 2.1.197 takes a lock for left behind.
const HEARTBEAT: Duration = Duration::from_secs(2);
/// A Claude Code that refreshes takes a second or two.
const PATIENCE: Duration = Duration::from_secs(5);
/// As long as Claude Code itself tries.
const STORAGE_PATIENCE: Duration = Duration::from_secs(8);
const TRY_EVERY: Duration = Duration::from_millis(50);
/// In Claude Code's folder: held while it refreshes.
const REFRESH_LOCK: &str = ".oauth_refresh.lock";
/// In the same place: held while it writes.
const STORAGE_LOCK: &str = ".storage-write.lock";
pub const LOCKS: [&str; 2] = [REFRESH_LOCK, STORAGE_LOCK];

/// The locks of one credential.
#[derive(Debug)]
pub struct ClaudeLocks {
    /// Claude Code's folder.
    pub folder: PathBuf,
    /// Wick's own lock file for the credential in it.
    pub own: PathBuf,
}

impl ClaudeLocks {
    /// The two around a refresh in their order, and that around writing.
    fn paths(&self) -> io::Result<[PathBuf; 3]> {
        let mut beside = self.folder.canonicalize()?.into_os_string();
        beside.push(".lock");
        Ok([self.folder.join(REFRESH_LOCK), PathBuf::from(beside), self.folder.join(STORAGE_LOCK)])
    }

    /// Those that stand there now.
    pub fn facts(&self) -> Vec<LockFacts> {
        let fact =
            |path: PathBuf| folder::state(&path).map(|state| LockFacts { path: path.display().to_string(), state });
        self.paths().into_iter().flatten().filter_map(fact).collect()
    }
}

impl RefreshLocks for ClaudeLocks {
    fn clear(&self) {
        if !self.own.exists() {
            return;
        }
        let (Ok(paths), Ok(own)) = (self.paths(), private_file::open_or_create(&self.own)) else { return };
        if own.try_lock().is_ok() {
            Note::open(own).sweep(&paths);
        }
    }

    fn take(&self, stop: &Stop) -> Result<Box<dyn HeldLocks>, LockError> {
        let deadline = Deadline::after(PATIENCE, stop);
        let own = private_file::open_or_create(&self.own).at(&self.own)?;
        deadline.poll(TRY_EVERY, || {
            let ours = private_file::try_lock(&own).at(&self.own)?;
            Ok::<_, LockError>(ours.then_some(()))
        })?;
        let mut note = Note::open(own);
        let paths = self.paths().at(&self.folder)?;
        note.sweep(&paths);
        let [refresh, beside, storage] = paths;
        let mut made = Vec::new();
        for path in [refresh, beside] {
            made.insert(0, make(&path, LEFT_BEHIND, &deadline, &mut note)?);
        }
        let heartbeat = heartbeat(&made).at(&self.folder)?;
        Ok(Box::new(Locks { storage, made, _heartbeat: heartbeat, note: RefCell::new(note) }))
    }
}

/// Makes one lock, or says who stands in its way.
fn make(path: &Path, left_behind: Duration, deadline: &Deadline<'_>, note: &mut Note) -> Result<FolderLock, LockError> {
    let folder = private_file::folder(path);
    if file_system::marks(folder).is_fixed {
        // Looked at before anything is made there: it could not be removed again.
        return Err(LockError::Flagged(folder.display().to_string()));
    }
    let made = deadline.poll(TRY_EVERY, || FolderLock::make(path, left_behind, note));
    made.map_err(|error| match error {
        LockError::Busy(_) => LockError::Busy(Some(path.display().to_string())),
        other => other,
    })
}

/// Dropped in this order.
struct Locks {
    /// The last one first, as they are removed.
    made: Vec<FolderLock>,
    storage: PathBuf,
    _heartbeat: Sender<()>,
    /// Until it is dropped no other Wick begins.
    note: RefCell<Note>,
}

impl HeldLocks for Locks {
    fn are_ours(&self) -> bool {
        self.made.iter().all(FolderLock::is_ours)
    }

    fn take_storage(&self, stop: &Stop) -> Result<Box<dyn Send>, LockError> {
        let deadline = Deadline::after(STORAGE_PATIENCE, stop);
        let lock = make(&self.storage, STORAGE_LEFT_BEHIND, &deadline, &mut self.note.borrow_mut())?;
        Ok(Box::new(lock))
    }
}

/// Touches the folders every two seconds until its sender is dropped, on a thread of its own so that nothing can stall it.
/// Without it nothing may be sent: the locks would count as left behind before the answer is there.
fn heartbeat(made: &[FolderLock]) -> io::Result<Sender<()>> {
    let folders = made.iter().map(FolderLock::try_clone).collect::<io::Result<Vec<File>>>()?;
    let (stop, stopped) = mpsc::channel();
    let beat = move || {
        while stopped.recv_timeout(HEARTBEAT) == Err(RecvTimeoutError::Timeout) {
            folders.iter().for_each(touch);
        }
    };
    start_thread("heartbeat", Box::new(beat))?;
    Ok(stop)
}

/// By the open folder and not by its name, which may be another's by now.
#[expect(clippy::disallowed_methods, reason = "a heartbeat is a time on the file system's clock")]
fn touch(folder: &File) {
    let now = SystemTime::now();
    let touched = folder.set_times(fs::FileTimes::new().set_modified(now).set_accessed(now));
    touched.or_warn(|| "a lock could not be kept fresh".to_owned());
}

impl From<Over> for LockError {
    fn from(over: Over) -> Self {
        match over {
            Over::Stopped => Self::Stopped,
            Over::TimedOut => Self::Busy(None),
        }
    }
}
