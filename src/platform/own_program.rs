//! Where this program is, for what starts it another time.

use std::ffi::OsStr;
use std::path::{self, PathBuf};
use std::{env, io};

/// The link in `PATH`, or the one that it was started by, where one leads to it; else the program itself. A link stays
/// where an upgrade puts the next version into another folder.
pub(super) fn find(path: &OsStr) -> io::Result<PathBuf> {
    let program = env::current_exe()?;
    let real = program.canonicalize()?;
    let in_path = env::split_paths(path).filter(|folder| folder.is_absolute()).map(|folder| folder.join("wick"));
    // A bare name was found in `PATH`.
    let named = env::args_os().next().map(PathBuf::from).filter(|named| named.components().count() > 1);
    let named = named.and_then(|named| path::absolute(named).ok());
    let mut links = in_path.chain(named).filter(|link| link.canonicalize().is_ok_and(|target| target == real));
    Ok(links.next().unwrap_or(program))
}
