//! What came of trying the one-year token: by no other program than the unmodified Claude Code.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Why a check has not shown that the token works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum NotProven {
    /// Anthropic says that it was revoked.
    Revoked,
    /// Anthropic does not take it.
    Refused { status: u16 },
    /// The plan's limit is reached, or too much was asked at once: nothing was learned of the token.
    Limited,
    /// The server's own fault.
    ServerError { status: u16 },
    /// Claude Code reached no server.
    Network,
    /// There is no Claude Code on this computer, as far as can be seen.
    NoClaude,
    /// It is there, and could not be started.
    NotStarted,
    /// It did not end within so many seconds.
    TimedOut {
        /// The limit.
        seconds: u64,
    },
    /// It ended, and what it printed is not understood.
    Unclear,
    /// Wick was asked to end.
    Stopped,
}

impl NotProven {
    /// Whether it is the token's own fault, and not that of what lies between.
    pub fn is_of_the_token(self) -> bool {
        matches!(self, Self::Revoked | Self::Refused { .. })
    }
}

/// A check that has shown nothing good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckFailure {
    pub why: NotProven,
    /// What Claude Code or the system said of it, scrubbed; empty for nothing.
    pub said: String,
}

impl From<NotProven> for CheckFailure {
    fn from(why: NotProven) -> Self {
        Self { why, said: String::new() }
    }
}

/// A check that is remembered since it has shown nothing good, and none did so after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedCheck {
    pub at: Timestamp,
    pub why: NotProven,
}
