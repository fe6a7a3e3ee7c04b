//! All that is outside of Wick, as values: what the disk holds, what the servers know, what time it is, how the weather is.
//!
//! Everything that happens is drawn from one seed, so that the same seed is the same run.

use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};

use super::super::fakes::START;
use super::claude::Claude;
use super::disk::Disk;
use super::github::Hub;
use super::server::Server;
use super::shown::Shown;

pub type Shared = Arc<Mutex<World>>;

/// How much of what happened last is printed with a failure.
const PRINTED: usize = 120;

pub struct World {
    pub chance: fastrand::Rng,
    pub time: Time,
    pub weather: Weather,
    pub disk: Disk,
    pub server: Server,
    pub github: Hub,
    pub claude: Claude,
    pub shown: Shown,
    /// How often each kind of thing happened: a model in which nothing happens finds nothing.
    pub counts: std::collections::BTreeMap<&'static str, usize>,
    happened: Vec<String>,
    /// The first thing that must never be.
    pub broken: Option<String>,
}

/// In milliseconds.
#[derive(Default)]
pub struct Time {
    /// While the computer ran, by tokio's clock.
    pub ran: i64,
    /// While it slept.
    pub slept: i64,
    /// By how much the clock on the wall is wrong.
    pub wrong: i64,
    /// When it was set last.
    pub set_at: Option<Timestamp>,
}

impl Time {
    /// The time of the world, which servers go by.
    pub fn truly(&self) -> Timestamp {
        at(START * 1000 + self.ran + self.slept)
    }

    /// What the computer's clock shows.
    pub fn wall(&self) -> Timestamp {
        at(START * 1000 + self.ran + self.slept + self.wrong)
    }

    /// Whether the clock was right for so long.
    pub fn was_right_for(&self, span: SignedDuration) -> bool {
        self.wrong == 0 && self.set_at.is_none_or(|at| self.truly().duration_since(at) > span)
    }
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).expect("a moment of this century")
}

/// What makes things fail.
#[derive(Default)]
pub struct Weather {
    pub is_offline: bool,
    pub is_disk_full: bool,
    /// Whether what Wick remembers can be read.
    pub is_state_unreadable: bool,
    /// One in so many questions to a server goes wrong; 0 for none.
    pub server_faults: u32,
    pub github_faults: u32,
    /// One in so many answers cannot be noted, though there was room for it; 0 for none.
    pub io_errors: u32,
}

impl World {
    pub fn new(seed: u64) -> Self {
        let mut chance = fastrand::Rng::with_seed(seed);
        let server_faults = [0, 3, 6, 20][chance.usize(..4)];
        let github_faults = [0, 4, 15][chance.usize(..3)];
        let disk = Disk { is_in_place: chance.u32(..4) == 0, ..Disk::default() };
        Self {
            time: Time::default(),
            weather: Weather { server_faults, github_faults, io_errors: 60, ..Weather::default() },
            disk,
            server: Server::new(chance.bool()),
            github: Hub::default(),
            claude: Claude::default(),
            shown: Shown::default(),
            counts: std::collections::BTreeMap::new(),
            happened: Vec::new(),
            broken: None,
            chance,
        }
    }

    /// Happens once in so many times; never where that is 0.
    pub fn once_in(&mut self, times: u32) -> bool {
        times > 0 && self.chance.u32(..times) == 0
    }

    /// Notes what happened, for whoever has to understand a failure.
    pub fn note(&mut self, kind: &'static str, what: impl AsRef<str>) {
        *self.counts.entry(kind).or_default() += 1;
        let (truly, wrong) = (self.time.truly(), self.time.wrong / 1000);
        self.happened.push(format!("{truly} ({wrong:+} s) {kind} {}", what.as_ref()));
    }

    /// Notes what must never be; the first counts.
    pub fn must_not_be(&mut self, what: impl AsRef<str>) {
        if self.broken.is_none() {
            self.note("BROKEN", what.as_ref());
            self.broken = Some(what.as_ref().to_owned());
        }
    }

    /// All that has happened, a line each.
    pub fn story(&self) -> &[String] {
        &self.happened
    }

    /// What happened last.
    pub fn end_of_story(&self) -> String {
        self.happened[self.happened.len().saturating_sub(PRINTED)..].join("\n")
    }
}
