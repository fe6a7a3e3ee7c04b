//! Files that are nobody else's business: mode 0600 in a folder of mode 0700, replaced as a whole or not at all.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Others' permission bits.
const OTHERS: u32 = 0o077;

/// Makes a folder of Wick's own where it is missing, and closes it to others where it is open to them.
pub fn create_folder(folder: &Path) -> io::Result<()> {
    make_missing(folder)?;
    let open = fs::metadata(folder)?.permissions().mode() & OTHERS;
    if open == 0 { Ok(()) } else { fs::set_permissions(folder, fs::Permissions::from_mode(0o700)) }
}

/// Makes the folder, and those above it, where they are missing.
fn make_missing(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Replaces a file: readers see the old content or the new one, also after a power cut.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    create_folder(folder)?;
    // The crate makes its files with mode 0600.
    let mut temporary = tempfile::Builder::new().prefix(".wick-").tempfile_in(folder)?;
    temporary.write_all(content)?;
    temporary.as_file().sync_all()?;
    temporary.persist(path).map_err(|error| error.error)?;
    File::open(folder)?.sync_all()
}

/// Replaces a file that others know of too, in a folder whose mode is not ours to change: through a symbolic link, and with
/// the mode that it has.
pub fn replace_in_place(path: &Path, content: &[u8]) -> io::Result<()> {
    // The file itself, where a link stands for it: many keep their settings elsewhere.
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let folder = real.parent().unwrap_or_else(|| Path::new("."));
    make_missing(folder)?;
    let mut temporary = tempfile::Builder::new().prefix(".wick-").tempfile_in(folder)?;
    temporary.write_all(content)?;
    if let Ok(metadata) = fs::metadata(&real) {
        temporary.as_file().set_permissions(metadata.permissions())?;
    }
    temporary.as_file().sync_all()?;
    temporary.persist(&real).map(drop).map_err(|error| error.error)
}

/// Opens a file for locking or appending, and makes it where it is missing.
pub fn open_or_create(path: &Path) -> io::Result<File> {
    create_folder(path.parent().unwrap_or_else(|| Path::new(".")))?;
    OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path)
}

/// Writes a file that must not exist yet.
pub fn create_new(path: &Path, content: &[u8]) -> io::Result<()> {
    // Any folder may be named, such as the home folder: its mode is not ours to change.
    make_missing(path.parent().unwrap_or_else(|| Path::new(".")))?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}
