//! Why a target, or one of its secrets, did not get what it should: what GitHub or a command answered, and what it means.

use jiff::{SignedDuration, Timestamp};

use crate::domain::grant;
use crate::domain::target::Field;

/// Why something was not sent, or did not arrive. Each has a sentence in [`message::sync`](crate::domain::message::sync).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No GitHub token was found for this host.
    NoToken {
        /// The host, as it is known to `gh`.
        host: String,
        /// What stood in the way where one might have been found.
        why: Option<String>,
    },
    /// What was found is no token: it has characters that no header takes.
    TokenMalformed {
        /// Where it was found.
        source: String,
    },
    /// GitHub does not know the token, or no longer.
    TokenRefused,
    /// GitHub's limits are used up until then.
    Limited {
        /// When it goes on.
        until: Timestamp,
    },
    /// The token may not do this.
    NoPermission(Permission),
    /// The organization wants the token to be authorized for its single sign-on.
    SingleSignOn,
    /// The repository takes no more changes.
    Archived,
    /// It is not there, or the token does not see it.
    NotFound(Permission),
    /// It was there once.
    Gone,
    /// Taken down for legal reasons.
    Unavailable,
    /// It points to another host, and a token is not sent after that.
    Redirected,
    /// Refused for another reason.
    Refused {
        /// The HTTP status.
        status: u16,
        /// GitHub's words, scrubbed.
        said: String,
    },
    /// GitHub's own fault.
    ServerError {
        /// The HTTP status.
        status: u16,
    },
    /// No address, no connection, no TLS.
    Offline(String),
    /// Asked, and no whole answer came.
    NoAnswer(String),
    /// What came is no answer of GitHub's.
    BadAnswer(&'static str),
    /// The key to seal with is none.
    BadKey(&'static str),
    /// The credential has no such field.
    FieldAbsent(Field),
    /// GitHub takes no secret of so many bytes.
    TooLarge {
        /// How many there are.
        bytes: usize,
    },
    /// GitHub does not take this secret.
    Invalid {
        /// Its words, scrubbed.
        said: String,
    },
    /// The end would be told of a token that is not there.
    AfterAnother,
    /// The command's program is not on this computer.
    CommandNotFound {
        /// The program.
        program: String,
    },
    /// The command ended badly.
    CommandFailed {
        /// Its exit code; `None` where a signal ended it.
        code: Option<i32>,
        /// What it said, scrubbed.
        said: String,
    },
    /// The command did not end in time, and was ended.
    CommandTimedOut {
        /// What it was given.
        after: SignedDuration,
    },
    /// The command was ended before it had ended by itself: the program is ending.
    CommandStopped,
    /// The credential changed under our hands, again and again.
    Unsettled,
    /// The credential was no longer usable when this target's turn came.
    NoCredential,
    /// What is sent could not be remembered, so nothing is.
    NotRemembered(String),
    /// The program is ending.
    Stopped,
}

/// What is known of a permission that is missing, in GitHub's own words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permission {
    /// What was said, scrubbed.
    pub said: String,
    /// `X-Accepted-GitHub-Permissions`: what a fine-grained token needs.
    pub needed: Option<String>,
    /// `X-OAuth-Scopes`: what a classic token has. Absent for a fine-grained one.
    pub scopes: Option<String>,
    /// `X-Accepted-OAuth-Scopes`: what a classic token needs.
    pub accepted_scopes: Option<String>,
}

impl Failure {
    /// Whether it is the token's, so that no other target at this GitHub can fare better.
    pub fn concerns_the_token(&self) -> bool {
        matches!(self, Self::NoToken { .. } | Self::TokenMalformed { .. } | Self::TokenRefused | Self::Limited { .. })
    }

    /// Whether the target's other secrets may still fare better.
    pub fn is_of_one_secret(&self) -> bool {
        matches!(self, Self::FieldAbsent(_) | Self::TooLarge { .. } | Self::Invalid { .. } | Self::AfterAnother)
    }

    /// Whether GitHub may have done what it was asked for all the same.
    pub fn may_have_worked(&self) -> bool {
        matches!(self, Self::NoAnswer(_) | Self::BadAnswer(_) | Self::ServerError { .. })
    }

    /// Whether the same may work a moment later.
    pub fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::ServerError { .. } | Self::Offline(_) | Self::NoAnswer(_) | Self::BadAnswer(_) | Self::Unsettled
        )
    }

    /// Whether no later try fares better, until someone has changed something there.
    pub fn needs_the_user(&self) -> bool {
        matches!(
            self,
            Self::NoPermission(_)
                | Self::SingleSignOn
                | Self::Archived
                | Self::NotFound(_)
                | Self::Gone
                | Self::Unavailable
                | Self::Redirected
                | Self::Refused { .. }
                | Self::CommandNotFound { .. }
        )
    }

    /// The word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoToken { .. } => "no_github_token",
            Self::TokenMalformed { .. } => "github_token_malformed",
            Self::TokenRefused => "github_token_refused",
            Self::Limited { .. } => "rate_limited",
            Self::NoPermission(_) => "no_permission",
            Self::SingleSignOn => "sso_required",
            Self::Archived => "archived",
            Self::NotFound(_) => "target_not_found",
            Self::Gone => "gone",
            Self::Unavailable => "unavailable",
            Self::Redirected => "redirected",
            Self::Refused { .. } => "refused",
            Self::ServerError { .. } => "server_error",
            Self::Offline(_) => "offline",
            Self::NoAnswer(_) => "no_answer",
            Self::BadAnswer(_) => "bad_answer",
            Self::BadKey(_) => "bad_key",
            Self::FieldAbsent(_) => "field_absent",
            Self::TooLarge { .. } => "too_large",
            Self::Invalid { .. } => "invalid",
            Self::AfterAnother => "after_another",
            Self::CommandNotFound { .. } => "command_not_found",
            Self::CommandFailed { .. } => "command_failed",
            Self::CommandTimedOut { .. } => "command_timed_out",
            Self::CommandStopped => "command_stopped",
            Self::Unsettled => "unsettled",
            Self::NoCredential => "no_credential",
            Self::NotRemembered(_) => "no_state",
            Self::Stopped => "stopped",
        }
    }
}

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
    /// Which.
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
    /// The HTTP status.
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
    /// What it tells of permissions.
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
            401 => Failure::TokenRefused,
            403 if self.single_sign_on => Failure::SingleSignOn,
            403 if said.contains("archived") => Failure::Archived,
            403 => Failure::NoPermission(self.permission),
            404 => Failure::NotFound(self.permission),
            410 => Failure::Gone,
            422 => Failure::Invalid { said: self.said },
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
    use super::LimitKind::{Primary, Secondary};
    use super::*;

    fn meaning(status: u16, change: fn(&mut Refused)) -> Refusal {
        let mut refused = Refused { status, said: "Forbidden".to_owned(), ..Refused::default() };
        change(&mut refused);
        refused.meaning()
    }

    #[test]
    fn a_limit_is_told_from_a_missing_permission() {
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
        let check = |status, change, code| match meaning(status, change) {
            Refusal::Failure(failure) => assert_eq!(failure.code(), code, "{status}"),
            other => panic!("{status}: {other:?}"),
        };
        check(401, |_| {}, "github_token_refused");
        check(403, |refused| refused.single_sign_on = true, "sso_required");
        check(403, |refused| refused.said = "Repository was archived so is read-only.".to_owned(), "archived");
        check(403, |_| {}, "no_permission");
        check(404, |_| {}, "target_not_found");
        check(409, |_| {}, "server_error");
        check(410, |_| {}, "gone");
        check(418, |_| {}, "refused");
        check(422, |_| {}, "invalid");
        check(451, |_| {}, "unavailable");
        check(302, |_| {}, "redirected");
        check(502, |_| {}, "server_error");
    }
}
