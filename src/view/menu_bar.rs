//! Everything that the menu bar shows of one state at a moment.

use jiff::ZonedDateTime;

use super::icon::{icon, shown_title};
use super::lines::{lines, problems};
use super::{refreshing, targets};
use crate::domain::action::Action;
use crate::domain::autostart::Autostart;
use crate::domain::credential::Problem;
use crate::domain::state::State;
use crate::ports::screen::{Entry, TrayView};
use crate::words::autostart as autostart_words;
use crate::words::menu::{self, item};
use crate::words::sentence::capital;

/// What is shown of `state` at `now`.
pub fn menu_bar(state: &State, now: &ZonedDateTime) -> TrayView {
    let lines = lines(state, now);
    let tooltip = problems(state, now).iter().chain(&lines).take(2).cloned().collect::<Vec<_>>().join("\n");
    let groups = [own(state, now, true), vec![ending()]].concat();
    TrayView { icon: icon(state, now), title: shown_title(state, now), tooltip, menu: groups.join(&Entry::Separator) }
}

/// What is about one profile, group by group; alone, with what is about the app as a whole.
pub(super) fn own(state: &State, now: &ZonedDateTime, is_alone: bool) -> Vec<Vec<Entry>> {
    let try_again = state.reading().is_some_and(|reading| reading.outcome.as_ref().is_err_and(Problem::needs_a_click));
    let whole = if is_alone { common(state) } else { Vec::new() };
    let (whole, others): (Vec<_>, Vec<_>) = whole.into_iter().partition(|entry| matches!(entry, Entry::Switch(..)));
    let switches = refreshing::switch(state).into_iter().chain(targets::switch(state)).chain(whole).collect::<Vec<_>>();
    let automatic = (!switches.is_empty()).then(|| Entry::Group(menu::AUTOMATIC.to_owned(), switches));
    let groups = [
        problems(state, now).into_iter().map(Entry::Text).collect(),
        lines(state, now).into_iter().map(Entry::Text).collect(),
        refreshing::entries(state, now),
        targets::entries(state, now),
        try_again.then(|| button(Action::TryAgain, item::TRY_AGAIN)).into_iter().collect(),
        vec![
            button(Action::SetUp, item::SET_UP),
            button(Action::SignIn, item::SIGN_IN),
            button(Action::NewCiToken, item::NEW_CI_TOKEN),
        ],
        automatic.into_iter().chain(others).chain([button(Action::Diagnose, item::DIAGNOSE)]).collect(),
    ];
    groups.into_iter().filter(|group: &Vec<Entry>| !group.is_empty()).collect()
}

fn button(action: Action, text: &str) -> Entry {
    Entry::Button(action, text.to_owned())
}

/// What is about the app as a whole.
pub(super) fn common(state: &State) -> Vec<Entry> {
    [autostart(state), vec![button(Action::OpenSettings, item::OPEN_SETTINGS)]].concat()
}

/// What stands below all else.
pub(super) fn ending() -> Vec<Entry> {
    let about = vec![Entry::Text(menu::DESCRIPTION.to_owned())];
    vec![Entry::Group(menu::ABOUT.to_owned(), about), button(Action::Quit, item::QUIT)]
}

/// The switch for opening at login, where that is possible, and what is to be done for it.
fn autostart(state: &State) -> Vec<Entry> {
    let Some(known) = &state.autostart else { return Vec::new() };
    let switch = (!matches!(known, Autostart::Unavailable(_)))
        .then(|| Entry::Switch(Action::SwitchAutostart, autostart_words::OPEN_AT_LOGIN, known.is_on()));
    let hint = autostart_words::hint(known).map(|hint| Entry::Text(capital(&hint)));
    switch.into_iter().chain(hint).collect()
}
