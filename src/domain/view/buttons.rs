//! The buttons of notifications: what can be done about what they say.

use super::{Action, targets};
use crate::domain::message::item;
use crate::domain::settings::RefreshMode;
use crate::domain::source::Reading;
use crate::domain::state::State;

/// What keeps the access token alive, here and elsewhere; as far as it can be done.
pub fn renewing(state: &State) -> Vec<(Action, &'static str)> {
    let signed_in = state.reading().and_then(Reading::credential).is_some();
    let refresh = signed_in && state.settings().refresh.mode != RefreshMode::Never;
    let sync = signed_in && targets::are_listed(state);
    let buttons = [(refresh, (Action::Refresh, item::REFRESH)), (sync, (Action::SyncAll, item::SYNC))];
    buttons.into_iter().filter(|(possible, _)| *possible).map(|(_, button)| button).collect()
}

/// The way in where the icon is hidden.
pub fn way_in(state: &State) -> Vec<(Action, &'static str)> {
    let mut buttons = renewing(state);
    buttons.extend([(Action::SignIn, item::SIGN_IN), (Action::Diagnose, item::DIAGNOSE)]);
    buttons
}
