//! When the credential is looked at, and what a look that brought something changes.

use jiff::{SignedDuration, Timestamp};

use super::event::{Effect, Look};
use super::notice::Notice;
use super::{State, alerting, refreshing};
use crate::domain::credential::{Contents, Material, Problem, Reading};
use crate::domain::time::after;

/// The longest sleep of the loop. Also how long a changed clock, a woken laptop or an absent folder goes unnoticed where
/// nothing reports it.
pub(super) const LOOK_EVERY: SignedDuration = SignedDuration::from_secs(60);
/// A look is taken with whatever wakes the loop, but not so soon after another: it then shares the waking with the minute's
/// text, at whatever second that changes.
const LOOK_APART: SignedDuration = SignedDuration::from_secs(5);
/// A woken computer is reported by the system and seen by its clocks: the second of both finds the look taken.
const WOKE_ONCE: SignedDuration = SignedDuration::from_secs(5);
/// How long a file that suddenly makes no sense is given to be written to its end.
const HALF_WRITTEN: SignedDuration = SignedDuration::from_millis(500);
/// Dates of keychain items have whole seconds: one that is younger may hide a second change.
const UNSETTLED: SignedDuration = SignedDuration::from_secs(2);

pub(super) fn regular_look(state: &mut State, now: Timestamp) -> Option<Effect> {
    if state.look_due.is_some_and(|due| due <= now) {
        return Some(state.look(Look::Again, now));
    }
    let since = state.looked_at.map(|then| now.duration_since(then));
    // A negative span: the clock went back, and the next regular look would be as far away as it went.
    let due = since.is_none_or(|since| since.is_negative() || since >= LOOK_APART);
    // Before an alert speaks it is made sure that what it is about is still what is stored.
    let is_due = |due: Option<Timestamp>| due.is_some_and(|due| due <= now);
    let work = is_due(state.refresh_due(now)) || is_due(state.sync_due(now));
    (due || work || state.has_to_say(now)).then(|| state.look(Look::IfMoved, now))
}

/// The computer slept: what is stored may have changed, and what is due is due at once. `has_put_off` says whether the end of
/// an earlier look may have begun nothing for its sake.
pub(super) fn woke(state: &mut State, has_put_off: bool, now: Timestamp) -> Option<Effect> {
    let since = state.looked_at.map(|then| now.duration_since(then));
    // One of this very moment has not ended yet.
    let shortest = if has_put_off { SignedDuration::from_nanos(1) } else { WOKE_ONCE };
    let anew = since.is_none_or(|since| since.is_negative() || since >= shortest);
    let how = if state.look_due.is_some_and(|due| due <= now) { Look::Again } else { Look::IfMoved };
    anew.then(|| state.look(how, now))
}

pub(super) fn loaded(state: &mut State, material: Material, now: Timestamp) -> Vec<Effect> {
    let reading = &material.sign_in;
    let before = state.reading().filter(|old| old.location == reading.location);
    let had_credential = before.is_some_and(|old| old.credential().is_some());
    if had_credential && matches!(reading.outcome, Err(Problem::Malformed(_))) {
        let grace_ends = after(now, HALF_WRITTEN);
        // A clock that went back must not make the grace longer.
        let until = state.suspicious_until.map_or(grace_ends, |until| until.min(grace_ends));
        state.suspicious_until = Some(until);
        if now < until {
            state.look_due = Some(until);
            return Vec::new();
        }
    }
    state.suspicious_until = None;
    if !reading.settled {
        state.look_due = now.checked_add(UNSETTLED).ok();
    }
    if state.reading().is_none_or(|old| old.modified != reading.modified) {
        // Written since: whatever clock was shown before has nothing to do with this one.
        state.seen = Some(now);
    }
    let notice = match &reading.outcome {
        Ok(Contents::SignedOut(login_ended)) if had_credential => Some(Notice::SignedOut(login_ended.clone())),
        _ => None,
    };
    let token = |reading: &Reading| reading.credential().and_then(|credential| credential.refresh_token.clone());
    let anew = state.reading().is_some_and(|old| token(old) != token(reading));
    state.set_material(material);
    if anew {
        refreshing::signed_in_anew(state);
    }
    notice.map(|notice| alerting::say(state, notice, false, now)).unwrap_or_default()
}
