//! `wick github`: keeps, forgets and checks a GitHub token of Wick's own.

use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde::Serialize;

use super::{Exit, output, prompt};
use crate::app::github;
use crate::domain::settings::GithubSettings;
use crate::ports::{Ports, User};
use crate::words::{Sentence, github as words};

/// What to do with the token.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Read a token from standard input, check it, and keep it in the keychain or the desktop's keyring
    Login,
    /// Forget the token that was kept
    Logout,
    /// Say which token is used, whose it is and when it ends
    Status(Status),
}

/// The arguments of `wick github status`.
#[derive(Debug, Args)]
pub struct Status {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(command: &Command, ports: &Ports) -> Exit {
    let settings = match super::settings(ports) {
        Ok(settings) => settings.github,
        Err(sentence) => {
            if let Command::Status(Status { json: true }) = command {
                let settings = GithubSettings::default();
                output::json(&Report { error: Some(sentence), ..Report::of(&settings) });
            } else {
                output::sentence(&sentence);
            }
            return Exit::Usage;
        }
    };
    let outcome = match command {
        Command::Login => login(ports, &settings),
        Command::Logout => logout(ports, &settings),
        Command::Status(arguments) => return status(arguments, ports, &settings),
    };
    output::outcome(outcome)
}

fn login(ports: &Ports, settings: &GithubSettings) -> Result<String, Sentence> {
    let host = settings.host();
    let pasted = prompt::token(&words::paste(host)).map_err(|error| words::not_read(&error.to_string()))?;
    let token = pasted.as_token().ok_or_else(words::no_token)?;
    // What does not work is not kept.
    let user = github::user(ports, settings, &token)?;
    ports.github_tokens.store(host, &token).map_err(|detail| words::not_kept(host, &detail))?;
    Ok(words::logged_in(host, &user.login, user.scopes.as_deref(), user.expires, &ports.clock.now()))
}

fn logout(ports: &Ports, settings: &GithubSettings) -> Result<String, Sentence> {
    let host = settings.host();
    let was_there = ports.github_tokens.remove(host).map_err(|detail| words::not_forgotten(host, &detail))?;
    Ok(words::logged_out(host, was_there))
}

/// The JSON object of `wick github status --json`.
#[derive(Serialize)]
struct Report<'a> {
    schema: u32,
    host: &'a str,
    source: Option<String>,
    login: Option<String>,
    scopes: Option<String>,
    expires_at: Option<Timestamp>,
    error: Option<Sentence>,
}

impl<'a> Report<'a> {
    /// Of a host of which nothing is known.
    fn of(settings: &'a GithubSettings) -> Self {
        Self {
            schema: 1,
            host: settings.host(),
            source: None,
            login: None,
            scopes: None,
            expires_at: None,
            error: None,
        }
    }
}

fn status(arguments: &Status, ports: &Ports, settings: &GithubSettings) -> Exit {
    let found = github::token(ports, settings, output::patience());
    let source = found.as_ref().ok().map(|found| found.source.clone());
    let user = found.and_then(|found| github::user(ports, settings, &found.token));
    if arguments.json {
        let (user, error) = match &user {
            Ok(user) => (Some(user), None),
            Err(error) => (None, Some(error.clone())),
        };
        let of = |part: fn(&User) -> Option<String>| user.and_then(part);
        output::json(&Report {
            source: source.as_ref().map(ToString::to_string),
            login: of(|user| Some(user.login.clone())),
            scopes: of(|user| user.scopes.clone()),
            expires_at: user.and_then(|user| user.expires),
            error,
            ..Report::of(settings)
        });
    } else {
        if let Some(source) = &source {
            output::line(&words::source(settings.host(), source));
        }
        match &user {
            Ok(user) => {
                let now = ports.clock.now();
                let scopes = user.scopes.as_deref();
                output::line(&words::logged_in(settings.host(), &user.login, scopes, user.expires, &now));
            }
            Err(sentence) => output::sentence(sentence),
        }
    }
    if user.is_ok() { Exit::Done } else { Exit::Failed }
}
