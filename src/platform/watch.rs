//! Reports that something with a watched name changed in a watched folder.
//!
//! Folders are watched, not files: Claude Code replaces its file by renaming another over it. While a folder is absent, the
//! nearest one above it is watched for its name.

mod inotify;

use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use self::inotify::{Change, System};
use crate::ports::{Watcher, lock};

/// A path of many folders may be made while they are watched for, one by one; the next look goes on.
const ROUNDS: usize = 8;

/// What the watcher's thread and the caller share.
#[derive(Default)]
struct Shared {
    folders: Vec<Folder>,
    /// Watched folders that were removed or renamed: what comes under their name is another folder, even if the system
    /// gives it the same inode.
    gone: Vec<PathBuf>,
}

struct Folder {
    path: PathBuf,
    /// The files in it that matter.
    files: Vec<String>,
}

/// Watches folders by the system's own means.
pub struct FolderWatcher {
    system: Option<System>,
    shared: Arc<Mutex<Shared>>,
    /// The watched folders with device and inode: a folder made anew under the old name is another folder.
    watched: Vec<(PathBuf, u64, u64)>,
    /// Folders of which the log has that they cannot be watched.
    failed: BTreeSet<PathBuf>,
}

impl FolderWatcher {
    /// Calls `changed` from the watcher's own thread.
    pub fn new(changed: Box<dyn Fn() + Send>) -> Self {
        let shared = Arc::<Mutex<Shared>>::default();
        let own = Arc::clone(&shared);
        let report = move |change: &Change| {
            if lock(&own).take_in(change) {
                changed();
            }
        };
        let system = System::open(Box::new(report))
            .inspect_err(|error| tracing::warn!("no file watch ({error}); changes show within a minute"))
            .ok();
        Self { system, shared, watched: Vec::new(), failed: BTreeSet::new() }
    }
}

impl Watcher for FolderWatcher {
    fn watch(&mut self, wanted: &[(PathBuf, Vec<String>)]) {
        for _ in 0..ROUNDS {
            // One that was made before its name was watched for would go unheard.
            if self.watch_once(wanted) == there_or_awaited(wanted) {
                break;
            }
        }
    }
}

impl FolderWatcher {
    fn watch_once(&mut self, wanted: &[(PathBuf, Vec<String>)]) -> Vec<(PathBuf, Vec<String>)> {
        let folders = there_or_awaited(wanted);
        let Some(system) = &mut self.system else { return folders };
        let mut shared = lock(&self.shared);
        let folder = |(path, files): &(PathBuf, Vec<String>)| Folder { path: path.clone(), files: files.clone() };
        shared.folders = folders.iter().map(folder).collect();
        let gone = std::mem::take(&mut shared.gone);
        // The watcher's thread takes this lock too, and answers what follows.
        drop(shared);
        let present: Vec<_> = folders.iter().filter_map(|(folder, _)| identity(folder)).collect();
        self.watched.retain(|known| {
            let stays = present.contains(known) && !gone.contains(&known.0);
            if !stays {
                system.unwatch(&known.0);
            }
            stays
        });
        for new in present {
            if self.watched.contains(&new) {
                continue;
            }
            match system.watch(&new.0) {
                Ok(()) => self.watched.push(new),
                // Said once: it is tried again at every look.
                Err(error) if self.failed.insert(new.0.clone()) => {
                    tracing::warn!("{} cannot be watched ({error}); changes show within a minute", new.0.display());
                }
                Err(_) => {}
            }
        }
        folders
    }
}

fn there_or_awaited(wanted: &[(PathBuf, Vec<String>)]) -> Vec<(PathBuf, Vec<String>)> {
    wanted.iter().map(|wanted| awaited(&wanted.0).unwrap_or_else(|| wanted.clone())).collect()
}

/// Where an absent folder will show, and the name that it or the one above it will have there.
fn awaited(folder: &Path) -> Option<(PathBuf, Vec<String>)> {
    if folder.is_dir() {
        return None;
    }
    let (above, missing) = folder.ancestors().skip(1).zip(folder.ancestors()).find(|(above, _)| above.is_dir())?;
    Some((above.to_owned(), vec![missing.file_name()?.to_string_lossy().into_owned()]))
}

fn identity(folder: &Path) -> Option<(PathBuf, u64, u64)> {
    let metadata = folder.metadata().ok()?;
    metadata.is_dir().then(|| (folder.to_owned(), metadata.dev(), metadata.ino()))
}

impl Shared {
    /// Whether a change is worth a look.
    fn take_in(&mut self, change: &Change) -> bool {
        let is_unknown = change.paths.is_empty();
        if change.is_gone || is_unknown {
            let gone = self.folders.iter().filter(|folder| is_unknown || change.paths.contains(&folder.path));
            self.gone.extend(gone.map(|folder| folder.path.clone()));
        }
        is_unknown || change.paths.iter().any(|path| self.concerns(path))
    }

    fn concerns(&self, path: &Path) -> bool {
        let name = path.file_name().map(|name| name.to_string_lossy());
        let named = |names: &[String]| name.as_ref().is_some_and(|name| names.iter().any(|wanted| wanted == name));
        self.folders.iter().any(|folder| folder.path == path || named(&folder.files))
    }
}
