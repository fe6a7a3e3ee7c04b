//! Ports without a computer behind them. They keep state, record what is asked of them and can be told to fail.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ZonedDateTime};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use wick::app;
use wick::domain::credential::Contents;
use wick::domain::doctor::{ConfigFound, Facts, NotificationService, TrayHost};
use wick::domain::grant::{Answer, Silence};
use wick::domain::journal::{Intent, NewTokens, Record};
use wick::domain::memory::{Memory, Part};
use wick::domain::secret::Secret;
use wick::domain::settings::CredentialSettings;
use wick::domain::source::{Location, Problem, Reading, SourceKind};
use wick::domain::state::{Event, Notification, State};
use wick::domain::view::{Action, TrayView};
use wick::ports::{
    ClaudeProgram, Clock, ConfigFile, ConfigFileError, CredentialStore, CredentialWriter, Desktop, HeldLocks,
    Inspector, Journal, LockError, Notifier, NotifierError, Patience, Ports, RefreshLocks, Screen, Stamp, StateFile,
    Stop, TokenEndpoint, Tools, Watcher, WriteError,
};

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The moment at which every scenario begins: 2027-01-15 08:00:00 UTC.
pub const START: i64 = 1_800_000_000;

/// Follows tokio's paused clock, and can be set off it, as a person or a night's sleep does.
#[derive(Debug)]
pub struct FakeClock {
    begun: tokio::time::Instant,
    offset: AtomicI64,
}

impl FakeClock {
    pub fn new() -> Self {
        Self { begun: tokio::time::Instant::now(), offset: AtomicI64::new(0) }
    }

    /// Moves the wall clock without any timer noticing: the laptop slept, or someone set the clock.
    pub fn jump(&self, seconds: i64) {
        self.offset.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for FakeClock {
    fn now(&self) -> ZonedDateTime {
        let start = Timestamp::from_second(START).expect("a moment of this century");
        let passed = SignedDuration::try_from(self.begun.elapsed()).expect("a short test");
        let offset = SignedDuration::from_secs(self.offset.load(Ordering::SeqCst));
        (start + passed + offset).to_zoned_datetime(TimeZone::UTC)
    }
}

/// A place that holds what it is given.
#[derive(Debug)]
pub struct FakeStore {
    content: Mutex<Result<String, Problem>>,
    version: AtomicI64,
    modified: Mutex<Option<Timestamp>>,
    settled: AtomicBool,
    place: Mutex<String>,
    reads: AtomicUsize,
}

impl FakeStore {
    pub fn new(content: &str) -> Self {
        Self {
            content: Mutex::new(Ok(content.to_owned())),
            version: AtomicI64::new(0),
            modified: Mutex::default(),
            settled: AtomicBool::new(true),
            place: Mutex::new("/home/ada/.claude/.credentials.json".to_owned()),
            reads: AtomicUsize::new(0),
        }
    }

    /// Holds this from now on.
    pub fn put(&self, content: &str) {
        *lock(&self.content) = Ok(content.to_owned());
        self.version.fetch_add(1, Ordering::SeqCst);
    }

    /// Fails so from now on.
    pub fn fail(&self, problem: Problem) {
        *lock(&self.content) = Err(problem);
        self.version.fetch_add(1, Ordering::SeqCst);
    }

    /// Changes the content behind an unchanged stamp, as two writes in one second do.
    pub fn put_unnoticed(&self, content: &str) {
        *lock(&self.content) = Ok(content.to_owned());
    }

    /// Is another place from now on.
    pub fn move_to(&self, place: &str) {
        place.clone_into(&mut lock(&self.place));
    }

    pub fn set_settled(&self, settled: bool) {
        self.settled.store(settled, Ordering::SeqCst);
    }

    pub fn reads(&self) -> usize {
        self.reads.load(Ordering::SeqCst)
    }
}

impl CredentialStore for FakeStore {
    fn location(&self) -> Location {
        Location { kind: SourceKind::File, place: lock(&self.place).clone() }
    }

    fn stamp(&self) -> Stamp {
        Stamp(vec![self.version.load(Ordering::SeqCst)])
    }

    fn read(&self, _patience: Patience) -> Reading {
        self.reads.fetch_add(1, Ordering::SeqCst);
        let outcome = match &*lock(&self.content) {
            Ok(text) => Contents::parse(text.as_bytes()).map_err(Problem::from),
            Err(problem) => Err(problem.clone()),
        };
        let (modified, settled) = (*lock(&self.modified), self.settled.load(Ordering::SeqCst));
        Reading { location: self.location(), modified, settled, outcome }
    }

    fn watched(&self) -> Vec<(PathBuf, Vec<String>)> {
        Vec::new()
    }
}

/// Remembers every notification, and whose buttons were offered.
#[derive(Default)]
pub struct RecordingNotifier {
    shown: Mutex<Vec<Notification>>,
    pub fails: AtomicBool,
}

impl RecordingNotifier {
    /// The summaries of everything shown so far.
    pub fn summaries(&self) -> Vec<String> {
        lock(&self.shown).iter().map(|notification| notification.summary.clone()).collect()
    }

    pub fn last(&self) -> Option<Notification> {
        lock(&self.shown).last().cloned()
    }
}

impl Notifier for RecordingNotifier {
    fn show(&self, notification: &Notification, _clicked: Box<dyn FnOnce(Action) + Send>) -> Result<(), NotifierError> {
        lock(&self.shown).push(notification.clone());
        if self.fails.load(Ordering::SeqCst) { Err(NotifierError("nobody is there".to_owned())) } else { Ok(()) }
    }
}

/// Remembers in memory. Two apps may share one, as two runs share a disk.
#[derive(Debug, Default)]
pub struct FakeStateFile(Mutex<BTreeMap<String, Memory>>);

impl StateFile for FakeStateFile {
    fn load(&self) -> BTreeMap<String, Memory> {
        lock(&self.0).clone()
    }

    fn save(&self, source: &str, part: Part) -> Result<(), String> {
        lock(&self.0).entry(source.to_owned()).or_default().set(part);
        Ok(())
    }
}

/// A config file that says this; it moves only when it is replaced.
struct FakeConfigFile(Mutex<String>, AtomicI64);

impl ConfigFile for FakeConfigFile {
    fn path(&self) -> PathBuf {
        PathBuf::from("/nonexistent/config.toml")
    }

    fn stamp(&self) -> Stamp {
        Stamp(vec![self.1.load(Ordering::SeqCst)])
    }

    fn watched(&self) -> Vec<(PathBuf, Vec<String>)> {
        Vec::new()
    }

    fn read(&self) -> Result<Option<String>, ConfigFileError> {
        Ok(Some(lock(&self.0).clone()))
    }

    fn replace(&self, text: &str) -> Result<(), ConfigFileError> {
        text.clone_into(&mut lock(&self.0));
        self.1.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    fn create(&self, _text: &str) -> Result<bool, ConfigFileError> {
        Ok(false)
    }
}

struct NoWatcher;

impl Watcher for NoWatcher {
    fn watch(&mut self, _folders: &[(PathBuf, Vec<String>)]) {}
}

/// A desktop on which nothing opens.
struct BareDesktop;

impl Desktop for BareDesktop {
    fn open_file(&self, _path: &Path) -> Result<(), String> {
        Err("there is no editor".to_owned())
    }

    fn sign_in(&self, _settings: &CredentialSettings) -> Result<(), String> {
        Err("there is no terminal".to_owned())
    }

    fn open_report(&self, _text: &str) -> Result<(), String> {
        Err("there is no editor".to_owned())
    }
}

struct BareInspector;

impl Inspector for BareInspector {
    fn inspect(&self, reading: Reading, config: Result<ConfigFound, String>) -> Facts {
        Facts {
            reading,
            file: None,
            config: (String::new(), config),
            state_folder: (String::new(), Ok(())),
            tray: TrayHost::NoHost,
            notifications: NotificationService::Absent("nobody is there".to_owned()),
            claude: None,
        }
    }
}

/// Keeps the last view.
#[derive(Clone, Default)]
pub struct FakeScreen {
    view: Arc<Mutex<Option<TrayView>>>,
    draws: Arc<AtomicUsize>,
}

impl Screen for FakeScreen {
    fn draw(&mut self, state: &State, now: &ZonedDateTime) {
        *lock(&self.view) = Some(TrayView::of(state, now));
        self.draws.fetch_add(1, Ordering::SeqCst);
    }

    fn close(&mut self) {}
}

/// Writes into the store that is read.
struct FakeWriter(Arc<FakeStore>);

impl CredentialWriter for FakeWriter {
    fn load(&self) -> Result<Secret, Problem> {
        lock(&self.0.content).clone().map(Secret::from)
    }

    fn tidy(&self) {}

    fn prove(&mut self, _bytes: usize) -> Result<(), WriteError> {
        Ok(())
    }

    fn replace(&mut self, text: &Secret) -> Result<(), WriteError> {
        self.0.put(text.expose());
        Ok(())
    }
}

/// Keeps nothing: what a crash leaves is tested with real processes.
struct NoJournal;

impl Journal for NoJournal {
    fn load(&self) -> Result<Option<Record>, String> {
        Ok(None)
    }

    fn begin(&mut self, _intent: &Intent) -> Result<(), String> {
        Ok(())
    }

    fn answer(&mut self, _intent: &Intent, _answer: &NewTokens) -> Result<(), String> {
        Ok(())
    }

    fn discard(&mut self) -> Result<(), String> {
        Ok(())
    }
}

/// Locks that nobody else wants.
struct FreeLocks;

impl RefreshLocks for FreeLocks {
    fn clear(&self) {}

    fn take(&self, _stop: &Stop) -> Result<Box<dyn HeldLocks>, LockError> {
        Ok(Box::new(Self))
    }
}

impl HeldLocks for FreeLocks {
    fn are_ours(&self) -> bool {
        true
    }

    fn take_storage(&self) -> Result<Box<dyn Send>, LockError> {
        Ok(Box::new(()))
    }
}

/// Answers what it is told to, and counts. Eight hours each, until told otherwise.
#[derive(Default)]
pub struct FakeTokenEndpoint {
    next: Mutex<Option<Result<(u16, String), Silence>>>,
    posts: AtomicUsize,
}

impl FakeTokenEndpoint {
    /// Answers so from now on.
    pub fn answer(&self, status: u16, body: &str) {
        *lock(&self.next) = Some(Ok((status, body.to_owned())));
    }

    /// Is out of reach from now on.
    pub fn vanish(&self) {
        *lock(&self.next) = Some(Err(Silence::NotSent("no way there".to_owned())));
    }

    /// Grants from now on.
    pub fn grant(&self) {
        *lock(&self.next) = None;
    }

    pub fn posts(&self) -> usize {
        self.posts.load(Ordering::SeqCst)
    }
}

impl TokenEndpoint for FakeTokenEndpoint {
    fn post(&self, _url: &str, _body: &Secret) -> Result<Answer, Silence> {
        let number = self.posts.fetch_add(1, Ordering::SeqCst);
        let granted = format!(
            r#"{{"access_token":"tok-sentinel-a{number}","refresh_token":"tok-sentinel-r{number}","expires_in":28800}}"#
        );
        let (status, body) = lock(&self.next).clone().unwrap_or(Ok((200, granted)))?;
        Ok(Answer { status, retry_after: None, body: Some(Secret::from(body)) })
    }
}

struct NoClaude;

impl ClaudeProgram for NoClaude {
    fn renew(&self, _settings: &CredentialSettings, _changed: &dyn Fn() -> bool, _stop: &Stop) -> Result<(), String> {
        Err("it is not installed".to_owned())
    }
}

/// The whole loop with fakes around it, on tokio's paused clock.
pub struct Scenario {
    pub endpoint: Arc<FakeTokenEndpoint>,
    pub online: Arc<AtomicBool>,
    pub clock: Arc<FakeClock>,
    pub store: Arc<FakeStore>,
    pub notifier: Arc<RecordingNotifier>,
    pub state_file: Arc<FakeStateFile>,
    screen: FakeScreen,
    events: UnboundedSender<Event>,
    running: JoinHandle<()>,
}

impl Scenario {
    /// Starts the loop over a store that holds this.
    pub fn start(content: &str) -> Self {
        Self::start_with_config(content, "")
    }

    /// The same with this in the config file.
    pub fn start_with_config(content: &str, config: &str) -> Self {
        Self::restart(Arc::new(FakeStore::new(content)), Arc::default(), Arc::new(FakeClock::new()), config)
    }

    /// Starts the loop over what an earlier one left.
    pub fn restart(store: Arc<FakeStore>, state_file: Arc<FakeStateFile>, clock: Arc<FakeClock>, config: &str) -> Self {
        let settings = wick::config::parse(config, "/home/ada").unwrap_or_default();
        let notifier = Arc::new(RecordingNotifier::default());
        let (opened, written) = (Arc::clone(&store), Arc::clone(&store));
        let endpoint = Arc::<FakeTokenEndpoint>::default();
        let online = Arc::new(AtomicBool::new(true));
        let way_out = Arc::clone(&online);
        let ports = Ports {
            clock: Arc::clone(&clock) as _,
            open_store: Arc::new(move |_| Arc::clone(&opened) as _),
            open_watcher: Arc::new(|_| Box::new(NoWatcher)),
            notifier: Arc::clone(&notifier) as _,
            state_file: Arc::clone(&state_file) as _,
            config_file: Arc::new(FakeConfigFile(Mutex::new(config.to_owned()), AtomicI64::new(0))),
            open_tools: Arc::new(move |_, _| Tools {
                writer: Box::new(FakeWriter(Arc::clone(&written))),
                journal: Box::new(NoJournal),
                locks: Box::new(FreeLocks),
            }),
            find_journal: Arc::new(|_| false),
            token_endpoint: Arc::clone(&endpoint) as _,
            claude: Arc::new(NoClaude),
            network: Arc::new(move || way_out.load(Ordering::SeqCst).then_some([192, 0, 2, 7].into())),
            desktop: Arc::new(BareDesktop),
            inspector: Arc::new(BareInspector),
            home: "/home/ada".to_owned(),
        };
        let (events, received) = unbounded_channel();
        let sender = events.clone();
        let sink = Arc::new(move |event| drop(sender.send(event)));
        let screen = FakeScreen::default();
        let running =
            tokio::spawn(app::run(app::Purpose::Serve, ports, settings, Box::new(screen.clone()), sink, received));
        Self { endpoint, online, clock, store, notifier, state_file, screen, events, running }
    }

    pub fn send(&self, event: Event) {
        self.events.send(event).expect("the loop runs");
    }

    /// Lets so much time pass, with everything that falls due in it.
    pub async fn pass(&self, seconds: u64) {
        // In steps: blocking calls run on real threads, and the paused clock must not run past them.
        for _ in 0..seconds {
            self.settle().await;
            tokio::time::advance(std::time::Duration::from_secs(1)).await;
        }
        self.settle().await;
    }

    /// Lets the loop take in what was sent, and what its blocking calls bring.
    pub async fn settle(&self) {
        for _ in 0..3 {
            tokio::task::yield_now().await;
            // Behind those of the loop: one blocking thread serves them in their order.
            tokio::task::spawn_blocking(|| {}).await.expect("nothing to fail");
            tokio::task::yield_now().await;
        }
    }

    /// What the screen shows.
    pub fn view(&self) -> TrayView {
        lock(&self.screen.view).clone().expect("something was drawn")
    }

    pub fn draws(&self) -> usize {
        self.screen.draws.load(Ordering::SeqCst)
    }

    /// Ends the loop as the user would, and waits until it has remembered everything.
    pub async fn quit(self) {
        self.send(Event::Chosen(Action::Quit));
        self.running.await.expect("the loop does not panic");
    }
}

/// Runs a scenario on a paused clock with one blocking thread.
pub fn run<F: Future<Output = ()>>(scenario: impl FnOnce() -> F) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).max_blocking_threads(1).build();
    runtime.expect("a runtime").block_on(async { scenario().await });
}
