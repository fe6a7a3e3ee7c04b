//! GitHub's documented limits, enforced by the server on a clock that both sides share: kept by pacing alone.

use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ZonedDateTime};
use serde_json::json;
use wick::app::material::MaterialStore;
use wick::app::sync::Job;
use wick::domain::network::Trusted;
use wick::domain::sync::{Cause, Failure, Report, Request, Scope, TargetOutcome, Trigger};
use wick::platform::environment::Environment;
use wick::ports::{Clock, Patience, Stop};
use wick::remote::github;
use wick::remote::token_endpoint::HttpTokenEndpoint;
use wick::{config, platform};

use crate::support::github::{Fault, GithubServer, Limits, On, TOKEN};
use crate::support::home::Home;
use crate::support::said;
use crate::support::synced;
use crate::support::synced::{home_and_github, repositories, sync, value};

/// GitHub's, as it documents them.
const LIMITS: Limits = Limits { per_minute: 80, per_hour: 500 };

/// Stands still until someone sleeps, and is then at once where he wanted to be.
struct SharedClock(Arc<AtomicI64>);

impl Clock for SharedClock {
    fn now(&self) -> ZonedDateTime {
        let now = Timestamp::from_millisecond(self.0.load(Ordering::SeqCst)).unwrap();
        now.to_zoned_datetime(TimeZone::UTC)
    }

    fn sleep(&self, span: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.sleep_until(self.now().timestamp() + SignedDuration::try_from(span).unwrap())
    }

    fn sleep_until(&self, moment: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.0.fetch_max(moment.as_millisecond(), Ordering::SeqCst);
        Box::pin(tokio::task::yield_now())
    }
}

/// A home and a GitHub with so many repositories on one clock.
struct World {
    home: Home,
    github: GithubServer,
    millis: Arc<AtomicI64>,
    names: Vec<String>,
}

impl World {
    fn new(repositories: usize) -> Self {
        let begun = Timestamp::now().as_millisecond();
        let millis = Arc::new(AtomicI64::new(begun));
        let shared = Arc::clone(&millis);
        let github = GithubServer::start_with_clock(Arc::new(move || shared.load(Ordering::SeqCst)));
        github.limit(LIMITS);
        let names: Vec<String> = (0..repositories).map(|number| format!("acme/r{number}")).collect();
        names.iter().for_each(|name| github.add_repository(name));
        let home = Home::with_folder();
        // Longer than the test's hours.
        home.write(&synced::credential().raw_end(&(begun + 40 * 3_600_000).to_string()).json());
        Self { home, github, millis, names }
    }

    fn seconds(&self) -> i64 {
        self.millis.load(Ordering::SeqCst) / 1000
    }

    /// As if so many writes had ended in this second.
    fn has_written(&self, writes: usize, second: i64) {
        self.github.limit_after(LIMITS, writes, second * 1000);
        note_writes(&self.home, &self.github, writes, second);
    }

    fn sync(&self, names: &[String], wait: SignedDuration) -> Report {
        let environment = Environment {
            home: self.home.path().to_owned(),
            github_enterprise_tokens: vec![("GH_ENTERPRISE_TOKEN", TOKEN.to_owned().into())],
            ..Environment::default()
        };
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let text = synced::config(&self.github, &repositories(&names));
        let settings = config::parse(&text, "").unwrap();
        let endpoint = Arc::new(HttpTokenEndpoint(Arc::new(Trusted::default)));
        let config = PathBuf::from("/nonexistent");
        let mut ports =
            platform::ports(&Arc::new(environment), Some(config), endpoint, github::opener(Arc::new(Trusted::default)));
        ports.clock = Arc::new(SharedClock(Arc::clone(&self.millis)));
        let request = Request { scope: Scope::All, trigger: Trigger::Asked, force: false, dry_run: false, wait };
        let store = MaterialStore::open(&ports, &settings);
        let (stop, patience) = (Stop::default(), Patience::Background);
        let progress = |_| {};
        Job { ports: &ports, store, settings: &settings, request: &request, patience, stop: &stop, progress: &progress }
            .run()
    }

    fn right(&self) -> usize {
        let all = ["CLAUDE_ACCESS_TOKEN", "CLAUDE_REFRESH_TOKEN", "CLAUDE_EXPIRES_AT"];
        let is_right = |place: &&String| all.iter().all(|name| self.github.secret(place, name).is_some());
        self.names.iter().filter(is_right).count()
    }
}

/// What commands before have left in the state.
fn note_writes(home: &Home, github: &GithubServer, writes: usize, second: i64) {
    let state = json!({ "schema": 1, "sync": { "pace": { (github.url()): { "writes": [[second, writes]] } } } });
    std::fs::create_dir_all(home.state()).unwrap();
    std::fs::write(home.state().join("state.json"), state.to_string()).unwrap();
}

const QUARTER: SignedDuration = SignedDuration::from_mins(15);

#[test]
fn what_was_waited_for_the_limits_is_no_time_that_the_server_was_asked() {
    let world = World::new(1);
    world.has_written(80, world.seconds());
    let on = On { method: Some("PUT"), path_has: String::new() };
    let body = json!({ "message": "Server Error" }).to_string();
    world.github.fault(on, Fault::Answer { status: 502, headers: Vec::new(), body }, 1);
    let report = world.sync(&world.names, QUARTER);
    assert_eq!((report.count(TargetOutcome::Synced), world.right()), (1, 1), "{report:?}");
}

#[test]
fn fifty_repositories_end_with_fifty_right_and_no_refused_write() {
    let world = World::new(50);
    let begun = world.seconds();
    let report = world.sync(&world.names, QUARTER);
    assert_eq!(report.count(TargetOutcome::Synced), 50, "{report:?}");
    assert_eq!((world.right(), world.github.refused_writes(), world.github.writes()), (50, 0, 150));
    assert_eq!(value(&world.github, "acme/r49", "CLAUDE_ACCESS_TOKEN"), "tok-sentinel-access");
    // Not one second longer than the limit of a minute demands.
    assert!((60..=66).contains(&(world.seconds() - begun)), "{} s", world.seconds() - begun);
}

#[test]
fn two_syncs_one_after_the_other_share_the_windows() {
    let world = World::new(40);
    let begun = world.seconds();
    assert_eq!(world.sync(&world.names[..20], QUARTER).count(TargetOutcome::Synced), 20);
    assert!(world.seconds() - begun <= 1, "60 writes fit into the minute");
    assert_eq!(world.sync(&world.names[20..], QUARTER).count(TargetOutcome::Synced), 20);
    assert!(world.seconds() - begun >= 60);
    assert_eq!((world.right(), world.github.refused_writes()), (40, 0));
}

#[test]
fn what_an_hour_does_not_hold_goes_on_in_the_next_where_it_stopped() {
    let world = World::new(40);
    // Ten minutes ago.
    world.has_written(400, world.seconds() - 600);
    let first = world.sync(&world.names, QUARTER);
    assert_eq!(world.github.writes(), LIMITS.per_hour - 400, "no write of the hour is wasted");
    // Three writes each; of the eight at work when the hour is used up, each may be left with one or two.
    let synced = first.count(TargetOutcome::Synced);
    assert!((29..=33).contains(&synced), "{synced} of 40 in the first hour");
    let until = first.resume_at.expect("a limit cut it short");
    for target in first.targets.iter().filter(|target| target.outcome == TargetOutcome::Failed) {
        let failure = target.cause.as_ref().and_then(Cause::failure);
        assert!(matches!(failure, Some(Failure::Limited { .. })), "{failure:?}");
    }
    // Before that, nothing is written.
    let writes = world.github.writes();
    let early = world.sync(&world.names, SignedDuration::ZERO);
    assert!(early.resume_at.is_some() && world.github.writes() == writes);
    world.millis.fetch_max(until.as_millisecond(), Ordering::SeqCst);
    let rest = world.sync(&world.names, QUARTER);
    assert_eq!(rest.count(TargetOutcome::Synced) + rest.count(TargetOutcome::Unchanged), 40, "{rest:?}");
    assert_eq!((world.right(), world.github.refused_writes()), (40, 0));
    assert_eq!(world.github.writes(), 120, "each secret once");
}

#[test]
fn the_real_program_keeps_the_limits_too() {
    // In real time, by what commands before have noted: of the minute 72 writes are gone, and its end is seconds away.
    let names = ["acme/api", "acme/app", "acme/web"];
    let (home, github) = home_and_github(&names);
    let last = Timestamp::now().as_second() - 45;
    github.limit_after(LIMITS, 72, last * 1000);
    note_writes(&home, &github, 72, last);
    let first = sync(&home, &names[..2]);
    assert_eq!((first.outcomes(), first.complaints.contains(&said::paused())), (vec!["synced"; 2], false));
    // The last of its writes is one too many.
    let second = sync(&home, &names[2..]);
    assert_eq!((second.outcomes(), github.refused_writes()), (vec!["synced"], 0));
    assert!(second.complaints.contains(&said::paused()), "{}", second.complaints);
    assert!(Timestamp::now().as_second() - last >= 60);
}

#[cfg(not(target_os = "macos"))]
#[test]
fn memory_stays_flat_from_ten_targets_to_a_thousand() {
    use crate::support::synced::command;
    use crate::support::wait_for;

    let used = |count: usize| {
        let github = GithubServer::start();
        let names: Vec<String> = (0..count).map(|number| format!("acme/r{number}")).collect();
        names.iter().for_each(|name| github.add_repository(name));
        let home = Home::with_folder();
        home.write(&synced::credential().json());
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        home.write_config(&synced::config(&github, &repositories(&names)));
        let mut running =
            command(&home, &["sync", "--dry-run", "--json"]).stdout(std::process::Stdio::null()).spawn().unwrap();
        // Held just before the end, when all that is kept is there.
        wait_for("the last requests", || (github.requests().len() + 8 >= count).then_some(()));
        github.pause();
        let status = std::fs::read_to_string(format!("/proc/{}/status", running.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).expect("Linux says so");
        let kib: u64 = line.split_whitespace().next().unwrap().parse().unwrap();
        github.resume();
        assert!(running.wait().unwrap().success());
        kib
    };
    let (ten, thousand) = (used(10), used(1000));
    assert!(thousand < ten + 4 * 1024 && thousand < 15 * 1024, "{ten} KiB for 10, {thousand} KiB for 1,000 targets");
}
