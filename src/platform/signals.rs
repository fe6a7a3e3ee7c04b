//! Ctrl-C, a logout and a service manager end the app the way its own Quit does.

use std::future::pending;
use std::io::{self, IsTerminal};

use tokio::signal::unix::{SignalKind, signal};

use crate::domain::state::Event;
use crate::domain::view::Action;
use crate::ports::EventSink;

/// Waits for a signal to end, and passes it on as the user's choice. Runs inside the worker's runtime.
pub async fn forward(events: EventSink) {
    let [Ok(mut interrupt), Ok(mut terminate)] = [SignalKind::interrupt(), SignalKind::terminate()].map(signal) else {
        tracing::warn!("signals cannot be received; Wick ends at once when it gets one");
        return;
    };
    // A closed terminal must not cut off a refresh. `nohup` has this signal ignored, which a handler would undo; it also
    // takes the terminal away from standard input.
    let mut hangup = io::stdin().is_terminal().then(|| signal(SignalKind::hangup()).ok()).flatten();
    let hung_up = async {
        match &mut hangup {
            Some(hangup) => drop(hangup.recv().await),
            None => pending().await,
        }
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        () = hung_up => {}
    }
    events(Event::Chosen(Action::Quit));
}
