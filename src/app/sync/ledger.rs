//! What was sent, as it is remembered: noted before a write and after it.

use std::cell::RefCell;

use jiff::Timestamp;

use super::job::Job;
use crate::domain::credential::Material;
use crate::domain::fingerprint::Fingerprint;
use crate::domain::order::gathered;
use crate::domain::settings::Target;
use crate::domain::sync::memory::account;
use crate::domain::sync::{
    Listed, Listing, Mark, Pace, Plan, Planned, SecretMemory, Step, SyncMemory, TargetMark, TargetMemory, TargetReport,
    Trigger,
};
use crate::domain::system::SystemError;

pub(super) struct Ledger<'a> {
    job: &'a Job<'a>,
    at_github: bool,
    state: RefCell<State>,
}

struct State {
    memory: SyncMemory,
    pace: Pace,
    /// What is not in the state file yet.
    unsaved: Vec<Mark>,
    error: Option<SystemError>,
}

impl<'a> Ledger<'a> {
    /// Fails where what was sent cannot be read.
    pub(super) fn open(job: &'a Job<'a>, targets: &[&Target]) -> Result<Self, SystemError> {
        let mut memory = job.ports.state_file.load_sync()?;
        let pace = memory.pace.remove(&job.settings.github.api_url).unwrap_or_default();
        let mut unsaved = Vec::new();
        if job.request.trigger == Trigger::Asked {
            // Whoever asks for a sync has let its places have the secrets.
            let mut places = memory.places.clone();
            places.see(job.settings);
            for target in targets {
                places.add_target(target, job.settings);
            }
            unsaved.extend(places.beyond(&memory.places).map(Mark::Allowed));
        }
        let at_github = targets.iter().any(|target| target.is_at_github());
        Ok(Self { job, at_github, state: RefCell::new(State { memory, pace, unsaved, error: None }) })
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

    /// Notes, on the disk, which targets are to be written to. Fails where that cannot be noted: what is sent all the same
    /// would be sent again and again.
    pub(super) fn begin<'t>(&self, targets: impl Iterator<Item = &'t Target>) -> Result<(), SystemError> {
        // What a command got is not listed anywhere: nobody else's change of it could be seen.
        let targets = targets.filter(|target| target.is_at_github());
        let targets = gathered(targets.map(|target| self.job.settings.key(target)));
        self.save();
        self.error().map_or(Ok(()), Err)?;
        self.job.ports.state_file.begin_sync(self.job.now(), targets)
    }

    /// Notes what has changed. Where that fails, the next call tries again.
    pub(super) fn save(&self) {
        let state = &mut *self.state.borrow_mut();
        if !self.job.request.dry_run && !state.unsaved.is_empty() {
            let noted = self.job.ports.state_file.note_sync(&state.unsaved);
            state.take_in(noted);
        }
    }

    /// Has the disk keep what was noted.
    pub(super) fn flush(&self) {
        let state = &mut *self.state.borrow_mut();
        if let Err(error) = self.job.ports.state_file.flush_sync() {
            state.error = Some(error);
        }
    }

    /// The limits have changed, which the next process has to keep as well.
    pub(super) fn limited(&self) {
        let api = self.job.settings.github.api_url.clone();
        let pace = self.pace(|pace| pace.remembered(self.job.now()));
        self.state.borrow_mut().unsaved.push(Mark::Pace(api, pace));
        self.save();
        self.flush();
    }

    /// The sync has ended.
    pub(super) fn close(&self) {
        if self.job.request.dry_run {
            return;
        }
        let state = &mut *self.state.borrow_mut();
        let api = &self.job.settings.github.api_url;
        let now = self.job.now();
        let pace = self.at_github.then(|| state.pace.remembered(now));
        // What follows reads it all anew.
        state.memory = SyncMemory::default();
        let saved = self.job.ports.state_file.change_sync(&mut |stored| {
            state.unsaved.iter().for_each(|mark| stored.take_in(mark.clone()));
            if let Some(pace) = &pace {
                stored.take_in_pace(api.clone(), pace.clone(), now);
            }
            stored.under_way = None;
        });
        if saved.is_err() {
            // There may be no room for all of it, and for a few lines all the same.
            drop(self.job.ports.state_file.note_sync(&state.unsaved));
        }
        state.take_in(saved);
    }

    pub(super) fn known(&self, target: &Target) -> TargetMemory {
        self.look(|memory| memory.target(target, self.job.settings).cloned().unwrap_or_default())
    }

    pub(super) fn note(&self, target: &Target, change: impl FnOnce(&mut TargetMemory)) {
        self.mark(target, None, change);
    }

    fn mark(&self, target: &Target, write: Option<(String, Timestamp)>, change: impl FnOnce(&mut TargetMemory)) {
        if self.job.request.dry_run {
            return;
        }
        let key = self.job.settings.key(target);
        let state = &mut *self.state.borrow_mut();
        let known = state.memory.targets.entry(key.clone()).or_default();
        let before = known.clone();
        known.name = target.to_string();
        change(known);
        if write.is_some() || *known != before {
            state.unsaved.push(Mark::Target(TargetMark::new(key, &before, known, write)));
        }
    }

    /// A write is about to be begun: until its answer is known, whatever stands there may be our own. Gives what was known;
    /// fails where this cannot be noted, and then nothing is to be sent.
    pub(super) fn open_write(
        &self,
        target: &Target,
        planned: &Planned,
        listed: Option<&Listed>,
        material: &Material,
    ) -> Result<Option<SecretMemory>, SystemError> {
        let (before, now) = (self.known(target).secrets.remove(&planned.name).map(|secret| *secret), self.job.now());
        let begun = SecretMemory::new(&Fingerprint::default(), planned.field, now, listed.is_none());
        // When it was created before is kept there.
        let mut open = SecretMemory { created_at: begun.created_at, ..before.clone().unwrap_or(begun) };
        open.open(now);
        let write = (self.job.settings.github.api_url.clone(), now);
        self.mark(target, Some(write), |memory| remember(memory, planned, open, material));
        self.save();
        match self.error() {
            None => Ok(before),
            Some(why) => {
                self.take_back(target, planned, before);
                Err(why)
            }
        }
    }

    /// The write was refused: what was there before still is.
    pub(super) fn take_back(&self, target: &Target, planned: &Planned, before: Option<SecretMemory>) {
        self.note(target, |memory| match before {
            Some(before) => drop(memory.secrets.insert(planned.name.clone(), Box::new(before))),
            None => drop(memory.secrets.remove(&planned.name)),
        });
    }

    pub(super) fn sent(&self, target: &Target, planned: &Planned, secret: SecretMemory, material: &Material) {
        self.note(target, |memory| remember(memory, planned, secret, material));
    }

    /// The dates that a listing shows, whether someone else was there, what is gone; and its tag, if all that it shows is
    /// remembered now.
    pub(super) fn listed(&self, target: &Target, listing: &Listing, plan: &Plan) {
        let is_planned = |name: &str| plan.secrets.iter().any(|planned| planned.name == name);
        let is_gone = |name: &str| !is_planned(name) && !listing.secrets.contains_key(&name.to_ascii_uppercase());
        let known = self.known(target);
        let remembered = |planned: &Planned| known.secrets.get(&planned.name);
        let differs = |planned: &Planned| remembered(planned).is_some_and(|known| known.drifted != planned.drifted);
        let news = plan.secrets.iter().any(|planned| planned.adopted.is_some() || planned.drifted || differs(planned));
        // What is held or cannot be sent was not compared in all; what was never sent is written sooner or later.
        let is_compared = |planned: &Planned| match planned.step {
            Step::Unchanged => true,
            Step::Held(_) => remembered(planned).is_none(),
            _ => false,
        };
        let is_as_remembered = plan.secrets.iter().all(|planned| !planned.drifted && is_compared(planned));
        let etag = listing.etag.clone().filter(|_| is_as_remembered);
        if !news && etag == known.etag && !known.secrets.keys().any(|name| is_gone(name)) {
            return;
        }
        self.note(target, |memory| {
            memory.etag = etag;
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

impl State {
    fn take_in(&mut self, saved: Result<(), SystemError>) {
        self.error = saved.err();
        match &self.error {
            None => self.unsaved.clear(),
            Some(error) => tracing::warn!("what was sent is not remembered: {error}"),
        }
    }
}

fn remember(memory: &mut TargetMemory, planned: &Planned, secret: SecretMemory, material: &Material) {
    // The one-year token says nothing of who is signed in, and goes out where nobody is.
    if planned.field.ends_with_the_access_token() {
        memory.account = material.credential().and_then(account);
    }
    memory.etag = None;
    let before = memory.secrets.get(&planned.name).and_then(|before| before.created_at);
    // What Wick has created once stays its own, however often it is written over.
    let secret = SecretMemory { created_at: secret.created_at.or(before), ..secret };
    memory.secrets.insert(planned.name.clone(), Box::new(secret));
}
