//! What the system said, and of which file: each error of a port that names a path is made here.

use std::io::{self, ErrorKind};
use std::path::Path;

use crate::domain::action::ActionError;
use crate::domain::autostart::AutostartError;
use crate::domain::keyring::KeyringError;
use crate::domain::refresh::WriteError;
use crate::domain::system::SystemError;
use crate::ports::LockError;

/// Names the file or folder that an error is about.
pub trait At<T> {
    fn at(self, path: &Path) -> Result<T, SystemError>;
}

impl<T> At<T> for io::Result<T> {
    fn at(self, path: &Path) -> Result<T, SystemError> {
        self.map_err(|error| SystemError::new(&path.display(), &error))
    }
}

/// The same of a file that cannot be written: what the user can do about it is told apart.
pub trait Written<T> {
    fn written(self, path: &Path) -> Result<T, WriteError>;
}

impl<T> Written<T> for io::Result<T> {
    fn written(self, path: &Path) -> Result<T, WriteError> {
        self.map_err(|error| {
            let name = path.display().to_string();
            match error.kind() {
                ErrorKind::ReadOnlyFilesystem => WriteError::ReadOnly(name),
                ErrorKind::StorageFull | ErrorKind::QuotaExceeded => WriteError::Full(name),
                ErrorKind::FileTooLarge => WriteError::FileLimit(name),
                _ => WriteError::system(&name, &error),
            }
        })
    }
}

/// Tells the log of what went wrong where the program goes on all the same.
pub trait OrWarn {
    fn or_warn(self, what: impl FnOnce() -> String);
}

impl OrWarn for io::Result<()> {
    fn or_warn(self, what: impl FnOnce() -> String) {
        if let Err(error) = self {
            tracing::warn!("{}: {error}", what());
        }
    }
}

macro_rules! from_system_error {
    ($($port:ty: $make:expr;)+) => {
        $(impl From<SystemError> for $port {
            fn from(error: SystemError) -> Self {
                $make(error)
            }
        })+
    };
}

from_system_error! {
    LockError: LockError::Failed;
    WriteError: WriteError::System;
    ActionError: |error: SystemError| Self::Failed(error.to_string());
    AutostartError: |error: SystemError| Self::Failed(error.to_string());
    KeyringError: |error: SystemError| Self::Failed(error.to_string());
}
