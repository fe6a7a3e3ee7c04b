//! Runs what must not be cut off in the middle beside the signals that would end the program.

use tokio::runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::spawn_blocking;

use crate::ports::Stop;

/// Runs `work`, and tells it when the program is asked to end. `None` after a fault of its own.
pub(super) fn until_stopped<T: Send + 'static>(work: impl FnOnce(&Stop) -> T + Send + 'static) -> Option<T> {
    let stop = Stop::default();
    let runtime = runtime::Builder::new_current_thread().enable_all().build().ok()?;
    runtime.block_on(async {
        // SIGHUP too: a closed terminal must not cost the sign-in.
        let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        for mut signal in kinds.into_iter().filter_map(|kind| signal(kind).ok()) {
            let stop = stop.clone();
            tokio::spawn(async move {
                while Signal::recv(&mut signal).await.is_some() {
                    stop.set();
                }
            });
        }
        spawn_blocking(move || work(&stop)).await.ok()
    })
}
