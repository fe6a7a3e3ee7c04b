//! What a sync sends: the credential as it was read first, and as it is stored when a target's turn comes.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use super::job::Job;
use crate::app::blocking;
use crate::domain::credential::Material;
use crate::domain::fingerprint::Fingerprint;
use crate::domain::settings::Target;
use crate::domain::sync::memory::account;
use crate::domain::sync::{Failure, Obstacle, nobody_is_signed_in, sendable};
use crate::ports::Stamp;

pub(super) struct Stored<'a> {
    job: &'a Job<'a>,
    /// Whether the one-year token is sent too, which has an end of its own.
    with_ci_token: bool,
    /// Whose credential this sync was begun with.
    account: Option<Fingerprint>,
    latest: RefCell<(Stamp, Rc<Material>)>,
    /// The refresh token that is known to be spent.
    spent: RefCell<Option<Fingerprint>>,
}

impl<'a> Stored<'a> {
    /// Reads it, beside whatever else runs: someone may have to approve a prompt, which must not hold up the end.
    pub(super) async fn read(job: &'a Job<'a>, targets: &[&Target]) -> Result<Self, Obstacle> {
        let (store, patience) = (Arc::clone(&job.store), job.patience);
        let read = blocking::outcome(move || (store.stamp(), store.read(patience)));
        let (stamp, material) = read.await.ok_or(Obstacle::Crashed)?;
        let mut mappings = targets.iter().flat_map(|target| job.settings.mappings(target));
        let with_ci_token = mappings.any(|mapping| !mapping.field.ends_with_the_access_token());
        let account = material.credential().and_then(account);
        let material = Rc::new(material);
        let latest = RefCell::new((stamp, Rc::clone(&material)));
        let spent = RefCell::new((job.ports.find_spent)(&material.sign_in.location));
        let stored = Self { job, with_ci_token, account, latest, spent };
        if !stored.is_ci_token_alone(&material) {
            let is_refreshed_first = material.credential().is_some_and(|found| job.is_refreshed_first(found));
            sendable(&material.sign_in, with_ci_token || is_refreshed_first, job.now())?;
        }
        Ok(stored)
    }

    /// Whether there is no sign-in to send, and what is sent is of use without one.
    fn is_ci_token_alone(&self, material: &Material) -> bool {
        let is_there = material.ci_token.is_some()
            || (material.ci_token_stored_at.is_some() && !self.job.settings.needs_the_ci_token());
        is_there && nobody_is_signed_in(&material.sign_in) && self.with_ci_token
    }

    /// What is stored now, or why it may not be sent.
    pub(super) fn material(&self) -> Result<Rc<Material>, Failure> {
        let stamp = self.job.store.stamp();
        let latest = &mut *self.latest.borrow_mut();
        if latest.0 != stamp {
            let material = self.job.store.read(self.job.patience);
            if material.credential().is_none() && !self.is_ci_token_alone(&material) {
                return Err(Failure::NoCredential);
            }
            latest.0 = stamp;
            *self.spent.borrow_mut() = (self.job.ports.find_spent)(&material.sign_in.location);
            if latest.1.tokens() != material.tokens() {
                latest.1 = Rc::new(material);
            }
        }
        let may_go = self.lives(&latest.1) || self.with_ci_token;
        if may_go { Ok(Rc::clone(&latest.1)) } else { Err(Failure::NoCredential) }
    }

    /// Whether the access token may be sent, or would be renewed before.
    pub(super) fn lives(&self, material: &Material) -> bool {
        material.credential().is_some_and(|found| found.lives(self.job.now()) || self.job.is_refreshed_first(found))
    }

    /// The refresh token whose successor is in the journal still.
    pub(super) fn spent(&self) -> Option<Fingerprint> {
        self.spent.borrow().clone()
    }

    /// Whether another account has signed in since. To sign out is none: each secret then says what it lacks.
    pub(super) fn is_of_another_account(&self, material: &Material) -> bool {
        material.credential().is_some_and(|found| account(found) != self.account)
    }
}
