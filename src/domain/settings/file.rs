//! Why a config file is not used. Until the user has changed that, the last good settings stay in use.

use std::path::PathBuf;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigFileError {
    /// It is no file that a person wrote, or someone else could have written it.
    Untrusted(Distrust, PathBuf),
    /// It is followed and cannot be edited: it is this file, which only root can write.
    Roots(PathBuf),
    /// The system refuses it, in its own words.
    System(String),
    /// Each time that an edit of it was to be written, somebody else had changed it meanwhile.
    Changing,
}

/// Why a config file is not even read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distrust {
    Folder,
    /// It is a pipe or the like.
    NotAFile,
    OtherOwner,
    OthersCanWrite,
    /// It is larger than any config.
    TooLarge,
    /// It is not UTF-8.
    NotText,
}
