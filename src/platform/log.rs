//! The log in the state folder: plain lines, one file of at most 1 MiB and the one before it.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tracing::level_filters::LevelFilter;

use super::private_file;
use crate::domain::sync::scrub::without_tokens;

/// Where a new file is begun.
const SIZE_LIMIT: u64 = 1024 * 1024;

/// Opens the log for the rest of the process. A log that cannot be written is no reason to stop.
pub fn open(folder: &Path) {
    let writer = Mutex::new(RotatingFile::new(folder.join("wick.log"), SIZE_LIMIT));
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_target(false).with_writer(writer);
    // Nothing about a failed write goes to the terminal, where a command reports what it could not do.
    let subscriber = subscriber.log_internal_errors(false);
    // Fails only where a subscriber is set already, as in a test.
    drop(tracing::subscriber::set_global_default(subscriber.with_max_level(LevelFilter::INFO).finish()));
    std::panic::set_hook(Box::new(|panic| {
        // The place alone: a message could carry a value.
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!("panicked at {place}");
    }));
}

/// A file that moves itself aside, as `path.1`, before it grows past its limit in bytes. Opened at the first line.
#[derive(Debug)]
pub struct RotatingFile {
    path: PathBuf,
    limit: u64,
    open: Option<(File, u64)>,
}

impl RotatingFile {
    pub fn new(path: PathBuf, limit: u64) -> Self {
        Self { path, limit, open: None }
    }

    fn reopen(&mut self) -> io::Result<(File, u64)> {
        let file = private_file::open_or_create(&self.path)?;
        let size = file.metadata()?.len();
        Ok((file, size))
    }
}

impl Write for RotatingFile {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let (mut file, mut size) = self.open.take().map_or_else(|| self.reopen(), Ok)?;
        // A path may have one in it.
        let shown = without_tokens(&String::from_utf8_lossy(line));
        if size > 0 && size + shown.len() as u64 > self.limit {
            fs::rename(&self.path, self.path.with_extension("log.1"))?;
            (file, size) = self.reopen()?;
        }
        file.write_all(shown.as_bytes())?;
        self.open = Some((file, size + shown.len() as u64));
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_files_are_kept_and_neither_grows_past_the_limit() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("state/wick.log");
        let mut log = RotatingFile::new(path.clone(), 30);
        for number in 0..10 {
            writeln!(log, "line number {number}").expect("a writable folder");
        }
        let read = |path: PathBuf| fs::read_to_string(path).expect("written above");
        assert_eq!(read(path.clone()), "line number 8\nline number 9\n");
        assert_eq!(read(path.with_extension("log.1")), "line number 6\nline number 7\n");
        assert_eq!(fs::read_dir(folder.path().join("state")).expect("a folder").count(), 2);
    }
}
