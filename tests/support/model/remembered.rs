//! Wick's own files over the model's disk: what it remembers, its config, and the lock around a sync.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use jiff::Timestamp;
use wick::domain::alert::{AlertMemory, Announced};
use wick::domain::settings::ConfigFileError;
use wick::domain::state::memory::{Memory, Part};
use wick::domain::sync::{Mark, SyncMemory, UnderWay};
use wick::domain::system::SystemError;
use wick::ports::{ConfigFile, Stamp, StateFile, SyncLock, Versioned, lock};

use super::disk::place;
use super::process::Process;
use super::stored::room;

/// In a minute, where nobody waits for anything to change: a new credential, a click and commands may each begin one.
const MOST_SYNCS: usize = 12;

pub struct ModelStateFile(pub Process);

impl ModelStateFile {
    fn readable(&self) -> Result<(), SystemError> {
        self.0.lives_on();
        let is_unreadable = lock(&self.0.world).weather.is_state_unreadable;
        if is_unreadable { Err(SystemError::new(&"state.json", &"input/output error")) } else { Ok(()) }
    }

    /// Each change is whole, on the disk or not there.
    fn change(&self, name: &'static str, change: impl FnOnce(&mut super::disk::Disk)) -> Result<(), SystemError> {
        self.0.step(name);
        self.readable()?;
        room(&self.0, "state.json")?;
        change(&mut lock(&self.0.world).disk);
        self.0.step("changed");
        Ok(())
    }
}

impl StateFile for ModelStateFile {
    fn load(&self) -> BTreeMap<String, Memory> {
        let is_readable = self.readable().is_ok();
        let mut world = lock(&self.0.world);
        let known = if is_readable { world.disk.sources.clone() } else { BTreeMap::new() };
        if self.0.is_loop() {
            // The app has begun: this is what it knows to have said.
            let alerts = known.get(&place().to_string()).map(|memory| memory.alerts.clone());
            world.shown.announced = alerts.unwrap_or_default();
        }
        known
    }

    fn save(&self, source: &str, part: Part) -> Result<(), SystemError> {
        if let Part::Alerts(alerts) = &part {
            judge(&self.0, alerts);
        }
        self.change("remember", |disk| {
            disk.sources.entry(source.to_owned()).or_default().set(part);
            disk.fold();
        })
    }

    fn begin_sync(&self, at: Timestamp, targets: BTreeSet<String>) -> Result<(), SystemError> {
        self.note_sync(&[Mark::Begun(UnderWay { boot: "boot".to_owned(), at, targets })])
    }

    /// Who follows the file sees these at the sync's end, or when none was added for a while.
    fn note_sync(&self, marks: &[Mark]) -> Result<(), SystemError> {
        let now = lock(&self.0.world).time.wall();
        self.change("note", |disk| {
            marks.iter().cloned().for_each(|mark| disk.sync.take_in(mark));
            disk.noted = Some((disk.noted.map_or(1, |(count, _)| count + 1), now));
        })?;
        lock(&self.0.world).github.noted(self.0.id);
        Ok(())
    }

    fn flush_sync(&self) -> Result<(), SystemError> {
        self.0.lives_on();
        Ok(())
    }

    fn load_sync(&self) -> Result<SyncMemory, SystemError> {
        self.readable()?;
        Ok(lock(&self.0.world).disk.sync.clone())
    }

    fn change_sync(&self, change: &mut dyn FnMut(&mut SyncMemory)) -> Result<(), SystemError> {
        self.change("change", |disk| {
            change(&mut disk.sync);
            disk.fold();
        })
    }
}

impl Versioned for ModelStateFile {
    fn stamp(&self) -> Stamp {
        self.0.lives_on();
        let world = lock(&self.0.world);
        let is_left =
            |noted: &(i64, Timestamp)| !(0..60).contains(&world.time.wall().duration_since(noted.1).as_secs());
        let left = world.disk.noted.filter(is_left).map(|(count, _)| count);
        Stamp([world.disk.state_version].into_iter().chain(left).collect())
    }

    fn watched(&self) -> Vec<(PathBuf, Vec<String>)> {
        Vec::new()
    }
}

/// What was said of an end is not said again, nor is something said that was due before it.
fn judge(process: &Process, alerts: &AlertMemory) {
    let mut world = lock(&process.world);
    let before = world.shown.announced.clone();
    let clocks = |of: &AlertMemory| [of.access, of.login, of.ci_token];
    for (before, now) in clocks(&before).into_iter().zip(clocks(alerts)) {
        if before == now {
            continue;
        }
        world.shown.alerts_to_remember += 1;
        let is_repeated = |before: Announced, now: Announced| {
            before.deadline_ms == now.deadline_ms && before.announced_s <= now.announced_s
        };
        if before.zip(now).is_some_and(|(before, now)| is_repeated(before, now)) {
            world.must_not_be(format!("an alert is given twice: {before:?}, then {now:?}"));
        }
    }
    world.shown.announced = alerts.clone();
}

pub struct ModelConfig(pub Process);

impl ConfigFile for ModelConfig {
    fn path(&self) -> PathBuf {
        PathBuf::from("/nonexistent/config.toml")
    }

    fn read(&self) -> Result<Option<String>, ConfigFileError> {
        self.0.lives_on();
        Ok(Some(lock(&self.0.world).disk.config.clone()))
    }

    fn write(&self, read: Option<&str>, text: &str) -> Result<bool, ConfigFileError> {
        self.0.step("edit the config");
        let disk = &mut lock(&self.0.world).disk;
        let is_still = read == Some(&disk.config);
        if is_still {
            text.clone_into(&mut disk.config);
            disk.config_version += 1;
        }
        Ok(is_still)
    }
}

impl Versioned for ModelConfig {
    fn stamp(&self) -> Stamp {
        self.0.lives_on();
        Stamp(vec![lock(&self.0.world).disk.config_version])
    }

    fn watched(&self) -> Vec<(PathBuf, Vec<String>)> {
        Vec::new()
    }
}

pub struct ModelSyncLock(pub Process);

struct HeldSync(Process);

impl SyncLock for ModelSyncLock {
    fn take(&self) -> Result<Option<Box<dyn Send>>, SystemError> {
        self.0.step("take the sync lock");
        let mut world = lock(&self.0.world);
        // How long it waits between tries is drawn on this thread.
        fastrand::seed(world.chance.u64(..));
        if world.disk.sync_lock.is_some_and(|holder| world.shown.is_alive(holder)) {
            return Ok(None);
        }
        world.disk.sync_lock = Some(self.0.id);
        let now = world.time.truly();
        if world.github.begin(self.0.id, now) > MOST_SYNCS {
            world.must_not_be("one sync after the other is begun");
        }
        Ok(Some(Box::new(HeldSync(self.0.clone()))))
    }
}

impl Drop for HeldSync {
    fn drop(&mut self) {
        lock(&self.0.world).disk.sync_lock.take_if(|holder| *holder == self.0.id);
    }
}
