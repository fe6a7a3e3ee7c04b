//! What is noted before a refresh token is spent and after its answer came, so that no crash in between loses a sign-in.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::grant::{Grant, GrantRequest};
use crate::domain::fingerprint::Fingerprint;
use crate::domain::secret::Secret;
use crate::domain::time::EpochMillis;

/// How long an access token is taken to live where the server does not say: short enough that it is refreshed in time.
const ASSUMED_LIFE_MILLIS: i64 = 3_600_000;

/// What is noted before sending.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// The version of the format.
    pub schema: u32,
    /// Whose credential, as [`Location`](super::source::Location) is displayed.
    pub source: String,
    /// The refresh token that is about to be spent.
    pub spent: Fingerprint,
    /// When.
    pub at: Timestamp,
}

/// What has to be stored: the answer, with its spans counted from the moment it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTokens {
    /// The new access token.
    pub access_token: Secret,
    /// The new refresh token, or the old one where that stays good.
    pub refresh_token: Secret,
    /// When the access token ends.
    pub expires_at: EpochMillis,
    /// Whether that end was said by the server.
    pub end_is_known: bool,
    /// When the sign-in ends.
    pub login_expires_at: Option<EpochMillis>,
    /// What was granted, where the server said so.
    pub scopes: Option<Vec<String>>,
    /// What was asked for; needed where the store has lost it.
    pub asked_scopes: Vec<String>,
    /// Which account.
    pub account_uuid: Option<String>,
    /// Which organization.
    pub organization_uuid: Option<String>,
}

impl NewTokens {
    /// What an answer gives that came at `now` to this request.
    pub fn of(grant: Grant, request: &GrantRequest, now: Timestamp) -> Self {
        let after = |millis: i64| EpochMillis(now.as_millisecond().saturating_add(millis));
        let millis = |life: jiff::SignedDuration| i64::try_from(life.as_millis()).unwrap_or(i64::MAX);
        Self {
            access_token: grant.access_token,
            refresh_token: grant.refresh_token.unwrap_or_else(|| request.refresh_token.clone()),
            expires_at: after(grant.lives.map_or(ASSUMED_LIFE_MILLIS, millis)),
            end_is_known: grant.lives.is_some(),
            login_expires_at: grant.login_lives.map(|life| after(millis(life))),
            scopes: grant.scopes,
            asked_scopes: request.scopes.clone(),
            account_uuid: grant.account_uuid,
            organization_uuid: grant.organization_uuid,
        }
    }

    /// As the journal holds it.
    #[expect(clippy::missing_panics_doc, reason = "texts and numbers are always JSON")]
    pub fn to_json(&self) -> Secret {
        let wire = Wire {
            access_token: Cow::from(self.access_token.expose()),
            refresh_token: Cow::from(self.refresh_token.expose()),
            expires_at: self.expires_at.0,
            end_is_known: self.end_is_known,
            login_expires_at: self.login_expires_at.map(|end| end.0),
            scopes: self.scopes.clone(),
            asked_scopes: self.asked_scopes.clone(),
            account_uuid: self.account_uuid.clone(),
            organization_uuid: self.organization_uuid.clone(),
        };
        Secret::from(serde_json::to_string(&wire).expect("texts and numbers are JSON"))
    }

    /// From the journal; `None` where it was not written to its end.
    pub fn parse(text: &str) -> Option<Self> {
        let wire: Wire<'_> = serde_json::from_str(text).ok()?;
        Some(Self {
            access_token: Secret::from(wire.access_token.into_owned()),
            refresh_token: Secret::from(wire.refresh_token.into_owned()),
            expires_at: EpochMillis(wire.expires_at),
            end_is_known: wire.end_is_known,
            login_expires_at: wire.login_expires_at.map(EpochMillis),
            scopes: wire.scopes,
            asked_scopes: wire.asked_scopes,
            account_uuid: wire.account_uuid,
            organization_uuid: wire.organization_uuid,
        })
    }
}

/// The journal's own form. Lives only within the two functions above, and borrows what it writes: it is the one type whose
/// tokens are plain text.
#[derive(Serialize, Deserialize)]
struct Wire<'a> {
    access_token: Cow<'a, str>,
    refresh_token: Cow<'a, str>,
    expires_at: i64,
    end_is_known: bool,
    login_expires_at: Option<i64>,
    scopes: Option<Vec<String>>,
    asked_scopes: Vec<String>,
    account_uuid: Option<String>,
    organization_uuid: Option<String>,
}

/// What an earlier run left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// What it was about to do.
    pub intent: Intent,
    /// The answer, where it came and was noted.
    pub answer: Option<NewTokens>,
}
