//! Reports that something changed in a watched folder, or in a watched file in it. By kqueue: the system's other means,
//! `FSEvents`, reports all that happens below a folder too, and below its own Claude Code writes all day. Linted and linked on
//! Linux; only a Mac can run it.
//!
//! Folders are watched for what comes and goes in them, and files beside that: not everybody replaces a file by another one.
//! What is not there is not watched, and a look once a minute finds it.

use std::collections::BTreeSet;
use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::Arc;

use rustix::buffer::spare_capacity;
use rustix::event::kqueue::{Event, EventFilter, EventFlags, UserDefinedFlags, UserFlags, VnodeEvents, kevent, kqueue};
use rustix::io::Errno;

use crate::ports::{Watcher, start_thread};

/// By it the thread that waits is told to end.
const END: isize = 0;
/// So many changes are taken in together.
const AT_ONCE: usize = 16;

/// Watches folders by the system's own means.
pub struct FolderWatcher {
    queue: Option<Arc<OwnedFd>>,
    watched: Vec<Watched>,
    /// Of these the log has that they cannot be watched.
    failed: BTreeSet<PathBuf>,
}

/// A watched folder or file.
struct Watched {
    path: PathBuf,
    /// Device and inode: what was made anew under the old name is another one.
    identity: (u64, u64),
    /// The watch ends with it.
    _handle: File,
}

impl FolderWatcher {
    /// Calls `changed` from the watcher's own thread.
    pub fn new(changed: Box<dyn Fn() + Send>) -> Self {
        let queue = begin(changed)
            .inspect_err(|error| tracing::warn!("no file watch ({error}); changes show within a minute"))
            .ok();
        Self { queue, watched: Vec::new(), failed: BTreeSet::new() }
    }
}

impl Watcher for FolderWatcher {
    fn watch(&mut self, wanted: &[(PathBuf, Vec<String>)]) {
        // One that was made before its folder was watched would go unheard.
        while self.queue.is_some() && self.watch_once(wanted) {}
    }
}

impl FolderWatcher {
    /// Says whether there was anything new to watch.
    fn watch_once(&mut self, wanted: &[(PathBuf, Vec<String>)]) -> bool {
        let Some(queue) = &self.queue else { return false };
        let files = |(folder, names): &(PathBuf, Vec<String>)| {
            let files: Vec<_> = names.iter().map(|name| folder.join(name)).filter(|file| file.is_file()).collect();
            [vec![folder.clone()], files].concat()
        };
        let found = wanted.iter().flat_map(files).filter_map(|path| Some((identity(&path.metadata().ok()?), path)));
        let there: BTreeSet<_> = found.collect();
        self.watched.retain(|known| there.contains(&(known.identity, known.path.clone())));
        let before = self.watched.len();
        for (identity, path) in there {
            if self.watched.iter().any(|known| known.identity == identity && known.path == path) {
                continue;
            }
            match follow(queue, &path) {
                Ok(watched) => self.watched.push(watched),
                // Said once: it is tried again at every look.
                Err(error) if self.failed.insert(path.clone()) => {
                    tracing::warn!("{} cannot be watched ({error}); changes show within a minute", path.display());
                }
                Err(_) => {}
            }
        }
        self.watched.len() > before
    }
}

impl Drop for FolderWatcher {
    fn drop(&mut self) {
        if let Some(queue) = &self.queue
            && let Err(error) = add(queue, user(UserFlags::TRIGGER), EventFlags::empty())
        {
            tracing::warn!("the file watch does not end: {error}");
        }
    }
}

/// Begins a thread that sleeps until something changes.
fn begin(changed: Box<dyn Fn() + Send>) -> io::Result<Arc<OwnedFd>> {
    let queue = Arc::new(kqueue()?);
    add(&queue, user(UserFlags::NOINPUT), EventFlags::ADD | EventFlags::CLEAR)?;
    let waiting = Arc::clone(&queue);
    let wait = move || {
        loop {
            let mut events = Vec::with_capacity(AT_ONCE);
            // SAFETY: nothing is added here, so no handle has to be valid.
            #[expect(unsafe_code, reason = "the crate cannot see what is added")]
            let came = unsafe { kevent(&*waiting, &[], spare_capacity(&mut events), None) };
            match came {
                Ok(_) if events.iter().any(is_end) => return,
                Ok(_) => changed(),
                Err(Errno::INTR) => {}
                Err(error) => return tracing::warn!("the file watch has ended: {error}"),
            }
        }
    };
    start_thread("watch", Box::new(wait))?;
    Ok(queue)
}

fn follow(queue: &OwnedFd, path: &Path) -> io::Result<Watched> {
    // It keeps no disk from being ejected, and waits for nobody at the other end.
    let handle = OpenOptions::new().read(true).custom_flags(libc::O_EVTONLY | libc::O_NONBLOCK).open(path)?;
    let flags = VnodeEvents::WRITE
        | VnodeEvents::EXTEND
        | VnodeEvents::ATTRIBUTES
        | VnodeEvents::DELETE
        | VnodeEvents::RENAME
        | VnodeEvents::REVOKE;
    let filter = EventFilter::Vnode { vnode: handle.as_raw_fd(), flags };
    add(queue, filter, EventFlags::ADD | EventFlags::CLEAR)?;
    // Of what was opened: the path may lead to another one by now, which the next look then watches.
    let identity = identity(&handle.metadata()?);
    Ok(Watched { path: path.to_owned(), identity, _handle: handle })
}

fn add(queue: &OwnedFd, filter: EventFilter, flags: EventFlags) -> io::Result<()> {
    let change = Event::new(filter, flags, ptr::null_mut());
    // SAFETY: the one handle that is added is open, and stays so as long as it is watched: the system drops the watch with it.
    #[expect(unsafe_code, reason = "the crate cannot see how long a handle stays open")]
    unsafe {
        kevent(queue, &[change], &mut [] as &mut [Event], None)?;
    }
    Ok(())
}

fn user(flags: UserFlags) -> EventFilter {
    EventFilter::User { ident: END, flags, user_flags: UserDefinedFlags::new(0) }
}

fn is_end(event: &Event) -> bool {
    matches!(event.filter(), EventFilter::User { .. })
}

fn identity(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}
