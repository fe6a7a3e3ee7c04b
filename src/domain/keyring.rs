//! What stands between Wick and the tokens that it keeps in the keychain or the desktop's keyring.

use jiff::SignedDuration;

use super::refresh::WriteError;
use super::system::SystemError;

/// Why a keyring did not do what it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyringError {
    /// There is none: what it would hold is kept in a file, or nowhere.
    Absent,
    /// It is locked, and was not asked to open: asked again after a click.
    Locked,
    /// The user closed its prompt; not asked again before a click.
    Dismissed,
    /// It does not hand out what an earlier build has stored: the token has to be given anew.
    Refused(String),
    /// The bus or the service says nothing at all, for this long.
    Silent(SignedDuration),
    /// It gave no answer within this time.
    TimedOut(SignedDuration),
    /// `gh`, which has a keyring of its own or shares this one, gave no answer within this time.
    GhTimedOut(SignedDuration),
    /// The keychain did not give or take an item of Wick's own: to be asked for anew.
    Keychain(WriteError),
    /// What would hold it where there is no keyring is no file that Wick can use.
    File(SystemError),
    /// Anything else, in the system's words.
    Failed(String),
}

impl KeyringError {
    /// Which it is, for the log: what a service said of it is not kept.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Locked => "locked",
            Self::Dismissed => "dismissed",
            Self::Refused(_) => "refused",
            Self::Silent(_) => "silent",
            Self::TimedOut(_) => "timed_out",
            Self::GhTimedOut(_) => "gh_timed_out",
            Self::Keychain(_) => "keychain",
            Self::File(_) => "file",
            Self::Failed(_) => "failed",
        }
    }
}
