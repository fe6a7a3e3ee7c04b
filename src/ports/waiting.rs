//! How long something may take, and who ends it earlier.

use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{io, thread};

use jiff::{Timestamp, ZonedDateTime};
use tokio::runtime::{self, Runtime};
use tokio::sync::watch;

/// What is called when something has happened that has nothing more to it.
pub type Tell = Arc<dyn Fn() + Send + Sync>;

/// Has this computer wait with its sleep until what it returns is dropped, as far as the system lets it; `None` where it goes to
/// sleep already, and nothing is to be begun that cannot be finished.
pub type SleepHolder = Arc<dyn Fn() -> Option<Box<dyn Send>> + Send + Sync>;

/// Holds the signals off that end, stop or resume the process. Dropping it lets those that came do what they do.
pub trait HeldSignals {
    /// What came so far.
    fn came(&self) -> Option<Came>;
}

/// What the signals that are held off ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Came {
    /// The process is to end.
    End,
    /// It is to stop, or was stopped and goes on: someone else had the terminal meanwhile.
    Stop,
}

/// The time on this computer's wall, with its time zone.
pub trait Clock: Send + Sync {
    fn now(&self) -> ZonedDateTime;
    /// Ends after so long, whatever the clock on the wall does.
    fn sleep(&self, span: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
    /// Ends when it is that late on the wall, also where the computer slept meanwhile.
    fn sleep_until(&self, moment: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// Locks, also where a thread has panicked meanwhile: each change of what is locked is whole by itself.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How long a read may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// Nobody waits: give up soon, and ask nothing that was refused before.
    Background,
    /// Someone clicked, and may be approving a prompt.
    Click,
}

/// Tells a refresh or a sync that the program is ending: a refresh gives up before anything is sent and ends its work
/// afterwards, a sync is resumed another time.
#[derive(Clone, Debug, Default)]
pub struct Stop(watch::Sender<bool>);

impl Stop {
    /// Ends what has not begun to matter.
    pub fn set(&self) {
        self.0.send_replace(true);
    }

    /// Whether the program is ending.
    pub fn is_set(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is.
    pub async fn wait(&self) {
        // Fails only where no sender is left, and this is one.
        drop(self.0.subscribe().wait_for(|is_set| *is_set).await);
    }
}

/// Counts the work that must not be cut off: from before a refresh token is sent until its successor is stored.
#[derive(Clone, Debug, Default)]
pub struct Vital(Arc<AtomicUsize>);

/// Such work, until this is dropped.
#[derive(Debug)]
pub struct VitalWork(Vital);

impl Vital {
    /// Begins some. Whether the program is ending is to be looked at afterwards: whoever ends it looks here before.
    pub fn hold(&self) -> VitalWork {
        self.0.fetch_add(1, Ordering::SeqCst);
        VitalWork(self.clone())
    }

    /// Whether there is some.
    pub fn is_held(&self) -> bool {
        self.0.load(Ordering::SeqCst) > 0
    }
}

impl Drop for VitalWork {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Starts a thread for this. One for all kinds of work: each that had its own would add kilobytes to the program.
pub fn start_thread(name: &str, work: Box<dyn FnOnce() + Send>) -> io::Result<()> {
    thread::Builder::new().name(name.to_owned()).spawn(work).map(drop)
}

/// What waits on one thread: for the network, for time, and for signals.
pub fn runtime() -> io::Result<Runtime> {
    runtime::Builder::new_current_thread().enable_all().build()
}

/// Runs this on this thread until it ends. By one for all: each kind of work that had its own would add kilobytes to the
/// program.
///
/// # Panics
///
/// Where the work does.
pub fn block_on<T>(runtime: &Runtime, work: impl Future<Output = T>) -> T {
    let mut outcome = None;
    run_all(runtime, pin!(async { outcome = Some(work.await) }));
    outcome.expect("it has ended")
}

fn run_all(runtime: &Runtime, work: Pin<&mut dyn Future<Output = ()>>) {
    runtime.block_on(work);
}

/// Work on a thread of its own, which may never end: a disk that is gone, a program, a bus.
#[derive(Debug)]
pub struct Beside<T> {
    answer: Arc<Mutex<Option<T>>>,
    /// Ends with the work.
    done: mpsc::Receiver<()>,
}

impl<T: Send + 'static> Beside<T> {
    pub fn begin(job: impl FnOnce() -> T + Send + 'static) -> Self {
        let (answer, (running, done)) = (Arc::default(), mpsc::channel());
        let place = Arc::clone(&answer);
        let work = move || {
            *lock(&place) = Some(job());
            drop(running);
        };
        // Without a thread there is nothing to wait for either.
        drop(start_thread("beside", Box::new(work)));
        Self { answer, done }
    }

    /// What it brought, however long that takes; `None` where it has crashed.
    pub fn outcome(self) -> Option<T> {
        // Nothing is ever sent: its end is the error.
        self.done.recv().unwrap_or_default();
        lock(&self.answer).take()
    }

    /// What it brought; `None` where that takes longer than this, or the work has crashed.
    #[expect(clippy::disallowed_methods, reason = "a limit on what others do needs the real monotonic clock")]
    pub fn until(self, end: Instant) -> Option<T> {
        let ended = self.done.recv_timeout(end.saturating_duration_since(Instant::now()));
        ended.is_err_and(|error| error == RecvTimeoutError::Disconnected).then(|| lock(&self.answer).take()).flatten()
    }
}

/// One of several looks at the same: notes what it sees, which is locked only then. An assignment to what is locked works out
/// first what it assigns.
pub type Look<Here, Seen> = fn(&Here, &Mutex<Seen>);

/// What these saw until then, each beside the others; `unseen` where they saw nothing.
pub fn seen_until<Here, Seen>(end: Instant, here: Here, unseen: Seen, looks: &[Look<Here, Seen>]) -> Seen
where
    Here: Send + Sync + 'static,
    Seen: Clone + Send + 'static,
{
    let shared = Arc::new((here, Mutex::new(unseen)));
    let begin = |look: &Look<Here, Seen>| {
        let (look, shared) = (*look, Arc::clone(&shared));
        Beside::begin(move || look(&shared.0, &shared.1))
    };
    for look in looks.iter().map(begin).collect::<Vec<_>>() {
        look.until(end);
    }
    let seen = lock(&shared.1);
    seen.clone()
}

/// The moment after so long, for [`Beside::until`].
#[expect(clippy::disallowed_methods, reason = "a limit on what others do needs the real monotonic clock")]
pub fn after(limit: Duration) -> Instant {
    Instant::now() + limit
}
