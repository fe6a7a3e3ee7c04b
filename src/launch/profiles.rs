//! Several profiles in one app: each has a loop of its own, and all share one screen, one menu and one turn to sync.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use jiff::ZonedDateTime;
use tokio::sync::mpsc::unbounded_channel;

use crate::app;
use crate::app::profiles::apart;
use crate::app::{Ended, Purpose};
use crate::domain::action::Action;
use crate::domain::settings::{ProfileName, Settings};
use crate::domain::state::State;
use crate::domain::state::event::Event;
use crate::platform::sync_lock::InTurn;
use crate::platform::tray::TrayScreen;
use crate::ports::notifier::Notification;
use crate::ports::{EventSink, Notifier, NotifierError, Ports, Screen};
use crate::view::{ProfileView, together};
use crate::words::profiles as words;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes what happens to the app as a whole to the loops that it concerns.
#[derive(Default)]
pub(super) struct Router {
    sinks: Mutex<Vec<EventSink>>,
    /// Whose time the title is.
    shown: AtomicUsize,
    quits: AtomicBool,
}

impl Router {
    pub(super) fn send(&self, event: Event) {
        match event {
            Event::Woke => self.to_all(|| Event::Woke),
            Event::MenuOpened => self.to_all(|| Event::MenuOpened),
            Event::Chosen(Action::ShowClocks) => self.send_to(self.shown.load(Ordering::SeqCst), event),
            Event::Chosen(Action::Quit) => {
                // Also where the loops are just being started anew.
                self.quits.store(true, Ordering::SeqCst);
                self.to_all(|| Event::Chosen(Action::Quit));
            }
            event => self.send_to(0, event),
        }
    }

    pub(super) fn send_to(&self, profile: usize, event: Event) {
        if event.asks_to_quit() {
            return self.send(event);
        }
        let sink = lock(&self.sinks).get(profile).map(EventSink::clone);
        if let Some(sink) = sink {
            sink(event);
        }
    }

    fn to_all(&self, event: impl Fn() -> Event) {
        for sink in lock(&self.sinks).iter() {
            sink(event());
        }
    }
}

/// The one screen.
struct Shared {
    screen: TrayScreen,
    views: Vec<Option<ProfileView>>,
    router: Arc<Router>,
}

/// A profile's part of it.
struct Part {
    index: usize,
    shared: Arc<Mutex<Shared>>,
}

impl Screen for Part {
    fn draw(&mut self, state: &State, now: &ZonedDateTime) {
        let mut shared = lock(&self.shared);
        shared.views[self.index] = Some(ProfileView::of(state, now));
        // The menu is not to be laid out once for each of them.
        let Some(views) = shared.views.iter().cloned().collect::<Option<Vec<_>>>() else { return };
        let (view, shown) = together(&views, now.timestamp());
        shared.router.shown.store(shown, Ordering::SeqCst);
        shared.screen.show(view);
    }

    fn forget(&mut self) {
        lock(&self.shared).screen.forget();
    }

    fn close(&mut self) {}
}

/// Says whose a notification is.
struct Named {
    name: ProfileName,
    notifier: Arc<dyn Notifier>,
}

impl Notifier for Named {
    fn show(&self, notification: &Notification, clicked: Box<dyn FnOnce(Action) + Send>) -> Result<(), NotifierError> {
        let summary = words::summary(&self.name, &notification.summary);
        self.notifier.show(&Notification { summary, ..notification.clone() }, clicked)
    }
}

/// The settings of each profile, the default one first; what is wrong with the config is said by the first look.
fn settings(ports: &Ports) -> Vec<Settings> {
    let default = app::settings(&*ports.config_file, &ports.home, &ProfileName::default());
    let default = default.map_or_else(|_| Settings::read_only(), |(settings, _)| settings);
    let (kept, left_out) = apart(ports, default);
    for name in left_out {
        tracing::warn!("the profile {name} is left out: it has the same sign-in as another one");
    }
    kept
}

/// Runs a loop for each profile until the user quits; anew, where the config lists other profiles.
pub(super) async fn run(ports: &Ports, screen: TrayScreen, router: &Arc<Router>) {
    let sync_lock = Arc::new(InTurn::new(Arc::clone(&ports.sync_lock)));
    let shared = Arc::new(Mutex::new(Shared { screen, views: Vec::new(), router: Arc::clone(router) }));
    while !router.quits.load(Ordering::SeqCst) {
        let settings = settings(ports);
        lock(&shared).views = vec![None; settings.len()];
        let several = settings.len() > 1;
        let mut sinks = Vec::new();
        let mut running = FuturesUnordered::new();
        for (index, settings) in settings.into_iter().enumerate() {
            let (sender, received) = unbounded_channel();
            // Fails only where this loop has ended.
            let sink: EventSink = Arc::new(move |event| drop(sender.send(event)));
            sinks.push(EventSink::clone(&sink));
            let mut ports = Ports { profile: settings.profile.clone(), ..ports.clone() };
            if several {
                ports.sync_lock = Arc::clone(&sync_lock) as _;
                ports.notifier = Arc::new(Named { name: settings.profile.clone(), notifier: ports.notifier });
            }
            let part = Box::new(Part { index, shared: Arc::clone(&shared) });
            running.push(app::run(Purpose::Serve, ports, settings, part, sink, received));
        }
        *lock(&router.sinks) = sinks;
        // One that was asked for while there was nobody to ask.
        if router.quits.load(Ordering::SeqCst) {
            router.send(Event::Chosen(Action::Quit));
        }
        while let Some(ended) = running.next().await {
            match ended {
                Ended::Quit => router.quits.store(true, Ordering::SeqCst),
                Ended::OtherProfiles => {}
            }
            router.to_all(|| Event::Leave);
        }
        lock(&router.sinks).clear();
    }
}
