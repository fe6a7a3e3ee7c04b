//! When a warning is due, and what is remembered of it.

use jiff::Timestamp;

use super::State;
use super::event::Effect;
use super::memory::Part;
use super::notice::Notice;
use crate::domain::alert::{self, Alert, AlertMemory, Clock, Deadline};
use crate::domain::credential::{ALERTS, CiTokenMemory, Credential};

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
        alert::due(&self.deadlines(), &mut memory, now).map(|alert| (alert, memory))
    }
}

/// The user was notified of a failed refresh, which says as much as a warning that the access token expires would.
pub(super) fn access_was_notified(state: &mut State, now: Timestamp) -> Option<Effect> {
    let mut memory = state.alert_memory();
    let thresholds = &state.settings.alerts.access;
    Deadline { clock: Clock::Access, end: state.credential()?.expires_at?, thresholds }.due(&mut memory, now)?;
    remember(state, memory)
}

/// The one that is due, once.
pub(super) fn due(state: &mut State, now: Timestamp) -> Option<[Effect; 2]> {
    let (alert, memory) = state.alert_due(now)?;
    Some([Effect::Notify(Notice::Alert(alert)), remember(state, memory)?])
}

fn remember(state: &mut State, alerts: AlertMemory) -> Option<Effect> {
    let source = state.reading()?.location.to_string();
    state.memories.entry(source.clone()).or_default().alerts = alerts.clone();
    Some(Effect::Remember(source, Part::Alerts(alerts)))
}
