//! Looks through what a GitHub token may write to for secrets that are named like Claude's: one listing a place.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, stream};
use jiff::Timestamp;

use super::github::ask;
use crate::domain::secret::Secret;
use crate::domain::settings::{Place, Settings, Store};
use crate::domain::sync::found::{FoundMemory, is_claudes};
use crate::domain::sync::{Failure, Refusal};
use crate::ports::{Github, Ports, Stop};
use crate::words::Sentence;

/// GitHub allows a hundred at once.
const AT_ONCE: usize = 8;
/// So many places are looked at between two notes of it.
const NOTED_EVERY: usize = 25;

type Secrets = BTreeMap<String, Option<Timestamp>>;

/// Looks at the repositories and at the organizations that have them; goes on where an earlier search was cut off. The second
/// part says why not all was looked at. `progress` hears how many of how many are done.
pub fn find(
    ports: &Ports,
    settings: &Settings,
    token: &Secret,
    stop: &Stop,
    progress: &dyn Fn(usize, usize),
) -> (FoundMemory, Option<Sentence>) {
    let key = &settings.github.api_url;
    let earlier = ports.state_file.load_sync().ok().and_then(|memory| memory.found.get(key).cloned());
    let mut found = FoundMemory::resumed(earlier.as_ref(), ports.clock.now().timestamp());
    let note = |found: &FoundMemory| {
        let noted = ports.state_file.change_sync(&mut |memory| {
            memory.found.insert(key.clone(), found.clone());
        });
        // Found again another time.
        noted.unwrap_or_else(|error| tracing::warn!("what was found is not kept: {error}"));
    };
    let outcome = ask(ports, &settings.github, token, async |github| {
        let stores = stores(&github.repositories().await?);
        let total = stores.len();
        let todo: Vec<Store> = stores.into_iter().filter(|store| !found.knows(&store.to_string())).collect();
        let mut done = total - todo.len();
        let looks = todo.iter().map(|store| look(github, store, settings, stop));
        let mut looks = stream::iter(looks).buffer_unordered(AT_ONCE);
        let mut missed = Ok(());
        while let Some((name, looked)) = looks.next().await {
            match looked {
                Ok(secrets) => found.note(&name, secrets),
                Err(refusal) if concerns_all(&refusal) => {
                    missed = Err(refusal);
                    break;
                }
                Err(refusal) => missed = Err(refusal),
            }
            done += 1;
            progress(done, total);
            if done.is_multiple_of(NOTED_EVERY) {
                note(&found);
            }
        }
        missed
    });
    if outcome.is_ok() && !stop.is_set() {
        found.end();
    }
    note(&found);
    (found, outcome.err())
}

/// The usual secrets of each repository, and of each owner that may be an organization.
fn stores(repositories: &[String]) -> Vec<Store> {
    let owners: BTreeSet<&str> = repositories.iter().filter_map(|name| Some(name.split_once('/')?.0)).collect();
    let names = owners.into_iter().map(|owner| format!("org:{owner}")).chain(repositories.iter().cloned());
    names.filter_map(|name| Place::parse(&name)?.store().cloned()).collect()
}

/// What a place holds; nothing where the token may not look, or where the owner is no organization.
async fn look(
    github: &dyn Github,
    store: &Store,
    settings: &Settings,
    stop: &Stop,
) -> (String, Result<Secrets, Refusal>) {
    let wanted = |name: &str| is_claudes(name, settings);
    let mut looked = Err(Failure::Unsettled.into());
    // A second try for what may pass.
    for _ in 0..2 {
        if stop.is_set() {
            break;
        }
        looked = github.place(store).find(&wanted).await;
        if !matches!(&looked, Err(Refusal::Failure(failure)) if failure.may_pass() && !failure.is_offline()) {
            break;
        }
    }
    let secrets = match looked {
        Err(Refusal::Failure(failure)) if !failure.may_pass() && !failure.concerns_all() => Ok(Secrets::new()),
        looked => looked,
    };
    (store.to_string(), secrets)
}

/// Whether asking for the next one is no use either.
fn concerns_all(refusal: &Refusal) -> bool {
    match refusal {
        Refusal::Limit(_) => true,
        Refusal::Failure(failure) => failure.concerns_all() || failure.is_offline(),
        Refusal::KeyRotated => false,
    }
}
