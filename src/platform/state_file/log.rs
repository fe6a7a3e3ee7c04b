//! `sync.log`: what a sync did since `state.json` was written, a line a mark.
//!
//! Its first line is the number of the snapshot that it goes on from: one that was folded already counts for nothing. What
//! is added begins with a line break, so that a line which a power cut has torn ends there.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::super::file_stamp;
use super::super::private_file::{self, Odd};
use crate::domain::sync::Mark;
use crate::ports::{Stamp, lock};

/// `fsync` at most this often, because waiting for it is most of a sync's time: a power cut loses what was noted since.
const FLUSH_EVERY: Duration = Duration::from_secs(1);

/// A sync that runs adds to it more often than this, but for the time that it waits for a limit.
const LEFT_AFTER: Duration = Duration::from_secs(60);

/// Many times what ten thousand targets take, in the snapshot as in the log.
pub(super) const SIZE_LIMIT: u64 = 256 * 1024 * 1024;

/// The log, to be read and written under the lock of the state file.
#[derive(Debug)]
pub(super) struct SyncLog {
    path: PathBuf,
    disk: Mutex<Disk>,
}

/// What this process knows of the disk.
#[derive(Debug, Default)]
struct Disk {
    /// When it was asked last; before that, when the first mark was appended.
    asked_at: Option<Instant>,
    /// Whether anything was appended since.
    is_behind: bool,
}

impl SyncLog {
    pub(super) fn new(folder: &Path) -> Self {
        Self { path: folder.join("sync.log"), disk: Mutex::default() }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Passes on what goes on from the snapshot of this number.
    pub(super) fn read(&self, snapshot: u64, mut take_in: impl FnMut(Mark)) -> io::Result<()> {
        let mut file = match private_file::open_regular(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        if file.metadata()?.len() > SIZE_LIMIT {
            return Err(Odd::TooLarge.into());
        }
        let first_line = first_line(snapshot);
        if goes_on(&file, &first_line) {
            file.seek(SeekFrom::Start(first_line.len() as u64))?;
            for line in BufReader::new(file).split(b'\n') {
                serde_json::from_slice(&line?).into_iter().for_each(&mut take_in);
            }
        }
        Ok(())
    }

    /// Adds marks by one write, and returns the size. Fsyncs where that was not done for a second, so that no write to a
    /// target begins more than a second after the last mark that a power cut leaves; the first is kept by a flush.
    pub(super) fn append(&self, snapshot: u64, marks: &[Mark]) -> io::Result<u64> {
        let is_new = fs::symlink_metadata(&self.path).is_err();
        let mut file = private_file::open_or_create(&self.path)?;
        if is_new {
            // Or a power cut could take the file with its name.
            File::open(private_file::folder(&self.path))?.sync_all()?;
        }
        let (first_line, mut size) = (first_line(snapshot), file.metadata()?.len());
        let mut lines = vec![b'\n'];
        if !goes_on(&file, &first_line) {
            file.set_len(0)?;
            (size, lines) = (0, first_line);
        }
        for mark in marks {
            serde_json::to_writer(&mut lines, mark)?;
            lines.push(b'\n');
        }
        file.write_all(&lines).inspect_err(|_| {
            // What is tried again must not stand there twice.
            drop(file.set_len(size));
        })?;
        let mut disk = self.disk();
        disk.is_behind = true;
        if disk.asked_at.get_or_insert_with(now).elapsed() >= FLUSH_EVERY
            && let Err(error) = disk.keep(&file)
        {
            // It is noted all the same: whoever needs it on the disk flushes.
            tracing::warn!("fsync of {} failed: {error}", self.path.display());
        }
        Ok(size + u64::try_from(lines.len()).unwrap_or_default())
    }

    /// Fsyncs all that this process has appended.
    pub(super) fn flush(&self) -> io::Result<()> {
        let mut disk = self.disk();
        if !disk.is_behind {
            return Ok(());
        }
        match private_file::open_regular(&self.path) {
            Ok(file) => disk.keep(&file),
            // It was folded, and is in the snapshot.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                disk.is_behind = false;
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Whether nothing stands in it.
    pub(super) fn is_empty(&self) -> bool {
        fs::symlink_metadata(&self.path).map_or(true, |log| log.is_file() && log.len() == 0)
    }

    /// Its version, where nothing was added for a while: whoever did may have been killed.
    pub(super) fn left(&self) -> Option<Stamp> {
        let log = fs::symlink_metadata(&self.path).ok().filter(|log| log.is_file() && log.len() > 0)?;
        // One that is dated ahead was written by another clock.
        let age = log.modified().ok()?.elapsed().unwrap_or(LEFT_AFTER);
        (age >= LEFT_AFTER).then(|| file_stamp::of(&self.path))
    }

    /// To be called once the snapshot that has all of it is fsynced. The file stays: its name would have to be fsynced anew.
    pub(super) fn clear(&self) -> io::Result<()> {
        *self.disk() = Disk::default();
        private_file::empty(&self.path)
    }

    /// Keeps it for whoever wants to know, beside a snapshot that was set aside under this ending.
    pub(super) fn set_aside(&self, ending: &str) -> io::Result<()> {
        match fs::rename(&self.path, self.path.with_extension(format!("log.{ending}"))) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        lock(&self.disk)
    }
}

impl Disk {
    fn keep(&mut self, log: &File) -> io::Result<()> {
        log.sync_data()?;
        *self = Self { asked_at: Some(now()), is_behind: false };
        Ok(())
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long ago this thread waited for the disk, whatever the clock on the wall says"
)]
fn now() -> Instant {
    Instant::now()
}

fn first_line(snapshot: u64) -> Vec<u8> {
    format!("{snapshot}\n").into_bytes()
}

fn goes_on(log: &File, first_line: &[u8]) -> bool {
    let mut found = vec![0; first_line.len()];
    log.read_exact_at(&mut found, 0).is_ok() && found == first_line
}
