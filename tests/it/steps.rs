//! The rules under events in any order, at any time of a clock that goes forth and back.
//!
//! One again: `WICK_SEED=17 cargo test --test it steps::`.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ZonedDateTime};
use wick::domain::action::{Action, ActionError};
use wick::domain::alert::Clock;
use wick::domain::credential::{Contents, LOGIN_UNCERTAINTY, Location, Material, Problem, Reading, SourceKind};
use wick::domain::network::NetworkError;
use wick::domain::refresh::{Failure, Outcome, RefreshMemory, Remark, Report, WriteError};
use wick::domain::settings::Settings;
use wick::domain::state::State;
use wick::domain::state::event::{Effect, Event};
use wick::domain::state::notice::Notice;
use wick::domain::state::step::step;
use wick::domain::sync::{self, Obstacle, Progress, TargetReport};
use wick::domain::time::EpochMillis;
use wick::view::buttons;
use wick::view::menu_bar;
use wick::view::notice::notification;

use crate::support::credential::{CredentialText, SENTINEL};
use crate::support::fakes::START;

const RUNS: u64 = 300;
const EVENTS: usize = 150;
const PLACES: [&str; 2] = ["/home/ada/.claude/.credentials.json", "/home/ada/.club/.credentials.json"];

struct Walk {
    chance: fastrand::Rng,
    state: State,
    /// In seconds since the start.
    now: i64,
    /// The ends of the access token and of the sign-in, in the same.
    ends: [i64; 2],
    refreshes: u32,
    syncs: u32,
    sleeps: bool,
    /// The end that was last warned of, by source and clock, and how long before it that was said.
    said: BTreeMap<String, (i64, SignedDuration)>,
    story: Vec<String>,
}

impl Walk {
    fn new(seed: u64) -> Self {
        let mut walk = Self {
            chance: fastrand::Rng::with_seed(seed),
            state: State::default(),
            now: 0,
            ends: [3600, 86_400],
            refreshes: 0,
            syncs: 0,
            sleeps: false,
            said: BTreeMap::new(),
            story: Vec::new(),
        };
        walk.state = State::new(walk.settings(), "/home/ada".to_owned(), BTreeMap::new());
        walk
    }

    fn now(&self) -> ZonedDateTime {
        let now = Timestamp::from_second(START + self.now).expect("a moment of this century");
        now.to_zoned_datetime(TimeZone::UTC)
    }

    fn settings(&mut self) -> Settings {
        let switches = [self.chance.bool(), self.chance.bool(), self.chance.bool()];
        let mode = ["direct", "direct", "claude", "never"][self.chance.usize(..4)];
        let folder = ["", "config_dir = \"/home/ada/.club\"\n"][self.chance.usize(..2)];
        let targets = "[[targets]]\nrepo = \"acme/r\"\n".repeat(usize::from(switches[2]));
        let text = format!(
            "[credential]\n{folder}[refresh]\nmode = \"{mode}\"\nautomatic = {}\n[sync]\nautomatic = {}\n{targets}",
            switches[0], switches[1]
        );
        wick::config::parse(&text, "/home/ada").expect("a config")
    }

    fn reading(&mut self) -> Reading {
        // Often the same as before; who goes back to an earlier sign-in is warned of its end anew.
        if self.chance.u32(..4) == 0 {
            self.ends = [self.ends[0].max(self.now) + self.chance.i64(-600..28_800).max(1), self.ends[1]];
        }
        if self.chance.u32(..20) == 0 {
            self.ends[1] = self.ends[1].max(self.now) + self.chance.i64(1..20) * 86_400;
        }
        let [end, login] = self.ends.map(|end| EpochMillis((START + end) * 1000));
        let text = CredentialText::ending(end).login_ending(login);
        let outcome = match self.chance.u32(..12) {
            0 => Err(Problem::Absent),
            1 => Ok(text.signed_out().json()),
            2 => Ok("{".to_owned()),
            _ => Ok(text.json().replace("-refresh", &format!("-refresh{}", self.chance.u32(..3)))),
        };
        let outcome = outcome.and_then(|text| Ok(Contents::parse(text.as_bytes())?));
        let place = PLACES[usize::from(self.state.settings.credential.config_dir.is_some())].to_owned();
        let (modified, settled) = (Some(self.now().timestamp()), self.chance.bool());
        Reading { location: Location { kind: SourceKind::File, place }, modified, settled, outcome }
    }

    fn failure(&mut self) -> Failure {
        let full = || WriteError::system(&"/home/ada", &"no space left");
        match self.chance.u32(..7) {
            0 => Failure::InvalidGrant { spent_before: false },
            1 => Failure::Offline(NetworkError::TimedOut),
            2 => Failure::RateLimited(Some(SignedDuration::from_secs(600))),
            3 => Failure::NoAnswer(NetworkError::TimedOut),
            4 => Failure::Kept(full()),
            5 => Failure::Lost(full()),
            _ => Failure::Interrupted,
        }
    }

    fn refresh_report(&mut self) -> Report {
        let reading = self.reading();
        let outcomes =
            [Outcome::Refreshed, Outcome::StillFresh, Outcome::AlreadyRefreshed, Outcome::Busy, Outcome::Failed];
        let outcome = outcomes[self.chance.usize(..outcomes.len())];
        let mut memory = RefreshMemory::default();
        let failure = self.failure();
        let remark = (outcome == Outcome::Failed).then(|| Remark::Failed(failure.clone()));
        if let (Outcome::Failed, Some(credential)) = (outcome, reading.credential()) {
            memory.note(&failure, credential, &self.state.settings.refresh, self.now().timestamp());
        }
        let kept = matches!(failure, Failure::Kept(_)) && outcome == Outcome::Failed;
        let source = reading.location.to_string();
        Report { memory: Some(memory), kept, source, ..Report::new(outcome, Some(&reading), remark) }
    }

    fn sync_report(&mut self) -> sync::Report {
        if self.chance.bool() {
            return sync::Report::refused(Obstacle::Busy);
        }
        let failed = |target: &wick::domain::settings::Target| {
            TargetReport::failed(target.clone(), sync::Cause::Failed(sync::Failure::TokenRefused(Vec::new())))
        };
        let resume_at = self.chance.bool().then(|| self.now().timestamp() + SignedDuration::from_mins(7));
        let targets = self.state.settings.targets.iter().map(failed).collect();
        sync::Report { resume_at, ..sync::Report::of(targets) }
    }

    fn event(&mut self) -> Event {
        const ACTIONS: [Action; 9] = [
            Action::ShowClocks,
            Action::TryAgain,
            Action::Refresh,
            Action::Refresh,
            Action::SwitchAutostart,
            Action::SwitchAutomatic,
            Action::SyncAll,
            Action::SyncAll,
            Action::OpenSettings,
        ];
        match self.chance.u32(..24) {
            0 => Event::Started,
            1..4 => Event::Tick,
            4 => Event::FilesMoved,
            5 => Event::MenuOpened,
            6 => Event::Woke,
            7 => Event::NetworkChanged,
            8 => Event::JournalFound,
            9..12 => Event::Loaded(Material { sign_in: self.reading(), ci_token: None, ci_token_stored_at: None }),
            12 => Event::NothingMoved,
            13 => Event::ConfigLoaded(if self.chance.bool() { Ok(self.settings()) } else { Err("line 1".to_owned()) }),
            14 | 15 if self.refreshes > 0 => {
                self.refreshes -= 1;
                if self.chance.u32(..5) > 0 {
                    return Event::RefreshEnded(self.refresh_report());
                }
                Event::NothingToFinish(self.reading().location.to_string(), RefreshMemory::default())
            }
            16 if self.syncs > 0 => {
                self.syncs -= 1;
                Event::SyncEnded(self.sync_report(), None)
            }
            17 => Event::SyncProgressed(Progress::default()),
            20 => Event::WillSleep,
            21 => Event::Slept,
            22 => Event::Reopened,
            23 => Event::NotificationAnswered,
            18 => Event::ActionFailed(Action::SignIn, ActionError::NoTerminal),
            _ => Event::Chosen(ACTIONS[self.chance.usize(..ACTIONS.len())]),
        }
    }

    fn take(&mut self, event: Event) {
        self.story.push(format!("{} s: {event:?}", self.now));
        let now = self.now();
        self.sleeps = event.says_whether_it_sleeps().unwrap_or(self.sleeps);
        for effect in step(&mut self.state, event, &now) {
            match &effect {
                Effect::Refresh(_) => self.refreshes += 1,
                Effect::Sync(_) => self.syncs += 1,
                Effect::Notify(notice) => self.judge_notice(notice),
                _ => {}
            }
        }
        assert!(self.refreshes <= 1, "two refreshes at once");
        assert!(self.syncs <= 1, "two syncs at once");
        assert!(self.state.wake_at(now.timestamp()) >= now.timestamp(), "the next thing to do is in the past");
        let view = menu_bar(&self.state, &now);
        assert!(!format!("{view:?} {:?}", self.state.refreshing.last).contains(SENTINEL), "a token is shown");
    }

    fn judge_notice(&mut self, notice: &Notice) {
        let shown = notification(notice, &self.state, &self.now());
        assert!(!format!("{shown:?} {notice:?}").contains(SENTINEL), "a token is in a notification");
        let is_known = shown.buttons.is_empty() || buttons::sets().contains(&shown.buttons);
        assert!(is_known, "macOS shows no buttons that it was not told of: {:?}", shown.buttons);
        let Notice::Alert(alert) = notice else { return };
        let settings = &self.state.settings.alerts;
        let thresholds = if alert.clock == Clock::Login { &settings.login } else { &settings.access };
        // A sign-in may end from its earliest end on, and has ended at the stored one.
        let latest = (alert.clock == Clock::Login).then_some(-LOGIN_UNCERTAINTY);
        let all = thresholds.iter().copied().chain([SignedDuration::ZERO]).chain(latest);
        let reached = all.filter(|threshold| alert.left <= *threshold).min().expect("it is due");
        let source = self.state.reading().map(|reading| reading.location.to_string()).unwrap_or_default();
        let before = self.said.insert(format!("{source} {:?}", alert.clock), (alert.deadline.0, reached));
        let is_new = before.is_none_or(|(deadline, before)| deadline != alert.deadline.0 || before > reached);
        assert!(is_new, "{alert:?} was said before");
    }

    /// What a moment brings once the look that it asks for has ended: afterwards nothing is due at once.
    fn rest(&mut self) {
        self.take(Event::Tick);
        self.take(Event::NothingMoved);
        let now = self.now().timestamp();
        assert!(self.state.wake_at(now) > now, "the loop would never sleep");
    }
}

#[test]
fn whatever_comes_in_whatever_order_there_is_one_refresh_no_alert_twice_and_a_time_to_sleep() {
    let seed = std::env::var("WICK_SEED").ok().map(|seed| seed.parse::<u64>().expect("a number"));
    for seed in seed.map_or(0..RUNS, |seed| seed..seed + 1) {
        let mut walk = Walk::new(seed);
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for _ in 0..EVENTS {
                walk.now += [0, 0, 1, 30, 600, 7200, -3600, 43_200][walk.chance.usize(..8)];
                let event = walk.event();
                walk.take(event);
                if walk.chance.u32(..8) == 0 {
                    walk.rest();
                }
            }
        }));
        let last = walk.story.len().saturating_sub(12);
        assert!(outcome.is_ok(), "WICK_SEED={seed}\n{}", walk.story[last..].join("\n"));
    }
}
