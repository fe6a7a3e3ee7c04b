//! The buttons of notifications: what can be done about what they say.

use super::targets;
use crate::domain::action::Action;
use crate::domain::settings::RefreshMode;
use crate::domain::state::State;
use crate::words::menu::item;

/// What keeps the access token alive, here and elsewhere; as far as it can be done.
pub(super) fn renewing(state: &State) -> Vec<(Action, &'static str)> {
    let signed_in = state.credential().is_some();
    let refresh = signed_in && state.settings.refresh.mode != RefreshMode::Never;
    let sync = signed_in && targets::are_listed(state);
    let buttons = [(refresh, (Action::Refresh, item::REFRESH)), (sync, (Action::SyncAll, item::SYNC))];
    buttons.into_iter().filter(|(possible, _)| *possible).map(|(_, button)| button).collect()
}

/// The way in where the icon is hidden.
pub(super) fn way_in(state: &State) -> Vec<(Action, &'static str)> {
    let mut buttons = renewing(state);
    buttons.extend([(Action::SignIn, item::SIGN_IN), (Action::Diagnose, item::DIAGNOSE)]);
    buttons
}
