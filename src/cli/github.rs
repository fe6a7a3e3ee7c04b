//! `wick github`: keeps, forgets and checks a GitHub token of Wick's own.

use std::io;

use clap::Subcommand;
use jiff::Timestamp;
use serde::Serialize;

use super::input;
use super::output::{self, Ended, Exit};
use super::paste::{self, Part, Rest};
use crate::app::github;
use crate::domain::github_token::{self, NotOne};
use crate::domain::paste::Unclear;
use crate::domain::secret::Secret;
use crate::domain::settings::{GithubSettings, Settings};
use crate::ports::{Ports, User};
use crate::report::answer::Answer;
use crate::words::{Sentence, github as words, sync_failure};

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check a token from standard input and store it in the keychain or the desktop's keyring
    Login,
    /// Remove the stored token
    Logout,
    /// Show which token is used, whose it is and when it expires
    Status(output::Form),
}

pub(super) fn run(command: &Command, ports: &Ports) -> Ended {
    let json = matches!(command, Command::Status(output::Form { json: true }));
    let refused = |error| Answer::new(Report::of(&GithubSettings::default()), Some(error));
    let settings = input::settings(ports, json, refused)?;
    match command {
        Command::Login => output::outcome(login(ports, &settings.github)),
        Command::Logout => output::outcome(logout(ports, &settings.github)),
        Command::Status(_) => status(json, ports, &settings),
    }
}

fn login(ports: &Ports, settings: &GithubSettings) -> Result<String, Sentence> {
    let host = settings.host();
    let part = |pasted: &Secret| match github_token::parse(pasted) {
        Ok(_) => Part::Whole,
        Err(NotOne::Unclear(Unclear::Half { .. })) => Part::Half,
        Err(_) => Part::None,
    };
    let pasted = paste::read(ports, &words::paste(host), Rest::IsSilent, &part);
    let pasted = pasted.map_err(|error| match error.kind() {
        io::ErrorKind::Interrupted => words::broken_off(),
        _ => words::not_read(&error.to_string()),
    })?;
    let token = github_token::parse(&pasted).map_err(words::not_one)?;
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

/// What `wick github status --json` prints.
#[derive(Default, Serialize)]
struct Report {
    host: String,
    source: Option<String>,
    login: Option<String>,
    scopes: Option<String>,
    expires_at: Option<Timestamp>,
    /// Which other tokens GitHub refuses, and what this one may not do at the listed targets.
    warnings: Vec<Sentence>,
}

impl Report {
    /// Of a host of which nothing is known.
    fn of(settings: &GithubSettings) -> Self {
        Self { host: settings.host().to_owned(), ..Self::default() }
    }
}

fn status(json: bool, ports: &Ports, settings: &Settings) -> Ended {
    let (github, now) = (&settings.github, ports.clock.now());
    let mut report = Report::of(github);
    let asked = input::github_token(ports, github).and_then(|used| {
        report.source = Some(used.source.to_string());
        if !json {
            output::line(&words::source(github.host(), &used.source));
        }
        let missing = github::may_not(ports, settings, &used);
        if !json {
            missing.iter().for_each(output::sentence);
        }
        report.warnings = used.passed_over.iter().map(sync_failure::passed_over).chain(missing).collect();
        used.user.map_err(|failure| sync_failure::failure_at(&failure, github, &now))
    });
    match asked {
        Err(error) => Err(output::refuse(error, Exit::Failed, json, |error| Answer::new(report, Some(error)))),
        Ok(User { login, scopes, expires }) if json => {
            let own = Report { login: Some(login), scopes, expires_at: expires, ..report };
            output::json(&Answer::new(own, None));
            Ok(Exit::Done)
        }
        Ok(User { login, scopes, expires }) => {
            output::line(&words::logged_in(github.host(), &login, scopes.as_deref(), expires, &now));
            Ok(Exit::Done)
        }
    }
}
