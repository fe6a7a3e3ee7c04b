//! Ctrl-C, a closed terminal, a logout and a service manager end Wick the way its own Quit does.

use std::mem::MaybeUninit;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicU32, Ordering};
use std::time::Duration;
use std::{io, ptr};

use futures_util::future::join_all;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;
use tokio::time::sleep;

use crate::ports::{Came, HeldSignals, Tell, Vital, block_on, runtime, start_thread};

/// After a signal, what hangs is not waited for any longer. More than the loop gives to what it ends.
const LONGEST_END: Duration = Duration::from_millis(1800);
/// How often it is looked whether what must not be cut off has ended.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// The last one that came; 0 before any did.
static LAST: AtomicI32 = AtomicI32::new(0);

/// Calls `tell` for each signal that asks the process to end, from a thread that nothing else can hold up, and ends it where
/// it does not end by itself, unless it is in the middle of something `vital`. They are heard from the moment at which this
/// returns; before, they end the process at once.
///
/// One that whoever started Wick has ignored stays ignored, as `nohup` and a shell's background jobs rely on: a handler
/// would undo that, also for a program that Wick becomes.
pub fn when_asked_to_end(tell: &Tell, vital: &Vital) {
    if let Err(error) = listen(tell, vital) {
        tracing::warn!("signals cannot be received, and end Wick at once: {error}");
    }
}

fn listen(tell: &Tell, vital: &Vital) -> io::Result<()> {
    let runtime = runtime()?;
    let entered = runtime.enter();
    let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
    let mut signals = Vec::new();
    for kind in kinds.into_iter().filter(|kind| !is_ignored(*kind)) {
        signals.push((kind, signal(kind)?));
    }
    drop(entered);
    let came = Arc::new(Notify::new());
    let hear = |(kind, signal)| hear(kind, signal, Tell::clone(tell), Arc::clone(&came));
    let hearing = join_all(signals.into_iter().map(hear).collect::<Vec<_>>());
    let end = end_in_time(came, vital.clone());
    let follow = move || drop(block_on(&runtime, async { tokio::join!(hearing, end) }));
    start_thread("signals", Box::new(follow))
}

async fn hear(kind: SignalKind, mut signal: Signal, tell: Tell, came: Arc<Notify>) {
    while signal.recv().await.is_some() {
        LAST.store(kind.as_raw_value(), Ordering::SeqCst);
        tell();
        came.notify_one();
    }
}

/// Ends the process if it has not ended by itself in time: something hangs that does not hear of it. What must not be cut off
/// is waited for, and has its time to be told of afterwards.
async fn end_in_time(came: Arc<Notify>, vital: Vital) {
    came.notified().await;
    sleep(LONGEST_END).await;
    if vital.is_held() {
        while vital.is_held() {
            sleep(LOOK_EVERY).await;
        }
        sleep(LONGEST_END).await;
    }
    tracing::error!("something hangs, and Wick ends without it");
    end_by_the_last();
}

/// Has a write beyond the limit on a file's length fail, as one on a full disk does, instead of ending the process. By a
/// handler and not by ignoring the signal, which would be inherited by every program that Wick starts or becomes.
pub fn survive_file_limits() {
    extern "C" fn nothing(_signal: libc::c_int) {}
    // SAFETY: the handler does nothing, which is safe in a handler.
    #[expect(unsafe_code, reason = "no library that is here sets an empty handler")]
    unsafe {
        libc::signal(libc::SIGXFSZ, nothing as *const () as libc::sighandler_t);
    }
}

/// Ends the process by the signal that came last, as if it had not been received: a shell that waits for the process then
/// ends its script too. Returns only where no signal came.
pub fn end_by_the_last() {
    let signal = LAST.load(Ordering::SeqCst);
    if signal != 0 {
        // SAFETY: both get the number of a signal that has come, and the default is no function of ours.
        #[expect(unsafe_code, reason = "no library that is here gives a signal back its default and raises it")]
        unsafe {
            libc::signal(signal, libc::SIG_DFL);
            libc::raise(signal);
        }
    }
}

/// Those that end the process, and those that take its terminal away and give it back.
const ENDING: [i32; 4] = [libc::SIGHUP, libc::SIGINT, libc::SIGQUIT, libc::SIGTERM];
const STOPPING: [i32; 2] = [libc::SIGTSTP, libc::SIGCONT];

/// Which ones came while they were held off, a bit each.
static CAME: AtomicU32 = AtomicU32::new(0);

/// Holds signals off, with what they did before. One that is ignored stays so.
pub struct SignalsOnHold(Vec<(i32, libc::sigaction)>);

impl SignalsOnHold {
    /// There is one at a time.
    pub fn begin() -> Self {
        extern "C" fn note(signal: libc::c_int) {
            CAME.fetch_or(1 << signal, Ordering::SeqCst);
        }
        CAME.store(0, Ordering::SeqCst);
        let mut noting = MaybeUninit::<libc::sigaction>::zeroed();
        // SAFETY: all zeros is a valid action: no flags, so that a read that waits ends, and no other signal blocked.
        #[expect(unsafe_code, reason = "the system's own type")]
        let noting = unsafe {
            (*noting.as_mut_ptr()).sa_sigaction = note as *const () as libc::sighandler_t;
            noting.assume_init()
        };
        let hold = |signal| {
            let before = current(signal).filter(|before| before.sa_sigaction != libc::SIG_IGN)?;
            set(signal, &noting);
            Some((signal, before))
        };
        Self(ENDING.into_iter().chain(STOPPING).filter_map(hold).collect())
    }
}

fn is_among(came: u32, signals: &[i32]) -> bool {
    signals.iter().any(|signal| came & (1 << signal) != 0)
}

impl HeldSignals for SignalsOnHold {
    fn came(&self) -> Option<Came> {
        let came = CAME.load(Ordering::SeqCst);
        let stop = is_among(came, &STOPPING).then_some(Came::Stop);
        if is_among(came, &ENDING) { Some(Came::End) } else { stop }
    }
}

impl Drop for SignalsOnHold {
    fn drop(&mut self) {
        for (signal, before) in &self.0 {
            set(*signal, before);
        }
        let came = CAME.load(Ordering::SeqCst);
        for (signal, _) in self.0.iter().filter(|(signal, _)| is_among(came, &[*signal])) {
            // What hears of it may do so only later.
            if ENDING.contains(signal) {
                LAST.store(*signal, Ordering::SeqCst);
            }
            // SAFETY: the number of a signal that has come. It is this thread's, so it acts before this returns.
            #[expect(unsafe_code, reason = "no library that is here raises one")]
            unsafe {
                libc::raise(*signal);
            }
        }
    }
}

fn set(signal: i32, action: &libc::sigaction) {
    // SAFETY: the action is whole, and its handler does what is safe in one.
    #[expect(unsafe_code, reason = "no library that is here gives a signal back what it did before")]
    unsafe {
        libc::sigaction(signal, action, ptr::null_mut());
    }
}

/// Whether the process ignores this signal, which is inherited. `false` if the system does not tell.
fn is_ignored(kind: SignalKind) -> bool {
    current(kind.as_raw_value()).is_some_and(|action| action.sa_sigaction == libc::SIG_IGN)
}

fn current(signal: i32) -> Option<libc::sigaction> {
    let mut current = MaybeUninit::<libc::sigaction>::uninit();
    // SAFETY: nothing is set, and the place for the answer outlives the call.
    #[expect(unsafe_code, reason = "no library asks without setting")]
    let outcome = unsafe { libc::sigaction(signal, ptr::null(), current.as_mut_ptr()) };
    // SAFETY: the call has filled it in when it succeeded.
    #[expect(unsafe_code, reason = "the system fills it in")]
    (outcome == 0).then(|| unsafe { current.assume_init() })
}
