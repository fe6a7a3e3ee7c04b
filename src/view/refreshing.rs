//! The menu's part about refreshing.

use jiff::ZonedDateTime;

use crate::domain::action::Action;
use crate::domain::refresh::{Outcome, Trigger};
use crate::domain::settings::RefreshMode;
use crate::domain::state::State;
use crate::ports::screen::Entry;
use crate::words::refresh as words;
use crate::words::sentence::capital;

/// Refreshing: what became of the last one, the button, the switch.
pub(super) fn entries(state: &State, now: &ZonedDateTime) -> Vec<Entry> {
    let settings = &state.settings().refresh;
    if settings.mode == RefreshMode::Never {
        if state.config_error().is_some() && !state.settings_were_read() {
            // For want of settings, which is said above.
            return Vec::new();
        }
        let report = state.refreshing().last.as_ref().filter(|(_, report)| report.outcome == Outcome::NotAllowed);
        let left = report.and_then(|(_, report)| report.remark.as_ref()).map(words::remark);
        let left = left.into_iter().flat_map(|error| [capital(&error.message), capital(&error.action)]);
        return [words::READ_ONLY.to_owned()].into_iter().chain(left).map(Entry::Text).collect();
    }
    let credential = state.credential();
    if credential.is_none() && !state.refreshing().kept {
        return Vec::new();
    }
    let mut entries = Vec::new();
    if let Some((at, report)) = &state.refreshing().last {
        let error = report.remark.as_ref().map(words::remark);
        entries.push(Entry::Text(match report.outcome {
            Outcome::Refreshed => words::done(*at, now),
            Outcome::AlreadyRefreshed => words::adopted(*at, now),
            _ => words::failed_at(*at, error.as_ref().map_or("", |error| &error.message), now),
        }));
        entries.extend(error.map(|error| Entry::Text(capital(&error.action))));
    } else if let Some(failure) = state.standing_failure() {
        let sentence = words::remembered(failure);
        entries.push(Entry::Text(words::failed_at(failure.at, &sentence.message, now)));
        entries.push(Entry::Text(capital(&sentence.action)));
    }
    if let Some(next) = state.next_try(now.timestamp()) {
        entries.push(Entry::Text(words::next_try(next, now)));
    }
    if state.waits_for_a_click() {
        entries.push(Entry::Text(words::NEW_ENDPOINT.to_owned()));
    }
    if state.refreshing().running.is_some_and(|trigger| trigger > Trigger::Finish) {
        entries.push(Entry::Text(words::REFRESHING.to_owned()));
    } else if state.refreshing().kept || credential.is_some_and(|found| found.refresh_token.is_some()) {
        entries.push(Entry::Button(Action::Refresh, words::REFRESH_NOW.to_owned()));
    }
    entries.push(Entry::Switch(Action::SwitchAutomatic, words::AUTOMATICALLY, settings.automatic));
    entries
}
