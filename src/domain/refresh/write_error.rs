//! Why the credential, the journal or a lock cannot be written.

use crate::domain::credential::{Location, Problem, ProgramError};
use crate::domain::system::SystemError;

/// Why a place of the credential's does not take what it should.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum WriteError {
    /// It was not noted: a failure that is read from `state.json` keeps its kind alone.
    #[default]
    Unknown,
    /// Only Claude Code itself can write a line of so many bytes into the keychain: it is asked to refresh instead.
    TooLong(usize),
    /// A part of the keychain item is sealed into a second one, and bound to the sign-in: only Claude Code can change both.
    Split,
    /// A folder, a pipe or the like stands in the file's place.
    NotAFile(String),
    /// The file belongs to another user.
    OtherOwner(String),
    /// A link leads to a file in another user's folder.
    OtherFolder(String),
    /// Nobody may change this file or folder: it is marked as immutable or as append-only.
    Flagged(String),
    /// What it lies on is mounted read-only.
    ReadOnly(String),
    /// The disk has no room left for this file.
    Full(String),
    /// The user's share of the disk has none.
    Quota(String),
    /// The process may write no file that is as long as this one would be.
    FileLimit(String),
    /// With new tokens in it the file could grow beyond what Wick reads.
    TooLarge(String),
    /// What was read back is not what was written.
    ReadBackDiffers,
    /// What is stored there makes no sense, and is never overwritten.
    Malformed,
    /// The lock at this path did not come free.
    LockHeld(String),
    /// What stands at a lock's path is a file, a link, or a folder with something in it.
    NotALock(String),
    /// The journal's entry would not fit its place.
    PathTooLong(String),
    /// What is there could not be read.
    Unreadable(Problem, Location),
    /// The keychain's program did not do its work.
    Program(ProgramError),
    /// The system refuses it.
    System(SystemError),
}

impl WriteError {
    /// What the system said of this path.
    pub fn system(path: &impl ToString, error: &impl ToString) -> Self {
        Self::System(SystemError::new(path, error))
    }
}
