//! What is said of a sync: what became of each target, why not, and what to do.

use jiff::{Timestamp, ZonedDateTime};

use super::{SIGN_IN, Sentence, local};
use crate::domain::profile::ProfileName;
use crate::domain::settings::GithubSettings;
use crate::domain::sync::failure::{Failure, Permission};
use crate::domain::sync::plan::{Held, LARGEST_SECRET};
use crate::domain::target::{Field, Place, RepositoryStore, Target};

/// What a fine-grained token needs for a place, in GitHub's own words, and the scope that a classic one needs.
fn needs(place: &Place) -> (&'static str, &'static str) {
    match place {
        Place::Repository { store: RepositoryStore::Actions, .. } => ("\"Secrets\" (read and write)", "repo"),
        Place::Repository { store: RepositoryStore::Environment(_), .. } => {
            ("\"Secrets\" and \"Environments\" (read and write)", "repo")
        }
        Place::Repository { store: RepositoryStore::Dependabot, .. } => {
            ("\"Dependabot secrets\" (read and write)", "repo")
        }
        Place::Repository { store: RepositoryStore::Codespaces, .. } => {
            ("\"Codespaces secrets\" (read and write)", "repo")
        }
        Place::Organization { .. } => ("\"Organization secrets\" (read and write)", "admin:org"),
        Place::Command { .. } => ("", ""),
    }
}

/// What the variable for a host's token is called.
pub fn token_variable(host: &str) -> &'static str {
    if host == "github.com" || host.ends_with(".ghe.com") { "GH_TOKEN" } else { "GH_ENTERPRISE_TOKEN" }
}

const AGAIN: &str = "try again in a moment: run \"wick sync\", or choose the target in the menu";
const RESUMES: &str = "Wick goes on by itself then; or run \"wick sync\", which continues where it stopped";

/// Why `target`, or one of its secrets, did not get what it should.
pub fn failure(failure: &Failure, target: &Target, now: &ZonedDateTime) -> Sentence {
    let say = |message: String, action: &str| Sentence::new(failure.code(), message, action);
    match failure {
        Failure::NoToken { host, why } => no_token(host, why.as_deref()),
        Failure::TokenMalformed { source } => {
            say(format!("the GitHub token from {source} has characters that no token has"), "copy it anew, alone")
        }
        Failure::TokenRefused => say(
            "GitHub does not accept the token, or no longer (401)".to_owned(),
            "log in anew: run \"gh auth login\", or \"wick github login\" with a fresh token",
        ),
        Failure::Limited { until } => {
            say(format!("GitHub's limit is used up; it goes on at {}", local(*until, now)), RESUMES)
        }
        Failure::NoPermission(permission) => {
            let message = format!("the GitHub token may not write secrets there{}", quoted(&permission.said));
            say(message, &missing(permission, &target.place))
        }
        Failure::SingleSignOn => say(
            "its owner asks for single sign-on, and the GitHub token is not authorized for it".to_owned(),
            "on GitHub, under Settings > Developer settings, open the token, and choose Configure SSO > Authorize; \
             for gh run \"gh auth refresh\"",
        ),
        Failure::Archived => say(
            "the repository is archived, so it takes no changes".to_owned(),
            "unarchive it on GitHub, or remove the target",
        ),
        Failure::NotFound(permission) => {
            let message = format!("{} is not there, or the GitHub token does not see it (404)", place(&target.place));
            let action = format!(
                "check the name; a private one needs a token that has access to it: {}",
                missing(permission, &target.place)
            );
            say(message, &action)
        }
        Failure::Gone => say("it is gone (410)".to_owned(), "remove the target, or check that this GitHub has it"),
        Failure::Unavailable => {
            say("it is blocked for legal reasons (451)".to_owned(), "remove the target, or ask its owner")
        }
        Failure::Redirected => say(
            "GitHub points to another host, and a token is not sent after that".to_owned(),
            "look at github.api_url in the settings",
        ),
        Failure::Refused { status, said } => {
            say(format!("GitHub refused ({status}){}", quoted(said)), "look at github.api_url and the target's name")
        }
        Failure::ServerError { status } => say(format!("GitHub has a fault of its own ({status})"), AGAIN),
        Failure::Offline(detail) => say(
            format!("GitHub could not be reached: {detail}"),
            "check the network and github.api_url, then try again",
        ),
        Failure::NoAnswer(detail) => say(format!("no whole answer came from GitHub: {detail}"), AGAIN),
        Failure::BadAnswer(what) => say(
            format!("what answered is {what}"),
            "check github.api_url, and whether a proxy or a login page stands in between",
        ),
        Failure::BadKey(what) => say(
            format!("the key that GitHub gave to seal with is {what}, so nothing was sent"),
            "try again; if it stays so, something stands between you and GitHub",
        ),
        Failure::FieldAbsent(field) => absent(*field),
        Failure::TooLarge { bytes } => say(
            format!("it has {bytes} bytes, and GitHub takes no secret of more than {LARGEST_SECRET}"),
            "send fewer fields: see [secrets] in the settings",
        ),
        Failure::Invalid { said } => {
            say(format!("GitHub does not take it (422){}", quoted(said)), "look at the secret's name in the settings")
        }
        Failure::AfterAnother => say(
            "not sent, because the token before it did not arrive: its end would be wrong".to_owned(),
            "mend what is said of the other secret",
        ),
        Failure::CommandNotFound { program } => {
            say(format!("the program {program} was not found"), "install it, or write its full path in the settings")
        }
        Failure::CommandFailed { code, said } => {
            let how = code.map_or("was ended by a signal".to_owned(), |code| format!("ended with code {code}"));
            say(format!("the command {how}{}", quoted(said)), "run the command by hand and look")
        }
        Failure::CommandTimedOut { after } => say(
            format!("the command did not end within {} s, and was ended", after.as_secs()),
            "run the command by hand and look whether it asks for something",
        ),
        Failure::CommandStopped => say(
            "Wick was ended while the command ran, and the command with it; whether it kept what it got is not known"
                .to_owned(),
            "run \"wick sync\", which hands it over again",
        ),
        Failure::Unsettled => say("the sign-in changed again and again meanwhile".to_owned(), AGAIN),
        Failure::NoCredential => {
            say("the sign-in was no longer usable when its turn came".to_owned(), "run \"wick status\"")
        }
        Failure::NotRemembered(detail) => no_lock(detail),
        Failure::Stopped => stopped(),
    }
}

/// Why GitHub did not answer a question that is about no target.
pub fn failure_at(failure: &Failure, settings: &GithubSettings, now: &ZonedDateTime) -> Sentence {
    let host = settings.host();
    let (Failure::NoPermission(permission) | Failure::NotFound(permission)) = failure else {
        let command = Place::Command { name: host.to_owned(), command: Vec::new() };
        return self::failure(failure, &Target { place: command, secrets: None, profile: ProfileName::default() }, now);
    };
    Sentence::new(
        failure.code(),
        format!("{host} does not let the token do this{}", quoted(&permission.said)),
        "look at the token under Settings > Developer settings, and at github.api_url in the settings",
    )
}

/// No GitHub token was found.
pub fn no_token(host: &str, why: Option<&str>) -> Sentence {
    let why = why.map(|why| format!(" ({why})")).unwrap_or_default();
    Sentence::new(
        "no_github_token",
        format!("no GitHub token was found for {host}{why}"),
        format!("run \"gh auth login --hostname {host}\", or \"wick github login\", or set {}", token_variable(host)),
    )
}

fn quoted(said: &str) -> String {
    if said.is_empty() { String::new() } else { format!(": \"{said}\"") }
}

fn missing(permission: &Permission, place: &Place) -> String {
    let (fine_grained, scope) = needs(place);
    match permission {
        Permission { scopes: Some(scopes), accepted_scopes, .. } => {
            let has = if scopes.is_empty() { "no scopes".to_owned() } else { format!("the scopes {scopes}") };
            let needed = accepted_scopes.as_deref().filter(|scopes| !scopes.is_empty()).unwrap_or(scope);
            format!("this classic token has {has}, and needs {needed}: run \"gh auth refresh --scopes {scope}\"")
        }
        Permission { needed: Some(needed), .. } => {
            format!("a fine-grained token needs the permission {needed}: edit it under Settings > Developer settings")
        }
        _ => format!("a fine-grained token needs the permission {fine_grained}, a classic one the scope {scope}"),
    }
}

fn place(place: &Place) -> String {
    match place {
        Place::Repository { store: RepositoryStore::Environment(name), .. } => {
            format!("the repository, or its environment {name},")
        }
        Place::Repository { .. } => "the repository".to_owned(),
        Place::Organization { .. } => "the organization".to_owned(),
        Place::Command { name, .. } => name.clone(),
    }
}

fn absent(field: Field) -> Sentence {
    let (message, action) = match field {
        Field::CiToken => {
            ("no one-year token can be read".to_owned(), "store one with \"wick ci-token set\", or unlock the keyring")
        }
        _ => (
            format!("the stored sign-in has no {}", field.name()),
            "take it out of the secrets, or sign in again with a current Claude Code",
        ),
    };
    Sentence::new("field_absent", message, action)
}

/// Why something waits for the user's word.
pub fn held(held: Held) -> Sentence {
    match held {
        Held::RefreshToken => Sentence::new(
            "refresh_token_held",
            "the refresh token waits for your answer whether targets get it",
            "answer in Wick's menu, or set share_refresh_token under [sync] to true or false",
        ),
        Held::NewPlace => Sentence::new(
            "new_place",
            "this place is new in the settings, and nothing was sent by itself",
            "if you wrote it, choose it in the menu once, or run \"wick sync\"",
        ),
        Held::OtherAccount => Sentence::new(
            "other_account",
            "it holds another account's sign-in, and nothing was sent by itself",
            "if this account belongs there, choose it in the menu once, or run \"wick sync\"",
        ),
        Held::Drifted => Sentence::new(
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

/// The program is ending.
pub fn stopped() -> Sentence {
    Sentence::new("stopped", "Wick was ended before its turn came", "run \"wick sync\", which goes on")
}

/// A dry run does not refresh.
pub const REFRESHED_FIRST: &str = "\"wick sync\" would refresh the access token first";

/// Someone broke off the question that comes before a sync.
pub const BROKEN_OFF: &str = "Nothing was sent: the question was left open";

/// Another sync runs.
pub fn busy() -> Sentence {
    Sentence::new("busy", "another sync is running", "wait until it has ended")
}

/// The state folder cannot be used.
pub fn no_lock(detail: &str) -> Sentence {
    Sentence::new(
        "no_state",
        format!("Wick's state folder cannot be used, so nothing was sent: {detail}"),
        "mend that; \"wick doctor\" looks at it",
    )
}

/// What was sent could not be remembered.
pub fn not_remembered(detail: &str) -> Sentence {
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

/// No one is signed in, in the words of the look.
pub fn no_sign_in() -> Sentence {
    Sentence::new("not_found", "no sign-in found, so nothing was sent", SIGN_IN)
}

/// GitHub's token ends soon.
pub fn token_ends(at: Timestamp, now: &ZonedDateTime) -> String {
    if at <= now.timestamp() {
        format!("The GitHub token expired {}", local(at, now))
    } else {
        format!("The GitHub token expires {}", local(at, now))
    }
}

/// Summary and body of the news that a sync worked, after a click.
pub fn done_notice(synced: usize, unchanged: usize) -> (String, String) {
    let body = match (synced, unchanged) {
        (0, unchanged) => format!("{}: all as it should be.", targets(unchanged)),
        (synced, 0) => format!("{} written.", targets(synced)),
        (synced, unchanged) => format!("{} written, {unchanged} unchanged.", targets(synced)),
    };
    ("Synced".to_owned(), body)
}

/// Summary and body of the news that a sync had failures, which it names.
pub fn failed_notice(failed: &[(String, String)], all: usize) -> (String, String) {
    const NAMED: usize = 5;
    let named: Vec<String> =
        failed.iter().take(NAMED).map(|(target, why)| format!("{target}: {}.", super::capital(why))).collect();
    let more = failed.len().saturating_sub(NAMED);
    let more = (more > 0).then(|| format!("And {more} more."));
    let body = named.into_iter().chain(more).collect::<Vec<_>>().join("\n");
    (format!("Sync failed for {} of {}", failed.len(), targets(all)), body)
}

/// Summary and body of the news that the whole could not be tried.
pub fn refused_notice(error: &Sentence) -> (String, String) {
    ("Nothing was synced".to_owned(), format!("{}. What to do: {}.", super::capital(&error.message), error.action))
}

/// Summary and body of the question whether targets get what they wait for.
pub fn held_notice(held: &[(String, String)]) -> (String, String) {
    let (summary, body) = failed_notice(held, held.len());
    drop(summary);
    (format!("{} for your word", if held.len() == 1 { "One target waits" } else { "Targets wait" }), body)
}

/// A number of targets in words.
pub fn targets(number: usize) -> String {
    if number == 1 { "1 target".to_owned() } else { format!("{number} targets") }
}

/// A command that never stops talking.
pub const FLOODED: &str = "it wrote more than is expected of any program";
