//! `wick exec`: becomes another program, with the secrets in its environment and nowhere else.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

use clap::Args;
use jiff::SignedDuration;

use super::output::{self, Ended, Exit};
use super::{fresh, input};
use crate::domain::credential::{Concern, Tokens};
use crate::domain::secret::Secret;
use crate::domain::settings::{Field, Mapping, Settings};
use crate::domain::sync::SyncMemory;
use crate::domain::sync::value::{not_a_token, value};
use crate::ports::Ports;
use crate::words::{Sentence, ci_token, credential as credential_words, exec as words, keyring, sync};

/// As a shell does it: the program is not there.
const NOT_FOUND: u8 = 127;
/// As a shell does it: it is there, and cannot be run.
const NOT_RUN: u8 = 126;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Pass only the secret of this name; can be repeated
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Also pass this field under this name, such as `ANTHROPIC_AUTH_TOKEN=accessToken`; can be repeated
    #[arg(long, value_name = "NAME=FIELD")]
    env: Vec<String>,
    /// Also pass the refresh token; it works once, and whoever uses it signs all others out
    #[arg(long)]
    with_refresh_token: bool,
    /// The program and its arguments
    #[arg(last = true, required = true, value_name = "CMD")]
    command: Vec<OsString>,
}

/// What goes under which name, and whether it was asked for by name.
type Wanted = Vec<(Mapping, bool)>;

pub(super) fn run(arguments: &Arguments, ports: &Ports) -> Ended {
    let settings = input::settings_for_people(ports)?;
    let wanted = wanted(arguments, &settings).map_err(|sentence| output::refused(&sentence, Exit::Usage))?;
    let secrets = secrets(ports, &settings, &wanted)?;
    let Some((program, rest)) = arguments.command.split_first() else { return Err(Exit::Usage) };
    let mut command = Command::new(program);
    // What is kept back here must not come from further out, as from another `wick exec`.
    for mapping in &settings.secrets.0 {
        command.env_remove(&mapping.name);
    }
    command.args(rest).envs(secrets.iter().map(|(name, value)| (name, value.expose())));
    (ports.before_exec)();
    // Signals, and the exit code of what comes of it, are the program's own: there is no Wick any more.
    let error = command.exec();
    let code = if error.kind() == io::ErrorKind::NotFound { NOT_FOUND } else { NOT_RUN };
    Err(output::failed(&words::not_run(&program.to_string_lossy(), &error.to_string()), Exit::Program(code)))
}

fn wanted(arguments: &Arguments, settings: &Settings) -> Result<Wanted, Sentence> {
    let more = arguments.env.iter().map(|text| Mapping::parse(text)).collect::<Result<Vec<_>, _>>();
    let more = more.map_err(|why| words::not_a_mapping("--env", why))?;
    let (listed, named) = (&settings.secrets.0, |name: &String| arguments.only.contains(name));
    let is_among = |mappings: &[Mapping], name: &str| mappings.iter().any(|known| known.name == name);
    if let Some(unknown) = arguments.only.iter().find(|only| !is_among(listed, only) && !is_among(&more, only)) {
        let known: Vec<&str> = listed.iter().map(|mapping| mapping.name.as_str()).collect();
        return Err(words::unknown_name(unknown, &known));
    }
    let is_chosen =
        |mapping: &&Mapping| (arguments.only.is_empty() || named(&mapping.name)) && !is_among(&more, &mapping.name);
    let listed = listed.iter().filter(is_chosen).map(|mapping| (mapping.clone(), named(&mapping.name)));
    let mut all: Wanted = listed.chain(more.iter().map(|mapping| (mapping.clone(), true))).collect();
    if !arguments.with_refresh_token {
        let carries = |(mapping, _): &(Mapping, bool)| mapping.field.carries_the_refresh_token();
        if let Some((mapping, _)) = all.iter().find(|wanted| wanted.1 && carries(wanted)) {
            return Err(words::refresh_token_kept(&mapping.name));
        }
        all.retain(|wanted| !carries(wanted));
    }
    if all.is_empty() { Err(words::nothing_mapped()) } else { Ok(all) }
}

fn secrets(ports: &Ports, settings: &Settings, wanted: &Wanted) -> Result<Vec<(String, Secret)>, Exit> {
    let is_of_ci_token = |(mapping, _): &(Mapping, bool)| mapping.field.is_of_the_ci_token();
    let is_ci_token_alone = wanted.iter().all(is_of_ci_token);
    let (mut token, mut ci_token_stored_at) = (None, None);
    // It expires by itself: whether anyone is signed in here does not matter to it.
    let is_date = |field: Field| field.is_of_the_ci_token() && field != Field::CiToken;
    if wanted.iter().any(|(mapping, _)| is_date(mapping.field)) {
        let memory = ports.state_file.load_sync().unwrap_or_else(|error| {
            output::diagnostic(&sync::unread(&error).paragraph());
            SyncMemory::unread()
        });
        ci_token_stored_at = memory.ci_tokens.get(settings.profile.as_str()).map(|memory| memory.stored_at);
    }
    if wanted.iter().any(|(mapping, _)| mapping.field == Field::CiToken) {
        token = ports.ci_tokens.read(&settings.profile, output::patience()).unwrap_or_else(|error| {
            output::diagnostic(&keyring::error(&error));
            None
        });
    }
    let read = || fresh::credential(ports, settings, SignedDuration::ZERO);
    let credential = (!is_ci_token_alone).then(read).transpose()?;
    let tokens = Tokens { credential: credential.as_ref(), ci_token: token.as_ref(), ci_token_stored_at };
    // The journal is looked at only where the refresh token is handed on: a keychain may ask for that.
    let is_spent = || {
        let place = (ports.open_store)(&settings.credential).location();
        tokens.is_spent((ports.find_spent)(&place).as_ref())
    };
    if wanted.iter().any(|(mapping, _)| mapping.field.carries_the_refresh_token()) && is_spent() {
        return Err(output::refused(&words::refresh_token_spent(), Exit::NoCredential));
    }
    let mut secrets = Vec::new();
    for (Mapping { name, field }, asked_for) in wanted {
        match value(*field, tokens) {
            Some(value) => secrets.push((name.clone(), value)),
            None if *asked_for || is_ci_token_alone => {
                let absent = if field.is_of_the_ci_token() { no_ci_token(ports) } else { words::absent(*field) };
                let malformed = not_a_token(*field, tokens).map(Concern::NotAToken);
                let why = malformed.map_or(absent, |concern| credential_words::concern(&concern));
                return Err(output::refused(&why, Exit::NoCredential));
            }
            None => output::diagnostic(&words::left_out(name, *field, not_a_token(*field, tokens))),
        }
    }
    Ok(secrets)
}

fn no_ci_token(ports: &Ports) -> Sentence {
    let known = ports.state_file.load_sync();
    let is_unsettled = known.is_ok_and(|known| known.unsettled_ci_tokens.contains(ports.profile.as_str()));
    if is_unsettled { ci_token::unsettled() } else { ci_token::none() }
}
