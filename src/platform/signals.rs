//! Ctrl-C, a closed terminal, a logout and a service manager end Wick the way its own Quit does.

use std::mem::MaybeUninit;
use std::ptr;

use tokio::signal::unix::{SignalKind, signal};

use crate::ports::Tell;

/// Calls `tell` for each signal that asks the process to end, as long as the runtime lives inside of which this is called.
///
/// One that whoever started Wick has ignored stays ignored, as `nohup` and a shell's background jobs rely on: a handler
/// would undo that, also for a program that Wick becomes.
pub fn when_asked_to_end(tell: &Tell) {
    for kind in [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()] {
        if is_ignored(kind) {
            continue;
        }
        let mut signal = match signal(kind) {
            Ok(signal) => signal,
            Err(error) => {
                tracing::warn!("a signal cannot be received, and ends Wick at once: {error}");
                continue;
            }
        };
        let tell = Tell::clone(tell);
        tokio::spawn(async move {
            while signal.recv().await.is_some() {
                tell();
            }
        });
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
