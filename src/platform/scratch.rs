//! Empty folders for the programs that Wick starts, for the user's eyes alone. Not in the home folder, since Claude Code
//! reads what lies in the folders above the one that it works in.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use super::private_file::{self, Locked};

/// How their names begin.
const BEGINNING: &str = "wick-scratch-";
/// So often one is made anew that another Wick has taken for left over, before it was locked.
const TRIES: usize = 3;

/// One of them, gone when this is dropped, or when the next one is made where Wick was killed.
#[derive(Debug)]
pub struct Scratch {
    path: PathBuf,
    /// Says that it is in use.
    _locked: Locked,
}

impl Scratch {
    pub fn make() -> io::Result<Self> {
        let above = std::env::temp_dir();
        sweep(&above);
        let mut made = make_in(&above);
        for _ in 1..TRIES {
            made = made.or_else(|_| make_in(&above));
        }
        made
    }

    /// A folder in it, which is made where it is missing.
    pub fn folder(&self, name: &str) -> io::Result<PathBuf> {
        let path = self.path.join(name);
        private_file::make_missing(&path)?;
        Ok(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.path) {
            tracing::warn!("{} could not be removed: {error}", self.path.display());
        }
    }
}

fn make_in(above: &Path) -> io::Result<Scratch> {
    let path = above.join(format!("{BEGINNING}{:016x}", fastrand::u64(..)));
    DirBuilder::new().mode(0o700).create(&path)?;
    let folder = File::open(&path)?;
    let is_locked = private_file::try_lock(&folder)?;
    let scratch = Scratch { path, _locked: Locked(folder) };
    if is_locked && scratch.path.exists() { Ok(scratch) } else { Err(io::ErrorKind::NotFound.into()) }
}

/// Removes those of this user that nobody uses.
fn sweep(above: &Path) {
    for entry in fs::read_dir(above).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(BEGINNING) {
            // Another one may be doing the same.
            drop(remove_left(&entry.path()));
        }
    }
}

fn remove_left(path: &Path) -> io::Result<()> {
    let metadata = fs::symlink_metadata(path)?;
    if !metadata.is_dir() || metadata.uid() != private_file::us() {
        return Ok(());
    }
    let folder = File::open(path)?;
    if private_file::try_lock(&folder)? { fs::remove_dir_all(path) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn what_a_killed_one_left_goes_and_what_is_in_use_or_no_folder_stays() {
        let above = tempfile::tempdir().expect("a temporary folder");
        let at = |name: &str| above.path().join(format!("{BEGINNING}{name}"));
        fs::create_dir_all(at("left/with").join("more")).expect("a writable folder");
        fs::write(at("file"), "").expect("a writable folder");
        std::os::unix::fs::symlink(above.path(), at("link")).expect("a writable folder");
        let used = make_in(above.path()).expect("a writable folder");
        let own = used.folder("own").expect("a writable folder");
        for path in [&used.path, &own] {
            assert_eq!(fs::metadata(path).expect("just made").permissions().mode() & 0o777, 0o700);
        }
        sweep(above.path());
        assert!(own.exists() && at("file").exists() && at("link").exists() && !at("left").exists());
        let path = used.path.clone();
        drop(used);
        assert!(!path.exists());
    }
}
