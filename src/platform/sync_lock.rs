//! One sync per user: a lock that the system drops with the process, however it ends.

use std::fs::TryLockError;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::Mutex;

use super::private_file;
use crate::domain::system::SystemError;
use crate::ports::SyncLock;

/// `sync.lock` in the state folder.
#[derive(Debug)]
pub struct FileSyncLock {
    folder: PathBuf,
}

impl FileSyncLock {
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
    turn: Arc<Mutex<()>>,
}

impl InTurn {
    /// Before this lock.
    pub fn new(inner: Arc<dyn SyncLock>) -> Self {
        Self { inner, turn: Arc::default() }
    }
}

impl SyncLock for InTurn {
    fn take(&self) -> Result<Option<Box<dyn Send>>, SystemError> {
        let turn = Arc::clone(&self.turn).blocking_lock_owned();
        // In this order they are let go, too.
        Ok(self.inner.take()?.map(|lock| Box::new((lock, turn)) as _))
    }
}
