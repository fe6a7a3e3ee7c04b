//! The buttons of notifications: what can be done about what they say.

use super::targets;
use crate::domain::action::Action;
use crate::domain::settings::RefreshMode;
use crate::domain::state::State;
use crate::ports::notifier::Button;
use crate::words::menu::item;
use crate::words::sharing;

pub(super) const REFRESH: Button = (Action::Refresh, item::REFRESH);
pub(super) const SIGN_IN: Button = (Action::SignIn, item::SIGN_IN);
pub(super) const NEW_CI_TOKEN: Button = (Action::NewCiToken, item::NEW_CI_TOKEN);
pub(super) const OPEN_SETTINGS: Button = (Action::OpenSettings, item::OPEN_SETTINGS);
pub(super) const DIAGNOSE: Button = (Action::Diagnose, item::DIAGNOSE);
const SYNC: Button = (Action::SyncAll, item::SYNC);
const SYNC_AGAIN: Button = (Action::SyncAll, item::SYNC_AGAIN);
/// Whether targets get the refresh token, the safe one first.
const ANSWERS: [Button; 2] =
    [(Action::ShareRefreshToken(false), sharing::KEEP), (Action::ShareRefreshToken(true), sharing::SHARE)];

/// Every set of buttons that a notification may have: macOS wants to know them before it shows one.
pub fn sets() -> Vec<Vec<Button>> {
    let several = [renewing, way_in, after_sync].into_iter();
    let several = several.flat_map(|set| [(false, false), (false, true), (true, false), (true, true)].map(set));
    let single = [SIGN_IN, NEW_CI_TOKEN, OPEN_SETTINGS, DIAGNOSE].map(|button| vec![button]);
    several.filter(|set| !set.is_empty()).chain(single).collect()
}

/// Whether a refresh and a sync can be asked for.
pub(super) fn possible(state: &State) -> (bool, bool) {
    let signed_in = state.credential().is_some();
    (signed_in && state.settings.refresh.mode != RefreshMode::Never, signed_in && targets::are_listed(state))
}

/// What keeps the access token alive, here and elsewhere; as far as it can be done.
pub(super) fn renewing((refresh, sync): (bool, bool)) -> Vec<Button> {
    refresh.then_some(REFRESH).into_iter().chain(sync.then_some(SYNC)).collect()
}

/// The way in where the icon is hidden.
pub(super) fn way_in(possible: (bool, bool)) -> Vec<Button> {
    renewing(possible).into_iter().chain([SIGN_IN, DIAGNOSE]).collect()
}

/// What can be done once a sync has ended.
pub(super) fn after_sync((failed, asks): (bool, bool)) -> Vec<Button> {
    let answers: &[Button] = if asks { &ANSWERS } else { &[] };
    failed.then_some(SYNC_AGAIN).into_iter().chain(answers.iter().copied()).collect()
}
