//! What notifications say: warnings, and what became of a click.

use jiff::ZonedDateTime;

use super::credential::signed_out;
use super::menu::{ACCESS_TOKEN, LOGIN, item};
use super::moment::{ANY_TIME, local, range};
use super::sentence::{SIGN_IN, capital};
use super::{autostart, ci_token, refresh, sharing, targets};
use crate::domain::action::{Action, ActionError};
use crate::domain::alert::{Alert, Clock};
use crate::domain::credential::LOGIN_UNCERTAINTY;
use crate::domain::time::{EpochMillis, short};

/// Summary and body of a due warning; `then` says what comes of the sign-in's end, and `is_over` whether that has passed.
pub fn alert(alert: &Alert, is_over: bool, then: &str, now: &ZonedDateTime) -> (String, String) {
    let left = short(alert.left);
    let until = alert.deadline.timestamp().map(|moment| local(moment, now)).unwrap_or_default();
    let lives = alert.left.is_positive();
    let (clock, body) = match (alert.clock, lives) {
        (Clock::Access, lives) if is_over => {
            let since = if lives { "Until" } else { "Since" };
            (ACCESS_TOKEN, format!("{since} {until}. The sign-in has expired, so nothing renews it: {SIGN_IN} again."))
        }
        (Clock::Access, true) => (
            ACCESS_TOKEN,
            format!("Until {until}. Claude Code renews it while in use; copies elsewhere expire with it."),
        ),
        (Clock::Access, false) => {
            const THEN: &str = "Claude Code renews it when you next use it; copies elsewhere no longer work.";
            (ACCESS_TOKEN, format!("Since {until}. {THEN}"))
        }
        (Clock::Login, _) => return login(alert, &left, then, now),
        (Clock::CiToken, lives) => (ci_token::CI_TOKEN, ci_token::alert(&until, !lives)),
    };
    (if lives { self::left(clock, &left) } else { expired(clock) }, body)
}

/// The sign-in's end is some days wide.
fn login(alert: &Alert, left: &str, then: &str, now: &ZonedDateTime) -> (String, String) {
    let from = alert.deadline;
    let latest = EpochMillis(from.0.saturating_add(i64::try_from(LOGIN_UNCERTAINTY.as_millis()).unwrap_or(i64::MAX)));
    let between = from.timestamp().zip(latest.timestamp());
    let to = latest.timestamp().map(|moment| local(moment, now)).unwrap_or_default();
    if alert.left.is_positive() {
        let between = between.map(|(from, to)| range(from, to, now)).unwrap_or_default();
        let body =
            format!("It ends between {between}, and no refresh extends it: {then}. For a new one, {SIGN_IN} again.");
        (self::left(LOGIN, left), body)
    } else if alert.left > -LOGIN_UNCERTAINTY {
        (
            format!("{LOGIN} {ANY_TIME}"),
            format!("{} at the latest: {then}. For a new one, {SIGN_IN} again.", capital(&to)),
        )
    } else {
        (expired(LOGIN), format!("Since {to}. To go on, {SIGN_IN} again."))
    }
}

/// Summary of a warning that a clock runs out.
pub fn left(clock: &str, left: &str) -> String {
    format!("{clock}: {left} left")
}

/// Summary of the news that it has.
pub fn expired(clock: &str) -> String {
    format!("{clock} expired")
}

/// Summary and body of the news that Claude Code gave up the sign-in.
pub fn signed_out_notice(login_ended: Option<&str>) -> (String, String) {
    let sentence = signed_out(login_ended);
    ("Signed out of Claude".to_owned(), format!("{}. To go on, {}.", capital(&sentence.message), sentence.action))
}

/// Summary of a notification that shows what the menu shows.
pub fn clocks_summary(headline: &str) -> String {
    format!("Wick: {headline}")
}

/// Summary and body of a click's failure.
pub fn action_failed(action: Action, error: &ActionError) -> (String, String) {
    (did_not_work(chosen(action)), capital(&action_error(error)))
}

pub fn did_not_work(item: &str) -> String {
    format!("{item}: that did not work")
}

/// What was chosen, as the menu names it.
fn chosen(action: Action) -> &'static str {
    match action {
        Action::ShowClocks | Action::SyncTarget(_) | Action::SyncAll => item::SYNC,
        Action::SignIn => item::SIGN_IN,
        Action::NewCiToken => item::NEW_CI_TOKEN,
        Action::SetUp => item::SET_UP,
        Action::TryAgain => item::TRY_AGAIN,
        Action::Refresh => item::REFRESH,
        Action::SwitchAutostart => autostart::OPEN_AT_LOGIN,
        Action::SwitchAutomatic => refresh::AUTOMATICALLY,
        Action::SwitchAutomaticSync => targets::AUTOMATICALLY,
        Action::ShareRefreshToken(_) => sharing::QUESTION,
        Action::OpenSettings => item::OPEN_SETTINGS,
        Action::Diagnose => item::DIAGNOSE,
        Action::Quit => item::QUIT,
    }
}

/// Why something that was chosen did not work.
pub fn action_error(error: &ActionError) -> String {
    match error {
        ActionError::ClaudeNotFound => {
            "Claude Code was not found on this computer. Install it, or run \"claude\" in your terminal and sign in there."
                .to_owned()
        }
        ActionError::NoTerminal => {
            "no terminal program could be opened. Run \"claude\" in your terminal and sign in there.".to_owned()
        }
        ActionError::NoOpener(path) => format!("no program on this computer opens it: open {path} yourself"),
        ActionError::Autostart(error) => autostart::error(error),
        ActionError::Failed(detail) => detail.clone(),
    }
}
