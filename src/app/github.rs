//! Single questions to GitHub: whose a token is, which repositories there are, and the end of secrets that Wick created.

use std::collections::BTreeMap;

use jiff::ZonedDateTime;

use crate::domain::network::NetworkError;
use crate::domain::secret::Secret;
use crate::domain::settings::{GithubSettings, Place, ProfileName, Store, Target};
use crate::domain::sync::{Failure, Refusal, SecretMemory};
use crate::ports::{FoundToken, Github, Patience, Ports, User};
use crate::words::{Sentence, sync_failure};

/// The token that would be used, or why there is none.
pub fn token(ports: &Ports, settings: &GithubSettings, patience: Patience) -> Result<FoundToken, Sentence> {
    let now = ports.clock.now();
    ports
        .github_tokens
        .find(settings.host(), patience)
        .map_err(|failure| sync_failure::failure_at(&failure, settings, &now))
}

/// Whose a token is.
pub fn user(ports: &Ports, settings: &GithubSettings, token: &Secret) -> Result<User, Sentence> {
    ask(ports, settings, token, async |github| github.user().await)
}

/// The repositories that a token may write to.
pub fn repositories(ports: &Ports, settings: &GithubSettings, token: &Secret) -> Result<Vec<String>, Sentence> {
    ask(ports, settings, token, async |github| github.repositories().await)
}

/// Whether a store is there and shows what it holds to a token.
pub fn look_at(ports: &Ports, settings: &GithubSettings, token: &Secret, store: &Store) -> Result<(), Sentence> {
    let target = Target { place: Place::Github(store.clone()), secrets: None, profile: ProfileName::default() };
    let now = ports.clock.now();
    let in_words = |failure: Failure| sync_failure::failure(&failure, &target, &now);
    let look = async |github: &dyn Github| github.place(store).list(&[], None).await.map(drop);
    asked(ports, settings, token, look).map_err(in_words)
}

/// What became of secrets that were to be deleted.
#[derive(Debug, Default)]
pub struct Deleted {
    /// They are gone.
    pub gone: Vec<String>,
    /// They were created at another time than Wick's: someone else may have made them anew.
    pub of_others: Vec<String>,
    /// Why it was broken off.
    pub error: Option<Sentence>,
}

/// Deletes these secrets of a store, in their order, where they are the ones that Wick has created.
pub fn delete(
    ports: &Ports,
    settings: &GithubSettings,
    token: &Secret,
    store: &Store,
    created: &BTreeMap<String, Box<SecretMemory>>,
) -> Deleted {
    let mut deleted = Deleted::default();
    let names: Vec<String> = created.keys().cloned().collect();
    let outcome = ask(ports, settings, token, async |github| {
        let mut sink = github.place(store);
        // GitHub says 404 also of a place that the token does not see: that would look like a secret that is gone.
        let listing = sink.list(&names, None).await?;
        for (name, secret) in created {
            if listing.secrets.get(&name.to_ascii_uppercase()).is_none_or(|listed| secret.created(listed)) {
                sink.delete(name).await?;
                deleted.gone.push(name.clone());
            } else {
                deleted.of_others.push(name.clone());
            }
        }
        Ok(())
    });
    deleted.error = outcome.err();
    deleted
}

pub(super) fn ask<T>(
    ports: &Ports,
    settings: &GithubSettings,
    token: &Secret,
    question: impl AsyncFnOnce(&dyn Github) -> Result<T, Refusal>,
) -> Result<T, Sentence> {
    let now = ports.clock.now();
    asked(ports, settings, token, question).map_err(|failure| sync_failure::failure_at(&failure, settings, &now))
}

fn asked<T>(
    ports: &Ports,
    settings: &GithubSettings,
    token: &Secret,
    question: impl AsyncFnOnce(&dyn Github) -> Result<T, Refusal>,
) -> Result<T, Failure> {
    let now = ports.clock.now();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::Offline(NetworkError::System(error.to_string())))?;
    runtime.block_on(async {
        let github = (ports.open_github)(settings, token)?;
        question(&*github).await.map_err(|refusal| meaning(refusal, &now))
    })
}

/// Asked once, and not again: whoever asks can see that it did not work.
fn meaning(refusal: Refusal, now: &ZonedDateTime) -> Failure {
    match refusal {
        Refusal::Failure(failure) => failure,
        Refusal::KeyRotated => Failure::Unsettled,
        Refusal::Limit(limit) => {
            let wait = limit.wait.unwrap_or(jiff::SignedDuration::from_mins(1));
            Failure::Limited { until: now.timestamp().saturating_add(wait).unwrap_or(now.timestamp()) }
        }
    }
}
