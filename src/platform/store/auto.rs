//! The keychain first, then the file: the order of Claude Code on macOS, where the file may be a stale leftover.

use std::path::PathBuf;
use std::sync::Arc;

use crate::domain::credential::{Contents, Location, Problem, Reading};
use crate::ports::{CredentialStore, Patience, Stamp, Versioned};

/// Two places: the first counts unless it is known to hold no sign-in.
pub struct AutoStore(pub Arc<dyn CredentialStore>, pub Arc<dyn CredentialStore>);

impl CredentialStore for AutoStore {
    fn location(&self) -> Location {
        self.0.location()
    }

    fn read(&self, patience: Patience) -> Reading {
        let first = self.0.read(patience);
        if !matches!(first.outcome, Err(Problem::Absent) | Ok(Contents::NoSignIn { .. })) {
            return first;
        }
        let second = self.1.read(patience);
        // With neither there, the first is where the sign-in is going to be.
        let absent =
            matches!(second.outcome, Err(Problem::Absent | Problem::FolderAbsent) | Ok(Contents::NoSignIn { .. }));
        if absent { first } else { second }
    }
}

impl Versioned for AutoStore {
    fn stamp(&self) -> Stamp {
        Stamp([self.0.stamp().0, self.1.stamp().0].concat())
    }

    fn watched(&self) -> Vec<(PathBuf, Vec<String>)> {
        [self.0.watched(), self.1.watched()].concat()
    }
}
