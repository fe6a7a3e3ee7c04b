//! What is said of a refresh: what became of it, why not, and what to do.

use jiff::{SignedDuration, Timestamp, ZonedDateTime};

use super::moment::{clock, local, utc};
use super::notices::CLAUDE_NOT_FOUND;
use super::sentence::{SIGN_IN, Sentence, capital};
use super::{credential, network};
use crate::domain::credential::Freshness;
use crate::domain::refresh::{
    AnswerFault, Class, ClaudeError, Failure, FailureMemory, Outcome, Remark, Report, WriteError,
};

/// The menu's item.
pub const REFRESH_NOW: &str = "Refresh now";
/// The same while it is at it.
pub const REFRESHING: &str = "Refreshing…";
/// The switch.
pub const AUTOMATICALLY: &str = "Refresh automatically";
/// In mode `never`.
pub const READ_ONLY: &str = "Read-only: refresh.mode is \"never\"";
/// An edit of the token endpoint waits for a click.
pub const NEW_ENDPOINT: &str = "The token endpoint is another one now: choose Refresh now once, or undo the edit";

/// A refresh worked.
pub fn done(at: Timestamp, now: &ZonedDateTime) -> String {
    format!("Refreshed at {}", local(at, now))
}

/// A refresh was not needed.
pub fn adopted(at: Timestamp, now: &ZonedDateTime) -> String {
    format!("Someone else refreshed, seen at {}", local(at, now))
}

/// A refresh did not work.
pub fn failed_at(at: Timestamp, message: &str, now: &ZonedDateTime) -> String {
    format!("Refresh failed at {}: {message}", local(at, now))
}

/// When the next try is due.
pub fn next_try(at: Timestamp, now: &ZonedDateTime) -> String {
    format!("Next try at {}", local(at, now))
}

/// Summary and body of the news that a click worked.
pub fn done_notice(clock: &str) -> (String, String) {
    ("Access token refreshed".to_owned(), capital(clock))
}

/// Summary and body of the news that a click found nothing to do.
pub fn nothing_to_do(clock: &str, error: Option<&Sentence>) -> (String, String) {
    let why = error.map(|error| format!("{}.", capital(&error.message)));
    let body = why.into_iter().chain([capital(clock)]).collect::<Vec<_>>().join("\n");
    ("Nothing to refresh".to_owned(), body)
}

/// Summary and body of a failure.
pub fn failed_notice(error: &Sentence) -> (String, String) {
    let body = format!("{}. What to do: {}.", capital(&error.message), error.action);
    ("Refresh failed".to_owned(), body)
}

const AGAIN: &str =
    "choose Refresh now, or run \"wick refresh\"; Wick's app tries again by itself if it refreshes automatically";
const SPENT: &str = "the sign-in may be spent";
const SPENT_ACTION: &str = "see whether Claude Code still works; if not, run \"claude\" and sign in. \
                            A further refresh settles it: choose Refresh now, or run \"wick refresh --force\"";

/// What there is to say of a refresh.
pub fn remark(remark: &Remark) -> Sentence {
    match remark {
        Remark::Failed(failure) => self::failure(failure),
        Remark::Concern(concern) => credential::concern(concern),
        Remark::Busy => busy(),
        Remark::ReadOnly => read_only(),
        Remark::JournalLeft => journal_left(),
        Remark::EndAssumed => end_assumed(),
        Remark::ClaudeRenewsLate => claude_renews_late(),
        Remark::Crashed => fault(),
    }
}

/// Why a refresh did not work, and what to do.
pub fn failure(failure: &Failure) -> Sentence {
    if let Failure::Waiting(memory) = failure {
        return remembered(memory);
    }
    if failure == &Failure::NoRefreshToken {
        return credential::no_refresh_token();
    }
    let (what, act) = (what(failure), action(failure));
    let what = if failure.class() == Class::Unknown && !matches!(failure, Failure::Lost { .. }) {
        format!("{what}: {SPENT}")
    } else {
        what
    };
    Sentence::new(failure.code(), what, act)
}

/// `what happened: why`, as far as that is known.
fn because(what: &str, why: Option<String>) -> String {
    why.map_or_else(|| what.to_owned(), |why| format!("{what}: {why}"))
}

/// ` (503)`, where the status is known.
fn numbered(status: u16) -> String {
    if status == 0 { String::new() } else { format!(" ({status})") }
}

/// What happened.
fn what(failure: &Failure) -> String {
    match failure {
        Failure::InvalidGrant { spent_before: false } => "the server no longer accepts this sign-in".to_owned(),
        Failure::InvalidGrant { spent_before: true } => {
            "the server no longer accepts this sign-in: an earlier refresh \
                                                         spent it, and was cut off before the answer was stored"
                .to_owned()
        }
        Failure::Offline(why) => because("the server could not be reached", network::error(why)),
        Failure::RateLimited { .. } => "the server has had too many requests (429)".to_owned(),
        Failure::ServerError { status, .. } => format!("the server has a fault of its own{}", numbered(*status)),
        Failure::Refused { status, oauth } => {
            let oauth = oauth.as_ref().map(|code| format!(", {code}")).unwrap_or_default();
            if *status == 0 { "the server refused".to_owned() } else { format!("the server refused ({status}{oauth})") }
        }
        Failure::Redirected { status } => {
            format!("the server pointed elsewhere{}, and a token is not sent after that", numbered(*status))
        }
        Failure::NoAnswer(why) => {
            let why = network::error(why).map(|why| format!(" ({why})")).unwrap_or_default();
            format!("no answer came{why}")
        }
        Failure::BadAnswer { status, what } => {
            let what = match what {
                AnswerFault::TooLong => "too long",
                AnswerFault::NotJson => "not in JSON",
                AnswerFault::NoToken => "without an access token",
                AnswerFault::OtherKind => "of a kind that was not asked for",
            };
            format!("the answer{} is {what}", numbered(*status))
        }
        Failure::Interrupted => "an earlier refresh was cut off before its answer was stored".to_owned(),
        Failure::NotWritable(why) => because("the credential cannot be written, so nothing was sent", write_error(why)),
        Failure::NoJournal(why) => {
            because("Wick's state folder cannot be written, so nothing was sent", write_error(why))
        }
        Failure::Kept(why) => {
            because("the new token is safe in Wick's journal, and not yet where Claude Code looks", write_error(why))
        }
        Failure::Lost(why) => because("the new token could be written nowhere", write_error(why)),
        Failure::ClaudeDidNot { why, instead } => {
            let instead = instead.as_ref().and_then(write_error).map(|why| format!(" ({why})")).unwrap_or_default();
            format!("Claude Code did not refresh: {}{instead}", claude_error(why))
        }
        Failure::NoLock(why) => because("a lock cannot be taken, so nothing was sent", write_error(why)),
        Failure::NoRefreshToken => credential::no_refresh_token().message,
        Failure::Stopped => "Wick was ended before anything was sent".to_owned(),
        Failure::Waiting(memory) => what(&memory.failure),
    }
}

/// What to do about it.
fn action(failure: &Failure) -> String {
    match failure {
        Failure::InvalidGrant { .. } | Failure::Lost { .. } => format!("{SIGN_IN} again"),
        Failure::Offline { .. } | Failure::ServerError { .. } => AGAIN.to_owned(),
        Failure::RateLimited { .. } => "wait some minutes, and refresh again".to_owned(),
        Failure::Refused { .. } => "use Claude Code, which refreshes by itself; look at refresh.token_url".to_owned(),
        Failure::Redirected { .. } => "look at refresh.token_url".to_owned(),
        Failure::NoAnswer { .. } | Failure::BadAnswer { .. } | Failure::Interrupted => SPENT_ACTION.to_owned(),
        Failure::NotWritable { .. } | Failure::NoJournal { .. } => "mend that, and refresh again".to_owned(),
        Failure::Kept { .. } => "mend that; Wick stores it as soon as it can, or run \"wick refresh\"".to_owned(),
        Failure::ClaudeDidNot { .. } => "run \"claude\" and look".to_owned(),
        Failure::NoLock { .. } => "let yourself write in that folder, and refresh again".to_owned(),
        Failure::NoRefreshToken => SIGN_IN.to_owned(),
        Failure::Stopped => "run it again".to_owned(),
        Failure::Waiting(memory) => remembered(memory).action,
    }
}

/// Why a place does not take what it should; `None` where that was not noted.
pub fn write_error(error: &WriteError) -> Option<String> {
    Some(match error {
        WriteError::Unknown => return None,
        WriteError::TooLong(bytes) => format!("the keychain's program takes no line of {bytes} bytes"),
        WriteError::NotAFile(path) => format!("{path} is no regular file"),
        WriteError::OtherOwner(path) => format!("{path} belongs to another user"),
        WriteError::OtherFolder(path) => format!("a link leads to {path}, in another user's folder"),
        WriteError::ReadBackDiffers => "what was read back is not what was written".to_owned(),
        WriteError::Malformed => "what is stored there makes no sense".to_owned(),
        WriteError::LockHeld => "held by another program".to_owned(),
        WriteError::PathTooLong(path) => format!("{path}: the credential's path is too long to be noted"),
        WriteError::Unreadable(problem, location) => credential::problem(problem, location).message,
        WriteError::Program(error) => credential::program(error),
        WriteError::ProgramTimedOut(after) => format!("security did not end within {} s", after.as_secs()),
        WriteError::System(error) => error.to_string(),
    })
}

fn claude_error(error: &ClaudeError) -> String {
    match error {
        ClaudeError::NothingChanged => "it ran, and the credential is what it was".to_owned(),
        ClaudeError::NotFound => CLAUDE_NOT_FOUND.to_owned(),
        ClaudeError::TimedOut(seconds) => format!("it did not end within {seconds} s"),
        ClaudeError::NotRun(detail) => detail.clone(),
    }
}

/// A failure of an earlier try that still stands in the way.
pub fn remembered(memory: &FailureMemory) -> Sentence {
    const TRY: &str = "choose Refresh now, or run \"wick refresh\"";
    const MEND: &str = "mend that, and refresh again; \"wick refresh\" names the file";

    let what = what(&memory.failure);
    match memory.class() {
        Class::Terminal => self::failure(&memory.failure),
        Class::Unknown => Sentence::new("may_be_spent", format!("{what}: {SPENT}"), SPENT_ACTION),
        Class::Transient if memory.server_asked => Sentence::new(
            "waiting",
            format!("{what} and asked to wait until {}", utc(memory.retry_at)),
            "wait; \"wick refresh --force\" does not",
        ),
        // When the next try is due is said where it is known that there will be one.
        Class::Transient => {
            let act = match &memory.failure {
                Failure::NotWritable { .. }
                | Failure::NoJournal { .. }
                | Failure::NoLock { .. }
                | Failure::Kept { .. } => MEND.to_owned(),
                Failure::Offline { .. } | Failure::ServerError { .. } | Failure::RateLimited { .. } => TRY.to_owned(),
                failure => action(failure),
            };
            Sentence::new("waiting", what, act)
        }
    }
}

/// The same under the word for what failed, when it is news.
pub fn failed(memory: &FailureMemory) -> Sentence {
    Sentence { code: memory.failure.code(), ..remembered(memory) }
}

/// Somebody else holds the locks.
pub fn busy() -> Sentence {
    Sentence::new(
        "busy",
        "another program is refreshing this sign-in at the moment",
        "wait a minute; if no Claude Code runs, its lock counts as left behind after that",
    )
}

/// The settings forbid it.
pub fn read_only() -> Sentence {
    Sentence::new(
        "read_only",
        "Wick only reads: refresh.mode is \"never\"",
        "set it to \"direct\" or \"claude\" to let Wick refresh",
    )
}

/// In mode `never` an earlier run's journal stays where it is.
pub fn journal_left() -> Sentence {
    Sentence::new(
        "journal_left",
        "an earlier refresh was not brought to its end, and Wick only reads: refresh.mode is \"never\"",
        "set it to \"direct\" once, and Wick finishes it",
    )
}

/// The server did not say how long the new token lives.
pub fn end_assumed() -> Sentence {
    Sentence::new(
        "expiry_assumed",
        "the server did not say how long the new token lives; one hour is assumed",
        "nothing",
    )
}

/// Claude Code was asked too early.
pub fn claude_renews_late() -> Sentence {
    Sentence::new(
        "claude_renews_late",
        "Claude Code, which is asked to refresh, does so in the last five minutes only",
        "nothing; it is not due yet",
    )
}

/// It ended by a fault of Wick's own.
pub fn fault() -> Sentence {
    Sentence::new(
        "fault",
        "the refresh ended by a fault of Wick's own; the end of wick.log says where",
        "run \"wick doctor\"",
    )
}

/// The first line in the terminal.
pub fn outcome(report: &Report, now: &ZonedDateTime) -> String {
    let end = report.access_end();
    let clock = clock(end, Freshness::of(end, SignedDuration::ZERO, now.timestamp()), now);
    match report.outcome {
        Outcome::Refreshed => format!("Refreshed: {clock}"),
        Outcome::StillFresh => format!("Still fresh: {clock}"),
        Outcome::AlreadyRefreshed => format!("Another program refreshed it already: {clock}"),
        Outcome::Busy => "Busy".to_owned(),
        Outcome::Failed => "Not refreshed".to_owned(),
        Outcome::NotAllowed => "Not allowed".to_owned(),
        Outcome::SignedOut => "Signed out".to_owned(),
        Outcome::NotFound => "No sign-in".to_owned(),
        Outcome::Unreadable => "Unreadable".to_owned(),
    }
}
