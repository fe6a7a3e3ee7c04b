//! Words about what did not arrive at a target, and what to do.

use jiff::ZonedDateTime;

use super::moment::local;
use super::sentence::Sentence;
use super::{keyring, network};
use crate::domain::settings::{Field, GithubSettings, Holder, Place, ProfileName, Store, Target};
use crate::domain::sync::{AnswerFault, CommandEnd, Failure, KeyFault, Permission};
use crate::domain::system::SystemError;

/// What the variable for a host's token is called.
pub fn token_variable(host: &str) -> &'static str {
    if GithubSettings::is_hosted_by_github(host) { "GH_TOKEN" } else { "GH_ENTERPRISE_TOKEN" }
}

const AGAIN: &str = "try again in a moment: run \"wick sync\", or choose the target in the menu";
const RESUMES: &str = "Wick goes on by itself then; or run \"wick sync\", which continues where it stopped";

/// Why `target`, or one of its secrets, did not get what it should.
pub fn failure(failure: &Failure, target: &Target, now: &ZonedDateTime) -> Sentence {
    let say = |message: String, action: &str| Sentence::new(failure.code(), message, action);
    match failure {
        Failure::NoToken { host, why } => no_token(host, why.as_ref().map(keyring::error).as_deref()),
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
        Failure::NoPermission { permission } => {
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
        Failure::NotFound { permission } => {
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
        Failure::Refused { status, said } => say(
            format!("GitHub refused{}{}", numbered(*status), quoted(said)),
            "look at github.api_url and the target's name",
        ),
        Failure::ServerError { status } => say(format!("GitHub has a fault of its own{}", numbered(*status)), AGAIN),
        Failure::Offline { why } => say(
            because("GitHub could not be reached", network::error(why)),
            "check the network and github.api_url, then try again",
        ),
        Failure::NoAnswer { why } => say(because("no whole answer came from GitHub", network::error(why)), AGAIN),
        Failure::BadAnswer { what } => say(
            format!("what answered is {}", answer(*what)),
            "check github.api_url, and whether a proxy or a login page stands in between",
        ),
        Failure::BadKey { what } => say(
            format!("the key that GitHub gave to seal with is {}, so nothing was sent", key(*what)),
            "try again; if it stays so, something stands between you and GitHub",
        ),
        Failure::FieldAbsent { field } => absent(*field),
        Failure::TooLarge { bytes } => too_large(*bytes, target.place.largest()),
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
        Failure::CommandFailed { how, said } => {
            let how = match how {
                CommandEnd::Signal => "was ended by a signal".to_owned(),
                CommandEnd::Code(code) => format!("ended with code {code}"),
                CommandEnd::Flooded => {
                    "was ended by a signal: \"it wrote more than is expected of any program\"".to_owned()
                }
                CommandEnd::NotStarted { detail } => format!("was ended by a signal{}", quoted(detail)),
            };
            say(format!("the command {how}{}", quoted(said)), "run the command by hand and look")
        }
        Failure::CommandTimedOut { after } => say(
            format!("the command did not end within {after} s, and was ended"),
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
        Failure::NotRemembered { why } => no_lock(why),
        Failure::Stopped => stopped(),
    }
}

/// Why GitHub did not answer a question that is about no target.
pub fn failure_at(failure: &Failure, settings: &GithubSettings, now: &ZonedDateTime) -> Sentence {
    let host = settings.host();
    let (Failure::NoPermission { permission } | Failure::NotFound { permission }) = failure else {
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

fn because(what: &str, why: Option<String>) -> String {
    why.map_or_else(|| what.to_owned(), |why| format!("{what}: {why}"))
}

fn numbered(status: u16) -> String {
    if status == 0 { String::new() } else { format!(" ({status})") }
}

fn answer(fault: AnswerFault) -> &'static str {
    match fault {
        AnswerFault::Empty => "an empty answer, not GitHub's API",
        AnswerFault::Page => "a web page, not GitHub's API",
        AnswerFault::Broken => "cut off, or not GitHub's API",
        AnswerFault::Circle => "a circle of redirects",
    }
}

fn key(fault: KeyFault) -> &'static str {
    match fault {
        KeyFault::Absent => "not there",
        KeyFault::NotBase64 => "not base64",
        KeyFault::WrongLength => "not 32 bytes long",
        KeyFault::OpenToEveryone => "one that would leave it open to everyone",
        KeyFault::SealsNothing => "one that nothing can be sealed with",
    }
}

fn quoted(said: &str) -> String {
    if said.is_empty() { String::new() } else { format!(": \"{said}\"") }
}

fn missing(permission: &Permission, place: &Place) -> String {
    let (fine_grained, scope) = place.store().map_or(("", ""), |store| (store.kind.permission, store.kind.scope));
    match permission {
        Permission { scopes: Some(scopes), accepted_scopes, .. } => {
            let has = if scopes.is_empty() { "no scopes".to_owned() } else { format!("the scopes {scopes}") };
            let needed = accepted_scopes.as_deref().filter(|scopes| !scopes.is_empty()).unwrap_or(scope);
            format!("this classic token has {has}, and needs {needed}: run \"gh auth refresh --scopes {scope}\"")
        }
        Permission { needed: Some(needed), .. } => {
            format!("a fine-grained token needs the permission {needed}: edit it under Settings > Developer settings")
        }
        _ => format!(
            "a fine-grained token needs the permission {fine_grained} (read and write), a classic one the scope {scope}"
        ),
    }
}

fn place(place: &Place) -> String {
    match place {
        Place::Github(Store { environment: Some(name), .. }) => format!("the repository, or its environment {name},"),
        Place::Github(store) => match store.kind.holder {
            Holder::Repository | Holder::Environment => "the repository".to_owned(),
            Holder::Organization => "the organization".to_owned(),
            Holder::User => "the list of your own secrets".to_owned(),
        },
        Place::Command { name, .. } => name.clone(),
    }
}

fn too_large(bytes: usize, largest: usize) -> Sentence {
    let message = format!("it has {bytes} bytes, and GitHub takes no secret of more than {largest}");
    Sentence::new("too_large", message, "send fewer fields: see [secrets] in the settings")
}

fn absent(field: Option<Field>) -> Sentence {
    let (message, action) = match field {
        Some(Field::CiToken) => {
            ("no one-year token can be read".to_owned(), "store one with \"wick ci-token set\", or unlock the keyring")
        }
        _ => (
            format!("the stored sign-in has no {}", field.map_or("such field", Field::name)),
            "take it out of the secrets, or sign in again with a current Claude Code",
        ),
    };
    Sentence::new("field_absent", message, action)
}

/// The program is ending.
pub fn stopped() -> Sentence {
    Sentence::new("stopped", "Wick was ended before its turn came", "run \"wick sync\", which goes on")
}

/// The state folder cannot be used.
pub fn no_lock(detail: &SystemError) -> Sentence {
    Sentence::new(
        "no_state",
        format!("Wick's state folder cannot be used, so nothing was sent: {detail}"),
        "mend that; \"wick doctor\" looks at it",
    )
}
