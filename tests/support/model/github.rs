//! GitHub: it keeps secrets and their dates, counts writes, and has others who change what Wick has sent.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use wick::domain::network::NetworkError;
use wick::domain::secret::Secret;
use wick::domain::settings::Store;
use wick::domain::sync::{Failure, Limit, LimitKind, Listed, Listing, Refusal};
use wick::ports::{Github, GithubOpener, Put, SecretSink, User, lock};

use super::process::Process;
use std::sync::Arc;

use super::world::World;

/// What GitHub allows, as it documents: writes in a minute and in an hour.
const LIMITS: [(SignedDuration, usize); 2] = [(SignedDuration::from_mins(1), 80), (SignedDuration::from_hours(1), 500)];
/// What was written so lately may be Wick's own write, whose answer did not arrive or was not noted.
const IN_DOUBT: SignedDuration = SignedDuration::from_mins(5);
/// For how long after a click what goes on is what was asked for.
const ASKED: SignedDuration = SignedDuration::from_hours(2);

#[derive(Default)]
pub struct Hub {
    pub places: BTreeMap<String, BTreeMap<String, Kept>>,
    writes: VecDeque<Timestamp>,
    /// How often anything changed.
    version: u64,
    /// When syncs were begun, of the last minute.
    begun: VecDeque<Timestamp>,
    /// What the sync under way has seen of each place, by process.
    seen: BTreeMap<u64, BTreeMap<String, u64>>,
    /// What a process has asked for last, where it has not noted what came of it.
    asked: BTreeMap<u64, (String, Timestamp)>,
}

/// A secret as GitHub keeps it.
pub struct Kept {
    pub value: String,
    created_at: Timestamp,
    updated_at: Timestamp,
    /// The change that is somebody else's.
    pub theirs: Option<(u64, Timestamp)>,
}

impl Hub {
    /// A sync begins. Says how many were in the last minute.
    pub fn begin(&mut self, process: u64, now: Timestamp) -> usize {
        self.seen.insert(process, BTreeMap::new());
        self.begun.retain(|at| now.duration_since(*at) < LIMITS[0].0);
        self.begun.push_back(now);
        self.begun.len()
    }

    /// A process has noted what it knows.
    pub fn noted(&mut self, process: u64) {
        self.asked.remove(&process);
    }
}

fn second(moment: Timestamp) -> Timestamp {
    Timestamp::from_second(moment.as_second()).expect("it was one")
}

/// Someone else changes a secret that Wick has sent, where that can be told from Wick's own writes.
pub fn change(world: &mut World) {
    let now = second(world.time.truly());
    if !world.time.was_right_for(SignedDuration::from_hours(6)) {
        return;
    }
    let is_settled = |kept: &Kept| now.duration_since(kept.updated_at) > IN_DOUBT;
    let hub = &mut world.github;
    // Of a write that was begun, nobody knows what came of it until that is noted.
    hub.asked.retain(|_, (_, at)| now.duration_since(*at) <= IN_DOUBT);
    let in_doubt: BTreeSet<_> = hub.asked.values().map(|(name, _)| name.clone()).collect();
    let mut candidates: Vec<_> = hub
        .places
        .iter_mut()
        .flat_map(|(place, secrets)| secrets.iter_mut().map(move |(name, kept)| (format!("{place} {name}"), kept)))
        .filter(|(name, kept)| is_settled(kept) && !in_doubt.contains(name))
        .collect();
    if candidates.is_empty() {
        return;
    }
    let number = world.chance.usize(..candidates.len());
    hub.version += 1;
    let (name, kept) = &mut candidates[number];
    let name = name.clone();
    (kept.value, kept.updated_at, kept.theirs) = ("theirs".to_owned(), now, Some((hub.version, now)));
    world.note("changed", name);
}

pub fn opener(process: &Process) -> GithubOpener {
    let process = process.clone();
    Arc::new(move |_, _| Ok(Box::new(ModelGithub(process.clone()))))
}

struct ModelGithub(Process);

#[async_trait(?Send)]
impl Github for ModelGithub {
    fn place(&self, store: &Store) -> Box<dyn SecretSink> {
        Box::new(ModelPlace { process: self.0.clone(), place: store.to_string() })
    }

    async fn user(&self) -> Result<User, Refusal> {
        Ok(User { login: "ada".to_owned(), scopes: None, expires: None })
    }

    async fn repositories(&self) -> Result<Vec<String>, Refusal> {
        Ok(Vec::new())
    }
}

struct ModelPlace {
    process: Process,
    place: String,
}

/// What becomes of a request.
enum Luck {
    Good,
    /// It was refused.
    Bad(Refusal),
    /// It was done, and the answer did not arrive.
    Silent,
}

fn luck(world: &mut World) -> Luck {
    let lost = || Refusal::from(Failure::NoAnswer(NetworkError::TimedOut));
    if world.weather.is_offline {
        return Luck::Bad(Refusal::from(Failure::Offline(NetworkError::System("no way there".to_owned()))));
    }
    let faults = world.weather.github_faults;
    if !world.once_in(faults) {
        return Luck::Good;
    }
    match world.chance.u32(..6) {
        0 => Luck::Bad(lost()),
        1 => Luck::Bad(Refusal::Limit(Limit { kind: LimitKind::Secondary, wait: None })),
        2 => {
            let wait = Some(SignedDuration::from_secs(world.chance.i64(1..1500)));
            Luck::Bad(Refusal::Limit(Limit { kind: LimitKind::Primary, wait }))
        }
        3 => Luck::Bad(Refusal::from(Failure::ServerError { status: 502 })),
        4 => Luck::Bad(Refusal::KeyRotated),
        _ => Luck::Silent,
    }
}

#[async_trait(?Send)]
impl SecretSink for ModelPlace {
    async fn list(&mut self, names: &[String], etag: Option<&str>) -> Result<Listing, Refusal> {
        self.process.step("list");
        let mut world = lock(&self.process.world);
        match luck(&mut world) {
            Luck::Good => {}
            Luck::Bad(Refusal::KeyRotated) | Luck::Silent => {
                return Err(Failure::NoAnswer(NetworkError::TimedOut).into());
            }
            Luck::Bad(refusal) => return Err(refusal),
        }
        let hub = &mut world.github;
        let version = hub.version;
        hub.seen.entry(self.process.id).or_default().insert(self.place.clone(), version);
        let secrets = hub.places.entry(self.place.clone()).or_default();
        let latest = secrets.values().map(|kept| kept.updated_at).max().unwrap_or_default();
        let tag = format!("{}-{}", secrets.len(), latest.as_second());
        if etag == Some(tag.as_str()) {
            return Ok(Listing { etag: Some(tag), is_unchanged: true, ..Listing::default() });
        }
        let listed = secrets.iter().filter(|(name, _)| names.contains(name));
        let listed = listed.map(|(name, kept)| {
            let (created_at, updated_at) = (Some(kept.created_at), Some(kept.updated_at));
            (name.to_ascii_uppercase(), Listed { created_at, updated_at, visibility: None })
        });
        Ok(Listing { secrets: listed.collect(), etag: Some(tag), ..Listing::default() })
    }

    async fn environments(&mut self) -> Result<Vec<String>, Refusal> {
        Ok(Vec::new())
    }

    async fn find(
        &mut self,
        _wanted: &dyn for<'name> Fn(&'name str) -> bool,
    ) -> Result<std::collections::BTreeMap<String, Option<jiff::Timestamp>>, Refusal> {
        Ok(std::collections::BTreeMap::new())
    }

    async fn put(&mut self, name: &str, value: &Secret, _listed: Option<&Listed>) -> Result<Put, Refusal> {
        self.process.step("put");
        let luck = {
            let mut world = lock(&self.process.world);
            let asked = (format!("{} {name}", self.place), second(world.time.truly()));
            world.github.asked.insert(self.process.id, asked);
            let luck = luck(&mut world);
            if let Luck::Bad(refusal) = luck {
                if !matches!(refusal, Refusal::Failure(Failure::Offline(_))) {
                    count(&mut world);
                }
                return Err(refusal);
            }
            count(&mut world);
            judge(&mut world, self.process.id, &self.place, name);
            keep(&mut world, &self.place, name, value);
            luck
        };
        let at = second(lock(&self.process.world).time.truly());
        self.process.step("written");
        if matches!(luck, Luck::Silent) {
            return Err(Failure::NoAnswer(NetworkError::TimedOut).into());
        }
        let world = lock(&self.process.world);
        let kept = world.github.places.get(&self.place).and_then(|secrets| secrets.get(name));
        let kept = kept.expect("it was kept before");
        Ok(Put { created: kept.created_at == kept.updated_at, at: Some(at) })
    }

    async fn delete(&mut self, name: &str) -> Result<(), Refusal> {
        if let Some(secrets) = lock(&self.process.world).github.places.get_mut(&self.place) {
            secrets.remove(name);
        }
        Ok(())
    }
}

/// GitHub counts whatever arrives. A clock that was set makes Wick's own count wrong, which nobody can help.
fn count(world: &mut World) {
    let now = world.time.truly();
    let writes = &mut world.github.writes;
    writes.push_back(now);
    while writes.front().is_some_and(|first| now.duration_since(*first) >= LIMITS[1].0) {
        writes.pop_front();
    }
    let is_beyond = LIMITS
        .iter()
        .any(|(span, most)| writes.iter().rev().take_while(|at| now.duration_since(**at) < *span).count() > *most);
    if is_beyond && world.time.was_right_for(SignedDuration::from_hours(3)) {
        world.must_not_be("more is written than GitHub allows");
    }
}

/// What someone else has changed, and Wick could see, is not written over by itself.
fn judge(world: &mut World, process: u64, place: &str, name: &str) {
    let seen = world.github.seen.get(&process).and_then(|seen| seen.get(place)).copied().unwrap_or_default();
    let kept = world.github.places.get(place).and_then(|secrets| secrets.get(name));
    let changed = kept.and_then(|kept| kept.theirs).filter(|(version, _)| *version <= seen);
    let Some((_, changed_at)) = changed else { return };
    // What was asked for since goes on when it can.
    let asked = world.shown.sync_asked.is_some_and(|at| at >= changed_at || changed_at.duration_since(at) <= ASKED);
    if !asked && world.time.was_right_for(SignedDuration::from_hours(6)) {
        let known = world.disk.sync.targets.values().find(|memory| memory.name == place);
        let known = known.and_then(|memory| memory.secrets.get(name));
        let what =
            format!("{place} {name}, changed by someone else at {changed_at}, is written over by itself: {known:?}");
        world.must_not_be(what);
    }
}

fn keep(world: &mut World, place: &str, name: &str, value: &Secret) {
    let now = second(world.time.truly());
    world.note("put", format!("{place} {name}"));
    world.github.version += 1;
    let secrets = world.github.places.entry(place.to_owned()).or_default();
    let created_at = secrets.get(name).map_or(now, |kept| kept.created_at);
    let value = value.expose().to_owned();
    let kept = Kept { value, created_at, updated_at: now, theirs: None };
    secrets.insert(name.to_owned(), kept);
}
