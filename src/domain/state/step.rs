//! The one function that changes the state.

use std::collections::BTreeSet;

use jiff::{Timestamp, ZonedDateTime};

use super::event::{Effect, Ended, Event, Look};
use super::notice::Notice;
use super::{State, alerting, looking, refreshing, sleeping, syncing};
use crate::domain::action::Action;
use crate::domain::autostart::Autostart;
use crate::domain::refresh::Trigger;
use crate::domain::settings::{RefreshMode, Setting, Settings};
use crate::domain::sync::Scope;

/// Takes in what happened and returns what should be done.
pub fn step(state: &mut State, event: Event, now: &ZonedDateTime) -> Vec<Effect> {
    let moment = now.timestamp();
    sleeping::follow(state, moment);
    let mut effects = follow(state, event, now);
    state.seen = state.seen.max(Some(moment));
    if state.only_watches {
        effects.retain(Effect::is_for_watching);
    }
    effects
}

/// What follows from each event.
fn follow(state: &mut State, event: Event, now: &ZonedDateTime) -> Vec<Effect> {
    let moment = now.timestamp();
    let mut effects = Vec::new();
    match event {
        Event::Started => {
            state.started_at = Some(moment);
            effects.extend([state.look(Look::IfMoved, moment), Effect::LookAtAutostart]);
            // Finishes what an earlier run left; in mode `never`, only reports it.
            effects.extend(refreshing::begin(state, Trigger::Finish));
        }
        Event::FilesMoved => effects.push(state.look(Look::IfMoved, moment)),
        Event::MenuOpened => {
            effects.extend([state.look(Look::IfMoved, moment), Effect::LookAtAutostart, Effect::AskToNotify]);
        }
        Event::LoginItemMoved => effects.push(Effect::LookAtAutostart),
        Event::Tick => {
            effects.extend(sleeping::reopen_due(state, moment));
            effects.extend(looking::regular_look(state, moment));
        }
        Event::Leave => effects.push(Effect::End(Ended::OtherProfiles)),
        Event::WillSleep => sleeping::will_sleep(state, moment),
        Event::Slept => effects.extend(sleeping::slept(state, moment)),
        Event::Woke => effects.extend(sleeping::woke(state, moment)),
        Event::Reopened => sleeping::reopened(state, moment),
        Event::NotShown(notice) => effects.extend(alerting::not_shown(state, &notice, moment)),
        Event::NotificationAnswered => sleeping::answered(state, moment),
        Event::AutostartFound(autostart) => state.autostart = Some(autostart),
        Event::Loaded(material) => {
            effects.extend(looking::loaded(state, material, moment));
            effects.extend(due(state, now));
        }
        Event::NothingMoved => effects.extend(due(state, now)),
        Event::RefreshEnded(report) => {
            effects.extend(refreshing::ended(state, report, moment));
            effects.extend(refreshing::begin_clicked(state));
            effects.extend(syncing::refresh_ended(state));
        }
        Event::NothingToFinish(source, memory) => {
            effects.push(refreshing::nothing_to_finish(state, source, memory, moment));
            effects.extend(refreshing::begin_clicked(state));
            effects.extend(syncing::refresh_ended(state));
        }
        Event::Overruled(by) => state.overruling = by,
        Event::JournalFound => refreshing::journal_found(state),
        Event::SyncRemembered(memory) => effects.extend(syncing::remembered(state, memory)),
        Event::SyncProgressed(progress) => state.syncing.running = state.syncing.running.take().map(|_| progress),
        Event::SyncEnded(report, memory) => effects.extend(syncing::ended(state, report, memory, moment)),
        Event::NetworkChanged => effects.extend(sleeping::network_changed(state, moment)),
        Event::ConfigLoaded(Ok(settings)) => effects.extend(config_read(state, settings, moment)),
        Event::ConfigLoaded(Err(error)) => state.config_error = Some(error),
        Event::Chosen(action) => effects.extend(chosen(state, action, now)),
        Event::ActionFailed(action, error) => {
            effects.push(Effect::Notify(Notice::ActionFailed(action, error)));
        }
    }
    effects
}

fn config_read(state: &mut State, settings: Settings, now: Timestamp) -> Vec<Effect> {
    let mut effects = Vec::new();
    let store_changed = settings.credential != state.settings.credential
        || settings.needs_the_ci_token() != state.settings.needs_the_ci_token()
        || settings.is_about_the_ci_token() != state.settings.is_about_the_ci_token();
    if !same_profiles(&settings, &state.settings) {
        effects.push(Effect::End(Ended::OtherProfiles));
    }
    let before = state.set_settings(settings);
    syncing::config_changed(state, &before);
    (state.config_error, state.settings_were_read) = (None, true);
    effects.extend(syncing::see_places(state));
    if store_changed {
        effects.push(Effect::OpenStore);
        effects.push(state.look(Look::Again, now));
    } else if state.settings != before {
        // What the edit has made due is not left to the next regular look.
        effects.push(state.look(Look::IfMoved, now));
    }
    effects
}

fn chosen(state: &mut State, action: Action, now: &ZonedDateTime) -> Option<Effect> {
    let effect = match action {
        Action::TryAgain => state.look(Look::Patiently, now.timestamp()),
        Action::ShowClocks => Effect::Notify(Notice::Clocks),
        Action::Refresh if state.settings.refresh.mode == RefreshMode::Never => {
            let config_error = state.config_error.clone().filter(|_| !state.settings_were_read);
            Effect::Notify(Notice::ReadOnly(config_error))
        }
        Action::Refresh => return refreshing::begin(state, Trigger::Clicked),
        Action::SwitchAutostart => Effect::SetAutostart(!state.autostart.as_ref().is_some_and(Autostart::is_on)),
        Action::SwitchAutomatic => Effect::Set(action, Setting::AutomaticRefresh(!state.settings.refresh.automatic)),
        Action::SyncAll => return syncing::asked(state, Scope::All, now.timestamp()),
        Action::SyncTarget(id) => return syncing::asked(state, Scope::Only(BTreeSet::from([id])), now.timestamp()),
        Action::SwitchAutomaticSync => Effect::Set(action, Setting::AutomaticSync(!state.settings.sync.automatic)),
        Action::ShareRefreshToken(yes) => Effect::Set(action, Setting::ShareRefreshToken(yes)),
        Action::SignIn => Effect::SignIn,
        Action::NewCiToken => Effect::NewCiToken,
        Action::SetUp => Effect::SetUp,
        Action::OpenSettings => Effect::OpenSettings,
        Action::Diagnose => Effect::Diagnose,
        Action::Quit => Effect::End(Ended::Quit),
    };
    Some(effect)
}

/// Whether both list the same ones: each has a loop of its own, unless the default one has the same sign-in.
fn same_profiles(one: &Settings, other: &Settings) -> bool {
    let names = |settings: &Settings| -> Vec<_> {
        settings.profiles.iter().map(|profile| (profile.name.clone(), profile.config_dir.clone())).collect()
    };
    names(one) == names(other) && (one.profiles.is_empty() || one.credential == other.credential)
}

/// What falls due once it is known what is stored now.
fn due(state: &mut State, now: &ZonedDateTime) -> Vec<Effect> {
    let mut effects: Vec<Effect> = refreshing::begin_due(state, now.timestamp()).into_iter().collect();
    effects.extend(syncing::begin_due(state, now.timestamp()));
    effects.extend(alerting::due(state, now.timestamp()));
    effects
}

#[cfg(test)]
mod tests;
