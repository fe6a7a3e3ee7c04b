//! What is said of a sync: what became of each target, why not, and what to do.

use jiff::{Timestamp, ZonedDateTime};

use super::moment::local;
use super::sentence::{Sentence, capital};
use super::{credential, sync_failure};
use crate::domain::settings::Target;
use crate::domain::state::notice::SyncEnded;
use crate::domain::sync::{Approval, Cause, Obstacle};
use crate::domain::system::SystemError;

/// What there is to say of `target`, or of one of its secrets.
pub fn cause(cause: &Cause, target: &Target, now: &ZonedDateTime) -> Sentence {
    match cause {
        Cause::Failed(failure) => sync_failure::failure(failure, target, now),
        Cause::Held(approval) => held(*approval),
        Cause::Overwritten => drifted(),
        Cause::AccountChanged => account_changed(),
        Cause::Renamed { from, to } => renamed(from, to),
        Cause::Whole(obstacle) => self::obstacle(obstacle),
    }
}

/// What stands in the way of a sync as a whole.
pub fn obstacle(obstacle: &Obstacle) -> Sentence {
    match obstacle {
        Obstacle::NoTargets => no_targets(),
        Obstacle::Busy => busy(),
        Obstacle::NoState(error) => sync_failure::no_lock(error),
        Obstacle::NotRemembered(error) => not_remembered(error),
        Obstacle::Concern(concern) => credential::concern(concern),
        Obstacle::Expired => expired(),
        Obstacle::Stopped => sync_failure::stopped(),
        Obstacle::Crashed => fault(),
    }
}

/// What waits for the user's approval.
pub fn held(approval: Approval) -> Sentence {
    match approval {
        Approval::RefreshToken => Sentence::new(
            "refresh_token_held",
            "the refresh token waits for your answer whether targets get it",
            "answer in Wick's menu, or set share_refresh_token under [sync] to true or false",
        ),
        Approval::NewPlace => Sentence::new(
            "new_place",
            "this place is new in the settings, and nothing was sent by itself",
            "if you wrote it, choose it in the menu once, or run \"wick sync\"",
        ),
        Approval::OtherAccount => Sentence::new(
            "other_account",
            "it holds another account's sign-in, and nothing was sent by itself",
            "if this account belongs there, choose it in the menu once, or run \"wick sync\"",
        ),
        Approval::Overwrite => Sentence::new(
            "changed_by_someone_else",
            "someone else has changed it, and nothing was sent by itself",
            "find out who writes there too; to write over it, choose it in the menu, or run \"wick sync\"",
        ),
    }
}

/// The account changed while a sync ran.
pub fn account_changed() -> Sentence {
    Sentence::new(
        "other_account",
        "another account signed in while the sync ran, so nothing more was sent",
        "if its sign-in belongs there, run \"wick sync\" again",
    )
}

/// The repository has another name now.
pub fn renamed(from: &str, to: &str) -> Sentence {
    Sentence::new(
        "renamed",
        format!("{from} is called {to} now"),
        format!("write repo = \"{to}\" in the settings: the old name may be given to someone else"),
    )
}

/// The access token has ended.
pub fn expired() -> Sentence {
    Sentence::new(
        "expired",
        "the access token has expired, so nothing was sent",
        "run \"wick refresh\", which says what stands in its way, or use Claude Code for a moment; then sync again",
    )
}

/// A dry run does not refresh.
pub const REFRESHED_FIRST: &str = "\"wick sync\" would refresh the access token first";

/// Someone broke off the question that comes before a sync.
pub const BROKEN_OFF: &str = "Nothing was sent: the question was left open";

/// Another sync runs.
pub fn busy() -> Sentence {
    Sentence::new("busy", "another sync is running", "wait until it has ended")
}

/// What was sent could not be remembered.
pub fn not_remembered(detail: &SystemError) -> Sentence {
    Sentence::new(
        "no_state",
        format!("what was sent could not be remembered: {detail}"),
        "mend that; until then everything is sent again each time",
    )
}

/// A fault of Wick's own.
pub fn fault() -> Sentence {
    Sentence::new(
        "fault",
        "the sync ended by a fault of Wick's own",
        "the end of wick.log in its state folder says where",
    )
}

/// There is nothing to sync to.
pub fn no_targets() -> Sentence {
    Sentence::new(
        "no_targets",
        "no targets are listed",
        "run \"wick targets add\", or write [[targets]] in the settings",
    )
}

/// A name that is not among the targets.
pub fn unknown_target(name: &str, known: &[String]) -> Sentence {
    let known =
        if known.is_empty() { "none are listed".to_owned() } else { format!("listed are {}", known.join(", ")) };
    Sentence::new("unknown_target", format!("no target is called {name}; {known}"), "see \"wick targets list\"")
}

/// A target of another profile.
pub fn other_profile(target: &Target) -> Sentence {
    let profile = &target.profile;
    let option =
        if profile.is_default() { "leave out --profile".to_owned() } else { format!("say --profile {profile}") };
    Sentence::new("other_profile", format!("the target {target} belongs to the profile {profile}"), option)
}

/// The refresh that was to come before the sync did not work.
pub fn refresh_failed(message: &str) -> String {
    format!("The refresh before the sync did not work: {message}; what is stored is sent, as long as it lives")
}

/// GitHub's token ends soon.
pub fn token_ends(at: Timestamp, now: &ZonedDateTime) -> String {
    if at <= now.timestamp() {
        format!("The GitHub token expired {}", local(at, now))
    } else {
        format!("The GitHub token expires {}", local(at, now))
    }
}

/// Summary and body of what became of a sync.
pub fn notice(ended: &SyncEnded, now: &ZonedDateTime) -> (String, String) {
    if let Some(obstacle) = &ended.obstacle {
        let error = self::obstacle(obstacle);
        let body = format!("{}. What to do: {}.", capital(&error.message), error.action);
        return ("Nothing was synced".to_owned(), body);
    }
    if !ended.failed.is_empty() {
        let summary = format!("Sync failed for {} of {}", ended.failed.len(), number(ended.all));
        return (summary, named(&ended.failed, now));
    }
    if !ended.held.is_empty() {
        let summary = if ended.held.len() == 1 { "One target waits" } else { "Targets wait" };
        return (format!("{summary} for your word"), named(&ended.held, now));
    }
    let body = match (ended.synced, ended.unchanged) {
        (0, unchanged) => format!("{}: all as it should be.", number(unchanged)),
        (synced, 0) => format!("{} written.", number(synced)),
        (synced, unchanged) => format!("{} written, {unchanged} unchanged.", number(synced)),
    };
    ("Synced".to_owned(), body)
}

fn named(targets: &[(Target, Option<Cause>)], now: &ZonedDateTime) -> String {
    const NAMED: usize = 5;
    let line = |(target, cause): &(Target, Option<Cause>)| {
        let why = cause.as_ref().map_or_else(String::new, |cause| self::cause(cause, target, now).message);
        format!("{target}: {}.", capital(&why))
    };
    let more = targets.len().saturating_sub(NAMED);
    let more = (more > 0).then(|| format!("And {more} more."));
    targets.iter().take(NAMED).map(line).chain(more).collect::<Vec<_>>().join("\n")
}

/// A number of targets in words.
pub fn number(number: usize) -> String {
    if number == 1 { "1 target".to_owned() } else { format!("{number} targets") }
}

/// A secret that is written over, or would be, though it is not what Wick had written.
fn drifted() -> Sentence {
    Sentence::new(
        "changed_by_someone_else",
        "someone else has changed it since Wick wrote it",
        "find out who writes there too",
    )
}
