//! What is said of a refresh: what became of it, why not, and what to do.

use jiff::{SignedDuration, Timestamp, ZonedDateTime};

use super::credential;
use super::moment::{clock, local};
use super::network;
use super::sentence::{SIGN_IN, Sentence, because, capital, numbered, say};
use super::system::cure_to_write;
use crate::domain::credential::Concern;
use crate::domain::refresh::{
    AnswerFault, Class, ClaudeError, Failure, FailureMemory, Outcome, Remark, Report, WriteError,
};
use crate::domain::settings::Field;
use crate::domain::time::after;

pub const REFRESH_NOW: &str = "Refresh now";
pub const REFRESHING: &str = "Refreshing…";
pub const AUTOMATICALLY: &str = "Refresh automatically";
pub const READ_ONLY: &str = "Read-only: refresh.mode is \"never\"";

/// An edit of the token endpoint waits for a click or a command.
pub fn new_endpoint(at_a_terminal: bool) -> String {
    let act = if at_a_terminal { AGAIN } else { CLICK };
    format!("The config names a new token endpoint: {act} once, or undo the edit")
}

pub fn done(at: Timestamp, now: &ZonedDateTime) -> String {
    format!("Refreshed at {}", local(at, now))
}

/// A refresh was not needed.
pub fn adopted(at: Timestamp, now: &ZonedDateTime) -> String {
    format!("Refreshed by another program, seen at {}", local(at, now))
}

pub fn failed_at(at: Timestamp, message: &str, now: &ZonedDateTime) -> String {
    format!("Refresh failed at {}: {message}", local(at, now))
}

pub fn next_try(at: Timestamp, now: &ZonedDateTime) -> String {
    format!("Wick tries again by itself at {}", local(at, now))
}

/// Summary and body of the news that a click worked.
pub fn done_notice(clock: &str) -> (String, String) {
    ("Access token refreshed".to_owned(), capital(clock))
}

/// Summary and body of the news that a click found nothing to do.
pub fn nothing_to_do(clock: &str, error: Option<&Sentence>) -> (String, String) {
    let why = error.map(|error| format!("{}.\n", capital(&error.message))).unwrap_or_default();
    ("Nothing to refresh".to_owned(), format!("{why}{}", capital(clock)))
}

/// Summary and body of a failure, with when it is tried again.
pub fn failed_notice(error: &Sentence, next: Option<String>) -> (String, String) {
    let next = next.map(|next| format!("\n{next}.")).unwrap_or_default();
    ("Refresh failed".to_owned(), format!("{}{next}", error.paragraph()))
}

const AGAIN: &str = "run \"wick refresh\"";
const CLICK: &str = "choose Refresh now";
const SPENT: &str = "the sign-in may no longer work";

/// `message`, and what to do where the sign-in may be spent.
fn spent(code: &'static str, message: &str) -> Sentence {
    let act = |again: &str| {
        format!("see whether Claude Code still works; if not, {SIGN_IN}. Another refresh settles it: {again}")
    };
    Sentence::new(code, message, act("run \"wick refresh --force\"")).or_click(&act(CLICK))
}

/// What there is to say of a refresh that has ended.
pub fn of_report(report: &Report, now: &ZonedDateTime) -> Option<Sentence> {
    let said = remark(report.remark.as_ref()?, now);
    let end =
        report.clocks.and_then(|clocks| clocks.login).filter(|_| report.outcome == Outcome::Failed && !report.kept);
    let is_over = end.is_some_and(|end| !end.time_left(now.timestamp()).is_positive());
    Some(if is_over { after_the_end(said) } else { said })
}

/// Whatever was in the way of a refresh: once the sign-in has expired, another one is of no use.
pub fn after_the_end(said: Sentence) -> Sentence {
    Sentence { action: SIGN_IN.to_owned(), click: String::new(), ..said }
}

/// What there is to say of a refresh.
pub fn remark(remark: &Remark, now: &ZonedDateTime) -> Sentence {
    match remark {
        Remark::Failed(failure) => self::failure(failure, now),
        Remark::Concern(concern) => credential::concern(concern),
        Remark::Busy(None) => say!("busy" => "another Wick is refreshing this sign-in at the moment", "wait a minute"),
        Remark::Busy(Some(path)) => say!("busy" =>
            "another program is refreshing this sign-in at the moment: it holds {path}",
            "wait a minute, after which a lock that stands still is nobody's; if no Claude Code is running, run \
             \"rmdir {path}\""),
        Remark::ReadOnly => say!("read_only" => "Wick only reads: refresh.mode is \"never\"",
            "set it to \"direct\" or \"claude\" to let Wick refresh"),
        Remark::JournalLeft => say!("journal_left" =>
            "an earlier refresh was not finished, and Wick only reads: refresh.mode is \"never\"",
            "set it to \"direct\" once, and Wick finishes it"),
        Remark::EndAssumed => say!("expiry_assumed" =>
            "the server did not say when the new access token expires; one hour is assumed", "nothing"),
        Remark::ClaudeRenewsLate => say!("claude_renews_late" =>
            "Claude Code, which is asked to refresh, does so in the last five minutes only",
            "nothing; it is not due yet"),
        Remark::Crashed => say!("fault" => "Wick crashed during the refresh (a bug); see the end of wick.log",
            "run \"wick doctor\""),
    }
}

/// Why a refresh did not work, and what to do.
pub fn failure(failure: &Failure, now: &ZonedDateTime) -> Sentence {
    match failure {
        Failure::InvalidGrant { spent_before } => invalid_grant(*spent_before),
        Failure::Offline(why) => say!("offline" => "{what}",
            "{AGAIN}", what = because("the server could not be reached", network::error(why)))
        .or_click(CLICK),
        Failure::Certificates(fault) => say!("certificates" =>
            "nothing vouches for the server: {what}, so nothing was sent", "{act}", what = network::certificates(fault),
            act = network::certificates_cure(fault)),
        Failure::RateLimited(wait) => rate_limited(*wait, now),
        Failure::ServerError { status, .. } => say!("server_error" => "the server has a problem{status}",
            "{AGAIN}", status = numbered(*status))
        .or_click(CLICK),
        Failure::Refused { status, oauth } => say!("refused" => "the server refused{status}{oauth}",
            "use Claude Code, which refreshes by itself; check refresh.token_url", status = numbered(*status),
            oauth = oauth.as_ref().map(|code| format!(": {code}")).unwrap_or_default()),
        Failure::Redirected { status } => say!("redirected" =>
            "the server redirects{status}, and a token does not follow", "check refresh.token_url",
            status = numbered(*status)),
        Failure::NoAnswer(why) => spent("no_answer", &format!("no answer came{}: {SPENT}", aside(network::error(why)))),
        Failure::BadAnswer { status, what } => {
            let (status, what) = (numbered(*status), answer(*what));
            spent("bad_answer", &format!("the server's answer{status} is {what}: {SPENT}"))
        }
        Failure::Interrupted => {
            let what = "an earlier refresh was cut off before its answer was stored";
            spent("interrupted", &format!("{what}: {SPENT}"))
        }
        Failure::NotWritable(why) => {
            written("not_writable", "the credential cannot be written, so nothing was sent", why)
        }
        Failure::NoJournal(why) => {
            written("no_journal", "Wick's state folder cannot be used, so nothing was sent", why)
        }
        Failure::NoLock(why) => written("no_lock", "a lock cannot be taken, so nothing was sent", why),
        Failure::Kept(why) => written(
            "kept_in_journal",
            "the new token is safe in Wick's journal, and not yet where Claude Code looks",
            why,
        ),
        Failure::Lost(why) => say!("not_stored" => "{what}",
            "{SIGN_IN} again", what = because("the new token could not be written anywhere", write_error(why))),
        Failure::ClaudeDidNot { why, instead } => claude_did_not(why, instead.as_ref()),
        Failure::Stopped => say!("stopped" =>
            "Wick was stopped before anything was sent", "run \"wick refresh\" again"),
        Failure::GoesToSleep => say!("going_to_sleep" =>
            "this computer was going to sleep, and nothing was sent", "run \"wick refresh\" again"),
        Failure::NoRefreshToken => credential::concern(&Concern::NoRefreshToken),
        Failure::NotAToken => credential::concern(&Concern::NotAToken(Field::RefreshToken)),
        Failure::Waiting(memory) => remembered(memory, now),
    }
}

fn invalid_grant(spent_before: bool) -> Sentence {
    let why =
        if spent_before { ": an earlier refresh used it up, and was cut off before the answer was stored" } else { "" };
    say!("invalid_grant" => "the server no longer accepts this sign-in{why}", "{SIGN_IN} again")
}

fn rate_limited(wait: Option<SignedDuration>, now: &ZonedDateTime) -> Sentence {
    let until = wait.map(|wait| local(after(now.timestamp(), wait), now));
    say!("rate_limited" => "the server has had too many requests (429)", "run \"wick refresh\" {when}",
        when = until.map_or_else(|| "in a few minutes".to_owned(), |until| format!("after {until}")))
}

fn written(code: &'static str, what: &str, why: &WriteError) -> Sentence {
    say!(code => "{what}", "{act}", what = because(what, write_error(why)), act = cure(why))
}

fn claude_did_not(why: &ClaudeError, instead: Option<&WriteError>) -> Sentence {
    let act = match why {
        ClaudeError::NotFound => "install Claude Code, or add it to PATH",
        ClaudeError::NothingChanged | ClaudeError::TimedOut(_) | ClaudeError::NotRun(_) => {
            "run \"claude\" and see what it says"
        }
    };
    say!("claude_did_not" => "Claude Code did not refresh: {text}{instead}", "{act}",
        text = claude_error(why), instead = aside(instead.and_then(write_error)))
}

/// ` (why)`, where that is known.
fn aside(why: Option<String>) -> String {
    why.map(|why| format!(" ({why})")).unwrap_or_default()
}

fn answer(fault: AnswerFault) -> &'static str {
    match fault {
        AnswerFault::TooLong => "too long",
        AnswerFault::NotJson => "not JSON",
        AnswerFault::NoToken => "without an access token",
        AnswerFault::OtherKind => "of a kind that was not asked for",
    }
}

/// Why a place does not take what it should; `None` where that was not noted.
pub fn write_error(error: &WriteError) -> Option<String> {
    Some(match error {
        WriteError::Unknown => return None,
        WriteError::TooLong(bytes) => format!("the keychain's program takes no line of {bytes} bytes"),
        WriteError::Split => "a part of the keychain item lies in a second one, bound to the sign-in".to_owned(),
        WriteError::NotAFile(path) => format!("{path} is not a regular file"),
        WriteError::OtherOwner(path) => format!("{path} belongs to another user"),
        WriteError::OtherFolder(path) => format!("a link leads to {path}, in another user's folder"),
        WriteError::Flagged(path) => format!("{path} is marked as immutable or append-only"),
        WriteError::ReadOnly(path) => format!("{path} is mounted read-only"),
        WriteError::Full(path) => format!("there is no room for {path}"),
        WriteError::Quota(path) => format!("your disk quota has no room for {path}"),
        WriteError::FileLimit(path) => format!("{path} would be longer than a file may be here (ulimit -f)"),
        WriteError::TooLarge(path) => format!("{path} is almost too large to be read"),
        WriteError::ReadBackDiffers => "what was read back is not what was written".to_owned(),
        WriteError::Malformed => "what is stored there is not understood".to_owned(),
        WriteError::LockHeld(path) => format!("{path} is held by another program"),
        WriteError::NotALock(path) => format!("{path} is in the way, and no empty folder that \"rmdir\" could remove"),
        WriteError::PathTooLong(path) => format!("{path}: the credential's path is too long to be noted"),
        WriteError::Unreadable(problem, location) => credential::problem(problem, location).message,
        WriteError::Program(error) => credential::program(error),
        WriteError::System(error) => error.to_string(),
    })
}

/// What to do, so that the place takes it.
fn cure(error: &WriteError) -> String {
    let cure = match error {
        // The memory of a failure does not keep which file it was.
        WriteError::Unknown => return "run \"wick refresh\", which names the file".to_owned(),
        WriteError::NotAFile(path) => format!("move {path} away"),
        WriteError::OtherOwner(path) => format!("make {path} yours"),
        WriteError::OtherFolder(_) => "let the link lead into a folder of yours".to_owned(),
        WriteError::Flagged(path) => {
            format!("take the mark away: \"sudo chattr -ia {path}\", or on a Mac \"chflags nouchg,nouappnd {path}\"")
        }
        WriteError::ReadOnly(path) => format!("have {path} mounted so that it can be written"),
        WriteError::Full(path) => format!("make room where {path} lies"),
        WriteError::Quota(path) => format!("delete files of yours where {path} lies, or ask for a larger quota"),
        WriteError::FileLimit(_) => "start Wick without that limit".to_owned(),
        WriteError::TooLarge(path) => format!("see what makes {path} so large, and remove it"),
        WriteError::LockHeld(path) => {
            format!("wait a minute; if no Claude Code is running, run \"rmdir {path}\"")
        }
        WriteError::NotALock(path) => format!("if no Claude Code is running, move {path} away"),
        WriteError::System(error) => cure_to_write(error),
        WriteError::PathTooLong(_) => "move Claude Code's folder to a shorter path".to_owned(),
        WriteError::TooLong(_)
        | WriteError::Split
        | WriteError::ReadBackDiffers
        | WriteError::Malformed
        | WriteError::Unreadable(..)
        | WriteError::Program(_) => "run \"wick doctor\"".to_owned(),
    };
    format!("{cure}, then run \"wick refresh\"")
}

fn claude_error(error: &ClaudeError) -> String {
    match error {
        ClaudeError::NotFound => "it was not found on this computer".to_owned(),
        ClaudeError::NothingChanged => "it ran, and the credential did not change".to_owned(),
        ClaudeError::TimedOut(seconds) => format!("it did not finish within {seconds} s"),
        ClaudeError::NotRun(detail) => detail.clone(),
    }
}

/// A failure of an earlier try that still stands in the way.
pub fn remembered(memory: &FailureMemory, now: &ZonedDateTime) -> Sentence {
    let sentence = failure(&memory.failure, now);
    match memory.class() {
        Class::Terminal => sentence,
        Class::Unknown => Sentence { code: "may_be_spent", ..sentence },
        Class::Transient if memory.server_asked => say!("waiting" => "{what} and asked to wait until {until}",
            "run \"wick refresh\" then; or try now: run \"wick refresh --force\"", what = sentence.message,
            until = local(memory.retry_at, now)),
        Class::Transient => Sentence { code: "waiting", ..sentence },
    }
}

/// The same under the code of what failed, when it is news.
pub fn failed(memory: &FailureMemory, now: &ZonedDateTime) -> Sentence {
    Sentence { code: failure(&memory.failure, now).code, ..remembered(memory, now) }
}

/// The first line in the terminal.
pub fn outcome(report: &Report, now: &ZonedDateTime) -> String {
    let clock = clock(report.access_end(), now);
    match report.outcome {
        Outcome::Refreshed => format!("Refreshed: {clock}"),
        Outcome::StillFresh => format!("Still fresh: {clock}"),
        Outcome::AlreadyRefreshed => format!("Already refreshed by another program: {clock}"),
        Outcome::Busy => "Busy".to_owned(),
        Outcome::Failed => "Not refreshed".to_owned(),
        Outcome::NotAllowed => "Not allowed".to_owned(),
        Outcome::SignedOut => "Signed out".to_owned(),
        Outcome::NotFound => "No sign-in".to_owned(),
        Outcome::Unreadable => "Unreadable".to_owned(),
    }
}
