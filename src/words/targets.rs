//! What is said of the places that hold secrets: in the menu, by `wick targets`, and of who holds the refresh token.

use jiff::{Timestamp, ZonedDateTime};

use super::moment::{ago, local};
use super::profiles::{self, sync_command};
use super::sentence::{Sentence, capital, named, say, typed};
use crate::domain::credential::CiTokenMemory;
use crate::domain::order::sorted;
use crate::domain::settings::kind::{KINDS, Kind};
use crate::domain::settings::{ProfileName, Settings, Target};
use crate::domain::sync::found::FoundPlace;
use crate::domain::sync::{Approval, Cause, Failure, Standing, TargetState};
use crate::domain::text::quoted;

pub const AUTOMATICALLY: &str = "Sync after each change";
pub const PICK: &str = "Which repositories? Type to search, space to choose, enter to finish";
/// All of them are chosen.
pub const PICK_FOUND: &str = "Add these? Enter adds all chosen, esc none; space leaves one out, type to search";

/// The menu's item for all, where all are repositories.
pub fn sync_all(number: usize) -> String {
    format!("Sync {number} {}", if number == 1 { "repository" } else { "repositories" })
}

/// The same of places of any kind.
pub fn sync_targets(number: usize) -> String {
    format!("Sync {number} target{}", if number == 1 { "" } else { "s" })
}

pub fn syncing(done: usize, total: usize) -> String {
    format!("Syncing… {done} of {total}")
}

/// The same while GitHub's limits hold it up, and whatever holds it up waits for that.
pub fn paused(until: Timestamp, now: &ZonedDateTime) -> String {
    format!("GitHub's limit: Wick continues by itself at {}", local(until, now))
}

/// The same where nothing goes on by itself.
pub fn limited(until: Timestamp, now: &ZonedDateTime) -> String {
    format!("GitHub's limit: sync again after {}", local(until, now))
}

/// A target's line: shape, name, state.
pub fn line(status: &Standing<'_>, now: &ZonedDateTime) -> String {
    format!("{} {}", sign(status.state), of_target(&status.target.to_string(), &state(status, now)))
}

/// The same without the shape.
pub fn of_target(name: &str, state: &str) -> String {
    format!("{name}: {state}")
}

/// Several in one state, all by their names or the first.
pub fn alike(names: &[String], state: &str, all: bool) -> String {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let most = if all { names.len() } else { 5 };
    format!("{} {state}: {}", names.len(), named(&names, most, ", "))
}

/// What several came to in one line; nothing where there are not several.
pub fn in_all(states: &[TargetState]) -> Option<String> {
    use TargetState::{Drifted, Failed, Held, InSync, Never, Stale};
    let count = |state| states.iter().filter(|known| **known == state).count();
    let part = |state| Some((count(state), sign_and_name(state).1)).filter(|(number, _)| *number > 0);
    let others = [Failed, Drifted, Held, Stale, Never].into_iter().filter_map(part);
    let others = others.map(|(number, name)| format!(", {number} {name}")).collect::<String>();
    let (good, all) = (count(InSync), states.len());
    let whole = if good == all { format!("All {all} in sync") } else { format!("{good} of {all} in sync") };
    (all > 1).then(|| format!("{whole}{others}"))
}

pub fn sign(state: TargetState) -> char {
    sign_and_name(state).0
}

/// A shape for each state, so that no color is needed to tell them apart, and its name.
fn sign_and_name(state: TargetState) -> (char, &'static str) {
    match state {
        TargetState::InSync => ('✓', "in sync"),
        TargetState::Stale => ('↑', "out of date"),
        TargetState::Drifted => ('≠', "changed by someone else"),
        TargetState::Never => ('○', "never synced"),
        TargetState::Failed => ('✗', "failed"),
        TargetState::Held => ('?', "waiting for your approval"),
    }
}

const NOT_SHARED: &str = "refresh token not shared (decide in the menu or by \"wick sync\")";

/// The state of a target in words.
pub fn state(status: &Standing<'_>, now: &ZonedDateTime) -> String {
    let (_, name) = sign_and_name(status.state);
    match (status.state, &status.cause, status.synced_at) {
        (TargetState::InSync, Some(Cause::Held(Approval::RefreshToken)), _) => {
            format!("{name}; {NOT_SHARED}")
        }
        (TargetState::InSync, _, Some(at)) => format!("{name} {}", ago(at, now)),
        (TargetState::Held, Some(Cause::Held(Approval::RefreshToken)), _) => NOT_SHARED.to_owned(),
        (TargetState::Failed | TargetState::Held, Some(cause), _) => {
            format!("{name}: {}", short_reason(cause, status, now))
        }
        _ => name.to_owned(),
    }
}

/// The heading of a group of targets in one state.
pub fn group(state: TargetState, number: usize) -> String {
    let (sign, name) = sign_and_name(state);
    format!("{sign} {} ({number})", capital(name))
}

/// Below those of a group that are shown.
pub fn more(number: usize) -> String {
    format!("{number} more: see \"wick targets list\"")
}

/// A cause in the few words that a menu has room for.
fn short_reason(cause: &Cause, status: &Standing<'_>, now: &ZonedDateTime) -> String {
    let short = match cause {
        Cause::Failed(failure) => match failure {
            Failure::NoPermission(_) => "no permission",
            Failure::NotFound(_) => "not found",
            Failure::Archived => "archived",
            Failure::SingleSignOn => "single sign-on needed",
            Failure::TokenRefused(_) => "GitHub token refused",
            Failure::NoToken { .. } => "no GitHub token",
            Failure::Limited { .. } => "GitHub's limit",
            Failure::Offline(_) => "GitHub could not be reached",
            Failure::NoAnswer(_) => "no answer",
            Failure::ServerError { .. } => "GitHub has a problem",
            Failure::CommandFailed { .. } => "the command failed",
            Failure::CommandNotStarted { .. } => "the command could not be started",
            Failure::Certificates(_) => "certificates cannot be used",
            Failure::CommandTimedOut { .. } => "the command took too long",
            Failure::FieldAbsent { .. } => "a field is missing",
            Failure::NotAToken { .. } => "what is stored is not a token",
            _ => return super::sync::cause(cause, status.target, now).message,
        },
        Cause::Held(Approval::NewPlace) => "new in the config",
        Cause::Held(Approval::OtherAccount) | Cause::AccountChanged => "another account's sign-in",
        _ => return super::sync::cause(cause, status.target, now).message,
    };
    short.to_owned()
}

/// How many places hold the refresh token, beside this computer.
pub fn holders(names: &[&str]) -> String {
    let others = match names.len() {
        0 => return "No target holds the refresh token".to_owned(),
        1 => "the other",
        _ => "the others",
    };
    format!(
        "The refresh token is in {} places: on this computer and at {}. Whoever spends it first signs {others} out",
        names.len() + 1,
        named(names, 5, ", ")
    )
}

/// The same in the few words that a menu has room for.
pub fn holders_short(number: usize) -> String {
    format!("Refresh token in {} places", number + 1)
}

/// `wick targets add` wrote these.
pub fn added(names: &[String], profile: &ProfileName) -> String {
    format!("Added {}. Next: \"{}\"", names.join(", "), sync_command(profile))
}

/// Options that say who in an organization may use a secret, where none was named.
pub const NO_ORGANIZATION: &str = "--visibility and --repository are for secrets that several repositories use, such as an organization's: leave them \
     out";

pub fn already_there(name: &str) -> String {
    format!("{name} is already a target")
}

/// What a target gets after an edit.
pub fn gets(target: &Target, names: &[&str]) -> String {
    format!("{target} gets {}. Next: \"{}\"", names.join(", "), sync_command(&target.profile))
}

/// A secret that it is no longer to get, and does not get now.
pub fn gets_none(target: &Target, name: &str, names: &[&str]) -> String {
    format!("{target} gets no secret called {}; it gets {}", typed(name), names.join(", "))
}

/// No secret would be left.
pub fn gets_nothing(target: &Target) -> String {
    let remove = profiles::command(&target.profile, &format!("targets remove {}", quoted(&target.to_string())));
    format!("{target} would get no secret: remove it instead, by \"{remove}\"")
}

/// What it is no longer to get is a variable.
pub fn is_a_variable(name: &str) -> String {
    format!("{} is a variable: remove it from [variables] in the config", typed(name))
}

pub fn removed(name: &str) -> String {
    format!("Removed {name}")
}

/// What a removed target keeps.
pub fn left_behind(target: &Target, names: &[String]) -> String {
    let how = if target.is_at_github() {
        let name = quoted(&target.to_string());
        let [add, remove] = [format!("targets add {name}"), format!("targets remove {name} --delete-secrets")]
            .map(|arguments| profiles::command(&target.profile, &arguments));
        format!("to delete what Wick created there, run \"{add} && {remove}\"")
    } else {
        "Wick cannot delete what a command has stored".to_owned()
    };
    format!("It still holds {}; {how}", names.join(", "))
}

/// What `--delete-secrets` deleted.
pub fn deleted(names: &[String], left: &[String]) -> String {
    match (names, left) {
        ([], []) => "Nothing was deleted there: Wick created none of its secrets".to_owned(),
        ([], _) => "Nothing was deleted there".to_owned(),
        (names, _) => format!("Deleted there: {}", names.join(", ")),
    }
}

/// What `--delete-secrets` left, though Wick had created secrets of these names.
pub fn of_others(names: &[String]) -> String {
    format!(
        "Left there, because they were created at another time than Wick's and may be someone else's: {}",
        names.join(", ")
    )
}

/// A target that was written wrongly.
pub fn not_understood(text: &str) -> String {
    let forms: Vec<String> = KINDS.iter().map(Kind::form).collect();
    let text = typed(text);
    format!("\"{text}\" isn't a target; write one of {}, or NAME -- PROGRAM for a command", forms.join(", "))
}

pub const NOTHING_PICKED: &str = "Nothing was chosen";
pub const NO_TERMINAL: &str =
    "name the targets to add: there is no terminal to pick them at, and this folder has no git remote at GitHub";

/// What is added where none was named, and nobody can be asked.
pub fn of_this_folder(name: &str) -> String {
    format!("No target was named: adding {name}, from this folder's git remote")
}

/// Why GitHub's secrets cannot be there, so that the config does not get the target.
pub fn not_added(why: Sentence) -> Sentence {
    Sentence { action: format!("{}; --no-check adds it all the same", why.action), ..why }
}

/// It was added all the same.
pub fn not_checked(why: &Sentence) -> String {
    format!("Not checked with GitHub: {}", why.message)
}

pub const NONE_TO_PICK: &str =
    "the GitHub token sees no repository that could take secrets and is not a target already";

/// The table of no targets; those of other profiles are named.
pub fn none(settings: &Settings) -> String {
    let mut others = sorted(settings.targets.iter().map(|target| target.profile.as_str()), Ord::cmp);
    others.dedup();
    if others.is_empty() {
        return super::sync::no_targets().lines(true).join(". ");
    }
    let others = others.join(", ");
    format!("The profile {} has no targets; these have some: {others} (see --profile)", settings.profile)
}

/// Several names before a command.
pub const ONE_COMMAND: &str = "a command takes one name: wick targets add NAME -- PROGRAM";
pub const NONE_SELECTED: &str =
    "--visibility selected and --repository NAME, once for each repository that may use it, go together";

/// One command is to add a target twice.
pub fn named_twice(target: &Target) -> String {
    format!("{target} is named twice: name each target once")
}

/// A place that a search found, with its secrets and when each was last written; and which of them were before the one-year
/// token was stored that belongs there. Before it its shape.
pub fn found(
    place: &FoundPlace<'_>,
    settings: &Settings,
    stored: Option<&CiTokenMemory>,
    now: &ZonedDateTime,
) -> (char, String) {
    let secret = |(name, at): (&String, &Option<Timestamp>)| match at {
        Some(at) if place.is_outdated(name, settings, stored) => {
            format!("{name} ({}, older than your token)", ago(*at, now))
        }
        Some(at) => format!("{name} ({})", ago(*at, now)),
        None => name.clone(),
    };
    let secrets = place.secrets.iter().map(secret).collect::<Vec<_>>().join(", ");
    let missing: Vec<&str> = place.missing.iter().map(|mapping| mapping.name.as_str()).collect();
    let state = match place.target {
        Some(target) if target.profile != settings.profile => format!("a target of the profile {}", target.profile),
        Some(_) if missing.is_empty() => "a target".to_owned(),
        Some(_) => format!("a target, which does not get {}", missing.join(", ")),
        None if missing.is_empty() => "not a target, and holds nothing that Wick has".to_owned(),
        None => "not a target".to_owned(),
    };
    let sign = if place.target.is_some() && missing.is_empty() { '\u{2713}' } else { '\u{25cb}' };
    (sign, format!("{}: {secrets}; {state}", place.name))
}

/// What a search came to as a whole: how many places it found, and how many of them Wick does not keep fresh now.
pub fn found_in_all(places: usize, left: usize, is_complete: bool) -> String {
    let total = match (places, left) {
        (0, _) => "no place that the GitHub token sees holds a secret of Claude's".to_owned(),
        (_, 0) => "nothing to add to the config".to_owned(),
        (_, left) => format!("{}. Add them: \"wick targets find --add\"", not_synced(left)),
    };
    if is_complete { capital(&total) } else { format!("So far: {total}") }
}

/// As a line of the menu too.
pub fn not_synced(places: usize) -> String {
    if places == 1 {
        "1 place at GitHub holds a Claude secret that Wick does not sync".to_owned()
    } else {
        format!("{places} places at GitHub hold a Claude secret that Wick does not sync")
    }
}

/// Not all was looked at.
pub const FIND_AGAIN: &str =
    "Not every place was looked at: run \"wick targets find\" again, which continues where it stopped";

/// What a search leaves out where nobody asks for it.
pub const NO_ENVIRONMENTS: &str =
    "Environments are searched only with --environments, at one more request for each repository";

/// Why the token may not look at the secrets of a place.
pub fn not_seen(failure: &Failure, target: &Target, now: &ZonedDateTime) -> Sentence {
    let why = super::sync_failure::failure(failure, target, now);
    match failure {
        Failure::NoPermission(_) => {
            Sentence { message: "the GitHub token may not list secrets there".to_owned(), ..why }
        }
        _ => why,
    }
}

/// For such a reason some places were not searched.
pub fn not_searched(names: &[String], why: Sentence) -> Sentence {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    Sentence { message: format!("not searched: {} ({})", named(&names, 5, ", "), why.message), ..why }
}

/// For such a reason none was.
pub fn nothing_searched(why: Sentence) -> Sentence {
    Sentence { message: format!("no repository could be searched: {}", why.message), ..why }
}

/// GitHub has listed none of them.
pub fn environments_not_listed() -> Sentence {
    say!("no_permission" => "the GitHub token may not list the environments of repositories",
        "give it read access to Actions as well, then run \"wick targets find --environments\"")
}

/// The user has ended a search.
pub fn find_stopped() -> Sentence {
    say!("stopped" => "the search was stopped, and the config is as it was",
        "run \"wick targets find\" again, which continues where it stopped")
}
