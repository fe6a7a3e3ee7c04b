//! Words about what did not arrive at a target, and what to do.

use jiff::{Timestamp, ZonedDateTime};

use super::ci_token::MAKE_ANEW;
use super::credential::{lacks, not_a_token};
use super::moment::local;
use super::sentence::{SIGN_IN, Sentence, because, numbered, say};
use super::system::cure_to_write;
use super::{keyring, network};
use crate::domain::keyring::KeyringError;
use crate::domain::network::{CertificatesFault, NetworkError};
use crate::domain::settings::{Field, GithubSettings, Holder, Place, Store, Target};
use crate::domain::sync::{AnswerFault, CommandEnd, Failure, KeyFault, Permission, StartFault, TokenSource};
use crate::domain::system::SystemError;

/// What the variable for a host's token is called.
pub fn token_variable(host: &str) -> &'static str {
    if GithubSettings::is_hosted_by_github(host) { "GH_TOKEN" } else { "GH_ENTERPRISE_TOKEN" }
}

const AGAIN: &str = "try again in a moment: run \"wick sync\"";

/// Why `target`, or one of its secrets, did not get what it should.
pub fn failure(failure: &Failure, target: &Target, now: &ZonedDateTime) -> Sentence {
    sentence(failure, Some(target), now)
}

/// Why a target, or what is not about one, did not fare well.
fn sentence(failure: &Failure, target: Option<&Target>, now: &ZonedDateTime) -> Sentence {
    match failure {
        Failure::NoToken { host, why } => no_token(host, why.as_ref()),
        Failure::TokenMalformed(source) => malformed(source),
        Failure::TokenRefused(sources) => refused(sources),
        Failure::Limited { until } => limited(*until, now),
        Failure::NoPermission(permission) => no_permission(permission, target),
        Failure::NotFound(permission) => not_found(permission, target),
        Failure::SingleSignOn => single_sign_on(),
        Failure::Archived => say!("archived" => "the repository is archived, so it takes no changes",
            "unarchive it on GitHub, or remove the target"),
        Failure::Gone => say!("gone" => "it is gone (410)", "remove the target, or check that this GitHub has it"),
        Failure::Unavailable => {
            say!("unavailable" => "it is blocked for legal reasons (451)", "remove the target, or ask its owner")
        }
        Failure::Redirected => redirected(),
        Failure::Refused { status, said } => say!("refused" => "GitHub refused{status}",
            "check github.api_url and the target's name", status = numbered(*status))
        .quoting(said),
        Failure::ServerError { status } => say!("server_error" => "GitHub has a problem{status}",
            "{AGAIN}", status = numbered(*status)),
        Failure::Offline(why) => offline(why),
        Failure::Certificates(fault) => certificates(fault),
        Failure::NoAnswer(why) => {
            Sentence::new("no_answer", because("no complete answer came from GitHub", network::error(why)), AGAIN)
        }
        Failure::BadAnswer { what, status } => say!("bad_answer" => "what answered{status} is {what}",
            "{act}", act = not_github(*what, *status), status = numbered(*status), what = answer(*what)),
        Failure::BadKey { what } => bad_key(*what),
        Failure::FieldAbsent { field } => field_absent(*field),
        Failure::NotAToken { field } => not_a_token(field.unwrap_or(Field::AccessToken)),
        Failure::TooLarge { bytes } => too_large(*bytes, target),
        Failure::Invalid(said) => {
            say!("invalid" => "GitHub does not accept it (422)", "check the secret's name in the config").quoting(said)
        }
        Failure::AfterAnother => say!("after_another" =>
            "not sent, because the token before it did not arrive: its expiry would be wrong",
            "see what is said of the other secret"),
        Failure::CommandNotFound { program } => say!("command_not_found" => "the program {program} was not found",
            "install it, or write its full path in the config"),
        Failure::CommandNotStarted { program, why } => not_started(program, why),
        Failure::CommandFailed { how, said } => command_failed(how, said),
        Failure::CommandTimedOut { after } => command_timed_out(*after),
        Failure::CommandStopped => command_stopped(),
        Failure::Unsettled => say!("unsettled" => "the sign-in kept changing meanwhile", "{AGAIN}"),
        Failure::NoCredential => {
            say!("no_credential" => "the sign-in was no longer usable when its turn came", "run \"wick status\"")
        }
        Failure::NotRemembered(why) => no_lock(why),
        Failure::Stopped => stopped(),
        Failure::Crashed => crashed("sync"),
    }
}

fn malformed(source: &TokenSource) -> Sentence {
    say!("github_token_malformed" => "the GitHub token from {source} has characters that no token has",
        "copy it again, alone")
}

fn limited(until: Timestamp, now: &ZonedDateTime) -> Sentence {
    say!("rate_limited" => "GitHub's limit is used up until {until}",
        "run \"wick sync\" after that, which continues where it stopped", until = local(until, now))
}

fn no_permission(permission: &Permission, target: Option<&Target>) -> Sentence {
    say!("no_permission" => "the GitHub token may not write secrets there", "{missing}",
        missing = missing(permission, target))
    .quoting(&permission.said)
}

fn not_found(permission: &Permission, target: Option<&Target>) -> Sentence {
    say!("target_not_found" => "{place} is not there, or the GitHub token does not see it (404)",
        "check the name; a private one needs a token that has access to it: {missing}",
        place = target.map_or_else(|| "it".to_owned(), |target| place(&target.place)),
        missing = missing(permission, target))
}

fn single_sign_on() -> Sentence {
    say!("sso_required" => "its owner asks for single sign-on, and the GitHub token is not authorized for it",
        "on GitHub, under Settings > Developer settings, open the token, and choose Configure SSO > Authorize; \
         for gh run \"gh auth refresh\"")
}

fn redirected() -> Sentence {
    say!("redirected" => "what answered redirects to another host, and a token does not follow",
        "check github.api_url in the config, and whether a proxy or a login page stands in between")
}

fn offline(why: &NetworkError) -> Sentence {
    say!("offline" => "{what}", "check the network and github.api_url, then run \"wick sync\"",
        what = because("GitHub could not be reached", network::error(why)))
}

fn certificates(fault: &CertificatesFault) -> Sentence {
    say!("certificates" => "nothing vouches for GitHub's server: {what}, so nothing was sent", "{act}",
        what = network::certificates(fault), act = network::certificates_cure(fault))
}

fn bad_key(what: KeyFault) -> Sentence {
    say!("bad_key" => "the key that GitHub gave to seal with is {what}, so nothing was sent",
        "run \"wick sync\" again; if it stays so, something stands between you and GitHub", what = key(what))
}

fn field_absent(field: Option<Field>) -> Sentence {
    let lacks = field.map_or_else(|| "the stored sign-in has no such field".to_owned(), lacks);
    match field {
        Some(Field::CiToken) => say!("field_absent" => "{lacks}", "unlock the keyring, or {MAKE_ANEW}"),
        Some(field) if field.is_of_the_ci_token() => say!("field_absent" => "{lacks}", "{MAKE_ANEW}"),
        _ => say!("field_absent" => "{lacks}",
            "remove it from the config's secrets, or {SIGN_IN} again with a newer Claude Code"),
    }
}

fn too_large(bytes: usize, target: Option<&Target>) -> Sentence {
    say!("too_large" => "it has {bytes} bytes, and GitHub takes no secret of more than {largest}",
        "send fewer fields: see [secrets] in the config",
        largest = target.map_or(usize::MAX, |target| target.place.largest()))
}

/// GitHub accepts none of the tokens from these sources.
fn refused(sources: &[TokenSource]) -> Sentence {
    let login = "log in again: run \"gh auth login\", or \"wick github login\" with a new token";
    let named = |texts: Vec<String>| texts.join(" and ");
    let from = named(sources.iter().map(ToString::to_string).collect());
    let from = if from.is_empty() { from } else { format!(" from {from}") };
    let unset = named(sources.iter().filter_map(TokenSource::variable).map(str::to_owned).collect());
    let unset = if unset.is_empty() { unset } else { format!("unset {unset}; ") };
    say!("github_token_refused" => "GitHub does not accept the token{from} (401)", "{unset}{login}")
}

/// GitHub does not accept the token from this source, and the next one is used.
pub fn passed_over(source: &TokenSource) -> Sentence {
    let act = match source {
        TokenSource::Variable(name) => format!("unset {name}"),
        TokenSource::Gh(_) => "run \"gh auth login\"".to_owned(),
        TokenSource::Stored => "run \"wick github login\" with a new token".to_owned(),
    };
    say!("github_token_refused" => "the GitHub token from {source} is rejected (401), so the next one is used", "{act}")
}

fn command_failed(how: &CommandEnd, said: &str) -> Sentence {
    let how = match how {
        CommandEnd::Signal => "was stopped by a signal".to_owned(),
        CommandEnd::Code(code) => format!("exited with code {code}"),
        CommandEnd::Flooded => "was stopped, because it wrote more than any program is expected to".to_owned(),
    };
    say!("command_failed" => "the command {how}", "run the command by hand and see what it says").quoting(said)
}

fn command_timed_out(after: u64) -> Sentence {
    say!("command_timed_out" => "the command did not finish within {after} s, and was stopped",
        "run the command by hand and see whether it asks for something")
}

fn command_stopped() -> Sentence {
    say!("command_stopped" =>
        "Wick was stopped while the command ran, and the command with it; it may have stored what it got",
        "run \"wick sync\", which sends it again")
}

fn not_started(program: &str, why: &StartFault) -> Sentence {
    let (why, act) = match why {
        StartFault::NotExecutable => {
            (Some("permission denied, for it is not executable".to_owned()), format!("run \"chmod +x {program}\""))
        }
        StartFault::Folder => {
            (Some("it is a folder".to_owned()), "write the path of a program in the config".to_owned())
        }
        StartFault::NoInterpreter(interpreter) => (
            Some(format!("its first line names {interpreter}, which is not there")),
            format!("install {interpreter}, or name another interpreter in the first line of {program}"),
        ),
        StartFault::CarriageReturn => (
            Some("its lines end as on Windows, which makes its interpreter's name another one".to_owned()),
            format!("save {program} with Unix line ends (LF)"),
        ),
        StartFault::NoFirstLine => (
            Some("it is no program for this computer, and its first line names no interpreter".to_owned()),
            "if it is a script, begin it with a line such as \"#!/bin/sh\"; else install one for this computer"
                .to_owned(),
        ),
        StartFault::System { detail } => (
            Some(detail.clone()).filter(|detail| !detail.is_empty()),
            "run the command by hand and see what it says".to_owned(),
        ),
    };
    Sentence::new("command_not_started", because(&format!("{program} could not be started"), why), act)
}

/// Why an alert did not go to the command for alerts.
pub fn alert_command(failure: &Failure, now: &ZonedDateTime) -> Sentence {
    let sentence = self::sentence(failure, None, now);
    let act = match failure {
        // Whatever it got, nothing is sent again.
        Failure::CommandStopped => "run the command by hand",
        _ => &sentence.action,
    };
    Sentence { action: format!("{act}; see alerts.command in the config"), ..sentence }
}

/// The same where the target is not named beside it.
pub fn failure_there(failure: &Failure, target: &Target, now: &ZonedDateTime) -> Sentence {
    let sentence = self::failure(failure, target, now);
    Sentence { message: format!("at {target}, {}", sentence.message), ..sentence }
}

/// Why GitHub did not answer a question that is about no target.
pub fn failure_at(failure: &Failure, settings: &GithubSettings, now: &ZonedDateTime) -> Sentence {
    let host = settings.host();
    let sentence = self::sentence(failure, None, now);
    match failure {
        Failure::NoPermission(permission) | Failure::NotFound(permission) => say!(sentence.code =>
            "{host} does not let the GitHub token do this",
            "check the token under Settings > Developer settings, and github.api_url in the config")
        .quoting(&permission.said),
        Failure::Limited { .. } => Sentence { action: "try again after that".to_owned(), ..sentence },
        Failure::Offline(_) | Failure::NoAnswer(_) => Sentence {
            action: "check the network and github.api_url in the config, then try again".to_owned(),
            ..sentence
        },
        _ => sentence,
    }
}

fn no_token(host: &str, why: Option<&KeyringError>) -> Sentence {
    let cure = match why {
        None => String::new(),
        // An upgraded build that nobody has signed loses its grant, and no prompt gives it back.
        Some(KeyringError::Refused(_)) => "log in to GitHub again: ".to_owned(),
        Some(why) => format!("{}; or ", keyring::error_and_cure(why).1),
    };
    let (why, variable) = (why.map(|why| format!(" ({})", keyring::error(why))), token_variable(host));
    let why = why.unwrap_or_default();
    say!("no_github_token" => "no GitHub token was found for {host}{why}",
        "{cure}run \"gh auth login --hostname {host}\", or \"wick github login\", or set {variable}")
}

/// A server of GitHub's own shows a page too where it has a problem; all else is another server's.
fn not_github(what: AnswerFault, status: u16) -> String {
    let passes = if status >= 500 { "try again in a moment; if it stays so, " } else { "" };
    let address = match what {
        AnswerFault::Circle => "check github.api_url",
        _ => "check github.api_url (GitHub Enterprise Server's ends in /api/v3)",
    };
    format!("{passes}{address}, and whether a filter, a proxy or a login page stands in between")
}

fn answer(fault: AnswerFault) -> &'static str {
    match fault {
        AnswerFault::Empty => "an empty answer, not GitHub's API",
        AnswerFault::Page => "a web page, not GitHub's API",
        AnswerFault::Broken => "cut off, or not GitHub's API",
        AnswerFault::Circle => "a circle of redirects",
        AnswerFault::Endless => "a list longer than any of GitHub's",
    }
}

fn key(fault: KeyFault) -> &'static str {
    match fault {
        KeyFault::Absent => "missing",
        KeyFault::NotBase64 => "not base64",
        KeyFault::WrongLength => "not 32 bytes long",
        KeyFault::OpenToEveryone => "one that would leave the secret open to everyone",
        KeyFault::SealsNothing => "one that nothing can be sealed with",
    }
}

fn missing(permission: &Permission, target: Option<&Target>) -> String {
    let store = target.and_then(|target| target.place.store());
    let has_variables = target.is_some_and(Target::has_variables);
    let (fine_grained, scope) = store.map_or(("", ""), |store| (store.kind.permission, store.kind.scope));
    let more = match store.map(|store| store.kind.holder) {
        Some(Holder::Organization) if has_variables => " and \"Organization variables\"",
        Some(_) if has_variables => " and \"Variables\"",
        _ => "",
    };
    match permission {
        Permission { scopes: Some(scopes), accepted_scopes, .. } => {
            let is_had = |needed: &str| scopes.split(',').any(|scope| scope.trim() == needed);
            if accepted_scopes.as_deref().unwrap_or(scope).split(',').any(|needed| is_had(needed.trim())) {
                return format!("this classic token has the scope {scope}: see that its account has access there");
            }
            let has = if scopes.is_empty() { "no scopes".to_owned() } else { format!("the scopes {scopes}") };
            let needed = accepted_scopes.as_deref().filter(|scopes| !scopes.is_empty()).unwrap_or(scope);
            format!("this classic token has {has}, and needs {needed}: run \"gh auth refresh --scopes {scope}\"")
        }
        Permission { needed: Some(needed), .. } => {
            format!("a fine-grained token needs the permission {needed}: edit it under Settings > Developer settings")
        }
        _ => format!(
            "a fine-grained token needs the permission {fine_grained}{more} (read and write), a classic one the scope {scope}"
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

pub fn stopped() -> Sentence {
    say!("stopped" => "Wick was stopped before its turn came", "run \"wick sync\", which continues")
}

/// Wick crashed while it did this.
pub fn crashed(what: &str) -> Sentence {
    say!("fault" => "Wick crashed during the {what} (a bug)", "see the end of wick.log in its state folder")
}

/// The state folder cannot be used.
pub fn no_lock(why: &SystemError) -> Sentence {
    say!("no_state" => "Wick's state folder cannot be used, so nothing was sent: {why}",
        "{cure}, then run \"wick sync\"", cure = cure_to_write(why))
}
