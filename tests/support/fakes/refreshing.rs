//! What a refresh needs of its surroundings, without a disk and a server.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use wick::domain::credential::{CheckFailure, NotProven, Problem};
use wick::domain::network::NetworkError;
use wick::domain::refresh::{Answer, ClaudeError, Failure, Intent, NewTokens, Overwrite, Record, WriteError};
use wick::domain::secret::Secret;
use wick::domain::settings::CredentialSettings;
use wick::ports::{
    ClaudeProgram, Connection, CredentialWriter, HeldLocks, Journal, LockError, RefreshLocks, Stop, TokenEndpoint,
};

use super::{FakeStore, lock};

/// Writes into the store that is read.
pub struct FakeWriter(pub Arc<FakeStore>);

impl CredentialWriter for FakeWriter {
    fn load(&self) -> Result<Secret, Problem> {
        lock(&self.0.content).clone().map(Secret::from)
    }

    fn tidy(&self) {}

    fn prove(&mut self, bytes: usize) -> Result<(), WriteError> {
        let longest = self.0.longest.load(Ordering::SeqCst);
        if bytes > longest { Err(WriteError::TooLong(bytes)) } else { Ok(()) }
    }

    fn is_in_place(&self) -> bool {
        false
    }

    fn holds_a_part_of(&self, _overwrite: &Overwrite) -> bool {
        false
    }

    fn replace(&mut self, text: &Secret) -> Result<(), WriteError> {
        self.0.put(text.expose());
        Ok(())
    }
}

/// Keeps nothing: what a crash leaves is tested with real processes.
pub struct NoJournal;

impl Journal for NoJournal {
    fn load(&self) -> Result<Option<Record>, WriteError> {
        Ok(None)
    }

    fn reserve(&mut self, _overwrite: usize) -> Result<(), WriteError> {
        Ok(())
    }

    fn begin(&mut self, _intent: &Intent) -> Result<(), WriteError> {
        Ok(())
    }

    fn answer(&mut self, _intent: &Intent, _answer: &NewTokens) -> Result<(), WriteError> {
        Ok(())
    }

    fn cover(&mut self, _answer: &NewTokens, _overwrite: &Overwrite) -> Result<(), WriteError> {
        Ok(())
    }

    fn discard(&mut self) -> Result<(), WriteError> {
        Ok(())
    }
}

/// Locks that nobody else wants.
pub struct FreeLocks;

impl RefreshLocks for FreeLocks {
    fn clear(&self) {}

    fn take(&self, _stop: &Stop) -> Result<Box<dyn HeldLocks>, LockError> {
        Ok(Box::new(Self))
    }
}

impl HeldLocks for FreeLocks {
    fn are_ours(&self) -> bool {
        true
    }

    fn take_storage(&self, _stop: &Stop) -> Result<Box<dyn Send>, LockError> {
        Ok(Box::new(()))
    }
}

/// Answers what it is told to, and counts. Eight hours each, until told otherwise.
#[derive(Default)]
pub struct FakeTokenEndpoint {
    next: Mutex<Option<Result<(u16, String), Failure>>>,
    posts: AtomicUsize,
    sent: Arc<AtomicUsize>,
}

impl FakeTokenEndpoint {
    /// Answers so from now on.
    pub fn answer(&self, status: u16, body: &str) {
        *lock(&self.next) = Some(Ok((status, body.to_owned())));
    }

    /// Is out of reach from now on.
    pub fn vanish(&self) {
        *lock(&self.next) = Some(Err(Failure::Offline(NetworkError::System("no way there".to_owned()))));
    }

    /// Grants from now on.
    pub fn grant(&self) {
        *lock(&self.next) = None;
    }

    pub fn posts(&self) -> usize {
        self.posts.load(Ordering::SeqCst)
    }

    /// How many connections something was sent over.
    pub fn sent(&self) -> usize {
        self.sent.load(Ordering::SeqCst)
    }
}

impl TokenEndpoint for FakeTokenEndpoint {
    fn connect(&self, _url: &str, _body: &Secret) -> Result<Box<dyn Connection>, Failure> {
        Ok(Box::new(Connected(self.answered(), Arc::clone(&self.sent))))
    }
}

/// What it answers, whenever that is asked for.
struct Connected(Result<Answer, Failure>, Arc<AtomicUsize>);

impl Connection for Connected {
    fn send(self: Box<Self>) -> Result<Answer, Failure> {
        self.1.fetch_add(1, Ordering::SeqCst);
        self.0
    }
}

impl FakeTokenEndpoint {
    fn answered(&self) -> Result<Answer, Failure> {
        let number = self.posts.fetch_add(1, Ordering::SeqCst);
        let granted = format!(
            r#"{{"access_token":"tok-sentinel-a{number}","refresh_token":"tok-sentinel-r{number}","expires_in":28800}}"#
        );
        let (status, body) = lock(&self.next).clone().unwrap_or(Ok((200, granted)))?;
        Ok(Answer { status, retry_after: None, body: Some(Secret::from(body)) })
    }
}

pub struct NoClaude;

impl ClaudeProgram for NoClaude {
    fn renew(
        &self,
        _settings: &CredentialSettings,
        _changed: &dyn Fn() -> bool,
        _stop: &Stop,
    ) -> Result<(), ClaudeError> {
        Err(ClaudeError::NotFound)
    }

    fn make_token(&self, _settings: &CredentialSettings) -> Result<Box<dyn std::io::Read + Send>, NotProven> {
        Err(NotProven::NoClaude)
    }

    fn try_token(&self, _token: &Secret, _stop: &Stop) -> Result<(), CheckFailure> {
        Err(NotProven::NoClaude.into())
    }
}
