//! When something is to be said, what is remembered of it, and what is said again because it could not be shown.

use jiff::{SignedDuration, Timestamp};

use super::event::Effect;
use super::memory::Part;
use super::notice::Notice;
use super::{Said, SaidAlerts, State};
use crate::domain::alert::{self, Alert, AlertMemory, Clock, Deadline};
use crate::domain::credential::{ALERTS, CiTokenMemory, Contents, Credential};
use crate::domain::refresh::Outcome;
use crate::domain::time::{Wait, backed_off};

/// What could not be shown is tried again after so long at first; each further wait is twice as long,
const AGAIN: SignedDuration = SignedDuration::from_mins(10);
/// up to this.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(4);
/// More than there are subjects, but for syncs: a service that hangs answers none.
const MOST_SAID: usize = 8;

impl State {
    /// The ends that are to be warned of: the access token's only where nobody sees to it by himself.
    pub(super) fn deadlines(&self) -> Vec<Deadline<'_>> {
        if self.material.is_none() {
            return Vec::new();
        }
        let (settings, credential) = (&self.settings.alerts, self.credential());
        let clocks = [
            // From its earliest end on, nobody can rely on it.
            (Clock::Login, credential.and_then(Credential::login_ends_from), &settings.login[..]),
            (
                Clock::Access,
                credential.and_then(|found| found.expires_at).filter(|_| self.access_speaks()),
                &settings.access,
            ),
            (Clock::CiToken, self.ci_token().map(CiTokenMemory::end), &ALERTS),
        ];
        clocks
            .into_iter()
            .filter_map(|(clock, end, thresholds)| Some(Deadline { clock, end: end?, thresholds }))
            .collect()
    }

    /// Whether the sign-in's end is so near that there are warnings of it, or has come.
    pub fn login_ends_soon(&self, now: Timestamp) -> bool {
        let end = self.credential().and_then(Credential::login_ends_from);
        let soon = self.settings.alerts.login.iter().max();
        end.zip(soon).is_some_and(|(end, soon)| end.time_left(now) <= *soon)
    }

    /// By a notification after which the alerts are remembered so.
    fn alerts_after(&self, after: AlertMemory) -> Option<SaidAlerts> {
        let source = self.reading()?.location.to_string();
        Some(SaidAlerts { source, before: self.alert_memory(), after })
    }

    fn alert_memory(&self) -> AlertMemory {
        self.memory().map(|memory| memory.alerts.clone()).unwrap_or_default()
    }

    /// The warning that is due, and what is remembered once it was given.
    pub(super) fn alert_due(&self, now: Timestamp) -> Option<(Alert, AlertMemory)> {
        if self.sleeps_until(now).is_some() {
            return None;
        }
        let mut memory = self.alert_memory();
        let mut deadlines = self.deadlines();
        deadlines.retain(|deadline| !self.could_not_be_shown(deadline, memory.clone(), now));
        let alert = alert::due(&deadlines, &mut memory, now)?;
        Some((alert, memory))
    }

    /// Whether what there is to say of it could not be shown lately.
    fn could_not_be_shown(&self, deadline: &Deadline<'_>, mut memory: AlertMemory, now: Timestamp) -> bool {
        deadline.due(&mut memory, now);
        let announced = *memory.of(deadline.clock);
        let is_it = |said: &SaidAlerts| {
            let (mut before, mut after) = (said.before.clone(), said.after.clone());
            let after = *after.of(deadline.clock);
            after == announced && after != *before.of(deadline.clock)
        };
        let mut waiting = self.said.iter().filter(|said| said.again.is_some_and(|wait| wait.end(now).is_some()));
        waiting.any(|said| said.alerts.as_ref().is_some_and(is_it))
    }

    /// When what could not be shown is said again.
    pub(super) fn said_again_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.said.iter().filter_map(|said| said.again?.end(now)).min()
    }

    /// Whether something is due to be said, for the first time or again.
    pub(super) fn has_to_say(&self, now: Timestamp) -> bool {
        let is_due = |said: &Said| said.is_due(now);
        self.alert_due(now).is_some() || self.sleeps_until(now).is_none() && self.said.iter().any(is_due)
    }

    /// Whether that is still so. What only answers a click is not said again.
    fn still_holds(&self, notice: &Notice) -> bool {
        match notice {
            Notice::SignedOut(_) => {
                self.reading().is_some_and(|reading| matches!(reading.outcome, Ok(Contents::SignedOut(_))))
            }
            Notice::RefreshEnded(report) => self.refreshing.is_notified_of(report),
            Notice::SyncEnded(report) => self.syncing.is_notified_of(report),
            _ => false,
        }
    }
}

impl Said {
    /// Whether it waits and its time has come. An alert is not repeated, but found due anew.
    fn is_due(&self, now: Timestamp) -> bool {
        let is_over = self.again.is_some_and(|wait| wait.end(now).is_none());
        is_over && !matches!(self.notice, Notice::Alert(_))
    }

    /// Whether the other one takes its place.
    fn is_about(&self, other: &Notice) -> bool {
        match (&self.notice, other) {
            (Notice::Alert(one), Notice::Alert(other)) => one.clock == other.clock,
            (Notice::SyncEnded(one), Notice::SyncEnded(other)) => one == other,
            (one, other) => std::mem::discriminant(one) == std::mem::discriminant(other),
        }
    }
}

/// Tells it: at once where someone `asked`, and otherwise once the computer is awake.
pub(super) fn say(state: &mut State, notice: Notice, asked: bool, now: Timestamp) -> Vec<Effect> {
    if !asked && state.sleeps_until(now).is_some() {
        keep(state, notice, None, Some(Wait::of(SignedDuration::ZERO, now)));
        return Vec::new();
    }
    let alerts = access_was_notified(state, &notice, now);
    let mut effects: Vec<Effect> = alerts.clone().map(|said| set(state, said.source, said.after)).into_iter().collect();
    if state.still_holds(&notice) {
        keep(state, notice.clone(), alerts, None);
    }
    effects.push(Effect::Notify(notice));
    effects
}

/// A failed refresh says as much as a warning that the access token expires would.
fn access_was_notified(state: &State, notice: &Notice, now: Timestamp) -> Option<SaidAlerts> {
    if !matches!(notice, Notice::RefreshEnded(report) if report.outcome == Outcome::Failed) {
        return None;
    }
    let mut memory = state.alert_memory();
    let thresholds = &state.settings.alerts.access;
    Deadline { clock: Clock::Access, end: state.credential()?.expires_at?, thresholds }.due(&mut memory, now)?;
    state.alerts_after(memory)
}

/// What is due to be said, each once.
pub(super) fn due(state: &mut State, now: Timestamp) -> Vec<Effect> {
    if !state.has_to_say(now) {
        return Vec::new();
    }
    let waiting: Vec<Notice> =
        state.said.iter().filter(|said| said.is_due(now)).map(|said| said.notice.clone()).collect();
    let mut effects = Vec::new();
    for notice in waiting {
        if state.still_holds(&notice) {
            effects.extend(say(state, notice, false, now));
        } else {
            state.said.retain(|said| said.notice != notice);
        }
    }
    if let Some((alert, memory)) = state.alert_due(now)
        && let Some(alerts) = state.alerts_after(memory)
    {
        let notice = Notice::Alert(alert);
        keep(state, notice.clone(), Some(alerts.clone()), None);
        effects.extend([Effect::Notify(notice), set(state, alerts.source, alerts.after)]);
    }
    effects
}

/// Keeps what is said; what could not be shown before goes on being counted.
fn keep(state: &mut State, notice: Notice, alerts: Option<SaidAlerts>, again: Option<Wait>) {
    let before = state.said.iter().position(|said| said.is_about(&notice)).map(|place| state.said.remove(place));
    let failures = before.filter(|said| said.again.is_some()).map_or(0, |said| said.failures);
    if state.said.len() >= MOST_SAID {
        let shown = state.said.iter().position(|said| said.again.is_none());
        state.said.remove(shown.unwrap_or_default());
    }
    state.said.push(Said { notice, alerts, failures, again });
}

fn set(state: &mut State, source: String, alerts: AlertMemory) -> Effect {
    state.memories.entry(source.clone()).or_default().alerts = alerts.clone();
    Effect::Remember(source, Part::Alerts(alerts))
}

/// A notification could not be shown: nothing is said by it, and it is tried again after a while, each time after a longer
/// one. Someone who asked is there to be asked for permission, and sees the report instead.
pub(super) fn not_shown(state: &mut State, notice: &Notice, now: Timestamp) -> Vec<Effect> {
    if *notice == Notice::Clocks {
        return vec![Effect::AskToNotify, Effect::Diagnose];
    }
    unsaid(state, notice, now).into_iter().collect()
}

fn unsaid(state: &mut State, notice: &Notice, now: Timestamp) -> Option<Effect> {
    let said = state.said.iter_mut().find(|said| said.notice == *notice)?;
    said.failures = said.failures.saturating_add(1);
    said.again = Some(Wait::of(backed_off(AGAIN, said.failures, LONGEST_WAIT), now));
    let SaidAlerts { source, before, after } = said.alerts.clone()?;
    let mut memory = state.memories.get(&source).map(|memory| memory.alerts.clone()).unwrap_or_default();
    memory.take_back(&before, &after);
    Some(set(state, source, memory))
}

#[cfg(test)]
mod tests;
