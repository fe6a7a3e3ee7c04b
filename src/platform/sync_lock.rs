//! One sync per user: a lock that the system drops with the process, however it ends.

use std::fs::TryLockError;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use super::private_file;
use crate::domain::system::SystemError;
use crate::ports::SyncLock;

/// `sync.lock` in the state folder.
#[derive(Debug)]
pub struct FileSyncLock {
    folder: PathBuf,
}

impl FileSyncLock {
    /// The lock in this folder.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }
}

impl SyncLock for FileSyncLock {
    fn take(&self) -> Result<Option<Box<dyn Send>>, SystemError> {
        let path = self.folder.join("sync.lock");
        let said = |error: std::io::Error| SystemError::new(&path.display(), &error);
        let file = private_file::open_or_create(&path).map_err(said)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Box::new(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(said(error)),
        }
    }
}

/// The profiles of one app sync one after the other: each waits for its turn, and only then asks for the lock that keeps
/// other programs out.
pub struct InTurn {
    inner: Arc<dyn SyncLock>,
    turn: Arc<Turn>,
}

#[derive(Default)]
struct Turn {
    taken: Mutex<bool>,
    free: Condvar,
}

/// Held until dropped.
struct Held {
    turn: Arc<Turn>,
    /// Let go before the turn is.
    inner: Option<Box<dyn Send>>,
}

impl InTurn {
    /// Before this lock.
    pub fn new(inner: Arc<dyn SyncLock>) -> Self {
        Self { inner, turn: Arc::default() }
    }
}

impl SyncLock for InTurn {
    fn take(&self) -> Result<Option<Box<dyn Send>>, SystemError> {
        let mut taken = self.turn.taken.lock().unwrap_or_else(PoisonError::into_inner);
        while *taken {
            taken = self.turn.free.wait(taken).unwrap_or_else(PoisonError::into_inner);
        }
        *taken = true;
        drop(taken);
        let mut held = Held { turn: Arc::clone(&self.turn), inner: None };
        held.inner = self.inner.take()?;
        Ok(held.inner.is_some().then(|| Box::new(held) as _))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.inner = None;
        *self.turn.taken.lock().unwrap_or_else(PoisonError::into_inner) = false;
        self.turn.free.notify_one();
    }
}
