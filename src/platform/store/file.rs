//! The credential in a file: `.credentials.json` in Claude Code's folder.

use std::fs::{File, Metadata};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use zeroize::Zeroizing;

use crate::domain::credential::{Contents, Location, Malformed, Problem, Reading, SourceKind};
use crate::domain::secret::Secret;
use crate::platform::{file_stamp, private_file};
use crate::ports::{CredentialStore, Patience, Stamp, Versioned};

/// A hundred times what a credential with many services' sign-ins beside it has.
pub(super) const SIZE_LIMIT: u64 = 1024 * 1024;

/// One file. It, its folder and what a symbolic link leads to may come and go.
#[derive(Debug)]
pub struct FileStore(pub PathBuf);

/// The file's text, whether or not it makes sense.
pub(super) fn text(path: &Path) -> Result<Secret, Problem> {
    let (file, metadata) = open(path)?;
    let bytes = bytes(file, &metadata)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| Malformed::NotText)?;
    Ok(Secret::from(text.to_owned()))
}

fn open(path: &Path) -> Result<(File, Metadata), Problem> {
    if path.is_relative() {
        return Err(Problem::RelativeFolder);
    }
    let opened = private_file::open(path).and_then(|file| file.metadata().map(|metadata| (file, metadata)));
    opened.map_err(|error| match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory if !private_file::folder(path).is_dir() => Problem::FolderAbsent,
        ErrorKind::NotFound => Problem::Absent,
        ErrorKind::PermissionDenied => Problem::PermissionDenied,
        _ => failed(&error),
    })
}

fn bytes(file: File, metadata: &Metadata) -> Result<Zeroizing<Vec<u8>>, Problem> {
    if !metadata.is_file() {
        return Err(Problem::NotAFile);
    }
    if metadata.len() > SIZE_LIMIT {
        return Err(Problem::TooLarge { bytes: metadata.len() });
    }
    // Room for all of it: a vector that grows leaves copies behind, which nobody wipes.
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default() + 1));
    let read = file.take(SIZE_LIMIT + 1).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
    if read as u64 > SIZE_LIMIT { Err(Problem::TooLarge { bytes: read as u64 }) } else { Ok(bytes) }
}

fn failed(error: &io::Error) -> Problem {
    Problem::Failed { detail: error.to_string() }
}

fn modified(metadata: &Metadata) -> Option<Timestamp> {
    Timestamp::new(metadata.mtime(), i32::try_from(metadata.mtime_nsec()).ok()?).ok()
}

impl CredentialStore for FileStore {
    fn location(&self) -> Location {
        Location { kind: SourceKind::File, place: self.0.to_string_lossy().into_owned() }
    }

    fn read(&self, _patience: Patience) -> Reading {
        let opened = open(&self.0);
        let modified = opened.as_ref().ok().and_then(|(_, metadata)| modified(metadata));
        let bytes = opened.and_then(|(file, metadata)| bytes(file, &metadata));
        let outcome = bytes.and_then(|bytes| Ok(Contents::parse(&bytes)?));
        Reading { location: self.location(), modified, settled: true, outcome }
    }
}

impl Versioned for FileStore {
    fn stamp(&self) -> Stamp {
        file_stamp::of(&self.0)
    }

    fn watched(&self) -> Vec<(PathBuf, Vec<String>)> {
        file_stamp::watched(&self.0)
    }
}
