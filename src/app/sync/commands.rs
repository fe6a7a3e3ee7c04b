//! The commands that run, so that none of them outlives the sync that began it.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::time::Duration;

use tokio::sync::mpsc::{Receiver, Sender, channel};

/// To kill a process takes a moment.
const LONGEST_END: Duration = Duration::from_secs(2);

pub(super) struct Commands {
    /// The targets that they are for.
    running: RefCell<BTreeSet<usize>>,
    at_work: RefCell<Option<Sender<()>>>,
    none_left: RefCell<Receiver<()>>,
}

/// Held by a command for as long as it runs.
pub(super) struct AtWork {
    _sender: Option<Sender<()>>,
}

impl Commands {
    pub(super) fn new() -> Self {
        let (at_work, none_left) = channel(1);
        Self { running: RefCell::default(), at_work: RefCell::new(Some(at_work)), none_left: RefCell::new(none_left) }
    }

    pub(super) fn begin(&self, target: usize) -> AtWork {
        self.running.borrow_mut().insert(target);
        AtWork { _sender: self.at_work.borrow().clone() }
    }

    pub(super) fn ended(&self, target: usize) {
        self.running.borrow_mut().remove(&target);
    }

    /// Whether this target's command was begun, and what came of it was not taken in.
    pub(super) fn run_for(&self, target: usize) -> bool {
        self.running.borrow().contains(&target)
    }

    /// Waits until those that run are killed, as they are when the program ends.
    #[expect(clippy::await_holding_refcell_ref, reason = "nobody else receives, and the sync is over")]
    pub(super) async fn all_end(&self) {
        self.at_work.take();
        let mut none_left = self.none_left.borrow_mut();
        if tokio::time::timeout(LONGEST_END, none_left.recv()).await.is_err() {
            tracing::warn!("a command was not ended within {} s", LONGEST_END.as_secs());
        }
    }
}
