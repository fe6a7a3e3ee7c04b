//! `wick targets find`: the places at GitHub that hold a secret of Claude's, and which of them Wick does not sync.

use std::collections::BTreeMap;

use clap::Args;
use indicatif::ProgressBar;
use jiff::Timestamp;
use serde::Serialize;

use super::input;
use super::output::{self, Exit};
use super::until_stopped::until_stopped;
use crate::app::{find, github};
use crate::domain::settings::{Settings, Target};
use crate::domain::sync::found::FoundMemory;
use crate::ports::{Ports, Stop};
use crate::report::answer::Answer;
use crate::words::targets as words;

#[derive(Debug, Args)]
pub struct Find {
    /// Add each place that is found and has a secret which Wick can keep fresh
    #[arg(long)]
    add: bool,
    /// Print one JSON object
    #[arg(long)]
    pub(super) json: bool,
}

/// What `wick targets find --json` prints.
#[derive(Debug, Default, Serialize)]
pub(super) struct FindReport {
    /// Whether all was looked at.
    complete: bool,
    places: Vec<FoundPlace>,
}

/// A place that holds a secret of Claude's.
#[derive(Debug, Serialize)]
struct FoundPlace {
    target: String,
    /// Whether a target of the config was of that name before.
    listed: bool,
    /// Whether it is one now.
    added: bool,
    secrets: Vec<FoundSecret>,
}

#[derive(Debug, Serialize)]
struct FoundSecret {
    name: String,
    updated_at: Option<Timestamp>,
    /// Whether it was written before the stored one-year token was there.
    older: Option<bool>,
}

/// `write` makes targets of some, and gives back their names.
pub(super) fn run(
    arguments: &Find,
    ports: &Ports,
    settings: &Settings,
    write: impl FnOnce(&[Target]) -> Result<Vec<Target>, Exit>,
) -> Result<(), Exit> {
    let json = arguments.json;
    let refuse = |error| output::refuse(error, Exit::Failed, json, Answer::<FindReport>::refused);
    let token = github::token(ports, &settings.github, output::patience()).map_err(refuse)?.token;
    let (for_search, with) = (ports.clone(), settings.clone());
    let search = move |stop: &Stop| {
        let bar = ProgressBar::no_length();
        let progress = |done: usize, total: usize| {
            bar.set_length(total as u64);
            bar.set_position(done as u64);
        };
        let found = find::find(&for_search, &with, &token, stop, &progress);
        bar.finish_and_clear();
        found
    };
    let ((found, error), stopped) = until_stopped(ports, search).ok_or(Exit::Failed)?;
    // Its own act is no failure.
    let error = error.filter(|_| !stopped);
    let unlisted: Vec<String> = found.unlisted(settings).map(str::to_owned).collect();
    let addable: Vec<Target> = unlisted.iter().filter_map(|name| found.target(name, settings)).collect();
    if !json {
        people(ports, settings, &found, &unlisted);
    }
    let chosen = chosen(arguments, addable);
    let added = if chosen.is_empty() { Vec::new() } else { write(&chosen)?.iter().map(ToString::to_string).collect() };
    let is_complete = error.is_none() && !stopped;
    if json {
        let places = places(ports, settings, &found, &unlisted, &added);
        output::json(&Answer::new(FindReport { complete: is_complete, places }, error));
    } else {
        if !added.is_empty() {
            output::line(&words::added(&added, &settings.profile));
        }
        if let Some(error) = &error {
            output::sentence(error);
        }
        if !is_complete {
            output::complaint(words::FIND_AGAIN);
        }
    }
    if is_complete { Ok(()) } else { Err(Exit::Targets) }
}

/// Which of them become targets.
fn chosen(arguments: &Find, addable: Vec<Target>) -> Vec<Target> {
    if arguments.add || addable.is_empty() {
        return if arguments.add { addable } else { Vec::new() };
    }
    if arguments.json || !input::can_ask() {
        return Vec::new();
    }
    let names: Vec<String> = addable.iter().map(ToString::to_string).collect();
    let picked = input::pick(&names).unwrap_or_default();
    addable.into_iter().filter(|target| picked.contains(&target.to_string())).collect()
}

fn people(ports: &Ports, settings: &Settings, found: &FoundMemory, unlisted: &[String]) {
    let now = ports.clock.now();
    let mut names: Vec<&String> = found.places.keys().collect();
    // What is to be looked at comes first.
    names.sort_by_key(|name| !unlisted.contains(name));
    for name in names {
        let can_be_added = found.target(name, settings).is_some();
        output::line(&words::found(name, &found.places[name], !unlisted.contains(name), can_be_added, &now));
    }
    output::line(&words::found_in_all(found.places.len(), unlisted.len()));
}

fn places(
    ports: &Ports,
    settings: &Settings,
    found: &FoundMemory,
    unlisted: &[String],
    added: &[String],
) -> Vec<FoundPlace> {
    let stored = ports
        .state_file
        .load_sync()
        .ok()
        .and_then(|memory| memory.ci_tokens.get(settings.profile.as_str()).map(|memory| memory.stored_at));
    let older = |at: Option<Timestamp>| Some(at? < stored?);
    let place = |(name, secrets): (&String, &BTreeMap<String, Option<Timestamp>>)| {
        let secret = |(name, at): (&String, &Option<Timestamp>)| FoundSecret {
            name: name.clone(),
            updated_at: *at,
            older: older(*at),
        };
        FoundPlace {
            target: name.clone(),
            listed: !unlisted.contains(name),
            added: added.contains(name),
            secrets: secrets.iter().map(secret).collect(),
        }
    };
    found.places.iter().map(place).collect()
}
