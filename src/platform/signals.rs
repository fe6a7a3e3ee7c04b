//! Ctrl-C, a closed terminal, a logout and a service manager end Wick the way its own Quit does.

use std::mem::MaybeUninit;
use std::ptr;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;

use crate::domain::state::Event;
use crate::domain::view::Action;
use crate::ports::EventSink;

/// The signals that ask a program to end, as they can be received. One that whoever started Wick has ignored stays
/// ignored, as `nohup` and a shell's background jobs rely on: a handler would undo that, also for a program that Wick
/// becomes.
pub fn to_end() -> Vec<Signal> {
    let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
    let heard = |kind| {
        signal(kind)
            .inspect_err(|error| tracing::warn!("a signal cannot be received, and ends Wick at once: {error}"))
            .ok()
    };
    kinds.into_iter().filter(|&kind| !is_ignored(kind)).filter_map(heard).collect()
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

/// Waits for a signal to end, and passes it on as the user's choice. Runs inside the worker's runtime.
pub async fn forward(events: EventSink) {
    let (sender, mut received) = mpsc::channel(1);
    for mut signal in to_end() {
        let sender = sender.clone();
        tokio::spawn(async move {
            signal.recv().await;
            sender.send(()).await
        });
    }
    drop(sender);
    if received.recv().await.is_some() {
        events(Event::Chosen(Action::Quit));
    }
}
