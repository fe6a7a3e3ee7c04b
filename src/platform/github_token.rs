//! The GitHub tokens of this computer, in the order in which they are tried. None is given to a host that it is not for.

use std::iter;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use super::environment::Environment;
use super::keyring::{self, Key};
use super::{process, program};
use crate::domain::keyring::KeyringError;
use crate::domain::secret::Secret;
use crate::domain::settings::GithubSettings;
use crate::domain::sync::{Failure, TokenSource};
use crate::ports::{FoundToken, GithubTokens, Patience};

/// What `gh` gets: it looks into its own file or keyring.
const BACKGROUND_LIMIT: Duration = Duration::from_secs(5);
/// Someone may be approving a prompt.
const CLICK_LIMIT: Duration = Duration::from_secs(60);

/// The environment, then `gh`, then what Wick keeps itself.
pub struct SystemGithubTokens(pub Arc<Environment>);

impl SystemGithubTokens {
    fn of_environment(&self, host: &str) -> impl Iterator<Item = (TokenSource, Secret)> {
        let by_github = GithubSettings::is_hosted_by_github(host);
        let tokens = if by_github { &self.0.github_tokens } else { &self.0.github_enterprise_tokens };
        tokens.iter().map(|(name, token)| (TokenSource::Variable(name), token.clone()))
    }

    fn of_gh(&self, host: &str, patience: Patience) -> Option<(TokenSource, Secret)> {
        let gh = program::find("gh", &self.0)?;
        let mut command = Command::new(&gh);
        command.args(["auth", "token", "--hostname", host]).env("GH_PROMPT_DISABLED", "1");
        let limit = if patience == Patience::Click { CLICK_LIMIT } else { BACKGROUND_LIMIT };
        match process::run(&mut command, limit) {
            Ok(output) if output.status.success() => {
                let token = String::from_utf8_lossy(&output.stdout).into_owned();
                Some((TokenSource::Gh(gh.display().to_string()), Secret::from(token)))
            }
            // Not logged in to this host.
            Ok(_) => None,
            Err(error) => {
                tracing::warn!("{} auth token gave no answer: {error:?}", gh.display());
                None
            }
        }
    }
}

fn key(host: &str) -> Key {
    let label = format!("Wick: GitHub token for {host}");
    Key { kind: "github-token", of: "host", name: host.to_owned(), label }
}

impl GithubTokens for SystemGithubTokens {
    fn find(&self, host: &str, patience: Patience) -> Result<FoundToken, Failure> {
        let (mut malformed, mut why) = (None, None);
        // gh keeps its tokens in the keyring too.
        let locked = patience == Patience::Background && keyring::would_prompt();
        let of_gh = iter::once_with(|| if locked { None } else { self.of_gh(host, patience) }).flatten();
        let stored =
            iter::once_with(|| if locked { Err(KeyringError::Locked) } else { keyring::read(&key(host), patience) });
        let stored = stored.filter_map(|read| {
            read.unwrap_or_else(|error| {
                why = Some(error);
                None
            })
        });
        let stored = stored.map(|token| (TokenSource::Stored, token));
        // One after the other: each is asked only where those before it have none that works.
        let mut given = self.of_environment(host).chain(of_gh).chain(stored);
        let found = given.find_map(|(source, token)| match token.as_token() {
            Some(token) => Some(FoundToken { token, source }),
            None => {
                malformed.get_or_insert(source);
                None
            }
        });
        drop(given);
        if let Some(found) = found {
            tracing::info!("the GitHub token for {host} is from {}", found.source);
            return Ok(found);
        }
        match malformed {
            Some(source) => Err(Failure::TokenMalformed { source }),
            None => Err(Failure::NoToken { host: host.to_owned(), why }),
        }
    }

    fn store(&self, host: &str, token: &Secret) -> Result<(), KeyringError> {
        keyring::write(&key(host), token)
    }

    fn remove(&self, host: &str) -> Result<bool, KeyringError> {
        keyring::delete(&key(host))
    }
}
