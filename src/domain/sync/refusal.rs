//! What an answer of GitHub's means that grants nothing.

use jiff::{SignedDuration, Timestamp};

use super::failure::{Failure, Permission};
use crate::domain::refresh::grant;

/// Why GitHub did not do what it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Too fast: the same may be asked again after a while, and nothing else before.
    Limit(Limit),
    /// The key to seal with is another one since it was asked for; the next try uses it.
    KeyRotated,
    /// Anything else.
    Failure(Failure),
}

impl Refusal {
    /// Whether GitHub may have done what it was asked for all the same.
    pub fn may_have_worked(&self) -> bool {
        matches!(self, Self::Failure(failure) if failure.may_have_worked())
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

/// One of GitHub's limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    pub kind: LimitKind,
    /// How long GitHub asks to wait, where it says so.
    pub wait: Option<SignedDuration>,
}

/// Which of GitHub's limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitKind {
    /// So many requests an hour.
    Primary,
    /// Against bursts; GitHub does not tell its measure.
    Secondary,
}

/// An answer that grants nothing, as far as it matters.
#[derive(Clone, Debug, Default)]
pub struct Refused {
    pub status: u16,
    /// GitHub's words, scrubbed.
    pub said: String,
    /// `Retry-After`.
    pub retry_after: Option<String>,
    /// `X-RateLimit-Remaining`.
    pub remaining: Option<String>,
    /// `X-RateLimit-Reset`: seconds since 1970, on GitHub's clock.
    pub reset: Option<i64>,
    /// `Date`: GitHub's clock, which may differ from ours.
    pub date: Option<Timestamp>,
    /// Whether `X-GitHub-SSO` is there.
    pub single_sign_on: bool,
    /// What its headers say of permissions.
    pub permission: Permission,
}

/// Beyond the moment that GitHub names, whose seconds are whole.
const MARGIN: SignedDuration = SignedDuration::from_secs(1);

impl Refused {
    /// What it means.
    ///
    /// Source: GitHub's documentation, "Rate limits for the REST API" and "Troubleshooting the REST API".
    pub fn meaning(self) -> Refusal {
        if let Some(limit) = self.limit() {
            return Refusal::Limit(limit);
        }
        let said = self.said.to_lowercase();
        Refusal::Failure(match self.status {
            401 => Failure::TokenRefused(Vec::new()),
            403 if self.single_sign_on => Failure::SingleSignOn,
            403 if said.contains("archived") => Failure::Archived,
            403 => Failure::NoPermission(self.permission),
            404 => Failure::NotFound(self.permission),
            410 => Failure::Gone,
            422 => Failure::Invalid(self.said),
            451 => Failure::Unavailable,
            300..=399 => Failure::Redirected,
            // A conflict with another write, or a request that took too long: both pass.
            status @ (408 | 409 | 500..) => Failure::ServerError { status },
            status => Failure::Refused { status, said: self.said },
        })
    }

    fn limit(&self) -> Option<Limit> {
        if !matches!(self.status, 403 | 429) {
            return None;
        }
        let used_up = self.remaining.as_deref().is_some_and(|left| left.trim() == "0");
        let kind = if used_up { LimitKind::Primary } else { LimitKind::Secondary };
        // A moment counts on GitHub's clock alone. A number of seconds needs none.
        let their_now = self.date.unwrap_or(Timestamp::MAX);
        let asked = self.retry_after.as_deref().and_then(|text| grant::retry_after(text, their_now));
        let reset = self.reset.filter(|_| used_up && self.date.is_some());
        let reset = reset.and_then(|second| Timestamp::from_second(second).ok());
        let reset = reset.map(|reset| reset.duration_since(their_now).max(SignedDuration::ZERO) + MARGIN);
        let said = self.said.to_lowercase();
        let is_one = used_up
            || self.status == 429
            || self.retry_after.is_some()
            || said.contains("secondary rate limit")
            || said.contains("rate limit exceeded");
        is_one.then_some(Limit { kind, wait: asked.or(reset) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sync::refusal::LimitKind::{Primary, Secondary};

    fn meaning(status: u16, change: fn(&mut Refused)) -> Refusal {
        let mut refused = Refused { status, said: "Forbidden".to_owned(), ..Refused::default() };
        change(&mut refused);
        refused.meaning()
    }

    #[test]
    fn a_limit_is_no_missing_permission() {
        let check = |status, change, kind, seconds: Option<i64>| {
            let wait = seconds.map(SignedDuration::from_secs);
            assert_eq!(meaning(status, change), Refusal::Limit(Limit { kind, wait }));
        };
        check(429, |_| {}, Secondary, None);
        check(429, |refused| refused.retry_after = Some("7".to_owned()), Secondary, Some(7));
        check(403, |refused| refused.retry_after = Some("7".to_owned()), Secondary, Some(7));
        check(403, |refused| refused.said = "You have exceeded a secondary rate limit.".to_owned(), Secondary, None);
        check(403, |refused| refused.remaining = Some("0".to_owned()), Primary, None);
        check(429, |refused| refused.retry_after = Some("86400".to_owned()), Secondary, Some(86_400));
        let forbidden = Refusal::Failure(Failure::NoPermission(Permission::default()));
        assert_eq!(meaning(403, |refused| refused.remaining = Some("4999".to_owned())), forbidden);
    }

    #[test]
    fn the_reset_counts_on_githubs_own_clock() {
        let refusal = meaning(403, |refused| {
            refused.remaining = Some("0".to_owned());
            // Their clock is an hour behind ours.
            refused.date = Timestamp::from_second(1_800_000_000 - 3600).ok();
            refused.reset = Some(1_800_000_000 - 3600 + 90);
        });
        let wait = Some(SignedDuration::from_secs(91));
        assert_eq!(refusal, Refusal::Limit(Limit { kind: LimitKind::Primary, wait }));
    }

    #[test]
    fn each_status_has_its_meaning() {
        let check =
            |status, change, expected| assert_eq!(meaning(status, change), Refusal::Failure(expected), "{status}");
        let said = || "Forbidden".to_owned();
        check(401, |_| {}, Failure::TokenRefused(Vec::new()));
        check(403, |refused| refused.single_sign_on = true, Failure::SingleSignOn);
        check(403, |refused| refused.said = "Repository was archived so is read-only.".to_owned(), Failure::Archived);
        check(403, |_| {}, Failure::NoPermission(Permission::default()));
        check(404, |_| {}, Failure::NotFound(Permission::default()));
        check(409, |_| {}, Failure::ServerError { status: 409 });
        check(410, |_| {}, Failure::Gone);
        check(418, |_| {}, Failure::Refused { status: 418, said: said() });
        check(422, |_| {}, Failure::Invalid(said()));
        check(451, |_| {}, Failure::Unavailable);
        check(302, |_| {}, Failure::Redirected);
        check(502, |_| {}, Failure::ServerError { status: 502 });
    }
}
