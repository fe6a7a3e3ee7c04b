//! The keychain first, then the file: the order of Claude Code on macOS, where the file may be a stale leftover.

use std::path::PathBuf;
use std::sync::Arc;

use crate::domain::credential::{Contents, Location, Problem, Reading};
use crate::ports::{CredentialStore, Patience, Stamp, Versioned};

/// Two places, of which the first that holds a sign-in counts.
pub struct AutoStore {
    first: Arc<dyn CredentialStore>,
    second: Arc<dyn CredentialStore>,
}

impl AutoStore {
    /// `first` counts unless it is known to hold no sign-in.
    pub fn new(first: Arc<dyn CredentialStore>, second: Arc<dyn CredentialStore>) -> Self {
        Self { first, second }
    }
}

impl CredentialStore for AutoStore {
    fn location(&self) -> Location {
        self.first.location()
    }

    fn read(&self, patience: Patience) -> Reading {
        let first = self.first.read(patience);
        if !matches!(first.outcome, Err(Problem::Absent) | Ok(Contents::NoSignIn)) {
            return first;
        }
        let second = self.second.read(patience);
        // With neither there, the first is where the sign-in is going to be.
        let absent = matches!(second.outcome, Err(Problem::Absent | Problem::FolderAbsent) | Ok(Contents::NoSignIn));
        if absent { first } else { second }
    }
}

impl Versioned for AutoStore {
    fn stamp(&self) -> Stamp {
        let mut parts = self.first.stamp().0;
        parts.extend(self.second.stamp().0);
        Stamp(parts)
    }

    fn watched(&self) -> Vec<(PathBuf, Vec<String>)> {
        let mut folders = self.first.watched();
        for (folder, names) in self.second.watched() {
            match folders.iter_mut().find(|(known, _)| *known == folder) {
                Some((_, known)) => known.extend(names),
                None => folders.push((folder, names)),
            }
        }
        folders
    }
}
