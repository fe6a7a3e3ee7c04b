//! When the credential is looked at, and what a look that brought something changes.

use jiff::{SignedDuration, Timestamp};

use super::{Effect, Look, Notification, State, alerting, refreshing};
use crate::domain::credential::Contents;
use crate::domain::message::{self, item};
use crate::domain::source::{Problem, Reading};
use crate::domain::view::Action;

/// The longest sleep of the loop. Also how long a changed clock, a woken laptop or an absent folder goes unnoticed where
/// nothing reports it.
pub(super) const LOOK_EVERY: SignedDuration = SignedDuration::from_secs(60);
/// The timer may be a little early or late against [`LOOK_EVERY`]; a look is then taken all the same.
const LOOK_TOLERANCE: SignedDuration = SignedDuration::from_secs(5);
/// A woken computer is reported by the system and seen by its clocks: the second of both finds the look taken.
const WOKE_ONCE: SignedDuration = SignedDuration::from_secs(5);
/// How long a file that suddenly makes no sense is given to be written to its end.
const HALF_WRITTEN: SignedDuration = SignedDuration::from_millis(500);
/// Dates of keychain items have whole seconds: one that is younger may hide a second change.
const UNSETTLED: SignedDuration = SignedDuration::from_secs(2);

pub(super) fn look(state: &mut State, how: Look, now: Timestamp) -> Effect {
    state.looked_at = Some(now);
    // One that reads only what moved does not do the work of one that was asked to read again.
    if how != Look::IfMoved {
        state.look_due = None;
    }
    Effect::Look(how)
}

pub(super) fn regular_look(state: &mut State, now: Timestamp) -> Option<Effect> {
    if state.look_due.is_some_and(|due| due <= now) {
        return Some(look(state, Look::Again, now));
    }
    let since = state.looked_at.map(|then| now.duration_since(then));
    // A negative span: the clock went back, and the next regular look would be as far away as it went.
    let due = since.is_none_or(|since| since.is_negative() || since + LOOK_TOLERANCE >= LOOK_EVERY);
    // Before an alert speaks it is made sure that what it is about is still what is stored.
    let is_due = |due: Option<Timestamp>| due.is_some_and(|due| due <= now);
    let work = is_due(state.refresh_due(now)) || is_due(state.sync_due(now));
    (due || work || alerting::is_due(state, now)).then(|| look(state, Look::IfMoved, now))
}

/// The computer slept: what is stored may have changed, and what is due is due at once.
pub(super) fn woke(state: &mut State, now: Timestamp) -> Option<Effect> {
    let since = state.looked_at.map(|then| now.duration_since(then));
    let anew = since.is_none_or(|since| since.is_negative() || since >= WOKE_ONCE);
    let how = if state.look_due.is_some_and(|due| due <= now) { Look::Again } else { Look::IfMoved };
    anew.then(|| look(state, how, now))
}

pub(super) fn loaded(state: &mut State, reading: Reading, now: Timestamp) -> Option<Effect> {
    let before = state.reading.as_ref().filter(|old| old.location == reading.location);
    let had_credential = before.is_some_and(|old| old.credential().is_some());
    if had_credential && matches!(reading.outcome, Err(Problem::Malformed(_))) {
        let grace_ends = now.checked_add(HALF_WRITTEN).unwrap_or(now);
        // A clock that went back must not make the grace longer.
        let until = state.suspicious_until.map_or(grace_ends, |until| until.min(grace_ends));
        state.suspicious_until = Some(until);
        if now < until {
            state.look_due = Some(until);
            return None;
        }
    }
    state.suspicious_until = None;
    if !reading.settled {
        state.look_due = now.checked_add(UNSETTLED).ok();
    }
    if state.reading.as_ref().is_none_or(|old| old.modified != reading.modified) {
        // Written since: whatever clock was shown before has nothing to do with this one.
        state.seen = Some(now);
    }
    let notice = match &reading.outcome {
        Ok(Contents::SignedOut { login_ended }) if had_credential => {
            let (summary, body) = message::signed_out_notice(login_ended.as_deref());
            let buttons = vec![(Action::SignIn, item::SIGN_IN)];
            Some(Effect::Notify(Notification { summary, body, buttons }))
        }
        _ => None,
    };
    let token = |reading: &Reading| reading.credential().and_then(|credential| credential.refresh_token.clone());
    let anew = state.reading.as_ref().is_some_and(|old| token(old) != token(&reading));
    state.reading = Some(reading);
    if anew {
        refreshing::signed_in_anew(state);
    }
    notice
}
