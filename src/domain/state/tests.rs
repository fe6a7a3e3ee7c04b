//! States by what has happened to them, and events, for the tests of this folder. It is always the same moment; what is `left`
//! is left then, in seconds.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};

use super::State;
use super::event::Event;
use super::step::step;
use crate::domain::action::{Action, ActionError};
use crate::domain::autostart::Autostart;
use crate::domain::credential::{Contents, Credential, Location, Material, Problem, Reading, SourceKind};
use crate::domain::fingerprint::Fingerprint;
use crate::domain::network::NetworkError;
use crate::domain::refresh::{Clocks, Failure, Outcome, RefreshMemory, Remark, Report};
use crate::domain::secret::Secret;
use crate::domain::settings::{
    Field, Mapping, Place, Profile, ProfileName, RefreshMode, Settings, ShareRefreshToken, Target,
};
use crate::domain::sync::memory::{account, fingerprint};
use crate::domain::sync::value::value;
use crate::domain::sync::{self, Cause, Obstacle, Pace, SecretMemory, SyncMemory, TargetMemory, TargetReport};
use crate::domain::time::EpochMillis;

pub(super) const HOUR: i64 = 3600;
const PLACE: &str = "/home/ada/.claude/.credentials.json";
pub(super) const SOURCE: &str = "file:/home/ada/.claude/.credentials.json";
pub(super) const SIGNED_OUT: &str = r#"{"claudeAiOauth":{"accessToken":"","refreshToken":"","expiresAt":0}}"#;
pub(super) const NO_END: &str = r#"{"claudeAiOauth":{"accessToken":"a","refreshToken":"r"}}"#;

pub(super) fn at(seconds: i64) -> ZonedDateTime {
    let moment = Timestamp::from_second(1_800_000_000 + seconds).expect("a moment of this century");
    moment.to_zoned_datetime(TimeZone::UTC)
}

pub(super) fn end(left: i64) -> EpochMillis {
    at(left).timestamp().into()
}

// The states: each by what has happened to it.

impl State {
    /// The same after this has happened, so many seconds ago.
    pub(super) fn ago(mut self, seconds: i64, event: Event) -> Self {
        step(&mut self, event, &at(-seconds));
        self
    }

    pub(super) fn and(self, event: Event) -> Self {
        self.ago(0, event)
    }
}

pub(super) fn new(settings: Settings) -> State {
    State::new(settings, "/home/ada".to_owned(), BTreeMap::new())
}

pub(super) fn watching() -> State {
    State { only_watches: true, ..new(targets()) }
}

/// Half a minute after the start, with a token that lives so many seconds from now on.
pub(super) fn signed_in(settings: Settings, left: i64) -> State {
    new(settings).ago(30, Event::Started).ago(30, nothing_to_finish(SOURCE)).ago(30, loaded(left))
}

pub(super) fn idle_with(settings: Settings) -> State {
    signed_in(settings, 7 * HOUR)
}

pub(super) fn idle() -> State {
    idle_with(plain())
}

pub(super) fn opening(autostart: Autostart) -> State {
    idle().and(Event::AutostartFound(autostart))
}

/// With a config that was there from the start.
pub(super) fn seen(settings: Settings) -> State {
    idle_with(settings.clone()).and(config(settings))
}

/// A second target was written into the config.
pub(super) fn edited() -> State {
    let one = Settings { targets: vec![target("acme/api")], ..syncs() };
    new(one.clone()).and(config(one)).and(config(syncs()))
}

pub(super) fn knowing(memory: SyncMemory) -> State {
    new(syncs()).and(Event::SyncRemembered(memory))
}

pub(super) fn refreshing() -> State {
    new(both()).and(loaded(200))
}

pub(super) fn refreshing_by_click() -> State {
    new(targets()).and(loaded(200)).and(click())
}

/// The second try, after a first one that failed so.
pub(super) fn refreshing_after(failure: Failure) -> State {
    new(both()).ago(70, loaded(200)).ago(70, failed_ago(70, failure)).and(Event::NothingMoved)
}

pub(super) fn failing(seconds: i64, failure: Failure) -> State {
    new(refreshes()).ago(seconds, loaded(300)).ago(seconds, failed_ago(seconds, failure))
}

pub(super) fn syncing() -> State {
    idle_with(targets()).and(sync_all())
}

pub(super) fn syncing_by_itself() -> State {
    new(syncs()).and(loaded(HOUR))
}

/// The second try, after a first one that failed so.
pub(super) fn syncing_after(failure: sync::Failure) -> State {
    new(syncs()).ago(30, loaded(HOUR)).ago(30, synced(bad(failure))).and(Event::NothingMoved)
}

/// A sync that was asked for, and that a limit keeps until so many seconds from now.
pub(super) fn cut_short(seconds: i64) -> State {
    idle_with(targets()).ago(25, sync_all()).ago(20, synced(limited(seconds)))
}

// Settings.

pub(super) fn plain() -> Settings {
    Settings::default()
}

pub(super) fn with(change: impl FnOnce(&mut Settings)) -> Settings {
    let mut settings = plain();
    change(&mut settings);
    settings
}

pub(super) fn refreshes() -> Settings {
    with(|settings| settings.refresh.automatic = true)
}

/// Automatic refresh is switched on all the same.
pub(super) fn never() -> Settings {
    let mut settings = refreshes();
    settings.refresh.mode = RefreshMode::Never;
    settings
}

pub(super) fn target(name: &str) -> Target {
    Target { place: Place::parse(name).expect("a place"), secrets: None, profile: ProfileName::default() }
}

pub(super) fn targets() -> Settings {
    with(|settings| {
        settings.targets = vec![target("acme/api"), target("acme/web")];
        settings.sync.share_refresh_token = ShareRefreshToken::Yes;
    })
}

/// By itself.
pub(super) fn syncs() -> Settings {
    let mut settings = targets();
    settings.sync.automatic = true;
    settings
}

/// Refreshes and syncs by itself.
pub(super) fn both() -> Settings {
    Settings { refresh: refreshes().refresh, ..syncs() }
}

/// The targets are at another GitHub.
pub(super) fn elsewhere() -> Settings {
    let mut settings = targets();
    settings.github.api_url = "https://git.acme.example/api/v3".to_owned();
    settings
}

pub(super) fn in_folder() -> Settings {
    with(|settings| settings.credential.config_dir = Some("/work".to_owned()))
}

pub(super) fn with_ci_token() -> Settings {
    with(|settings| settings.secrets.0.push(Mapping { name: "CI".to_owned(), field: Field::CiToken }))
}

pub(super) fn with_profile() -> Settings {
    let profile = Profile {
        name: ProfileName::new("work"),
        config_dir: "/work".to_owned(),
        refresh_automatic: None,
        sync_automatic: None,
        share_refresh_token: None,
    };
    with(|settings| settings.profiles = vec![profile])
}

// What is stored.

pub(super) fn text(left: i64) -> String {
    let end = end(left).0;
    format!(
        r#"{{"claudeAiOauth":{{"accessToken":"a{left}","refreshToken":"r","expiresAt":{end},"accountUuid":"ada"}}}}"#
    )
}

fn credential(left: i64) -> Credential {
    match Contents::parse(text(left).as_bytes()) {
        Ok(Contents::SignedIn(credential)) => *credential,
        other => panic!("not signed in: {other:?}"),
    }
}

fn material(text: &str, settled: bool) -> Material {
    let location = Location { kind: SourceKind::File, place: PLACE.to_owned() };
    let outcome = Contents::parse(text.as_bytes()).map_err(Problem::from);
    Material {
        sign_in: Reading { location, modified: None, settled, outcome },
        ci_token: None,
        ci_token_stored_at: None,
    }
}

pub(super) fn found(text: &str) -> Event {
    Event::Loaded(material(text, true))
}

pub(super) fn loaded(left: i64) -> Event {
    found(&text(left))
}

/// The place may have been written again within the same second.
pub(super) fn unsettled() -> Event {
    Event::Loaded(material(&text(7 * HOUR), false))
}

pub(super) fn without_refresh_token(left: i64) -> Event {
    found(&text(left).replace(r#""refreshToken":"r","#, ""))
}

pub(super) fn of_someone_else() -> Event {
    found(&text(7 * HOUR).replace("ada", "grace"))
}

// Other events.

pub(super) fn clicked(action: Action) -> Event {
    Event::Chosen(action)
}

pub(super) fn click() -> Event {
    clicked(Action::Refresh)
}

pub(super) fn sync_all() -> Event {
    clicked(Action::SyncAll)
}

pub(super) fn no_terminal() -> Event {
    Event::ActionFailed(Action::SignIn, ActionError::NoTerminal)
}

pub(super) fn config(settings: Settings) -> Event {
    Event::ConfigLoaded(Ok(settings))
}

pub(super) fn broken() -> Event {
    Event::ConfigLoaded(Err("line 1".to_owned()))
}

pub(super) fn nothing_to_finish(source: &str) -> Event {
    Event::NothingToFinish(source.to_owned(), RefreshMemory::default())
}

fn report(outcome: Outcome, left: i64, remark: Option<Remark>) -> Report {
    let clocks = Some(Clocks { access: Some(end(left)), login: None });
    Report { outcome, remark, clocks, memory: None, kept: false, source: SOURCE.to_owned() }
}

pub(super) fn ended(outcome: Outcome, remark: Option<Remark>) -> Event {
    Event::RefreshEnded(report(outcome, HOUR, remark))
}

pub(super) fn journal_left() -> Event {
    ended(Outcome::NotAllowed, Some(Remark::JournalLeft))
}

pub(super) fn of_another_place() -> Event {
    Event::RefreshEnded(Report { source: "file:/other".to_owned(), ..report(Outcome::Refreshed, HOUR, None) })
}

pub(super) fn failed_ago(seconds: i64, failure: Failure) -> Event {
    let mut memory = RefreshMemory::default();
    memory.note(&failure, &credential(300), &plain().refresh, at(-seconds).timestamp());
    let report = report(Outcome::Failed, 300, Some(Remark::Failed(failure)));
    Event::RefreshEnded(Report { memory: Some(memory), ..report })
}

pub(super) fn failed(failure: Failure) -> Event {
    failed_ago(0, failure)
}

pub(super) fn dead() -> Failure {
    Failure::InvalidGrant { spent_before: false }
}

pub(super) fn offline() -> Failure {
    Failure::Offline(NetworkError::Unknown)
}

pub(super) fn no_answer() -> Failure {
    Failure::NoAnswer(NetworkError::Unknown)
}

pub(super) fn server_error() -> Failure {
    Failure::ServerError { status: 503, retry_after: None }
}

// What is remembered of syncing.

/// Both targets hold a token that has so many seconds left.
pub(super) fn sent(left: i64) -> SyncMemory {
    let (settings, credential, mut memory) = (targets(), credential(left), SyncMemory::default());
    for target in &settings.targets {
        let secret = |mapping: &Mapping| {
            let value = value(mapping.field, (&credential).into()).expect("all are there");
            let sent_at = at(-60).timestamp();
            let sent = SecretMemory::new(&fingerprint(&value, &target.place), mapping.field, sent_at, true);
            (mapping.name.clone(), Box::new(sent))
        };
        let secrets = settings.mappings(target).iter().map(secret).collect();
        let known = TargetMemory { secrets, account: account(&credential), ..TargetMemory::default() };
        memory.targets.insert(settings.key(target), known);
    }
    memory
}

pub(super) fn of_another() -> SyncMemory {
    let (mut memory, grace) = (sent(60), Secret::from("grace".to_owned()));
    memory.targets.values_mut().for_each(|target| target.account = Some(Fingerprint::of(&grace)));
    memory
}

/// GitHub has asked to wait until so many seconds from now.
pub(super) fn paused(seconds: i64) -> SyncMemory {
    let mut pace = Pace::default();
    pace.paused_until = Some(at(seconds).timestamp());
    SyncMemory { pace: [(plain().github.api_url, pace)].into(), ..SyncMemory::default() }
}

/// `acme/web` was.
pub(super) fn out_of_reach() -> SyncMemory {
    let mut memory = sent(HOUR);
    let known = memory.targets.get_mut(&targets().key(&target("acme/web"))).expect("it was sent something");
    known.failed(unreached(), at(-30).timestamp());
    memory
}

// What became of a sync of both targets.

pub(super) fn synced(report: sync::Report) -> Event {
    Event::SyncEnded(report, Some(SyncMemory::default()))
}

pub(super) fn good() -> sync::Report {
    sync::Report::of(targets().targets.into_iter().map(|target| TargetReport::of(target, Vec::new(), None)).collect())
}

/// `acme/web` got nothing.
pub(super) fn bad(failure: sync::Failure) -> sync::Report {
    let mut report = good();
    report.targets[1] = TargetReport::failed(target("acme/web"), Cause::Failed(failure));
    report
}

pub(super) fn limited(seconds: i64) -> sync::Report {
    let until = at(seconds).timestamp();
    sync::Report { resume_at: Some(until), ..bad(sync::Failure::Limited { until }) }
}

pub(super) fn not_begun() -> sync::Report {
    sync::Report::refused(Obstacle::Busy)
}

pub(super) fn archived() -> sync::Failure {
    sync::Failure::Archived
}

pub(super) fn refused() -> sync::Failure {
    sync::Failure::TokenRefused(Vec::new())
}

pub(super) fn unreached() -> sync::Failure {
    sync::Failure::Offline(NetworkError::Unknown)
}
