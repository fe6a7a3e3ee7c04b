//! Words about putting a new one-year token into the place of the old one, everywhere.

use jiff::ZonedDateTime;

use super::ci_token::{self, not_proven};
use super::moment::day;
use super::sentence::{Sentence, named, say};
use super::system::cure_to_write;
use super::{keyring, profiles};
use crate::domain::credential::rotation::Replaced;
use crate::domain::credential::{CheckFailure, NotProven};
use crate::domain::keyring::KeyringError;
use crate::domain::settings::ProfileName;
use crate::domain::system::SystemError;

/// The page on which Anthropic lets people revoke one.
pub const PAGE: &str = "https://claude.ai/settings/claude-code";

fn command(profile: &ProfileName) -> String {
    profiles::command(profile, "ci-token rotate")
}

fn go_on(profile: &ProfileName) -> String {
    format!("run \"{}\" again, which continues where it stopped", command(profile))
}

/// How to end it without Claude Code.
fn without_claude(profile: &ProfileName) -> String {
    format!(
        "give the token to keep (one that \"claude setup-token\" printed, on any computer) to \"{}\", then run \"{}\"",
        profiles::command(profile, "ci-token set"),
        profiles::command(profile, "sync")
    )
}

/// What kept it from its end, in words that are not about this: the next call may reach it.
pub fn unfinished(error: Sentence, profile: &ProfileName) -> Sentence {
    Sentence { action: format!("{}; then {}", error.action, go_on(profile)), ..error }
}

pub const MAKING: &str = "Claude Code makes a new one-year token: sign in in the browser";
pub const GOES_ON: &str = "Going on where the last \"wick ci-token rotate\" was broken off";

/// Beside what is known of the stored token.
pub fn is_unfinished(profile: &ProfileName) -> String {
    format!("It is being replaced: {}. Or end that: {}", go_on(profile), without_claude(profile))
}

/// Cut off where nothing is known of the stored one: the new one may be in its place.
pub fn unsettled(profile: &ProfileName, is_rotating: bool) -> Sentence {
    let usual = ci_token::unsettled();
    if !is_rotating {
        return usual;
    }
    let action = format!("{}; or to end that, {}", go_on(profile), without_claude(profile));
    Sentence { message: "Wick was ended while it changed the one-year token".to_owned(), action, ..usual }
}

/// Nobody is there to be asked.
pub fn not_confirmed() -> Sentence {
    say!("not_confirmed" => "nothing was done, as nobody can be asked here", "add --yes, with the new token on standard input")
}

/// Another one is at work, perhaps in a terminal that was forgotten.
pub fn under_way() -> Sentence {
    say!("busy" => "another \"wick ci-token rotate\" is running, so nothing was done here", "finish it in its terminal, or end it there")
}

/// What is stored is what another command left.
pub fn superseded(profile: &ProfileName) -> Sentence {
    say!("superseded" => "another command stored or removed the one-year token meanwhile, so the new one was not kept",
        "revoke the new one at {PAGE}; or to replace the stored one, run \"{again}\" again",
        again = profiles::command(profile, "ci-token rotate"))
}

/// The answer was no, or none came.
pub fn not_sent(profile: &ProfileName) -> Sentence {
    say!("not_confirmed" => "the new token is stored here, and was not sent", "{go_on}", go_on = go_on(profile))
}

/// Claude Code made none.
pub fn not_made(failure: &CheckFailure, profile: &ProfileName) -> Sentence {
    let action = match failure.why {
        NotProven::NoClaude | NotProven::NotStarted => {
            format!("install Claude Code here; or without it, {}", without_claude(profile))
        }
        _ => {
            format!("see that \"claude --version\" works here, or pipe a new token into \"{} --yes\"", command(profile))
        }
    };
    Sentence { action, ..not_proven(failure) }
}

/// The new one does not work, or that could not be found out.
pub fn new_not_proven(failure: &CheckFailure, profile: &ProfileName) -> Sentence {
    let action = match failure.why {
        why if why.is_of_the_token() => {
            format!("the old token is still in its place; run \"{}\" again for another one", command(profile))
        }
        NotProven::NoClaude | NotProven::NotStarted => {
            format!("install Claude Code here, then {}; or without it, {}", go_on(profile), without_claude(profile))
        }
        _ => format!("the new token is kept, and the old one is still in its place; {}", go_on(profile)),
    };
    Sentence { action, ..not_proven(failure) }
}

/// The new one could not be kept.
pub fn not_kept(why: &KeyringError, profile: &ProfileName) -> Sentence {
    let (why, cure) = keyring::error_and_cure(why);
    say!("not_kept" => "the new one-year token could not be stored: {why}", "{cure}, then {go_on}",
        go_on = go_on(profile))
}

fn places(number: usize) -> String {
    if number == 1 { "1 place".to_owned() } else { format!("{number} places") }
}

/// Places that would get it, were they targets.
pub fn also_found(number: usize) -> String {
    format!("Found a one-year token in {} that Wick does not sync:", places(number))
}

pub const ADD_THEM: &str = "Add all of these to your targets?";

pub fn plan(number: usize) -> String {
    format!("The new token is to go to {}:", places(number))
}

pub fn goes_to(target: &str, secrets: &[&str]) -> String {
    format!("  {target}: {}", secrets.join(", "))
}

pub const SEND: &str = "Send it there now?";
pub const NO_TARGETS: &str = "No target gets the one-year token";

/// What the targets say that they hold.
pub fn verified(number: usize, all: usize) -> String {
    if number == all {
        format!("Checked: the new token is in {}", places(all))
    } else {
        format!("Checked: the new token is in only {number} of {}", places(all))
    }
}

/// A target was written to, and does not say so.
pub fn not_verified(profile: &ProfileName) -> Sentence {
    say!("not_verified" => "some targets do not hold the new token yet", "see what is said of each, then {go_on}",
        go_on = go_on(profile))
}

/// Some places were not looked at.
pub fn not_all_searched(profile: &ProfileName) -> Sentence {
    say!("not_all_searched" => "not every place was searched for the old token", "{go_on}", go_on = go_on(profile))
}

pub fn step_not_noted(why: &SystemError, profile: &ProfileName) -> Sentence {
    say!("not_noted" => "how far this is could not be noted: {why}", "{cure}, then {go_on}",
        cure = cure_to_write(why), go_on = go_on(profile))
}

/// What is left for a person to do.
pub fn revoke(replaced: &Replaced, now: &ZonedDateTime) -> String {
    format!("The old token ({}) still works. Revoke it at {PAGE}", remembered(replaced, now))
}

/// As far as Wick remembers: GitHub does not say what a secret holds.
fn remembered(replaced: &Replaced, now: &ZonedDateTime) -> String {
    let sent = if replaced.places == 0 { String::new() } else { format!(", sent to {}", places(replaced.places)) };
    format!("stored {}{sent}", day(replaced.stored_at, now))
}

/// Places that hold a one-year token and are no targets: it may be the old one.
pub fn still_elsewhere(names: &[String], profile: &ProfileName) -> String {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    format!(
        "Not replaced, as Wick does not sync there: {}. If the old token is in use there, add them before you revoke it, by \
         \"{}\"",
        named(&names, 5, ", "),
        profiles::command(profile, "targets find")
    )
}

/// Places that may hold the old one, for all that the GitHub token may see.
pub fn not_searched(names: &[String]) -> String {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    format!(
        "Not searched, as the GitHub token may not look there: {}. See that the old token is not in use there before you \
         revoke it",
        named(&names, 5, ", ")
    )
}

pub const OPEN_PAGE: &str = "Open that page now?";

pub fn done(number: usize) -> String {
    match number {
        0 => "Done: the new one-year token is in place".to_owned(),
        number => format!("Done: the new one-year token is in place here and in {}", places(number)),
    }
}
