//! Ctrl-C, a logout and a service manager end the app the way its own Quit does.

use tokio::signal::unix::{SignalKind, signal};

use crate::domain::state::Event;
use crate::domain::view::Action;
use crate::ports::EventSink;

/// Waits for a signal to end, and passes it on as the user's choice. Runs inside the worker's runtime.
pub async fn forward(events: EventSink) {
    let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
    let [Ok(mut interrupt), Ok(mut terminate), Ok(mut hangup)] = kinds.map(signal) else {
        tracing::warn!("signals cannot be received; Wick ends at once when it gets one");
        return;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
    }
    events(Event::Chosen(Action::Quit));
}
