//! Which files in the state folder are Wick's own, and their end.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::at::At;
use super::private_file::{self, Locked};
use super::{atomic_file, instance, sync_lock};
use crate::domain::order::sorted;
use crate::domain::system::SystemError;
use crate::domain::uninstall::InTheWay;
use crate::ports::StateFolder;

/// Held by the running app.
const APP: &str = "app.lock";
/// More than any process number has digits.
const NUMBER: u64 = 32;

/// Files that have one name.
const NAMES: [&str; 16] = [
    "state.json",
    "state.json.broken",
    "state.lock",
    "sync.log",
    "sync.log.broken",
    sync_lock::SYNC,
    sync_lock::ROTATION,
    sync_lock::CI_TOKEN,
    "wick.log",
    "wick.log.1",
    APP,
    instance::SOCKET,
    "doctor.txt",
    "sign-in.command",
    "ci-token.command",
    "set-up.command",
];
/// How others begin: what another version left, one-year tokens, and locks, which end so.
const BEGINNINGS: [(&str, &str); 4] =
    [("state.json.schema-", ""), ("sync.log.schema-", ""), ("ci-token-", ""), ("refresh-", LOCK)];
const LOCK: &str = ".lock";

/// The state folder, at this path.
#[derive(Debug)]
pub struct OwnFolder(pub PathBuf);

impl OwnFolder {
    /// Wick's own files, and the rest.
    fn entries(&self) -> io::Result<(Vec<PathBuf>, Vec<PathBuf>)> {
        let entries = match fs::read_dir(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((Vec::new(), Vec::new())),
            entries => entries?,
        };
        let (mut own, mut others) = (Vec::new(), Vec::new());
        for entry in entries {
            let entry = entry?;
            let is_own = is_own(&entry.file_name().to_string_lossy()) && !entry.file_type()?.is_dir();
            if is_own { own.push(entry.path()) } else { others.push(entry.path()) }
        }
        Ok((own, sorted(others, Ord::cmp)))
    }
}

/// A journal is none: what it holds may be nowhere else.
fn is_own(name: &str) -> bool {
    let begins = |(start, end): (&str, &str)| name.starts_with(start) && name.ends_with(end);
    NAMES.contains(&name) || BEGINNINGS.into_iter().any(begins) || atomic_file::is_left_over(name)
}

/// Whether whoever works in the folder has this one all the while.
fn is_a_lock(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    [APP, sync_lock::SYNC, sync_lock::ROTATION].contains(&&*name)
        || (name.starts_with("refresh-") && name.ends_with(LOCK))
}

impl StateFolder for OwnFolder {
    fn path(&self) -> PathBuf {
        self.0.clone()
    }

    fn look(&self) -> Result<(bool, Vec<PathBuf>), SystemError> {
        let (own, others) = self.entries().at(&self.0)?;
        Ok((!own.is_empty(), others))
    }

    fn hold(&self) -> Result<Result<Box<dyn Send>, InTheWay>, SystemError> {
        let (own, _) = self.entries().at(&self.0)?;
        let mut held = Vec::new();
        for path in own.into_iter().filter(|path| is_a_lock(path)) {
            let file = private_file::open_regular(&path).at(&path)?;
            if private_file::try_lock(&file).at(&path)? {
                held.push(Locked(file));
            } else if path.ends_with(APP) {
                let mut text = String::new();
                (&file).take(NUMBER).read_to_string(&mut text).at(&path)?;
                return Ok(Err(InTheWay::App(text.trim().parse().ok())));
            } else {
                return Ok(Err(InTheWay::Busy(path.display().to_string())));
            }
        }
        Ok(Ok(Box::new(held)))
    }

    fn remove(&self) -> Result<(), SystemError> {
        let (own, others) = self.entries().at(&self.0)?;
        for path in own {
            private_file::remove(&path).at(&path)?;
        }
        if !others.is_empty() {
            return Ok(());
        }
        match fs::remove_dir(&self.0) {
            // What came since is not Wick's, and a link to another disk is the user's own.
            Err(error) if !is_kept(error.kind()) => Err(error).at(&self.0),
            _ => Ok(()),
        }
    }
}

fn is_kept(error: io::ErrorKind) -> bool {
    matches!(error, io::ErrorKind::NotFound | io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::NotADirectory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_and_what_a_user_wrote_are_not_wicks_to_remove() {
        for (name, own) in [
            ("state.json", true),
            ("state.json.schema-2", true),
            ("ci-token-work", true),
            ("refresh-0a1b2c3d.lock", true),
            ("doctor.txt.new", true),
            (".wick-0a1b2c3d", true),
            ("journal-0a1b2c3d", false),
            ("state.json.mine", false),
            ("refresh-notes.txt", false),
            ("wick.log.gz", false),
        ] {
            assert_eq!(is_own(name), own, "{name}");
        }
    }
}
