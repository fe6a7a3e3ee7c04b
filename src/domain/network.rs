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
    /// Nothing vouches for the server, and the certificates that a variable names cannot all be used.
    Certificates(CertificatesFault),
    /// Anything else, in the system's words, without the address.
    System(String),
}

/// A variable that names certificates, and what is wrong with those.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CertificatesFault {
    /// The variable's name; empty where it was not noted.
    pub variable: &'static str,
    /// The file or folder.
    pub path: String,
    pub what: CertificatesProblem,
}

/// What is wrong with certificates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum CertificatesProblem {
    /// They cannot be read, in the system's words.
    Unreadable(String),
    #[default]
    NoneThere,
    /// Some make no sense, and were left out.
    LeftOut {
        bad: usize,
        /// All that were there.
        all: usize,
    },
}

/// The certificates that variables name, which are trusted beside the system's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trusted {
    /// In DER; each is one.
    pub certificates: Vec<Vec<u8>>,
    /// What is wrong with the rest.
    pub faults: Vec<CertificatesFault>,
}
