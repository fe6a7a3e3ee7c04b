//! What the system said, and of which file: each error of a port that names a path is made here.

use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::{fs, io};

use rustix::io::Errno;

use super::private_file::{self, Held, Odd};
use crate::domain::action::ActionError;
use crate::domain::autostart::AutostartError;
use crate::domain::keyring::KeyringError;
use crate::domain::refresh::WriteError;
use crate::domain::system::{Obstacle, SystemError};
use crate::ports::LockError;

/// Names the file or folder that an error is about.
pub trait At<T> {
    fn at(self, path: &Path) -> Result<T, SystemError>;
}

impl<T> At<T> for io::Result<T> {
    fn at(self, path: &Path) -> Result<T, SystemError> {
        self.map_err(|error| SystemError {
            obstacle: obstacle(&error, path),
            ..SystemError::new(&path.display(), &error)
        })
    }
}

fn obstacle(error: &io::Error, path: &Path) -> Obstacle {
    let odd: Option<&Odd> = error.get_ref().and_then(|inner| inner.downcast_ref());
    let held: Option<&Held> = error.get_ref().and_then(|inner| inner.downcast_ref());
    let is_foreign = error.kind() == ErrorKind::PermissionDenied || odd == Some(&Odd::OtherOwner);
    let foreign = is_foreign.then(|| foreign(path)).flatten();
    let usual = match (error.kind(), error.raw_os_error().map(Errno::from_raw_os_error)) {
        _ if odd.is_some() => Obstacle::Odd,
        _ if held.is_some() => Obstacle::Held,
        (ErrorKind::StorageFull | ErrorKind::QuotaExceeded, _) => Obstacle::NoRoom,
        (_, Some(Errno::MFILE | Errno::NFILE)) => Obstacle::TooManyOpen,
        _ => Obstacle::Refusal,
    };
    foreign.map_or(usual, |path| Obstacle::Foreign(path.display().to_string()))
}

/// The same of a file that cannot be written: what the user can do about it is told apart.
pub trait Written<T> {
    fn written(self, path: &Path) -> Result<T, WriteError>;
}

impl<T> Written<T> for io::Result<T> {
    fn written(self, path: &Path) -> Result<T, WriteError> {
        let name = path.display().to_string();
        match self {
            Ok(written) => Ok(written),
            Err(error) => Err(match error.kind() {
                ErrorKind::ReadOnlyFilesystem => WriteError::ReadOnly(name),
                ErrorKind::StorageFull => WriteError::Full(name),
                ErrorKind::QuotaExceeded => WriteError::Quota(name),
                ErrorKind::FileTooLarge => WriteError::FileLimit(name),
                _ => return Err(error).at(path).map_err(WriteError::System),
            }),
        }
    }
}

/// The highest of what this path leads through that is another user's and lies in a folder of ours, as a run by `sudo`
/// leaves it. For root, nobody's is in the way.
fn foreign(path: &Path) -> Option<&Path> {
    let us = private_file::us();
    let is_ours = |path: &Path| fs::symlink_metadata(path).ok().map(|metadata| metadata.uid() == us);
    let is_left_there = |path: &&Path| is_ours(path) == Some(false) && path.parent().and_then(is_ours) == Some(true);
    path.ancestors().filter(|_| us != 0).filter(is_left_there).last()
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
    KeyringError: KeyringError::File;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_the_way_is_told_apart_by_the_systems_number() {
        let found = |errno: Errno| Err::<(), _>(io::Error::from(errno)).at(Path::new("/x")).unwrap_err().obstacle;
        for errno in [Errno::NOSPC, Errno::DQUOT] {
            assert_eq!(found(errno), Obstacle::NoRoom, "{errno:?}");
        }
        for errno in [Errno::MFILE, Errno::NFILE] {
            assert_eq!(found(errno), Obstacle::TooManyOpen, "{errno:?}");
        }
        assert_eq!(found(Errno::IO), Obstacle::Refusal);
    }

    #[test]
    fn what_has_no_room_is_told_apart_by_whose_room_is_used_up() {
        let check = |errno: Errno, expected: fn(String) -> WriteError| {
            let failed: io::Result<()> = Err(errno.into());
            assert_eq!(failed.written(Path::new("/x")), Err(expected("/x".to_owned())), "{errno:?}");
        };
        check(Errno::NOSPC, WriteError::Full);
        check(Errno::DQUOT, WriteError::Quota);
        check(Errno::FBIG, WriteError::FileLimit);
        check(Errno::ROFS, WriteError::ReadOnly);
    }
}
