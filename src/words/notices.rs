//! What notifications say: warnings, and what became of a click.

use jiff::{SignedDuration, ZonedDateTime};

use super::credential::signed_out;
use super::menu::item;
use super::moment::local;
use super::sentence::{SIGN_IN, capital};
use super::{autostart, ci_token, refresh, targets};
use crate::domain::action::{Action, ActionError};
use crate::domain::alert::{Alert, Clock};
use crate::domain::time::short;

/// Summary and body of a due warning.
pub fn alert(alert: &Alert, now: &ZonedDateTime) -> (String, String) {
    // Said a moment after the threshold, it would otherwise read a minute less.
    let minute = SignedDuration::from_mins(1);
    let left = short(if alert.left < minute { alert.left } else { alert.left + minute / 2 });
    let until = alert.deadline.timestamp().map(|moment| local(moment, now)).unwrap_or_default();
    match (alert.clock, alert.left.is_positive()) {
        (Clock::Access, true) => (
            format!("Access token: {left} left"),
            format!("Until {until}. Claude Code renews it while in use; copies elsewhere expire with it."),
        ),
        (Clock::Access, false) => (
            "Access token expired".to_owned(),
            format!("Since {until}. Claude Code renews it when you next use it; copies elsewhere no longer work."),
        ),
        (Clock::Login, true) => (
            format!("Sign-in: {left} left"),
            format!("Until {until}, and no refresh extends it. For a new one, {SIGN_IN} again."),
        ),
        (Clock::Login, false) => ("Sign-in expired".to_owned(), format!("Since {until}. To go on, {SIGN_IN} again.")),
        (Clock::CiToken, lives) => ci_token::alert(&left, &until, !lives),
    }
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
    (format!("{}: that did not work", chosen(action)), capital(&action_error(error)))
}

/// What was chosen, as the menu names it.
fn chosen(action: Action) -> &'static str {
    match action {
        Action::ShowClocks | Action::SyncTarget(_) | Action::SyncAll => item::SYNC,
        Action::SignIn => item::SIGN_IN,
        Action::TryAgain => item::TRY_AGAIN,
        Action::Refresh => item::REFRESH,
        Action::SwitchAutostart => autostart::OPEN_AT_LOGIN,
        Action::SwitchAutomatic => refresh::AUTOMATICALLY,
        Action::SwitchAutomaticSync => targets::AUTOMATICALLY,
        Action::ShareRefreshToken(_) => targets::SHARE_QUESTION,
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
            "no terminal program was found. Run \"claude\" in your terminal and sign in there.".to_owned()
        }
        ActionError::NoOpener { path } => format!("no program to open files was found: open {path} yourself"),
        ActionError::Autostart(error) => autostart::error(error),
        ActionError::Failed(detail) => detail.clone(),
    }
}
