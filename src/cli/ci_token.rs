//! `wick ci-token`: keeps, tries, forgets and shows the one-year token for CI.

use clap::{Args, Subcommand};
use serde::Serialize;

use super::given_token;
use super::input;
use super::output::{self, Ended, Exit};
use super::rotate;
use super::until_stopped::until_stopped;
use super::waiting::Waiting;
use crate::app;
use crate::app::ci_token::NotChanged;
use crate::domain::credential::{CiTokenMemory, NotProven};
use crate::domain::secret::Secret;
use crate::domain::settings::{ProfileName, Settings};
use crate::ports::{Ports, Stop};
use crate::report::answer::Answer;
use crate::report::clocks::CiTokenClock;
use crate::words::{Sentence, ci_token as words, rotate as rotate_words, sync as sync_words};

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Store the token that "claude setup-token" prints, pasted or piped in
    Set(Set),
    /// Check that the token works, by a question to Claude; uses a little of your plan
    Check(output::Form),
    /// Replace the token everywhere: make a new one, check it, send it, and say how to revoke the old one
    Rotate(rotate::Arguments),
    /// Remove the token from this computer
    Clear,
    /// Show how much of the token's year is left, and how the last check went
    Status(output::Form),
}

#[derive(Debug, Args)]
pub struct Set {
    /// Then check that it works, as "wick ci-token check" does
    #[arg(long)]
    check: bool,
}

pub(super) fn run(command: &Command, ports: &Ports) -> Ended {
    match command {
        Command::Rotate(arguments) => rotate::run(arguments, ports),
        Command::Clear => {
            // No profile of any config is named so.
            if !ports.profile.is_plain() {
                input::settings_for_people(ports)?;
            }
            output::outcome(clear(ports))
        }
        Command::Set(arguments) => {
            let settings = input::settings_for_people(ports)?;
            output::outcome(set(ports, &settings))?;
            if let Some(hint) = words::hint(settings.needs_the_ci_token(), &settings.profile) {
                output::hint(&hint);
            }
            if arguments.check { check(false, ports) } else { Ok(Exit::Done) }
        }
        Command::Check(form) => check(form.json, ports),
        Command::Status(form) => status(form.json, ports),
    }
}

fn set(ports: &Ports, settings: &Settings) -> Result<String, Sentence> {
    keep(ports, settings, &given_token::ask(ports, settings)?)
}

/// Keeps one, and says where.
pub(super) fn keep(ports: &Ports, settings: &Settings, token: &Secret) -> Result<String, Sentence> {
    let kept = app::ci_token::keep(ports, &settings.profile, token);
    let (place, memory) = kept.map_err(|why| match why {
        NotChanged::Token(detail) => words::not_kept(&detail),
        NotChanged::Memory(detail) => words::not_noted(&detail),
    })?;
    Ok(words::kept(&place, &memory, &ports.clock.now()))
}

/// Also where the config is broken, or no longer names the profile: the token is still there.
fn clear(ports: &Ports) -> Result<String, Sentence> {
    let profile = &ports.profile;
    let removed = app::ci_token::remove(ports, profile);
    let (was_there, was_noted) = removed.map_err(|why| match why {
        NotChanged::Token(detail) => words::not_forgotten(&detail),
        NotChanged::Memory(detail) => words::still_noted(&detail),
    })?;
    Ok(words::forgotten(was_there, was_noted).to_owned())
}

/// What `wick ci-token status --json` and `check --json` print; `expires_at` is an estimate.
#[derive(Serialize)]
struct Report {
    profile: String,
    #[serde(flatten)]
    clock: CiTokenClock,
}

impl Report {
    /// Where nothing is known of one.
    fn refused(profile: &ProfileName) -> impl Fn(Sentence) -> Answer<Self> + Copy {
        |error| Answer::new(Self { profile: profile.to_string(), clock: CiTokenClock::default() }, Some(error))
    }

    fn of(ports: &Ports, memory: &CiTokenMemory, error: Option<Sentence>) -> Answer<Self> {
        let clock = CiTokenClock::of(memory, ports.clock.now().timestamp());
        Answer::new(Self { profile: ports.profile.to_string(), clock }, error)
    }
}

/// What is remembered of the stored one; a config that is not understood comes first.
fn remembered(json: bool, ports: &Ports) -> Result<CiTokenMemory, Exit> {
    let none = Report::refused(&ports.profile);
    input::settings(ports, json, none)?;
    let unread = |error| output::refuse(sync_words::unread(&error), Exit::Failed, json, none);
    let mut stored = ports.state_file.load_sync().map_err(unread)?;
    let profile = ports.profile.as_str();
    if stored.unsettled_ci_tokens.contains(profile) {
        let error = rotate_words::unsettled(&ports.profile, stored.rotations.contains_key(profile));
        return Err(output::refuse(error, Exit::Failed, json, none));
    }
    let memory = stored.ci_tokens.remove(profile);
    memory.ok_or_else(|| {
        let is_there = matches!(ports.ci_tokens.read(&ports.profile, output::patience()), Ok(Some(_)));
        let (error, exit) =
            if is_there { (words::unnoted(), Exit::Failed) } else { (words::none(), Exit::NoCredential) };
        output::refuse(error, exit, json, none)
    })
}

fn status(json: bool, ports: &Ports) -> Ended {
    let memory = remembered(json, ports)?;
    if json {
        let failed = memory.failed_check.map(|check| words::not_proven(&check.why.into()));
        output::json(&Report::of(ports, &memory, failed));
    } else {
        output::line(&words::status(&memory, &ports.clock.now()));
        if ports.state_file.load_sync().is_ok_and(|known| known.rotations.contains_key(ports.profile.as_str())) {
            output::diagnostic(&rotate_words::is_unfinished(&ports.profile));
        }
    }
    Ok(Exit::Done)
}

fn check(json: bool, ports: &Ports) -> Ended {
    let memory = remembered(json, ports)?;
    let refuse = |error, exit| output::refuse(error, exit, json, |error| Report::of(ports, &memory, Some(error)));
    let token = ports.ci_tokens.read(&ports.profile, output::patience());
    let token = token.map_err(|why| refuse(words::not_opened(&why), Exit::Failed))?;
    let token = token.ok_or_else(|| refuse(words::none(), Exit::NoCredential))?;
    output::remark(words::CHECKING);
    let (for_check, waiting) = (ports.clone(), Waiting::begin(ports, ""));
    let checked = until_stopped(ports, move |stop: &Stop| {
        app::ci_token::check(&for_check, &for_check.profile, &memory, &token, stop)
    });
    let (outcome, noted) = checked.map_or_else(|| (Err(NotProven::Unclear.into()), Ok(())), |(checked, _)| checked);
    drop(waiting);
    if let Err(error) = noted {
        output::diagnostic(&words::check_not_noted(&error));
    }
    let now = outcome.map_err(|failure| {
        let exit = if failure.why.is_of_the_token() { Exit::NoCredential } else { Exit::Failed };
        refuse(words::not_proven(&failure), exit)
    })?;
    if json {
        output::json(&Report::of(ports, &now, None));
    } else {
        output::line(words::WORKED);
        output::line(&words::status(&now, &ports.clock.now()));
    }
    Ok(Exit::Done)
}
