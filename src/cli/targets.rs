//! `wick targets`: lists the places that hold secrets, and edits the config's list of them.

use std::collections::BTreeMap;
use std::io;

use clap::{ArgGroup, Args, Subcommand};

use super::find::{self, Find};
use super::output::{self, Ended, Exit};
use super::waiting::Waiting;
use super::{edit, init, input, prompt};
use crate::app::github::{Deleted, UsedToken};
use crate::app::material::MaterialStore;
use crate::app::{edit_config, github};
use crate::config;
use crate::domain::secret::Secret;
use crate::domain::settings::{Kind, Mapping, Misfit, Place, Secrets, Settings, Store, Target, Visibility};
use crate::domain::sync::{Obstacle, SecretMemory, standing};
use crate::ports::Ports;
use crate::report::answer::Answer;
use crate::report::rows;
use crate::report::status::{TargetStatus, TargetsReport};
use crate::report::targets::{closing, rows as target_rows};
use crate::words::exec::not_a_mapping;
use crate::words::{Sentence, sync as sync_words, sync_failure, targets as words, terminal};

#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the targets and the state of each
    List(output::Form),
    /// Add targets to the config; without a name, choose from your repositories
    Add(Add),
    /// Change which secrets a target gets
    Set(Set),
    /// Find the places on GitHub that hold a Claude secret, and say which of them Wick does not sync
    Find(Find),
    /// Remove a target from the config
    Remove(Remove),
}

#[derive(Debug, Args)]
pub struct Add {
    /// The target, such as acme/api, acme/web@production, acme/api#dependabot or org:acme; for a program, any name
    #[arg(value_name = "TARGET")]
    names: Vec<String>,
    /// Which of an organization's repositories may use the secrets; "private" includes internal ones
    #[arg(long, value_name = "WHICH", value_parser = input::word::<Visibility>())]
    visibility: Option<Visibility>,
    /// Let this repository use the secrets: NAME for an organization, with --visibility selected; OWNER/NAME for
    /// user:codespaces; can be repeated
    #[arg(long = "repository", value_name = "NAME")]
    repositories: Vec<String>,
    /// Send this secret instead of the config's usual ones, such as `CLAUDE_ACCESS_TOKEN=accessToken`; can be repeated
    #[arg(long = "secret", value_name = "NAME=FIELD")]
    secrets: Vec<String>,
    /// Do not check on GitHub that the target exists and that you may list its secrets
    #[arg(long)]
    no_check: bool,
    /// A program that gets the secrets as JSON on standard input, and its arguments
    #[arg(last = true, value_name = "PROGRAM")]
    command: Vec<String>,
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("change").required(true).multiple(true).args(["secrets", "no_secrets", "table"])))]
pub struct Set {
    /// The target's name
    #[arg(value_name = "TARGET")]
    name: String,
    /// Send this secret too, such as `CLAUDE_CODE_OAUTH_TOKEN=ciToken`; can be repeated
    #[arg(long = "secret", value_name = "NAME=FIELD")]
    secrets: Vec<String>,
    /// Stop sending this secret; can be repeated
    #[arg(long = "no-secret", value_name = "NAME")]
    no_secrets: Vec<String>,
    /// Send the config's usual secrets again
    #[arg(long = "secrets", value_name = "default", value_parser = ["default"], conflicts_with_all = ["secrets", "no_secrets"])]
    table: Option<String>,
}

#[derive(Debug, Args)]
pub struct Remove {
    /// The target's name
    #[arg(value_name = "TARGET")]
    name: String,
    /// Also delete the secrets that Wick created there
    #[arg(long)]
    delete_secrets: bool,
}

pub(super) fn run(command: &Command, ports: &Ports) -> Ended {
    let json = matches!(command, Command::List(output::Form { json: true }));
    let settings = || input::settings(ports, json, Answer::<TargetsReport<'_>>::refused);
    match command {
        Command::List(_) => list(json, ports, &settings()?)?,
        Command::Add(arguments) => add(arguments, ports, &settings()?)?,
        Command::Set(arguments) => set(arguments, ports, &settings()?)?,
        Command::Find(arguments) => return find::run(arguments, ports),
        Command::Remove(arguments) => remove(arguments, ports, &settings()?)?,
    }
    Ok(Exit::Done)
}

fn usage(text: impl AsRef<str>) -> Exit {
    output::failed(text.as_ref(), Exit::Usage)
}

fn list(json: bool, ports: &Ports, settings: &Settings) -> Result<(), Exit> {
    let memory = ports.state_file.load_sync().map_err(|error| {
        output::refuse(sync_words::unread(&error), Exit::Failed, json, |error| {
            Answer::new(TargetsReport::default(), Some(error))
        })
    })?;
    let material = MaterialStore::open(ports, settings).read(output::patience());
    let targets = standing::targets(settings, &memory, Some(material.tokens()));
    let now = ports.clock.now();
    let refresh_token_holders = memory.holders(settings);
    if json {
        let targets = targets.iter().map(|standing| TargetStatus::of(standing, &now)).collect();
        output::json(&Answer::new(TargetsReport { targets, refresh_token_holders }, None));
        return Ok(());
    }
    if targets.is_empty() {
        output::line(&words::none(settings));
    }
    let size = ports.terminal.size_of(&io::stdout());
    output::laid_out(&rows::lines(&target_rows(&targets, &now, false), size));
    output::line(&words::holders(&refresh_token_holders));
    if let Some(closing) = closing(&targets).filter(|_| size.is_some()) {
        output::line(&closing);
    }
    Ok(())
}

fn add(arguments: &Add, ports: &Ports, settings: &Settings) -> Result<(), Exit> {
    let is_named = !arguments.names.is_empty() || !arguments.command.is_empty();
    let (names, token) = if is_named {
        (arguments.names.clone(), None)
    } else if input::can_ask() {
        picked(ports, settings)?
    } else {
        (vec![of_this_folder(ports, settings)?], None)
    };
    if names.is_empty() && !is_named {
        output::line(words::NOTHING_PICKED);
        return Ok(());
    }
    let mut targets = named(arguments, &names, settings)?;
    let names = new_names(&targets, settings)?;
    let not_checked = if arguments.no_check { None } else { check(ports, settings, &targets, token)? };
    // Neither the flags nor the config say what it gets.
    let is_open = arguments.secrets.is_empty() && settings.secrets == Secrets::default();
    if is_open && !arguments.names.is_empty() && arguments.command.is_empty() && input::can_ask() {
        let gets = init::gets(None, ports, settings)?;
        for target in &mut targets {
            target.secrets = Some(gets.mappings());
        }
    }
    edit::write(ports, settings, &targets, None).map_err(|(error, exit)| output::refused(&error, exit))?;
    output::line(&words::added(&names, &settings.profile));
    if let Some(why) = not_checked {
        output::remark(&words::not_checked(&why));
    }
    Ok(())
}

/// The names of these, where none is there twice.
fn new_names(targets: &[Target], settings: &Settings) -> Result<Vec<String>, Exit> {
    let mut names: Vec<String> = Vec::new();
    for target in targets {
        if names.iter().any(|name| input::is_named(target, name)) {
            return Err(usage(words::named_twice(target)));
        }
        names.push(target.to_string());
    }
    let twice = names.iter().find(|name| input::listed(name, settings).is_some());
    twice.map_or(Ok(()), |twice| Err(usage(words::already_there(twice))))?;
    Ok(names)
}

/// Ends the command where GitHub says that one of these is not there, or not the token's. Gives back why it does not say.
fn check(
    ports: &Ports,
    settings: &Settings,
    targets: &[Target],
    token: Option<Secret>,
) -> Result<Option<Sentence>, Exit> {
    if !targets.iter().any(Target::is_at_github) {
        return Ok(None);
    }
    let found = || match input::github_token(ports, &settings.github)? {
        // Each target would wait for the same.
        UsedToken { user: Err(failure), .. } if !failure.is_of_the_target() => {
            Err(sync_failure::failure_at(&failure, &settings.github, &ports.clock.now()))
        }
        found => Ok(found.token),
    };
    let token = match token.map_or_else(found, Ok) {
        Ok(token) => token,
        Err(why) => return Ok(Some(why)),
    };
    let waiting = Waiting::begin(ports, terminal::ASKING_GITHUB);
    let (refused, unknown) = github::check(ports, &settings.github, &token, targets);
    drop(waiting);
    if refused.is_empty() {
        return Ok(unknown);
    }
    for why in refused {
        output::sentence(&words::not_added(why));
    }
    Err(Exit::Failed)
}

fn named(arguments: &Add, names: &[String], settings: &Settings) -> Result<Vec<Target>, Exit> {
    let Add { visibility, repositories, command, .. } = arguments;
    let secrets = arguments.secrets.iter().map(|text| mapping(text)).collect::<Result<Vec<Mapping>, Exit>>()?;
    let secrets = (!secrets.is_empty()).then_some(secrets);
    let target = |place| Target { place, secrets: secrets.clone(), profile: settings.profile.clone() };
    if !command.is_empty() {
        let [name] = names else { return Err(usage(words::ONE_COMMAND)) };
        return Ok(vec![target(Place::Command { name: name.clone(), command: command.clone() })]);
    }
    let repositories = Some(repositories).filter(|names| !names.is_empty());
    let place = |name: &String| match input::place(name, settings) {
        Some(Place::Github(store)) if store.kind.has_audience() => {
            let used_by = store.used_by(*visibility, repositories.cloned());
            used_by.map(Place::Github).map_err(|misfit| match misfit {
                Misfit::Names => usage(words::not_understood(name)),
                Misfit::NotSelected | Misfit::NoneSelected => usage(words::NONE_SELECTED),
            })
        }
        Some(place) => Ok(place),
        None => Err(usage(words::not_understood(name))),
    };
    let places = names.iter().map(place).collect::<Result<Vec<_>, _>>()?;
    let fits = |has: fn(&Kind) -> bool| places.iter().filter_map(Place::store).any(|store| has(store.kind));
    if visibility.is_some() && !fits(Kind::has_visibility) || repositories.is_some() && !fits(Kind::has_audience) {
        return Err(usage(words::NO_ORGANIZATION));
    }
    Ok(places.into_iter().map(target).collect())
}

/// What goes to a target under which name.
fn mapping(text: &str) -> Result<Mapping, Exit> {
    Mapping::parse(text).map_err(|why| output::refused(&not_a_mapping("--secret", why), Exit::Usage))
}

/// The repository to add where none is named and nobody can be asked.
fn of_this_folder(ports: &Ports, settings: &Settings) -> Result<String, Exit> {
    let name = input::repository_here(ports, settings).ok_or_else(|| usage(words::NO_TERMINAL))?;
    output::remark(&words::of_this_folder(&name));
    Ok(name)
}

/// The names that were chosen, and the token that has found them.
fn picked(ports: &Ports, settings: &Settings) -> Result<(Vec<String>, Option<Secret>), Exit> {
    let found = input::github_token(ports, &settings.github);
    let token = found.map_err(|sentence| output::refused(&sentence, Exit::Failed))?.token;
    let (names, _) = input::repositories(ports, settings, &token, |_, _| false)?;
    match prompt::pick(ports, words::PICK, &names, false) {
        Err(Exit::Interrupted) => Err(Exit::Interrupted),
        chosen => Ok((chosen.unwrap_or_default(), Some(token))),
    }
}

fn set(arguments: &Set, ports: &Ports, settings: &Settings) -> Result<(), Exit> {
    let number = input::target(&arguments.name, settings);
    let number = number.map_err(|sentence| output::refused(&sentence, Exit::Usage))?;
    let target = &settings.targets[number];
    let secrets = arguments.table.is_none().then(|| changed(arguments, target, settings)).transpose()?;
    let target = Target { secrets, ..target.clone() };
    let written =
        edit::write(ports, settings, &[target], None).map_err(|(error, exit)| output::refused(&error, exit))?;
    for target in &written {
        let names: Vec<&str> = settings.mappings(target).iter().map(|mapping| mapping.name.as_str()).collect();
        output::line(&words::gets(target, &names));
    }
    Ok(())
}

/// Which secrets it gets now, without some and with others. Its variables are the config's to list.
fn changed(arguments: &Set, target: &Target, settings: &Settings) -> Result<Vec<Mapping>, Exit> {
    let (variables, mut mappings): (Vec<_>, Vec<_>) =
        settings.mappings(target).iter().cloned().partition(|mapping| mapping.variable_name().is_some());
    for name in &arguments.no_secrets {
        if variables.iter().any(|variable| variable.is_named(name)) {
            return Err(usage(words::is_a_variable(name)));
        }
        let before = mappings.len();
        mappings.retain(|mapping| !mapping.is_named(name));
        if mappings.len() == before {
            let names: Vec<&str> = mappings.iter().map(|mapping| mapping.name.as_str()).collect();
            return Err(usage(words::gets_none(target, name, &names)));
        }
    }
    for text in &arguments.secrets {
        let mapping = mapping(text)?;
        mappings.retain(|known| !known.is_named(&mapping.name));
        mappings.push(mapping);
    }
    if mappings.is_empty() { Err(usage(words::gets_nothing(target))) } else { Ok(mappings) }
}

fn remove(arguments: &Remove, ports: &Ports, settings: &Settings) -> Result<(), Exit> {
    let number = input::target(&arguments.name, settings);
    let number = number.map_err(|sentence| output::refused(&sentence, Exit::Usage))?;
    let target = &settings.targets[number];
    let key = settings.key(target);
    // First of all nothing is sent there by itself any more: what is deleted must not come back.
    let forbidden = ports.state_file.change_sync(&mut |memory| memory.places.remove_target(target, settings));
    forbidden.map_err(|error| output::failed(&error.to_string(), Exit::Failed))?;
    let memory = ports.state_file.load_sync();
    let mut memory = memory.map_err(|error| output::failed(&sync_words::unread(&error).paragraph(), Exit::Failed))?;
    let mut secrets = memory.targets.remove(&key).map(|known| known.secrets).unwrap_or_default();
    if let Some(store) = target.place.store().filter(|_| arguments.delete_secrets) {
        secrets.retain(|_, secret| secret.created_at.is_some());
        delete(ports, settings, store, &key, &secrets)?;
    } else if !secrets.is_empty() {
        let left: Vec<String> = secrets.into_keys().collect();
        output::diagnostic(&words::left_behind(target, &left));
    }
    // Meanwhile others may have edited it: the number is that of now.
    let edited = edit_config(ports, |text| {
        let listed = config::parse(text, &ports.home)?.targets;
        let number = listed.iter().position(|known| input::is_named(known, &target.to_string()));
        number.map_or_else(|| Ok(text.to_owned()), |number| config::without_target(text, number))
    });
    edited.map_err(|error| edit::not_edited(ports, &error)).map_err(|(error, exit)| output::refused(&error, exit))?;
    output::line(&words::removed(&target.to_string()));
    Ok(())
}

/// Deletes what Wick has created there, and forgets it. The config keeps the target until that has worked.
fn delete(
    ports: &Ports,
    settings: &Settings,
    store: &Store,
    key: &str,
    created: &BTreeMap<String, Box<SecretMemory>>,
) -> Result<(), Exit> {
    let lock = ports.sync_lock.take().map_err(Obstacle::NoState).and_then(|lock| lock.ok_or(Obstacle::Busy));
    let _lock = lock.map_err(|why| output::refused(&sync_words::obstacle(&why), Exit::Failed))?;
    let mut deleted = Deleted::default();
    if !created.is_empty() {
        match input::github_token(ports, &settings.github) {
            Ok(found) => deleted = github::delete(ports, &settings.github, &found.token, store, created),
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
        output::diagnostic(&error.to_string());
    }
    output::line(&words::deleted(&gone, &of_others));
    if !of_others.is_empty() {
        output::diagnostic(&words::of_others(&of_others));
    }
    error.map_or(Ok(()), |error| Err(output::refused(&error, Exit::Targets)))
}
