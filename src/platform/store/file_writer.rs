//! Writes the credential's file: beside it first, then over it by a rename, mode 0600, on the disk before it counts.

use std::fs::{self, File};
use std::io::{self, Seek, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::file;
use crate::domain::credential::Problem;
use crate::domain::refresh::WriteError;
use crate::domain::secret::Secret;
use crate::fault;
use crate::platform::at::{At, OrWarn};
use crate::platform::private_file::{self, folder};
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

impl Reserved {
    /// On the disk when this returns.
    fn fill(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.rewind()?;
        self.file.write_all(bytes)?;
        self.file.set_len(bytes.len() as u64)?;
        self.file.sync_all()
    }
}

/// Nothing of it stays, however the refresh ends.
impl Drop for Reserved {
    fn drop(&mut self) {
        let removed = private_file::remove(&self.path).map(drop);
        removed.or_warn(|| format!("{} could not be removed", self.path.display()));
    }
}

impl FileWriter {
    /// The file at this path.
    pub fn new(path: PathBuf) -> Self {
        Self { path, reserved: None }
    }

    fn reserve(&self, bytes: usize) -> Result<Reserved, WriteError> {
        let target = target(&self.path)?;
        let path = beside(&target);
        let file = private_file::remove(&path).and_then(|_| private_file::create(&path)).at(&self.path)?;
        let mut reserved = Reserved { file, path, target };
        reserved.fill(&vec![b' '; bytes]).at(&self.path)?;
        Ok(reserved)
    }

    fn write(&mut self, text: &Secret) -> Result<(), WriteError> {
        let mut reserved = match self.reserved.take() {
            // The link may lead elsewhere by now.
            Some(reserved) if target(&self.path)? == reserved.target => reserved,
            other => {
                drop(other);
                self.reserve(text.expose().len())?
            }
        };
        reserved.fill(text.expose().as_bytes()).at(&self.path)?;
        fault::point("before-rename");
        fs::rename(&reserved.path, &reserved.target).at(&self.path)?;
        fault::point("after-rename");
        Ok(File::open(folder(&reserved.target)).and_then(|folder| folder.sync_all()).at(&self.path)?)
    }
}

impl CredentialWriter for FileWriter {
    fn load(&self) -> Result<Secret, Problem> {
        file::text(&self.path)
    }

    fn tidy(&self) {
        let left = self.path.canonicalize().ok().map(|target| private_file::remove(&beside(&target)).map(drop));
        let what = || "what an earlier run left beside the credential could not be removed".to_owned();
        left.unwrap_or(Ok(())).or_warn(what);
    }

    fn prove(&mut self, bytes: usize) -> Result<(), WriteError> {
        fault::point("before-proof");
        self.reserved = Some(self.reserve(bytes + GROWTH)?);
        fault::point("after-proof");
        Ok(())
    }

    fn replace(&mut self, text: &Secret) -> Result<(), WriteError> {
        self.write(text)?;
        let stored = fs::read_to_string(&self.path).map(Secret::from).at(&self.path)?;
        if stored == *text { Ok(()) } else { Err(WriteError::ReadBackDiffers) }
    }
}

/// The regular file that is to be replaced: ours, in a folder of ours. Anything else might be someone's trap, or a file
/// that the user shares on purpose.
fn target(path: &Path) -> Result<PathBuf, WriteError> {
    let refuse = |why: fn(String) -> WriteError| Err(why(path.display().to_string()));
    let real = path.canonicalize().at(path)?;
    let us = rustix::process::geteuid().as_raw();
    let metadata = fs::metadata(&real).at(path)?;
    if !metadata.is_file() {
        return refuse(WriteError::NotAFile);
    }
    if metadata.uid() != us {
        return refuse(WriteError::OtherOwner);
    }
    if fs::symlink_metadata(path).at(path)?.is_symlink() && fs::metadata(folder(&real)).at(path)?.uid() != us {
        return refuse(WriteError::OtherFolder);
    }
    Ok(real)
}

/// One name for all: the locks let only one Wick come here, so that what a killed one left is known.
fn beside(target: &Path) -> PathBuf {
    target.with_extension("json.wick")
}
