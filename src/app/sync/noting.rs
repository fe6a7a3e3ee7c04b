//! What is remembered of the targets while a sync runs, and put on the disk before the next write.

use super::Run;
use super::target::{Checked, Wanted};
use crate::domain::credential::Material;
use crate::domain::fingerprint::Fingerprint;
use crate::domain::settings::Target;
use crate::domain::sync::memory::account;
use crate::domain::sync::{Plan, Planned, SecretMemory, TargetMemory};

impl Run<'_> {
    pub(super) fn known(&self, target: &Target) -> TargetMemory {
        self.memory.borrow().target(target, self.job.settings).cloned().unwrap_or_default()
    }

    /// A write is about to be begun: until its answer is known, whatever stands there may be our own.
    pub(super) fn open(&self, wanted: &Wanted<'_>) -> Option<SecretMemory> {
        let Wanted { target, planned, material, listed, .. } = wanted;
        let before = self.known(target).secrets.remove(&planned.name);
        let begun = SecretMemory::new(&Fingerprint::default(), planned.field, self.now(), listed.is_none());
        let created_at = begun.created_at.or(before.as_ref().and_then(|before| before.created_at));
        let open = SecretMemory { open: true, created_at, ..before.clone().unwrap_or(begun) };
        self.remember(target, planned, open, material);
        before
    }

    /// The write was refused: what was there before still is.
    pub(super) fn close(&self, wanted: &Wanted<'_>, before: Option<SecretMemory>) {
        self.note(wanted.target, |memory| match before {
            Some(before) => drop(memory.secrets.insert(wanted.planned.name.clone(), before)),
            None => drop(memory.secrets.remove(&wanted.planned.name)),
        });
    }

    /// The dates that a listing shows, and whether someone else was there.
    pub(super) fn note_listing(&self, checked: &Checked, plan: &Plan) {
        let target = self.targets[checked.index];
        if let Some(listing) = &checked.listing {
            let is_planned = |name: &str| plan.secrets.iter().any(|planned| planned.name == name);
            let is_gone = |name: &str| !is_planned(name) && !listing.secrets.contains_key(&name.to_ascii_uppercase());
            if self.known(target).secrets.keys().any(|name| is_gone(name)) {
                self.note(target, |memory| memory.secrets.retain(|name, _| !is_gone(name)));
            }
        }
        if plan.secrets.iter().any(|planned| planned.adopted.is_some() || planned.drifted) {
            self.note(target, |memory| {
                for planned in &plan.secrets {
                    if let Some(secret) = memory.secrets.get_mut(&planned.name) {
                        secret.updated_at = planned.adopted.or(secret.updated_at);
                        secret.drifted = planned.drifted;
                    }
                }
            });
        }
    }

    pub(super) fn remember(&self, target: &Target, planned: &Planned, secret: SecretMemory, material: &Material) {
        self.note(target, |memory| {
            // The one-year token says nothing of who is signed in, and goes out where nobody is.
            if planned.field.ends_with_the_access_token() {
                memory.account = material.credential().and_then(account);
            }
            let before = memory.secrets.get(&planned.name).and_then(|before| before.created_at);
            // What Wick has created once stays its own, however often it is written over.
            let secret = SecretMemory { created_at: secret.created_at.or(before), ..secret };
            memory.secrets.insert(planned.name.clone(), secret);
        });
        // A failure of it is said in the end.
        let _said_later = self.save();
    }

    pub(super) fn note(&self, target: &Target, change: impl FnOnce(&mut TargetMemory)) {
        if self.job.request.dry_run {
            return;
        }
        let key = self.job.settings.key(target);
        let mut memory = self.memory.borrow_mut();
        let known = memory.targets.entry(key.clone()).or_default();
        known.name = target.to_string();
        change(known);
        self.unsaved.borrow_mut().insert(key);
    }
}
