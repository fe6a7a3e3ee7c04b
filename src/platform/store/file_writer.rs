//! Writes the credential's file: beside it first, then over it by a rename, mode 0600, on the disk before it counts. A file
//! that is a mount point, as in a container, cannot be renamed over and is written where it stands, as Claude Code does it.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Seek, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::file;
use crate::domain::credential::Problem;
use crate::domain::refresh::{Overwrite, WriteError};
use crate::domain::secret::Secret;
use crate::fault;
use crate::platform::at::{At, OrWarn, Written};
use crate::platform::file_system;
use crate::platform::private_file::{self, folder};
use crate::ports::CredentialWriter;

/// By how much new tokens may be longer than the old ones, in bytes.
const GROWTH: usize = 16 * 1024;
/// What is written in place is written in pieces of this many bytes, so that tests can cut it off between them.
const PIECE: usize = 4096;

/// One file, or what a symbolic link in its place leads to.
#[derive(Debug)]
pub struct FileWriter {
    path: PathBuf,
    /// By which it will be written, as it was proven.
    way: Option<Way>,
}

#[derive(Debug)]
enum Way {
    Beside(Beside),
    InPlace(InPlace),
}

impl Way {
    fn target(&self) -> &Path {
        match self {
            Self::Beside(beside) => &beside.target,
            Self::InPlace(in_place) => &in_place.target,
        }
    }
}

/// Has two files change names at once, or says that this cannot be done here.
type Exchange = fn(&Path, &Path) -> io::Result<()>;

/// A file beside the credential, with room for what is to be written.
#[derive(Debug)]
struct Beside {
    file: File,
    path: PathBuf,
    target: PathBuf,
}

impl Beside {
    fn make(target: &Path) -> io::Result<Self> {
        let path = beside(target);
        private_file::remove(&path)?;
        Ok(Self { file: private_file::create(&path)?, path, target: target.to_owned() })
    }

    /// On the disk when this returns.
    fn fill(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.rewind()?;
        self.file.write_all(bytes)?;
        self.file.set_len(bytes.len() as u64)?;
        self.file.sync_all()
    }

    /// Puts a copy of the credential in its place and takes it out again. Says whether what was replaced for that moment were
    /// these bytes.
    fn rehearse(&mut self, bytes: &[u8], exchange: Exchange) -> io::Result<bool> {
        match exchange(&self.path, &self.target) {
            // Without an exchange the copy stays.
            Err(error) if file_system::is_unable(&error) => {
                let same = *Zeroizing::new(fs::read(&self.target)?) == bytes;
                if same {
                    fs::rename(&self.path, &self.target)?;
                    // Not by `make`: dropping what stood here before would remove the new one.
                    self.file = private_file::create(&self.path)?;
                }
                Ok(same)
            }
            exchanged => {
                exchanged?;
                fault::point("exchanged");
                let same = fs::read(&self.path).map(Zeroizing::new).map(|found| *found == bytes);
                exchange(&self.path, &self.target).or_else(|error| {
                    // What was there is never removed.
                    fs::rename(&self.path, &self.target).and(Err(error))
                })?;
                same
            }
        }
    }

    fn put(&mut self, text: &Secret) -> io::Result<()> {
        self.fill(text.expose().as_bytes())?;
        fault::point("before-rename");
        fs::rename(&self.path, &self.target)?;
        fault::point("after-rename");
        File::open(folder(&self.target)).and_then(|folder| folder.sync_all())
    }
}

/// Nothing of it stays, however the refresh ends.
impl Drop for Beside {
    fn drop(&mut self) {
        let removed = private_file::remove(&self.path).map(drop);
        removed.or_warn(|| format!("{} could not be removed", self.path.display()));
    }
}

/// The credential's own file, open for writing.
#[derive(Debug)]
struct InPlace {
    file: File,
    target: PathBuf,
}

impl InPlace {
    fn open(target: &Path) -> io::Result<Self> {
        Ok(Self { file: file_system::open_for_change(target)?, target: target.to_owned() })
    }

    /// Writes the bytes that stand there over themselves, and takes room for more.
    fn rehearse(&mut self, bytes: &[u8]) -> io::Result<bool> {
        let mut found = Zeroizing::new(Vec::with_capacity(bytes.len() + 1));
        self.file.read_to_end(&mut found)?;
        if *found != bytes {
            return Ok(false);
        }
        file_system::take_room(&self.file, bytes.len() + GROWTH)?;
        self.file.rewind()?;
        self.file.write_all(bytes)?;
        self.file.sync_all()?;
        Ok(true)
    }

    fn put(&mut self, text: &Secret) -> io::Result<()> {
        self.file.rewind()?;
        fault::point("before-rename");
        for piece in text.expose().as_bytes().chunks(PIECE) {
            self.file.write_all(piece)?;
            fault::point("piece-written");
        }
        self.file.set_len(text.expose().len() as u64)?;
        self.file.sync_all()?;
        fault::point("after-rename");
        Ok(())
    }
}

impl FileWriter {
    /// The file at this path.
    pub fn new(path: PathBuf) -> Self {
        Self { path, way: None }
    }

    /// The way that works, rehearsed with the bytes that stand there.
    fn find_way(&self) -> Result<Way, WriteError> {
        let target = target(&self.path)?;
        let bytes = fs::read(&target).map(Zeroizing::new).at(&self.path)?;
        if !is_mount_point(&target) {
            let mut beside = Beside::make(&target).written(&self.path)?;
            beside.fill(&bytes).written(&self.path)?;
            match beside.rehearse(&bytes, file_system::exchange) {
                Err(error) if error.kind() == ErrorKind::ResourceBusy => {}
                rehearsed => {
                    unchanged(rehearsed.written(&self.path)?)?;
                    beside.fill(&vec![b' '; bytes.len() + GROWTH]).written(&self.path)?;
                    return Ok(Way::Beside(beside));
                }
            }
        }
        let mut in_place = InPlace::open(&target).written(&self.path)?;
        unchanged(in_place.rehearse(&bytes).written(&self.path)?)?;
        Ok(Way::InPlace(in_place))
    }

    /// The proven way, unless the link leads elsewhere by now.
    fn take_way(&mut self) -> Result<Way, WriteError> {
        match self.way.take() {
            Some(way) if target(&self.path)? == way.target() => Ok(way),
            other => {
                drop(other);
                self.find_way()
            }
        }
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
        if (bytes + GROWTH) as u64 > file::SIZE_LIMIT {
            return Err(WriteError::TooLarge(self.path.display().to_string()));
        }
        self.way = None;
        self.way = Some(self.find_way()?);
        fault::point("after-proof");
        Ok(())
    }

    fn is_in_place(&self) -> bool {
        matches!(self.way, Some(Way::InPlace(_)))
    }

    fn holds_a_part_of(&self, overwrite: &Overwrite) -> bool {
        fs::read(&self.path).map(Zeroizing::new).is_ok_and(|found| overwrite.explains(&found))
    }

    fn settle(&self) -> Result<(), WriteError> {
        let target = self.path.canonicalize().at(&self.path)?;
        let on_disk = [target.as_path(), folder(&target)];
        on_disk.into_iter().try_for_each(|path| File::open(path)?.sync_all()).written(&self.path)
    }

    fn replace(&mut self, text: &Secret) -> Result<(), WriteError> {
        let put = match self.take_way()? {
            Way::Beside(mut beside) => beside.put(text),
            Way::InPlace(mut in_place) => in_place.put(text),
        };
        put.written(&self.path)?;
        let stored = fs::read_to_string(&self.path).map(Secret::from).at(&self.path)?;
        if stored == *text { Ok(()) } else { Err(WriteError::ReadBackDiffers) }
    }
}

fn unchanged(same: bool) -> Result<(), WriteError> {
    if same { Ok(()) } else { Err(WriteError::ReadBackDiffers) }
}

fn is_mount_point(target: &Path) -> bool {
    let mounts = [target, folder(target)].map(|path| file_system::marks(path).mount);
    matches!(mounts, [Some(file), Some(folder)] if file != folder)
}

/// The regular file that is to be replaced: ours, in a folder of ours. Anything else might be someone's trap, or a file
/// that the user shares on purpose.
fn target(path: &Path) -> Result<PathBuf, WriteError> {
    let refuse = |why: fn(String) -> WriteError, path: &Path| Err(why(path.display().to_string()));
    let real = path.canonicalize().at(path)?;
    let us = rustix::process::geteuid().as_raw();
    let metadata = fs::metadata(&real).at(path)?;
    if !metadata.is_file() {
        return refuse(WriteError::NotAFile, path);
    }
    if metadata.uid() != us {
        return refuse(WriteError::OtherOwner, path);
    }
    if fs::symlink_metadata(path).at(path)?.is_symlink() && fs::metadata(folder(&real)).at(path)?.uid() != us {
        return refuse(WriteError::OtherFolder, path);
    }
    // Looked at before anything is made there: in such a folder it could not be removed again.
    if let Some(fixed) = [real.as_path(), folder(&real)].into_iter().find(|path| file_system::marks(path).is_fixed) {
        return refuse(WriteError::Flagged, fixed);
    }
    Ok(real)
}

/// One name for all: the locks let only one Wick come here, so that what a killed one left is known.
fn beside(target: &Path) -> PathBuf {
    target.with_extension("json.wick")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_no_two_files_can_change_names_what_is_written_afterwards_arrives() {
        let folder = tempfile::tempdir().expect("a folder");
        let target = folder.path().join(".credentials.json");
        fs::write(&target, "{}").expect("written");
        let mut beside = Beside::make(&target).expect("made");
        beside.fill(b"{}").expect("filled");
        let unable = |_: &Path, _: &Path| Err(ErrorKind::Unsupported.into());
        assert!(beside.rehearse(b"{}", unable).expect("rehearsed"));
        beside.fill(&[b' '; GROWTH]).expect("there is room");
        beside.put(&Secret::from("{\"new\": 1}".to_owned())).expect("put");
        drop(beside);
        assert_eq!(fs::read_to_string(&target).expect("read"), "{\"new\": 1}");
        assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 1, "nothing is left beside it");
    }
}
