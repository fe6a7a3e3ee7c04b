//! The ports of the sign-in's place, over the model's disk: reading, writing, the journal, the locks.

use std::path::PathBuf;
use std::time::Duration;

use jiff::SignedDuration;
use wick::domain::credential::{Contents, Location, Problem, Reading};
use wick::domain::refresh::{Intent, NewTokens, Overwrite, Record, WriteError};
use wick::domain::secret::Secret;
use wick::domain::system::SystemError;
use wick::ports::{
    CredentialStore, CredentialWriter, HeldLocks, Journal, LockError, Patience, RefreshLocks, Stamp, Stop, Versioned,
    Watcher, lock,
};

use super::disk::{ClaudeLock, Owner, place};
use super::process::{Point, Process};
use super::server::let_go;
use super::world::World;

pub const FULL: &str = "no space left on device";
/// After so long without a heartbeat a lock counts as left behind.
const LEFT_BEHIND: SignedDuration = SignedDuration::from_secs(60);

pub struct ModelStore(pub Process);

impl CredentialStore for ModelStore {
    fn location(&self) -> Location {
        self.0.begin();
        place()
    }

    fn read(&self, _patience: Patience) -> Reading {
        self.0.lives_on();
        let world = lock(&self.0.world);
        let text = world.disk.credential.as_ref();
        let outcome = text.ok_or(Problem::Absent).and_then(|text| Ok(Contents::parse(text.as_bytes())?));
        Reading { location: place(), modified: world.disk.written_at, settled: true, outcome }
    }
}

impl Versioned for ModelStore {
    fn stamp(&self) -> Stamp {
        self.0.lives_on();
        Stamp(vec![lock(&self.0.world).disk.credential_version])
    }

    fn watched(&self) -> Vec<(PathBuf, Vec<String>)> {
        Vec::new()
    }
}

/// Hears nothing; what a look begins with.
pub struct ModelWatcher(pub Process);

impl Watcher for ModelWatcher {
    fn watch(&mut self, _folders: &[(PathBuf, Vec<String>)]) {
        self.0.begin();
    }
}

/// What a full disk says.
pub fn room(process: &Process, path: &str) -> Result<(), SystemError> {
    if lock(&process.world).weather.is_disk_full { Err(SystemError::new(&path, &FULL)) } else { Ok(()) }
}

pub struct ModelWriter {
    pub process: Process,
    /// What was proven has its room on the disk, however full that becomes.
    pub has_room: bool,
}

impl ModelWriter {
    /// Only what stands there is replaced.
    fn target(&self) -> Result<(), WriteError> {
        let is_there = lock(&self.process.world).disk.credential.is_some();
        if is_there { Ok(()) } else { Err(WriteError::system(&"credential", &"no such file or directory")) }
    }

    /// Some of the new bytes stand there, and the rest of the old ones.
    fn write_half(&self, text: &str) {
        {
            let mut world = lock(&self.process.world);
            let (now, place) = (world.time.wall(), world.chance.usize(..text.len()));
            let old = world.disk.credential.clone().unwrap_or_default();
            let mixture = format!("{}{}", &text[..place], old.get(place..).unwrap_or_default());
            world.disk.write(Some(mixture), now);
        }
        self.process.step("half written");
    }
}

impl CredentialWriter for ModelWriter {
    fn load(&self) -> Result<Secret, Problem> {
        self.process.lives_on();
        lock(&self.process.world).disk.credential.clone().map(Secret::from).ok_or(Problem::Absent)
    }

    fn tidy(&self) {}

    fn prove(&mut self, _bytes: usize) -> Result<(), WriteError> {
        self.process.step("prove");
        self.target()?;
        room(&self.process, "credential")?;
        self.has_room = true;
        self.process.step("proved");
        Ok(())
    }

    fn is_in_place(&self) -> bool {
        lock(&self.process.world).disk.is_in_place
    }

    fn holds_a_part_of(&self, overwrite: &Overwrite) -> bool {
        self.process.lives_on();
        let world = lock(&self.process.world);
        world.disk.credential.as_ref().is_some_and(|text| overwrite.explains(text.as_bytes()))
    }

    fn replace(&mut self, text: &Secret) -> Result<(), WriteError> {
        self.process.step("replace");
        self.target()?;
        if !self.has_room {
            room(&self.process, "credential")?;
        }
        self.has_room = false;
        if self.is_in_place() {
            self.write_half(text.expose());
        }
        {
            let mut world = lock(&self.process.world);
            let now = world.time.wall();
            world.note("stored", format!("by {}", self.process.id));
            world.disk.write(Some(text.expose().to_owned()), now);
        }
        self.process.step("replaced");
        let is_there = lock(&self.process.world).disk.credential.as_deref() == Some(text.expose());
        if is_there { Ok(()) } else { Err(WriteError::ReadBackDiffers) }
    }
}

pub struct ModelJournal {
    pub process: Process,
    pub has_room: bool,
}

impl Journal for ModelJournal {
    fn load(&self) -> Result<Option<Record>, WriteError> {
        self.process.step("load journal");
        Ok(lock(&self.process.world).disk.journal.clone().flatten())
    }

    fn reserve(&mut self, _overwrite: usize) -> Result<(), WriteError> {
        self.process.step("reserve the journal");
        room(&self.process, "journal")?;
        lock(&self.process.world).disk.journal = Some(None);
        self.has_room = true;
        self.process.step("reserved the journal");
        Ok(())
    }

    fn begin(&mut self, intent: &Intent) -> Result<(), WriteError> {
        self.process.step("intend");
        if !self.has_room {
            return Err(WriteError::system(&"journal", &"there is no room for it"));
        }
        lock(&self.process.world).disk.journal =
            Some(Some(Record { intent: intent.clone(), answer: None, overwrite: None }));
        self.process.step("intended");
        Ok(())
    }

    fn cover(&mut self, answer: &NewTokens, overwrite: &Overwrite) -> Result<(), WriteError> {
        self.process.step("cover");
        {
            let mut world = lock(&self.process.world);
            let record = world.disk.journal.as_mut().and_then(Option::as_mut);
            let record = record.ok_or_else(|| WriteError::system(&"journal", &"there is none"))?;
            (record.answer, record.overwrite) = (Some(answer.clone()), Some(overwrite.clone()));
        }
        self.process.step("covered");
        Ok(())
    }

    fn answer(&mut self, intent: &Intent, answer: &NewTokens) -> Result<(), WriteError> {
        self.process.step("note the answer");
        if !self.has_room {
            return Err(WriteError::system(&"journal", &"it was not begun"));
        }
        let record = Record { intent: intent.clone(), answer: Some(answer.clone()), overwrite: None };
        let mut world = lock(&self.process.world);
        // An I/O error, which no room helps against.
        let io_errors = world.weather.io_errors;
        if world.once_in(io_errors) {
            return Err(WriteError::system(&"journal", &"input/output error"));
        }
        world.disk.journal = Some(Some(record));
        drop(world);
        self.process.step("noted the answer");
        Ok(())
    }

    fn discard(&mut self) -> Result<(), WriteError> {
        if !self.process.is_alive() {
            // Asked for while it unwinds: a killed process does nothing more.
            return Err(WriteError::Unknown);
        }
        self.process.step("discard");
        self.has_room = false;
        lock(&self.process.world).disk.journal = None;
        self.process.step("discarded");
        Ok(())
    }
}

pub struct ModelLocks(pub Process);

impl RefreshLocks for ModelLocks {
    fn clear(&self) {
        self.0.lives_on();
        let mut world = lock(&self.0.world);
        if world.disk.own_lock.is_some_and(|holder| world.shown.is_alive(holder)) {
            return;
        }
        world.disk.own_lock = None;
        let of_wick = |owner: Owner| matches!(owner, Owner::Wick(_));
        world.disk.claude_lock.take_if(|lock| of_wick(lock.owner));
        world.disk.storage_lock.take_if(|owner| of_wick(*owner));
    }

    fn take(&self, stop: &Stop) -> Result<Box<dyn HeldLocks>, LockError> {
        for _ in 0..5 {
            self.0.step("take the locks");
            if stop.is_set() {
                return Err(LockError::Stopped);
            }
            if self.try_take() {
                return Ok(Box::new(ModelHeld(self.0.clone())));
            }
            self.0.pause(Point::For(Duration::from_secs(1)));
        }
        Err(LockError::Busy(None))
    }
}

impl ModelLocks {
    fn try_take(&self) -> bool {
        let mut world = lock(&self.0.world);
        if world.disk.own_lock.is_some_and(|holder| world.shown.is_alive(holder)) {
            return false;
        }
        let now = world.time.wall();
        if world
            .disk
            .claude_lock
            .is_some_and(|held| !is_left_behind(&held, now) && !is_a_dead_wicks(&held, &world.shown))
        {
            return false;
        }
        world.disk.own_lock = Some(self.0.id);
        world.disk.claude_lock = Some(ClaudeLock { owner: Owner::Wick(self.0.id), left_at: None });
        true
    }
}

pub fn is_left_behind(held: &ClaudeLock, now: jiff::Timestamp) -> bool {
    held.left_at.is_some_and(|left| now.duration_since(left) >= LEFT_BEHIND)
}

/// A moment after its holder was killed, whoever wants it takes it for left behind.
pub fn storage_is_free(world: &World) -> bool {
    world.disk.storage_lock.is_none_or(|owner| matches!(owner, Owner::Wick(id) if !world.shown.is_alive(id)))
}

fn is_a_dead_wicks(held: &ClaudeLock, shown: &super::shown::Shown) -> bool {
    matches!(held.owner, Owner::Wick(id) if !shown.is_alive(id))
}

struct ModelHeld(Process);

impl HeldLocks for ModelHeld {
    fn are_ours(&self) -> bool {
        self.0.lives_on();
        lock(&self.0.world).disk.claude_lock.is_some_and(|held| held.owner == Owner::Wick(self.0.id))
    }

    fn take_storage(&self, stop: &Stop) -> Result<Box<dyn Send>, LockError> {
        for _ in 0..8 {
            self.0.step("take the storage lock");
            if stop.is_set() {
                return Err(LockError::Stopped);
            }
            let mut world = lock(&self.0.world);
            if storage_is_free(&world) {
                world.disk.storage_lock = Some(Owner::Wick(self.0.id));
                return Ok(Box::new(ModelStorage(self.0.clone())));
            }
            drop(world);
            self.0.pause(Point::For(Duration::from_secs(1)));
        }
        Err(LockError::Busy(None))
    }
}

impl Drop for ModelHeld {
    fn drop(&mut self) {
        let_go(&self.0.world, self.0.id);
        let mut world = lock(&self.0.world);
        world.disk.own_lock.take_if(|holder| *holder == self.0.id);
        let now = world.time.wall();
        let is_alive = self.0.is_alive();
        let ours = world.disk.claude_lock.as_mut().filter(|held| held.owner == Owner::Wick(self.0.id));
        match ours {
            // The system takes the lock of a killed process away, and nobody its folders.
            Some(held) if !is_alive => held.left_at = Some(now),
            Some(_) => world.disk.claude_lock = None,
            None => {}
        }
    }
}

struct ModelStorage(Process);

impl Drop for ModelStorage {
    fn drop(&mut self) {
        if self.0.is_alive() {
            lock(&self.0.world).disk.storage_lock.take_if(|owner| *owner == Owner::Wick(self.0.id));
        }
    }
}
