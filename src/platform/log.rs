//! The log in the state folder: plain lines, one file of at most 1 MiB and the one before it.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tracing::level_filters::LevelFilter;
use tracing::{Level, Metadata};
use tracing_subscriber::fmt::MakeWriter;

use super::private_file;
use crate::domain::sync::scrub::without_tokens;
use crate::ports::lock;

/// Where a new file is begun.
const SIZE_LIMIT: u64 = 1024 * 1024;

/// Opens the log for the rest of the process. A log that cannot be written is no reason to stop. With `told`, all is said on
/// standard error too, and each step that the log leaves out.
pub fn open(folder: &Path, told: bool) {
    let writer = Log { file: Mutex::new(RotatingFile::new(folder.join("wick.log"), SIZE_LIMIT)), told };
    let level = if told { LevelFilter::DEBUG } else { LevelFilter::INFO };
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_target(false).with_writer(writer);
    // Nothing about a failed write goes to the terminal, where a command reports what it could not do.
    let subscriber = subscriber.log_internal_errors(false);
    // Fails only where a subscriber is set already, as in a test.
    drop(tracing::subscriber::set_global_default(subscriber.with_max_level(level).finish()));
    std::panic::set_hook(Box::new(|panic| {
        // The place alone: a message could carry a value.
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!("panicked at {place}");
    }));
}

/// Where events go.
struct Log {
    file: Mutex<RotatingFile>,
    told: bool,
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line { file: Some(&self.file), told: self.told }
    }

    /// Of steps only Wick's own: a crate below may tell what is in a header.
    fn make_writer_for(&'a self, event: &Metadata<'_>) -> Line<'a> {
        let is_step = *event.level() > Level::INFO;
        let is_own = event.target().starts_with(env!("CARGO_PKG_NAME"));
        Line { file: (!is_step).then_some(&self.file), told: self.told && (is_own || !is_step) }
    }
}

/// Where the line of one event goes.
struct Line<'a> {
    file: Option<&'a Mutex<RotatingFile>>,
    told: bool,
}

impl Write for Line<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.told {
            let shown = without_tokens(&String::from_utf8_lossy(line));
            // Whoever watches knows when it is.
            let shown = shown.split_once("Z ").map_or(shown.as_str(), |(_, shown)| shown.trim_start());
            drop(io::stderr().write_all(shown.as_bytes()));
        }
        self.file.map_or(Ok(line.len()), |file| lock(file).write(line))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
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
