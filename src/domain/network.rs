//! Why nothing came from a server, as far as the connection shows.

/// What stood between this computer and a server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum NetworkError {
    /// It was not noted: a failure that is read from `state.json` keeps its kind alone.
    #[default]
    Unknown,
    /// The server did not answer in time.
    TimedOut,
    /// The whole of an answer took longer than this many seconds.
    Slow(u64),
    /// The address in the settings is none.
    NoAddress,
    /// The certificates that a variable names cannot be used.
    Certificates {
        /// The file.
        path: String,
        /// The system's words.
        detail: String,
    },
    /// Anything else, in the system's words, without the address.
    System(String),
}
