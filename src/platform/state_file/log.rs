//! `sync.log`: what a sync did since `state.json` was written, a line a mark.
//!
//! Its first line is the number of the snapshot that it goes on from: one that was folded already counts for nothing. What
//! is added begins with a line break, so that a line which a power cut has torn ends there.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::super::private_file;
use crate::domain::sync::Mark;
use crate::ports::lock;

/// `fsync` at most this often, because waiting for it is most of a sync's time: a power cut loses what was noted since.
const FLUSH_EVERY: Duration = Duration::from_secs(1);

/// The log, to be read and written under the lock of the state file.
#[derive(Debug)]
pub(super) struct SyncLog {
    path: PathBuf,
    disk: Mutex<Disk>,
}

/// What this process knows of the disk.
#[derive(Debug, Default)]
struct Disk {
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

    /// Says what goes on from the snapshot of this number.
    pub(super) fn read(&self, snapshot: u64, mut take_in: impl FnMut(Mark)) -> io::Result<()> {
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        let mut lines = BufReader::new(file).split(b'\n');
        if lines.next().transpose()?.is_some_and(|number| number == snapshot.to_string().as_bytes()) {
            for line in lines {
                serde_json::from_slice(&line?).into_iter().for_each(&mut take_in);
            }
        }
        Ok(())
    }

    /// Adds marks by one write, and returns the size. Fsyncs where that was not done for a second, so that no write to a
    /// target begins more than a second after the last mark that a power cut leaves.
    pub(super) fn append(&self, snapshot: u64, marks: &[Mark]) -> io::Result<u64> {
        let mut file = private_file::open_or_create(&self.path)?;
        let (first_line, mut size) = (format!("{snapshot}\n"), file.metadata()?.len());
        let mut found = vec![0; first_line.len()];
        let mut lines = vec![b'\n'];
        if file.read_exact_at(&mut found, 0).is_err() || found != first_line.as_bytes() {
            file.set_len(0)?;
            (size, lines) = (0, first_line.into_bytes());
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
        if disk.asked_at.is_none_or(|asked_at| asked_at.elapsed() >= FLUSH_EVERY)
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
        match File::open(&self.path) {
            Ok(file) => disk.keep(&file),
            // It was folded, and is in the snapshot.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                disk.is_behind = false;
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// To be called once the snapshot that has all of it is fsynced.
    pub(super) fn remove(&self) -> io::Result<()> {
        self.disk().is_behind = false;
        private_file::remove(&self.path).map(drop)
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        lock(&self.disk)
    }
}

impl Disk {
    fn keep(&mut self, log: &File) -> io::Result<()> {
        log.sync_data()?;
        #[expect(
            clippy::disallowed_methods,
            reason = "how long ago this thread waited for the disk, whatever the clock on the wall says"
        )]
        let now = Instant::now();
        *self = Self { asked_at: Some(now), is_behind: false };
        Ok(())
    }
}
