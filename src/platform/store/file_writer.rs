//! Writes the credential's file: beside it first, then over it by a rename, mode 0600, on the disk before it counts.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::file;
use crate::domain::credential::Problem;
use crate::domain::refresh::WriteError;
use crate::domain::secret::Secret;
use crate::fault;
use crate::ports::CredentialWriter;

/// By how much new tokens may be longer than the old ones, in bytes.
const GROWTH: usize = 16 * 1024;

/// One file, or what a symbolic link in its place leads to.
#[derive(Debug)]
pub struct FileWriter {
    path: PathBuf,
    /// Made by the proof, with room for what is to be written.
    reserved: Option<Reserved>,
}

#[derive(Debug)]
struct Reserved {
    file: File,
    path: PathBuf,
    target: PathBuf,
}

/// Nothing of it stays, however the refresh ends.
impl Drop for Reserved {
    fn drop(&mut self) {
        if let Err(error) = remove(&self.path) {
            tracing::warn!("{} could not be removed: {error}", self.path.display());
        }
    }
}

impl FileWriter {
    /// The file at this path.
    pub fn new(path: PathBuf) -> Self {
        Self { path, reserved: None }
    }

    fn reserve(&self, bytes: usize) -> Result<Reserved, Refused> {
        let target = target(&self.path)?;
        let path = beside(&target);
        remove(&path)?;
        let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path)?;
        let mut reserved = Reserved { file, path, target };
        reserved.file.write_all(&vec![b' '; bytes])?;
        reserved.file.sync_all()?;
        Ok(reserved)
    }

    fn write(&mut self, text: &Secret) -> Result<(), Refused> {
        let mut reserved = match self.reserved.take() {
            // The link may lead elsewhere by now.
            Some(reserved) if target(&self.path)? == reserved.target => reserved,
            other => {
                drop(other);
                self.reserve(text.expose().len())?
            }
        };
        let bytes = text.expose().as_bytes();
        reserved.file.seek(SeekFrom::Start(0))?;
        reserved.file.write_all(bytes)?;
        reserved.file.set_len(bytes.len() as u64)?;
        reserved.file.sync_all()?;
        fault::point("before-rename");
        fs::rename(&reserved.path, &reserved.target)?;
        fault::point("after-rename");
        Ok(File::open(folder(&reserved.target))?.sync_all()?)
    }
}

impl CredentialWriter for FileWriter {
    fn load(&self) -> Result<Secret, Problem> {
        file::text(&self.path)
    }

    fn tidy(&self) {
        let left = self.path.canonicalize().map(|target| remove(&beside(&target)));
        if let Ok(Err(error)) = left {
            tracing::warn!("what an earlier run left beside the credential could not be removed: {error}");
        }
    }

    fn prove(&mut self, bytes: usize) -> Result<(), WriteError> {
        fault::point("before-proof");
        self.reserved = Some(self.reserve(bytes + GROWTH).map_err(|error| error.of(&self.path))?);
        fault::point("after-proof");
        Ok(())
    }

    fn replace(&mut self, text: &Secret) -> Result<(), WriteError> {
        self.write(text).map_err(|error| error.of(&self.path))?;
        let mut stored = String::new();
        let read = File::open(&self.path).and_then(|mut file| file.read_to_string(&mut stored));
        let stored = Secret::from(stored);
        read.map_err(|error| WriteError::system(&self.path.display(), &error))?;
        if stored == *text { Ok(()) } else { Err(WriteError::ReadBackDiffers) }
    }
}

/// The regular file that is to be replaced: ours, in a folder of ours. Anything else might be someone's trap, or a file
/// that the user shares on purpose.
fn target(path: &Path) -> Result<PathBuf, Refused> {
    let refuse = |why: fn(String) -> WriteError| Refused::Place(why(path.display().to_string()));
    let real = path.canonicalize()?;
    let us = rustix::process::geteuid().as_raw();
    let metadata = fs::metadata(&real)?;
    if !metadata.is_file() {
        return Err(refuse(WriteError::NotAFile));
    }
    if metadata.uid() != us {
        return Err(refuse(WriteError::OtherOwner));
    }
    if fs::symlink_metadata(path)?.is_symlink() && fs::metadata(folder(&real))?.uid() != us {
        return Err(refuse(WriteError::OtherFolder));
    }
    Ok(real)
}

/// One name for all: the locks let only one Wick come here, so that what a killed one left is known.
fn beside(target: &Path) -> PathBuf {
    target.with_extension("json.wick")
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn folder(path: &Path) -> &Path {
    path.parent().unwrap_or_else(|| Path::new("/"))
}

/// Why nothing was written.
enum Refused {
    /// The file is none that may be written over.
    Place(WriteError),
    /// The system refuses it.
    System(io::Error),
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
}

impl Refused {
    fn of(self, path: &Path) -> WriteError {
        match self {
            Self::Place(error) => error,
            Self::System(error) => WriteError::system(&path.display(), &error),
        }
    }
}
