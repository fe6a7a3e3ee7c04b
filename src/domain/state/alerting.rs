//! When a warning is due, and what it says.

use jiff::Timestamp;

use super::State;
use super::event::Effect;
use super::memory::Part;
use super::notice::Notice;
use crate::domain::alert;
use crate::domain::credential::CiTokenMemory;

impl State {
    pub(super) fn deadlines(&self) -> Option<alert::Deadlines> {
        let credential = self.reading()?.credential();
        Some(alert::Deadlines::of(credential, self.access_speaks(), self.ci_token().map(CiTokenMemory::end)))
    }
}

/// Whether one would speak now.
pub(super) fn is_due(state: &State, now: Timestamp) -> bool {
    let Some(reading) = state.reading() else { return false };
    let memory = state.memories.get(&reading.location.to_string()).cloned().unwrap_or_default();
    state.deadlines().is_some_and(|deadlines| alert::is_due(deadlines, &state.settings.alerts, &memory.alerts, now))
}

/// A failed refresh was told of, which says as much as a warning of the access token's end would.
pub(super) fn access_was_told(state: &mut State, now: Timestamp) -> Option<Effect> {
    let reading = state.reading()?;
    let (source, end) = (reading.location.to_string(), reading.credential()?.expires_at);
    let memory = &mut state.memories.entry(source.clone()).or_default().alerts;
    alert::access_was_told(end, &state.settings.alerts, memory, now);
    Some(Effect::Remember(source, Part::Alerts(memory.clone())))
}

/// The one that is due, once.
pub(super) fn due(state: &mut State, now: Timestamp) -> Vec<Effect> {
    let (Some(reading), Some(deadlines)) = (state.reading(), state.deadlines()) else { return Vec::new() };
    let source = reading.location.to_string();
    let memory = state.memories.entry(source.clone()).or_default();
    let Some(alert) = alert::due(deadlines, &state.settings.alerts, &mut memory.alerts, now) else {
        return Vec::new();
    };
    let remembered = Effect::Remember(source, Part::Alerts(memory.alerts.clone()));
    vec![Effect::Notify(Notice::Alert(alert)), remembered]
}
