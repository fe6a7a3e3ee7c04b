//! What is there to be read: what is wrong, both clocks, the account.

use jiff::{Timestamp, ZonedDateTime};

use crate::domain::credential::Concern;
use crate::domain::settings::Field;
use crate::domain::state::State;
use crate::words::{ci_token, config as config_words, credential as words, menu, moment};

/// What is wrong or doubtful about the sign-in.
pub(super) fn concern(state: &State, now: &ZonedDateTime) -> Option<Concern> {
    Concern::of(state.reading()?, state.seen, now.timestamp())
}

/// What is wrong, and what to do, a line each.
pub(super) fn problems(state: &State, now: &ZonedDateTime) -> Vec<String> {
    let config = state.config_error.as_deref().map(|error| config_words::kept(error, state.settings_were_read));
    concern(state, now)
        .map(|concern| words::concern(&concern).lines(state.only_watches))
        .into_iter()
        .chain(config)
        .flatten()
        .collect()
}

/// What comes of the sign-in's end, or has come of it: of the targets, those count that were sent such a token.
pub(super) fn at_the_end(state: &State, now: Timestamp) -> String {
    let ends = |field: Field| field.carries_a_token() && field.ends_with_the_access_token();
    let targets = state.syncing.memory.that_got(&state.settings, ends).len();
    words::at_the_end(state.overruling.first(), targets, subject_of_the_end(state, now) == Subject::SinceItEnded)
}

/// As long as the last access token lives, sessions go on.
fn subject_of_the_end(state: &State, now: Timestamp) -> Subject {
    match state.credential() {
        Some(found) if found.login_has_ended(now) && found.lives(now) => Subject::WhenTheTokenEnds,
        Some(found) if found.login_has_ended(now) => Subject::SinceItEnded,
        _ => Subject::WhenItEnds,
    }
}

/// What a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    AccessToken,
    SignIn,
    WhenItEnds,
    WhenTheTokenEnds,
    SinceItEnded,
    Account,
    CiToken,
}

impl Subject {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::AccessToken => menu::ACCESS_TOKEN,
            Self::SignIn => menu::LOGIN,
            Self::WhenItEnds => menu::WHEN_IT_ENDS,
            Self::WhenTheTokenEnds => menu::WHEN_THE_TOKEN_ENDS,
            Self::SinceItEnded => menu::SINCE_IT_ENDED,
            Self::Account => menu::ACCOUNT,
            Self::CiToken => ci_token::CI_TOKEN,
        }
    }
}

/// What is known, a line each.
pub(super) fn lines(state: &State, now: &ZonedDateTime) -> Vec<String> {
    known(state, now).into_iter().map(|(subject, text)| format!("{}: {text}", subject.word())).collect()
}

/// What is known: both clocks, the account.
pub(super) fn known(state: &State, now: &ZonedDateTime) -> Vec<(Subject, String)> {
    let Some(reading) = state.reading() else { return Vec::new() };
    let (credential, at) = (reading.credential(), now.timestamp());
    let lines = [
        (Subject::AccessToken, credential.map(|credential| moment::clock(credential.expires_at, now))),
        (Subject::SignIn, credential.map(|credential| moment::login(credential.login_expires_at, now))),
        (subject_of_the_end(state, at), state.login_ends_soon(at).then(|| at_the_end(state, at))),
        (Subject::Account, credential.and_then(words::account)),
        (Subject::CiToken, state.ci_token().map(|memory| ci_token::clock(memory, now))),
    ];
    lines.into_iter().filter_map(|(subject, text)| Some((subject, text?))).collect()
}
