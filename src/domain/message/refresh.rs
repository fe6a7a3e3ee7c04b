//! What is said of a refresh: what became of it, why not, and what to do.

use jiff::{SignedDuration, Timestamp, ZonedDateTime};

use super::{SIGN_IN, Sentence, local};
use crate::domain::expiry::Freshness;
use crate::domain::refresh::{Class, Failure, FailureMemory, Outcome, Report};
use crate::domain::status::AccessClock;

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
    ("Access token refreshed".to_owned(), super::capital(clock))
}

/// Summary and body of the news that a click found nothing to do.
pub fn nothing_to_do(clock: &str, error: Option<&Sentence>) -> (String, String) {
    let why = error.map(|error| format!("{}.", super::capital(&error.message)));
    let body = why.into_iter().chain([super::capital(clock)]).collect::<Vec<_>>().join("\n");
    ("Nothing to refresh".to_owned(), body)
}

/// Summary and body of a failure.
pub fn failed_notice(error: &Sentence) -> (String, String) {
    let body = format!("{}. What to do: {}.", super::capital(&error.message), error.action);
    ("Refresh failed".to_owned(), body)
}

const AGAIN: &str =
    "choose Refresh now, or run \"wick refresh\"; Wick's app tries again by itself if it refreshes automatically";
const SPENT: &str = "the sign-in may be spent";
const SPENT_ACTION: &str = "see whether Claude Code still works; if not, run \"claude\" and sign in. \
                            A further refresh settles it: choose Refresh now, or run \"wick refresh --force\"";

/// Why a refresh did not work, and what to do.
pub fn failure(failure: &Failure) -> Sentence {
    let say = |message: String, action: &str| Sentence::new(failure.code(), message, action);
    match failure {
        Failure::InvalidGrant => {
            say("the server no longer accepts this sign-in".to_owned(), &format!("{SIGN_IN} again"))
        }
        Failure::SpentBefore => say(
            "the server no longer accepts this sign-in: an earlier refresh spent it, and was cut off before the answer was stored"
                .to_owned(),
            &format!("{SIGN_IN} again"),
        ),
        Failure::Offline(detail) => say(format!("the server could not be reached: {detail}"), AGAIN),
        Failure::RateLimited { .. } => say("the server has had too many requests (429)".to_owned(), "wait some minutes, and refresh again"),
        Failure::ServerError { status, .. } => say(format!("the server has a fault of its own ({status})"), AGAIN),
        Failure::Refused { status, code } => {
            let code = code.as_ref().map(|code| format!(", {code}")).unwrap_or_default();
            say(format!("the server refused ({status}{code})"), "use Claude Code, which refreshes by itself; look at refresh.token_url")
        }
        Failure::Redirected { status } => say(
            format!("the server pointed elsewhere ({status}), and a token is not sent after that"),
            "look at refresh.token_url",
        ),
        Failure::NoAnswer(detail) => say(format!("no answer came ({detail}): {SPENT}"), SPENT_ACTION),
        Failure::BadAnswer { status, what } => {
            say(format!("the answer ({status}) is {what}: {SPENT}"), SPENT_ACTION)
        }
        Failure::Interrupted => {
            say(format!("an earlier refresh was cut off before its answer was stored: {SPENT}"), SPENT_ACTION)
        }
        Failure::NotWritable(detail) => {
            say(format!("the credential cannot be written, so nothing was sent: {detail}"), "mend that, and refresh again")
        }
        Failure::NoJournal(detail) => {
            say(format!("Wick's state folder cannot be written, so nothing was sent: {detail}"), "mend that, and refresh again")
        }
        Failure::Kept(detail) => say(
            format!("the new token is safe in Wick's journal, and not yet where Claude Code looks: {detail}"),
            "mend that; Wick stores it as soon as it can, or run \"wick refresh\"",
        ),
        Failure::Lost(detail) => say(format!("the new token could be written nowhere: {detail}"), &format!("{SIGN_IN} again")),
        Failure::ClaudeDidNot(detail) => say(format!("Claude Code did not refresh: {detail}"), "run \"claude\" and look"),
        Failure::NoLock(detail) => {
            say(format!("a lock cannot be taken, so nothing was sent: {detail}"), "let yourself write in that folder, and refresh again")
        }
        Failure::NoRefreshToken => {
            say("no refresh token is stored, so this access token cannot be refreshed".to_owned(), SIGN_IN)
        }
        Failure::Stopped => say("Wick was ended before anything was sent".to_owned(), "run it again"),
        Failure::Waiting(memory) => remembered(memory),
    }
}

/// A failure of an earlier try that still stands in the way.
pub fn remembered(memory: &FailureMemory) -> Sentence {
    const TRY: &str = "choose Refresh now, or run \"wick refresh\"";
    const MEND: &str = "mend that, and refresh again; \"wick refresh\" names the file";

    let (what, action) = match memory.code.as_str() {
        "rate_limited" => ("the server has had too many requests (429)", TRY),
        "offline" => ("the server could not be reached", TRY),
        "server_error" => ("the server had a fault of its own", TRY),
        "refused" => ("the server refused", "use Claude Code, which refreshes by itself; look at refresh.token_url"),
        "redirected" => ("the server pointed elsewhere", "look at refresh.token_url"),
        "no_answer" => ("no answer came", TRY),
        "bad_answer" => ("the answer made no sense", TRY),
        "interrupted" => ("an earlier refresh was cut off before its answer was stored", TRY),
        "not_writable" => ("the credential could not be written", MEND),
        "no_journal" => ("Wick's state folder could not be written", MEND),
        "no_lock" => ("a lock could not be taken", MEND),
        "kept_in_journal" => ("the new token is in Wick's journal, and not yet where Claude Code looks", MEND),
        "not_stored" => ("the new token could be written nowhere", MEND),
        "claude_did_not" => ("Claude Code did not refresh", "run \"claude\" and look"),
        _ => ("the last refresh failed", TRY),
    };
    match memory.class {
        Class::Terminal => failure(&Failure::InvalidGrant),
        Class::Unknown => Sentence::new("may_be_spent", format!("{what}: {SPENT}"), SPENT_ACTION),
        Class::Transient if memory.server_asked => Sentence::new(
            "waiting",
            format!("{what} and asked to wait until {}", super::utc(memory.retry_at)),
            "wait; \"wick refresh --force\" does not",
        ),
        // When the next try is due is said where it is known that there will be one.
        Class::Transient => Sentence::new("waiting", what, action),
    }
}

/// The same under the word for what failed, when it is news.
pub fn failed(memory: &FailureMemory) -> Sentence {
    Sentence { code: memory.code.clone().into(), ..remembered(memory) }
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

/// Claude Code ran, and the credential is what it was.
pub const CLAUDE_CHANGED_NOTHING: &str = "it ran, and the credential is what it was";

/// Claude Code did not end in time.
pub fn claude_timed_out(seconds: u64) -> String {
    format!("it did not end within {seconds} s")
}

/// It ended by a fault of Wick's own.
pub fn fault() -> Sentence {
    Sentence::new(
        "fault",
        "the refresh ended by a fault of Wick's own; the end of wick.log says where",
        "run \"wick doctor\"",
    )
}

/// What stands where the new token belongs is no credential.
pub const MAKES_NO_SENSE: &str = "what is stored there makes no sense";
/// A place that took what was written, and holds something else.
pub const READ_BACK_DIFFERS: &str = "what was read back is not what was written";
/// A lock that did not come free.
pub const HELD: &str = "held by another program";
/// The journal's entry would not fit its place.
pub const PATH_TOO_LONG: &str = "the credential's path is too long to be noted";

/// Why a file is not written over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileDistrust {
    /// It is a folder, a pipe or the like.
    NotAFile,
    /// It belongs to another user.
    OtherOwner,
    /// A link leads to it into another user's folder.
    OtherFolder,
}

/// Why a file is not written over.
pub fn not_written_over(why: FileDistrust, path: &str) -> String {
    match why {
        FileDistrust::NotAFile => format!("{path} is no regular file"),
        FileDistrust::OtherOwner => format!("{path} belongs to another user"),
        FileDistrust::OtherFolder => format!("a link leads to {path}, in another user's folder"),
    }
}

/// What is wrong with an answer that is none.
pub mod answer {
    /// Longer than any answer.
    pub const TOO_LONG: &str = "too long";
    /// HTML, say, or cut off.
    pub const NOT_JSON: &str = "not in JSON";
    /// JSON of another kind.
    pub const NO_TOKEN: &str = "without an access token";
    /// Another success than 200.
    pub const OTHER_KIND: &str = "of a kind that was not asked for";
}

/// The keychain's program takes lines of a limited length.
pub fn too_long_for_keychain(bytes: usize) -> String {
    format!("the keychain's program takes no line of {bytes} bytes")
}

/// The first line in the terminal.
pub fn outcome(report: &Report, now: &ZonedDateTime) -> String {
    let end = report.access_token.as_ref().and_then(AccessClock::end);
    let clock = super::clock(end, Freshness::of(end, SignedDuration::ZERO, now.timestamp()), now);
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
