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
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime};

use serde::{Deserialize, Serialize};

use crate::domain::system::SystemError;
use crate::platform::private_file;
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

/// The locks of one credential.
#[derive(Debug)]
pub struct ClaudeLocks {
    /// Claude Code's folder.
    folder: PathBuf,
    /// Wick's own lock.
    own: PathBuf,
}

impl ClaudeLocks {
    /// Of the credential in `folder`; `own` is Wick's lock file for it.
    pub fn new(folder: PathBuf, own: PathBuf) -> Self {
        Self { folder, own }
    }
}

impl RefreshLocks for ClaudeLocks {
    fn clear(&self) {
        let Ok(mut own) = OpenOptions::new().read(true).append(true).open(&self.own) else { return };
        if own.try_lock().is_ok() {
            remove_what_a_killed_wick_left(&mut own);
        }
    }

    fn take(&self, stop: &Stop) -> Result<Box<dyn HeldLocks>, LockError> {
        let mut patience = Patience::new(PATIENCE, stop);
        let mut own = private_file::open_or_create(&self.own).map_err(|error| failed(&self.own, &error))?;
        loop {
            match own.try_lock() {
                Ok(()) => break,
                Err(fs::TryLockError::WouldBlock) => patience.wait()?,
                Err(fs::TryLockError::Error(error)) => return Err(failed(&self.own, &error)),
            }
        }
        remove_what_a_killed_wick_left(&mut own);
        let real = self.folder.canonicalize().map_err(|error| failed(&self.folder, &error))?;
        let mut beside = real.into_os_string();
        beside.push(".lock");
        let mut made = Vec::new();
        for path in [self.folder.join(".oauth_refresh.lock"), PathBuf::from(beside)] {
            let lock = loop {
                match FolderLock::make(&path, LEFT_BEHIND) {
                    Ok(lock) => break lock,
                    Err(LockError::Busy) => patience.wait()?,
                    Err(error) => return Err(error),
                }
            };
            made.push(lock);
            note(&own, made.iter());
        }
        let heartbeat = Heartbeat::start(&made).map_err(|error| failed(&self.folder, &error))?;
        Ok(Box::new(Held { storage: self.folder.join(".storage-write.lock"), made, _heartbeat: heartbeat, own }))
    }
}

struct Held {
    made: Vec<FolderLock>,
    storage: PathBuf,
    _heartbeat: Heartbeat,
    /// Closed last: until then no other Wick begins.
    own: File,
}

impl Drop for Held {
    fn drop(&mut self) {
        while let Some(lock) = self.made.pop() {
            drop(lock);
        }
    }
}

impl HeldLocks for Held {
    fn are_ours(&self) -> bool {
        self.made.iter().all(FolderLock::is_ours)
    }

    fn take_storage(&self) -> Result<Box<dyn Send>, LockError> {
        // Not to be interrupted: by now the token is spent.
        let stop = Stop::default();
        let mut patience = Patience::new(STORAGE_PATIENCE, &stop);
        loop {
            match FolderLock::make(&self.storage, STORAGE_LEFT_BEHIND) {
                Ok(lock) => {
                    note(&self.own, self.made.iter().chain([&lock]));
                    return Ok(Box::new(lock));
                }
                Err(LockError::Busy) => patience.wait()?,
                Err(error) => return Err(error),
            }
        }
    }
}

/// A folder that we made. Dropping it removes the folder, if it is still the one.
struct FolderLock {
    path: PathBuf,
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
    fn make(path: &Path, left_behind: Duration) -> Result<Self, LockError> {
        match fs::create_dir(path) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                if !break_left_behind(path, left_behind) {
                    return Err(LockError::Busy);
                }
                fs::create_dir(path).map_err(|_| LockError::Busy)?;
            }
            Err(error) => return Err(failed(path, &error)),
        }
        let opened = OpenOptions::new().read(true).open(path).map_err(|error| {
            // Made just now, so ours to remove.
            drop(fs::remove_dir(path));
            failed(path, &error)
        })?;
        let id = Id::of(path).ok_or(LockError::Busy)?;
        Ok(Self { path: path.to_owned(), folder: opened, id })
    }

    fn is_ours(&self) -> bool {
        Id::of(&self.path).as_ref() == Some(&self.id)
    }
}

impl Drop for FolderLock {
    fn drop(&mut self) {
        if self.is_ours()
            && let Err(error) = fs::remove_dir(&self.path)
        {
            tracing::warn!("{} could not be removed: {error}", self.path.display());
        }
    }
}

/// Removes a lock without a heartbeat. It is moved aside first and looked at again there: whoever took it in between
/// gets it back.
fn break_left_behind(path: &Path, left_behind: Duration) -> bool {
    if !is_left_behind(path, left_behind) {
        return false;
    }
    let aside = path.with_extension(format!("lock.{}", std::process::id()));
    if fs::rename(path, &aside).is_err() {
        return false;
    }
    if is_left_behind(&aside, left_behind) && fs::remove_dir(&aside).is_ok() {
        tracing::warn!("{} had no heartbeat for {} s and was removed", path.display(), left_behind.as_secs());
        return true;
    }
    if let Err(error) = fs::rename(&aside, path) {
        tracing::warn!("{} could not be given back: {error}", path.display());
    }
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
    if let Err(error) = own.set_len(0).and_then(|()| own.write_all(&text)) {
        tracing::warn!("which locks are Wick's is not noted: {error}");
    }
}

/// To be called with Wick's own lock held: then whoever wrote the note has ended.
fn remove_what_a_killed_wick_left(own: &mut File) {
    let mut text = String::new();
    let read = own.seek(SeekFrom::Start(0)).and_then(|_| own.read_to_string(&mut text));
    // Read once: a folder that another program makes later is never taken for one of these.
    let forgotten = own.set_len(0);
    let ids: Vec<Id> = read.ok().and_then(|_| serde_json::from_str(&text).ok()).unwrap_or_default();
    for id in ids.iter().rev().filter(|id| id.born.is_some() && Id::of(&id.path).as_ref() == Some(id)) {
        tracing::warn!("{} was left by a Wick that was killed", id.path.display());
        if let Err(error) = fs::remove_dir(&id.path) {
            tracing::warn!("{} could not be removed: {error}", id.path.display());
        }
    }
    if let Err(error) = forgotten {
        tracing::warn!("the note of Wick's locks could not be emptied: {error}");
    }
}

/// Touches the folders every two seconds, on a thread of its own so that nothing can stall it.
struct Heartbeat {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Heartbeat {
    /// Without it nothing may be sent: the locks would count as left behind before the answer is there.
    fn start(made: &[FolderLock]) -> io::Result<Self> {
        let folders = made.iter().map(|lock| lock.folder.try_clone()).collect::<io::Result<Vec<File>>>()?;
        let (stop, stopped) = mpsc::channel();
        let beat = move || {
            while stopped.recv_timeout(HEARTBEAT) == Err(RecvTimeoutError::Timeout) {
                folders.iter().for_each(touch);
            }
        };
        let thread = thread::Builder::new().name("heartbeat".to_owned()).spawn(beat)?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // It cannot panic, and if it did the locks are let go all the same.
            drop(thread.join());
        }
    }
}

/// By the open folder and not by its name, which may be another's by now.
#[expect(clippy::disallowed_methods, reason = "a heartbeat is a time on the file system's clock")]
fn touch(folder: &File) {
    let now = SystemTime::now();
    if let Err(error) = folder.set_times(fs::FileTimes::new().set_modified(now).set_accessed(now)) {
        tracing::warn!("a lock could not be kept fresh: {error}");
    }
}

/// Waits in short steps, for a while at most.
struct Patience<'a> {
    deadline: Instant,
    stop: &'a Stop,
}

impl<'a> Patience<'a> {
    #[expect(clippy::disallowed_methods, reason = "waits for another process, which lives in real time")]
    fn new(patience: Duration, stop: &'a Stop) -> Self {
        Self { deadline: Instant::now() + patience, stop }
    }

    #[expect(clippy::disallowed_methods, reason = "waits for another process, which lives in real time")]
    fn wait(&mut self) -> Result<(), LockError> {
        if self.stop.is_set() {
            return Err(LockError::Stopped);
        }
        if Instant::now() >= self.deadline {
            return Err(LockError::Busy);
        }
        thread::sleep(TRY_EVERY);
        Ok(())
    }
}

fn failed(path: &Path, error: &io::Error) -> LockError {
    LockError::Failed(SystemError::new(&path.display(), error))
}
