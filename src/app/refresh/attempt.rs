//! What the steps of one attempt share: what it was begun with, what is remembered, and how it may end early.

use jiff::Timestamp;

use crate::domain::credential::{Concern, Credential, Location, Reading};
use crate::domain::refresh::decide::decide;
use crate::domain::refresh::{Decision, Failure, Outcome, RefreshMemory, Remark, Report, Trigger, WriteError};
use crate::domain::settings::{RefreshMode, Settings};
use crate::domain::state::memory::Part;
use crate::ports::{Ports, Stop};

/// How an attempt ends before its last step.
pub(super) enum End {
    With(Outcome),
    Failed(Failure),
    /// Claude Code itself is to refresh; why, where the settings name Wick.
    ByClaude(Option<WriteError>),
}

impl From<Outcome> for End {
    fn from(outcome: Outcome) -> Self {
        Self::With(outcome)
    }
}

impl From<Failure> for End {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

pub(super) struct Attempt<'a> {
    pub(super) ports: &'a Ports,
    pub(super) settings: &'a Settings,
    pub(super) trigger: Trigger,
    pub(super) stop: &'a Stop,
    /// What was read before any lock was taken.
    pub(super) before: Reading,
    /// What the state file holds.
    known: RefreshMemory,
    pub(super) memory: RefreshMemory,
    /// Whether this attempt's failure is in `memory` already.
    pub(super) noted: bool,
}

/// What the state file holds of refreshing this place.
pub(super) fn remembered(ports: &Ports, place: &Location) -> RefreshMemory {
    ports.state_file.load().remove(&place.to_string()).unwrap_or_default().refresh
}

impl<'a> Attempt<'a> {
    pub(super) fn new(
        ports: &'a Ports,
        settings: &'a Settings,
        trigger: Trigger,
        stop: &'a Stop,
        before: Reading,
    ) -> Self {
        let known = remembered(ports, &before.location);
        Self { ports, settings, trigger, stop, before, memory: known.clone(), known, noted: false }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.ports.clock.now().timestamp()
    }

    /// Someone's own word lets the token go where the config says, from now on.
    pub(super) fn allow_endpoint(&self) {
        let places = self.ports.state_file.load_sync().places;
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
            return Err(Outcome::without_credential(reading).unwrap_or(Outcome::Unreadable).into());
        };
        let settings = &self.settings.refresh;
        if self.trigger.is_by_itself() && !self.ports.state_file.load_sync().places.allow_endpoint(settings) {
            // Edited since it was begun.
            return Err(Outcome::StillFresh.into());
        }
        match decide(credential, before, self.trigger, settings, &self.memory, self.now()) {
            Decision::Spend if settings.mode == RefreshMode::Claude => Err(End::ByClaude(None)),
            Decision::Spend => Ok(credential),
            Decision::Leave(outcome) => Err(outcome.into()),
            Decision::Refuse(failure) => Err(failure.into()),
        }
    }

    pub(super) fn note(&mut self, failure: &Failure, credential: &Credential) {
        self.memory.note(failure, credential, &self.settings.refresh, self.now());
        self.noted = true;
    }

    /// Whether the state file knows what is remembered.
    pub(super) fn save(&mut self) -> bool {
        if self.memory == self.known {
            return true;
        }
        let part = Part::Refresh(self.memory.clone());
        let saved = self.ports.state_file.save(&self.before.location.to_string(), part);
        match &saved {
            Ok(()) => self.known = self.memory.clone(),
            Err(error) => tracing::warn!("what became of the refresh is not remembered: {error}"),
        }
        saved.is_ok()
    }

    /// What became of it. `after` is what is stored now.
    pub(super) fn report(mut self, ended: Result<Outcome, Failure>, end_assumed: bool, after: &Reading) -> Report {
        if let (Err(failure), Some(credential)) = (&ended, after.credential())
            && failure.is_remembered()
            && !self.noted
        {
            self.note(failure, credential);
        }
        self.save();
        let left = (self.ports.find_journal)(&self.before.location);
        let (outcome, remark) = match ended {
            Err(failure) => (Outcome::Failed, Some(Remark::Failed(failure))),
            Ok(Outcome::Refreshed) => (Outcome::Refreshed, end_assumed.then_some(Remark::EndAssumed)),
            Ok(outcome) => (outcome, self.remark(outcome, after, left)),
        };
        Report {
            kept: left && self.settings.refresh.mode != RefreshMode::Never,
            source: self.before.location.to_string(),
            memory: Some(self.memory),
            ..Report::new(outcome, Some(after), remark)
        }
    }

    /// What is to be said beside an outcome that changed nothing.
    fn remark(&self, outcome: Outcome, after: &Reading, left: bool) -> Option<Remark> {
        match outcome {
            Outcome::Busy => Some(Remark::Busy),
            Outcome::NotAllowed if left => Some(Remark::JournalLeft),
            Outcome::NotAllowed => Some(Remark::ReadOnly),
            Outcome::SignedOut | Outcome::NotFound | Outcome::Unreadable => {
                Concern::of(after, None, self.now()).map(Remark::Concern)
            }
            Outcome::StillFresh if self.trigger >= Trigger::Clicked => Some(Remark::ClaudeRenewsLate),
            _ => None,
        }
    }
}
