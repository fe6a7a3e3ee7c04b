//! What a sync sends: the credential as it was read first, and as it is stored when a target's turn comes.

use std::rc::Rc;
use std::sync::Arc;

use tokio::task::spawn_blocking;

use super::{Job, Run};
use crate::domain::credential::{Contents, Credential};
use crate::domain::message::{self, Sentence};
use crate::domain::sync::failure::Failure;
use crate::domain::sync::{nobody_is_signed_in, sendable, wants_a_refresh};
use crate::domain::target::Target;
use crate::ports::{FoundToken, Patience, Stamp};

/// The credential, and the version of its place that it was read from.
pub(super) type Snapshot = (Stamp, Credential);
/// GitHub's, or why there is none.
pub(super) type Token = Result<FoundToken, Failure>;

impl Job<'_> {
    /// Reads the credential and finds the GitHub token: either may wait for someone to approve a prompt, which must not
    /// hold up the end.
    pub(super) async fn prepare(&self, targets: &[&Target]) -> Result<(Snapshot, Token), Sentence> {
        let (store, patience) = (Arc::clone(&self.store), self.patience);
        let sends_the_ci_token = self.sends_the_ci_token(targets);
        let ci_token = self.ci_token_alone();
        let read = spawn_blocking(move || {
            let (stamp, reading) = (store.stamp(), store.read(patience));
            let is_alone = sends_the_ci_token && nobody_is_signed_in(&reading);
            let alone = is_alone.then(|| ci_token(patience)).flatten();
            (stamp, reading, alone)
        });
        let (stamp, reading, alone) = read.await.map_err(|_| message::sync::fault())?;
        let credential = if let Some(credential) = alone {
            credential
        } else {
            let is_refreshed_first = reading.credential().is_some_and(|found| self.is_refreshed_first(found));
            let now = self.ports.clock.now().timestamp();
            sendable(&reading, sends_the_ci_token || is_refreshed_first, now)?.clone()
        };
        let token = if targets.iter().any(|target| target.is_at_github()) {
            let (tokens, host) = (Arc::clone(&self.ports.github_tokens), self.settings.github.host().to_owned());
            spawn_blocking(move || tokens.find(&host, patience)).await.unwrap_or(Err(Failure::Stopped))
        } else {
            Err(Failure::Stopped)
        };
        Ok(((stamp, credential), token))
    }

    /// Reads the one-year token where there is no sign-in to read it with: it is of use without one.
    fn ci_token_alone(&self) -> impl Fn(Patience) -> Option<Credential> + Send + 'static {
        let (ci_tokens, profile) = (Arc::clone(&self.ports.ci_tokens), self.settings.profile.clone());
        // What was never stored is asked for nowhere.
        let is_stored = self.ports.state_file.load_sync().ci_tokens.contains_key(profile.as_str());
        move |patience| {
            let stored = if is_stored { ci_tokens.read(&profile, patience) } else { Ok(None) };
            let stored = stored.inspect_err(|detail| tracing::warn!("the one-year token could not be read: {detail}"));
            stored.ok().flatten().map(Credential::of_ci_token)
        }
    }

    /// Whether this only says what would be done, and a refresh would come first.
    pub(super) fn is_refreshed_first(&self, credential: &Credential) -> bool {
        self.request.dry_run && wants_a_refresh(credential, &self.settings.refresh, self.ports.clock.now().timestamp())
    }

    fn sends_the_ci_token(&self, targets: &[&Target]) -> bool {
        let mut mappings = targets.iter().flat_map(|target| target.mappings(self.settings));
        mappings.any(|mapping| !mapping.field.ends_with_the_access_token())
    }
}

impl Run<'_> {
    /// The credential as it is stored now, or why it may not be sent.
    pub(super) fn credential(&self) -> Result<Rc<Credential>, Failure> {
        let stamp = self.job.store.stamp();
        if self.snapshot.borrow().0 != stamp {
            let reading = self.job.store.read(self.job.patience);
            let is_alone = self.job.sends_the_ci_token(&self.targets) && nobody_is_signed_in(&reading);
            let credential = match reading.outcome {
                Ok(Contents::SignedIn(credential)) => Some(*credential),
                _ => is_alone.then(|| self.job.ci_token_alone()(self.job.patience)).flatten(),
            };
            let credential = credential.ok_or(Failure::NoCredential)?;
            let mut snapshot = self.snapshot.borrow_mut();
            snapshot.0 = stamp;
            if *snapshot.1 != credential {
                snapshot.1 = Rc::new(credential);
            }
        }
        let credential = Rc::clone(&self.snapshot.borrow().1);
        let may_go = self.lives(&credential) || self.job.sends_the_ci_token(&self.targets);
        if may_go { Ok(credential) } else { Err(Failure::NoCredential) }
    }

    /// Whether the access token may be sent, or would be renewed before.
    pub(super) fn lives(&self, credential: &Credential) -> bool {
        credential.lives(self.now()) || self.job.is_refreshed_first(credential)
    }
}
