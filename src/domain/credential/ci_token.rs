//! The one-year token of `claude setup-token`, which Anthropic documents for CI: how long it lasts, and what one looks like.
//!
//! No server says when it ends. It is made for a year, so its end is estimated from the day it was stored.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::ci_check::{FailedCheck, NotProven};
use crate::domain::paste::{Shape, Unclear, find, plain};
use crate::domain::secret::Secret;
use crate::domain::time::EpochMillis;

/// A year, as Anthropic's documentation of `claude setup-token` says.
pub const LIFE: SignedDuration = SignedDuration::from_hours(365 * 24);
/// A clock that is set right is set by less, as a rule.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_hours(1);
/// So long before its estimated end it is warned of.
pub const ALERTS: [SignedDuration; 3] =
    [SignedDuration::from_hours(30 * 24), SignedDuration::from_hours(7 * 24), SignedDuration::from_hours(24)];

/// How tokens of this kind look; an access token of a sign-in does, too. By many users' reports they have 108 characters.
const SHAPE: Shape = Shape { beginning: "sk-ant-oat01-", length: 108 };
/// How a refresh token begins, which must not be taken for one.
const REFRESH_TOKEN: &str = "sk-ant-ort";
/// How a key of the API begins.
const API_KEY: &str = "sk-ant-api";

/// What is remembered of a stored one, beside the token itself, which lies in the keychain or keyring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CiTokenMemory {
    /// When it was given to Wick.
    pub stored_at: Timestamp,
    /// When it was last shown to work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked_at: Option<Timestamp>,
    /// The last check, where that did not show it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_check: Option<FailedCheck>,
}

impl CiTokenMemory {
    /// Of one that is stored now.
    pub fn stored(stored_at: Timestamp) -> Self {
        Self { stored_at, checked_at: None, failed_check: None }
    }

    /// Notes what a check of this token came to.
    pub fn note_check(&mut self, at: Timestamp, outcome: Result<(), NotProven>) {
        match outcome {
            Ok(()) => (self.checked_at, self.failed_check) = (Some(at), None),
            // That Wick ended says nothing of the token.
            Err(NotProven::Stopped) => {}
            Err(why) => self.failed_check = Some(FailedCheck { at, why }),
        }
    }

    /// Whether the clock was wrong when it was stored, or is now: when it ends is not known then.
    pub fn is_dated_ahead(&self, now: Timestamp) -> bool {
        self.stored_at.duration_since(now) > CLOCKS_DIFFER
    }

    /// When it ends, by estimate.
    pub fn end(&self) -> EpochMillis {
        end_of(self.stored_at)
    }
}

/// When one ends that was stored then, by estimate.
pub fn end_of(stored_at: Timestamp) -> EpochMillis {
    EpochMillis::from(stored_at.checked_add(LIFE).unwrap_or(Timestamp::MAX))
}

/// Where a one-year token is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeptIn {
    /// The login keychain of macOS.
    Keychain,
    /// The desktop's keyring.
    Keyring,
    /// A file that only the user can read.
    File(String),
}

/// Why a text is not taken for such a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotOne {
    /// No such token, or not exactly one, stands in it.
    Unclear(Unclear),
    /// It buys new tokens once, and is lost to whoever had it.
    RefreshToken,
    /// It is paid for by use, and has another place in CI.
    ApiKey,
    /// It is the access token of the sign-in on this computer, which lives for hours.
    AccessToken,
}

/// How many characters this one has, and how many others have, where it has more: a later form, or one to which something
/// sticks.
pub fn longer_than_others(token: &Secret) -> Option<(usize, usize)> {
    let length = token.expose().len();
    (length > SHAPE.length).then_some((length, SHAPE.length))
}

/// The one token in what was pasted or piped in, whatever stands around it. `access_token` is that of the sign-in here, which
/// looks alike.
pub fn parse(text: &Secret, access_token: Option<&Secret>) -> Result<Secret, NotOne> {
    let text = plain(text);
    // What stands beside one is the access token of a sign-in.
    if text.expose().contains(REFRESH_TOKEN) {
        return Err(NotOne::RefreshToken);
    }
    match find(&text, &[SHAPE]) {
        Ok(token) if access_token == Some(&token) => Err(NotOne::AccessToken),
        Err(Unclear::Unlike) if text.expose().contains(API_KEY) => Err(NotOne::ApiKey),
        found => found.map_err(NotOne::Unclear),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::from(text.to_owned())
    }

    #[test]
    fn only_what_looks_like_one_is_taken() {
        let token = |name: &str| format!("sk-ant-oat01-EXAMPLE-{name:-<87}");
        let access = secret(&token("access"));
        let parsed = |text: &str| parse(&secret(text), Some(&access));
        let year = token("year");
        assert_eq!(parsed(&format!(" {year}\n")), Ok(secret(&year)));
        assert_eq!(parsed(&format!("ANTHROPIC_API_KEY=sk-ant-api03-EXAMPLE\nTOKEN={year}")), Ok(secret(&year)));
        assert_eq!(parsed(""), Err(NotOne::Unclear(Unclear::Nothing)));
        let half = Unclear::Half { characters: 79, of: 108 };
        assert_eq!(parsed(&year[..79]), Err(NotOne::Unclear(half)));
        assert_eq!(parsed("sk-ant-ort01-EXAMPLE"), Err(NotOne::RefreshToken));
        assert_eq!(parsed(&format!("{year} sk-ant-ort01-EXAMPLE")), Err(NotOne::RefreshToken), "a whole sign-in");
        assert_eq!(parsed("sk-ant-api03-EXAMPLE"), Err(NotOne::ApiKey));
        assert_eq!(parsed("gho_EXAMPLE"), Err(NotOne::Unclear(Unclear::Unlike)));
        assert_eq!(parsed(access.expose()), Err(NotOne::AccessToken));
    }

    #[test]
    fn its_year_begins_when_it_was_stored() {
        let stored_at: Timestamp = "2026-11-24T13:00:00Z".parse().expect("a moment");
        let end = CiTokenMemory::stored(stored_at).end().timestamp().expect("a moment");
        assert_eq!(end.to_string(), "2027-11-24T13:00:00Z");
    }
}
