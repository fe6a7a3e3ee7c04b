//! Reports that something with a watched name changed in a watched folder.
//!
//! Folders are watched, not files: Claude Code replaces its file by renaming another over it.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use notify::event::{AccessKind, AccessMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};

use crate::ports::Watcher;

type Folders = Vec<(PathBuf, Vec<String>)>;

/// Watches folders by the system's own means.
pub struct FolderWatcher {
    system: Option<RecommendedWatcher>,
    wanted: Arc<Mutex<Folders>>,
    /// The watched folders with device and inode: a folder made anew under the old name is another folder.
    watched: Vec<(PathBuf, u64, u64)>,
}

impl FolderWatcher {
    /// Calls `changed` from the watcher's own thread.
    pub fn new(changed: Box<dyn Fn() + Send>) -> Self {
        let wanted = Arc::new(Mutex::new(Folders::new()));
        let names = Arc::clone(&wanted);
        let report = move |event: notify::Result<Event>| {
            let folders = names.lock().unwrap_or_else(PoisonError::into_inner);
            if event.map_or(true, |event| concerns(&event, &folders)) {
                changed();
            }
        };
        let system = notify::recommended_watcher(report)
            .inspect_err(|error| tracing::warn!("no file watch ({error}); changes show within a minute"))
            .ok();
        Self { system, wanted, watched: Vec::new() }
    }
}

impl Watcher for FolderWatcher {
    fn watch(&mut self, folders: &[(PathBuf, Vec<String>)]) {
        let Some(system) = &mut self.system else { return };
        folders.clone_into(&mut self.wanted.lock().unwrap_or_else(PoisonError::into_inner));
        let present: Vec<_> = folders.iter().filter_map(|(folder, _)| identity(folder)).collect();
        for (gone, ..) in self.watched.iter().filter(|known| !present.contains(known)) {
            // Fails where the system dropped the watch with the folder.
            drop(system.unwatch(gone));
        }
        self.watched.retain(|known| present.contains(known));
        for new in present {
            if self.watched.contains(&new) {
                continue;
            }
            match system.watch(&new.0, RecursiveMode::NonRecursive) {
                Ok(()) => self.watched.push(new),
                Err(error) => {
                    tracing::warn!("{} cannot be watched ({error}); changes show within a minute", new.0.display());
                }
            }
        }
    }
}

fn identity(folder: &Path) -> Option<(PathBuf, u64, u64)> {
    let metadata = folder.metadata().ok()?;
    metadata.is_dir().then(|| (folder.to_owned(), metadata.dev(), metadata.ino()))
}

fn concerns(event: &Event, folders: &Folders) -> bool {
    // Our own reading is an access too; only one that ends a write tells of a change.
    let changes = match event.kind {
        EventKind::Access(kind) => kind == AccessKind::Close(AccessMode::Write),
        _ => true,
    };
    let named = |path: &PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy());
        folders.iter().any(|(folder, names)| {
            path == folder || name.as_ref().is_some_and(|name| names.iter().any(|wanted| wanted == name))
        })
    };
    changes && (event.paths.is_empty() || event.paths.iter().any(named))
}
