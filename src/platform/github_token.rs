//! The GitHub tokens of this computer, in the order in which they are tried. None is given to a host that it is not for.

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use super::deadline::signed;
use super::environment::Environment;
use super::keyring::{self, Key};
use super::process::{self, ProcessError};
use super::program;
use super::store::keychain::Attributes;
use super::store::keychain_attributes::LoginKeychain;
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
    fn of_environment(&self, host: &str) -> Given {
        let by_github = GithubSettings::is_hosted_by_github(host);
        let tokens = if by_github { &self.0.github_tokens } else { &self.0.github_enterprise_tokens };
        tokens.iter().map(|(name, token)| (TokenSource::Variable(name), token.clone())).collect()
    }

    fn of_gh(&self, host: &str, patience: Patience) -> Result<Given, KeyringError> {
        let Some(gh) = program::find("gh", &self.0) else { return Ok(Vec::new()) };
        let mut command = Command::new(&gh);
        command.args(["auth", "token", "--hostname", host]).env("GH_PROMPT_DISABLED", "1");
        // It would repeat them, and they were asked already.
        for (name, _) in self.0.github_tokens.iter().chain(&self.0.github_enterprise_tokens) {
            command.env_remove(name);
        }
        let limit = if patience == Patience::Click { CLICK_LIMIT } else { BACKGROUND_LIMIT };
        let output = process::run(&mut command, limit);
        let silent = |error: &_| tracing::warn!("{} auth token gave no answer: {error}", gh.display());
        let output = match output.inspect_err(silent) {
            Err(ProcessError::TimedOut) => return Err(KeyringError::GhTimedOut(signed(limit))),
            Err(_) => return Ok(Vec::new()),
            Ok(output) => output,
        };
        // Otherwise it is not logged in to this host.
        let token = output.status.success().then(|| {
            let token = String::from_utf8_lossy(&output.stdout).into_owned();
            (TokenSource::Gh(gh.display().to_string()), Secret::from(token))
        });
        Ok(Vec::from_iter(token))
    }
}

/// Tokens that were given, and where.
type Given = Vec<(TokenSource, Secret)>;

fn key(host: &str) -> Key {
    let label = format!("Wick: GitHub token for {host}");
    Key { kind: "github-token", of: "host", name: host.to_owned(), label }
}

impl GithubTokens for SystemGithubTokens {
    fn find(&self, host: &str, patience: Patience, refused: &[FoundToken]) -> Result<FoundToken, Failure> {
        // gh keeps its tokens in the keychain too. The Secret Service shows that an item is locked without a prompt.
        let open = || match patience {
            Patience::Background if LoginKeychain.is_locked() => Err(KeyringError::Locked),
            Patience::Background | Patience::Click => Ok(()),
        };
        let stored = |token| (TokenSource::Stored, token);
        // In this order: each is asked only where those before it have none that works.
        let places: [&dyn Fn() -> Result<Given, KeyringError>; 3] =
            [&|| Ok(self.of_environment(host)), &|| open().and_then(|()| self.of_gh(host, patience)), &|| {
                open().and_then(|()| Ok(Vec::from_iter(keyring::read(&key(host), patience)?.map(stored))))
            }];
        let (mut malformed, mut why) = (None, None);
        for place in places {
            let given = place().unwrap_or_else(|error| {
                why.get_or_insert(error);
                Vec::new()
            });
            for (source, token) in given {
                let Some(token) = token.as_token() else {
                    malformed.get_or_insert(source);
                    continue;
                };
                if refused.iter().all(|refused| refused.token != token) {
                    tracing::info!("the GitHub token for {host} is from {source}");
                    return Ok(FoundToken { token, source });
                }
            }
        }
        Err(match malformed {
            _ if !refused.is_empty() => Failure::TokenRefused(refused.iter().map(|of| of.source.clone()).collect()),
            Some(source) => Failure::TokenMalformed(source),
            None => Failure::NoToken { host: host.to_owned(), why },
        })
    }

    fn store(&self, host: &str, token: &Secret) -> Result<(), KeyringError> {
        keyring::write(&key(host), token)
    }

    fn is_kept(&self, host: &str) -> bool {
        !matches!(keyring::read(&key(host), Patience::Background), Ok(None) | Err(KeyringError::Absent))
    }

    fn remove(&self, host: &str) -> Result<bool, KeyringError> {
        keyring::delete(&key(host))
    }
}
