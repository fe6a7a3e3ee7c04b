//! Ports without a computer behind them. They keep state, record what is asked of them and can be told to fail.

mod clock;
mod files;
pub mod refreshing;
pub mod syncing;

pub use clock::{FakeClock, START};
pub use files::{FakeConfigFile, FakeStateFile};

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use jiff::{Timestamp, ZonedDateTime};
use wick::domain::action::ActionError;
use wick::domain::autostart::{Autostart, AutostartError};
use wick::domain::credential::{Contents, Location, Problem, Reading, SourceKind};
use wick::domain::facts::{Facts, NotificationService, TrayHost};
use wick::domain::settings::{CredentialSettings, ProfileName};
use wick::domain::state::State;
use wick::ports::notifier::{Answers, Button, Notification};
use wick::ports::screen::TrayView;
use wick::ports::{
    CredentialStore, Desktop, Inspector, LoginItem, Notifier, NotifierError, Patience, Screen, Stamp, Versioned,
    Watcher, lock,
};
use wick::view::menu_bar;

/// A place that holds what it is given.
#[derive(Debug)]
pub struct FakeStore {
    content: Mutex<Result<String, Problem>>,
    version: AtomicI64,
    modified: Mutex<Option<Timestamp>>,
    settled: AtomicBool,
    place: Mutex<String>,
    reads: AtomicUsize,
    looks: AtomicUsize,
    /// No line with more bytes can be written.
    pub longest: AtomicUsize,
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
            looks: AtomicUsize::new(0),
            longest: AtomicUsize::new(usize::MAX),
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

    /// How often its attributes were asked for.
    pub fn looks(&self) -> usize {
        self.looks.load(Ordering::SeqCst)
    }

    pub fn reads(&self) -> usize {
        self.reads.load(Ordering::SeqCst)
    }
}

impl CredentialStore for FakeStore {
    fn location(&self) -> Location {
        Location { kind: SourceKind::File, place: lock(&self.place).clone() }
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
}

impl Versioned for FakeStore {
    fn stamp(&self) -> Stamp {
        self.looks.fetch_add(1, Ordering::SeqCst);
        Stamp(vec![self.version.load(Ordering::SeqCst)])
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
    /// How often the user was to be asked for permission.
    pub asked: AtomicUsize,
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
    fn listen(&self, _sets: &[Vec<Button>], _answers: Answers) {}

    fn ask(&self) {
        self.asked.fetch_add(1, Ordering::SeqCst);
    }

    fn show(&self, notification: &Notification) -> Result<(), NotifierError> {
        lock(&self.shown).push(notification.clone());
        if self.fails.load(Ordering::SeqCst) {
            Err(NotifierError::Failed("nobody is there".to_owned()))
        } else {
            Ok(())
        }
    }
}

pub struct NoWatcher;

impl Watcher for NoWatcher {
    fn watch(&mut self, _folders: &[(PathBuf, Vec<String>)]) {}
}

/// A desktop on which nothing opens.
pub struct BareDesktop;

impl Desktop for BareDesktop {
    fn open_file(&self, _path: &Path) -> Result<(), ActionError> {
        Err(ActionError::Failed("there is no editor".to_owned()))
    }

    fn open_page(&self, _url: &str) -> Result<(), ActionError> {
        Err(ActionError::Failed("there is no browser".to_owned()))
    }

    fn sign_in(&self, _settings: &CredentialSettings, _closing: &str) -> Result<(), ActionError> {
        Err(ActionError::NoTerminal)
    }

    fn new_ci_token(
        &self,
        _: &CredentialSettings,
        _: &ProfileName,
        _is_stored: bool,
        _: &str,
    ) -> Result<(), ActionError> {
        Err(ActionError::NoTerminal)
    }

    fn set_up(&self, _: &CredentialSettings, _: &ProfileName, _closing: &str) -> Result<(), ActionError> {
        Err(ActionError::NoTerminal)
    }

    fn open_report(&self, text: &str) -> Result<(), ActionError> {
        let why = if text.is_empty() { "there is no report" } else { "there is no editor" };
        Err(ActionError::Failed(why.to_owned()))
    }
}

pub struct BareInspector;

impl Inspector for BareInspector {
    fn inspect(&self, _: &Location, _: &CredentialSettings) -> Facts {
        Facts {
            locks: Vec::new(),
            file: None,
            keychain: None,
            state_folder: (String::new(), Ok(())),
            relative: Vec::new(),
            unknown_time_zone: None,
            tray: TrayHost::NoHost,
            icon: None,
            notifications: NotificationService::Absent("nobody is there".to_owned()),
            autostart: Autostart::Off,
            claude: None,
            certificates: Vec::new(),
            overruling: Vec::new(),
        }
    }
}

/// Login items that can be told to refuse.
#[derive(Debug, Default)]
pub struct FakeLoginItem {
    state: Mutex<Option<Autostart>>,
    refusal: Mutex<Option<String>>,
    version: AtomicI64,
    looks: AtomicUsize,
}

impl FakeLoginItem {
    /// Is so from now on.
    pub fn be(&self, state: Autostart) {
        *lock(&self.state) = Some(state);
    }

    /// Tells that it moved.
    pub fn touch(&self) {
        self.version.fetch_add(1, Ordering::SeqCst);
    }

    /// Refuses every change from now on.
    pub fn refuse(&self, why: &str) {
        *lock(&self.refusal) = Some(why.to_owned());
    }

    pub fn looks(&self) -> usize {
        self.looks.load(Ordering::SeqCst)
    }
}

impl LoginItem for FakeLoginItem {
    fn state(&self) -> Autostart {
        self.looks.fetch_add(1, Ordering::SeqCst);
        lock(&self.state).clone().unwrap_or(Autostart::Off)
    }

    fn set(&self, on: bool) -> Result<(), AutostartError> {
        if let Some(why) = lock(&self.refusal).clone() {
            return Err(AutostartError::Failed(why));
        }
        *lock(&self.state) = Some(if on { Autostart::On } else { Autostart::Off });
        Ok(())
    }
}

impl Versioned for FakeLoginItem {
    fn stamp(&self) -> Stamp {
        Stamp(vec![self.version.load(Ordering::SeqCst)])
    }

    fn watched(&self) -> Vec<(PathBuf, Vec<String>)> {
        Vec::new()
    }
}

/// Keeps the last view.
#[derive(Clone, Default)]
pub struct FakeScreen {
    view: Arc<Mutex<Option<TrayView>>>,
    draws: Arc<AtomicUsize>,
}

impl FakeScreen {
    /// What it shows.
    pub fn view(&self) -> TrayView {
        lock(&self.view).clone().expect("something was drawn")
    }

    pub fn draws(&self) -> usize {
        self.draws.load(Ordering::SeqCst)
    }
}

impl Screen for FakeScreen {
    fn draw(&mut self, state: &State, now: &ZonedDateTime) {
        *lock(&self.view) = Some(menu_bar(state, now));
        self.draws.fetch_add(1, Ordering::SeqCst);
    }
}
