//! The log of a sync on a real disk: a power cut in every line of it, two processes, an old one, a large one.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use wick::app::material::MaterialStore;
use wick::app::sync::Job;
use wick::domain::fingerprint::Fingerprint;
use wick::domain::network::Trusted;
use wick::domain::settings::Field;
use wick::domain::state::memory::{Memory, Part};
use wick::domain::sync::{
    Mark, Report, Request, Scope, SecretMemory, SyncMemory, TargetMark, TargetMemory, TargetOutcome, Trigger, UnderWay,
};
use wick::domain::system::SystemError;
use wick::platform::environment::Environment;
use wick::platform::state_file::JsonFile;
use wick::ports::{Patience, Stamp, StateFile, Stop, Versioned};
use wick::remote::github;
use wick::remote::token_endpoint::HttpTokenEndpoint;
use wick::{config, platform};

use crate::support::github::{GithubServer, TOKEN};
use crate::support::home::Home;
use crate::support::synced::{self, home_and_github, repositories, sync};

/// A real state file, and the log as it was after each mark.
struct Recording {
    file: JsonFile,
    log: PathBuf,
    logs: Mutex<Vec<Vec<u8>>>,
    /// After so many marks there is no room for another one.
    room: usize,
}

impl Recording {
    fn new(home: &Home, room: usize) -> Self {
        let (file, log) = (JsonFile::new(home.state()), home.state().join("sync.log"));
        Self { file, log, logs: Mutex::default(), room }
    }
}

impl Versioned for Recording {
    fn stamp(&self) -> Stamp {
        self.file.stamp()
    }

    fn watched(&self) -> Vec<(PathBuf, Vec<String>)> {
        self.file.watched()
    }
}

impl StateFile for Recording {
    fn load(&self) -> std::collections::BTreeMap<String, Memory> {
        self.file.load()
    }

    fn save(&self, source: &str, part: Part) -> Result<(), SystemError> {
        self.file.save(source, part)
    }

    fn begin_sync(&self, at: Timestamp, targets: BTreeSet<String>) -> Result<(), SystemError> {
        self.file.begin_sync(at, targets)?;
        self.logs.lock().unwrap().push(fs::read(&self.log).unwrap());
        Ok(())
    }

    fn note_sync(&self, marks: &[Mark]) -> Result<(), SystemError> {
        if self.logs.lock().unwrap().len() >= self.room {
            return Err(SystemError::new(&self.log.display(), &"No space left on device"));
        }
        self.file.note_sync(marks)?;
        self.logs.lock().unwrap().push(fs::read(&self.log).unwrap());
        Ok(())
    }

    fn flush_sync(&self) -> Result<(), SystemError> {
        self.file.flush_sync()
    }

    fn load_sync(&self) -> Result<SyncMemory, SystemError> {
        self.file.load_sync()
    }

    fn change_sync(&self, change: &mut dyn FnMut(&mut SyncMemory)) -> Result<(), SystemError> {
        self.file.change_sync(change)
    }
}

const REPOSITORIES: [&str; 2] = ["acme/api", "acme/web"];

/// Runs a sync in this process, with this state file.
fn run(home: &Home, github: &GithubServer, state_file: Arc<dyn StateFile>, trigger: Trigger, dry_run: bool) -> Report {
    let environment = Environment {
        home: home.path().to_owned(),
        github_enterprise_tokens: vec![("GH_ENTERPRISE_TOKEN", TOKEN.to_owned().into())],
        ..Environment::default()
    };
    let settings = config::parse(&synced::config(github, &repositories(&REPOSITORIES)), "").unwrap();
    let endpoint = Arc::new(HttpTokenEndpoint(Arc::new(Trusted::default)));
    let mut ports = platform::ports(
        &Arc::new(environment),
        Some(PathBuf::from("/nonexistent")),
        endpoint,
        github::opener(Arc::new(Trusted::default)),
    );
    ports.state_file = state_file;
    let wait = SignedDuration::from_secs(1);
    let request = Request { scope: Scope::All, trigger, force: false, dry_run, wait };
    let store = MaterialStore::open(&ports, &settings);
    let (stop, patience, progress) = (Stop::default(), Patience::Background, |_| {});
    Job { ports: &ports, store, settings: &settings, request: &request, patience, stop: &stop, progress: &progress }
        .run()
}

/// A world in which all was synced an hour ago and another token is stored since.
struct Rotated {
    home: Home,
    github: GithubServer,
    /// As it was before the second sync.
    snapshot: Vec<u8>,
    /// Of the second sync, at its longest.
    log: Vec<u8>,
    /// Where its first mark ends, without which nothing is sent.
    begun: usize,
}

impl Rotated {
    fn new() -> Self {
        let (home, github) = home_and_github(&REPOSITORIES);
        assert_eq!(sync(&home, &[]).code, Some(0));
        for name in REPOSITORIES {
            for secret in ["CLAUDE_ACCESS_TOKEN", "CLAUDE_REFRESH_TOKEN", "CLAUDE_EXPIRES_AT"] {
                github.make_anew(name, secret, -3600);
            }
        }
        let state = home.state().join("state.json");
        let text = fs::read_to_string(&state).unwrap();
        let mut stored: Value = serde_json::from_str(&text).unwrap();
        for target in stored["sync"]["targets"].as_object_mut().unwrap().values_mut() {
            for secret in target["secrets"].as_object_mut().unwrap().values_mut() {
                let earlier = Timestamp::now() - SignedDuration::from_hours(1);
                secret["sent_at"] = earlier.to_string().into();
                secret["updated_at"] = earlier.to_string().into();
            }
        }
        let snapshot = serde_json::to_vec(&stored).unwrap();
        fs::write(&state, &snapshot).unwrap();
        home.write(&synced::credential().json().replace("tok-sentinel-access", "tok-sentinel-second"));
        let recording = Arc::new(Recording::new(&home, usize::MAX));
        let report = run(&home, &github, recording.clone(), Trigger::Automatic, false);
        assert_eq!(report.count(TargetOutcome::Synced), 2, "{report:?}");
        let logs = recording.logs.lock().unwrap().clone();
        let (begun, log) = (logs[0].len(), logs.last().unwrap().clone());
        assert!(logs.len() > 8, "{}", logs.len());
        Self { home, github, snapshot, log, begun }
    }

    /// What the next start of this computer finds, where so much of the log had reached the disk.
    fn after_the_cut(&self, log: &[u8]) -> JsonFile {
        fs::write(self.home.state().join("state.json"), &self.snapshot).unwrap();
        let text = String::from_utf8_lossy(log);
        let boot = text.split(r#""boot":""#).nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        let elsewhere = text.replacen(boot, "another-start", 1);
        assert!(boot.is_empty() || elsewhere != text, "it says since when the computer runs: {text}");
        fs::write(self.home.state().join("sync.log"), elsewhere.as_bytes()).unwrap();
        JsonFile::new(self.home.state())
    }

    /// What an automatic sync would do by itself.
    fn plan(&self, file: JsonFile) -> Report {
        run(&self.home, &self.github, Arc::new(file), Trigger::Automatic, true)
    }

    /// Every end of a line, and three places inside each, with and without the zeros that some file systems leave.
    fn cuts(&self) -> Vec<Vec<u8>> {
        let ends: Vec<usize> =
            (self.begun..=self.log.len()).filter(|end| *end == self.log.len() || self.log[*end] == b'\n').collect();
        let inside = ends.windows(2).flat_map(|pair| [pair[0] + 1, usize::midpoint(pair[0], pair[1]), pair[1] - 1]);
        let mut cuts: Vec<Vec<u8>> = ends.iter().copied().chain(inside).map(|end| self.log[..end].to_vec()).collect();
        let torn: Vec<Vec<u8>> = cuts.iter().map(|cut| [cut.as_slice(), &[0; 64]].concat()).collect();
        cuts.extend(torn);
        cuts
    }
}

#[test]
fn cut_in_any_line_no_write_of_wicks_own_counts_as_someone_elses() {
    let world = Rotated::new();
    for cut in world.cuts() {
        let report = world.plan(world.after_the_cut(&cut));
        let held = report.targets.iter().filter(|target| target.outcome == TargetOutcome::Held).count();
        assert_eq!(held, 0, "{} of {} bytes: {report:?}", cut.len(), world.log.len());
        assert_eq!(report.count(TargetOutcome::Failed), 0, "{report:?}");
    }
}

#[test]
fn cut_in_any_line_what_someone_else_changes_afterwards_is_not_written_over() {
    let world = Rotated::new();
    // An hour after it: it was made an hour before.
    REPOSITORIES.iter().for_each(|name| world.github.make_anew(name, "CLAUDE_ACCESS_TOKEN", 2 * 3600));
    for cut in world.cuts() {
        let report = world.plan(world.after_the_cut(&cut));
        assert_eq!(report.count(TargetOutcome::Held), 2, "{} of {} bytes: {report:?}", cut.len(), world.log.len());
    }
}

#[test]
fn cut_in_any_line_every_write_that_was_noted_counts_for_githubs_limits() {
    let world = Rotated::new();
    let writes = |memory: &SyncMemory| -> u64 {
        let paces = serde_json::to_value(&memory.pace).unwrap();
        let counts = paces.as_object().unwrap().values().flat_map(|pace| pace["writes"].as_array().unwrap().clone());
        counts.map(|second| second[1].as_u64().unwrap()).sum()
    };
    let before = writes(&world.after_the_cut(&world.log[..world.begun]).load_sync().unwrap());
    assert_eq!(before, 6, "of the first sync");
    for cut in world.cuts() {
        // Each is noted before it is sent, in a line of its own.
        let noted = cut.split(|byte| *byte == b'\n').filter(|line| serde_json::from_slice::<Value>(line).is_ok());
        let begun = noted.filter(|line| String::from_utf8_lossy(line).contains(r#""write":"#)).count();
        assert_eq!(writes(&world.after_the_cut(&cut).load_sync().unwrap()), before + begun as u64);
    }
    let all = writes(&world.after_the_cut(&world.log).load_sync().unwrap());
    assert_eq!(usize::try_from(all).unwrap(), world.github.writes());
}

fn mark(target: &str, secret: &str) -> Mark {
    let sent = SecretMemory::new(&Fingerprint::default(), Field::AccessToken, Timestamp::now(), true);
    let known = TargetMemory {
        name: target.to_owned(),
        secrets: [(secret.to_owned(), Box::new(sent))].into(),
        ..TargetMemory::default()
    };
    Mark::Target(TargetMark::new(target.to_owned(), &TargetMemory::default(), &known, None))
}

#[test]
fn two_processes_append_and_fold_and_neither_loses_what_the_other_noted() {
    let home = Home::new();
    let secrets = |memory: &SyncMemory| memory.targets.values().map(|target| target.secrets.len()).sum::<usize>();
    std::thread::scope(|scope| {
        for writer in 0..4 {
            // Each with a file of its own, as each process has.
            let file = JsonFile::new(home.state());
            scope.spawn(move || {
                for round in 0..25 {
                    file.note_sync(&[mark(&format!("target {writer}"), &format!("SECRET_{round}"))]).unwrap();
                    if round % 7 == writer {
                        file.change_sync(&mut |_| {}).unwrap();
                    }
                }
            });
        }
    });
    let file = JsonFile::new(home.state());
    assert_eq!(secrets(&file.load_sync().unwrap()), 100);
    file.change_sync(&mut |_| {}).unwrap();
    assert_eq!(secrets(&file.load_sync().unwrap()), 100);
    assert_eq!(fs::read(home.state().join("sync.log")).unwrap(), b"", "folded");
}

#[test]
fn a_log_that_was_folded_already_is_not_taken_in_again() {
    let home = Home::new();
    let (file, log) = (JsonFile::new(home.state()), home.state().join("sync.log"));
    file.note_sync(&[mark("acme/api", "A")]).unwrap();
    let folded = fs::read(&log).unwrap();
    file.change_sync(&mut |memory| memory.targets.clear()).unwrap();
    // As where the power was cut after the snapshot was written, and before the log was removed.
    fs::write(&log, folded).unwrap();
    assert!(file.load_sync().unwrap().targets.is_empty());
    file.note_sync(&[mark("acme/web", "B")]).unwrap();
    assert_eq!(
        file.load_sync().unwrap().targets.keys().collect::<Vec<_>>(),
        ["acme/web"],
        "nor does it hide what comes next"
    );
}

#[test]
fn a_log_that_outgrew_the_snapshot_is_folded_on_the_way() {
    let home = Home::new();
    let (file, log) = (JsonFile::new(home.state()), home.state().join("sync.log"));
    let mut largest = 0;
    for number in 0..6000 {
        file.note_sync(&[mark(&format!("acme/r{number}"), "CLAUDE_ACCESS_TOKEN")]).unwrap();
        largest = largest.max(fs::metadata(&log).map_or(0, |log| log.len()));
    }
    assert!(largest < 1_100_000, "{largest}");
    assert_eq!(file.load_sync().unwrap().targets.len(), 6000);
}

#[test]
fn what_a_cut_has_left_open_stays_so_when_the_next_sync_begins() {
    let world = Rotated::new();
    let file = world.after_the_cut(&world.log[..world.begun]);
    // Of other targets, and before anything has folded the log.
    file.begin_sync(Timestamp::now(), ["acme/other".to_owned()].into()).unwrap();
    assert_eq!(world.plan(JsonFile::new(world.home.state())).count(TargetOutcome::Held), 0);
    file.change_sync(&mut |memory| memory.under_way = None).unwrap();
    assert_eq!(world.plan(file).count(TargetOutcome::Held), 0);
}

#[test]
fn a_write_that_began_long_after_the_sync_is_dated_by_its_own_mark() {
    let (begun, hour) = (Timestamp::now(), SignedDuration::from_hours(1));
    let known = |open: bool| {
        let mut sent = SecretMemory::new(&Fingerprint::default(), Field::AccessToken, begun - hour, false);
        if open {
            sent.open(begun + hour);
        }
        TargetMemory { secrets: [("A".to_owned(), Box::new(sent))].into(), ..TargetMemory::default() }
    };
    let under_way =
        UnderWay { boot: "before".to_owned(), at: begun, targets: ["one", "two"].map(str::to_owned).into() };
    let mut memory = SyncMemory {
        targets: [("one".to_owned(), known(true)), ("two".to_owned(), known(false))].into(),
        under_way: Some(under_way),
        ..SyncMemory::default()
    };
    memory.restarted("after");
    let until = memory.targets["two"].secrets["A"].open_until.unwrap();
    assert!(until > begun + hour, "{until}: the second one may have been written in the same second");
}

#[test]
fn where_a_disk_fills_up_in_mid_run_nothing_is_sent_without_its_note() {
    // The begin, and then a mark before each write and one after it.
    for room in 1..8 {
        let (home, github) = home_and_github(&REPOSITORIES);
        let state_file = Arc::new(Recording::new(&home, room));
        let report = run(&home, &github, state_file.clone(), Trigger::Asked, false);
        assert!(report.count(TargetOutcome::Failed) > 0, "{room}: {report:?}");
        let logs = state_file.logs.lock().unwrap().clone();
        let log = String::from_utf8(logs.last().unwrap().clone()).unwrap();
        let begun = log.lines().filter(|line| line.contains(r#""write":"#)).count();
        assert_eq!(github.writes(), begun, "{room}: {log}");
    }
}

/// Whoever follows the file would read all anew for each mark otherwise.
#[test]
fn what_a_killed_sync_has_left_is_another_version_once_nobody_has_added_to_it_for_a_minute() {
    let home = Home::new();
    let (file, log) = (JsonFile::new(home.state()), home.state().join("sync.log"));
    file.change_sync(&mut |_| {}).unwrap();
    let before = file.stamp();
    file.begin_sync(Timestamp::now(), BTreeSet::new()).unwrap();
    assert_eq!(file.stamp(), before);
    let date_back = |by| {
        let log = fs::OpenOptions::new().write(true).open(&log).unwrap();
        log.set_modified(std::time::SystemTime::now() - std::time::Duration::from_secs(by)).unwrap();
    };
    date_back(50);
    assert_eq!(file.stamp(), before);
    date_back(61);
    let left = file.stamp();
    assert!(left != before && file.stamp() == left);
    file.change_sync(&mut |_| {}).unwrap();
    assert!(file.stamp() != left && file.load_sync().unwrap().under_way.is_some());
}
