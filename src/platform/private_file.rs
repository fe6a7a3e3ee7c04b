//! Files that are nobody else's business: mode 0600 in a folder of mode 0700, replaced as a whole or not at all.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Others' permission bits.
const OTHERS: u32 = 0o077;

/// The folder that a file is in.
pub fn folder(path: &Path) -> &Path {
    path.parent().unwrap_or_else(|| Path::new("."))
}

/// Makes a folder of Wick's own where it is missing, and closes it to others where it is open to them.
pub fn create_folder(folder: &Path) -> io::Result<()> {
    make_missing(folder)?;
    let open = fs::metadata(folder)?.permissions().mode() & OTHERS;
    if open == 0 { Ok(()) } else { fs::set_permissions(folder, Permissions::from_mode(0o700)) }
}

/// Makes the folder, and those above it, where they are missing.
fn make_missing(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Replaces a file: readers see the old content or the new one, also after a power cut.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    create_folder(folder(path))?;
    write_over(path, content, None)?;
    File::open(folder(path))?.sync_all()
}

/// Replaces a file that others know of too, in a folder whose mode is not ours to change: through a symbolic link, and with
/// the mode that it has.
pub fn replace_in_place(path: &Path, content: &[u8]) -> io::Result<()> {
    // The file itself, where a link stands for it: many keep their settings elsewhere.
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    make_missing(folder(&real))?;
    write_over(&real, content, fs::metadata(&real).ok().map(|metadata| metadata.permissions()))
}

/// With mode 0600 where nothing else is given.
fn write_over(path: &Path, content: &[u8], permissions: Option<Permissions>) -> io::Result<()> {
    // The crate makes its files with mode 0600.
    let mut temporary = tempfile::Builder::new().prefix(".wick-").tempfile_in(folder(path))?;
    temporary.write_all(content)?;
    if let Some(permissions) = permissions {
        temporary.as_file().set_permissions(permissions)?;
    }
    temporary.as_file().sync_all()?;
    temporary.persist(path).map(drop).map_err(|error| error.error)
}

/// Opens a file for locking or appending, and makes it where it is missing.
pub fn open_or_create(path: &Path) -> io::Result<File> {
    create_folder(folder(path))?;
    OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path)
}

/// A locked file, unlocked when it is dropped. Closing it would not do: a child that is just being started has a copy of
/// the descriptor, and with it the lock, until it becomes another program.
#[derive(Debug)]
pub struct Locked(pub File);

impl Drop for Locked {
    fn drop(&mut self) {
        drop(self.0.unlock());
    }
}

/// Locks an open file for the process, however that ends; [`Locked`] unlocks it before. Says whether it could: another
/// process may have it.
pub fn try_lock(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Makes a file that must not exist yet, in a folder that does.
pub fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path)
}

/// Writes a file that must not exist yet.
pub fn create_new(path: &Path, content: &[u8]) -> io::Result<()> {
    // Any folder may be named, such as the home folder: its mode is not ours to change.
    make_missing(folder(path))?;
    let mut file = create(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// Removes a file. Says whether there was one.
pub fn remove(path: &Path) -> io::Result<bool> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Opens one of Wick's own files for reading, where it is one: a folder, a pipe or a device in its place is refused.
pub fn open_regular(path: &Path) -> io::Result<File> {
    let file = open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"))
    }
}

/// Opens a file for reading without waiting: a named pipe in its place would otherwise hold this thread for ever.
pub fn open(path: &Path) -> io::Result<File> {
    let flags = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or_default();
    OpenOptions::new().read(true).custom_flags(flags).open(path)
}
