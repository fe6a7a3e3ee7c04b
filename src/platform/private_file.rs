//! Files that are nobody else's business: mode 0600 in a folder of mode 0700.
//!
//! Each is opened without following a link in its place and without waiting, and used only where it is a regular file of
//! the user's own: whatever else stands there was put there by someone.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

use rustix::fs::OFlags;
use zeroize::Zeroizing;

use super::deadline::{Deadline, Over};
use crate::ports::Stop;

/// The mode of a folder of Wick's own.
const FOLDER_MODE: u32 = 0o700;
/// The mode of a file of Wick's own.
pub(super) const FILE_MODE: u32 = 0o600;
/// Others' permission bits.
const OTHERS: u32 = 0o077;
/// Longer than a slow disk takes for what is done under a lock. One who is asked by a keyring, or stopped, may keep it on.
const LOCK_PATIENCE: Duration = Duration::from_secs(10);
const TRY_EVERY: Duration = Duration::from_millis(5);

/// Why what stands in the place of a file of Wick's own is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Odd {
    #[error("it is a symbolic link")]
    Link,
    #[error("it is not a regular file")]
    NotRegular,
    #[error("it belongs to another user")]
    OtherOwner,
    #[error("it is larger than Wick ever makes it")]
    TooLarge,
}

/// Another process has a lock, and keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("another wick has it, and keeps it")]
pub struct Held;

impl From<Odd> for io::Error {
    fn from(odd: Odd) -> Self {
        Self::new(io::ErrorKind::InvalidInput, odd)
    }
}

/// The folder that a file is in.
pub fn folder(path: &Path) -> &Path {
    path.parent().unwrap_or_else(|| Path::new("."))
}

/// The user that this process acts for.
pub fn us() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// Makes a folder of Wick's own where it is missing, and closes it to others where it is open to them.
pub fn create_folder(folder: &Path) -> io::Result<()> {
    make_missing(folder)?;
    // A link of the user's own may lead to another disk; one of somebody else's leads wherever that one likes.
    let (metadata, link) = (fs::metadata(folder)?, fs::symlink_metadata(folder)?);
    if metadata.uid() != us() || (link.is_symlink() && !is_ours_or_roots(&link)) {
        return Err(Odd::OtherOwner.into());
    }
    if metadata.mode() & OTHERS == 0 { Ok(()) } else { File::open(folder)?.set_permissions(mode(FOLDER_MODE)) }
}

/// Makes the folder, and those above it, where they are missing, whatever the umask is.
pub(super) fn make_missing(folder: &Path) -> io::Result<()> {
    if folder.as_os_str().is_empty() || folder.is_dir() {
        return Ok(());
    }
    if let Some(above) = folder.parent() {
        make_missing(above)?;
    }
    match DirBuilder::new().mode(FOLDER_MODE).create(folder) {
        Ok(()) => fs::set_permissions(folder, mode(FOLDER_MODE)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
        Err(error) => Err(error),
    }
}

pub(super) fn mode(bits: u32) -> Permissions {
    Permissions::from_mode(bits)
}

/// Opens a file of Wick's own for locking or appending, and makes it where it is missing.
pub fn open_or_create(path: &Path) -> io::Result<File> {
    create_folder(folder(path))?;
    open_own(OpenOptions::new().read(true).append(true).create(true), path)
}

/// Opens a file of Wick's own for reading.
pub fn open_regular(path: &Path) -> io::Result<File> {
    open_own(OpenOptions::new().read(true), path)
}

/// All of a file of Wick's own, which has at most so many bytes.
pub fn read(path: &Path, limit: u64) -> io::Result<Zeroizing<Vec<u8>>> {
    let file = open_regular(path)?;
    let length = file.metadata()?.len();
    if length > limit {
        return Err(Odd::TooLarge.into());
    }
    // Room for all of it: a vector that grows leaves copies behind, which nobody wipes.
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(length).unwrap_or_default() + 1));
    let read = file.take(limit + 1).read_to_end(&mut bytes)? as u64;
    if read > limit { Err(Odd::TooLarge.into()) } else { Ok(bytes) }
}

/// Opens a file of Wick's own for writing over what stands there.
pub fn open_to_write(path: &Path) -> io::Result<File> {
    open_own(OpenOptions::new().write(true), path)
}

/// Empties a file of Wick's own, where there is one.
pub fn empty(path: &Path) -> io::Result<()> {
    match open_to_write(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        opened => opened?.set_len(0),
    }
}

fn open_own(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    let file = options.mode(FILE_MODE).custom_flags(flags(OFlags::NOFOLLOW | OFlags::NONBLOCK)).open(path);
    let file = file.map_err(|error| if is_link(path) { Odd::Link.into() } else { error })?;
    let metadata = file.metadata()?;
    check_own(&metadata)?;
    if metadata.mode() & 0o777 != FILE_MODE {
        // As another umask left it, or a copy.
        file.set_permissions(mode(FILE_MODE))?;
    }
    Ok(file)
}

/// Whether what stands at this path may be used as a file of Wick's own; `Ok` too where nothing does.
pub fn check(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        metadata => check_own(&metadata?),
    }
}

/// What only root can make or write is as good as one's own.
pub fn is_ours_or_roots(metadata: &fs::Metadata) -> bool {
    [us(), 0].contains(&metadata.uid())
}

fn check_own(metadata: &fs::Metadata) -> io::Result<()> {
    match metadata {
        link if link.is_symlink() => Err(Odd::Link.into()),
        other if !other.is_file() => Err(Odd::NotRegular.into()),
        foreign if foreign.uid() != us() => Err(Odd::OtherOwner.into()),
        _ => Ok(()),
    }
}

fn is_link(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink())
}

fn flags(flags: OFlags) -> i32 {
    i32::try_from(flags.bits()).unwrap_or_default()
}

/// Opens any file for reading without waiting: a named pipe in its place would otherwise hold this thread for ever.
pub fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).custom_flags(flags(OFlags::NONBLOCK)).open(path)
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

/// Waits for the lock that this file of Wick's own is.
pub fn lock(path: &Path) -> io::Result<Locked> {
    let file = open_or_create(path)?;
    let tried = Deadline::after(LOCK_PATIENCE, &Stop::default()).poll(TRY_EVERY, || match try_lock(&file) {
        Ok(false) => Ok::<_, Over>(None),
        tried => Ok(Some(tried)),
    });
    tried.map_err(|_| io::Error::new(io::ErrorKind::ResourceBusy, Held))??;
    Ok(Locked(file))
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
    let file = OpenOptions::new().read(true).write(true).create_new(true).mode(FILE_MODE).open(path)?;
    file.set_permissions(mode(FILE_MODE))?;
    Ok(file)
}

/// Removes a file. Says whether there was one.
pub fn remove(path: &Path) -> io::Result<bool> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}
