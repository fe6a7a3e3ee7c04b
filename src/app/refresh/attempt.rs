//! What the steps of one attempt share: what it was begun with, what is remembered, and what is reported of it.

use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::credential::{Concern, Credential, Location, Reading};
use crate::domain::refresh::decide::decide;
use crate::domain::refresh::{End, Failure, Outcome, RefreshMemory, Remark, Report, Trigger, WriteError};
use crate::domain::settings::{RefreshMode, Settings};
use crate::domain::state::memory::Part;
use crate::domain::system::SystemError;
use crate::ports::{CredentialStore, LockError, Patience, Ports, Stop};

/// Where an attempt ended: a good outcome, or why it is none.
pub(super) type Ended = Result<Outcome, Failure>;

pub(super) struct Attempt<'a> {
    pub(super) ports: &'a Ports,
    pub(super) settings: &'a Settings,
    pub(super) trigger: Trigger,
    pub(super) stop: &'a Stop,
    pub(super) store: Arc<dyn CredentialStore>,
    /// What was read before any lock was taken.
    pub(super) before: Reading,
    /// What the state file holds.
    pub(super) known: RefreshMemory,
    /// Why that is not known.
    pub(super) unread: Option<SystemError>,
    pub(super) memory: RefreshMemory,
    /// Whether this attempt's failure is in `memory` already.
    pub(super) noted: bool,
    /// The lock that someone else has.
    pub(super) held_by_others: Option<String>,
    /// Whether the server has said how long its new token lives, where it was asked.
    pub(super) end_is_known: bool,
}

/// What the state file holds of refreshing this place, and why that could not be read.
pub(super) fn remembered(ports: &Ports, place: &Location) -> (RefreshMemory, Option<SystemError>) {
    let (mut sources, read) = ports.state_file.load_all();
    (sources.remove(&place.to_string()).unwrap_or_default().refresh, read.err())
}

impl Attempt<'_> {
    pub(super) fn now(&self) -> Timestamp {
        self.ports.clock.now().timestamp()
    }

    /// Someone's own word lets the token go where the config says, from now on.
    pub(super) fn allow_endpoint(&self) {
        let memory = self.ports.state_file.load_sync();
        let places = memory.map(|memory| memory.places).unwrap_or_default();
        if !places.are_unknown() && places.allow_endpoint(&self.settings.refresh) {
            return;
        }
        let allowed = self.ports.state_file.change_sync(&mut |memory| memory.places.add_endpoint(self.settings));
        if let Err(detail) = allowed {
            tracing::warn!("the token endpoint is not remembered as allowed: {detail}");
        }
    }

    /// The credential whose refresh token Wick itself may spend. `before` is what was read before the locks were taken.
    pub(super) fn to_spend<'r>(
        &self,
        reading: &'r Reading,
        before: Option<&Credential>,
    ) -> Result<&'r Credential, End> {
        let Some(credential) = reading.credential() else {
            return Err(End::With(Outcome::without_credential(reading).unwrap_or(Outcome::Unreadable)));
        };
        let settings = &self.settings.refresh;
        let is_allowed =
            || self.ports.state_file.load_sync().is_ok_and(|memory| memory.places.allow_endpoint(settings));
        if self.trigger.is_by_itself() && !is_allowed() {
            // Edited since it was begun, or not known to be allowed.
            return Err(End::With(Outcome::StillFresh));
        }
        decide(credential, before, self.trigger, settings, &self.memory, self.now())?;
        match &self.unread {
            // It may be remembered as one that may no longer work.
            Some(error) if self.trigger <= Trigger::Asked && credential.lives(self.now()) => {
                Err(Failure::NoJournal(WriteError::System(error.clone())).into())
            }
            _ => Ok(credential),
        }
    }

    /// Holds the computer's sleep off: nothing is sent whose answer it may cut off.
    pub(super) fn stay_awake(&self) -> Result<Box<dyn Send>, End> {
        let is_by_itself = self.trigger.is_by_itself();
        // What nobody asked for is due on waking as it is now.
        let put_off = || if is_by_itself { End::With(Outcome::StillFresh) } else { Failure::GoesToSleep.into() };
        (self.ports.hold_off_sleep)().ok_or_else(put_off)
    }

    pub(super) fn note(&mut self, failure: &Failure, credential: &Credential) {
        self.memory.note(failure, credential, &self.settings.refresh, self.now());
        self.noted = true;
    }

    /// How an attempt ends that did not get a lock before anything was sent.
    pub(super) fn not_locked(&mut self, error: LockError) -> End {
        match error {
            LockError::Busy(path) => {
                self.held_by_others = path;
                End::With(Outcome::Busy)
            }
            LockError::Stopped => End::Failed(Failure::Stopped),
            error => End::Failed(Failure::NoLock(error.into())),
        }
    }

    /// Has the state file know what is remembered; without the locks, only where nobody else has noted anything since.
    pub(super) fn save(&mut self, is_locked: bool) -> Result<(), SystemError> {
        if self.memory == self.known {
            return Ok(());
        }
        let part = Part::Refresh { now: self.memory.clone(), over: (!is_locked).then(|| Box::new(self.known.clone())) };
        let saved = self.ports.state_file.save(&self.before.location.to_string(), part);
        saved.inspect_err(|error| tracing::warn!("what became of the refresh is not remembered: {error}"))?;
        self.known = self.memory.clone();
        Ok(())
    }

    /// What became of it. Reads once more what is stored, unless nothing can have changed what could not be read.
    pub(super) fn report(mut self, ended: Ended, patience: Patience) -> Report {
        let is_changed = self.before.outcome.is_ok() || ended.is_err();
        let after = if is_changed { self.store.read(patience) } else { self.before.clone() };
        if let (Err(failure), Some(credential)) = (&ended, after.credential())
            && failure.is_remembered()
            && !self.noted
        {
            self.note(failure, credential);
        }
        // The log says where it fails.
        drop(self.save(false));
        let left = (self.ports.find_journal)(&self.before.location);
        let (outcome, remark) = match ended {
            Err(failure) => (Outcome::Failed, Some(Remark::Failed(failure))),
            Ok(outcome) => (outcome, self.remark(outcome, &after, left)),
        };
        Report {
            kept: left && self.settings.refresh.mode != RefreshMode::Never,
            source: self.before.location.to_string(),
            memory: Some(self.memory),
            ..Report::new(outcome, Some(&after), remark)
        }
    }

    /// What is to be said beside an outcome that is no failure.
    fn remark(&self, outcome: Outcome, after: &Reading, left: bool) -> Option<Remark> {
        match outcome {
            Outcome::Busy => Some(Remark::Busy(self.held_by_others.clone())),
            Outcome::NotAllowed => Some(if left { Remark::JournalLeft } else { Remark::ReadOnly }),
            Outcome::SignedOut | Outcome::NotFound | Outcome::Unreadable => {
                Concern::of(after, None, self.now()).map(Remark::Concern)
            }
            Outcome::Refreshed => (!self.end_is_known).then_some(Remark::EndAssumed),
            Outcome::StillFresh => (self.trigger >= Trigger::Clicked).then_some(Remark::ClaudeRenewsLate),
            Outcome::AlreadyRefreshed | Outcome::Failed => None,
        }
    }
}
