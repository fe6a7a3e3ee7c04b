//! The one-year token of `claude setup-token`, which Anthropic documents for CI: how long it lasts, and what one looks like.
//!
//! No server says when it ends. It is made for a year, so its end is estimated from the day it was stored.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::domain::secret::Secret;
use crate::domain::time::EpochMillis;

/// A year, as Anthropic's documentation of `claude setup-token` says.
pub const LIFE: SignedDuration = SignedDuration::from_hours(365 * 24);
/// So long before its estimated end it is warned of.
pub const ALERTS: [SignedDuration; 3] =
    [SignedDuration::from_hours(30 * 24), SignedDuration::from_hours(7 * 24), SignedDuration::from_hours(24)];

/// How tokens of this kind begin; an access token of a sign-in does too.
const BEGINNING: &str = "sk-ant-oat01-";
/// How a refresh token begins, which must not be taken for one.
const REFRESH_TOKEN: &str = "sk-ant-ort";
/// How a key of the API begins.
const API_KEY: &str = "sk-ant-api";

/// What is remembered of a stored one, beside the token itself, which lies in the keychain or keyring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CiTokenMemory {
    /// When it was given to Wick.
    pub stored_at: Timestamp,
}

impl CiTokenMemory {
    /// When it ends, by estimate.
    pub fn end(&self) -> EpochMillis {
        EpochMillis::from(self.stored_at.checked_add(LIFE).unwrap_or(Timestamp::MAX))
    }
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
    /// Nothing, or more than a token.
    NoToken,
    /// It buys new tokens once, and is lost to whoever had it.
    RefreshToken,
    /// It is paid for by use, and has another place in CI.
    ApiKey,
    /// It looks like nothing that Anthropic gives.
    Unlike,
    /// It is the access token of the sign-in on this computer, which lives for hours.
    AccessToken,
}

/// The token in what was read. `access_token` is that of the sign-in here, which looks alike.
pub fn parse(text: &Secret, access_token: Option<&Secret>) -> Result<Secret, NotOne> {
    let token = text.as_token().ok_or(NotOne::NoToken)?;
    match token.expose() {
        text if text.starts_with(REFRESH_TOKEN) => Err(NotOne::RefreshToken),
        text if text.starts_with(API_KEY) => Err(NotOne::ApiKey),
        text if !text.starts_with(BEGINNING) => Err(NotOne::Unlike),
        _ if access_token == Some(&token) => Err(NotOne::AccessToken),
        _ => Ok(token),
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
        let access = secret("sk-ant-oat01-EXAMPLE-ACCESS");
        let parsed = |text: &str| parse(&secret(text), Some(&access));
        assert_eq!(parsed(" sk-ant-oat01-EXAMPLE\n"), Ok(secret("sk-ant-oat01-EXAMPLE")));
        assert_eq!(parsed(""), Err(NotOne::NoToken));
        assert_eq!(parsed("sk-ant-oat01-EXAMPLE and more"), Err(NotOne::NoToken));
        assert_eq!(parsed("sk-ant-ort01-EXAMPLE"), Err(NotOne::RefreshToken));
        assert_eq!(parsed("sk-ant-api03-EXAMPLE"), Err(NotOne::ApiKey));
        assert_eq!(parsed("gho_EXAMPLE"), Err(NotOne::Unlike));
        assert_eq!(parsed("sk-ant-oat01-EXAMPLE-ACCESS"), Err(NotOne::AccessToken));
    }

    #[test]
    fn its_year_begins_when_it_was_stored() {
        let stored_at: Timestamp = "2026-11-24T13:00:00Z".parse().expect("a moment");
        let end = CiTokenMemory { stored_at }.end().timestamp().expect("a moment");
        assert_eq!(end.to_string(), "2027-11-24T13:00:00Z");
    }
}
