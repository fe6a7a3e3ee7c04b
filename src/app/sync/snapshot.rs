//! What a sync sends: the credential as it was read first, and as it is stored when a target's turn comes.

use std::rc::Rc;
use std::sync::Arc;

use tokio::task::spawn_blocking;

use super::{Job, Run};
use crate::domain::credential::{Credential, Material};
use crate::domain::refresh::wants_a_refresh;
use crate::domain::settings::Target;
use crate::domain::sync::{Failure, Obstacle, nobody_is_signed_in, sendable};
use crate::ports::{FoundToken, Stamp};

/// What is sent, and the version of its places that it was read from.
pub(super) type Snapshot = (Stamp, Material);
/// GitHub's; `None` where no target is at GitHub, else perhaps why there is none.
pub(super) type Token = Option<Result<FoundToken, Failure>>;

impl Job<'_> {
    /// Reads what is sent and finds the GitHub token: either may wait for someone to approve a prompt, which must not
    /// hold up the end.
    pub(super) async fn prepare(&self, targets: &[&Target]) -> Result<(Snapshot, Token), Obstacle> {
        let (store, patience) = (Arc::clone(&self.store), self.patience);
        let read = spawn_blocking(move || (store.stamp(), store.read(patience)));
        let (stamp, material) = read.await.map_err(|_| Obstacle::Crashed)?;
        if !self.is_ci_token_alone(&material, targets) {
            let is_refreshed_first = material.credential().is_some_and(|found| self.is_refreshed_first(found));
            let now = self.ports.clock.now().timestamp();
            sendable(&material.sign_in, self.sends_the_ci_token(targets) || is_refreshed_first, now)?;
        }
        let token = if targets.iter().any(|target| target.is_at_github()) {
            let (tokens, host) = (Arc::clone(&self.ports.github_tokens), self.settings.github.host().to_owned());
            Some(spawn_blocking(move || tokens.find(&host, patience)).await.unwrap_or(Err(Failure::Stopped)))
        } else {
            None
        };
        Ok(((stamp, material), token))
    }

    /// Whether this only says what would be done, and a refresh would come first.
    pub(super) fn is_refreshed_first(&self, credential: &Credential) -> bool {
        self.request.dry_run && wants_a_refresh(credential, &self.settings.refresh, self.ports.clock.now().timestamp())
    }

    fn sends_the_ci_token(&self, targets: &[&Target]) -> bool {
        let mut mappings = targets.iter().flat_map(|target| self.settings.mappings(target));
        mappings.any(|mapping| !mapping.field.ends_with_the_access_token())
    }

    /// Whether there is no sign-in to send, and what is sent is of use without one.
    fn is_ci_token_alone(&self, material: &Material, targets: &[&Target]) -> bool {
        material.ci_token.is_some() && nobody_is_signed_in(&material.sign_in) && self.sends_the_ci_token(targets)
    }
}

impl Run<'_> {
    /// What is stored now, or why it may not be sent.
    pub(super) fn material(&self) -> Result<Rc<Material>, Failure> {
        let stamp = self.job.store.stamp();
        if self.snapshot.borrow().0 != stamp {
            let material = self.job.store.read(self.job.patience);
            if material.credential().is_none() && !self.job.is_ci_token_alone(&material, &self.targets) {
                return Err(Failure::NoCredential);
            }
            let mut snapshot = self.snapshot.borrow_mut();
            snapshot.0 = stamp;
            if snapshot.1.tokens() != material.tokens() {
                snapshot.1 = Rc::new(material);
            }
        }
        let material = Rc::clone(&self.snapshot.borrow().1);
        let may_go = self.lives(&material) || self.job.sends_the_ci_token(&self.targets);
        if may_go { Ok(material) } else { Err(Failure::NoCredential) }
    }

    /// Whether the access token may be sent, or would be renewed before.
    pub(super) fn lives(&self, material: &Material) -> bool {
        material.credential().is_some_and(|found| found.lives(self.now()) || self.job.is_refreshed_first(found))
    }
}
