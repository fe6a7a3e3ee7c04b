//! The sign-in's place: read, written, journaled and locked; and who gives new tokens.

use std::io::Read;
use std::sync::Arc;

use super::waiting::{Patience, Stop};
use super::watching::Versioned;
use crate::domain::credential::{CheckFailure, Location, NotProven, Overruling, Problem, Reading};
use crate::domain::fingerprint::Fingerprint;
use crate::domain::refresh::{Answer, ClaudeError, Failure, Intent, NewTokens, Overwrite, Record, WriteError};
use crate::domain::secret::Secret;
use crate::domain::settings::CredentialSettings;
use crate::domain::system::SystemError;

/// A place that a credential is read from. Calls block; none is made on the loop's thread.
pub trait CredentialStore: Versioned {
    /// Where this is, before anything was read.
    fn location(&self) -> Location;
    /// Reads it. What went wrong is part of the reading.
    fn read(&self, patience: Patience) -> Reading;
}

/// Gives the store that the settings name.
pub type StoreOpener = Arc<dyn Fn(&CredentialSettings) -> Arc<dyn CredentialStore> + Send + Sync>;

/// Finds what Claude Code uses instead of the sign-in under these settings, the strongest first. Blocks.
pub type OverrulingFinder = Arc<dyn Fn(&CredentialSettings) -> Vec<Overruling> + Send + Sync>;

/// Finds the refresh token that an earlier refresh of a place has spent. Blocks.
pub type SpentFinder = Arc<dyn Fn(&Location) -> Option<Fingerprint> + Send + Sync>;

/// The side of a credential's place that writes. Calls block. In mode `never` none is made.
pub trait CredentialWriter: Send + Sync {
    /// What stands there now, as text.
    fn load(&self) -> Result<Secret, Problem>;
    /// Removes what a killed run left beside it. To be called under the locks.
    fn tidy(&self);
    /// Does with the bytes that stand there, so many of them, all that `replace` will do with new ones, and keeps room for
    /// those until this is dropped. To be called under the lock for writing: nothing is different afterwards.
    fn prove(&mut self, bytes: usize) -> Result<(), WriteError>;
    /// Whether `replace` writes over the bytes where they stand, by what was proven: cut off, it leaves a mixture, which the
    /// journal has to be able to explain.
    fn is_in_place(&self) -> bool;
    /// Whether what stands there is what this left when it was cut off.
    fn holds_a_part_of(&self, overwrite: &Overwrite) -> bool;
    /// What stands there, whoever wrote it, is on the disk when this returns, where it is this computer's to see to.
    fn settle(&self) -> Result<(), WriteError> {
        Ok(())
    }
    /// Writes this in place of what stands there, and reads it back.
    fn replace(&mut self, text: &Secret) -> Result<(), WriteError>;
}

/// Where a refresh notes what it is about to do and what came of it, so that a crash loses neither. One per source.
/// Calls block.
pub trait Journal: Send + Sync {
    /// What an earlier run left.
    fn load(&self) -> Result<Option<Record>, WriteError>;
    /// Takes room on the disk for all that may be noted: the intent, the answer, and an [`Overwrite`] of texts of so many
    /// bytes. What takes no room before it is written does nothing.
    fn reserve(&mut self, overwrite: usize) -> Result<(), WriteError>;
    /// Notes the intent, on the disk when this returns. From here on the token counts as spent, unless it is discarded.
    fn begin(&mut self, intent: &Intent) -> Result<(), WriteError>;
    /// Notes the answer, on the disk when this returns.
    fn answer(&mut self, intent: &Intent, answer: &NewTokens) -> Result<(), WriteError>;
    /// Notes the answer, which may be there already, and what is about to be written over what, on the disk when this
    /// returns.
    fn cover(&mut self, answer: &NewTokens, overwrite: &Overwrite) -> Result<(), WriteError>;
    /// Forgets it all.
    fn discard(&mut self) -> Result<(), WriteError>;
}

/// The locks that keep two programs from spending one refresh token. Calls block.
pub trait RefreshLocks: Send + Sync {
    /// Removes the locks that a killed Wick left, at once and not after a minute. Does nothing while another Wick runs.
    fn clear(&self);
    /// Takes Wick's own lock and both of Claude Code's, waiting a few seconds while others have them.
    fn take(&self, stop: &Stop) -> Result<Box<dyn HeldLocks>, LockError>;
}

/// Held until dropped; a thread of their own keeps them fresh.
pub trait HeldLocks {
    /// Whether all are still ours: while a laptop slept, others may have taken them for left behind.
    fn are_ours(&self) -> bool;
    /// Takes the lock under which the credential is written, for less than a second; freed by dropping.
    fn take_storage(&self, stop: &Stop) -> Result<Box<dyn Send>, LockError>;
}

/// Why a lock is not ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LockError {
    /// Someone else has it: the path of one of Claude Code's locks, or `None` where another Wick is at it.
    Busy(Option<String>),
    /// In this folder nothing can be removed again: it is marked as immutable or append-only.
    Flagged(String),
    /// What stands at this path is no lock, and nothing that a program could remove as one.
    NotALock(String),
    /// The program is ending.
    Stopped,
    /// It cannot be made.
    Failed(SystemError),
}

/// What it means for what was to be written.
impl From<LockError> for WriteError {
    fn from(error: LockError) -> Self {
        match error {
            LockError::Busy(path) => path.map_or(Self::Unknown, Self::LockHeld),
            LockError::Stopped => Self::Unknown,
            LockError::Flagged(path) => Self::Flagged(path),
            LockError::NotALock(path) => Self::NotALock(path),
            LockError::Failed(error) => Self::System(error),
        }
    }
}

/// Everything that a refresh of one place writes with.
pub struct Tools {
    pub writer: Box<dyn CredentialWriter>,
    pub journal: Box<dyn Journal>,
    pub locks: Box<dyn RefreshLocks>,
}

/// Makes the tools for the place that a credential was read from.
pub type ToolsOpener = Arc<dyn Fn(&CredentialSettings, &Location) -> Tools + Send + Sync>;

/// The server that gives new tokens for a refresh token. Calls block.
pub trait TokenEndpoint: Send + Sync {
    /// Resolves the name and opens a connection for one POST of this body, of which nothing is sent yet.
    fn connect(&self, url: &str, body: &Secret) -> Result<Box<dyn Connection>, Failure>;
}

pub trait Connection {
    /// One POST, never repeated and never redirected, 15 s in all since the connection was asked for.
    fn send(self: Box<Self>) -> Result<Answer, Failure>;
}

/// The installed Claude Code. Calls block.
pub trait ClaudeProgram: Send + Sync {
    /// Runs what is known to make it refresh, until `changed` says so. An error says why nothing could be run.
    fn renew(&self, settings: &CredentialSettings, changed: &dyn Fn() -> bool, stop: &Stop) -> Result<(), ClaudeError>;
    /// Has it make a one-year token, by the answers of whoever sits at the terminal. What it prints is to be read from what
    /// is returned.
    fn make_token(&self, settings: &CredentialSettings) -> Result<Box<dyn Read + Send>, NotProven>;
    /// Has it ask Anthropic one short question with this one-year token and nothing else to sign in with, which uses a
    /// little of the plan. `Ok` where an answer came.
    fn try_token(&self, token: &Secret, stop: &Stop) -> Result<(), CheckFailure>;
}
