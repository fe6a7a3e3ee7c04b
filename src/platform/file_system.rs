//! What a file system can do and says beyond the standard library: names that change hands at once, room beyond a file's
//! end, marks that keep even root from changing a file, and whether a file is a mount point of its own.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::{CWD, OFlags, RenameFlags, renameat_with};

/// Has two files change names at once; [`is_unable`] tells where the file system cannot.
pub fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
}

/// Gives a file or a folder a name that is free, and fails as `AlreadyExists` where it is not; [`is_unable`] tells where the
/// file system does not know such a rename.
pub fn rename_to_free(path: &Path, name: &Path) -> io::Result<()> {
    Ok(renameat_with(CWD, path, CWD, name, RenameFlags::NOREPLACE)?)
}

/// Whether the file system, or the system itself, knows no such thing.
pub fn is_unable(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::InvalidInput)
}

/// Opens a file that is there for reading and writing, whatever is in it; no link is followed.
pub fn open_for_change(path: &Path) -> io::Result<File> {
    let flags = OFlags::NONBLOCK | OFlags::NOFOLLOW;
    let flags = i32::try_from(flags.bits()).unwrap_or_default();
    OpenOptions::new().read(true).write(true).custom_flags(flags).open(path)
}

/// Takes room on the disk for so many bytes, beyond the file's end, where the file system can do that.
#[cfg(target_os = "linux")]
pub fn take_room(file: &File, bytes: usize) -> io::Result<()> {
    use rustix::fs::{FallocateFlags, fallocate};

    match fallocate(file, FallocateFlags::KEEP_SIZE, 0, bytes as u64).map_err(io::Error::from) {
        Err(error) if is_unable(&error) => Ok(()),
        taken => taken,
    }
}

/// Takes no room: only Linux keeps some beyond a file's end.
#[cfg(not(target_os = "linux"))]
pub fn take_room(_file: &File, _bytes: usize) -> io::Result<()> {
    Ok(())
}

/// What stands against replacing a file by another one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// Immutable or append-only.
    pub is_fixed: bool,
    /// On which mount it is; `None` where the system does not say.
    pub mount: Option<u64>,
}

/// Of this file or folder, not of what a link leads to. All that is not known is not there: what is tried then shows it.
#[cfg(target_os = "linux")]
pub fn marks(path: &Path) -> Marks {
    use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags, statx};

    // Linux 5.8 and later; not among the crate's names.
    let mount_id = StatxFlags::from_bits_retain(0x1000);
    let Ok(found) = statx(CWD, path, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::BASIC_STATS | mount_id) else {
        return Marks::default();
    };
    let is_fixed = found.stx_attributes.intersects(StatxAttributes::IMMUTABLE | StatxAttributes::APPEND);
    let has_mount = found.stx_mask & mount_id.bits() != 0;
    Marks { is_fixed, mount: has_mount.then_some(found.stx_mnt_id) }
}

/// Of this file or folder, not of what a link leads to. macOS mounts no single files.
#[cfg(target_os = "macos")]
pub fn marks(path: &Path) -> Marks {
    use std::os::macos::fs::MetadataExt;

    /// `UF_IMMUTABLE`, `UF_APPEND`, `SF_IMMUTABLE` and `SF_APPEND` of `sys/stat.h`.
    const FIXED: u32 = 0x2 | 0x4 | 0x2_0000 | 0x4_0000;
    let flags = std::fs::symlink_metadata(path).map_or(0, |metadata| metadata.st_flags());
    Marks { is_fixed: flags & FIXED != 0, mount: None }
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
pub fn marks(_path: &Path) -> Marks {
    Marks::default()
}
