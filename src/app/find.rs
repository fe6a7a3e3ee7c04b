//! Looks through what a GitHub token may write to for secrets that are named like Claude's: one listing a place. Which
//! environments a repository has takes one more request each: that is asked only where it is wanted, and those that were
//! found are looked at again all the same.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, stream};
use jiff::{Timestamp, ZonedDateTime};

use super::github::ask;
use crate::domain::secret::Secret;
use crate::domain::settings::{Holder, Place, Settings, Store, Target};
use crate::domain::sync::found::{FoundMemory, is_claudes};
use crate::domain::sync::{Failure, Refusal};
use crate::fault;
use crate::ports::{Github, Ports, Stop};
use crate::words::{Sentence, sync_failure, targets as words};

/// GitHub allows a hundred at once.
const AT_ONCE: usize = 8;
/// So many places are looked at between two notes of it.
const NOTED_EVERY: usize = 25;

type Secrets = BTreeMap<String, Option<Timestamp>>;
/// What was looked at, by its name, and what it holds, or why that is not known.
type Looked = (String, Result<Secrets, Refusal>);

/// One step of a search.
enum Look {
    /// At the secrets of one place.
    At(Store),
    /// At those of all environments of this repository.
    Within(Store),
}

impl Look {
    /// Under which it is noted that this was done.
    fn name(&self) -> String {
        match self {
            Self::At(store) => store.to_string(),
            Self::Within(repository) => environment_of(repository, ""),
        }
    }
}

fn environment_of(repository: &Store, name: &str) -> String {
    format!("{}@{name}", repository.owner)
}

/// What a search came to.
pub struct Search {
    pub found: FoundMemory,
    /// Why it is to be done again: it was cut off, or the token may look at nothing.
    pub missed: Option<Sentence>,
    /// Where the token may not look, and why.
    pub refused: Option<Sentence>,
}

/// What is known where nothing may be asked: somebody at this computer was told to wait.
pub fn paused(ports: &Ports, settings: &Settings) -> Option<Search> {
    let (now, key) = (ports.clock.now(), &settings.github.api_url);
    let memory = ports.state_file.load_sync().ok()?;
    let until = memory.pace.get(key)?.pause(now.timestamp())?;
    let found = FoundMemory::resumed(memory.found.get(key), now.timestamp());
    let missed = Some(sync_failure::failure_at(&Failure::Limited { until }, &settings.github, &now));
    Some(Search { found, missed, refused: None })
}

/// Looks at the repositories, at the organizations that have them, and `within` the repositories at all of their environments;
/// goes on where an earlier search was cut off. `progress` hears how many of how many are done.
pub fn find(
    ports: &Ports,
    settings: &Settings,
    token: &Secret,
    within: bool,
    stop: &Stop,
    progress: &dyn Fn(usize, usize),
) -> Search {
    let key = &settings.github.api_url;
    let earlier = ports.state_file.load_sync().ok().and_then(|memory| memory.found.get(key).cloned());
    let mut found = FoundMemory::resumed(earlier.as_ref(), ports.clock.now().timestamp());
    let known: Vec<String> = found.environments().map(|(name, _)| name.clone()).collect();
    let mut refused = BTreeMap::new();
    let outcome = ask(ports, &settings.github, token, async |github| {
        let looks = looks(&github.repositories().await?, &known, within);
        let total = looks.len();
        let todo: Vec<Look> = looks.into_iter().filter(|look| !found.knows(&look.name())).collect();
        let mut done = total - todo.len();
        let looks = todo.iter().map(|look| carry_out(look, &known, github, settings, stop));
        let mut looks = stream::iter(looks).buffer_unordered(AT_ONCE);
        let mut missed = Ok(());
        'all: while let Some(looked) = looks.next().await {
            for (name, looked) in looked {
                match looked {
                    Ok(secrets) => found.note(&name, secrets),
                    Err(Refusal::Failure(failure)) if is_only_of_the_place(&failure) => {
                        found.refuse(&name);
                        refused.insert(name, failure);
                    }
                    Err(refusal) if concerns_all(&refusal) => {
                        missed = Err(refusal);
                        break 'all;
                    }
                    Err(refusal) => missed = Err(refusal),
                }
            }
            fault::point("looked");
            done += 1;
            progress(done, total);
            if done.is_multiple_of(NOTED_EVERY)
                && let Some(until) = note(&found, ports, key)
            {
                return Err(Failure::Limited { until }.into());
            }
        }
        missed
    });
    let (nothing, some) = told(&refused, &found, settings, &ports.clock.now());
    if outcome.is_ok() && !stop.is_set() {
        found.end();
    }
    note(&found, ports, key);
    Search { found, missed: outcome.err().or(nothing), refused: some }
}

/// Notes what was found, and says until when somebody was told to wait meanwhile.
fn note(found: &FoundMemory, ports: &Ports, api_url: &str) -> Option<Timestamp> {
    let mut paused = None;
    let noted = ports.state_file.change_sync(&mut |memory| {
        memory.found.insert(api_url.to_owned(), found.clone());
        paused = memory.pace.get(api_url).and_then(|pace| pace.pause(ports.clock.now().timestamp()));
    });
    // Found again another time.
    noted.unwrap_or_else(|error| tracing::warn!("what was found is not kept: {error}"));
    paused
}

/// That the token may look at nothing of a kind, else where it may not.
fn told(
    refused: &BTreeMap<String, Failure>,
    found: &FoundMemory,
    settings: &Settings,
    now: &ZonedDateTime,
) -> (Option<Sentence>, Option<Sentence>) {
    // What a repository refuses says more of the token than what an organization does.
    let Some((name, failure)) = refused.iter().min_by_key(|(name, _)| (is_list(name), name.starts_with("org:"))) else {
        return (None, None);
    };
    let target = |place| Target { place, secrets: None, profile: settings.profile.clone() };
    let target = Place::parse(name).map(target);
    let why = target.map_or_else(words::environments_not_listed, |target| words::not_seen(failure, &target, now));
    if !is_list(name) && !found.has_seen(|name| !is_list(name) && !name.starts_with("org:")) {
        return (Some(words::nothing_searched(why)), None);
    }
    // That of one repository says nothing of the token.
    if refused.keys().any(|name| is_list(name)) && !found.has_seen(is_list) {
        return (Some(words::environments_not_listed()), None);
    }
    (None, Some(words::not_searched(&found.refused(), why)))
}

/// Whether it says which environments a repository has.
fn is_list(name: &str) -> bool {
    name.ends_with('@')
}

/// At the usual secrets of each repository, and of each owner that may be an organization.
fn looks(repositories: &[String], known: &[String], within: bool) -> Vec<Look> {
    let store = |name: &str| Place::parse(name)?.store().cloned();
    let owners: BTreeSet<&str> = repositories.iter().filter_map(|name| Some(name.split_once('/')?.0)).collect();
    let organizations = owners.into_iter().filter_map(|owner| store(&format!("org:{owner}")));
    let own = || repositories.iter().filter_map(|name| store(name));
    let places = organizations.chain(own()).map(Look::At);
    if within {
        return places.chain(own().map(Look::Within)).collect();
    }
    places.chain(known.iter().filter_map(|name| store(name)).map(Look::At)).collect()
}

async fn carry_out(
    look: &Look,
    known: &[String],
    github: &dyn Github,
    settings: &Settings,
    stop: &Stop,
) -> Vec<Looked> {
    match look {
        Look::At(store) => vec![at(store, github, settings, stop).await],
        Look::Within(repository) => within(repository, known, github, settings, stop).await,
    }
}

/// What each environment holds; last of all, whether that is known of all.
async fn within(
    repository: &Store,
    known: &[String],
    github: &dyn Github,
    settings: &Settings,
    stop: &Stop,
) -> Vec<Looked> {
    let name = environment_of(repository, "");
    let mut place = github.place(repository);
    let known = || known.iter().filter_map(|known| known.strip_prefix(&name)).map(str::to_owned).collect();
    let (environments, unlisted) = match twice(stop, async || place.environments().await).await {
        Ok(environments) => (environments, None),
        Err(Refusal::Failure(Failure::NotFound(_) | Failure::Gone)) => (Vec::new(), None),
        // Those that are known can be looked at all the same.
        Err(Refusal::Failure(failure)) if is_only_of_the_place(&failure) => (known(), Some(failure.into())),
        Err(refusal) => return vec![(name, Err(refusal))],
    };
    let mut looked = Vec::new();
    for environment in environments {
        let place = Place::parse(&environment_of(repository, &environment));
        // What no target can be named by is none.
        let Some(store) = place.as_ref().and_then(Place::store) else { continue };
        looked.push(at(store, github, settings, stop).await);
    }
    match unlisted {
        Some(refusal) => looked.push((name, Err(refusal))),
        None if looked.iter().all(|(_, looked)| looked.is_ok()) => looked.push((name, Ok(Secrets::new()))),
        None => {}
    }
    looked
}

/// What a place holds; nothing where the owner is no organization, or where the environment is there no longer.
async fn at(store: &Store, github: &dyn Github, settings: &Settings, stop: &Stop) -> Looked {
    let wanted = |name: &str| is_claudes(name, settings);
    let mut place = github.place(store);
    let secrets = match twice(stop, async || place.find(&wanted).await).await {
        Err(Refusal::Failure(Failure::Gone)) => Ok(Secrets::new()),
        Err(Refusal::Failure(Failure::NotFound(_))) if store.kind.holder != Holder::Repository => Ok(Secrets::new()),
        looked => looked,
    };
    (store.to_string(), secrets)
}

/// Whether it will be the same tomorrow, and says nothing of other places.
fn is_only_of_the_place(failure: &Failure) -> bool {
    !failure.may_pass() && !failure.concerns_all()
}

/// A second try for what may pass.
async fn twice<T>(stop: &Stop, mut ask: impl AsyncFnMut() -> Result<T, Refusal>) -> Result<T, Refusal> {
    let mut asked = Err(Failure::Unsettled.into());
    for _ in 0..2 {
        if stop.is_set() {
            break;
        }
        asked = ask().await;
        if !matches!(&asked, Err(Refusal::Failure(failure)) if failure.may_pass() && !failure.is_offline()) {
            break;
        }
    }
    asked
}

/// Whether asking for the next one is no use either.
fn concerns_all(refusal: &Refusal) -> bool {
    match refusal {
        Refusal::Limit(_) => true,
        Refusal::Failure(failure) => failure.concerns_all() || failure.is_offline(),
        Refusal::KeyRotated => false,
    }
}
