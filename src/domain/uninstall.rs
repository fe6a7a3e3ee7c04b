//! What Wick keeps on this computer, and what has to be done before it can be taken away.

use super::settings::ProfileName;

/// Something that Wick keeps here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trace {
    /// What opens it at login.
    OpeningAtLogin,
    /// The one-year token of a profile.
    CiToken(ProfileName),
    /// The GitHub token for a host.
    GithubToken(String),
    /// Its own files in the state folder, which is here.
    State(String),
}

impl Trace {
    /// For programs.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::OpeningAtLogin => "opening_at_login",
            Self::CiToken(_) => "ci_token",
            Self::GithubToken(_) => "github_token",
            Self::State(_) => "state",
        }
    }

    /// Which one of its kind, where there may be several.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::OpeningAtLogin => None,
            Self::CiToken(profile) => Some(profile.as_str()),
            Self::GithubToken(name) | Self::State(name) => Some(name),
        }
    }
}

/// Who is at work with what is to be taken away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InTheWay {
    /// The app, with this process number as far as it says.
    App(Option<u32>),
    /// A sync or a refresh, which has this lock.
    Busy(String),
    /// The journal of a refresh of this profile, which may hold the only token that still works.
    Journal(ProfileName),
}
