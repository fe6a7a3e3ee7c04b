//! One sync, one rotation and one change of the one-year tokens per user: a lock that the system drops with the process,
//! however it ends.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::Mutex;

use super::at::At;
use super::private_file::{self, Locked};
use crate::domain::system::SystemError;
use crate::ports::SyncLock;

/// Their names in the state folder.
pub const SYNC: &str = "sync.lock";
pub const ROTATION: &str = "rotation.lock";
pub const CI_TOKEN: &str = "ci-token.lock";

/// The lock that this file is.
#[derive(Debug)]
pub struct FileSyncLock(pub PathBuf);

impl SyncLock for FileSyncLock {
    fn take(&self) -> Result<Option<Box<dyn Send>>, SystemError> {
        let path = &self.0;
        let file = private_file::open_or_create(path).at(path)?;
        Ok(private_file::try_lock(&file).at(path)?.then(|| Box::new(Locked(file)) as _))
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
        // Dropped in this order: the lock is let go before the turn is.
        Ok(self.inner.take()?.map(|inner| Box::new((inner, turn)) as _))
    }
}
