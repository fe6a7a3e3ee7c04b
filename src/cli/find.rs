//! `wick targets find`: the places at GitHub that hold a secret of Claude's, and which of them Wick does not sync.

use std::io;

use clap::Args;

use super::output::{self, Ended, Exit};
use super::until_stopped::until_stopped;
use super::waiting::Waiting;
use super::{edit, input, prompt};
use crate::app::find::{self, Search};
use crate::domain::secret::Secret;
use crate::domain::settings::{Settings, Target};
use crate::domain::sync::found::{FoundMemory, FoundPlace};
use crate::ports::{Ports, Stop};
use crate::report::answer::Answer;
use crate::report::found::FindReport;
use crate::report::rows::{self, Row, Tone};
use crate::words::{Sentence, sync_failure, targets as words, terminal};

#[derive(Debug, Args)]
pub struct Find {
    /// Also search the environments of each repository; takes one more request for each
    #[arg(long)]
    environments: bool,
    /// Add everything found that Wick can keep up to date
    #[arg(long)]
    add: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Find, ports: &Ports) -> Ended {
    let json = arguments.json;
    let refuse = |error, exit| output::refuse(error, exit, json, Answer::<FindReport>::refused);
    let settings = input::settings(ports, json, Answer::<FindReport>::refused)?;
    let searched = if let Some(searched) = paused(ports, &settings) {
        searched
    } else {
        let token = input::github_token(ports, &settings.github);
        let token = token.map_err(|error| refuse(error, Exit::Failed))?.token;
        search(ports, settings, token, arguments.environments).map_err(|(error, exit)| refuse(error, exit))?
    };
    let stopped = searched.end.as_ref().is_some_and(|(_, exit)| *exit == Exit::Interrupted);
    let asks =
        !stopped && !arguments.add && !json && input::can_ask() && searched.found.not_synced(&searched.settings) > 0;
    if !json {
        searched.say(asks, ports);
    }
    let chosen = if arguments.add && !stopped {
        searched.addable()
    } else if asks {
        searched.picked(ports)?
    } else {
        Vec::new()
    };
    let (added, not_added): (Vec<String>, _) = match edit::write(ports, &searched.settings, &chosen, None) {
        Ok(added) => (added.iter().map(ToString::to_string).collect(), None),
        Err(why) => (Vec::new(), Some(why)),
    };
    if !json && !arguments.environments && !stopped {
        output::remark(words::NO_ENVIRONMENTS);
    }
    Ok(searched.conclude(json, ports, &added, not_added))
}

/// What is known where GitHub has asked to wait, and not even whose the token is may be asked.
pub(super) fn paused(ports: &Ports, settings: &Settings) -> Option<Searched> {
    find::paused(ports, settings).map(|search| Searched::of(search, false, settings.clone()))
}

/// Looks through all that this token may write to.
pub(super) fn search(
    ports: &Ports,
    settings: Settings,
    token: Secret,
    environments: bool,
) -> Result<Searched, (Sentence, Exit)> {
    let (for_search, with) = (ports.clone(), settings.clone());
    let search = move |stop: &Stop| {
        let waiting = Waiting::begin(&for_search, terminal::ASKING_GITHUB);
        let progress = |done: usize, total: usize| waiting.show(done, total, String::new());
        find::find(&for_search, &with, &token, environments, stop, &progress)
    };
    let crashed = || (sync_failure::crashed("search"), Exit::Failed);
    let (search, stopped) = until_stopped(ports, search).ok_or_else(crashed)?;
    Ok(Searched::of(search, stopped, settings))
}

/// What a search came to.
pub(super) struct Searched {
    pub(super) found: FoundMemory,
    settings: Settings,
    /// Why it is to be done again, and how that ends the command.
    pub(super) end: Option<(Sentence, Exit)>,
    /// Where the token may not look, and why.
    pub(super) refused: Option<Sentence>,
}

impl Searched {
    fn of(Search { found, missed, refused }: Search, was_stopped: bool, settings: Settings) -> Self {
        // Its own act is no failure.
        let stopped = was_stopped.then(|| (words::find_stopped(), Exit::Interrupted));
        Self { end: stopped.or(missed.map(|error| (error, Exit::Targets))), refused, found, settings }
    }

    /// The places, what is to be looked at first.
    fn say(&self, is_asked: bool, ports: &Ports) {
        let now = ports.clock.now();
        let memory = ports.state_file.load_sync().unwrap_or_default();
        let stored = memory.ci_tokens.get(self.settings.profile.as_str());
        let mut places: Vec<FoundPlace<'_>> = self.found.beside(&self.settings).collect();
        places.sort_by_key(|place| place.missing.is_empty());
        let row = |place: &FoundPlace<'_>| {
            let tone = if place.missing.is_empty() { Tone::Good } else { Tone::Warning };
            let (sign, text) = words::found(place, &self.settings, stored, &now);
            Row { state: sign.to_string(), after: " ".to_owned(), tone: Some(tone), text, ..Row::default() }
        };
        let rows: Vec<Row> = places.iter().map(row).collect();
        let lines = rows::lines(&rows, ports.terminal.size_of(&io::stdout()));
        if is_asked {
            output::answer(&lines.join("\n"))
        } else {
            output::laid_out(&lines)
        };
    }

    /// Which of them may become targets, or get more.
    fn addable(&self) -> Vec<Target> {
        self.found.beside(&self.settings).filter_map(|place| place.completed(&self.settings)).collect()
    }

    fn picked(&self, ports: &Ports) -> Result<Vec<Target>, Exit> {
        let addable = self.addable();
        let names: Vec<String> = addable.iter().map(ToString::to_string).collect();
        let picked = match prompt::pick(ports, words::PICK_FOUND, &names, true) {
            Err(Exit::Interrupted) => return Err(output::refused(&words::find_stopped(), Exit::Interrupted)),
            picked => picked.unwrap_or_default(),
        };
        Ok(addable.into_iter().filter(|target| picked.contains(&target.to_string())).collect())
    }

    fn conclude(self, json: bool, ports: &Ports, added: &[String], not_added: Option<(Sentence, Exit)>) -> Exit {
        let Self { found, settings, end, refused } = self;
        let end = end.or(refused.map(|error| (error, Exit::Targets)));
        let is_complete = end.is_none();
        if !json {
            if !added.is_empty() {
                output::line(&words::added(added, &settings.profile));
            }
            let left = found.not_synced(&settings) - added.len();
            if left > 0 || added.is_empty() {
                output::line(&words::found_in_all(found.places.len(), left, is_complete));
            }
            for (error, _) in end.iter().chain(&not_added) {
                output::sentence(error);
            }
            if found.is_cut_off() && end.as_ref().is_some_and(|(_, exit)| *exit == Exit::Targets) {
                output::diagnostic(words::FIND_AGAIN);
            }
        }
        let (error, exit) = not_added.or(end).map_or((None, Exit::Done), |(error, exit)| (Some(error), exit));
        if json {
            let memory = ports.state_file.load_sync().unwrap_or_default();
            let stored = memory.ci_tokens.get(settings.profile.as_str());
            output::json(&Answer::new(FindReport::of(&found, is_complete, &settings, stored, added), error));
        }
        exit
    }
}
