//! Words about a file or folder that the system did not let Wick use.

use super::sentence::{Sentence, say};
use crate::domain::system::{Obstacle, SystemError, Unfit};
use crate::domain::text::quoted;

/// Where its path is not known.
pub const STATE_FOLDER: &str = "the state folder";

/// What lets Wick use it; where the system refuses it, what is usual.
pub fn cure(error: &SystemError, usual: impl FnOnce() -> String) -> String {
    match &error.obstacle {
        Obstacle::Refusal => usual(),
        Obstacle::NoRoom => format!("make room where {} lies", error.path),
        Obstacle::TooManyOpen => "close some programs, or raise the limit on open files (ulimit -n)".to_owned(),
        Obstacle::Held => "answer what the other wick command asks, or end it".to_owned(),
        Obstacle::Odd => format!("move {} away; Wick makes its own", error.path),
        Obstacle::Foreign(path) => format!("make {path} yours again: sudo chown -R \"$USER\" {}", quoted(path)),
    }
}

/// Of a variable or a folder whose value should be a full path.
pub fn relative(what: &str, value: &str) -> String {
    let why = if value.starts_with('~') { " (`~` was not replaced)" } else { "" };
    format!("{what} is a relative path{why}")
}

/// Why nothing was done.
pub fn unfit(unfit: &Unfit) -> Sentence {
    match unfit {
        Unfit::RelativeHome(home) => say!("relative_folder" => "{what}: {home}",
            "write the full path of your home folder into HOME", what = relative("HOME", home)),
        Unfit::OthersHome { folder, owner, state } => say!("others_home" =>
            "Wick runs as root, but {folder} belongs to another user, so nothing was done",
            "run it without sudo; to give back what an earlier run left there: sudo chown -R {owner} {word}", word = quoted(state)),
    }
}

/// The same where it is to be written.
pub(super) fn cure_to_write(error: &SystemError) -> String {
    cure(error, || format!("make {} writable", error.path))
}
