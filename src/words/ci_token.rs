//! Words about the one-year token for CI.

use jiff::ZonedDateTime;

use super::keyring;
use super::moment::{dated, local};
use super::profiles::command;
use super::sentence::{Sentence, say};
use super::system::cure_to_write;
use crate::domain::credential::{CheckFailure, CiTokenMemory, FailedCheck, KeptIn, NotOne, NotProven};
use crate::domain::keyring::KeyringError;
use crate::domain::paste::Unclear;
use crate::domain::settings::{CI_TOKEN_NAME, ProfileName};
use crate::domain::system::SystemError;
use crate::domain::time::short;

pub const CI_TOKEN: &str = "One-year token";
pub const PASTE: &str = "Paste the token that \"claude setup-token\" printed";
pub(super) const MAKE_ANEW: &str = "run \"claude setup-token | wick ci-token set\"";

/// Its clock, without a subject.
pub fn clock(memory: &CiTokenMemory, now: &ZonedDateTime) -> String {
    let (end, left) = (memory.end(), memory.end().time_left(now.timestamp()));
    let moment = end.timestamp().map(|moment| local(moment, now)).unwrap_or_default();
    let proof = proof(memory, now).map(|proof| format!("; {proof}")).unwrap_or_default();
    if memory.is_dated_ahead(now.timestamp()) {
        return format!(
            "when it expires is not known: its date, {}, is in the future{proof}",
            local(memory.stored_at, now)
        );
    }
    if left.is_positive() {
        format!("{} left, until about {moment}{proof}", short(left))
    } else {
        format!("expired about {moment}{proof}")
    }
}

/// What its last check came to; nothing where there was none.
fn proof(memory: &CiTokenMemory, now: &ZonedDateTime) -> Option<String> {
    let worked = memory.checked_at.map(|at| format!("worked on {}", dated(at, now)));
    let failed = memory.failed_check.map(|FailedCheck { at, why }| match why {
        NotProven::Revoked => format!("revoked, as a check on {} showed", dated(at, now)),
        NotProven::Refused { .. } => format!("refused on {}", dated(at, now)),
        _ => format!("not checked on {}: {}", dated(at, now), not_proven(&why.into()).message),
    });
    let parts: Vec<String> = worked.into_iter().chain(failed).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// Before a check.
pub const CHECKING: &str = "Asking Claude one short question with the one-year token alone, by \"claude --print\"; this uses a little of your plan";
/// After one that showed that it works.
pub const WORKED: &str = "The one-year token works: Claude answered";

const CHECK_AGAIN: &str = "run \"wick ci-token check\" again";

/// Why a check has not shown that it works.
pub fn not_proven(failure: &CheckFailure) -> Sentence {
    let sentence = match failure.why {
        NotProven::Revoked => {
            say!("token_revoked" => "the one-year token was revoked, and works nowhere any more", "{MAKE_ANEW}")
        }
        NotProven::Refused { status } => say!("token_refused" => "Anthropic refuses the one-year token ({status})",
            "{MAKE_ANEW}; where the organization forbids such tokens, ask its owner"),
        NotProven::Limited => say!("rate_limited" => "a limit of your plan is reached, so no answer came",
            "{CHECK_AGAIN} when the limit is over"),
        NotProven::ServerError { status } => {
            say!("server_error" => "Anthropic's server has a fault of its own ({status})",
            "{CHECK_AGAIN} later")
        }
        NotProven::Network => {
            say!("offline" => "Claude Code could not reach Anthropic", "check the network, then {CHECK_AGAIN}")
        }
        NotProven::NoClaude => say!("claude_not_found" => "Claude Code was not found here",
            "install it, or put it into the PATH, then {CHECK_AGAIN}"),
        NotProven::NotStarted => say!("claude_not_started" => "Claude Code could not be started",
            "run \"claude --version\", which says why; then {CHECK_AGAIN}"),
        NotProven::TimedOut { seconds } => {
            say!("claude_timed_out" => "Claude Code did not answer within {seconds} seconds",
            "check the network, then {CHECK_AGAIN}")
        }
        NotProven::Unclear => say!("claude_unclear" => "Claude Code's answer is not understood",
            "run \"claude update\", then {CHECK_AGAIN}"),
        NotProven::Stopped => say!("stopped" => "the check was broken off", "{CHECK_AGAIN}"),
    };
    sentence.quoting(&failure.said)
}

/// It is stored, and could not be had.
pub fn not_opened(why: &KeyringError) -> Sentence {
    let (why, cure) = keyring::error_and_cure(why);
    say!("not_read" => "the one-year token could not be read: {why}", "{cure}, then {CHECK_AGAIN}")
}

/// What a check came to is said, and not kept.
pub fn check_not_noted(why: &SystemError) -> String {
    format!("wick: the outcome of the check is not kept: {why}")
}

/// Body of a warning.
pub(super) fn alert(until: &str, expired: bool) -> String {
    format!(
        "{} {until}, a year after it was stored. To replace it everywhere, run \"wick ci-token rotate\".",
        if expired { "About" } else { "Until about" }
    )
}

pub fn not_one(why: NotOne) -> Sentence {
    match why {
        NotOne::Unclear(Unclear::Nothing) => say!("no_token" => "no token on standard input", "{MAKE_ANEW}"),
        NotOne::Unclear(Unclear::Half { characters, of }) => say!("half_a_token" =>
            "{characters} characters: this is the first line of a token of some {of}",
            "copy all of its lines at once, or {MAKE_ANEW}"),
        NotOne::Unclear(Unclear::TooLong { characters, of }) => say!("too_long" =>
            "{characters} characters without a break: a token has some {of}", "copy it alone, or {MAKE_ANEW}"),
        NotOne::Unclear(Unclear::Several(count)) => {
            say!("several_tokens" => "{count} different tokens are in this", "copy one of them alone, or {MAKE_ANEW}")
        }
        NotOne::Unclear(Unclear::Unlike) => {
            say!("not_a_ci_token" => "that's not what \"claude setup-token\" prints", "{MAKE_ANEW}")
        }
        NotOne::RefreshToken => {
            say!("refresh_token" => "that's a refresh token: it works once, and CI would sign you out", "{MAKE_ANEW}")
        }
        NotOne::ApiKey => say!("api_key" => "that's an API key, not a setup token", "{MAKE_ANEW}"),
        NotOne::AccessToken => {
            say!("access_token" => "that's the access token of your sign-in, which expires within hours", "{MAKE_ANEW}")
        }
    }
}

pub fn not_read(detail: &str) -> Sentence {
    say!("not_read" => "the one-year token could not be read: {detail}", "pipe it in, or run this in a terminal")
}

/// The question was ended.
pub fn broken_off() -> Sentence {
    say!("not_read" => "nothing was stored", "run the command again when you have the token")
}

pub fn not_kept(why: &KeyringError) -> Sentence {
    let (why, cure) = keyring::error_and_cure(why);
    say!("not_kept" => "the one-year token could not be stored: {why}",
        "{cure}, then run \"wick ci-token set\" again")
}

/// It is kept, and nothing says so.
pub fn not_noted(why: &SystemError) -> Sentence {
    say!("not_noted" => "the one-year token is stored, but its date is not: {why}",
        "{cure}, then run \"wick ci-token set\" again", cure = cure_to_write(why))
}

pub fn not_forgotten(why: &KeyringError) -> Sentence {
    let (why, cure) = keyring::error_and_cure(why);
    say!("not_forgotten" => "the one-year token could not be removed: {why}",
        "{cure}, then run \"wick ci-token clear\" again")
}

pub fn still_noted(why: &SystemError) -> Sentence {
    say!("not_forgotten" => "the one-year token is removed, but its date is not: {why}",
        "{cure}, then run \"wick ci-token clear\" again", cure = cure_to_write(why))
}

pub fn kept(place: &KeptIn, memory: &CiTokenMemory, now: &ZonedDateTime) -> String {
    let place = match place {
        KeptIn::Keychain => "the login keychain".to_owned(),
        KeptIn::Keyring => "the desktop's keyring".to_owned(),
        KeptIn::File(path) => format!("{path}, which only you can read (no keyring answers here)"),
    };
    format!("{CI_TOKEN}: stored in {place}; {} (an estimate: a year from today)", clock(memory, now))
}

/// It is taken, though others are shorter.
pub fn longer_than_others(characters: usize, usual: usize) -> String {
    format!(
        "It has {characters} characters, and others have {usual}: if something else stuck to its end, it will not work; \
         \"wick ci-token check\" says so"
    )
}

/// What to add, so that targets get it.
pub fn hint(mapping_is_there: bool, profile: &ProfileName) -> Option<String> {
    let [init, set] = ["init --gets one-year", &format!("targets set TARGET --secret {CI_TOKEN_NAME}=ciToken")]
        .map(|arguments| command(profile, arguments));
    (!mapping_is_there).then(|| format!("to sync it, run \"{init}\"; or for a target that you have, \"{set}\""))
}

pub fn status(memory: &CiTokenMemory, now: &ZonedDateTime) -> String {
    let (clock, stored) = (clock(memory, now), local(memory.stored_at, now));
    if memory.is_dated_ahead(now.timestamp()) {
        return format!("{CI_TOKEN}: {clock}");
    }
    format!("{CI_TOKEN}: {clock} (an estimate: a year from {stored}, when it was stored)")
}

/// Where its date is in the future.
pub fn set_the_clock() -> String {
    format!("set this computer's clock; if it is right, {MAKE_ANEW}")
}

pub fn none() -> Sentence {
    say!("no_ci_token" => "no one-year token is stored", "{MAKE_ANEW}")
}

/// It was killed while it stored or removed one.
pub fn unsettled() -> Sentence {
    say!("ci_token_unsettled" => "Wick was ended while it stored or removed the one-year token, so nothing is known of it",
        "{MAKE_ANEW}, or \"wick ci-token clear\" to remove it")
}

/// One is stored, and what was noted of it is lost.
pub fn unnoted() -> Sentence {
    say!("ci_token_unsettled" => "a one-year token is stored, and Wick has lost when", "{MAKE_ANEW}, or \"wick ci-token clear\" to remove it")
}

/// What became of the one that was stored.
pub fn forgotten(was_there: bool, was_noted: bool) -> &'static str {
    match (was_there, was_noted) {
        (true, _) => {
            "Removed the one-year token from this computer. It works until it expires; to revoke it now, see \
             claude.ai's settings"
        }
        (false, true) => {
            "Removed the one-year token's date; the token was not found where it was stored. If a keyring has it that \
             does not answer here, run this again in your desktop session"
        }
        (false, false) => "No one-year token is stored",
    }
}
