//! An answer of GitHub's, read to its end, and what stands in its headers.

use bytes::Bytes;
use http::response::Parts;
use jiff::civil::DateTime;
use jiff::fmt::rfc2822;
use jiff::{Timestamp, tz::TimeZone};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::domain::secret::Secret;
use crate::domain::sync::scrub::scrubbed;
use crate::domain::sync::{AnswerFault, Failure, Permission, Refusal, Refused};

/// A whole answer.
pub(super) struct Answer {
    pub(super) status: u16,
    /// The path that answered, where it is another one than was asked for.
    pub(super) moved_to: Option<String>,
    headers: http::HeaderMap,
    body: Bytes,
}

/// The members of `GET /user` that matter.
#[derive(Deserialize)]
pub(super) struct Login {
    pub(super) login: String,
}

/// The members of a repository that matter.
#[derive(Deserialize)]
pub(super) struct Repository {
    pub(super) id: u64,
    pub(super) full_name: String,
    #[serde(default)]
    pub(super) archived: bool,
    #[serde(default)]
    pub(super) permissions: Permissions,
}

/// What the token's owner may do with it.
#[derive(Default, Deserialize)]
pub(super) struct Permissions {
    #[serde(default)]
    pub(super) push: bool,
}

/// What GitHub says of a refusal.
#[derive(Default, Deserialize)]
struct Said {
    #[serde(default)]
    message: String,
}

impl Answer {
    pub(super) fn new(head: &Parts, body: Bytes) -> Self {
        Self { status: head.status.as_u16(), moved_to: None, headers: head.headers.clone(), body }
    }

    pub(super) fn header(&self, name: &str) -> Option<String> {
        self.headers.get(name)?.to_str().ok().map(str::to_owned)
    }

    /// Where it points to, if it does.
    pub(super) fn location(&self) -> Option<String> {
        if (300..400).contains(&self.status) { self.header("location") } else { None }
    }

    /// Whether it is still the one whose tag was sent along.
    pub(super) fn is_unchanged(&self) -> bool {
        self.status == 304
    }

    /// The tag of this answer. It is kept and sent back: what is not shaped as GitHub's own are, is none.
    pub(super) fn etag(&self) -> Option<String> {
        let etag = self.header("etag")?;
        let digits = etag.strip_prefix("W/").unwrap_or(&etag).strip_prefix('"')?.strip_suffix('"')?;
        let fits = (16..=64).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        fits.then_some(etag)
    }

    /// GitHub's clock.
    pub(super) fn date(&self) -> Option<Timestamp> {
        Some(rfc2822::parse(&self.header("date")?).ok()?.timestamp())
    }

    /// When the token ends: `2027-03-01 08:00:00 UTC`, or with an offset in place of `UTC`.
    pub(super) fn token_expires(&self) -> Option<Timestamp> {
        let text = self.header("github-authentication-token-expiration")?;
        match text.strip_suffix(" UTC") {
            Some(civil) => Some(civil.parse::<DateTime>().ok()?.to_zoned_datetime(TimeZone::UTC).ok()?.timestamp()),
            None => Timestamp::strptime("%Y-%m-%d %H:%M:%S %z", &text).ok(),
        }
    }

    /// The body as what it should be.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_slice(&self.body).map_err(|_| Failure::BadAnswer { what: self.what_it_is() })
    }

    /// What something is that is no answer of GitHub's.
    pub(super) fn what_it_is(&self) -> AnswerFault {
        let is_page = self.header("content-type").is_some_and(|kind| kind.starts_with("text/html"));
        match self.body.trim_ascii_start() {
            [] => AnswerFault::Empty,
            [b'<', ..] => AnswerFault::Page,
            _ if is_page => AnswerFault::Page,
            _ => AnswerFault::Broken,
        }
    }

    /// What a refusal means. Nothing of these secrets shows in it, whatever the server repeats of what it was sent.
    pub(super) fn refusal(&self, secrets: &[&Secret]) -> Refusal {
        let clean = |text: Option<String>| text.map(|text| scrubbed(&text, secrets));
        let said = serde_json::from_slice::<Said>(&self.body).unwrap_or_default().message;
        let said = scrubbed(&said, secrets);
        let permission = Permission {
            said: said.clone(),
            needed: clean(self.header("x-accepted-github-permissions")),
            scopes: clean(self.header("x-oauth-scopes")),
            accepted_scopes: clean(self.header("x-accepted-oauth-scopes")),
        };
        Refused {
            status: self.status,
            said,
            retry_after: self.header("retry-after"),
            remaining: self.header("x-ratelimit-remaining"),
            reset: self.header("x-ratelimit-reset").and_then(|text| text.trim().parse().ok()),
            date: self.date(),
            single_sign_on: self.headers.contains_key("x-github-sso"),
            permission,
        }
        .meaning()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_kept_only_in_the_shape_of_githubs_own() {
        let digits = "0123456789abcdef0123456789abcdef";
        let kept = |etag: &str| {
            let (head, ()) = http::Response::builder().header("etag", etag).body(()).expect("a header").into_parts();
            Answer::new(&head, Bytes::new()).etag().is_some()
        };
        for etag in [format!("W/\"{digits}\""), format!("\"{digits}\"")] {
            assert!(kept(&etag), "{etag}");
        }
        for etag in [
            format!("{}\"{digits}\"", "W/".repeat(40_000)),
            format!("W/W/\"{digits}\""),
            format!("\"{}\"", digits.repeat(3)),
            "\"sk-ant-oat01-EXAMPLE-EXAMPLE\"".to_owned(),
            digits.to_owned(),
        ] {
            assert!(!kept(&etag), "{}", etag.len());
        }
    }
}
