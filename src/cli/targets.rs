//! `wick targets`: lists the places that hold secrets, and edits the config's list of them.

use std::collections::BTreeMap;

use clap::{Args, Subcommand, ValueEnum};

use super::{Exit, output, prompt};
use crate::app::github::Deleted;
use crate::app::material::MaterialStore;
use crate::app::{EditError, edit_config, github};
use crate::config;
use crate::domain::settings::{
    Field, Mapping, Place, ProfileName, Settings, Target, Visibility, is_repository_name, is_secret_name,
};
use crate::domain::sync::{SecretMemory, standing};
use crate::ports::Ports;
use crate::report::target::{TargetStatus, TargetsReport};
use crate::words::sentence::capital;
use crate::words::{Sentence, sync as sync_words, sync_failure, targets as words};

/// What to do with the targets.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print each target and what it is known to hold
    List(List),
    /// Add targets to the config; without names, pick from your repositories
    Add(Add),
    /// Take a target out of the config
    Remove(Remove),
}

/// The arguments of `wick targets list`.
#[derive(Debug, Args)]
pub struct List {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// The arguments of `wick targets add`.
#[derive(Debug, Args)]
pub struct Add {
    /// acme/api, acme/web@production, acme/api#dependabot, acme/api#codespaces, org:acme, or a command's name
    #[arg(value_name = "TARGET")]
    names: Vec<String>,
    /// Which of an organization's repositories may use the secrets
    #[arg(long)]
    visibility: Option<VisibilityWord>,
    /// A repository that may, without its owner; with --visibility selected
    #[arg(long = "repository", value_name = "NAME")]
    repositories: Vec<String>,
    /// What goes there instead of the table of secrets, such as `CLAUDE_ACCESS_TOKEN=accessToken`
    #[arg(long = "secret", value_name = "NAME=FIELD")]
    secrets: Vec<String>,
    /// The program that takes the secrets as JSON on standard input, and its arguments
    #[arg(last = true, value_name = "PROGRAM")]
    command: Vec<String>,
}

/// Which of an organization's repositories may use a secret.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum VisibilityWord {
    /// All of them.
    All,
    /// Those that are private or internal.
    Private,
    /// Those that are named.
    Selected,
}

/// The arguments of `wick targets remove`.
#[derive(Debug, Args)]
pub struct Remove {
    /// The target's name
    #[arg(value_name = "TARGET")]
    name: String,
    /// Delete there what Wick has created
    #[arg(long)]
    delete_secrets: bool,
}

pub(super) fn run(command: &Command, ports: &Ports) -> Exit {
    let settings = match super::settings(ports) {
        Ok(settings) => settings,
        Err(sentence) => {
            if let Command::List(List { json: true }) = command {
                output::json(&TargetsReport { schema: 1, error: Some(sentence), ..TargetsReport::default() });
            } else {
                output::sentence(&sentence);
            }
            return Exit::Usage;
        }
    };
    let outcome = match command {
        Command::List(arguments) => {
            list(arguments, ports, &settings);
            return Exit::Done;
        }
        Command::Add(arguments) => add(arguments, ports, &settings),
        Command::Remove(arguments) => remove(arguments, ports, &settings),
    };
    match outcome {
        Ok(()) => Exit::Done,
        Err((exit, complaint)) => {
            output::complaint(&complaint);
            exit
        }
    }
}

/// How a command failed, and what is said of it.
type Failed = (Exit, String);

fn not_edited(ports: &Ports, error: &EditError) -> Failed {
    let exit = if matches!(error, EditError::Text(_)) { Exit::Usage } else { Exit::Failed };
    (exit, format!("{}: {error}", ports.config_file.path().display()))
}

fn said(sentence: &Sentence) -> String {
    format!("{}\nhint: {}", capital(&sentence.message), sentence.action)
}

fn list(arguments: &List, ports: &Ports, settings: &Settings) {
    let memory = ports.state_file.load_sync();
    let material = MaterialStore::open(ports, settings).read(output::patience());
    let targets = standing::targets(settings, &memory, Some(material.tokens()));
    let now = ports.clock.now();
    let refresh_token_holders = memory.holders(settings);
    if arguments.json {
        let targets = targets.iter().map(|standing| TargetStatus::of(standing, &now)).collect();
        output::json(&TargetsReport { schema: 1, targets, refresh_token_holders, error: None });
        return;
    }
    if targets.is_empty() {
        output::line(&words::none(settings));
    }
    for target in &targets {
        output::line(&words::line(target, &now));
    }
    output::line(&words::holders(&refresh_token_holders));
}

fn add(arguments: &Add, ports: &Ports, settings: &Settings) -> Result<(), Failed> {
    let usage = |text: String| (Exit::Usage, text);
    let targets = if arguments.names.is_empty() && arguments.command.is_empty() {
        picked(ports, settings)?
    } else {
        named(arguments, &settings.profile).map_err(usage)?
    };
    if targets.is_empty() {
        output::line(words::NOTHING_PICKED);
        return Ok(());
    }
    let listed = |name: &str| settings.targets.iter().any(|known| known.to_string().eq_ignore_ascii_case(name));
    if let Some(twice) = targets.iter().map(ToString::to_string).find(|name| listed(name)) {
        return Err(usage(words::already_there(&twice)));
    }
    let mut changed = Settings::default();
    let added = |text: &str| {
        let text = targets.iter().try_fold(text.to_owned(), |text, target| config::with_target(&text, target))?;
        // Whatever does not fit together is found before it is written.
        changed = config::parse(&text, &ports.home)?;
        Ok(text)
    };
    edit_config(&*ports.config_file, added).map_err(|error| not_edited(ports, &error))?;
    // Whoever adds them by a command has let secrets go there.
    let allowed = ports.state_file.change_sync(&mut |memory| {
        memory.places.see(settings);
        for target in &targets {
            memory.places.add_target(target, &changed);
        }
    });
    if let Err(error) = allowed {
        output::complaint(&error.to_string());
    }
    let names: Vec<String> = targets.iter().map(ToString::to_string).collect();
    output::line(&words::added(&names, &settings.profile));
    Ok(())
}

fn named(arguments: &Add, profile: &ProfileName) -> Result<Vec<Target>, String> {
    let secrets = if arguments.secrets.is_empty() {
        None
    } else {
        Some(arguments.secrets.iter().map(|text| mapping(text)).collect::<Result<_, _>>()?)
    };
    let target = |place| Target { place, secrets: secrets.clone(), profile: profile.clone() };
    if !arguments.command.is_empty() {
        let [name] = arguments.names.as_slice() else { return Err(words::ONE_COMMAND.to_owned()) };
        return Ok(vec![target(Place::Command { name: name.clone(), command: arguments.command.clone() })]);
    }
    let visibility = arguments.visibility.map(|word| match word {
        VisibilityWord::All => Visibility::All,
        VisibilityWord::Private => Visibility::Private,
        VisibilityWord::Selected => Visibility::Selected,
    });
    let place = |name: &String| match Place::parse(name) {
        Some(Place::Organization { org, .. }) if arguments.repositories.iter().all(|name| is_repository_name(name)) => {
            Ok(Place::Organization { org, visibility, repositories: arguments.repositories.clone() })
        }
        Some(Place::Organization { .. }) | None => Err(words::not_understood(name)),
        Some(place) => Ok(place),
    };
    let targets: Vec<Target> = arguments.names.iter().map(|name| place(name).map(target)).collect::<Result<_, _>>()?;
    let has_audience = visibility.is_some() || !arguments.repositories.is_empty();
    if visibility == Some(Visibility::Selected) && arguments.repositories.is_empty() {
        return Err(words::NONE_SELECTED.to_owned());
    }
    if has_audience && !targets.iter().any(|target| matches!(target.place, Place::Organization { .. })) {
        return Err(words::NO_ORGANIZATION.to_owned());
    }
    Ok(targets)
}

pub(super) fn mapping(text: &str) -> Result<Mapping, String> {
    let found = text.split_once('=').and_then(|(name, field)| {
        let (_, field) = Field::NAMES.into_iter().find(|(known, _)| *known == field)?;
        is_secret_name(name).then(|| Mapping { name: name.to_owned(), field })
    });
    // The text is not repeated: it may be a token in the wrong place.
    found.ok_or_else(words::secret_not_understood)
}

fn picked(ports: &Ports, settings: &Settings) -> Result<Vec<Target>, Failed> {
    if !prompt::can_ask() {
        return Err((Exit::Usage, words::NO_TERMINAL.to_owned()));
    }
    let failed = |sentence: Sentence| (Exit::Failed, said(&sentence));
    let found = github::token(ports, &settings.github, output::patience()).map_err(failed)?;
    let mut names = github::repositories(ports, &settings.github, &found.token).map_err(failed)?;
    let listed = |name: &String| settings.targets.iter().any(|known| known.to_string().eq_ignore_ascii_case(name));
    names.retain(|name| !listed(name));
    if names.is_empty() {
        return Err((Exit::Failed, words::NONE_TO_PICK.to_owned()));
    }
    let chosen = prompt::pick(&names).unwrap_or_default();
    let target =
        |name: &String| Some(Target { place: Place::parse(name)?, secrets: None, profile: settings.profile.clone() });
    Ok(chosen.iter().filter_map(target).collect())
}

fn remove(arguments: &Remove, ports: &Ports, settings: &Settings) -> Result<(), Failed> {
    let named = |target: &Target| target.to_string().eq_ignore_ascii_case(&arguments.name);
    let Some(number) = settings.targets.iter().position(named) else {
        let known: Vec<String> = settings.targets.iter().map(ToString::to_string).collect();
        return Err((Exit::Usage, said(&sync_words::unknown_target(&arguments.name, &known))));
    };
    let target = &settings.targets[number];
    if target.profile != settings.profile {
        return Err((Exit::Usage, said(&sync_words::other_profile(target))));
    }
    let key = settings.key(target);
    // First of all nothing is sent there by itself any more: what is deleted must not come back.
    let forbidden = ports.state_file.change_sync(&mut |memory| memory.places.remove_target(target, settings));
    forbidden.map_err(|error| (Exit::Failed, error.to_string()))?;
    let memory = ports.state_file.load_sync();
    let known = memory.targets.get(&key);
    if arguments.delete_secrets && target.is_at_github() {
        let mut created = known.map(|known| known.secrets.clone()).unwrap_or_default();
        created.retain(|_, secret| secret.created_at.is_some());
        delete(ports, settings, target, &key, &created)?;
    } else if let Some(known) = known.filter(|known| !known.secrets.is_empty()) {
        let left: Vec<String> = known.secrets.keys().cloned().collect();
        output::complaint(&words::left_behind(&left, target.is_at_github()));
    }
    let edited = edit_config(&*ports.config_file, |text| config::without_target(text, number));
    edited.map_err(|error| not_edited(ports, &error))?;
    output::line(&words::removed(&target.to_string()));
    Ok(())
}

/// Deletes what Wick has created there, and forgets it. The config keeps the target until that has worked.
fn delete(
    ports: &Ports,
    settings: &Settings,
    target: &Target,
    key: &str,
    created: &BTreeMap<String, SecretMemory>,
) -> Result<(), Failed> {
    let failed = |sentence: &Sentence| (Exit::Failed, said(sentence));
    let lock = ports.sync_lock.take().map_err(|detail| failed(&sync_failure::no_lock(&detail)))?;
    let Some(_lock) = lock else { return Err(failed(&sync_words::busy())) };
    let mut deleted = Deleted::default();
    if !created.is_empty() {
        match github::token(ports, &settings.github, output::patience()) {
            Ok(found) => deleted = github::delete(ports, &settings.github, &found.token, target, created),
            Err(sentence) => deleted.error = Some(sentence),
        }
    }
    let Deleted { gone, of_others, error } = deleted;
    let forgotten = ports.state_file.change_sync(&mut |memory| {
        if let Some(known) = memory.targets.get_mut(key) {
            known.secrets.retain(|name, _| !gone.contains(name) && !of_others.contains(name));
        }
        memory.targets.retain(|known, target| known != key || !target.secrets.is_empty());
    });
    if let Err(error) = forgotten {
        output::complaint(&error.to_string());
    }
    output::line(&words::deleted(&gone, &of_others));
    if !of_others.is_empty() {
        output::complaint(&words::of_others(&of_others));
    }
    error.map_or(Ok(()), |error| Err((Exit::Targets, said(&error))))
}
