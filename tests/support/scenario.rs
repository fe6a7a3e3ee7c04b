//! The whole loop over fakes: a test says what happens and how much time passes, and looks at what came of it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use wick::app;
use wick::domain::action::Action;
use wick::domain::fingerprint::Fingerprint;
use wick::domain::settings::{ProfileName, Settings};
use wick::domain::state::event::Event;
use wick::ports::screen::TrayView;
use wick::ports::{CredentialStore, Ports, Terminal, Tools, lock};

use super::fakes::refreshing::{FakeTokenEndpoint, FakeWriter, FreeLocks, NoClaude, NoJournal};
use super::fakes::syncing::{FakeCommand, FakeGithub, FakeSyncLock, NoCiTokens, NoStateFolder, OneToken};
use super::fakes::{
    BareDesktop, BareInspector, FakeClock, FakeConfigFile, FakeLoginItem, FakeScreen, FakeStateFile, FakeStore,
    NoWatcher, RecordingNotifier,
};

/// The whole loop with fakes around it, on tokio's paused clock.
pub struct Scenario {
    pub endpoint: Arc<FakeTokenEndpoint>,
    pub github: Arc<FakeGithub>,
    pub sync_lock: Arc<FakeSyncLock>,
    pub config_file: Arc<FakeConfigFile>,
    pub online: Arc<AtomicBool>,
    /// The refresh token whose successor is in the journal.
    pub spent: Arc<Mutex<Option<Fingerprint>>>,
    pub command: Arc<FakeCommand>,
    /// Whether nothing holds its sleep off any more.
    pub goes_to_sleep: Arc<AtomicBool>,
    pub clock: Arc<FakeClock>,
    pub store: Arc<FakeStore>,
    pub notifier: Arc<RecordingNotifier>,
    pub state_file: Arc<FakeStateFile>,
    pub login_item: Arc<FakeLoginItem>,
    screen: FakeScreen,
    events: UnboundedSender<Event>,
    running: JoinHandle<app::Ended>,
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
        Self::begin(Arc::clone(&store) as _, store, state_file, clock, config)
    }

    /// Starts the loop over another store than the fake one, which then has nothing to do.
    pub fn start_over(store: Arc<dyn CredentialStore>) -> Self {
        Self::begin(store, Arc::new(FakeStore::new("")), Arc::default(), Arc::new(FakeClock::new()), "")
    }

    fn begin(
        opened: Arc<dyn CredentialStore>,
        store: Arc<FakeStore>,
        state_file: Arc<FakeStateFile>,
        clock: Arc<FakeClock>,
        config: &str,
    ) -> Self {
        let settings = wick::config::parse(config, "/home/ada").unwrap_or_else(|_| Settings::read_only());
        let notifier = Arc::new(RecordingNotifier::default());
        let config_file = Arc::new(FakeConfigFile::new(config));
        let written = Arc::clone(&store);
        let endpoint = Arc::<FakeTokenEndpoint>::default();
        let (github, sync_lock) = (Arc::<FakeGithub>::default(), Arc::<FakeSyncLock>::default());
        let login_item = Arc::<FakeLoginItem>::default();
        let online = Arc::new(AtomicBool::new(true));
        let way_out = Arc::clone(&online);
        let goes_to_sleep = Arc::new(AtomicBool::new(false));
        let of_port = Arc::clone(&goes_to_sleep);
        let spent = Arc::<Mutex<Option<Fingerprint>>>::default();
        let found_spent = Arc::clone(&spent);
        let command = Arc::<FakeCommand>::default();
        let ports = Ports {
            clock: Arc::clone(&clock) as _,
            open_store: Arc::new(move |_| Arc::clone(&opened)),
            open_watcher: Arc::new(|_| Box::new(NoWatcher)),
            notifier: Arc::clone(&notifier) as _,
            state_file: Arc::clone(&state_file) as _,
            config_file: Arc::clone(&config_file) as _,
            open_tools: Arc::new(move |_, _| Tools {
                writer: Box::new(FakeWriter(Arc::clone(&written))),
                journal: Box::new(NoJournal),
                locks: Box::new(FreeLocks),
            }),
            find_journal: Arc::new(|_| false),
            find_spent: Arc::new(move |_| lock(&found_spent).clone()),
            find_overruling: Arc::new(|_| Vec::new()),
            token_endpoint: Arc::clone(&endpoint) as _,
            claude: Arc::new(NoClaude),
            open_github: github.opener(),
            github_tokens: Arc::new(OneToken),
            commands: Arc::clone(&command) as _,
            ci_tokens: Arc::new(NoCiTokens),
            state_folder: Arc::new(NoStateFolder),
            sync_lock: Arc::clone(&sync_lock) as _,
            rotation_lock: Arc::<FakeSyncLock>::default(),
            when_asked_to_end: Arc::new(|_| {}),
            hold_signals: Arc::new(|| unreachable!("only a question at a terminal asks for it")),
            before_exec: Arc::new(|| {}),
            origin_here: Arc::new(|| Ok(None)),
            hold_off_sleep: Arc::new(move || (!of_port.load(Ordering::SeqCst)).then(|| Box::new(()) as _)),
            network: Arc::new(move || way_out.load(Ordering::SeqCst).then_some([192, 0, 2, 7].into())),
            desktop: Arc::new(BareDesktop),
            login_item: Arc::clone(&login_item) as _,
            inspector: Arc::new(BareInspector),
            vital: Default::default(),
            terminal: Terminal::default(),
            home: "/home/ada".to_owned(),
            profile: ProfileName::default(),
        };
        let (events, received) = unbounded_channel();
        let sender = events.clone();
        let sink = Arc::new(move |event| drop(sender.send(event)));
        let screen = FakeScreen::default();
        let running =
            tokio::spawn(app::run(app::Purpose::Serve, ports, settings, Box::new(screen.clone()), sink, received));
        Self {
            endpoint,
            github,
            sync_lock,
            online,
            spent,
            command,
            goes_to_sleep,
            clock,
            store,
            notifier,
            state_file,
            config_file,
            login_item,
            screen,
            events,
            running,
        }
    }

    pub fn send(&self, event: Event) {
        self.events.send(event).expect("the loop runs");
    }

    /// Lets so much time pass, with everything that falls due in it. The paused clock goes from one timer to the next,
    /// and stands still while a blocking call runs on its real thread.
    pub async fn pass(&self, seconds: u64) {
        self.settle().await;
        tokio::time::sleep(std::time::Duration::from_secs(seconds)).await;
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
        self.screen.view()
    }

    pub fn draws(&self) -> usize {
        self.screen.draws()
    }

    /// What a later run finds again: the credential, what is remembered, and the time.
    pub fn parts(&self) -> (Arc<FakeStore>, Arc<FakeStateFile>, Arc<FakeClock>) {
        (Arc::clone(&self.store), Arc::clone(&self.state_file), Arc::clone(&self.clock))
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
