//! What is done one after the other, in the order in which it was asked for.

use std::iter;
use std::sync::Arc;

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::{JoinHandle, spawn_blocking};

use crate::domain::action::{Action, ActionError};
use crate::domain::state::event::Event;
use crate::domain::state::memory::Part;
use crate::ports::{EventSink, LoginItem, StateFile};

/// Writes one memory after the other: two at once could leave the older one.
pub(super) fn memory(file: Arc<dyn StateFile>) -> (UnboundedSender<(String, Part)>, JoinHandle<()>) {
    let (sender, mut receiver) = unbounded_channel::<(String, Part)>();
    let writer = tokio::spawn(async move {
        while let Some((source, part)) = receiver.recv().await {
            let file = Arc::clone(&file);
            match spawn_blocking(move || file.save(&source, part)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::warn!("what was said is not remembered: {error}"),
                // Its message is not shown: it could carry a value.
                Err(_) => tracing::error!("what was said is not remembered: writing it panicked"),
            }
        }
    });
    (sender, writer)
}

/// Looks at the login item and changes it, one after the other: an old answer must not arrive after a new one, and a
/// system that does not answer must not be asked by one more thread each time.
pub(super) fn login_item(login_item: Arc<dyn LoginItem>, sink: EventSink) -> UnboundedSender<Option<bool>> {
    let (sender, mut receiver) = unbounded_channel();
    tokio::spawn(async move {
        while let Some(first) = receiver.recv().await {
            let mut asked = vec![first];
            asked.extend(iter::from_fn(|| receiver.try_recv().ok()));
            let (login_item, sink) = (Arc::clone(&login_item), EventSink::clone(&sink));
            let job = move || {
                for on in asked.into_iter().flatten() {
                    if let Err(error) = login_item.set(on) {
                        tracing::warn!("opening at login could not be changed: {error:?}");
                        sink(Event::ActionFailed(Action::SwitchAutostart, ActionError::Autostart(error)));
                    }
                }
                // The mark in the menu follows what is there, not what was clicked.
                sink(Event::AutostartFound(login_item.state()));
            };
            if spawn_blocking(job).await.is_err() {
                tracing::error!("a look at the login item panicked");
            }
        }
    });
    sender
}
