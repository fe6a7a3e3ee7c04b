//! Ctrl-C, a closed terminal, a logout and a service manager end Wick the way its own Quit does.

use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;
use std::{io, ptr, thread};

use futures_util::future::join_all;
use tokio::runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::ports::{Tell, Vital};

/// How often it is looked whether what must not be cut off has ended.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// The last one that came; 0 before any did.
static LAST: AtomicI32 = AtomicI32::new(0);

/// Calls `tell` for each signal that asks the process to end, from a thread that nothing else can hold up. They are heard
/// from the moment at which this returns; before, they end the process at once.
///
/// One that whoever started Wick has ignored stays ignored, as `nohup` and a shell's background jobs rely on: a handler
/// would undo that, also for a program that Wick becomes.
pub fn when_asked_to_end(tell: &Tell) {
    if let Err(error) = listen(tell) {
        tracing::warn!("signals cannot be received, and end Wick at once: {error}");
    }
}

fn listen(tell: &Tell) -> io::Result<()> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let entered = runtime.enter();
    let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
    let mut signals = Vec::new();
    for kind in kinds.into_iter().filter(|kind| !is_ignored(*kind)) {
        signals.push((kind, signal(kind)?));
    }
    drop(entered);
    let hearing = join_all(signals.into_iter().map(|(kind, signal)| hear(kind, signal, Tell::clone(tell))));
    let follow = move || runtime.block_on(hearing);
    thread::Builder::new().name("signals".to_owned()).spawn(follow).map(drop)
}

async fn hear(kind: SignalKind, mut signal: Signal, tell: Tell) {
    while signal.recv().await.is_some() {
        LAST.store(kind.as_raw_value(), Ordering::SeqCst);
        tell();
    }
}

/// Ends the process after so long, if it has not ended by itself: something hangs that does not hear of it. What must not be
/// cut off is waited for.
pub fn end_within(limit: Duration, vital: Vital) {
    let end = move || {
        thread::sleep(limit);
        while vital.is_held() {
            thread::sleep(LOOK_EVERY);
        }
        tracing::error!("something hangs, and Wick ends without it");
        end_by_the_last();
    };
    if let Err(error) = thread::Builder::new().name("end".to_owned()).spawn(end) {
        tracing::warn!("no thread to end what hangs: {error}");
    }
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

/// Whether the process ignores this signal, which is inherited. `false` if the system does not tell.
fn is_ignored(kind: SignalKind) -> bool {
    let mut current = MaybeUninit::<libc::sigaction>::uninit();
    // SAFETY: nothing is set, and the place for the answer outlives the call.
    #[expect(unsafe_code, reason = "no library asks without setting")]
    let outcome = unsafe { libc::sigaction(kind.as_raw_value(), ptr::null(), current.as_mut_ptr()) };
    // SAFETY: the call has filled it in when it succeeded.
    #[expect(unsafe_code, reason = "the system fills it in")]
    let ignored = || unsafe { current.assume_init() }.sa_sigaction == libc::SIG_IGN;
    outcome == 0 && ignored()
}
