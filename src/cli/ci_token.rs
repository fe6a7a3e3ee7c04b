//! `wick ci-token`: keeps, forgets and shows the one-year token for CI.

use clap::Subcommand;
use serde::Serialize;

use super::input;
use super::output::{self, Ended, Exit};
use super::paste::{self, Rest};
use crate::domain::credential::{CiTokenMemory, Reading, ci_token};
use crate::domain::secret::Secret;
use crate::domain::settings::Settings;
use crate::ports::Ports;
use crate::report::answer::Answer;
use crate::report::clocks::CiTokenClock;
use crate::words::{Sentence, ci_token as words, profiles, sync as sync_words};

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Take the token of "claude setup-token", pasted or piped in, and keep it in the keychain or keyring
    Set,
    /// Forget it
    Clear,
    /// Say how much of its year is left
    Status(output::Form),
}

pub(super) fn run(command: &Command, ports: &Ports) -> Ended {
    match command {
        Command::Clear => output::outcome(clear(ports)),
        Command::Set => output::outcome(set(ports, &input::settings_for_people(ports)?)),
        Command::Status(form) => status(form.json, ports),
    }
}

fn set(ports: &Ports, settings: &Settings) -> Result<String, Sentence> {
    // The sign-in's own token looks alike, and is what people have at hand.
    let reading = (ports.open_store)(&settings.credential).read(output::patience());
    let access_token = Reading::credential(&reading).map(|credential| &credential.access_token);
    let token = |pasted: &Secret| ci_token::parse(pasted, access_token);
    let pasted = paste::read(words::PASTE, Rest::IsSaid, &|pasted| token(pasted).is_ok());
    let pasted = pasted.map_err(|error| words::not_read(&error.to_string()))?;
    let token = token(&pasted).map_err(words::not_one)?;
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
    #[serde(flatten)]
    clock: CiTokenClock,
}

fn status(json: bool, ports: &Ports) -> Ended {
    let (now, profile) = (ports.clock.now(), ports.profile.to_string());
    let none = |error| Answer::new(Report { profile: profile.clone(), clock: CiTokenClock::default() }, Some(error));
    input::settings(ports, json, none)?;
    let mut stored = ports
        .state_file
        .load_sync()
        .map_err(|error| output::refuse(sync_words::unread(&error), Exit::Failed, json, none))?;
    let memory = stored.ci_tokens.remove(profile.as_str());
    let memory = memory.ok_or_else(|| output::refuse(words::none(), Exit::NoCredential, json, none))?;
    if json {
        let clock = CiTokenClock::of(&memory, now.timestamp());
        output::json(&Answer::new(Report { profile, clock }, None));
    } else {
        output::line(&words::status(&memory, &now));
    }
    Ok(Exit::Done)
}
