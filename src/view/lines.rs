//! What is there to be read: what is wrong, both clocks, the account, the source.

use jiff::ZonedDateTime;

use crate::domain::credential::{Concern, Freshness};
use crate::domain::state::State;
use crate::domain::time::EpochMillis;
use crate::words::moment::clock as clock_words;
use crate::words::sentence::capital;
use crate::words::{ci_token, config as config_words, credential as credential_words, menu};

/// What is wrong, and what to do, a line each.
pub(super) fn problems(state: &State, now: &ZonedDateTime) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(concern) = state.reading().and_then(|reading| Concern::of(reading, state.seen(), now.timestamp())) {
        let sentence = credential_words::concern(&concern);
        lines.push(capital(&sentence.message));
        lines.push(capital(&sentence.action));
    }
    if let Some(error) = state.config_error() {
        lines.extend(config_words::kept(error, state.settings_were_read()));
    }
    lines
}

/// What is known: both clocks, the account, the source.
pub(super) fn lines(state: &State, now: &ZonedDateTime) -> Vec<String> {
    let Some(reading) = state.reading() else { return Vec::new() };
    let mut lines = Vec::new();
    if let Some(credential) = reading.credential() {
        let clock = |end: Option<EpochMillis>| {
            let window = state.settings().expiry_window();
            clock_words(end, Freshness::of(end, window, now.timestamp()), now)
        };
        lines.push(format!("{}: {}", menu::ACCESS_TOKEN, clock(credential.expires_at)));
        lines.push(format!("{}: {}", menu::LOGIN, clock(credential.login_expires_at)));
        lines.extend(credential_words::account(credential).map(|account| format!("{}: {account}", menu::ACCOUNT)));
    }
    if let Some(memory) = state.ci_token() {
        lines.push(format!("{}: {}", ci_token::CI_TOKEN, ci_token::clock(memory, now)));
    }
    lines.push(format!("{}: {}", menu::SOURCE, credential_words::source(&reading.location, state.home())));
    lines
}
