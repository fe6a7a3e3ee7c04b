//! The menu's part about refreshing.

use jiff::ZonedDateTime;

use super::lines::concern;
use crate::domain::action::Action;
use crate::domain::refresh::{Outcome, Remark, Trigger};
use crate::domain::settings::RefreshMode;
use crate::domain::state::State;
use crate::ports::screen::Entry;
use crate::words::refresh as words;
use crate::words::sentence::capital;

/// Refreshing: what became of the last one, the button.
pub(super) fn entries(state: &State, now: &ZonedDateTime) -> Vec<Entry> {
    let (settings, refreshing) = (&state.settings.refresh, &state.refreshing);
    if settings.mode == RefreshMode::Never {
        return read_only(state, now);
    }
    let credential = state.credential();
    if credential.is_none() && !refreshing.kept {
        return Vec::new();
    }
    let mut entries: Vec<Entry> = last(state, now).into_iter().map(Entry::Text).collect();
    let next = state.next_try(now.timestamp()).map(|next| words::next_try(next, now));
    let click = state.waits_for_a_click().then(|| words::new_endpoint(state.only_watches));
    entries.extend(next.into_iter().chain(click).map(Entry::Text));
    if refreshing.running.is_some_and(|trigger| trigger > Trigger::Finish) {
        entries.push(Entry::Text(words::REFRESHING.to_owned()));
    } else if refreshing.kept
        || credential.is_some_and(|found| found.refresh_token.is_some() && !found.login_has_ended(now.timestamp()))
    {
        entries.push(Entry::Button(Action::Refresh, words::REFRESH_NOW.to_owned()));
    }
    entries
}

/// The switch, where there is something to refresh.
pub(super) fn switch(state: &State) -> Option<Entry> {
    let settings = &state.settings.refresh;
    let is_there = settings.mode != RefreshMode::Never && (state.credential().is_some() || state.refreshing.kept);
    is_there.then_some(Entry::Switch(Action::SwitchAutomatic, words::AUTOMATICALLY, settings.automatic))
}

fn read_only(state: &State, now: &ZonedDateTime) -> Vec<Entry> {
    if state.config_error.is_some() && !state.settings_were_read {
        // For want of settings, which is said above.
        return Vec::new();
    }
    let report = state.refreshing.last.as_ref().filter(|(_, report)| report.outcome == Outcome::NotAllowed);
    let left = report
        .and_then(|(_, report)| report.remark.as_ref())
        .map(|remark| words::remark(remark, now).lines(state.only_watches));
    [words::READ_ONLY.to_owned()].into_iter().chain(left.into_iter().flatten()).map(Entry::Text).collect()
}

/// What became of the last one, and what to do.
fn last(state: &State, now: &ZonedDateTime) -> Vec<String> {
    let (at, outcome, sentence, is_of_the_sign_in) = match (&state.refreshing.last, state.standing_failure()) {
        (Some((at, report)), _) => {
            // What it says of a wait begins then.
            let then = at.to_zoned_datetime(now.time_zone().clone());
            let remark = report.remark.as_ref();
            let is_of_the_sign_in = remark.is_some_and(Remark::is_of_the_sign_in);
            (*at, report.outcome, remark.map(|remark| words::remark(remark, &then)), is_of_the_sign_in)
        }
        (None, Some(failure)) => (failure.at, Outcome::Failed, Some(words::remembered(failure, now)), false),
        (None, None) => return Vec::new(),
    };
    let what = match outcome {
        Outcome::Refreshed => words::done(at, now),
        Outcome::AlreadyRefreshed => words::adopted(at, now),
        _ => words::failed_at(at, sentence.as_ref().map_or("", |sentence| &sentence.message), now),
    };
    let is_over = state.credential().is_some_and(|found| found.login_has_ended(now.timestamp()));
    let is_lost = outcome == Outcome::Failed && is_over && !state.refreshing.kept;
    let sentence = sentence.map(|said| if is_lost { words::after_the_end(said) } else { said });
    let act = sentence.map(|sentence| capital(sentence.act(state.only_watches)));
    // Above it stands what is wrong with the sign-in, and what to do about that.
    let act = act.filter(|_| !(is_lost || is_of_the_sign_in) || concern(state, now).is_none());
    [what].into_iter().chain(act).collect()
}
