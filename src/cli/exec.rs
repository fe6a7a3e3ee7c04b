//! `wick exec`: becomes another program, with the secrets in its environment and nowhere else.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

use clap::Args;

use super::targets::mapping;
use super::{Exit, fresh, output};
use crate::domain::credential::Tokens;
use crate::domain::secret::Secret;
use crate::domain::settings::{Field, Mapping, Settings};
use crate::domain::sync::value::value;
use crate::ports::Ports;
use crate::words::{Sentence, ci_token, exec as words, keyring};

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

/// What goes under which name, and whether it was asked for by name.
type Wanted = Vec<(Mapping, bool)>;

pub(super) fn run(arguments: &Arguments, ports: &Ports) -> Exit {
    let settings = match super::settings(ports) {
        Ok(settings) => settings,
        Err(sentence) => return usage(&sentence),
    };
    let wanted = match wanted(arguments, &settings) {
        Ok(wanted) if wanted.is_empty() => return usage(&words::nothing_mapped()),
        Ok(wanted) => wanted,
        Err(sentence) => return usage(&sentence),
    };
    let secrets = match secrets(ports, &settings, &wanted) {
        Ok(secrets) => secrets,
        Err(exit) => return exit,
    };
    let Some((program, rest)) = arguments.command.split_first() else { return Exit::Usage };
    let mut command = Command::new(program);
    // What is kept back here must not come from further out, as from another `wick exec`.
    for mapping in &settings.secrets.0 {
        command.env_remove(&mapping.name);
    }
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

fn wanted(arguments: &Arguments, settings: &Settings) -> Result<Wanted, Sentence> {
    let more: Vec<Mapping> = arguments
        .env
        .iter()
        .map(|text| mapping(text))
        .collect::<Result<_, _>>()
        .map_err(|_| words::not_understood())?;
    let (listed, named) = (&settings.secrets.0, |name: &str| arguments.only.iter().any(|only| only == name));
    let is_known = |name: &String| listed.iter().chain(&more).any(|known| known.name == *name);
    if let Some(unknown) = arguments.only.iter().find(|only| !is_known(only)) {
        let known: Vec<&str> = listed.iter().map(|mapping| mapping.name.as_str()).collect();
        return Err(words::unknown_name(unknown, &known));
    }
    let listed = listed.iter().filter(|mapping| arguments.only.is_empty() || named(&mapping.name));
    let listed = listed.filter(|mapping| more.iter().all(|other| other.name != mapping.name));
    let listed = listed.map(|mapping| (mapping.clone(), named(&mapping.name)));
    let mut all: Wanted = listed.chain(more.iter().map(|mapping| (mapping.clone(), true))).collect();
    if !arguments.with_refresh_token {
        let kept_back =
            |(mapping, asked_for): &&(Mapping, bool)| *asked_for && mapping.field.carries_the_refresh_token();
        if let Some((mapping, _)) = all.iter().find(kept_back) {
            return Err(words::refresh_token_kept(&mapping.name));
        }
        all.retain(|(mapping, _)| !mapping.field.carries_the_refresh_token());
    }
    Ok(all)
}

fn secrets(ports: &Ports, settings: &Settings, wanted: &Wanted) -> Result<Vec<(String, Secret)>, Exit> {
    let absent = |mapping: &Mapping| {
        let sentence = if mapping.field == Field::CiToken { ci_token::none() } else { words::absent(mapping.field) };
        output::sentence(&sentence);
        Exit::NoCredential
    };
    let is_ci_token = |(mapping, _): &(Mapping, bool)| mapping.field == Field::CiToken;
    let is_ci_token_alone = wanted.iter().all(is_ci_token);
    let mut token = None;
    // It has an end of its own: whether anyone is signed in here does not matter to it.
    if wanted.iter().any(is_ci_token) {
        token = ports.ci_tokens.read(&settings.profile, output::patience()).unwrap_or_else(|error| {
            output::complaint(&keyring::error(&error));
            None
        });
    }
    let credential = if is_ci_token_alone { None } else { Some(fresh::credential(ports, settings, None)?) };
    let tokens = Tokens { credential: credential.as_ref(), ci_token: token.as_ref() };
    let mut secrets = Vec::new();
    for (mapping, asked_for) in wanted {
        match value(mapping.field, tokens) {
            Some(value) => secrets.push((mapping.name.clone(), value)),
            None if *asked_for || is_ci_token_alone => return Err(absent(mapping)),
            None => output::complaint(&words::left_out(&mapping.name, mapping.field)),
        }
    }
    Ok(secrets)
}
