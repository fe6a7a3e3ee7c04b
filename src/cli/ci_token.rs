//! `wick ci-token`: keeps, forgets and shows the one-year token for CI.

use clap::Subcommand;
use jiff::Timestamp;
use serde::Serialize;

use super::exit::{Ended, Exit};
use super::{loaded, output, prompt};
use crate::domain::credential::{CiTokenMemory, Reading, ci_token};
use crate::domain::settings::{ProfileName, Settings};
use crate::domain::time::EpochMillis;
use crate::ports::Ports;
use crate::report::answer::Answer;
use crate::words::{Sentence, ci_token as words, profiles};

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Read the token of "claude setup-token" from standard input, and keep it in the keychain or keyring
    Set,
    /// Forget it
    Clear,
    /// Say how much of its year is left
    Status(output::Form),
}

pub(super) fn run(command: &Command, ports: &Ports) -> Ended {
    match command {
        Command::Clear => output::outcome(clear(ports)),
        Command::Set => output::outcome(set(ports, &loaded::settings_for_people(ports)?)),
        Command::Status(form) => status(form.json, ports),
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

/// What `wick ci-token status --json` prints; `expires_at` is an estimate.
#[derive(Serialize)]
struct Report {
    profile: String,
    stored_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
    seconds_left: Option<i64>,
}

impl Report {
    fn of(profile: &ProfileName, memory: Option<&CiTokenMemory>, now: Timestamp) -> Self {
        let end = memory.map(CiTokenMemory::end);
        Self {
            profile: profile.to_string(),
            stored_at: memory.map(|memory| memory.stored_at),
            expires_at: end.and_then(EpochMillis::timestamp),
            seconds_left: end.map(|end| end.time_left(now).as_secs()),
        }
    }
}

fn status(json: bool, ports: &Ports) -> Ended {
    let now = ports.clock.now();
    let answer =
        |memory: Option<&CiTokenMemory>, error| Answer::new(Report::of(&ports.profile, memory, now.timestamp()), error);
    loaded::settings(ports, json, |error| answer(None, Some(error)))?;
    match ports.state_file.load_sync().ci_tokens.get(ports.profile.as_str()) {
        None => Err(output::refuse(words::none(), Exit::NoCredential, json, |error| answer(None, Some(error)))),
        Some(memory) => {
            if json {
                output::json(&answer(Some(memory), None));
            } else {
                output::line(&words::status(memory, &now));
            }
            Ok(Exit::Done)
        }
    }
}
