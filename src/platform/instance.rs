//! One running app per user: a lock that the system drops with the process, however it ends. A second one asks the first
//! to show itself.

use std::fs::{File, TryLockError};
use std::io::{self, Read, Write};
use std::path::Path;

use rustix::process::{Pid, Signal, kill_process};

use super::private_file;

/// The lock of the running app. Dropping it lets another begin.
#[derive(Debug)]
pub struct Instance {
    file: File,
}

impl Instance {
    /// Says in the lock whose it is. To be called when this process takes the signal of [`show`]: until then nobody can
    /// send it one, which would end it.
    pub fn name_owner(&self) {
        // The lock itself holds on a full disk too.
        if let Err(error) = write!(&self.file, "{}", std::process::id()) {
            tracing::warn!("the lock does not say whose it is: {error}");
        }
    }
}

/// Asks the running app to show both clocks: the way in where its icon is hidden.
pub fn show(pid: u32) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    if let Some(Err(error)) = pid.map(|pid| kill_process(pid, Signal::USR1)) {
        tracing::warn!("the running Wick could not be asked to show itself: {error}");
    }
}

/// What asking for the lock brought.
#[derive(Debug)]
pub enum Claim {
    /// This process is the app.
    Ours(Instance),
    /// Another one is, with this process number as far as it says.
    Taken(Option<u32>),
}

/// Asks to be the one running app of this user.
pub fn claim(state_folder: &Path) -> io::Result<Claim> {
    let mut file = private_file::open_or_create(&state_folder.join("app.lock"))?;
    match file.try_lock() {
        Ok(()) => {
            // The number of one that ended may be another program's by now.
            file.set_len(0)?;
            Ok(Claim::Ours(Instance { file }))
        }
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            file.read_to_string(&mut text)?;
            Ok(Claim::Taken(text.trim().parse().ok()))
        }
        Err(TryLockError::Error(error)) => Err(error),
    }
}
