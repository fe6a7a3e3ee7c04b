//! Sees every file that appears in some folders, also one that is gone again a moment later.

use std::fs::{self, File, OpenOptions};
use std::io::Read;
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use rustix::fs::inotify::{CreateFlags, Reader, WatchFlags, add_watch, init};

use super::token_in;
use crate::support::wait_for;

type Seen = Arc<Mutex<Vec<(PathBuf, File)>>>;

/// Opens each file as soon as it has a name, and so still has it when that is gone.
pub struct Witness {
    seen: Seen,
    /// Whose appearance ends it.
    end: PathBuf,
    thread: JoinHandle<()>,
}

impl Witness {
    /// Watches these folders, which are there, but not those within them.
    pub fn of(folders: Vec<PathBuf>) -> Self {
        let inotify = init(CreateFlags::CLOEXEC).expect("Linux has it");
        for folder in &folders {
            let number = add_watch(&inotify, folder, WatchFlags::CREATE | WatchFlags::MOVED_TO).expect("a folder");
            assert_eq!(folders.iter().position(|known| known == folder), usize::try_from(number - 1).ok());
        }
        let (seen, end) = (Seen::default(), folders[0].join("the-end"));
        let (noted, last) = (Arc::clone(&seen), end.clone());
        let thread = std::thread::spawn(move || {
            let mut room = [MaybeUninit::uninit(); 4096];
            let mut events = Reader::new(inotify, &mut room);
            while let Ok(event) = events.next() {
                let folder = usize::try_from(event.wd() - 1).map_or(Path::new(""), |number| folders[number].as_path());
                let name = event.file_name().map(std::ffi::CStr::to_bytes).unwrap_or_default();
                let path = folder.join(std::ffi::OsStr::from_bytes(name));
                if path == last {
                    return;
                }
                // Neither through a link nor waiting for whoever writes into a pipe.
                let flags = (rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK).bits();
                let opened = OpenOptions::new().read(true).custom_flags(flags.cast_signed()).open(&path);
                noted.lock().expect("not poisoned").extend(opened.ok().map(|file| (path, file)));
            }
        });
        Self { seen, end, thread }
    }

    /// Waits until a file was seen whose name begins so.
    pub fn wait_for(&self, beginning: &str) {
        let is_it = |path: &Path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(beginning));
        let seen = || self.seen.lock().expect("not poisoned").iter().any(|(path, _)| is_it(path));
        wait_for(beginning, || seen().then_some(()));
    }

    /// The files that had a token at their end, each of them its owner's alone.
    pub fn with_tokens(self) -> Vec<PathBuf> {
        fs::write(&self.end, "").expect("a writable folder");
        self.thread.join().expect("it only looks");
        let mut found = Vec::new();
        for (path, mut file) in self.seen.lock().expect("not poisoned").drain(..) {
            let mut bytes = Vec::new();
            // A folder cannot be read so.
            if file.read_to_end(&mut bytes).is_ok() && token_in(&bytes).is_some() {
                let mode = file.metadata().expect("it is open").permissions().mode();
                assert_eq!(mode & 0o077, 0, "{} is open to others", path.display());
                found.push(path);
            }
        }
        found
    }
}
