//! Ctrl-C, a closed terminal, a logout and a service manager end Wick the way its own Quit does.

use std::io;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::atomic::{AtomicI32, Ordering};

use tokio::signal::unix::{SignalKind, signal};

use crate::ports::Tell;

/// The last one that came; 0 before any did.
static LAST: AtomicI32 = AtomicI32::new(0);

/// Calls `tell` for each signal that asks the process to end, as long as the runtime lives inside of which this is called.
///
/// One that whoever started Wick has ignored stays ignored, as `nohup` and a shell's background jobs rely on: a handler
/// would undo that, also for a program that Wick becomes.
pub fn when_asked_to_end(tell: &Tell) {
    for kind in [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()] {
        if is_ignored(kind) {
            continue;
        }
        let without = |error: &io::Error| tracing::warn!("a signal cannot be received, and ends Wick at once: {error}");
        let Ok(mut signal) = signal(kind).inspect_err(without) else { continue };
        let tell = Tell::clone(tell);
        tokio::spawn(async move {
            while signal.recv().await.is_some() {
                LAST.store(kind.as_raw_value(), Ordering::SeqCst);
                tell();
            }
        });
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
