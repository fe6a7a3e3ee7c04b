//! One sync per user: a lock that the system drops with the process, however it ends.

use std::fs::TryLockError;
use std::path::PathBuf;

use super::private_file;
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
    fn take(&self) -> Result<Option<Box<dyn Send>>, String> {
        let path = self.folder.join("sync.lock");
        let said = |error: std::io::Error| format!("{}: {error}", path.display());
        let file = private_file::open_or_create(&path).map_err(said)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Box::new(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(said(error)),
        }
    }
}
