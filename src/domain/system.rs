//! What the system did not let Wick do with a file or a folder.

/// The path, and the system's own words.
#[derive(Clone, Debug, Default, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {detail}")]
pub struct SystemError {
    /// The file or folder.
    pub path: String,
    /// What the system said of it.
    pub detail: String,
}

impl SystemError {
    /// What the system said of this path.
    pub fn new(path: &impl ToString, detail: &impl ToString) -> Self {
        Self { path: path.to_string(), detail: detail.to_string() }
    }
}
