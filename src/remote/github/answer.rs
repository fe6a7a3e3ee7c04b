//! An answer of GitHub's, read to its end, and what stands in its headers.

use bytes::Bytes;
use http::response::Parts;
use jiff::civil::DateTime;
use jiff::fmt::rfc2822;
use jiff::{Timestamp, tz::TimeZone};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::domain::secret::Secret;
use crate::domain::sync::scrub::{repeats, scrubbed};
use crate::domain::sync::{AnswerFault, Failure, Permission, Refusal, Refused};

/// All the scopes that GitHub has are some 400 letters.
const LONGEST_NAMES: usize = 600;

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

/// What GitHub says of every refusal. What comes without it is another server's, or a page.
#[derive(Deserialize)]
struct Said {
    message: String,
}

impl Answer {
    pub(super) fn new(head: &Parts, body: Bytes) -> Self {
        Self { status: head.status.as_u16(), moved_to: None, headers: head.headers.clone(), body }
    }

    pub(super) fn length(&self) -> usize {
        self.body.len()
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

    /// The tag of this answer. It is kept and sent back: what is not shaped as GitHub's own are, or has something of this
    /// token in it, is none.
    pub(super) fn etag(&self, token: &Secret) -> Option<String> {
        let etag = self.header("etag").filter(|etag| !repeats(etag, &[token]))?;
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
        self.read(&self.body)
    }

    /// One of what it lists as what it should be.
    pub(super) fn item<T: DeserializeOwned>(&self, item: &RawValue) -> Result<T, Failure> {
        self.read(item.get().as_bytes())
    }

    fn read<T: DeserializeOwned>(&self, json: &[u8]) -> Result<T, Failure> {
        serde_json::from_slice(json).map_err(|_| self.not_githubs())
    }

    /// Says what it is instead of an answer of GitHub's, whatever its status.
    pub(super) fn not_githubs(&self) -> Failure {
        let is_page = self.header("content-type").is_some_and(|kind| kind.starts_with("text/html"));
        let what = match self.body.trim_ascii_start() {
            [] => AnswerFault::Empty,
            [b'<', ..] => AnswerFault::Page,
            _ if is_page => AnswerFault::Page,
            _ => AnswerFault::Broken,
        };
        Failure::BadAnswer { what, status: self.status }
    }

    /// Scopes or permissions in a header; `None` where it has anything else, or something of these secrets.
    pub(super) fn names(&self, header: &str, secrets: &[&Secret]) -> Option<String> {
        let is_of_one = |letter: u8| letter.is_ascii_lowercase() || b"_:=,; ".contains(&letter);
        let text = self.header(header)?.trim().to_owned();
        (text.len() <= LONGEST_NAMES && text.bytes().all(is_of_one) && !repeats(&text, secrets)).then_some(text)
    }

    /// What a refusal means. Nothing of these secrets shows in it, whatever the server repeats of what it was sent.
    pub(super) fn refusal(&self, secrets: &[&Secret]) -> Refusal {
        let Ok(Said { message }) = self.json() else { return self.not_githubs().into() };
        let said = scrubbed(&message, secrets);
        let permission = Permission {
            said: said.clone(),
            needed: self.names("x-accepted-github-permissions", secrets),
            scopes: self.names("x-oauth-scopes", secrets),
            accepted_scopes: self.names("x-accepted-oauth-scopes", secrets),
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
            Answer::new(&head, Bytes::new()).etag(&Secret::from("tok-sentinel-github".to_owned())).is_some()
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
            format!("\"{}\"", hex::encode("sentinel-github")),
        ] {
            assert!(!kept(&etag), "{}", etag.len());
        }
    }
}
