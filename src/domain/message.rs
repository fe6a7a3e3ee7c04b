//! Every sentence that a user can read. One line says what happened, one says what to do.
//!
//! Knows words. Does not know where they are shown. Three kinds stand elsewhere, beside what they are about: the help
//! texts of the commands, what `config.rs` expects of each key, and the system's own words for a failure.

pub mod autostart;
pub mod ci_token;
pub mod config;
pub mod doctor;
pub mod exec;
pub mod github;
pub mod keychain;
pub mod keyring;
pub mod profiles;
pub mod refresh;
pub mod sync;
pub mod targets;

use std::borrow::Cow;

use jiff::{SignedDuration, Timestamp, ZonedDateTime, tz::TimeZone};
use serde::{Deserialize, Serialize};

use super::alert::{Alert, Clock};
use super::credential::{Credential, Malformed};
use super::expiry::{Doubt, Freshness};
use super::source::{Location, Problem, SourceKind};
use super::time::{EpochMillis, short};

/// What happened, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sentence {
    /// A word for programs.
    pub code: Cow<'static, str>,
    /// What happened.
    pub message: String,
    /// What to do.
    pub action: String,
}

impl Sentence {
    /// A sentence of one's own.
    pub fn new(code: &'static str, message: impl Into<String>, action: impl Into<String>) -> Self {
        Self { code: Cow::Borrowed(code), message: message.into(), action: action.into() }
    }
}

/// A command was written in a way that it cannot be.
pub fn usage(what: &str) -> Sentence {
    Sentence::new("usage", what, "see \"wick --help\", or --help after the command's name")
}

const SIGN_IN: &str = "run \"claude\" and sign in";
const TRY_AGAIN: &str = "choose Try again in Wick's menu, and look for a prompt behind other windows";

/// Why the credential could not be read.
pub fn problem(problem: &Problem, location: &Location) -> Sentence {
    let place = &location.place;
    let what = match location.kind {
        SourceKind::File => format!("the file {place}"),
        SourceKind::Keychain => format!("the keychain item \"{place}\""),
    };
    match problem {
        Problem::FolderAbsent => Sentence::new(
            "folder_not_found",
            format!(
                "Claude Code's folder is not there, or is no folder: {}",
                place.rsplit_once('/').map_or("", |(folder, _)| folder)
            ),
            format!("{SIGN_IN}; or set credential.config_dir to what CLAUDE_CONFIG_DIR is"),
        ),
        Problem::Absent => Sentence::new("not_found", format!("no sign-in found: {what} is not there"), SIGN_IN),
        Problem::PermissionDenied => Sentence::new(
            "permission_denied",
            format!("the system does not let you read {what}"),
            format!("make it yours again: chmod 600 '{place}', and check who owns it"),
        ),
        Problem::NotAFile => {
            Sentence::new("not_a_file", format!("{place} is no regular file"), format!("move it away, then {SIGN_IN}"))
        }
        Problem::TooLarge { bytes } => Sentence::new(
            "too_large",
            format!("{what} has {bytes} bytes, more than any sign-in"),
            format!("move it away, then {SIGN_IN}"),
        ),
        Problem::Malformed(malformed) => self::malformed(malformed, &what),
        Problem::KeychainLocked => {
            Sentence::new("keychain_locked", "the keychain is locked", format!("unlock it, then {TRY_AGAIN}"))
        }
        Problem::KeychainDenied => Sentence::new("keychain_denied", format!("reading {what} was refused"), TRY_AGAIN),
        Problem::KeychainTimedOut { after } => Sentence::new(
            "keychain_timed_out",
            format!("the keychain did not answer within {} s", after.as_secs()),
            TRY_AGAIN,
        ),
        Problem::Failed { detail } => Sentence::new(
            "read_failed",
            format!("{what} could not be read: {detail}"),
            "mend that, or set credential.source and credential.config_dir to where the sign-in is",
        ),
    }
}

fn malformed(malformed: &Malformed, what: &str) -> Sentence {
    let again = format!("Wick leaves it as it is; {SIGN_IN} again, which writes it anew");
    match malformed {
        Malformed::Empty => Sentence::new("empty", format!("{what} is empty"), again),
        Malformed::NotText => Sentence::new("not_text", format!("{what} is not text"), again),
        Malformed::NotJson { line, column } => {
            Sentence::new("not_json", format!("{what} breaks off or is not JSON (line {line}, column {column})"), again)
        }
        Malformed::WrongType { member, expected } => Sentence::new(
            "wrong_type",
            format!("{what} is not as Claude Code writes it: {member} is not {expected}"),
            again,
        ),
    }
}

/// Claude Code left its marker for an ended sign-in.
pub fn signed_out(login_ended: Option<&str>) -> Sentence {
    let message = match login_ended {
        Some("time_limit") => "signed out: the sign-in reached its time limit",
        _ => "signed out",
    };
    Sentence::new("signed_out", message, SIGN_IN)
}

/// The place holds other programs' things only.
pub fn no_sign_in() -> Sentence {
    Sentence::new("no_sign_in", "nobody is signed in to Claude here: only other services' sign-ins are stored", SIGN_IN)
}

/// Both clocks have ended.
pub fn sign_in_ended() -> Sentence {
    Sentence::new("sign_in_ended", "the sign-in has ended: it can no longer be refreshed", SIGN_IN)
}

/// Claude Code ignores a credential without scopes.
pub fn no_scopes() -> Sentence {
    Sentence::new("no_scopes", "no scopes are stored: Claude Code takes this for not logged in", SIGN_IN)
}

/// Why a clock is not to be believed.
pub fn doubt(doubt: &Doubt) -> Sentence {
    match doubt {
        Doubt::InSeconds => Sentence::new(
            "expiry_in_seconds",
            "the stored end is in seconds; Claude Code expects milliseconds, and sees a token long expired",
            format!("find out which program wrote it; {SIGN_IN} again"),
        ),
        Doubt::FarAhead => Sentence::new(
            "expiry_far_ahead",
            "the stored end lies further ahead than any token lives",
            "do not rely on the time shown; find out which program wrote it",
        ),
        Doubt::ClockBehind { by } => Sentence::new(
            "clock_behind",
            format!("this computer's clock is behind by at least {}: the time left is shorter than shown", short(*by)),
            "set the clock",
        ),
        Doubt::ClockWentBack { by } => Sentence::new(
            "clock_went_back",
            format!("this computer's clock went back by {}: if it was right before, less time is left", short(*by)),
            "check the clock",
        ),
    }
}

/// A moment as a person nearby says it: the time of day, with the weekday where it is not today, with the date where
/// that is a week away, with the year where it is half a year away.
pub fn local(moment: Timestamp, now: &ZonedDateTime) -> String {
    let moment = moment.to_zoned_datetime(now.time_zone().clone());
    let days = moment.duration_since(now).as_hours().abs() / 24;
    let format = if moment.date() == now.date() {
        "%H:%M"
    } else if days < 6 {
        "%a %H:%M"
    } else if days < 180 {
        "%a %-d %b, %H:%M"
    } else {
        "%-d %b %Y"
    };
    moment.strftime(format).to_string()
}

/// One clock as a sentence without a subject: `3h 12m left, until 14:05`.
pub fn clock(end: Option<EpochMillis>, freshness: Freshness, now: &ZonedDateTime) -> String {
    let moment = end.and_then(EpochMillis::timestamp).map(|moment| local(moment, now));
    match (freshness, moment) {
        (Freshness::Unknown, _) => "end not stored".to_owned(),
        (Freshness::Fresh { left } | Freshness::ExpiringSoon { left }, Some(moment)) => {
            format!("{} left, until {moment}", short(left))
        }
        (Freshness::Fresh { left } | Freshness::ExpiringSoon { left }, None) => format!("{} left", short(left)),
        (Freshness::Expired { .. }, Some(moment)) => format!("expired {moment}"),
        (Freshness::Expired { .. }, None) => "expired".to_owned(),
    }
}

/// The access token's line in menu and terminal.
pub const ACCESS_TOKEN: &str = "Access token";
/// The sign-in's line in menu and terminal.
pub const LOGIN: &str = "Sign-in";
/// The account's line in menu and terminal.
pub const ACCOUNT: &str = "Account";
/// The source's line in menu and terminal.
pub const SOURCE: &str = "Source";

/// The account as far as the credential tells: `Claude Max 20x, account 1a2b3c4d`.
pub fn account(credential: &Credential) -> Option<String> {
    let plan = credential.subscription_type.as_deref().map(|plan| {
        let mut letters = plan.chars();
        let first = letters.next().map(|first| first.to_uppercase().collect::<String>()).unwrap_or_default();
        let size = credential.rate_limit_tier.as_deref().and_then(|tier| tier.rsplit('_').next());
        let size = size.filter(|size| size.ends_with('x') && size.starts_with(|first: char| first.is_ascii_digit()));
        let size = size.map(|size| format!(" {size}")).unwrap_or_default();
        format!("Claude {first}{}{size}", letters.as_str())
    });
    let id = credential.account_uuid.as_deref().map(|id| format!("account {}", id.chars().take(8).collect::<String>()));
    let parts: Vec<String> = plan.into_iter().chain(id).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// The source as a person reads it, with `~` for the home folder.
pub fn source(location: &Location, home: &str) -> String {
    match location.kind {
        SourceKind::Keychain => format!("keychain item \"{}\"", location.place),
        SourceKind::File => match location.place.strip_prefix(home) {
            Some(rest) if rest.starts_with('/') => format!("~{rest}"),
            _ => location.place.clone(),
        },
    }
}

/// The menu's items.
pub mod item {
    /// Opens Claude Code's own sign-in.
    pub const SIGN_IN: &str = "Sign in…";
    /// Asks the keychain once more.
    pub const TRY_AGAIN: &str = "Try again";
    /// Opens the config.
    pub const OPEN_SETTINGS: &str = "Open settings";
    /// Writes the doctor's report and opens it.
    pub const DIAGNOSE: &str = "Diagnose";
    /// Ends Wick.
    pub const QUIT: &str = "Quit Wick";
    /// The button of notifications about the access token.
    pub const REFRESH: &str = "Refresh";
    /// The button that syncs every target.
    pub const SYNC: &str = "Sync";
    /// The same where one has just failed.
    pub const SYNC_AGAIN: &str = "Sync again";
}

/// The title while something other than a time has to be said.
pub mod title {
    /// The access token or the sign-in has ended.
    pub const EXPIRED: &str = "expired";
    /// Nobody is signed in.
    pub const SIGNED_OUT: &str = "signed out";
    /// There is no credential.
    pub const NOT_FOUND: &str = "no sign-in";
    /// The credential cannot be read.
    pub const UNREADABLE: &str = "unreadable";
    /// Nothing has been read yet.
    pub const LOADING: &str = "…";
    /// No end is stored.
    pub const NO_END: &str = "no end";
}

/// Summary and body of a due warning.
pub fn alert(alert: &Alert, now: &ZonedDateTime) -> (String, String) {
    // Said a moment after the threshold, it would otherwise read a minute less.
    let minute = SignedDuration::from_mins(1);
    let left = if alert.left < minute { alert.left } else { alert.left + minute / 2 };
    let until = alert.deadline.timestamp().map(|moment| local(moment, now)).unwrap_or_default();
    match (alert.clock, alert.left.is_positive()) {
        (Clock::Access, true) => (
            format!("Access token: {} left", short(left)),
            format!("Until {until}. Claude Code renews it while in use; copies elsewhere end with it."),
        ),
        (Clock::Access, false) => (
            "Access token expired".to_owned(),
            format!("Since {until}. Claude Code renews it when you next use it; copies elsewhere no longer work."),
        ),
        (Clock::Login, true) => (
            format!("Sign-in: {} left", short(left)),
            format!("Until {until}, and no refresh extends it. To begin a new one, {SIGN_IN} again."),
        ),
        (Clock::CiToken, lives) => ci_token::alert(&short(left), &until, !lives),
        (Clock::Login, false) => ("Sign-in ended".to_owned(), format!("Since {until}. To go on, {SIGN_IN} again.")),
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

/// The worker ended by a fault of its own.
pub const FAULT: &str = "Wick ended by a fault of its own; the end of wick.log in its state folder says where";

/// Standard output takes no more.
pub fn not_printed(detail: &str) -> String {
    format!("wick: the output could not be written: {detail}")
}

/// Summary and body of a click's failure.
pub fn action_failed(what: &str, detail: &str) -> (String, String) {
    (format!("{what}: that did not work"), capital(detail))
}

/// What a missing `claude` means for `Sign in…`.
pub const CLAUDE_NOT_FOUND: &str =
    "Claude Code was not found on this computer. Install it, or run \"claude\" in your terminal and sign in there.";
/// macOS shows none of Wick's notifications.
pub const NOTIFICATIONS_REFUSED: &str = "not allowed in System Settings > Notifications";
/// macOS does not say whether it would show any.
pub const NOTIFICATION_CENTER_SILENT: &str = "Notification Center did not answer within 5 s";
/// What a missing terminal means for `Sign in…`.
pub const NO_TERMINAL: &str = "no terminal program was found. Run \"claude\" in your terminal and sign in there.";

/// A file for which no program was found.
pub fn open_by_hand(path: &str) -> String {
    format!("no program to open files was found: open {path} yourself")
}

/// Another Wick already has the menu bar, and was asked to show itself if someone listened.
pub fn already_running(pid: Option<u32>, asked: bool) -> String {
    let process = pid.map(|pid| format!(" (process {pid})")).unwrap_or_default();
    let what_next = if asked { "it was asked to show both clocks" } else { "look for its candle in the menu bar" };
    format!("Wick is already running{process}: {what_next}")
}

/// Said once in the terminal when the tray is there.
pub const IN_THE_TRAY: &str = "Wick is in the menu bar. Quit it from its menu, or with Ctrl-C here.";
/// Said once in the terminal when no session bus is there.
pub const NO_TRAY: &str = "No menu bar to draw in, so here is the time left, line by line. Ctrl-C ends it.";
/// Said once in the terminal while the bus is there but nobody draws icons.
pub const NO_TRAY_HOST: &str = "No panel shows tray icons here (GNOME needs its AppIndicator extension). Until one does, the time left is printed below.";

/// A moment in UTC for reports that travel to other time zones.
pub fn utc(moment: Timestamp) -> String {
    moment.to_zoned_datetime(TimeZone::UTC).strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// The first letter made a capital, for sentences that begin a line.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
