//! What is known of the sign-in at a moment, as one value: what `wick status` prints and what the menu is drawn from.

use jiff::Timestamp;
use serde::Serialize;

use super::ci_token::CiTokenMemory;
use super::credential::{Contents, Credential};
use super::expiry::{Doubt, Freshness, doubt};
use super::message::{self, Sentence};
use super::profile::ProfileName;
use super::refresh::Failure;
use super::settings::Settings;
use super::source::{Location, Problem, Reading};
use super::sync::memory::SyncMemory;
use super::sync::standing::TargetStatus;
use super::time::EpochMillis;

/// The word for the whole: `fresh`, `expiring`, `expired`, `signed_out`, `not_found` or `unreadable`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// The access token lives, or nothing is known of an end.
    Fresh,
    /// It ends within the expiry window.
    Expiring,
    /// It has ended.
    Expired,
    /// Claude Code's place is there, and says that nobody is signed in.
    SignedOut,
    /// There is no such place.
    NotFound,
    /// It is there, and what it says is not known.
    Unreadable,
}

impl Word {
    /// Whether there is a credential to speak of.
    pub fn is_readable(self) -> bool {
        matches!(self, Self::Fresh | Self::Expiring | Self::Expired)
    }
}

/// The JSON object of `wick status --json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Status {
    schema: u32,
    /// The whole in a word.
    pub state: Word,
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
}

/// Where a credential was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Source {
    kind: &'static str,
    location: String,
}

/// The access token's clock; nulls where no end is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AccessClock {
    expires_at: Option<Timestamp>,
    expires_at_ms: Option<i64>,
    seconds_left: Option<i64>,
}

impl AccessClock {
    /// The end, where one is stored.
    pub fn end(&self) -> Option<EpochMillis> {
        self.expires_at_ms.map(EpochMillis)
    }
}

/// The sign-in's clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LoginClock {
    expires_at: Option<Timestamp>,
    seconds_left: i64,
}

/// The one-year token's clock: an estimate, from the day it was stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CiTokenClock {
    stored_at: Timestamp,
    expires_at: Option<Timestamp>,
    seconds_left: i64,
}

impl CiTokenClock {
    fn of(memory: &CiTokenMemory, now: Timestamp) -> Self {
        let end = memory.end();
        Self { stored_at: memory.stored_at, expires_at: end.timestamp(), seconds_left: seconds_left(end, now) }
    }
}

impl Status {
    /// What a reading means at `now`. `seen` is a moment that is known to have passed, for want of a better clock.
    pub fn of(
        reading: &Reading,
        settings: &Settings,
        memory: &SyncMemory,
        seen: Option<Timestamp>,
        now: Timestamp,
    ) -> Self {
        let credential = reading.credential();
        let clock = credential.map(|credential| Freshness::of(credential.expires_at, settings.expiry_window(), now));
        let state = match (&reading.outcome, clock) {
            (_, Some(Freshness::Fresh { .. } | Freshness::Unknown)) => Word::Fresh,
            (_, Some(Freshness::ExpiringSoon { .. })) => Word::Expiring,
            (_, Some(Freshness::Expired { .. })) => Word::Expired,
            (Err(Problem::FolderAbsent | Problem::Absent), None) => Word::NotFound,
            (Err(_), None) => Word::Unreadable,
            (Ok(_), None) => Word::SignedOut,
        };
        Self {
            schema: 1,
            state,
            profile: settings.profile.to_string(),
            source: Source::from(&reading.location),
            access_token: credential.map(|credential| AccessClock::of(credential.expires_at, now)),
            login: credential.and_then(|credential| credential.login_expires_at).map(|end| LoginClock::of(end, now)),
            subscription: credential.and_then(|credential| credential.subscription_type.clone()),
            scopes: credential.map(|credential| credential.scopes.clone()).unwrap_or_default(),
            ci_token: memory.ci_tokens.get(settings.profile.as_str()).map(|memory| CiTokenClock::of(memory, now)),
            targets: targets(settings, memory, credential),
            error: reading.complaint(seen, now),
        }
    }

    /// What stands where nothing could be looked at, such as after an error in the config.
    pub fn failed(location: &Location, profile: &ProfileName, error: Sentence) -> Self {
        Self {
            schema: 1,
            state: Word::Unreadable,
            profile: profile.to_string(),
            source: Source::from(location),
            access_token: None,
            login: None,
            subscription: None,
            scopes: Vec::new(),
            ci_token: None,
            targets: Vec::new(),
            error: Some(error),
        }
    }

    /// The same without what time alone changes, to tell a change from the passing of time.
    #[must_use]
    pub fn without_countdown(mut self) -> Self {
        if let Some(clock) = &mut self.access_token {
            clock.seconds_left = None;
        }
        if let Some(clock) = &mut self.login {
            clock.seconds_left = 0;
        }
        if let Some(clock) = &mut self.ci_token {
            clock.seconds_left = 0;
        }
        // Some say how far a clock is off, which passes with it.
        if let Some(error) = &mut self.error {
            error.message.clear();
        }
        self
    }
}

/// What each target of the profile is known to hold.
pub fn targets(settings: &Settings, memory: &SyncMemory, credential: Option<&Credential>) -> Vec<TargetStatus> {
    let own = settings.own_targets();
    own.map(|target| TargetStatus::of(target, settings, memory, credential)).collect()
}

impl Reading {
    /// The credential, where there is one.
    pub fn credential(&self) -> Option<&Credential> {
        match &self.outcome {
            Ok(Contents::SignedIn(credential)) => Some(credential),
            _ => None,
        }
    }

    /// What is doubtful about it at `now`.
    pub fn doubt(&self, seen: Option<Timestamp>, now: Timestamp) -> Option<Doubt> {
        doubt(self.credential()?.expires_at, self.modified, seen, now)
    }

    /// What is wrong or doubtful about it, in words.
    pub fn complaint(&self, seen: Option<Timestamp>, now: Timestamp) -> Option<Sentence> {
        match &self.outcome {
            Ok(Contents::SignedIn(credential)) => {
                let no_scopes = credential.scopes.is_empty().then(message::no_scopes);
                self.doubt(seen, now).map(|doubt| message::doubt(&doubt)).or(no_scopes).or_else(|| {
                    if credential.lives(now) {
                        None
                    } else if credential.login_has_ended(now) {
                        Some(message::sign_in_ended())
                    } else {
                        let is_absent = credential.refresh_token.is_none();
                        is_absent.then(|| message::refresh::failure(&Failure::NoRefreshToken))
                    }
                })
            }
            Ok(Contents::SignedOut { login_ended }) => Some(message::signed_out(login_ended.as_deref())),
            Ok(Contents::NoSignIn) => Some(message::no_sign_in()),
            Err(problem) => Some(message::problem(problem, &self.location)),
        }
    }
}

impl From<&Location> for Source {
    fn from(location: &Location) -> Self {
        Self { kind: location.kind.word(), location: location.place.clone() }
    }
}

impl AccessClock {
    /// What is known of this end at `now`.
    pub fn of(end: Option<EpochMillis>, now: Timestamp) -> Self {
        Self {
            expires_at: end.and_then(EpochMillis::timestamp),
            expires_at_ms: end.map(|end| end.0),
            seconds_left: end.map(|end| seconds_left(end, now)),
        }
    }
}

impl LoginClock {
    /// What is known of this end at `now`.
    pub fn of(end: EpochMillis, now: Timestamp) -> Self {
        Self { expires_at: end.timestamp(), seconds_left: seconds_left(end, now) }
    }
}

/// Whole seconds, cut down: a token with half a second left has none.
fn seconds_left(end: EpochMillis, now: Timestamp) -> i64 {
    end.0.saturating_sub(now.as_millisecond()).div_euclid(1000)
}
