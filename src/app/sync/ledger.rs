//! What was sent, as it is remembered: noted before a write and after it, and on the disk before the next.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::job::Job;
use crate::domain::credential::Material;
use crate::domain::fingerprint::Fingerprint;
use crate::domain::settings::Target;
use crate::domain::sync::memory::account;
use crate::domain::sync::{
    Listed, Listing, Pace, Plan, Planned, SecretMemory, SyncMemory, TargetMemory, TargetReport, Trigger,
};
use crate::domain::system::SystemError;

pub(super) struct Ledger<'a> {
    job: &'a Job<'a>,
    targets: &'a [&'a Target],
    at_github: bool,
    state: RefCell<State>,
}

struct State {
    memory: SyncMemory,
    pace: Pace,
    /// The keys of those targets whose memory has changed and is not on the disk yet.
    unsaved: BTreeSet<String>,
    /// Whether its places are still to be noted as allowed: whoever asks for a sync has let them have the secrets.
    to_allow: bool,
    error: Option<SystemError>,
}

impl<'a> Ledger<'a> {
    pub(super) fn open(job: &'a Job<'a>, targets: &'a [&'a Target]) -> Self {
        let mut memory = job.ports.state_file.load_sync();
        let pace = memory.pace.remove(&job.settings.github.api_url).unwrap_or_default();
        let to_allow = job.request.trigger == Trigger::Asked;
        let state = State { memory, pace, unsaved: BTreeSet::new(), to_allow, error: None };
        let at_github = targets.iter().any(|target| target.is_at_github());
        Self { job, targets, at_github, state: RefCell::new(state) }
    }

    pub(super) fn look<T>(&self, look: impl FnOnce(&SyncMemory) -> T) -> T {
        look(&self.state.borrow().memory)
    }

    pub(super) fn pace<T>(&self, change: impl FnOnce(&mut Pace) -> T) -> T {
        change(&mut self.state.borrow_mut().pace)
    }

    /// Why what was sent could not be put on the disk the last time. It is said in the end.
    pub(super) fn error(&self) -> Option<SystemError> {
        self.state.borrow().error.clone()
    }

    /// Puts on the disk what has changed. The only place that writes; where that fails, the next call tries again.
    pub(super) fn save(&self) {
        if self.job.request.dry_run {
            return;
        }
        let (settings, state) = (self.job.settings, &mut *self.state.borrow_mut());
        let unsaved = std::mem::take(&mut state.unsaved);
        let pace = self.at_github.then(|| state.pace.remembered(self.job.now()));
        let saved = self.job.ports.state_file.change_sync(&mut |stored| {
            if state.to_allow {
                stored.places.see(settings);
                self.targets.iter().for_each(|target| stored.places.add_target(target, settings));
            }
            for (key, target) in unsaved.iter().filter_map(|key| state.memory.targets.get_key_value(key)) {
                stored.targets.insert(key.clone(), target.clone());
            }
            if let Some(pace) = &pace {
                stored.pace.insert(settings.github.api_url.clone(), pace.clone());
            }
        });
        state.error = saved.err();
        match &state.error {
            None => state.to_allow = false,
            Some(error) => {
                tracing::warn!("what was sent is not remembered: {error}");
                state.unsaved = unsaved;
            }
        }
    }

    pub(super) fn known(&self, target: &Target) -> TargetMemory {
        self.look(|memory| memory.target(target, self.job.settings).cloned().unwrap_or_default())
    }

    pub(super) fn note(&self, target: &Target, change: impl FnOnce(&mut TargetMemory)) {
        if self.job.request.dry_run {
            return;
        }
        let key = self.job.settings.key(target);
        let state = &mut *self.state.borrow_mut();
        let known = state.memory.targets.entry(key.clone()).or_default();
        known.name = target.to_string();
        change(known);
        state.unsaved.insert(key);
    }

    /// A write is about to be begun: until its answer is known, whatever stands there may be our own. Gives what was known.
    pub(super) fn open_write(
        &self,
        target: &Target,
        planned: &Planned,
        listed: Option<&Listed>,
        material: &Material,
    ) -> Option<SecretMemory> {
        let before = self.known(target).secrets.remove(&planned.name);
        let begun = SecretMemory::new(&Fingerprint::default(), planned.field, self.job.now(), listed.is_none());
        // When it was created before is kept there.
        let open = SecretMemory { open: true, created_at: begun.created_at, ..before.clone().unwrap_or(begun) };
        self.sent(target, planned, open, material);
        self.save();
        before
    }

    /// The write was refused: what was there before still is.
    pub(super) fn take_back(&self, target: &Target, planned: &Planned, before: Option<SecretMemory>) {
        self.note(target, |memory| match before {
            Some(before) => drop(memory.secrets.insert(planned.name.clone(), before)),
            None => drop(memory.secrets.remove(&planned.name)),
        });
    }

    pub(super) fn sent(&self, target: &Target, planned: &Planned, secret: SecretMemory, material: &Material) {
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
    }

    /// The dates that a listing shows, whether someone else was there, and what is gone.
    pub(super) fn listed(&self, target: &Target, listing: &Listing, plan: &Plan) {
        let is_planned = |name: &str| plan.secrets.iter().any(|planned| planned.name == name);
        let is_gone = |name: &str| !is_planned(name) && !listing.secrets.contains_key(&name.to_ascii_uppercase());
        let news = plan.secrets.iter().any(|planned| planned.adopted.is_some() || planned.drifted);
        if !news && !self.known(target).secrets.keys().any(|name| is_gone(name)) {
            return;
        }
        self.note(target, |memory| {
            memory.secrets.retain(|name, _| !is_gone(name));
            for planned in plan.secrets.iter().filter(|_| news) {
                if let Some(secret) = memory.secrets.get_mut(&planned.name) {
                    secret.updated_at = planned.adopted.or(secret.updated_at);
                    secret.drifted = planned.drifted;
                }
            }
        });
    }

    pub(super) fn concluded(&self, report: &TargetReport) {
        self.note(&report.target, |memory| memory.concluded(report, self.job.now()));
    }
}
