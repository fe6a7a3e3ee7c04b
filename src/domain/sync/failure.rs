//! Why a target, or one of its secrets, did not get what it should: what GitHub or a command answered, and what it means.

use std::fmt;

use jiff::Timestamp;

use serde::{Deserialize, Serialize};

use crate::domain::keyring::KeyringError;
use crate::domain::network::{CertificatesFault, NetworkError};
use crate::domain::settings::Field;
use crate::domain::system::SystemError;

/// Why something was not sent, or did not arrive. In files only its kind and its numbers stand, under `code`: what a
/// server, a command or the system said is said once, when it happens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Failure {
    /// No GitHub token was found for this host.
    #[serde(rename = "no_github_token")]
    NoToken {
        /// The host, as it is known to `gh`.
        #[serde(default)]
        host: String,
        /// What stood in the way where one might have been found.
        #[serde(skip)]
        why: Option<KeyringError>,
    },
    /// What was found there is no token: it has characters that no header takes.
    #[serde(rename = "github_token_malformed")]
    TokenMalformed(#[serde(skip)] TokenSource),
    /// GitHub does not know the token, or no longer; where those came from that it was asked with.
    #[serde(rename = "github_token_refused")]
    TokenRefused(#[serde(skip)] Vec<TokenSource>),
    /// GitHub's limits are used up until then.
    #[serde(rename = "rate_limited")]
    Limited {
        /// When it goes on.
        #[serde(default)]
        until: Timestamp,
    },
    /// The token may not do this; which permission is missing.
    NoPermission(#[serde(skip)] Permission),
    /// The organization wants the token to be authorized for its single sign-on.
    #[serde(rename = "sso_required")]
    SingleSignOn,
    /// The repository is read-only.
    Archived,
    /// It is not there, or the token does not see it; which permission may be missing.
    #[serde(rename = "target_not_found")]
    NotFound(#[serde(skip)] Permission),
    /// It was there once.
    Gone,
    /// Taken down for legal reasons.
    Unavailable,
    /// It points to another host, and a token is not sent after that.
    Redirected,
    /// Refused for another reason.
    Refused {
        /// The HTTP status; 0 where it was not noted.
        #[serde(default)]
        status: u16,
        /// GitHub's words, scrubbed.
        #[serde(skip)]
        said: String,
    },
    /// GitHub's own fault.
    ServerError {
        /// The HTTP status; 0 where it was not noted.
        #[serde(default)]
        status: u16,
    },
    /// No address, no connection, no TLS.
    Offline(#[serde(skip)] NetworkError),
    /// Nothing vouches for the server, and the certificates that a variable names cannot all be used.
    Certificates(#[serde(skip)] CertificatesFault),
    /// Asked, and no whole answer came.
    NoAnswer(#[serde(skip)] NetworkError),
    /// What came is no answer of GitHub's.
    BadAnswer {
        /// What it is instead.
        #[serde(default)]
        what: AnswerFault,
        /// The HTTP status; 0 where that says nothing.
        #[serde(default)]
        status: u16,
    },
    /// The key to seal with is none.
    BadKey {
        /// What is wrong with it.
        #[serde(default)]
        what: KeyFault,
    },
    /// The credential has no such field.
    FieldAbsent {
        /// The field; `None` where it was not noted.
        #[serde(default)]
        field: Option<Field>,
    },
    /// What is stored for a token is none.
    NotAToken {
        /// Which; `None` where it was not noted.
        #[serde(default)]
        field: Option<Field>,
    },
    /// GitHub takes no secret of so many bytes.
    TooLarge {
        /// How many there are; 0 where it was not noted.
        #[serde(default)]
        bytes: usize,
    },
    /// GitHub does not take this secret; its words, scrubbed.
    Invalid(#[serde(skip)] String),
    /// The expiry is not written, because its token did not arrive.
    AfterAnother,
    /// The command's program is not on this computer.
    CommandNotFound {
        #[serde(default)]
        program: String,
    },
    /// The command's program is there, and could not be started.
    CommandNotStarted {
        #[serde(default)]
        program: String,
        #[serde(default)]
        why: StartFault,
    },
    /// The command ended badly.
    CommandFailed {
        #[serde(default)]
        how: CommandEnd,
        /// What it said, scrubbed; empty where it said nothing.
        #[serde(skip)]
        said: String,
    },
    /// The command did not end in time, and was ended.
    CommandTimedOut {
        /// What it was given, in seconds.
        #[serde(default)]
        after: u64,
    },
    /// The command was ended before it had ended by itself: the program is ending.
    CommandStopped,
    /// The credential changed under our hands, again and again.
    Unsettled,
    /// The credential was no longer usable when this target's turn came.
    NoCredential,
    /// What is sent could not be remembered, so nothing is sent; why.
    #[serde(rename = "no_state")]
    NotRemembered(#[serde(skip)] SystemError),
    /// The program is ending.
    Stopped,
    #[serde(rename = "fault")]
    Crashed,
}

/// Where a GitHub token was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum TokenSource {
    /// In a variable of this name.
    Variable(&'static str),
    /// By `gh auth token`, of the `gh` at this path.
    Gh(String),
    /// What `wick github login` has stored.
    #[default]
    Stored,
}

impl TokenSource {
    /// The variable that it was found in.
    pub fn variable(&self) -> Option<&'static str> {
        if let Self::Variable(name) = self { Some(name) } else { None }
    }
}

impl fmt::Display for TokenSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name) => formatter.write_str(name),
            Self::Gh(path) => write!(formatter, "{path} auth token"),
            Self::Stored => formatter.write_str("wick github login"),
        }
    }
}

/// What something is that is no answer of GitHub's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerFault {
    /// Cut off, or JSON of something else.
    #[default]
    Broken,
    Empty,
    /// HTML.
    Page,
    /// Redirects that lead back to where they began.
    Circle,
    /// More than GitHub ever lists.
    Endless,
}

/// What is wrong with a key to seal with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyFault {
    /// It is not in the answer.
    #[default]
    Absent,
    /// It is not base64.
    NotBase64,
    /// It is not 32 bytes long.
    WrongLength,
    /// A point of low order: what is sealed with it is everyone's.
    OpenToEveryone,
    /// Nothing can be sealed with it.
    SealsNothing,
}

/// How a command ended that did not do its work.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommandEnd {
    #[default]
    Signal,
    /// With this exit code.
    Code(i32),
    /// It wrote more than is expected of any program, and was ended.
    Flooded,
}

/// Why a program that is there could not be started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StartFault {
    /// Nobody may run it.
    NotExecutable,
    /// It is a folder.
    Folder,
    /// It is a script for an interpreter that is not there.
    NoInterpreter(String),
    /// The first line of the script has a carriage return at its end, which the system takes for a part of the name.
    CarriageReturn,
    /// It is no program of this kind of computer, and has no first line that names an interpreter.
    NoFirstLine,
    /// Anything else.
    System {
        /// The system's words; empty where they were not noted.
        #[serde(skip)]
        detail: String,
    },
}

impl Default for StartFault {
    fn default() -> Self {
        Self::System { detail: String::new() }
    }
}

/// What is known of a permission that is missing, in GitHub's own words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permission {
    /// GitHub's message, scrubbed.
    pub said: String,
    /// `X-Accepted-GitHub-Permissions`: what a fine-grained token needs.
    pub needed: Option<String>,
    /// `X-OAuth-Scopes`: what a classic token has. Absent for a fine-grained one.
    pub scopes: Option<String>,
    /// `X-Accepted-OAuth-Scopes`: what a classic token needs.
    pub accepted_scopes: Option<String>,
}

impl Failure {
    /// Nothing was sent, for this reason.
    pub fn not_reached(why: NetworkError) -> Self {
        match why {
            NetworkError::Certificates(fault) => Self::Certificates(fault),
            why => Self::Offline(why),
        }
    }

    /// Whether no other target at this GitHub can fare better: it is the token's, or what is sent cannot be noted.
    pub fn concerns_all(&self) -> bool {
        matches!(
            self,
            Self::NoToken { .. }
                | Self::TokenMalformed(_)
                | Self::TokenRefused(_)
                | Self::Certificates(_)
                | Self::Limited { .. }
                | Self::NotRemembered(_)
        )
    }

    /// Whether it says anything of the target: one whose command ended with Wick may hold the secrets, or not.
    pub fn is_remembered(&self) -> bool {
        *self != Self::CommandStopped
    }

    /// Whether the target's other secrets may still fare better.
    pub fn is_of_one_secret(&self) -> bool {
        matches!(
            self,
            Self::FieldAbsent { .. }
                | Self::NotAToken { .. }
                | Self::TooLarge { .. }
                | Self::Invalid(_)
                | Self::AfterAnother
        )
    }

    /// Whether GitHub may have done what it was asked for all the same.
    pub fn may_have_worked(&self) -> bool {
        matches!(self, Self::NoAnswer(_) | Self::BadAnswer { .. } | Self::ServerError { .. })
    }

    /// Whether the same may work a moment later.
    pub fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::ServerError { .. } | Self::Offline(_) | Self::NoAnswer(_) | Self::BadAnswer { .. } | Self::Unsettled
        )
    }

    /// Whether no later try fares better, until someone has changed something there.
    pub fn needs_the_user(&self) -> bool {
        matches!(
            self,
            Self::NoPermission(_)
                | Self::SingleSignOn
                | Self::Archived
                | Self::NotFound(_)
                | Self::Gone
                | Self::Unavailable
                | Self::Redirected
                | Self::Refused { .. }
                | Self::CommandNotFound { .. }
                | Self::CommandNotStarted { .. }
                | Self::Certificates(_)
        )
    }

    /// Whether GitHub has said so of this one target: it is not there, or not the token's.
    pub fn is_of_the_target(&self) -> bool {
        self.needs_the_user() && !matches!(self, Self::Redirected | Self::Certificates(_))
    }

    /// Whether it is for want of a network, which may be there again in a moment.
    pub fn is_offline(&self) -> bool {
        matches!(self, Self::Offline(_))
    }

    /// Whether it is of the same kind as another, whatever is known of either.
    pub fn is_like(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}
