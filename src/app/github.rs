//! Single questions to GitHub: whose a token is, which repositories there are, and the end of secrets that Wick created.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::domain::network::NetworkError;
use crate::domain::secret::Secret;
use crate::domain::settings::{GithubSettings, Kind, Settings, Store, Target};
use crate::domain::sync::{Failure, Pace, Permission, Refusal, SecretMemory, TokenSource};
use crate::ports::{Github, Patience, Ports, User, block_on, runtime};
use crate::words::{Sentence, sync_failure};

/// The token that is used.
pub struct UsedToken {
    pub token: Secret,
    pub source: TokenSource,
    /// Where those were found that GitHub refuses.
    pub passed_over: Vec<TokenSource>,
    /// Whose it is, or why GitHub does not say: that may be another reason than the token.
    pub user: Result<User, Failure>,
}

/// The first token that GitHub does not refuse, or why there is none. Each is asked about for `limit` at most.
pub fn token(
    ports: &Ports,
    settings: &GithubSettings,
    patience: Patience,
    limit: Duration,
) -> Result<UsedToken, Failure> {
    let mut refused = Vec::new();
    loop {
        let found = ports.github_tokens.find(settings.host(), patience, &refused)?;
        let too_long = |_| Refusal::from(Failure::NoAnswer(NetworkError::Slow(limit.as_secs())));
        let user = asked(ports, settings, &found.token, async |github| {
            tokio::time::timeout(limit, github.user()).await.unwrap_or_else(|late| Err(too_long(late)))
        });
        if matches!(user, Err(Failure::TokenRefused(_))) {
            refused.push(found);
            continue;
        }
        let passed_over = refused.into_iter().map(|found| found.source).collect();
        return Ok(UsedToken { token: found.token, source: found.source, passed_over, user });
    }
}

/// What the token may not do at the listed targets: asked of one target of each kind, for it is the same at all of them
/// as a rule. A classic token's scopes tell without a question.
pub fn may_not(ports: &Ports, settings: &Settings, used: &UsedToken) -> Vec<Sentence> {
    let mut kinds: Vec<&Kind> = Vec::new();
    let Ok(owner) = &used.user else { return Vec::new() };
    let now = ports.clock.now();
    let mut missing = Vec::new();
    for (target, store) in settings.own_targets().filter_map(|target| Some((target, target.place.store()?))) {
        if kinds.contains(&store.kind) {
            continue;
        }
        kinds.push(store.kind);
        let failure = match &owner.scopes {
            Some(scopes) if store.kind.is_allowed_by(scopes) => continue,
            Some(scopes) => Failure::NoPermission(Permission { scopes: Some(scopes.clone()), ..Permission::default() }),
            None => match look(ports, &settings.github, &used.token, store) {
                Err(failure) if failure.needs_the_user() => failure,
                _ => continue,
            },
        };
        missing.push(sync_failure::failure_there(&failure, target, &now));
    }
    missing
}

/// Whose a token is.
pub fn user(ports: &Ports, settings: &GithubSettings, token: &Secret) -> Result<User, Sentence> {
    ask(ports, settings, token, async |github| github.user().await)
}

/// The repositories that a token may write to.
pub fn repositories(ports: &Ports, settings: &GithubSettings, token: &Secret) -> Result<Vec<String>, Sentence> {
    ask(ports, settings, token, async |github| github.repositories().await)
}

/// Which of these targets are not there, or do not show a token what they hold; and why GitHub does not say so of the rest.
pub fn check(
    ports: &Ports,
    settings: &GithubSettings,
    token: &Secret,
    targets: &[Target],
) -> (Vec<Sentence>, Option<Sentence>) {
    let now = ports.clock.now();
    let mut refused = Vec::new();
    for (target, store) in targets.iter().filter_map(|target| Some((target, target.place.store()?))) {
        match look(ports, settings, token, store) {
            Ok(()) => {}
            Err(failure) if failure.is_of_the_target() => {
                refused.push(sync_failure::failure_there(&failure, target, &now));
            }
            Err(failure) => return (refused, Some(sync_failure::failure_at(&failure, settings, &now))),
        }
    }
    (refused, None)
}

fn look(ports: &Ports, settings: &GithubSettings, token: &Secret, store: &Store) -> Result<(), Failure> {
    asked(ports, settings, token, async |github| github.place(store).list(&[], None).await.map(drop))
}

/// What became of secrets that were to be deleted.
#[derive(Debug, Default)]
pub struct Deleted {
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
    let runtime = runtime().map_err(|error| Failure::Offline(NetworkError::System(error.to_string())))?;
    block_on(&runtime, async {
        let github = (ports.open_github)(settings, token)?;
        question(&*github).await.map_err(|refusal| meaning(refusal, ports, settings))
    })
}

/// Asked once, and not again: whoever asks can see that it did not work. A limit is noted, for whoever asks next.
fn meaning(refusal: Refusal, ports: &Ports, settings: &GithubSettings) -> Failure {
    match refusal {
        Refusal::Failure(failure) => failure,
        Refusal::KeyRotated => Failure::Unsettled,
        Refusal::Limit(limit) => {
            let now = ports.clock.now().timestamp();
            let (mut until, _) = Pace::default().limited(limit, now);
            let noted = ports.state_file.change_sync(&mut |memory| {
                (until, _) = memory.pace.entry(settings.api_url.clone()).or_default().limited(limit, now);
            });
            noted.unwrap_or_else(|error| tracing::warn!("GitHub's limit is not noted: {error}"));
            Failure::Limited { until }
        }
    }
}
