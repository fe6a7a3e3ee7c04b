//! `wick exec`: becomes another program, with the secrets in its environment and nowhere else.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

use clap::Args;

use super::targets::mapping;
use super::{Exit, fresh, output};
use crate::config;
use crate::domain::message::{self, Sentence, ci_token, exec as words};
use crate::domain::secret::Secret;
use crate::domain::settings::{Secrets, Settings};
use crate::domain::sync::value::value;
use crate::domain::target::{Field, Mapping};
use crate::ports::Ports;

/// As a shell does it: the program is not there.
const NOT_FOUND: u8 = 127;
/// As a shell does it: it is there, and cannot be run.
const NOT_RUN: u8 = 126;

/// The arguments of `wick exec`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Only the secret of this name; may be said again
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// A field under another name too, such as `ANTHROPIC_AUTH_TOKEN=accessToken`; may be said again
    #[arg(long, value_name = "NAME=FIELD")]
    env: Vec<String>,
    /// Also what carries the refresh token: it works once, and whoever spends it signs the others out
    #[arg(long)]
    with_refresh_token: bool,
    /// The program and its arguments
    #[arg(last = true, required = true, value_name = "CMD")]
    command: Vec<OsString>,
}

pub(super) fn run(arguments: &Arguments, ports: &Ports) -> Exit {
    let settings = match config::settings(ports.config_file.read(), &ports.home, &ports.profile) {
        Ok(settings) => settings.unwrap_or_default(),
        Err(error) => return usage(&message::config_invalid(&error)),
    };
    let mappings = match mappings(arguments, &settings) {
        Ok(mappings) => mappings,
        Err(sentence) => return usage(&sentence),
    };
    let secrets = match secrets(ports, settings, &mappings, arguments) {
        Ok(secrets) => secrets,
        Err(exit) => return exit,
    };
    let Some((program, rest)) = arguments.command.split_first() else { return Exit::Usage };
    let mut command = Command::new(program);
    command.args(rest).envs(secrets.iter().map(|(name, value)| (name, value.expose())));
    // Signals, and the exit code of what comes of it, are the program's own: there is no Wick any more.
    let error = command.exec();
    output::complaint(&words::not_run(&program.to_string_lossy(), &error.to_string()));
    Exit::Program(if error.kind() == io::ErrorKind::NotFound { NOT_FOUND } else { NOT_RUN })
}

fn usage(sentence: &Sentence) -> Exit {
    output::sentence(sentence);
    Exit::Usage
}

/// What goes under which name.
fn mappings(arguments: &Arguments, settings: &Settings) -> Result<Vec<Mapping>, Sentence> {
    let more: Vec<Mapping> = arguments
        .env
        .iter()
        .map(|text| mapping(text))
        .collect::<Result<_, _>>()
        .map_err(|_| words::not_understood())?;
    let named = |name: &str| arguments.only.iter().any(|only| only == name);
    if let Some(unknown) =
        arguments.only.iter().find(|only| settings.secrets.0.iter().all(|known| known.name != **only))
    {
        let known: Vec<&str> = settings.secrets.0.iter().map(|mapping| mapping.name.as_str()).collect();
        return Err(words::unknown_name(unknown, &known));
    }
    let asked_for = |mapping: &&Mapping| more.contains(mapping) || named(&mapping.name);
    let listed = settings.secrets.0.iter().filter(|mapping| arguments.only.is_empty() || named(&mapping.name));
    let listed = listed.filter(|mapping| more.iter().all(|other| other.name != mapping.name));
    let mut all: Vec<Mapping> = listed.chain(&more).cloned().collect();
    if !arguments.with_refresh_token {
        if let Some(kept) = all.iter().filter(asked_for).find(|mapping| mapping.field.carries_the_refresh_token()) {
            return Err(words::refresh_token_kept(&kept.name));
        }
        all.retain(|mapping| !mapping.field.carries_the_refresh_token());
    }
    Ok(all)
}

fn secrets(
    ports: &Ports,
    mut settings: Settings,
    mappings: &[Mapping],
    arguments: &Arguments,
) -> Result<Vec<(String, Secret)>, Exit> {
    let absent = |mapping: &Mapping| {
        let sentence = if mapping.field == Field::CiToken { ci_token::none() } else { words::absent(mapping.field) };
        output::sentence(&sentence);
        Exit::NoCredential
    };
    if mappings.iter().all(|mapping| mapping.field == Field::CiToken) {
        // It has an end of its own: whether anyone is signed in here does not matter.
        let stored = ports.ci_tokens.read(&settings.profile, output::patience()).unwrap_or_else(|detail| {
            output::complaint(&detail);
            None
        });
        let secret = |mapping: &Mapping| Ok((mapping.name.clone(), stored.clone().ok_or_else(|| absent(mapping))?));
        return mappings.iter().map(secret).collect();
    }
    settings.secrets = Secrets(mappings.to_vec());
    let credential = fresh::credential(ports, &settings, None)?;
    let mut secrets = Vec::new();
    for mapping in mappings {
        let asked_for = arguments.only.contains(&mapping.name) || !arguments.env.is_empty();
        match value(mapping.field, &credential) {
            Some(value) => secrets.push((mapping.name.clone(), value)),
            None if asked_for => return Err(absent(mapping)),
            None => output::complaint(&words::left_out(&mapping.name, mapping.field)),
        }
    }
    Ok(secrets)
}
