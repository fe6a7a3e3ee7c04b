//! Watching folders on Linux. The kernel is asked for what can matter and for nothing else: whoever reads or writes beside
//! the credential all day wakes Wick for each kind of event that is.

use std::ffi::OsStr;
use std::io::{self, PipeReader, PipeWriter};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use inotify::{Event, EventMask, Inotify, WatchDescriptor, WatchMask, Watches};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;

use crate::ports::{lock, start_thread};

/// That a file is written to says nothing: what is in it before it is closed is half-written.
const WANTED: WatchMask = WatchMask::CREATE
    .union(WatchMask::CLOSE_WRITE)
    .union(WatchMask::ATTRIB)
    .union(WatchMask::MOVE)
    .union(WatchMask::DELETE)
    .union(WatchMask::MOVE_SELF)
    .union(WatchMask::DELETE_SELF)
    .union(WatchMask::ONLYDIR);
/// The folder itself goes away.
const SELF_GONE: EventMask = EventMask::DELETE_SELF.union(EventMask::MOVE_SELF).union(EventMask::UNMOUNT);
/// What stood under a name in it does.
const NAME_GONE: EventMask = EventMask::DELETE.union(EventMask::MOVED_FROM).union(EventMask::MOVED_TO);

/// Something that happened in a watched folder.
#[derive(Default)]
pub(super) struct Change {
    /// None where it is not known what.
    pub(super) paths: Vec<PathBuf>,
    /// What had such a name has it no longer.
    pub(super) is_gone: bool,
}

/// Each watch with the paths that lead to its folder: to one that is watched by two, the kernel gives one watch.
type Folders = Arc<Mutex<Vec<(WatchDescriptor, Vec<PathBuf>)>>>;

/// The folders that are watched, until it is dropped.
pub(super) struct System {
    watches: Watches,
    folders: Folders,
    /// Its end ends the thread.
    _running: PipeWriter,
}

impl System {
    /// Calls `report` from a thread of its own.
    pub(super) fn open(report: Box<dyn Fn(&Change) + Send>) -> io::Result<Self> {
        let inotify = Inotify::init()?;
        let (ended, running) = io::pipe()?;
        let (watches, folders) = (inotify.watches(), Folders::default());
        let of_thread = Arc::clone(&folders);
        start_thread("files", Box::new(move || follow(inotify, &ended, &of_thread, &report)))?;
        Ok(Self { watches, folders, _running: running })
    }

    pub(super) fn watch(&mut self, folder: &Path) -> io::Result<()> {
        // Until it is known whose they are, no event is read.
        let mut folders = lock(&self.folders);
        let (watch, folder) = (self.watches.add(folder, WANTED)?, folder.to_owned());
        match folders.iter_mut().find(|(known, _)| *known == watch) {
            Some((_, paths)) => paths.push(folder),
            None => folders.push((watch, vec![folder])),
        }
        Ok(())
    }

    /// Does nothing where the system has dropped the watch with the folder.
    pub(super) fn unwatch(&mut self, folder: &Path) {
        let mut folders = lock(&self.folders);
        folders.retain_mut(|(watch, known)| {
            known.retain(|path| path != folder);
            if known.is_empty() {
                drop(self.watches.remove(watch.clone()));
            }
            !known.is_empty()
        });
    }
}

fn follow(mut inotify: Inotify, ended: &PipeReader, folders: &Folders, report: &dyn Fn(&Change)) {
    let mut buffer = [0; 4096];
    while is_readable(&inotify, ended) {
        match inotify.read_events(&mut buffer) {
            Ok(events) => events.filter_map(|event| change(&event, folders)).for_each(|change| report(&change)),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
            // It would come again at once.
            Err(error) => return tracing::warn!("no file watch any more ({error}); changes show within a minute"),
        }
    }
}

/// Waits until there is something to read; no at the end.
fn is_readable(inotify: &Inotify, ended: &PipeReader) -> bool {
    let mut streams = [PollFd::new(inotify, PollFlags::IN), PollFd::new(ended, PollFlags::empty())];
    loop {
        match poll(&mut streams, None) {
            Err(Errno::INTR) => {}
            Err(error) => {
                tracing::warn!("no file watch any more ({error}); changes show within a minute");
                return false;
            }
            Ok(_) => return !streams[1].revents().contains(PollFlags::HUP),
        }
    }
}

/// `None` where only a watch has ended.
fn change(event: &Event<&OsStr>, folders: &Folders) -> Option<Change> {
    if event.mask.contains(EventMask::Q_OVERFLOW) {
        return Some(Change::default());
    }
    let mut folders = lock(folders);
    if event.mask.contains(EventMask::IGNORED) {
        folders.retain(|(watch, _)| *watch != event.wd);
        return None;
    }
    let path = |folder: &PathBuf| event.name.map_or_else(|| folder.clone(), |name| folder.join(name));
    let (_, paths) = folders.iter().find(|(watch, _)| *watch == event.wd)?;
    let paths = paths.iter().map(path).collect();
    Some(Change { paths, is_gone: event.mask.intersects(SELF_GONE.union(NAME_GONE)) })
}
