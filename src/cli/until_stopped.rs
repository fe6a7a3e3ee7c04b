//! Runs what must not be cut off in the middle beside the signals that would end the program.

use tokio::runtime;
use tokio::signal::unix::Signal;
use tokio::task::spawn_blocking;

use crate::platform::signals;
use crate::ports::Stop;

/// Runs `work`, and tells it when the program is asked to end. `None` after a fault of its own.
pub(super) fn until_stopped<T: Send + 'static>(work: impl FnOnce(&Stop) -> T + Send + 'static) -> Option<T> {
    until_stopped_or_asked_to(work).map(|(outcome, _)| outcome)
}

/// The same, with whether the program was asked to end.
pub(super) fn until_stopped_or_asked_to<T: Send + 'static>(
    work: impl FnOnce(&Stop) -> T + Send + 'static,
) -> Option<(T, bool)> {
    let stop = Stop::default();
    let runtime = runtime::Builder::new_current_thread().enable_all().build().ok()?;
    runtime.block_on(async {
        for mut signal in signals::to_end() {
            let stop = stop.clone();
            tokio::spawn(async move {
                while Signal::recv(&mut signal).await.is_some() {
                    stop.set();
                }
            });
        }
        let for_work = stop.clone();
        let outcome = spawn_blocking(move || work(&for_work)).await.ok()?;
        Some((outcome, stop.is_set()))
    })
}
