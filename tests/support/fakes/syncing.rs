//! A GitHub without a network, commands that are not run, and a token that is always there.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use wick::domain::credential::KeptIn;
use wick::domain::keyring::KeyringError;
use wick::domain::secret::Secret;
use wick::domain::settings::{ProfileName, Store};
use wick::domain::sync::{Failure, Listed, Listing, Refusal, TokenSource};
use wick::domain::system::SystemError;
use wick::domain::uninstall::InTheWay;
use wick::ports::{
    CiTokens, CommandRunner, FoundToken, Github, GithubOpener, GithubTokens, Patience, Put, SecretSink, StateFolder,
    Stop, SyncLock, User,
};

use super::lock;

/// What all places hold, by `target NAME`, and how they refuse.
#[derive(Default)]
pub struct FakeGithub(Arc<Shared>);

#[derive(Default)]
struct Shared {
    secrets: Mutex<BTreeMap<String, String>>,
    refusals: Mutex<BTreeMap<String, Refusal>>,
    writes: Mutex<usize>,
}

impl FakeGithub {
    pub fn opener(&self) -> GithubOpener {
        let shared = Arc::clone(&self.0);
        Arc::new(move |_, _| Ok(Box::new(FakeApi(Arc::clone(&shared)))))
    }

    /// What stands there; tests give it sentinel tokens only.
    pub fn secret(&self, target: &str, name: &str) -> Option<String> {
        lock(&self.0.secrets).get(&format!("{target} {name}")).cloned()
    }

    /// Refuses every write to this target from now on.
    pub fn refuse(&self, target: &str, refusal: Refusal) {
        lock(&self.0.refusals).insert(target.to_owned(), refusal);
    }

    /// Refuses nothing from now on.
    pub fn relent(&self) {
        lock(&self.0.refusals).clear();
    }

    pub fn writes(&self) -> usize {
        *lock(&self.0.writes)
    }
}

struct FakeApi(Arc<Shared>);

#[async_trait(?Send)]
impl Github for FakeApi {
    fn place(&self, store: &Store) -> Box<dyn SecretSink> {
        Box::new(FakeSink { shared: Arc::clone(&self.0), target: store.to_string() })
    }

    async fn user(&self) -> Result<User, Refusal> {
        Ok(User { login: "ada".to_owned(), scopes: None, expires: None })
    }

    async fn repositories(&self) -> Result<Vec<String>, Refusal> {
        Ok(Vec::new())
    }
}

struct FakeSink {
    shared: Arc<Shared>,
    target: String,
}

#[async_trait(?Send)]
impl SecretSink for FakeSink {
    async fn list(&mut self, names: &[String], _etag: Option<&str>) -> Result<Listing, Refusal> {
        let secrets = lock(&self.shared.secrets);
        let there = names.iter().filter(|name| secrets.contains_key(&format!("{} {name}", self.target)));
        let listed = there.map(|name| (name.clone(), Listed::default()));
        Ok(Listing { secrets: listed.collect(), ..Listing::default() })
    }

    async fn environments(&mut self) -> Result<Vec<String>, Refusal> {
        Ok(Vec::new())
    }

    async fn find(
        &mut self,
        _wanted: &dyn for<'name> Fn(&'name str) -> bool,
    ) -> Result<std::collections::BTreeMap<String, Option<jiff::Timestamp>>, Refusal> {
        Ok(std::collections::BTreeMap::new())
    }

    async fn put(&mut self, name: &str, value: &Secret, _listed: Option<&Listed>) -> Result<Put, Refusal> {
        if let Some(refusal) = lock(&self.shared.refusals).get(&self.target) {
            return Err(refusal.clone());
        }
        *lock(&self.shared.writes) += 1;
        let key = format!("{} {name}", self.target);
        let before = lock(&self.shared.secrets).insert(key, value.expose().to_owned());
        Ok(Put { created: before.is_none(), at: None })
    }

    async fn delete(&mut self, name: &str) -> Result<(), Refusal> {
        lock(&self.shared.secrets).remove(&format!("{} {name}", self.target));
        Ok(())
    }
}

/// A computer without programs: commands are tested with real processes.
pub struct NoCommands;

impl CommandRunner for NoCommands {
    fn deliver(&self, command: &[String], _input: &Secret, _secrets: &[Secret], _stop: &Stop) -> Result<(), Failure> {
        Err(Failure::CommandNotFound { program: command.join(" ") })
    }
}

/// A command that does nothing, and works or not.
#[derive(Default)]
pub struct FakeCommand {
    pub works: AtomicBool,
    pub ran: AtomicUsize,
}

impl CommandRunner for FakeCommand {
    fn deliver(&self, command: &[String], input: &Secret, secrets: &[Secret], stop: &Stop) -> Result<(), Failure> {
        self.ran.fetch_add(1, Ordering::SeqCst);
        if self.works.load(Ordering::SeqCst) { Ok(()) } else { NoCommands.deliver(command, input, secrets, stop) }
    }
}

pub struct OneToken;

impl GithubTokens for OneToken {
    fn find(&self, _host: &str, _patience: Patience, _refused: &[FoundToken]) -> Result<FoundToken, Failure> {
        Ok(FoundToken { token: Secret::from("tok-sentinel-github".to_owned()), source: TokenSource::Stored })
    }

    fn store(&self, _host: &str, _token: &Secret) -> Result<(), KeyringError> {
        Err(KeyringError::Absent)
    }

    fn is_kept(&self, _host: &str) -> bool {
        true
    }

    fn remove(&self, _host: &str) -> Result<bool, KeyringError> {
        Ok(false)
    }
}

/// A lock that nobody else wants, until it is told that someone does. Counts who asks.
#[derive(Default)]
pub struct FakeSyncLock {
    pub taken: AtomicBool,
    asked: AtomicUsize,
}

impl FakeSyncLock {
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl SyncLock for FakeSyncLock {
    fn take(&self) -> Result<Option<Box<dyn Send>>, SystemError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        Ok((!self.taken.load(Ordering::SeqCst)).then(|| Box::new(()) as Box<dyn Send>))
    }
}

/// Nothing is stored.
pub struct NoCiTokens;

impl CiTokens for NoCiTokens {
    fn read(&self, _: &ProfileName, _: Patience) -> Result<Option<Secret>, KeyringError> {
        Ok(None)
    }

    fn store(&self, _: &ProfileName, _: &Secret) -> Result<KeptIn, KeyringError> {
        Err(KeyringError::Absent)
    }

    fn remove(&self, _: &ProfileName) -> Result<bool, KeyringError> {
        Ok(false)
    }

    fn lock(&self) -> Result<Box<dyn Send>, SystemError> {
        Ok(Box::new(()))
    }
}

/// A folder that was never made.
pub struct NoStateFolder;

impl StateFolder for NoStateFolder {
    fn path(&self) -> PathBuf {
        PathBuf::from("/state/wick")
    }

    fn look(&self) -> Result<(bool, Vec<PathBuf>), SystemError> {
        Ok((false, Vec::new()))
    }

    fn hold(&self) -> Result<Result<Box<dyn Send>, InTheWay>, SystemError> {
        Ok(Ok(Box::new(())))
    }

    fn remove(&self) -> Result<(), SystemError> {
        Ok(())
    }
}
