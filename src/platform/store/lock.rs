//! Claude Code's locks around a refresh, and Wick's own before them.
//!
//! A lock is a folder: making it takes it, its modification time is the holder's heartbeat. Order, ages and retries were
//! observed of Claude Code 2.1.197 and 2.1.330. Wick's own lock is a file that the system unlocks with the process; in it
//! stands which folders its holder made, so that those of a killed Wick are known and removed at once.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::platform::at::{At, OrWarn};
use crate::platform::deadline::{Deadline, Over};
use crate::platform::private_file::{self, Locked};
use crate::ports::{HeldLocks, LockError, RefreshLocks, Stop};

/// Claude Code 2.1.330 takes a lock for left behind at this age; 2.1.197 does at 10 s, but the later one is the safer.
const LEFT_BEHIND: Duration = Duration::from_secs(60);
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

impl RefreshLocks for ClaudeLocks {
    fn clear(&self) {
        let Ok(own) = OpenOptions::new().read(true).append(true).open(&self.own) else { return };
        if own.try_lock().is_ok() {
            remove_what_a_killed_wick_left(&mut Locked(own).0);
        }
    }

    fn take(&self, stop: &Stop) -> Result<Box<dyn HeldLocks>, LockError> {
        let deadline = Deadline::after(PATIENCE, stop);
        let own = private_file::open_or_create(&self.own).at(&self.own)?;
        deadline.poll(TRY_EVERY, || {
            let ours = private_file::try_lock(&own).at(&self.own)?;
            Ok::<_, LockError>(ours.then_some(()))
        })?;
        let mut own = Locked(own);
        remove_what_a_killed_wick_left(&mut own.0);
        let mut beside = self.folder.canonicalize().at(&self.folder)?.into_os_string();
        beside.push(".lock");
        let mut made = Vec::new();
        for path in [self.folder.join(REFRESH_LOCK), PathBuf::from(beside)] {
            made.insert(0, deadline.poll(TRY_EVERY, || FolderLock::make(&path, LEFT_BEHIND))?);
            note(&own.0, made.iter());
        }
        let heartbeat = heartbeat(&made).at(&self.folder)?;
        Ok(Box::new(Held { storage: self.folder.join(STORAGE_LOCK), made, _heartbeat: heartbeat, own }))
    }
}

/// Dropped in this order.
struct Held {
    /// The last one first, as they are removed.
    made: Vec<FolderLock>,
    storage: PathBuf,
    _heartbeat: Sender<()>,
    /// Until it is dropped no other Wick begins.
    own: Locked,
}

impl HeldLocks for Held {
    fn are_ours(&self) -> bool {
        self.made.iter().all(FolderLock::is_ours)
    }

    fn take_storage(&self) -> Result<Box<dyn Send>, LockError> {
        // Not to be interrupted: by now the token is spent.
        let stop = Stop::default();
        let deadline = Deadline::after(STORAGE_PATIENCE, &stop);
        let lock = deadline.poll(TRY_EVERY, || FolderLock::make(&self.storage, STORAGE_LEFT_BEHIND))?;
        note(&self.own.0, [&lock].into_iter().chain(&self.made));
        Ok(Box::new(lock))
    }
}

/// A folder that we made. Dropping it removes the folder, if it is still the one.
struct FolderLock {
    /// Open, so that no other folder can get the same number.
    folder: File,
    id: Id,
}

/// Which folder: a number can be given anew, but not with the same time of birth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Id {
    path: PathBuf,
    device: u64,
    inode: u64,
    born: Option<SystemTime>,
}

impl Id {
    fn of(path: &Path) -> Option<Self> {
        let metadata = fs::symlink_metadata(path).ok().filter(fs::Metadata::is_dir)?;
        let (device, inode, born) = (metadata.dev(), metadata.ino(), metadata.created().ok());
        Some(Self { path: path.to_owned(), device, inode, born })
    }
}

impl FolderLock {
    /// `None` while someone else has it.
    fn make(path: &Path, left_behind: Duration) -> Result<Option<Self>, LockError> {
        let made = match fs::create_dir(path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                if !break_left_behind(path, left_behind) || fs::create_dir(path).is_err() {
                    return Ok(None);
                }
                Ok(())
            }
            made => made,
        };
        made.at(path)?;
        // Made just now, so ours to remove.
        let folder = File::open(path).inspect_err(|_| drop(fs::remove_dir(path))).at(path)?;
        Ok(Id::of(path).map(|id| Self { folder, id }))
    }

    fn is_ours(&self) -> bool {
        Id::of(&self.id.path).as_ref() == Some(&self.id)
    }
}

impl Drop for FolderLock {
    fn drop(&mut self) {
        if self.is_ours() {
            remove(&self.id.path);
        }
    }
}

fn remove(path: &Path) {
    fs::remove_dir(path).or_warn(|| format!("{} could not be removed", path.display()));
}

/// Removes a lock without a heartbeat. It is moved aside first and looked at again there: whoever took it in between
/// gets it back.
fn break_left_behind(path: &Path, left_behind: Duration) -> bool {
    let aside = path.with_extension(format!("lock.{}", std::process::id()));
    if !is_left_behind(path, left_behind) || fs::rename(path, &aside).is_err() {
        return false;
    }
    if is_left_behind(&aside, left_behind) && fs::remove_dir(&aside).is_ok() {
        tracing::warn!("{} had no heartbeat for {} s and was removed", path.display(), left_behind.as_secs());
        return true;
    }
    fs::rename(&aside, path).or_warn(|| format!("{} could not be given back", path.display()));
    false
}

#[expect(clippy::disallowed_methods, reason = "compared with the file system's own times, not with a rule's")]
fn is_left_behind(path: &Path, left_behind: Duration) -> bool {
    let touched = fs::symlink_metadata(path).and_then(|metadata| metadata.modified());
    touched.is_ok_and(|touched| SystemTime::now().duration_since(touched).is_ok_and(|age| age >= left_behind))
}

/// Notes in Wick's own lock file what was made under it. Without the note the folders count as left behind in a minute.
fn note<'a>(mut own: &File, made: impl Iterator<Item = &'a FolderLock>) {
    let ids: Vec<&Id> = made.map(|lock| &lock.id).collect();
    let text = serde_json::to_vec(&ids).expect("paths and numbers are JSON");
    own.set_len(0).and_then(|()| own.write_all(&text)).or_warn(|| "which locks are Wick's is not noted".to_owned());
}

/// To be called with Wick's own lock held: then whoever wrote the note has ended.
fn remove_what_a_killed_wick_left(own: &mut File) {
    let mut text = String::new();
    let read = own.seek(SeekFrom::Start(0)).and_then(|_| own.read_to_string(&mut text));
    // Read once: a folder that another program makes later is never taken for one of these.
    let forgotten = own.set_len(0);
    let ids: Vec<Id> = read.ok().and_then(|_| serde_json::from_str(&text).ok()).unwrap_or_default();
    for id in ids.iter().filter(|id| id.born.is_some() && Id::of(&id.path).as_ref() == Some(id)) {
        tracing::warn!("{} was left by a Wick that was killed", id.path.display());
        remove(&id.path);
    }
    forgotten.or_warn(|| "the note of Wick's locks could not be emptied".to_owned());
}

/// Touches the folders every two seconds until its sender is dropped, on a thread of its own so that nothing can stall it.
/// Without it nothing may be sent: the locks would count as left behind before the answer is there.
fn heartbeat(made: &[FolderLock]) -> io::Result<Sender<()>> {
    let folders = made.iter().map(|lock| lock.folder.try_clone()).collect::<io::Result<Vec<File>>>()?;
    let (stop, stopped) = mpsc::channel();
    let beat = move || {
        while stopped.recv_timeout(HEARTBEAT) == Err(RecvTimeoutError::Timeout) {
            folders.iter().for_each(touch);
        }
    };
    thread::Builder::new().name("heartbeat".to_owned()).spawn(beat)?;
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
            Over::TimedOut => Self::Busy,
        }
    }
}
