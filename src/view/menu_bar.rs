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
use crate::words::menu::item;
use crate::words::sentence::capital;

/// What is shown of `state` at `now`.
pub fn menu_bar(state: &State, now: &ZonedDateTime) -> TrayView {
    let lines = lines(state, now);
    let tooltip = problems(state, now).iter().chain(&lines).take(2).cloned().collect::<Vec<_>>().join("\n");
    let mut groups = own(state, now);
    let mut common = common(state);
    // Alone, what is one's own and what is common stand together.
    if let (Some(last), Some(first)) = (groups.last_mut(), common.first_mut()) {
        let before_the_last = last.len().saturating_sub(1);
        last.splice(before_the_last..before_the_last, first.drain(..));
    }
    groups.extend(common.into_iter().filter(|group| !group.is_empty()));
    TrayView { icon: icon(state, now), title: shown_title(state, now), tooltip, menu: groups.join(&Entry::Separator) }
}

/// What is about one profile, group by group.
pub(super) fn own(state: &State, now: &ZonedDateTime) -> Vec<Vec<Entry>> {
    let try_again = state.reading().is_some_and(|reading| reading.outcome.as_ref().is_err_and(Problem::needs_a_click));
    let groups = [
        problems(state, now).into_iter().map(Entry::Text).collect(),
        lines(state, now).into_iter().map(Entry::Text).collect(),
        refreshing::entries(state, now),
        targets::entries(state, now),
        try_again.then(|| button(Action::TryAgain, item::TRY_AGAIN)).into_iter().collect(),
        in_a_terminal(state),
    ];
    groups.into_iter().filter(|group: &Vec<Entry>| !group.is_empty()).collect()
}

fn in_a_terminal(state: &State) -> Vec<Entry> {
    let set_up = (!targets::are_listed(state)).then(|| button(Action::SetUp, item::SET_UP));
    let others = [
        button(Action::SignIn, item::SIGN_IN),
        button(Action::NewCiToken, item::NEW_CI_TOKEN),
        button(Action::Diagnose, item::DIAGNOSE),
    ];
    set_up.into_iter().chain(others).collect()
}

fn button(action: Action, text: &str) -> Entry {
    Entry::Button(action, text.to_owned())
}

/// What is about the app as a whole, group by group.
pub(super) fn common(state: &State) -> Vec<Vec<Entry>> {
    let mut settings = vec![button(Action::OpenSettings, item::OPEN_SETTINGS)];
    settings.extend(autostart(state));
    vec![settings, vec![button(Action::Quit, item::QUIT)]]
}

/// The switch for opening at login, where that is possible.
fn autostart(state: &State) -> Vec<Entry> {
    let Some(known) = state.autostart.as_ref().filter(|known| !matches!(known, Autostart::Unavailable(_))) else {
        return Vec::new();
    };
    let switch = Entry::Switch(Action::SwitchAutostart, autostart_words::OPEN_AT_LOGIN, known.is_on());
    let hint = autostart_words::hint(known).map(|hint| Entry::Text(capital(&hint)));
    [switch].into_iter().chain(hint).collect()
}
