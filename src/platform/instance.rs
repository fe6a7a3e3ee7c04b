//! One running app per user: a lock that the system drops with the process, however it ends.

use std::fs::{File, TryLockError};
use std::io::{self, Read, Write};
use std::path::Path;

use super::private_file;

/// The lock of the running app. Dropping it lets another begin.
#[derive(Debug)]
pub struct Instance {
    _file: File,
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
            // Only for the next one to name us; the lock itself holds on a full disk too.
            let named = file.set_len(0).and_then(|()| write!(file, "{}", std::process::id()));
            if let Err(error) = named {
                tracing::warn!("the lock does not say whose it is: {error}");
            }
            Ok(Claim::Ours(Instance { _file: file }))
        }
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            file.read_to_string(&mut text)?;
            Ok(Claim::Taken(text.trim().parse().ok()))
        }
        Err(TryLockError::Error(error)) => Err(error),
    }
}
