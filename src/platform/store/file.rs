//! The credential in a file: `.credentials.json` in Claude Code's folder.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use zeroize::Zeroizing;

use crate::domain::credential::{Contents, Location, Malformed, Problem, Reading, SourceKind};
use crate::domain::secret::Secret;
use crate::platform::file_stamp;
use crate::ports::{CredentialStore, Patience, Stamp, Versioned};

/// A hundred times what a credential with many services' sign-ins beside it has.
const SIZE_LIMIT: u64 = 1024 * 1024;

/// One file. It, its folder and what a symbolic link leads to may come and go.
#[derive(Debug)]
pub struct FileStore {
    path: PathBuf,
}

impl FileStore {
    /// The file at this path.
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }

    fn load(&self) -> (Option<Timestamp>, Result<Contents, Problem>) {
        let file = match open(&self.path) {
            Ok(file) => file,
            Err(problem) => return (None, Err(problem)),
        };
        match file.metadata() {
            Ok(metadata) => {
                let bytes = bytes(file, &metadata);
                (modified(&metadata), bytes.and_then(|bytes| Ok(Contents::parse(&bytes)?)))
            }
            Err(error) => (None, Err(failed(&error))),
        }
    }
}

/// The file's text, whether or not it makes sense.
pub(super) fn text(path: &Path) -> Result<Secret, Problem> {
    let file = open(path)?;
    let metadata = file.metadata().map_err(|error| failed(&error))?;
    let bytes = bytes(file, &metadata)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| Problem::Malformed(Malformed::NotText))?;
    Ok(Secret::from(text.to_owned()))
}

fn open(path: &Path) -> Result<File, Problem> {
    let folder = path.parent().unwrap_or_else(|| Path::new("/"));
    // Not blocking: a named pipe in the file's place would otherwise hold this thread for ever.
    let flags = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or_default();
    OpenOptions::new().read(true).custom_flags(flags).open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory if !folder.is_dir() => Problem::FolderAbsent,
        io::ErrorKind::NotFound => Problem::Absent,
        io::ErrorKind::PermissionDenied => Problem::PermissionDenied,
        _ => failed(&error),
    })
}

impl CredentialStore for FileStore {
    fn location(&self) -> Location {
        Location { kind: SourceKind::File, place: self.path.to_string_lossy().into_owned() }
    }

    fn read(&self, _patience: Patience) -> Reading {
        let (modified, outcome) = self.load();
        Reading { location: self.location(), modified, settled: true, outcome }
    }
}

impl Versioned for FileStore {
    fn stamp(&self) -> Stamp {
        file_stamp::of(&self.path)
    }

    fn watched(&self) -> Vec<(PathBuf, Vec<String>)> {
        file_stamp::watched(&self.path)
    }
}

fn bytes(file: File, metadata: &Metadata) -> Result<Zeroizing<Vec<u8>>, Problem> {
    if !metadata.is_file() {
        return Err(Problem::NotAFile);
    }
    if metadata.len() > SIZE_LIMIT {
        return Err(Problem::TooLarge { bytes: metadata.len() });
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default() + 1));
    let read = file.take(SIZE_LIMIT + 1).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
    if read as u64 > SIZE_LIMIT {
        return Err(Problem::TooLarge { bytes: read as u64 });
    }
    Ok(bytes)
}

fn modified(metadata: &Metadata) -> Option<Timestamp> {
    Timestamp::new(metadata.mtime(), i32::try_from(metadata.mtime_nsec()).ok()?).ok()
}

fn failed(error: &io::Error) -> Problem {
    Problem::Failed { detail: error.to_string() }
}
