//! Words about a file or folder that the system did not let Wick use.

use crate::domain::system::{Obstacle, SystemError};

/// What lets Wick use it; where the system refuses it, what is usual.
pub fn cure(error: &SystemError, usual: impl FnOnce() -> String) -> String {
    match &error.obstacle {
        Obstacle::Refusal => usual(),
        Obstacle::Odd => format!("move {} away; Wick makes its own", error.path),
        Obstacle::Foreign(path) => format!("make {path} yours again: sudo chown -R \"$USER\" '{path}'"),
    }
}

/// The same where it is to be written.
pub(super) fn cure_to_write(error: &SystemError) -> String {
    cure(error, || format!("make {} writable", error.path))
}
