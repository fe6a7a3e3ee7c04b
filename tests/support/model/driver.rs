//! Drives a run of the model: lets time pass, has something happen, and looks after each step whether all that must hold
//! does.

use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{JoinHandle, spawn_blocking, yield_now};
use tokio::time::Instant;
use wick::app::{self, Ended};
use wick::domain::settings::Settings;
use wick::domain::state::event::Event;
use wick::ports::lock;

use super::acts;
use super::computer::ports;
use super::disk::whereabouts;
use super::process::{Pause, Point, Process, follow};
use super::shown::ModelScreen;
use super::world::{Shared, World};

/// More than any of the loop's ways through its events takes.
const YIELDS: usize = 12;
/// The loop wakes once a minute, and a little more often where something is due.
const MOST_DRAWS: usize = 400;

/// More than one thing leads to another.
const MOST_ROUNDS: usize = 50;

pub struct Model {
    pub world: Shared,
    pub begun: Instant,
    pauses: UnboundedReceiver<Pause>,
    to_pause: UnboundedSender<Pause>,
    pub app: Option<App>,
    next_process: u64,
    /// Nothing happens by itself any more.
    pub is_calm: bool,
}

/// A Wick that runs.
pub struct App {
    pub process: Process,
    pub events: UnboundedSender<Event>,
    running: JoinHandle<Ended>,
}

impl Model {
    pub fn new(world: World) -> Self {
        let (to_pause, pauses) = unbounded_channel();
        let world = Shared::new(world.into());
        Self { world, begun: Instant::now(), pauses, to_pause, app: None, next_process: 1, is_calm: false }
    }

    pub fn broken(&self) -> bool {
        lock(&self.world).broken.is_some()
    }

    pub fn next_process(&mut self) -> u64 {
        self.next_process += 1;
        lock(&self.world).shown.begins(self.next_process);
        self.next_process
    }

    /// Wick starts, over what an earlier run left.
    pub fn start(&mut self) {
        let process = Process::app(self.next_process(), &self.world, self.to_pause.clone());
        {
            let mut world = lock(&self.world);
            world.shown.restart();
            world.note("started", process.id.to_string());
        }
        let (events, received) = unbounded_channel();
        let (sender, of_sink) = (events.clone(), process.clone());
        let sink = move |event| {
            if of_sink.is_alive() {
                // Fails only where the loop has ended.
                drop(sender.send(event));
                of_sink.step("event");
            }
        };
        let ports = ports(&process, self.begun);
        let settings = app::settings(&ports).map_or_else(|_| Settings::read_only(), |(settings, _)| settings);
        let screen = Box::new(ModelScreen(process.clone()));
        let sink = std::sync::Arc::new(sink);
        let running = tokio::spawn(app::run(app::Purpose::Serve, ports, settings, screen, sink, received));
        self.app = Some(App { process, events, running });
    }

    pub fn send(&self, event: Event) {
        if let Some(app) = &self.app {
            drop(app.events.send(event));
        }
    }

    /// Wick is killed, wherever it is.
    pub async fn kill(&mut self, pause: Option<Pause>) {
        let Some(app) = self.app.take() else { return };
        lock(&self.world).note("killed", format!("{} at {:?}", app.process.id, pause.as_ref().map(|pause| pause.at)));
        app.process.kill();
        app.running.abort();
        drop(app.running.await);
        drop(pause);
        // Until its threads have noticed.
        for _ in 0..3 {
            let mut done = spawn_blocking(|| {});
            loop {
                tokio::select! {
                    biased;
                    pause = self.pauses.recv() => drop(pause),
                    _ = &mut done => break,
                }
            }
            yield_now().await;
        }
        self.bury(&app.process);
    }

    fn bury(&self, process: &Process) {
        super::server::let_go(&self.world, process.id);
        lock(&self.world).shown.ends(process.id);
    }

    /// A Wick that has quit is gone.
    async fn notice_the_end(&mut self) {
        if self.app.as_ref().is_some_and(|app| app.running.is_finished()) {
            let app = self.app.take().expect("looked at just now");
            lock(&self.world).note("ended", app.process.id.to_string());
            match app.running.await {
                Ok(_) => {}
                Err(error) => lock(&self.world).must_not_be(format!("the loop panicked: {error}")),
            }
            // What it has left behind ends with it.
            app.process.kill();
            self.barrier().await;
            self.bury(&app.process);
        }
    }

    /// Lets the loop take in all that it was sent.
    pub async fn settle(&self) {
        for _ in 0..YIELDS {
            yield_now().await;
        }
    }

    /// Waits until no thread of Wick is at work, or one pauses for ever.
    async fn barrier(&mut self) {
        let mut done = spawn_blocking(|| {});
        loop {
            tokio::select! {
                biased;
                pause = self.pauses.recv() => Box::pin(self.meanwhile(pause.expect("one end is here"))).await,
                _ = &mut done => return,
            }
        }
    }

    /// Waits until neither the loop nor a thread of its has anything to do: what happens next must not race with it.
    async fn rest(&mut self) {
        let drawn = |model: &Self| lock(&model.world).shown.draws.load(Ordering::Relaxed);
        for _ in 0..MOST_ROUNDS {
            let before = drawn(self);
            self.settle().await;
            self.barrier().await;
            self.settle().await;
            if drawn(self) == before {
                break;
            }
        }
        self.barrier().await;
    }

    /// Lets time pass while the computer runs, with all that falls due in it.
    pub async fn wait(&mut self, span: Duration) {
        let until = Instant::now() + span;
        let draws = lock(&self.world).shown.draws.load(Ordering::Relaxed);
        loop {
            tokio::select! {
                biased;
                pause = self.pauses.recv() => self.meanwhile(pause.expect("one end is here")).await,
                () = tokio::time::sleep_until(until) => break,
            }
        }
        follow(&self.world, self.begun);
        self.rest().await;
        self.notice_the_end().await;
        let mut world = lock(&self.world);
        let draws = world.shown.draws.load(Ordering::Relaxed) - draws;
        if draws > MOST_DRAWS + 5 * usize::try_from(span.as_secs() / 60).expect("a short wait") {
            let remembered = format!("{:?} {:?}", world.disk.remembered(), world.disk.sync);
            world.must_not_be(format!("{draws} times was something drawn in {span:?}: {remembered}"));
        }
        if world.shown.alerts_shown > world.shown.alerts_to_remember {
            world.must_not_be("an alert is shown that is not to be remembered");
        }
        drop(world);
        self.check();
    }

    /// What must hold at every moment.
    pub fn check(&self) {
        let mut world = lock(&self.world);
        if whereabouts(&world).is_none() {
            world.must_not_be("a usable sign-in is lost without a word");
        }
    }

    /// A thread of Wick waits: something else may happen first.
    async fn meanwhile(&mut self, pause: Pause) {
        self.settle().await;
        follow(&self.world, self.begun);
        if matches!(pause.at, Point::Begun) {
            return;
        }
        lock(&self.world).note("pause", format!("{:?}", pause.at));
        self.check();
        match pause.at {
            Point::Begun | Point::Step(_) => {}
            Point::For(span) => self.pass(span).await,
            Point::Until(moment) => {
                let wall = lock(&self.world).time.wall();
                let left = moment.duration_since(wall).clamp(SignedDuration::ZERO, SignedDuration::from_mins(1));
                self.pass(Duration::try_from(left).expect("not negative")).await;
            }
        }
        if !self.is_calm && !self.broken() {
            acts::between(self, pause).await;
        }
        self.check();
    }

    /// Time passes while a thread waits, which stops the paused clock from doing so by itself.
    pub async fn pass(&self, span: Duration) {
        let end = Instant::now() + span;
        while Instant::now() < end {
            let rest = end - Instant::now();
            tokio::time::advance(rest.min(Duration::from_secs(30))).await;
            follow(&self.world, self.begun);
            self.settle().await;
        }
    }
}
