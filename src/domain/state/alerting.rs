//! When a warning is due, and what is remembered of it.

use jiff::{SignedDuration, Timestamp};

use super::event::Effect;
use super::memory::Part;
use super::notice::Notice;
use super::{Said, State};
use crate::domain::alert::{self, Alert, AlertMemory, Clock, Deadline};
use crate::domain::credential::{ALERTS, CiTokenMemory, Credential};
use crate::domain::time::Wait;

/// Between two tries of what could not be shown.
const AGAIN: SignedDuration = SignedDuration::from_mins(10);
/// As many may be on their way: a service that hangs answers none.
const MOST_SAID: usize = 4;

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

    fn alert_memory(&self) -> AlertMemory {
        self.memory().map(|memory| memory.alerts.clone()).unwrap_or_default()
    }

    /// The warning that is due, and what is remembered once it was given.
    pub(super) fn alert_due(&self, now: Timestamp) -> Option<(Alert, AlertMemory)> {
        let mut memory = self.alert_memory();
        let alert = alert::due(&self.deadlines(), &mut memory, now)?;
        let waits = self.unshown.as_ref().is_some_and(|(said, wait)| *said == memory && wait.end(now).is_some());
        (!waits).then_some((alert, memory))
    }

    /// When what could not be shown is tried again.
    pub(super) fn unshown_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.unshown.as_ref().and_then(|(_, wait)| wait.end(now))
    }
}

/// The user was notified of a failed refresh, which says as much as a warning that the access token expires would.
pub(super) fn access_was_notified(state: &mut State, notice: &Notice, now: Timestamp) -> Option<Effect> {
    let mut memory = state.alert_memory();
    let thresholds = &state.settings.alerts.access;
    Deadline { clock: Clock::Access, end: state.credential()?.expires_at?, thresholds }.due(&mut memory, now)?;
    remember(state, memory, notice)
}

/// The one that is due, once.
pub(super) fn due(state: &mut State, now: Timestamp) -> Option<[Effect; 2]> {
    let (alert, memory) = state.alert_due(now)?;
    let notice = Notice::Alert(alert);
    let remembered = remember(state, memory, &notice)?;
    Some([Effect::Notify(notice), remembered])
}

fn remember(state: &mut State, after: AlertMemory, notice: &Notice) -> Option<Effect> {
    let source = state.reading()?.location.to_string();
    let before = state.alert_memory();
    if state.said.len() >= MOST_SAID {
        state.said.remove(0);
    }
    state.said.push(Said { notice: notice.clone(), source: source.clone(), before, after: after.clone() });
    Some(set(state, source, after))
}

fn set(state: &mut State, source: String, alerts: AlertMemory) -> Effect {
    state.memories.entry(source.clone()).or_default().alerts = alerts.clone();
    Effect::Remember(source, Part::Alerts(alerts))
}

/// A notification could not be shown: nothing is said by it, and what it was about is tried again after a while. Someone who
/// asked sees the report instead.
pub(super) fn not_shown(state: &mut State, notice: &Notice, now: Timestamp) -> Option<Effect> {
    match notice {
        Notice::Clocks => return Some(Effect::Diagnose),
        Notice::RefreshEnded(_) => state.refreshing.notified = None,
        Notice::SyncEnded(_) => state.syncing.notified.clear(),
        _ => {}
    }
    let said = state.said.iter().position(|said| said.notice == *notice)?;
    let Said { source, before, after, .. } = state.said.remove(said);
    let mut memory = state.memories.get(&source).map(|memory| memory.alerts.clone()).unwrap_or_default();
    memory.take_back(&before, &after);
    state.unshown = Some((after, Wait::of(AGAIN, now)));
    Some(set(state, source, memory))
}
