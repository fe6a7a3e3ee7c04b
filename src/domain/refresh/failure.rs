//! Why a refresh did not work, what that means for the next try, and what is remembered of it.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::write_error::WriteError;
use crate::domain::credential::Credential;
use crate::domain::fingerprint::Fingerprint;
use crate::domain::network::{CertificatesFault, NetworkError};
use crate::domain::settings::RefreshSettings;
use crate::domain::time::{EpochMillis, after, backed_off};
use crate::domain::versions::understood;

/// The first wait after a failure that may pass; each further failure doubles it.
const FIRST_WAIT: SignedDuration = SignedDuration::from_mins(1);
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(1);

/// Why a refresh did not work. Its class decides what happens next. In files only its kind and its numbers stand, under
/// `code`: what the system or a server said is said once, when it happens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Failure {
    /// The server no longer knows this refresh token.
    InvalidGrant {
        /// Whether an earlier run was cut off, and has spent it.
        #[serde(skip)]
        spent_before: bool,
    },
    /// No address, no connection, no TLS: nothing was sent.
    Offline(#[serde(skip)] NetworkError),
    /// Nothing vouches for the server, and the certificates that a variable names cannot all be used: nothing was sent.
    Certificates(#[serde(skip)] CertificatesFault),
    /// Too many requests; for how long the server asked to wait.
    RateLimited(#[serde(skip)] Option<SignedDuration>),
    /// The server's own fault.
    ServerError {
        /// The HTTP status; 0 where it was not noted.
        #[serde(default)]
        status: u16,
        /// What the server asked for.
        #[serde(skip)]
        retry_after: Option<SignedDuration>,
    },
    /// Refused for another reason than the token.
    Refused {
        /// The HTTP status; 0 where it was not noted.
        #[serde(default)]
        status: u16,
        /// OAuth's word for it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        oauth: Option<String>,
    },
    /// The endpoint is elsewhere; the token is not sent after it.
    Redirected {
        /// The HTTP status; 0 where it was not noted.
        #[serde(default)]
        status: u16,
    },
    /// Sent, and no answer came.
    NoAnswer(#[serde(skip)] NetworkError),
    /// Sent, and what came is no answer.
    BadAnswer {
        /// The HTTP status; 0 where it was not noted.
        #[serde(default)]
        status: u16,
        /// What is wrong with it.
        #[serde(default)]
        what: AnswerFault,
    },
    /// An earlier run was ended between sending and the answer.
    Interrupted,
    /// The store cannot be written; found out before anything was sent.
    NotWritable(#[serde(skip)] WriteError),
    /// Nothing could be noted before sending.
    NoJournal(#[serde(skip)] WriteError),
    /// The answer is safe in the journal, and not yet where it belongs.
    #[serde(rename = "kept_in_journal")]
    Kept(#[serde(skip)] WriteError),
    /// The new tokens could be written nowhere.
    #[serde(rename = "not_stored")]
    Lost(#[serde(skip)] WriteError),
    /// Claude Code was asked to refresh, and the credential is what it was.
    ClaudeDidNot {
        #[serde(skip)]
        why: ClaudeError,
        /// Why it was asked at all, where the settings name Wick itself.
        #[serde(skip)]
        instead: Option<WriteError>,
    },
    /// The locks could not be taken for a reason that waiting does not change.
    NoLock(#[serde(skip)] WriteError),
    /// The credential has no refresh token.
    NoRefreshToken,
    /// What it has for one is none, and is not sent.
    NotAToken,
    /// Someone ended the program before anything was sent.
    Stopped,
    /// The computer goes to sleep, and might have cut off the answer.
    GoesToSleep,
    /// An earlier failure still stands, so nothing was tried.
    #[serde(skip)]
    Waiting(Box<FailureMemory>),
}

/// What is wrong with an answer of the token endpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerFault {
    /// HTML, say, or cut off.
    #[default]
    NotJson,
    /// Longer than any answer.
    TooLong,
    /// JSON without an access token.
    NoToken,
    /// Another success than 200.
    OtherKind,
}

/// Why Claude Code has refreshed nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ClaudeError {
    /// It ran, and the credential is what it was.
    #[default]
    NothingChanged,
    /// It is not on this computer, as far as can be seen.
    NotFound,
    /// It did not end within so many seconds.
    TimedOut(u64),
    /// It could not be run, in the system's words.
    NotRun(String),
}

impl Failure {
    /// Nothing was sent, for this reason.
    pub fn not_reached(why: NetworkError) -> Self {
        match why {
            NetworkError::Certificates(fault) => Self::Certificates(fault),
            why => Self::Offline(why),
        }
    }

    /// What it means for the next try.
    pub fn class(&self) -> Class {
        match self {
            Self::InvalidGrant { .. } => Class::Terminal,
            Self::NoAnswer { .. } | Self::BadAnswer { .. } | Self::Interrupted | Self::Lost { .. } => Class::Unknown,
            Self::Waiting(memory) => memory.class(),
            Self::Offline(_)
            | Self::Certificates(_)
            | Self::RateLimited(_)
            | Self::ServerError { .. }
            | Self::Refused { .. }
            | Self::Redirected { .. }
            | Self::NotWritable(_)
            | Self::NoJournal(_)
            | Self::Kept(_)
            | Self::ClaudeDidNot { .. }
            | Self::NoLock(_)
            | Self::NoRefreshToken
            | Self::NotAToken
            | Self::Stopped
            | Self::GoesToSleep => Class::Transient,
        }
    }

    /// Whether it is worth remembering: the others change nothing about the next try.
    pub fn is_remembered(&self) -> bool {
        !matches!(self, Self::Waiting(_) | Self::Stopped | Self::GoesToSleep | Self::NoRefreshToken | Self::NotAToken)
    }

    /// Whether it is for want of a network, which may be there again in a moment.
    pub fn is_offline(&self) -> bool {
        matches!(self, Self::Offline { .. })
    }

    /// Whether it is of the same kind as another, whatever is known of either.
    pub fn is_like(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }

    fn retry_after(&self) -> Option<SignedDuration> {
        match self {
            Self::RateLimited(retry_after) | Self::ServerError { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

/// What a failure means for the next try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// The last failure, until a refresh works or the credential changes. One that another version of Wick wrote in another
    /// form is none.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "understood")]
    pub failure: Option<FailureMemory>,
}

impl RefreshMemory {
    /// Whether `other` knows of the same one, or of none either.
    pub fn is_of_the_same_failure(&self, other: &Self) -> bool {
        let [own, other] =
            [self, other].map(|memory| memory.failure.as_ref().map(|failure| (&failure.token, failure.at)));
        own == other
    }
}

/// A failure that decides over the next try.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailureMemory {
    /// Of which refresh token.
    pub token: Fingerprint,
    pub endpoint: String,
    #[serde(flatten)]
    pub failure: Failure,
    /// How many there were in a row.
    pub failures: u32,
    pub at: Timestamp,
    /// When to try again by itself.
    pub retry_at: Timestamp,
    /// Whether the server asked to wait that long: then a click waits too.
    #[serde(default)]
    pub server_asked: bool,
}

impl FailureMemory {
    pub fn class(&self) -> Class {
        self.failure.class()
    }

    /// Whether it goes away by itself, as the network does; anything else takes the user.
    pub fn passes(&self) -> bool {
        self.class() == Class::Transient
    }

    /// Whether the next try is not due yet. A clock that was ahead when it failed has set no wait.
    pub fn waits(&self, now: Timestamp) -> bool {
        self.at <= now && now < self.retry_at
    }
}

impl RefreshMemory {
    /// The failure that stands in the way of this credential. One of another token or another endpoint is history.
    pub fn standing(&self, credential: &Credential, settings: &RefreshSettings) -> Option<&FailureMemory> {
        let token = Fingerprint::of(credential.refresh_token.as_ref()?);
        self.failure.as_ref().filter(|failure| failure.token == token && failure.endpoint == settings.token_url)
    }

    /// Notes a failure, and when the next try is due.
    pub fn note(&mut self, failure: &Failure, credential: &Credential, settings: &RefreshSettings, now: Timestamp) {
        let Some(token) = credential.refresh_token.as_ref().map(Fingerprint::of) else { return };
        let before = self.standing(credential, settings);
        let failures = before.map_or(0, |before| before.failures).saturating_add(1);
        let own = spread(&token, failures);
        let wait = failure.retry_after().map_or(own, |asked| asked.max(own));
        let mut retry_at = after(now, wait);
        if failure.class() == Class::Unknown {
            let end = credential.expires_at.and_then(EpochMillis::timestamp).unwrap_or(retry_at);
            retry_at = retry_at.max(end);
        }
        // What may be spent stays so until a try settles it: nothing that fails before sending does.
        let unsettled = before.filter(|before| before.class() == Class::Unknown && failure.class() == Class::Transient);
        if let Some(before) = unsettled {
            retry_at = retry_at.max(before.retry_at);
        }
        let server_asked = failure.retry_after().is_some();
        let failure = unsettled.map_or(failure, |before| &before.failure).clone();
        let endpoint = settings.token_url.clone();
        self.failure = Some(FailureMemory { token, endpoint, failure, failures, at: now, retry_at, server_asked });
    }
}

/// A minute, then twice as long each time, an hour at most; by up to a fifth more or less, so that computers which failed
/// together do not come back together.
fn spread(token: &Fingerprint, failures: u32) -> SignedDuration {
    let wait = backed_off(FIRST_WAIT, failures, LONGEST_WAIT);
    let seed = Sha256::digest(format!("{}{failures}", token.as_str()));
    wait + wait / 640 * (i32::from(seed[0]) - 128)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::secret::Secret;

    #[test]
    fn only_the_kind_and_the_numbers_of_a_failure_are_kept() {
        let check = |failure: &Failure, kept: &str, read: &Failure| {
            let text = serde_json::to_string(failure).expect("serializable");
            assert_eq!(text, kept);
            assert_eq!(serde_json::from_str::<Failure>(&text).ok().as_ref(), Some(read));
        };
        let offline = |why| Failure::Offline(why);
        let system = NetworkError::System("what the system said".to_owned());
        check(&offline(system), r#"{"code":"offline"}"#, &offline(NetworkError::default()));
        let kept = Failure::Kept(WriteError::LockHeld("/claude.lock".to_owned()));
        check(&kept, r#"{"code":"kept_in_journal"}"#, &Failure::Kept(WriteError::Unknown));
        let limited = Failure::RateLimited(Some(SignedDuration::from_secs(5)));
        check(&limited, r#"{"code":"rate_limited"}"#, &Failure::RateLimited(None));
        let redirected = Failure::Redirected { status: 307 };
        check(&redirected, r#"{"code":"redirected","status":307}"#, &redirected);
        let spent = Failure::InvalidGrant { spent_before: true };
        check(&spent, r#"{"code":"invalid_grant"}"#, &Failure::InvalidGrant { spent_before: false });
    }

    #[test]
    fn waits_double_up_to_an_hour_and_differ_between_computers() {
        let waits = |token: &str| -> Vec<i64> {
            let token = Fingerprint::of(&Secret::from(token.to_owned()));
            (1..=9).map(|failures| spread(&token, failures).as_secs()).collect()
        };
        for (wait, base) in waits("a").iter().zip([60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]) {
            assert!((base * 8 / 10..=base * 12 / 10).contains(wait), "{wait} around {base}");
        }
        assert_ne!(waits("a"), waits("b"));
    }
}
