//! One alert, as the command that the user named for them gets it on standard input.

use jiff::Timestamp;
use serde::Serialize;

use crate::domain::sync::scrub::without_tokens;

/// One JSON object. There is never a token in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AlertMessage {
    schema: u32,
    /// `access_token`, `login`, `ci_token`, `signed_out`, `refresh_failed` or `sync_failed`.
    kind: &'static str,
    profile: String,
    /// In a line.
    title: String,
    /// What to do about it.
    body: String,
    /// When the clock ends that it warns of.
    ends_at: Option<Timestamp>,
    /// Until then; negative afterwards.
    seconds_left: Option<i64>,
}

impl AlertMessage {
    /// Of an alert in words, at `now`.
    pub fn new(
        kind: &'static str,
        profile: &str,
        (title, body): (&str, &str),
        ends_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Self {
        let seconds_left = ends_at.map(|end| end.duration_since(now).as_secs());
        let (title, body) = (without_tokens(title), without_tokens(body));
        Self { schema: 1, kind, profile: profile.to_owned(), title, body, ends_at, seconds_left }
    }

    #[expect(clippy::missing_panics_doc, reason = "texts and numbers are always JSON")]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("texts and numbers are JSON")
    }
}
