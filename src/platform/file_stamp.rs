//! One version of a file, by attributes alone.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::ports::Stamp;

/// The version of the file that this path leads to, or of its absence.
pub fn of(path: &Path) -> Stamp {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) => {
            let folder_is_there = path.parent().is_some_and(Path::is_dir);
            return Stamp(vec![error.raw_os_error().unwrap_or(-1).into(), i64::from(folder_is_there)]);
        }
    };
    #[expect(clippy::cast_possible_wrap, reason = "only compared")]
    let identity = [metadata.dev() as i64, metadata.ino() as i64, metadata.size() as i64];
    // The change time moves with mode and owner too, which decide whether the file can be read.
    let times = [metadata.mtime(), metadata.mtime_nsec(), metadata.ctime(), metadata.ctime_nsec()];
    Stamp([identity.as_slice(), times.as_slice()].concat())
}

/// Where changes of a file show: its folder, and that of the file which a symbolic link leads to.
pub fn watched(path: &Path) -> Vec<(PathBuf, Vec<String>)> {
    let place = |path: &Path| {
        let name = path.file_name()?.to_string_lossy().into_owned();
        Some((path.parent()?.to_owned(), vec![name]))
    };
    let own = place(path);
    let real = path.canonicalize().ok().and_then(|real| place(&real));
    let same = |own: &Path, real: &Path| own.canonicalize().is_ok_and(|own| own == real);
    let elsewhere = real.filter(|(real, _)| own.as_ref().is_some_and(|(own, _)| !same(own, real)));
    own.into_iter().chain(elsewhere).collect()
}
