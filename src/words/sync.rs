//! What is said of a sync: what became of each target, why not, and what to do.

use jiff::{Timestamp, ZonedDateTime};

use super::moment::local;
use super::sentence::{Sentence, capital, named, say, typed};
use super::system::{cure, cure_to_write};
use super::{credential, sharing, sync_failure};
use crate::domain::settings::Target;
use crate::domain::sync::{Approval, Cause, Obstacle, Report, SecretOutcome, TargetOutcome, TargetReport};
use crate::domain::system::SystemError;
use crate::domain::text::near::one_slip_apart;

/// What there is to say of `target`, or of one of its secrets.
pub fn cause(cause: &Cause, target: &Target, now: &ZonedDateTime) -> Sentence {
    match cause {
        Cause::Failed(failure) => sync_failure::failure(failure, target, now),
        Cause::Held(approval) => held(*approval),
        Cause::Overwritten => say!("changed_by_someone_else" => "someone else has changed it since Wick wrote it",
            "find out who writes there too"),
        Cause::AccountChanged => say!("other_account" =>
            "another account signed in during the sync, so nothing more was sent",
            "if its sign-in belongs there, run \"wick sync\" again"),
        Cause::Renamed { from, to } => say!("renamed" => "{from} is called {to} now",
            "write repo = \"{to}\" in the config: the old name may be given to someone else"),
        Cause::Whole(obstacle) => self::obstacle(obstacle),
    }
}

/// What stands in the way of a sync as a whole.
pub fn obstacle(obstacle: &Obstacle) -> Sentence {
    match obstacle {
        Obstacle::NoTargets => no_targets(),
        Obstacle::Busy => say!("busy" => "another sync is running", "wait until it has finished"),
        Obstacle::NoState(error) => sync_failure::no_lock(error),
        Obstacle::NotRemembered(error) => say!("no_state" => "what was sent could not be remembered: {error}",
            "{act}; until then everything is sent again each time", act = cure_to_write(error)),
        Obstacle::Concern(concern) => credential::concern(concern),
        Obstacle::Expired => say!("expired" => "the access token has expired, so nothing was sent",
            "run \"wick refresh\", which says what is in its way, or use Claude Code for a moment; then sync again"),
        Obstacle::Stopped => sync_failure::stopped(),
        Obstacle::Crashed => sync_failure::crashed("sync"),
    }
}

/// What was sent before cannot be read.
pub fn unread(error: &SystemError) -> Sentence {
    say!("no_state" => "what was synced cannot be read: {error}", "{yours}",
        yours = cure(error, || format!("make {} a file of yours that you can read, or move it away", error.path)))
}

/// What waits for the user's approval.
fn held(approval: Approval) -> Sentence {
    match approval {
        Approval::RefreshToken => say!("refresh_token_held" => "the refresh token is not shared until you decide",
            "decide in Wick's menu or by \"wick sync\" in a terminal, or set share_refresh_token under [sync] to true or \
             false"),
        Approval::Successor => say!("refresh_token_spent" =>
            "the stored refresh token was used up by a refresh that is not finished, so it was not sent",
            "run \"wick refresh\", which finishes it or says what is in its way; then sync again"),
        Approval::NewPlace => say!("new_place" => "this target is new in the config, and nothing was sent by itself",
            "if you added it, run \"wick sync\""),
        Approval::OtherAccount => say!("other_account" =>
            "it holds another account's sign-in, and nothing was sent by itself",
            "if this account belongs there, run \"wick sync\""),
        Approval::Overwrite => say!("changed_by_someone_else" =>
            "someone else has changed it, and nothing was sent by itself",
            "find out who writes there too; to write over it, run \"wick sync\""),
    }
}

pub const REFRESHED_FIRST: &str = "\"wick sync\" would refresh the access token first";

/// A sync that is asked for waits its turn.
pub const WAITS: &str = "Another sync is running; this one begins when it has finished";

/// The question before a sync was left without an answer.
pub const BROKEN_OFF: &str = "Nothing was sent: the question was not answered";

pub fn no_targets() -> Sentence {
    say!("no_targets" => "you have no targets yet", "run \"wick init\", which adds one and syncs to it; or \"wick targets add\"")
}

pub fn unknown_target(name: &str, known: &[String]) -> Sentence {
    if known.is_empty() {
        return Sentence { code: "unknown_target", ..no_targets() };
    }
    let near = one_slip_apart(name, known);
    let act = near.map_or_else(|| "see \"wick targets list\"".to_owned(), |near| format!("did you mean {near}?"));
    let (name, known) = (typed(name), known.join(", "));
    say!("unknown_target" => "no target is called {name}; you have {known}", "{act}")
}

/// A target of another profile.
pub fn other_profile(target: &Target) -> Sentence {
    let profile = &target.profile;
    let option =
        if profile.is_default() { "leave out --profile".to_owned() } else { format!("add --profile {profile}") };
    say!("other_profile" => "the target {target} belongs to the profile {profile}", "{option}")
}

/// The sync goes on with what is stored, where that `lives`.
pub fn refresh_failed(message: &str, lives: bool) -> String {
    let then = if lives { "; the stored access token is sent while it lives" } else { "" };
    format!("The refresh before the sync failed: {message}{then}")
}

/// GitHub's token ends soon.
pub fn token_ends(at: Timestamp, now: &ZonedDateTime) -> String {
    let expires = if at <= now.timestamp() { "expired" } else { "expires" };
    format!("The GitHub token {expires} {}", local(at, now))
}

/// Summary and body of what became of a sync.
pub fn notice(report: &Report, now: &ZonedDateTime) -> (String, String) {
    if let Some(obstacle) = &report.obstacle {
        return ("Nothing was synced".to_owned(), self::obstacle(obstacle).paragraph());
    }
    let of = |outcome| report.targets.iter().filter(|one| one.outcome == outcome).collect::<Vec<_>>();
    let (failed, held) = (of(TargetOutcome::Failed), of(TargetOutcome::Held));
    let asking: Vec<_> = report.asking_to_share().collect();
    let question = question(&asking);
    let resumes =
        report.resume_at.map(|at| format!("\nWick continues by itself at {}.", local(at, now))).unwrap_or_default();
    let also = |question: Option<(String, String)>| {
        let question = question.map(|(question, why)| format!("\n{question} {why}")).unwrap_or_default();
        format!("{resumes}{question}")
    };
    let waiting: Vec<_> = held.iter().copied().filter(|one| !asking.contains(one)).collect();
    if !failed.is_empty() {
        let summary = format!("Sync failed for {} of {}", failed.len(), number(report.targets.len()));
        return (summary, format!("{}{}", reasons(&failed, now), also(question)));
    }
    if let [first, more @ ..] = waiting.as_slice() {
        let summary = match more {
            [] => format!("{} waits for your approval", first.target),
            _ => format!("{} wait for your approval", number(waiting.len())),
        };
        return (summary, format!("{}{}", reasons(&waiting, now), also(question)));
    }
    let body = match (report.count(TargetOutcome::Synced), report.count(TargetOutcome::Unchanged)) {
        (0, 0) => None,
        (0, unchanged) => Some(format!("{} already up to date.", number(unchanged))),
        (synced, 0) => Some(format!("{} written.", number(synced))),
        (synced, unchanged) => Some(format!("{} written, {unchanged} unchanged.", number(synced))),
    };
    match question {
        Some((question, why)) => (question, body.into_iter().chain([why]).collect::<Vec<_>>().join(" ")),
        None => ("Synced".to_owned(), body.unwrap_or_default()),
    }
}

/// Whether these may have the refresh token, and why that is a question; `None` where there are none.
fn question(asking: &[&TargetReport]) -> Option<(String, String)> {
    let with = match asking {
        [] => return None,
        [one] => one.target.to_string(),
        _ => number(asking.len()),
    };
    Some((format!("Share the refresh token with {with}?"), sharing::IF_SHARED.to_owned()))
}

/// More do not fit into a notification.
const SHOWN: usize = 5;

fn reasons(targets: &[&TargetReport], now: &ZonedDateTime) -> String {
    let line = |TargetReport { target, cause, .. }: &&TargetReport| {
        let why = cause.as_ref().map_or_else(String::new, |cause| self::cause(cause, target, now).message);
        format!("{target}: {}.", capital(&why))
    };
    let more = targets.len().saturating_sub(SHOWN);
    let more = (more > 0).then(|| format!("And {more} more."));
    targets.iter().take(SHOWN).map(line).chain(more).collect::<Vec<_>>().join("\n")
}

pub fn number(number: usize) -> String {
    if number == 1 { "1 target".to_owned() } else { format!("{number} targets") }
}

/// What became of a target, in the table of a sync.
pub fn outcome(outcome: TargetOutcome) -> &'static str {
    match outcome {
        TargetOutcome::Synced => "synced",
        TargetOutcome::Unchanged => "unchanged",
        TargetOutcome::Failed => "failed",
        TargetOutcome::Planned => "planned",
        TargetOutcome::Held => "waiting",
    }
}

/// What several came to in one line; nothing where their own lines say it all.
pub fn in_all(outcomes: &[TargetOutcome]) -> Option<String> {
    use TargetOutcome::{Failed, Held, Planned, Synced, Unchanged};
    let count = |outcome| outcomes.iter().filter(|known| **known == outcome).count();
    let (all, unchanged) = (outcomes.len(), count(Unchanged));
    if all > 0 && unchanged == all {
        return Some("Already up to date".to_owned());
    }
    let others = [(Planned, "to be written"), (Failed, "failed"), (Held, "waiting for your approval")];
    let others = others.map(|(outcome, name)| (count(outcome), name)).into_iter().filter(|(number, _)| *number > 0);
    let others = others.map(|(number, name)| format!("{number} {name}")).collect::<Vec<_>>().join(", ");
    let good = match count(Synced) + unchanged {
        good if good == all => format!("All {all} synced"),
        // Nothing is sent yet.
        good if count(Planned) > 0 => format!("{good} of {all} up to date"),
        good => format!("{good} of {all} synced"),
    };
    let parts = [good, others];
    (all > 1).then(|| parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", "))
}

/// Before the names of the secrets that came to this; `None` where they are not named.
pub fn secrets(outcome: SecretOutcome) -> Option<&'static str> {
    match outcome {
        SecretOutcome::Created => Some("created"),
        SecretOutcome::Updated => Some("updated"),
        SecretOutcome::Planned => Some("would write"),
        SecretOutcome::Held => Some("waiting:"),
        SecretOutcome::Failed => Some("not written:"),
        SecretOutcome::Unchanged => None,
    }
}

/// What to do, of the targets of which the same is said.
pub fn hint(targets: &[&str], action: &str) -> String {
    format!("hint for {}: {action}", named(targets, 5, ", "))
}
