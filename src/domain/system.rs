//! What the system did not let Wick do with a file or a folder.

/// The path, and the system's own words.
#[derive(Clone, Debug, Default, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {detail}")]
pub struct SystemError {
    /// The file or folder.
    pub path: String,
    /// What the system said of it.
    pub detail: String,
    /// What stands in the way.
    pub obstacle: Obstacle,
}

/// What stands between Wick and a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Obstacle {
    /// The system refuses it.
    #[default]
    Refusal,
    /// The disk, or the user's part of it, is full.
    NoRoom,
    /// The process or the system has no descriptor left.
    TooManyOpen,
    /// Another Wick has this lock, and keeps it: it was stopped, or its keyring asks its user.
    Held,
    /// Something that is no file of Wick's own has its place.
    Odd,
    /// This file or folder of another user's, in a folder of the user's own.
    Foreign(String),
}

/// Why Wick does nothing at all for whoever started it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// `HOME` is this, which means another folder in each working folder.
    RelativeHome(String),
    /// Root acts in another user's folder: whatever it made there would be root's.
    OthersHome {
        folder: String,
        /// The number of the user whose it is.
        owner: u32,
        /// Wick's own folder in it.
        state: String,
    },
}

impl SystemError {
    /// What the system said of this path.
    pub fn new(path: &impl ToString, detail: &impl ToString) -> Self {
        Self { path: path.to_string(), detail: detail.to_string(), obstacle: Obstacle::Refusal }
    }
}
