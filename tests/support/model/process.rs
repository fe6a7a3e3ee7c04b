//! One run of Wick: it is alive until it is killed, and pauses at each of its steps, so that something else can happen there.

use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread::ThreadId;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ZonedDateTime};
use tokio::sync::mpsc::UnboundedSender;
use wick::ports::{Clock, lock};

use super::world::Shared;

/// A run of Wick, as the fakes see it that were made for it.
#[derive(Clone)]
pub struct Process {
    pub id: u64,
    pub world: Shared,
    alive: Arc<AtomicBool>,
    /// The steps that a command still takes before it is killed.
    steps_left: Arc<AtomicI64>,
    /// Of the app, whose steps others can come between. A command's are taken at once.
    pauses: Option<UnboundedSender<Pause>>,
    of_loop: ThreadId,
}

/// A thread of Wick waits at this point, until this is dropped.
pub struct Pause {
    pub at: Point,
    _done: Sender<()>,
}

#[derive(Clone, Copy, Debug)]
pub enum Point {
    /// A thread has begun, and waits until the loop has done all that it has to.
    Begun,
    /// By the name that a story shows.
    Step(#[expect(dead_code, reason = "shown by Debug")] &'static str),
    /// It waits for a server.
    For(Duration),
    /// It sleeps until it is that late on the wall.
    Until(Timestamp),
}

/// What a thread of a killed process unwinds with.
pub struct Killed;

impl Process {
    pub fn app(id: u64, world: &Shared, pauses: UnboundedSender<Pause>) -> Self {
        Self::new(id, world, Some(pauses), i64::MAX)
    }

    /// A command, which is killed after so many steps.
    pub fn command(id: u64, world: &Shared, steps: i64) -> Self {
        Self::new(id, world, None, steps)
    }

    fn new(id: u64, world: &Shared, pauses: Option<UnboundedSender<Pause>>, steps: i64) -> Self {
        let (alive, steps_left) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicI64::new(steps)));
        Self { id, world: Arc::clone(world), alive, steps_left, pauses, of_loop: std::thread::current().id() }
    }

    pub fn is_alive(&self) -> bool {
        self.alive.load(Ordering::SeqCst)
    }

    /// From here on nothing that it does has any effect.
    pub fn kill(&self) {
        self.alive.store(false, Ordering::SeqCst);
    }

    /// Goes no further where the process was killed.
    pub fn lives_on(&self) {
        if !self.is_alive() && !self.is_loop() && !std::thread::panicking() {
            resume_unwind(Box::new(Killed));
        }
    }

    /// To be called by each thread first: what it does must not race with the loop.
    pub fn begin(&self) {
        self.pause(Point::Begun);
    }

    /// Lets others act before this goes on.
    pub fn step(&self, name: &'static str) {
        self.pause(Point::Step(name));
    }

    pub fn pause(&self, at: Point) {
        self.lives_on();
        if self.is_loop() {
            return;
        }
        if let Some(pauses) = &self.pauses {
            let (done, is_done) = channel();
            if pauses.send(Pause { at, _done: done }).is_ok() {
                // Nothing is ever sent: it ends when the other end is dropped.
                is_done.recv().unwrap_or_default();
            }
        } else {
            self.take_at_once(at);
        }
        self.lives_on();
    }

    fn take_at_once(&self, at: Point) {
        if !matches!(at, Point::Begun) && self.steps_left.fetch_sub(1, Ordering::SeqCst) <= 0 {
            self.kill();
        }
        let mut world = lock(&self.world);
        let wall = world.time.wall();
        // For whoever waits beside it, the time has jumped.
        world.time.slept += match at {
            Point::Begun | Point::Step(_) => 0,
            Point::For(span) => i64::try_from(span.as_millis()).expect("a short wait"),
            Point::Until(moment) => i64::try_from(moment.duration_since(wall).as_millis()).expect("days").max(0),
        };
    }

    /// The loop's thread never waits, and is ended from outside.
    pub fn is_loop(&self) -> bool {
        self.pauses.is_some() && std::thread::current().id() == self.of_loop
    }
}

/// What a process of the model sees as the time.
pub struct ModelClock {
    pub process: Process,
    begun: tokio::time::Instant,
}

impl ModelClock {
    /// `begun` is when the model was.
    pub fn new(process: Process, begun: tokio::time::Instant) -> Self {
        Self { process, begun }
    }
}

/// Only the thread that drives the model sees tokio's clock: where others run, time stands still unless they wait.
pub fn follow(world: &Shared, begun: tokio::time::Instant) {
    lock(world).time.ran = i64::try_from(begun.elapsed().as_millis()).expect("months");
}

impl Clock for ModelClock {
    fn now(&self) -> ZonedDateTime {
        if self.process.is_loop() {
            follow(&self.process.world, self.begun);
        }
        lock(&self.process.world).time.wall().to_zoned_datetime(TimeZone::UTC)
    }

    fn sleep(&self, span: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.sleep_until(self.now().timestamp() + SignedDuration::try_from(span).expect("a short wait"))
    }

    fn sleep_until(&self, moment: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            self.process.pause(Point::Until(moment));
            tokio::task::yield_now().await;
        })
    }
}
