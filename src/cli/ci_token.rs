//! `wick ci-token`: keeps, forgets and tells of the one-year token for CI.

use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde::Serialize;

use super::{Exit, output, prompt};
use crate::domain::credential::{CiTokenMemory, Reading, ci_token};
use crate::domain::settings::{ProfileName, Settings};
use crate::ports::Ports;
use crate::words::{Sentence, ci_token as words, profiles};

/// What to do with the token.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Read the token of "claude setup-token" from standard input, and keep it in the keychain or keyring
    Set,
    /// Forget it
    Clear,
    /// Say how much of its year is left
    Status(Status),
}

/// The arguments of `wick ci-token status`.
#[derive(Debug, Args)]
pub struct Status {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(command: &Command, ports: &Ports) -> Exit {
    let arguments = match command {
        Command::Clear => return output::outcome(clear(ports)),
        Command::Set => None,
        Command::Status(arguments) => Some(arguments),
    };
    let settings = match super::settings(ports) {
        Ok(settings) => settings,
        Err(sentence) => {
            if arguments.is_some_and(|arguments| arguments.json) {
                output::json(&Report::of(&ports.profile, None, Some(sentence), ports.clock.now().timestamp()));
            } else {
                output::sentence(&sentence);
            }
            return Exit::Usage;
        }
    };
    match arguments {
        Some(arguments) => status(arguments, ports, &settings),
        None => output::outcome(set(ports, &settings)),
    }
}

fn set(ports: &Ports, settings: &Settings) -> Result<String, Sentence> {
    let pasted = prompt::token(words::PASTE).map_err(|error| words::not_read(&error.to_string()))?;
    // The sign-in's own token looks alike, and is what people have at hand.
    let reading = (ports.open_store)(&settings.credential).read(output::patience());
    let access_token = Reading::credential(&reading).map(|credential| &credential.access_token);
    let token = ci_token::parse(&pasted, access_token).map_err(words::not_one)?;
    let place = ports.ci_tokens.store(&settings.profile, &token).map_err(|detail| words::not_kept(&detail))?;
    let now = ports.clock.now();
    let memory = CiTokenMemory { stored_at: now.timestamp() };
    let noted = ports.state_file.change_sync(&mut |stored| {
        stored.ci_tokens.insert(settings.profile.to_string(), memory);
    });
    noted.map_err(|detail| words::not_noted(&detail))?;
    if let Some(hint) = words::hint(settings.needs_the_ci_token(), &settings.profile) {
        output::complaint(&hint);
    }
    Ok(words::kept(&place, &memory, &now))
}

/// Also where the config is broken, or no longer names the profile: the token is still there.
fn clear(ports: &Ports) -> Result<String, Sentence> {
    let profile = &ports.profile;
    if !profile.is_plain() {
        return Err(words::unknown_profile(&profiles::unknown(profile, &[])));
    }
    let was_there = ports.ci_tokens.remove(profile).map_err(|detail| words::not_forgotten(&detail))?;
    let mut was_noted = false;
    let noted = ports.state_file.change_sync(&mut |stored| {
        was_noted = stored.ci_tokens.remove(profile.as_str()).is_some();
    });
    noted.map_err(|detail| words::still_noted(&detail))?;
    Ok(words::forgotten(was_there, was_noted).to_owned())
}

/// The JSON object of `wick ci-token status --json`; `expires_at` is an estimate.
#[derive(Serialize)]
struct Report {
    schema: u32,
    profile: String,
    stored_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
    seconds_left: Option<i64>,
    error: Option<Sentence>,
}

impl Report {
    fn of(profile: &ProfileName, memory: Option<&CiTokenMemory>, error: Option<Sentence>, now: Timestamp) -> Self {
        Self {
            schema: 1,
            profile: profile.to_string(),
            stored_at: memory.map(|memory| memory.stored_at),
            expires_at: memory.and_then(|memory| memory.end().timestamp()),
            seconds_left: memory.map(|memory| memory.end().time_left(now).as_secs()),
            error,
        }
    }
}

fn status(arguments: &Status, ports: &Ports, settings: &Settings) -> Exit {
    let memory = ports.state_file.load_sync().ci_tokens.get(settings.profile.as_str()).copied();
    if arguments.json {
        let error = memory.is_none().then(words::none);
        output::json(&Report::of(&settings.profile, memory.as_ref(), error, ports.clock.now().timestamp()));
    } else {
        match &memory {
            Some(memory) => drop(output::line(&words::status(memory, &ports.clock.now()))),
            None => output::sentence(&words::none()),
        }
    }
    if memory.is_some() { Exit::Done } else { Exit::NoCredential }
}
