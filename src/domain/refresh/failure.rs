//! Why a refresh did not work, what that means for the next try, and what is remembered of it.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Fingerprint;
use crate::domain::credential::Credential;
use crate::domain::settings::RefreshSettings;
use crate::domain::time::EpochMillis;

/// The first wait after a failure that may pass; each further failure doubles it.
const FIRST_WAIT: SignedDuration = SignedDuration::from_mins(1);
/// The longest.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(1);

/// Why a refresh did not work. Its class decides what happens next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The server no longer knows this refresh token.
    InvalidGrant,
    /// The same, after an earlier run was cut off: that one has spent it.
    SpentBefore,
    /// No address, no connection, no TLS: nothing was sent.
    Offline(String),
    /// Too many requests.
    RateLimited {
        /// What the server asked for.
        retry_after: Option<SignedDuration>,
    },
    /// The server's own fault.
    ServerError {
        /// The HTTP status.
        status: u16,
        /// What the server asked for.
        retry_after: Option<SignedDuration>,
    },
    /// Refused for another reason than the token.
    Refused {
        /// The HTTP status.
        status: u16,
        /// OAuth's word for it.
        code: Option<String>,
    },
    /// The endpoint is elsewhere; the token is not sent after it.
    Redirected {
        /// The HTTP status.
        status: u16,
    },
    /// Sent, and no answer came.
    NoAnswer(String),
    /// Sent, and what came is no answer.
    BadAnswer {
        /// The HTTP status.
        status: u16,
        /// What is wrong with it.
        what: &'static str,
    },
    /// An earlier run was ended between sending and the answer.
    Interrupted,
    /// The store cannot be written; found out before anything was sent.
    NotWritable(String),
    /// Nothing could be noted before sending.
    NoJournal(String),
    /// The answer is safe in the journal, and not yet where it belongs.
    Kept(String),
    /// The new tokens could be written nowhere.
    Lost(String),
    /// Claude Code was asked to refresh, and the credential is what it was.
    ClaudeDidNot(String),
    /// The locks could not be taken for a reason that waiting does not mend.
    NoLock(String),
    /// The credential has no refresh token.
    NoRefreshToken,
    /// Someone ended the program before anything was sent.
    Stopped,
    /// An earlier failure still stands, so nothing was tried.
    Waiting(FailureMemory),
}

impl Failure {
    /// Something that came with this status and is no answer.
    pub fn bad_answer(status: u16, what: &'static str) -> Self {
        Self::BadAnswer { status, what }
    }

    /// What it means for the next try.
    pub fn class(&self) -> Class {
        match self {
            Self::InvalidGrant | Self::SpentBefore => Class::Terminal,
            Self::NoAnswer(_) | Self::BadAnswer { .. } | Self::Interrupted | Self::Lost(_) => Class::Unknown,
            Self::Waiting(memory) => memory.class,
            _ => Class::Transient,
        }
    }

    /// The word for it in files and for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidGrant | Self::SpentBefore => "invalid_grant",
            Self::Offline(_) => "offline",
            Self::RateLimited { .. } => "rate_limited",
            Self::ServerError { .. } => "server_error",
            Self::Refused { .. } => "refused",
            Self::Redirected { .. } => "redirected",
            Self::NoAnswer(_) => "no_answer",
            Self::BadAnswer { .. } => "bad_answer",
            Self::Interrupted => "interrupted",
            Self::NotWritable(_) => "not_writable",
            Self::NoJournal(_) => "no_journal",
            Self::Kept(_) => "kept_in_journal",
            Self::Lost(_) => "not_stored",
            Self::ClaudeDidNot(_) => "claude_did_not",
            Self::NoLock(_) => "no_lock",
            Self::NoRefreshToken => "no_refresh_token",
            Self::Stopped => "stopped",
            Self::Waiting(_) => "waiting",
        }
    }

    /// Whether it is worth remembering: the others change nothing about the next try.
    pub fn is_remembered(&self) -> bool {
        !matches!(self, Self::Waiting(_) | Self::Stopped | Self::NoRefreshToken)
    }

    fn retry_after(&self) -> Option<SignedDuration> {
        match self {
            Self::RateLimited { retry_after } | Self::ServerError { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

/// What a failure means for the next try.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Never again with this token.
    Terminal,
    /// The token is unspent, or its successor is safe: again after a while.
    Transient,
    /// The token may be spent: not by itself while the access token lives.
    Unknown,
}

/// What is remembered of refreshing one source, in `state.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefreshMemory {
    /// The last failure, until a refresh works or the credential changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<FailureMemory>,
}

/// A failure that decides over the next try.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailureMemory {
    /// Of which refresh token.
    pub token: Fingerprint,
    /// At which endpoint.
    pub endpoint: String,
    /// What it means.
    pub class: Class,
    /// Its word.
    pub code: String,
    /// How many there were in a row.
    pub failures: u32,
    /// When it happened.
    pub at: Timestamp,
    /// When to try again by itself.
    pub retry_at: Timestamp,
    /// Whether the server asked to wait that long: then a click waits too.
    #[serde(default)]
    pub server_asked: bool,
}

impl FailureMemory {
    /// Whether it is about this credential and this endpoint; otherwise it is history.
    pub fn concerns(&self, credential: &Credential, settings: &RefreshSettings) -> bool {
        credential.refresh_token.as_ref().map(Fingerprint::of).as_ref() == Some(&self.token)
            && self.endpoint == settings.token_url
    }

    /// Whether it goes away by itself, as the network does; anything else takes the user.
    pub fn passes(&self) -> bool {
        self.class == Class::Transient
    }

    /// Whether the next try is not due yet. A clock that was ahead when it failed has set no wait.
    pub fn waits(&self, now: Timestamp) -> bool {
        self.at <= now && now < self.retry_at
    }
}

impl RefreshMemory {
    /// The failure that stands in the way of this credential.
    pub fn standing(&self, credential: &Credential, settings: &RefreshSettings) -> Option<&FailureMemory> {
        self.failure.as_ref().filter(|failure| failure.concerns(credential, settings))
    }

    /// Notes a failure, and when the next try is due.
    pub fn note(&mut self, failure: &Failure, credential: &Credential, settings: &RefreshSettings, now: Timestamp) {
        let Some(token) = credential.refresh_token.as_ref().map(Fingerprint::of) else { return };
        let before = self.standing(credential, settings);
        let failures = before.map_or(0, |before| before.failures).saturating_add(1);
        let own = backed_off(&token, failures);
        let wait = failure.retry_after().map_or(own, |asked| asked.max(own));
        let mut retry_at = now.saturating_add(wait).unwrap_or(Timestamp::MAX);
        if failure.class() == Class::Unknown {
            let end = credential.expires_at.and_then(EpochMillis::timestamp).unwrap_or(retry_at);
            retry_at = retry_at.max(end);
        }
        // What may be spent stays so until a try settles it: nothing that fails before sending does.
        let unsettled = before
            .filter(|before| before.class == Class::Unknown && failure.class() == Class::Transient)
            .map(|before| (before.class, before.code.clone(), before.retry_at));
        if let Some((_, _, before)) = &unsettled {
            retry_at = retry_at.max(*before);
        }
        let (class, code) =
            unsettled.map_or_else(|| (failure.class(), failure.code().to_owned()), |(class, code, _)| (class, code));
        self.failure = Some(FailureMemory {
            token,
            endpoint: settings.token_url.clone(),
            class,
            code,
            failures,
            at: now,
            retry_at,
            server_asked: failure.retry_after().is_some(),
        });
    }
}

/// A minute, then twice as long each time, an hour at most; by up to a fifth more or less, so that computers which failed
/// together do not come back together.
fn backed_off(token: &Fingerprint, failures: u32) -> SignedDuration {
    let doubled = FIRST_WAIT.saturating_mul(1 << failures.saturating_sub(1).min(6));
    let seed = Sha256::digest(format!("{}{failures}", token.0));
    let fifth = i32::from(seed[0]) - 128;
    doubled.min(LONGEST_WAIT) + doubled.min(LONGEST_WAIT) / 640 * fifth
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_an_hour_and_differ_between_computers() {
        let waits = |token: &str| -> Vec<i64> {
            (1..=9).map(|failures| backed_off(&Fingerprint(token.to_owned()), failures).as_secs()).collect()
        };
        for (wait, base) in waits("a").iter().zip([60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]) {
            assert!((base * 8 / 10..=base * 12 / 10).contains(wait), "{wait} around {base}");
        }
        assert_ne!(waits("a"), waits("b"));
    }
}
