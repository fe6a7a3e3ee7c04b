//! Ctrl-C, a logout and a service manager end the app the way its own Quit does.

use tokio::signal::unix::{SignalKind, signal};

use crate::domain::state::Event;
use crate::domain::view::Action;
use crate::ports::EventSink;

/// Waits for a signal to end, and passes it on as the user's choice. Runs inside the worker's runtime.
pub async fn forward(events: EventSink) {
    // Not SIGHUP: `nohup` has it ignored, and a handler would undo that.
    let [Ok(mut interrupt), Ok(mut terminate)] = [SignalKind::interrupt(), SignalKind::terminate()].map(signal) else {
        tracing::warn!("signals cannot be received; Wick ends at once when it gets one");
        return;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    events(Event::Chosen(Action::Quit));
}
