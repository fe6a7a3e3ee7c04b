//! The GitHub tokens of this computer, in the order in which they are tried. None is given to a host that it is not for.

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
    fn of_environment(&self, host: &str) -> Vec<(TokenSource, Secret)> {
        let by_github = GithubSettings::is_hosted_by_github(host);
        let tokens = if by_github { &self.0.github_tokens } else { &self.0.github_enterprise_tokens };
        tokens.iter().map(|(name, token)| (TokenSource::Variable(name), token.clone())).collect()
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
        let mut works = |(source, token): (TokenSource, Secret)| {
            let Some(token) = token.as_token() else {
                malformed = malformed.take().or(Some(source));
                return None;
            };
            tracing::info!("the GitHub token for {host} is from {source}");
            Some(FoundToken { token, source })
        };
        if let Some(found) = self.of_environment(host).into_iter().find_map(&mut works) {
            return Ok(found);
        }
        if patience == Patience::Background && keyring::would_prompt() {
            // gh keeps its tokens there too.
            why = Some(KeyringError::Locked);
        } else {
            if let Some(found) = self.of_gh(host, patience).and_then(&mut works) {
                return Ok(found);
            }
            match keyring::read(&key(host), patience).map(|token| works((TokenSource::Stored, token?))) {
                Ok(Some(found)) => return Ok(found),
                Ok(None) => {}
                Err(error) => why = Some(error),
            }
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
