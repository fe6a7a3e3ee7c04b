//! The places that hold secrets, and what lets Wick write there.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;

use super::waiting::{Patience, Stop};
use crate::domain::credential::KeptIn;
use crate::domain::keyring::KeyringError;
use crate::domain::network::Trusted;
use crate::domain::secret::Secret;
use crate::domain::settings::{GithubSettings, ProfileName, Store};
use crate::domain::sync::{Failure, Listed, Listing, Refusal, TokenSource};
use crate::domain::system::SystemError;

/// One GitHub, with one token. Asks once: whoever uses it waits and tries again.
#[async_trait(?Send)]
pub trait Github {
    /// One of its stores; asks for nothing yet.
    fn place(&self, store: &Store) -> Box<dyn SecretSink>;
    /// Whose the token is.
    async fn user(&self) -> Result<User, Refusal>;
    /// The repositories, as `owner/name`, that the token may write to.
    async fn repositories(&self) -> Result<Vec<String>, Refusal>;
}

/// A place of GitHub's that holds secrets.
#[async_trait(?Send)]
pub trait SecretSink {
    /// What it holds under these names, and whether it is there at all. `etag` is that of an earlier listing.
    async fn list(&mut self, names: &[String], etag: Option<&str>) -> Result<Listing, Refusal>;
    /// The names of all that it holds and are `wanted`, in upper case, each with when it was last written.
    async fn find(
        &mut self,
        wanted: &dyn for<'name> Fn(&'name str) -> bool,
    ) -> Result<BTreeMap<String, Option<Timestamp>>, Refusal>;
    /// The names of the environments of the repository that it is of.
    async fn environments(&mut self) -> Result<Vec<String>, Refusal>;
    /// Writes one secret. `listed` is what the last listing said of it.
    async fn put(&mut self, name: &str, value: &Secret, listed: Option<&Listed>) -> Result<Put, Refusal>;
    /// Deletes one; one that is not there is deleted already.
    async fn delete(&mut self, name: &str) -> Result<(), Refusal>;
}

/// What became of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Put {
    /// Whether the secret was not there before.
    pub created: bool,
    /// When, on GitHub's clock, where it said so.
    pub at: Option<Timestamp>,
}

/// Whose a token is, and what it may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub login: String,
    /// A classic token's scopes; `None` for a fine-grained one.
    pub scopes: Option<String>,
    /// When the token ends.
    pub expires: Option<Timestamp>,
}

/// Connects to the GitHub that the settings name.
pub type GithubOpener = Arc<dyn Fn(&GithubSettings, &Secret) -> Result<Box<dyn Github>, Failure> + Send + Sync>;

/// The GitHub tokens of this computer. Calls block.
pub trait GithubTokens: Send + Sync {
    /// The first of those that were given for this host, and that GitHub has not refused.
    fn find(&self, host: &str, patience: Patience, refused: &[FoundToken]) -> Result<FoundToken, Failure>;
    /// Keeps one for this host. An error says why not.
    fn store(&self, host: &str, token: &Secret) -> Result<(), KeyringError>;
    /// Whether one is kept, or may be where a keyring does not say.
    fn is_kept(&self, host: &str) -> bool;
    /// Forgets the one that was kept. Says whether there was one.
    fn remove(&self, host: &str) -> Result<bool, KeyringError>;
}

/// A token and where it was found.
#[derive(Clone, Debug)]
pub struct FoundToken {
    pub token: Secret,
    pub source: TokenSource,
}

/// Runs the commands of command targets. Calls block.
pub trait CommandRunner: Send + Sync {
    /// Runs one with `input` on its standard input, for a minute at most and no longer than until `stop` is set. What it
    /// says is shown without any of `secrets`.
    fn deliver(&self, command: &[String], input: &Secret, secrets: &[Secret], stop: &Stop) -> Result<(), Failure>;
}

/// The one-year tokens for CI, one a profile. Calls block.
pub trait CiTokens: Send + Sync {
    /// The token of this profile; `None` where none is stored. What is locked is opened only after a click.
    fn read(&self, profile: &ProfileName, patience: Patience) -> Result<Option<Secret>, KeyringError>;
    /// Keeps one, and says where.
    fn store(&self, profile: &ProfileName, token: &Secret) -> Result<KeptIn, KeyringError>;
    /// Forgets it. Says whether there was one.
    fn remove(&self, profile: &ProfileName) -> Result<bool, KeyringError>;
    /// Keeps out, until what is returned is dropped, whoever else changes one in several steps. Waits for some seconds.
    fn lock(&self) -> Result<Box<dyn Send>, SystemError>;
}

/// Looks for the certificates that are trusted beside the system's.
pub type TrustedCertificates = Arc<dyn Fn() -> Trusted + Send + Sync>;
