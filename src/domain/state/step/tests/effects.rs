//! Effects, and states of what was put off, for the table.

use super::*;
use crate::domain::fingerprint::Fingerprint;
use crate::domain::secret::Secret;

// Not shown.

/// A warning that could not be so many seconds ago.
pub(super) fn unshown(seconds: i64) -> State {
    let left = SignedDuration::from_secs(seconds - 700);
    let alert = Alert { clock: Clock::Access, deadline: end(-700), left };
    idle().ago(seconds, loaded(-700)).ago(seconds, Event::NotShown(Notice::Alert(alert)))
}

// Held back.

/// Neither target holds the refresh token, which a refresh has spent whose end waits; the rest had so many seconds left.
pub(super) fn held_back(left: i64) -> State {
    let mut memory = sent(left);
    memory.targets.values_mut().for_each(|target| drop(target.secrets.remove("CLAUDE_REFRESH_TOKEN")));
    let spent = Some(Fingerprint::of(&Secret::from("r".to_owned())));
    let ended = Event::SyncEnded(sync::Report { spent, ..good() }, Some(memory));
    new(syncs()).ago(30, loaded(HOUR)).ago(30, ended)
}

pub(super) fn successor() -> Event {
    found(&text(HOUR).replace(r#""r""#, r#""s""#))
}

// Asleep.

pub(super) fn asleep() -> State {
    idle().ago(9, Event::WillSleep)
}

/// A try that failed a while ago is due again.
pub(super) fn asleep_failing() -> State {
    failing(70, offline()).ago(9, Event::WillSleep)
}

// The effects.

pub(super) fn look() -> Effect {
    Effect::Look(Look::IfMoved)
}

pub(super) fn again() -> Effect {
    Effect::Look(Look::Again)
}

pub(super) fn refresh(trigger: Trigger) -> Effect {
    Effect::Refresh(trigger)
}

pub(super) fn finish() -> Effect {
    refresh(Finish)
}

pub(super) fn notify(notice: Notice) -> Effect {
    Effect::Notify(notice)
}

/// Of the access token's end.
pub(super) fn warn(left: i64) -> Effect {
    notify(Notice::Alert(Alert { clock: Clock::Access, deadline: end(left), left: SignedDuration::from_secs(left) }))
}

/// The warning of that expiry was given at this threshold.
pub(super) fn warned(left: i64, threshold: i64) -> Effect {
    let access = Some(Announced { deadline_ms: end(left).0, announced_s: threshold });
    Effect::Remember(SOURCE.to_owned(), Part::Alerts(AlertMemory { access, ..AlertMemory::default() }))
}

/// Of neither clock anything was said.
pub(super) fn unsaid() -> Effect {
    Effect::Remember(SOURCE.to_owned(), Part::Alerts(AlertMemory::default()))
}

pub(super) fn not_shown(effect: Effect) -> Event {
    let Effect::Notify(notice) = effect else { panic!("no notification: {effect:?}") };
    Event::NotShown(notice)
}

pub(super) fn say(failure: Failure) -> Effect {
    notified(failed(failure))
}

pub(super) fn notified(refresh: Event) -> Effect {
    let Event::RefreshEnded(report) = refresh else { panic!("no refresh has ended: {refresh:?}") };
    notify(Notice::RefreshEnded(Box::new(report)))
}

pub(super) fn read_only(config_error: Option<&str>) -> Effect {
    notify(Notice::ReadOnly(config_error.map(str::to_owned)))
}

pub(super) fn open_at_login(on: bool) -> Effect {
    Effect::SetAutostart(on)
}

pub(super) fn set(setting: Setting) -> Effect {
    let action = match setting {
        Setting::AutomaticRefresh(_) => Action::SwitchAutomatic,
        Setting::AutomaticSync(_) => Action::SwitchAutomaticSync,
        Setting::ShareRefreshToken(yes) => Action::ShareRefreshToken(yes),
    };
    Effect::Set(action, setting)
}

pub(super) fn see(settings: &Settings) -> Effect {
    let mut places = Places::default();
    places.see(settings);
    Effect::SeePlaces(places)
}

pub(super) fn sync(scope: Scope, trigger: sync::Trigger) -> Effect {
    Effect::Sync(Request { scope, trigger, force: false, dry_run: false, wait: USUAL_WAIT })
}

pub(super) fn only(names: &[&str]) -> Scope {
    Scope::Only(names.iter().map(|name| target(name).id()).collect())
}

pub(super) fn synced_all() -> Effect {
    sync(Scope::All, sync::Trigger::Asked)
}

pub(super) fn sync_asked(names: &[&str]) -> Effect {
    sync(only(names), sync::Trigger::Asked)
}

pub(super) fn sync_by_itself(names: &[&str]) -> Effect {
    sync(only(names), sync::Trigger::Automatic)
}

pub(super) fn news(report: &sync::Report) -> Effect {
    notify(Notice::SyncEnded(Box::new(report.clone())))
}
