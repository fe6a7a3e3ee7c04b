//! Words about taking Wick away from this computer.

use super::autostart;
use super::sentence::{Sentence, say};
use super::system::{cure, cure_to_write};
use super::{keyring, profiles};
use crate::domain::autostart::AutostartError;
use crate::domain::keyring::KeyringError;
use crate::domain::settings::Target;
use crate::domain::system::SystemError;
use crate::domain::text::quoted;
use crate::domain::uninstall::{InTheWay, Trace};

const AGAIN: &str = "then run \"wick uninstall\" again";

/// Why nothing is removed yet.
pub fn in_the_way(why: &InTheWay) -> Sentence {
    match why {
        InTheWay::App(pid) => say!("app_running" => "Wick is running{process}", "choose Quit in its menu, {AGAIN}",
            process = pid.map(|pid| format!(" (process {pid})")).unwrap_or_default()),
        InTheWay::Busy(lock) => say!("busy" => "another wick command is running: it has {lock}",
            "wait until it has finished, {AGAIN}"),
        InTheWay::Journal(name) => say!("unfinished_refresh" =>
            "a refresh is not finished, and its journal may have the only token that works",
            "run \"{refresh}\", which finishes it or says what is in its way; {AGAIN}", refresh = profiles::command(name, "refresh")),
    }
}

/// Nothing can be found without it.
pub fn unread(error: &SystemError) -> Sentence {
    say!("no_state" => "what Wick keeps here cannot be read: {error}", "{cure}, {AGAIN}",
        cure = cure(error, || format!("make {} a file of yours that you can read", error.path)))
}

pub fn still_opened(error: &AutostartError) -> Sentence {
    say!("not_removed" => "{why}", "remove it from your login items by hand, {AGAIN}",
        why = autostart::failed(error))
}

pub fn token_left(trace: &Trace, why: &KeyringError) -> Sentence {
    let (why, cure) = keyring::error_and_cure(why);
    say!("not_removed" => "the {what} could not be removed: {why}", "{cure}, {AGAIN}", what = self::trace(trace))
}

pub fn state_left(error: &SystemError) -> Sentence {
    say!("not_removed" => "what Wick remembers could not be removed: {error}", "{cure}, {AGAIN}",
        cure = cure_to_write(error))
}

/// Nobody is there to be asked.
pub fn not_confirmed() -> Sentence {
    say!("not_confirmed" => "nothing was removed, as nobody can be asked here",
        "see \"wick uninstall --dry-run\", then add --yes")
}

/// Something that is removed.
pub fn trace(trace: &Trace) -> String {
    match trace {
        Trace::OpeningAtLogin => "entry that opens Wick at login".to_owned(),
        Trace::CiToken(profile) if profile.is_default() => "one-year token".to_owned(),
        Trace::CiToken(profile) => format!("one-year token of the profile {profile}"),
        Trace::GithubToken(host) => format!("GitHub token that Wick keeps for {host}"),
        Trace::State(folder) => format!("state, log and locks in {folder}"),
    }
}

pub const NOTHING: &str = "Wick keeps nothing on this computer";
pub const WOULD_REMOVE: &str = "To be removed from this computer:";
pub const STAYS: &str = "What stays:";
pub const QUESTION: &str = "Remove these from this computer?";
pub const NOT_REMOVED: &str = "Nothing was removed";

pub fn removed(trace: &Trace) -> String {
    format!("Removed the {}", self::trace(trace))
}

/// It remembers what is to be tried again.
pub const STATE_KEPT: &str = "Wick's state stays until the rest is removed";

/// A file or folder that stays here.
pub fn path_stays(path: &str, is_folder: bool) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-+@%".contains(letter);
    let word = if path.chars().all(is_plain) { path.to_owned() } else { quoted(path) };
    format!("{path}; to delete it: \"{} {word}\"", if is_folder { "rm -r" } else { "rm" })
}

pub const SIGN_IN_STAYS: &str = "Claude Code's sign-in, and the program itself";
pub const REVOKE: &str = "One-year tokens work until they expire; to revoke one, see claude.ai's settings";

/// What deletes what Wick created there.
pub fn delete_command(target: &Target) -> String {
    profiles::command(&target.profile, &format!("targets remove {} --delete-secrets", quoted(&target.to_string())))
}

/// Secrets that stay at a target.
pub fn secrets_stay(target: &str, names: &[String], command: Option<&str>) -> String {
    let how = command.map_or_else(
        || "delete them there by hand".to_owned(),
        |command| format!("to delete them, first run \"{command}\""),
    );
    format!("{} at {target}; {how}", names.join(", "))
}
