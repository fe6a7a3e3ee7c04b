//! What is known at a moment of the sign-in and of each target: what `wick status` and `wick targets list` print.

use jiff::{SignedDuration, Timestamp, ZonedDateTime};
use serde::Serialize;

use super::clocks::{AccessClock, CiTokenClock, LoginClock};
use crate::domain::credential::{Concern, Contents, Location, Material, Problem};
use crate::domain::refresh::FailureMemory;
use crate::domain::settings::{ProfileName, Settings};
use crate::domain::sync::{Standing, SyncMemory, TargetState, standing};
use crate::domain::time::EpochMillis;
use crate::words::{self, Sentence};

/// The word for the whole: `fresh`, `expiring`, `expired`, `signed_out`, `not_found` or `unreadable`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SignInState {
    /// The access token lives, or nothing is known of an end.
    Fresh,
    /// It ends within the expiry window.
    Expiring,
    Expired,
    /// Claude Code's place is there, and says that nobody is signed in.
    SignedOut,
    /// There is no such place.
    NotFound,
    /// It is there, and could not be read.
    #[default]
    Unreadable,
}

impl SignInState {
    /// What an end means at `now`, with an expiry window of `window` before it. Claude Code uses a token without one, and
    /// never refreshes it.
    fn of(end: Option<EpochMillis>, window: SignedDuration, now: Timestamp) -> Self {
        match end.map(|end| end.time_left(now)) {
            Some(left) if !left.is_positive() => Self::Expired,
            Some(left) if left <= window => Self::Expiring,
            _ => Self::Fresh,
        }
    }

    /// Whether there is a credential to speak of.
    pub fn is_readable(self) -> bool {
        matches!(self, Self::Fresh | Self::Expiring | Self::Expired)
    }
}

/// The JSON object of `wick status --json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Status {
    schema: u32,
    /// The whole in a word.
    pub state: SignInState,
    /// Which profile; `default` where none was named.
    pub profile: String,
    /// Where it was read.
    pub source: Source,
    /// The access token's clock.
    pub access_token: Option<AccessClock>,
    /// The sign-in's clock, where its end is stored.
    pub login: Option<LoginClock>,
    /// The plan, such as `max`.
    pub subscription: Option<String>,
    /// What the access token may be used for.
    pub scopes: Vec<String>,
    /// The one-year token, where one is stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ci_token: Option<CiTokenClock>,
    /// Each place that holds secrets.
    pub targets: Vec<TargetStatus>,
    /// What is wrong or doubtful, and what to do.
    pub error: Option<Sentence>,
    /// The same as a cause.
    #[serde(skip)]
    pub cause: Option<StatusCause>,
}

/// What is wrong or doubtful.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatusCause {
    /// With what was read.
    Concern(Concern),
    /// With the config, in its own words.
    Config(String),
    /// A refresh failed, and that takes the user.
    Refresh(FailureMemory),
}

impl StatusCause {
    /// Whether it is of the same kind as another, whatever is known of either.
    pub fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Concern(one), Self::Concern(other)) => one.is_like(other),
            (Self::Refresh(one), Self::Refresh(other)) => one.failure.is_like(&other.failure),
            (one, other) => std::mem::discriminant(one) == std::mem::discriminant(other),
        }
    }

    fn sentence(&self, now: &ZonedDateTime) -> Sentence {
        match self {
            Self::Concern(concern) => words::credential::concern(concern),
            Self::Config(error) => words::config::invalid(error),
            Self::Refresh(failure) => words::refresh::remembered(failure, now),
        }
    }
}

/// Where a credential was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Source {
    kind: &'static str,
    location: String,
}

impl Status {
    /// What was read means this at `now`. `seen` is a moment that is known to have passed, for want of a better clock.
    pub fn of(
        material: &Material,
        settings: &Settings,
        memory: &SyncMemory,
        seen: Option<Timestamp>,
        now: &ZonedDateTime,
    ) -> Self {
        let (reading, moment) = (&material.sign_in, now.timestamp());
        let credential = reading.credential();
        let state = match &reading.outcome {
            Ok(Contents::SignedIn(found)) => SignInState::of(found.expires_at, settings.expiry_window(), moment),
            Ok(_) => SignInState::SignedOut,
            Err(Problem::FolderAbsent | Problem::Absent) => SignInState::NotFound,
            Err(_) => SignInState::Unreadable,
        };
        let targets = standing::targets(settings, memory, Some(material.tokens()));
        let ci_token = memory.ci_tokens.get(settings.profile.as_str());
        let status = Self {
            access_token: credential.map(|credential| AccessClock::of(credential.expires_at, moment)),
            login: credential.and_then(|found| found.login_expires_at).map(|end| LoginClock::of(end, moment)),
            subscription: credential.and_then(|credential| credential.subscription_type.clone()),
            scopes: credential.map(|credential| credential.scopes.clone()).unwrap_or_default(),
            ci_token: ci_token.map(|memory| CiTokenClock::of(memory, moment)),
            targets: targets.iter().map(|standing| TargetStatus::of(standing, now)).collect(),
            state,
            ..Self::unknown(&reading.location, &settings.profile)
        };
        status.or(Concern::of(reading, seen, moment).map(StatusCause::Concern), now)
    }

    /// The same with this cause, where there is none yet.
    #[must_use]
    pub fn or(mut self, cause: Option<StatusCause>, now: &ZonedDateTime) -> Self {
        if self.cause.is_none() {
            let is_over = self.login.as_ref().is_some_and(|login| login.seconds_left <= 0);
            let said =
                cause.as_ref().map(|cause| (cause.sentence(now), is_over && matches!(cause, StatusCause::Refresh(_))));
            self.error = said.map(|(said, is_over)| if is_over { words::refresh::after_the_end(said) } else { said });
            self.cause = cause;
        }
        self
    }

    /// What stands where nothing could be looked at, such as after an error in the config.
    pub fn failed(location: &Location, profile: &ProfileName, error: Sentence) -> Self {
        Self { error: Some(error), ..Self::unknown(location, profile) }
    }

    fn unknown(location: &Location, profile: &ProfileName) -> Self {
        let source = Source { kind: location.kind.word(), location: location.place.clone() };
        Self { schema: 1, profile: profile.to_string(), source, ..Self::default() }
    }

    /// The same without what time alone changes, to tell a change from the passing of time.
    #[must_use]
    pub fn without_countdown(mut self) -> Self {
        self.access_token.iter_mut().for_each(|clock| clock.seconds_left = None);
        self.login.iter_mut().for_each(|clock| clock.seconds_left = 0);
        self.ci_token.iter_mut().for_each(|clock| clock.seconds_left = None);
        // Some say how far a clock is off, which passes with it.
        if let Some(error) = &mut self.error {
            error.message.clear();
        }
        self.cause = None;
        self
    }
}

/// What a target is known to hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TargetStatus {
    pub target: String,
    /// The whole in a word.
    pub state: TargetState,
    /// When it was last known to hold all that it should.
    pub synced_at: Option<Timestamp>,
    /// Why it is not as it should be.
    pub error: Option<Sentence>,
}

impl TargetStatus {
    /// What is known of a target, in words.
    pub fn of(standing: &Standing<'_>, now: &ZonedDateTime) -> Self {
        Self {
            target: standing.target.to_string(),
            state: standing.state,
            synced_at: standing.synced_at,
            error: standing.cause.as_ref().map(|cause| words::sync::cause(cause, standing.target, now)),
        }
    }
}

/// What `wick targets list --json` prints.
#[derive(Debug, Default, Serialize)]
pub struct TargetsReport<'a> {
    pub targets: Vec<TargetStatus>,
    /// The places that hold the refresh token, beside this computer.
    pub refresh_token_holders: Vec<&'a str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_boundary_is_where_it_should_be() {
        let now = Timestamp::from_second(1_800_000_000).expect("a moment of this century");
        let window = SignedDuration::from_mins(10);
        let check = |millis: i64, expected: SignInState| {
            let end = EpochMillis(now.as_millisecond() + millis);
            assert_eq!(SignInState::of(Some(end), window, now), expected, "{millis} ms left");
        };
        check(600_001, SignInState::Fresh);
        check(600_000, SignInState::Expiring);
        check(1, SignInState::Expiring);
        check(0, SignInState::Expired);
        check(-1, SignInState::Expired);
        assert_eq!(SignInState::of(None, window, now), SignInState::Fresh);
        assert_eq!(SignInState::of(Some(EpochMillis(i64::MIN)), window, now), SignInState::Expired);
    }
}
