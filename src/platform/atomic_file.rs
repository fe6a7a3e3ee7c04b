//! Replaces a file as a whole, and leaves nothing of it anywhere else, whenever the process is killed.
//!
//! What is written has no name until it is complete. Where a file system does not have that, it has one fixed name for the
//! while, which whoever is next removes.

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::deadline::{Deadline, Over};
use super::private_file::{
    FILE_MODE, Locked, create, create_folder, folder, lock, make_missing, mode, open_or_create, remove, try_lock,
};
use crate::ports::Stop;

/// Ends the name that a new version has until it takes the place of the old one.
const NEW: &str = ".new";
/// Begins the names that earlier versions gave to theirs, and the one that a config has beside it.
const TEMPORARY: &str = ".wick-";
/// How many digits follow it there.
const RANDOM: usize = 8;
/// Longer than any edit takes. Whoever can read a folder, another user too, can lock it and never let go.
const LOCK_PATIENCE: Duration = Duration::from_secs(3);
const TRY_EVERY: Duration = Duration::from_millis(10);

/// Locks what lies in a folder of Wick's own, for whoever replaces a file there.
pub fn lock_folder(folder: &Path) -> io::Result<Locked> {
    lock(&lock_file(folder))
}

fn lock_file(folder: &Path) -> PathBuf {
    folder.join("state.lock")
}

/// Replaces a file of Wick's own under [`lock_folder`]: readers see the old content or the new one, also after a power cut.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    create_folder(folder(path))?;
    let mut new = path.as_os_str().to_owned();
    new.push(NEW);
    let new = PathBuf::from(new);
    // Whatever stands there, a link too: a killed run's, or somebody's trap.
    remove(&new)?;
    write_over(path, &new, content, &mode(FILE_MODE), &|| true)?;
    File::open(folder(path))?.sync_all()
}

/// Makes or replaces a file that others know of too, in a folder whose mode is not ours to change: through a symbolic link,
/// and with the mode that it has. Asked last of all, `is_still` says no where it is not to be; then nothing changes, and that
/// is said. No two Wicks are in one folder at once, unless somebody else keeps it locked.
pub fn replace_in_place(path: &Path, content: &[u8], is_still: &dyn Fn() -> bool) -> io::Result<bool> {
    let real = real(path);
    make_missing(folder(&real))?;
    let locked = File::open(folder(&real))?;
    // Some file systems have no locks: what is asked last of all keeps more than a moment's race out there.
    let is_free = || Ok::<_, Over>((!matches!(try_lock(&locked), Ok(false))).then_some(()));
    let is_alone = Deadline::after(LOCK_PATIENCE, &Stop::default()).poll(TRY_EVERY, is_free).is_ok();
    let _locked = Locked(locked);
    if is_alone {
        sweep_foreign(folder(&real));
    }
    let new = folder(&real).join(format!("{TEMPORARY}{:0RANDOM$x}", fastrand::u32(..)));
    let permissions = fs::metadata(&real).map_or_else(|_| mode(FILE_MODE), |metadata| metadata.permissions());
    write_over(&real, &new, content, &permissions, is_still)
}

/// The file itself, where a link stands for it, also while that leads nowhere: many keep their settings elsewhere.
fn real(path: &Path) -> PathBuf {
    let led_to = || fs::read_link(path).ok().map(|to| folder(path).join(to));
    path.canonicalize().ok().or_else(led_to).unwrap_or_else(|| path.to_owned())
}

/// Removes what killed runs have left in a folder that is not Wick's own, whose lock the caller has.
fn sweep_foreign(folder: &Path) {
    let is_ours = |name: &str| {
        let random = name.strip_prefix(TEMPORARY).unwrap_or_default();
        random.len() == RANDOM && random.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().to_str().is_some_and(is_ours) && entry.file_type().is_ok_and(|kind| kind.is_file()) {
            drop(remove(&entry.path()));
        }
    }
}

/// `new` is the name that the new version may have for a moment.
fn write_over(
    path: &Path,
    new: &Path,
    content: &[u8],
    permissions: &Permissions,
    is_still: &dyn Fn() -> bool,
) -> io::Result<bool> {
    let complete = |mut file: File| {
        file.write_all(content)?;
        file.set_permissions(permissions.clone())?;
        file.sync_all()?;
        Ok::<_, io::Error>(file)
    };
    let written = match unnamed::create(folder(path)) {
        Some(file) => complete(file)
            .and_then(|file| if is_still() { unnamed::name(&file, new).map(|()| true) } else { Ok(false) }),
        None => Err(io::ErrorKind::Unsupported.into()),
    };
    let named = match written {
        Err(error) if is_without_unnamed(&error) => create(new).and_then(complete).map(|_| is_still()),
        other => other,
    };
    let placed = named.and_then(|is_still| if is_still { fs::rename(new, path).map(|()| true) } else { Ok(false) });
    if !matches!(placed, Ok(true)) {
        drop(remove(new));
    }
    placed
}

/// Whether the file system, or a sandbox without `/proc`, has no way to name a file later.
fn is_without_unnamed(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::Unsupported
            | io::ErrorKind::NotFound
            | io::ErrorKind::CrossesDevices
            | io::ErrorKind::InvalidInput
    )
}

/// Removes what killed runs have left in a folder of Wick's own, this version's and earlier ones'. Does nothing while
/// another process is writing there, which does it then.
pub fn sweep(folder: &Path) -> io::Result<()> {
    if !lock_file(folder).exists() {
        return Ok(());
    }
    let lock = open_or_create(&lock_file(folder))?;
    if !try_lock(&lock)? {
        return Ok(());
    }
    sweep_locked(folder, &Locked(lock))
}

/// Whether a file of this name is what a killed run has left.
pub fn is_left_over(name: &str) -> bool {
    name.starts_with(TEMPORARY) || name.ends_with(NEW)
}

/// The same under the lock that the caller has.
pub fn sweep_locked(folder: &Path, _lock: &Locked) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if name.to_str().is_some_and(is_left_over) && !entry.file_type()?.is_dir() {
            remove(&entry.path())?;
        }
    }
    Ok(())
}

#[cfg(target_os = "linux")]
mod unnamed {
    use std::fs::File;
    use std::io;
    use std::os::fd::AsRawFd;
    use std::path::Path;

    use rustix::fs::{AtFlags, CWD, Mode, OFlags, linkat, open};

    /// A file without a name, gone with its descriptor; `None` where the file system has none.
    pub(super) fn create(folder: &Path) -> Option<File> {
        let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
        open(folder, flags, Mode::RUSR | Mode::WUSR).ok().map(File::from)
    }

    /// By way of `/proc`: naming a descriptor itself asks for a capability.
    pub(super) fn name(file: &File, name: &Path) -> io::Result<()> {
        let descriptor = format!("/proc/self/fd/{}", file.as_raw_fd());
        Ok(linkat(CWD, descriptor, CWD, name, AtFlags::SYMLINK_FOLLOW)?)
    }
}

#[cfg(not(target_os = "linux"))]
mod unnamed {
    use std::fs::File;
    use std::io;
    use std::path::Path;

    /// The system has no such files.
    pub(super) fn create(_folder: &Path) -> Option<File> {
        None
    }

    pub(super) fn name(_file: &File, _name: &Path) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
