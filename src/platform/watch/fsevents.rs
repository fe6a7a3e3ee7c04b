//! Watching folders on a Mac, by way of `notify`.

use std::path::Path;

use notify::event::ModifyKind;
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use super::Change;

/// The folders that are watched, until it is dropped.
pub(super) struct System(RecommendedWatcher);

impl System {
    /// Calls `report` from a thread of its own.
    pub(super) fn open(report: Box<dyn Fn(&Change) + Send>) -> notify::Result<Self> {
        let report = move |event: notify::Result<Event>| report(&event.map_or_else(|_| Change::default(), change));
        notify::recommended_watcher(report).map(Self)
    }

    pub(super) fn watch(&mut self, folder: &Path) -> notify::Result<()> {
        self.0.watch(folder, RecursiveMode::NonRecursive)
    }

    pub(super) fn unwatch(&mut self, folder: &Path) {
        // Fails where the system has dropped the watch with the folder.
        drop(self.0.unwatch(folder));
    }
}

fn change(event: Event) -> Change {
    let is_gone = matches!(event.kind, EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_)));
    Change { paths: event.paths, is_gone }
}
