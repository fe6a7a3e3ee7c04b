//! What is said of the places that hold secrets: in the menu, by `wick targets`, and of who holds the refresh token.

use jiff::{SignedDuration, Timestamp, ZonedDateTime};

use super::moment::local;
use super::profiles::sync_command;
use crate::domain::settings::kind::{KINDS, Kind};
use crate::domain::settings::{Field, ProfileName, Settings};
use crate::domain::sync::{Approval, Cause, Failure, Standing, TargetState};

/// The switch.
pub const AUTOMATICALLY: &str = "Sync after each change";
/// The question of the refresh token, as a menu's item.
pub const SHARE_QUESTION: &str = "? Give targets the refresh token?";
/// What an answer means, in two honest sentences.
pub const SHARE_MEANING: [&str; 2] = [
    "A refresh token works once: the first job or program that spends it signs you and all the others out.",
    "Without it, targets work for the hours that the access token lives, and you sync again after each refresh.",
];
/// Yes.
pub const SHARE_YES: &str = "Yes, targets get it";
/// No.
pub const SHARE_NO: &str = "No, only the access token and its end";
/// The question at the terminal.
pub const SHARE_PROMPT: &str = "Should targets get the refresh token too?";
/// The question at the terminal of `wick targets add`.
pub const PICK: &str = "Which repositories? Type to search, space to choose, enter to end";

/// The menu's item for all.
pub fn sync_all(number: usize) -> String {
    if number == 1 { "Sync now".to_owned() } else { format!("Sync all {number} targets") }
}

/// The same while it is at it.
pub fn syncing(done: usize, total: usize) -> String {
    format!("Syncing… {done} of {total}")
}

/// The same while GitHub's limits hold it up.
pub fn paused(until: Timestamp, now: &ZonedDateTime) -> String {
    format!("GitHub's limit: goes on at {}", local(until, now))
}

/// A target's line: shape, name, state.
pub fn line(status: &Standing<'_>, now: &ZonedDateTime) -> String {
    format!("{} {}: {}", sign(status.state), status.target, state(status, now))
}

/// A shape for each state, so that no color is needed to tell them apart.
fn sign(word: TargetState) -> char {
    match word {
        TargetState::InSync => '✓',
        TargetState::Stale => '↑',
        TargetState::Drifted => '≠',
        TargetState::Never => '○',
        TargetState::Failed => '✗',
        TargetState::Held => '?',
    }
}

/// The state of a target in words.
pub fn state(status: &Standing<'_>, now: &ZonedDateTime) -> String {
    let why = status.cause.as_ref().map(|cause| short_reason(cause, status, now));
    match status.state {
        TargetState::InSync => match status.synced_at {
            Some(at) => format!("in sync {}", ago(at, now)),
            None => "in sync".to_owned(),
        },
        TargetState::Stale => "out of date".to_owned(),
        TargetState::Drifted => "changed by someone else".to_owned(),
        TargetState::Never => "never synced".to_owned(),
        TargetState::Failed => format!("failed: {}", why.unwrap_or_default()),
        TargetState::Held => format!("held: {}", why.unwrap_or_default()),
    }
}

/// The heading of a group of targets in one state.
pub fn group(word: TargetState, number: usize) -> String {
    let name = match word {
        TargetState::InSync => "In sync",
        TargetState::Stale => "Out of date",
        TargetState::Drifted => "Changed by someone else",
        TargetState::Never => "Never synced",
        TargetState::Failed => "Failed",
        TargetState::Held => "Held",
    };
    format!("{} {name} ({number})", sign(word))
}

/// A cause in the few words that a menu has room for.
fn short_reason(cause: &Cause, status: &Standing<'_>, now: &ZonedDateTime) -> String {
    let short = match cause {
        Cause::Failed(failure) => match failure {
            Failure::NoPermission { .. } => "no permission",
            Failure::NotFound { .. } => "not found",
            Failure::Archived => "archived",
            Failure::SingleSignOn => "single sign-on needed",
            Failure::TokenRefused => "GitHub token refused",
            Failure::NoToken { .. } => "no GitHub token",
            Failure::Limited { .. } => "GitHub's limit",
            Failure::Offline { .. } => "GitHub out of reach",
            Failure::NoAnswer { .. } => "no answer",
            Failure::ServerError { .. } => "GitHub's own fault",
            Failure::CommandFailed { .. } => "the command failed",
            Failure::CommandTimedOut { .. } => "the command took too long",
            Failure::FieldAbsent { .. } => "a field is missing",
            failure => return super::sync_failure::failure(failure, status.target, now).message,
        },
        Cause::Held(Approval::RefreshToken) => "refresh token, your answer is missing",
        Cause::Held(Approval::NewPlace) => "new place",
        Cause::Held(Approval::OtherAccount) | Cause::AccountChanged => "another account's sign-in",
        cause => return super::sync::cause(cause, status.target, now).message,
    };
    short.to_owned()
}

/// How long ago, as a person says it.
pub fn ago(then: Timestamp, now: &ZonedDateTime) -> String {
    let passed = now.timestamp().duration_since(then);
    let minutes = passed.as_mins();
    match minutes {
        ..1 => "just now".to_owned(),
        1..60 => format!("{minutes} min ago"),
        60..1440 => format!("{} h ago", minutes / 60),
        _ if passed < SignedDuration::from_hours(48) => "yesterday".to_owned(),
        _ => format!("{} days ago", minutes / 1440),
    }
}

/// How many places hold the refresh token, beside this computer.
pub fn holders(names: &[&str]) -> String {
    match names {
        [] => "The refresh token is on this computer alone".to_owned(),
        [one] => format!(
            "The refresh token is in 2 places: on this computer and at {one}. Whoever spends it first signs the other out"
        ),
        many => format!(
            "The refresh token is in {} places: on this computer and at {}. Whoever spends it first signs the others out",
            many.len() + 1,
            named(many)
        ),
    }
}

/// The same in the few words that a menu has room for.
pub fn holders_short(number: usize) -> String {
    format!("Refresh token in {} places", number + 1)
}

/// Some of these names, and how many more there are.
pub fn named(names: &[&str]) -> String {
    const NAMED: usize = 5;
    let first = names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    let more = names.len().saturating_sub(NAMED);
    if more == 0 { first } else { format!("{first} and {more} more") }
}

/// `wick targets add` wrote these.
pub fn added(names: &[String], path: &str, profile: &ProfileName) -> String {
    format!(
        "{path} has {} now; \"{}\" sends to {}",
        names.join(", "),
        sync_command(profile),
        if names.len() == 1 { "it" } else { "them" }
    )
}

/// Options that say who in an organization may use a secret, where none was named.
pub const NO_ORGANIZATION: &str = "--visibility and --repository are for secrets that several repositories use, such as an organization's: leave them \
     out";

/// One of those is there already.
pub fn already_there(name: &str) -> String {
    format!("{name} is listed already")
}

/// `wick targets remove` took this out.
pub fn removed(name: &str) -> String {
    format!("{name} is listed no more")
}

/// What it left behind.
pub fn left_behind(names: &[String], is_at_github: bool) -> String {
    let how = if is_at_github {
        "\"--delete-secrets\" would have deleted what Wick created there"
    } else {
        "what a command has kept, Wick cannot delete"
    };
    format!("It still holds {}; {how}", names.join(", "))
}

/// What `--delete-secrets` deleted.
pub fn deleted(names: &[String], left: &[String]) -> String {
    if names.is_empty() && left.is_empty() {
        "Nothing was deleted there: Wick created none of its secrets".to_owned()
    } else if names.is_empty() {
        "Nothing was deleted there".to_owned()
    } else {
        format!("Deleted there: {}", names.join(", "))
    }
}

/// What `--delete-secrets` left, though Wick had created secrets of these names.
pub fn of_others(names: &[String]) -> String {
    format!(
        "Left there, since they were made at another time than Wick's and may be someone else's: {}",
        names.join(", ")
    )
}

/// A target that was written wrongly.
pub fn not_understood(text: &str) -> String {
    let forms: Vec<String> = KINDS.iter().map(Kind::form).collect();
    format!("\"{text}\" is no target; write one of {}, or NAME -- PROGRAM for a command", forms.join(", "))
}

/// Nothing was picked.
pub const NOTHING_PICKED: &str = "Nothing was chosen";
/// There is no terminal to pick in.
pub const NO_TERMINAL: &str = "name the targets to add: without a terminal there is nothing to pick from";
/// The list has nothing to pick from.
pub const NONE_TO_PICK: &str = "the GitHub token sees no repository that could take secrets and is not listed already";
/// The table of no targets; those of other profiles are told of.
pub fn none(settings: &Settings) -> String {
    let mut others: Vec<&str> = settings.targets.iter().map(|target| target.profile.as_str()).collect();
    others.sort_unstable();
    others.dedup();
    if others.is_empty() {
        return "No targets are listed; \"wick targets add\" adds some".to_owned();
    }
    let others = others.join(", ");
    format!("No targets are listed for the profile {}; others have some: {others} (see --profile)", settings.profile)
}
/// Several names before a command.
pub const ONE_COMMAND: &str = "a command takes one name: wick targets add NAME -- PROGRAM";
/// Nobody could use it.
pub const NONE_SELECTED: &str =
    "--visibility selected and --repository NAME, once for each repository that may use it, go together";
/// A mapping that was written wrongly.
pub fn secret_not_understood() -> String {
    let fields: Vec<&str> = Field::NAMES.iter().map(|(name, _)| *name).collect();
    format!("--secret takes NAME=FIELD, such as CLAUDE_ACCESS_TOKEN=accessToken; fields are {}", fields.join(", "))
}
