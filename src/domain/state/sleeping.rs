//! Sleep, waking up, and the reopens of the app that macOS makes of it.
//!
//! After the system has announced a sleep, the computer may wake in the dark for a few seconds: its clocks run, the network
//! may be up, and it sleeps again in the middle of a POST. Until it is really awake, Wick looks, but sends and says nothing
//! by itself.

use jiff::{SignedDuration, Timestamp};

use super::event::Effect;
use super::notice::Notice;
use super::{Asleep, Reopening, State, looking, refreshing, syncing};
use crate::domain::time::{Wait, after};

/// A computer that has run so long without sleeping is awake, also where the system never said so.
const SURELY_AWAKE: SignedDuration = SignedDuration::from_mins(30);
/// A reopen is held so long: the answer to a notification that caused it may come after it.
const HELD: SignedDuration = SignedDuration::from_secs(1);
/// macOS reopens an app also when its notification was answered,
const AFTER_ANSWER: SignedDuration = SignedDuration::from_secs(2);
/// and some seconds after it woke, several times (swiftbar/SwiftBar#548).
const AFTER_WAKE: SignedDuration = SignedDuration::from_secs(15);
/// Two by a person within this time mean the same.
const AFTER_REOPEN: SignedDuration = SignedDuration::from_secs(10);

impl Reopening {
    /// The system reopens the app for another reason than a person.
    fn is_explained(&mut self, span: SignedDuration, now: Timestamp) {
        self.due = None;
        self.keep_quiet(span, now);
    }

    fn keep_quiet(&mut self, span: SignedDuration, now: Timestamp) {
        let ends = self.quiet.and_then(|wait| wait.end(now));
        if ends.is_none_or(|end| end < after(now, span)) {
            self.quiet = Some(Wait::of(span, now));
        }
    }
}

impl State {
    /// Until when nothing begins by itself, as far as it is known now.
    pub(super) fn sleeps_until(&self, now: Timestamp) -> Option<Timestamp> {
        let end = after(self.asleep?.runs_since, SURELY_AWAKE);
        (now < end).then_some(end)
    }

    /// Whether nothing begins by itself; what the network's change would have begun is made up for on waking.
    pub(super) fn puts_off_the_network(&mut self, now: Timestamp) -> bool {
        let sleeps = self.sleeps_until(now).is_some();
        if let Some(asleep) = self.asleep.as_mut().filter(|_| sleeps) {
            asleep.network_changed = true;
        }
        sleeps
    }
}

pub(super) fn will_sleep(state: &mut State, now: Timestamp) {
    let network_changed = state.asleep.is_some_and(|asleep| asleep.network_changed);
    state.asleep = Some(Asleep { runs_since: now, network_changed });
    state.reopening.due = None;
}

/// A clock that went back must not make the time longer that it runs.
pub(super) fn follow(state: &mut State, now: Timestamp) {
    if let Some(asleep) = &mut state.asleep {
        asleep.runs_since = asleep.runs_since.min(now);
    }
}

/// The clocks show that it slept until now; not whether it is awake or only in the dark.
pub(super) fn slept(state: &mut State, now: Timestamp) -> Option<Effect> {
    if let Some(asleep) = &mut state.asleep {
        asleep.runs_since = now;
    }
    state.reopening.is_explained(AFTER_WAKE, now);
    looking::woke(state, false, now)
}

/// It is awake: what was put off is done, once it is known what is stored now.
pub(super) fn woke(state: &mut State, now: Timestamp) -> Vec<Effect> {
    let asleep = state.asleep.take();
    state.reopening.is_explained(AFTER_WAKE, now);
    let mut effects: Vec<Effect> = looking::woke(state, asleep.is_some(), now).into_iter().collect();
    if asleep.is_some_and(|asleep| asleep.network_changed) {
        effects.extend(network_changed(state, now));
    }
    effects
}

/// The network changed: what failed without one is tried again at once, unless the computer sleeps.
pub(super) fn network_changed(state: &mut State, now: Timestamp) -> Vec<Effect> {
    if state.puts_off_the_network(now) {
        return Vec::new();
    }
    refreshing::network_changed(state, now).into_iter().chain(syncing::network_changed(state, now)).collect()
}

/// A notification was answered.
pub(super) fn answered(state: &mut State, now: Timestamp) {
    state.reopening.is_explained(AFTER_ANSWER, now);
}

/// The app was opened once more: by a person, or by the system for a reason of its own.
pub(super) fn reopened(state: &mut State, now: Timestamp) {
    let sleeps = state.sleeps_until(now).is_some();
    let reopening = &mut state.reopening;
    if sleeps || reopening.quiet.is_some_and(|wait| wait.end(now).is_some()) {
        return;
    }
    reopening.due = Some(after(now, HELD));
    reopening.keep_quiet(AFTER_REOPEN, now);
}

/// Answers the reopen that nothing has explained: the way in where the icon is hidden.
pub(super) fn reopen_due(state: &mut State, now: Timestamp) -> Option<Effect> {
    state.reopening.due.take_if(|due| *due <= now).map(|_| Effect::Notify(Notice::Clocks))
}

#[cfg(test)]
mod tests;
