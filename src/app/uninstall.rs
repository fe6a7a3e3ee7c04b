//! What Wick keeps on this computer: found, and removed.

use std::collections::BTreeSet;

use serde::Serialize;

use super::ci_token::{self, NotChanged};
use crate::domain::credential::rotation::waiting;
use crate::domain::order::gathered;
use crate::domain::settings::{GithubSettings, Place, ProfileName, Settings};
use crate::domain::sync::SyncMemory;
use crate::domain::uninstall::{InTheWay, Trace};
use crate::ports::{Patience, Ports};
use crate::words::{Sentence, uninstall as words};

#[derive(Debug)]
pub struct Found {
    /// What is Wick's own, in the order in which it is removed: what remembers the rest comes last.
    pub traces: Vec<Trace>,
    /// What stays here: paths.
    pub stays: Vec<String>,
    /// What stays elsewhere.
    pub secrets: Vec<Left>,
}

/// Secrets that Wick wrote.
#[derive(Clone, Debug, Serialize)]
pub struct Left {
    pub target: String,
    pub names: Vec<String>,
    /// What deletes those that Wick has created, as long as it remembers them.
    pub command: Option<String>,
}

/// Looks for all of it.
pub fn find(ports: &Ports, settings: &Settings) -> Result<Found, Sentence> {
    let memory = ports.state_file.load_sync().map_err(|error| words::unread(&error))?;
    let folder = ports.state_folder.path().display().to_string();
    let (has_own, others) = ports.state_folder.look().map_err(|error| words::unread(&error))?;
    // What cannot be read may be there.
    let is_there = |profile: &ProfileName| !matches!(ports.ci_tokens.read(profile, Patience::Background), Ok(None));
    let is_kept = |profile: &ProfileName| is_there(profile) || is_there(&waiting(profile));
    let profiles = settings.profiles.iter().map(|profile| profile.name.clone());
    let remembered =
        memory.ci_tokens.keys().chain(&memory.unsettled_ci_tokens).map(ProfileName::new).filter(ProfileName::is_plain);
    let profiles: BTreeSet<ProfileName> =
        gathered([ProfileName::default()].into_iter().chain(profiles).chain(remembered));
    let apis = memory.pace.keys().chain(memory.found.keys()).chain([&settings.github.api_url]);
    let hosts: BTreeSet<String> = gathered(apis.map(|api| GithubSettings { api_url: api.clone() }.host().to_owned()));
    let traces = ports.login_item.is_kept().then_some(Trace::OpeningAtLogin).into_iter();
    let traces = traces.chain(profiles.into_iter().filter(is_kept).map(Trace::CiToken));
    let hosts = hosts.into_iter().filter(|host| ports.github_tokens.is_kept(host));
    let traces = traces.chain(hosts.map(Trace::GithubToken)).chain(has_own.then_some(Trace::State(folder)));
    let config = ports.config_file.path();
    let stays = config.exists().then_some(config).into_iter().chain(others);
    Ok(Found {
        traces: traces.collect(),
        stays: stays.map(|path| path.display().to_string()).collect(),
        secrets: left(&memory, settings),
    })
}

fn left(memory: &SyncMemory, settings: &Settings) -> Vec<Left> {
    let holding = memory.targets.iter().filter(|(_, target)| !target.secrets.is_empty());
    let left = holding.map(|(key, known)| {
        let listed = settings.targets.iter().find(|target| settings.key(target) == *key);
        let at_github = listed.filter(|target| matches!(target.place, Place::Github(_)));
        Left {
            target: known.name.clone(),
            names: known.secrets.keys().cloned().collect(),
            command: at_github.map(words::delete_command),
        }
    });
    left.collect()
}

/// Keeps all others out until what is returned is dropped, or says why nothing may be removed yet.
pub fn hold(ports: &Ports, settings: &Settings) -> Result<Box<dyn Send>, Sentence> {
    let held = ports.state_folder.hold().map_err(|error| words::unread(&error))?;
    let held = held.map_err(|why| words::in_the_way(&why))?;
    let others = settings.profiles.iter().filter_map(|profile| settings.clone().of_profile(&profile.name));
    for settings in [settings.clone()].into_iter().chain(others) {
        if (ports.find_journal)(&(ports.open_store)(&settings.credential).location()) {
            return Err(words::in_the_way(&InTheWay::Journal(settings.profile)));
        }
    }
    Ok(held)
}

/// Removes one of them.
pub fn remove(ports: &Ports, trace: &Trace) -> Result<(), Sentence> {
    match trace {
        Trace::OpeningAtLogin => ports.login_item.forget().map_err(|error| words::still_opened(&error)),
        Trace::CiToken(profile) => {
            let removed = ci_token::remove(ports, profile);
            removed.map(drop).map_err(|error| match error {
                NotChanged::Token(error) => words::token_left(trace, &error),
                NotChanged::Memory(error) => words::state_left(&error),
            })
        }
        Trace::GithubToken(host) => {
            ports.github_tokens.remove(host).map(drop).map_err(|error| words::token_left(trace, &error))
        }
        Trace::State(_) => ports.state_folder.remove().map_err(|error| words::state_left(&error)),
    }
}
