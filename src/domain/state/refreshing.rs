//! The part of the state that is about refreshing: what runs, what the last one came to, when the next is due.

use jiff::{SignedDuration, Timestamp};

use super::event::{Effect, Look};
use super::notice::Notice;
use super::{Notified, Refreshing, State, alerting};
use crate::domain::credential::Problem;
use crate::domain::refresh::{Failure, Outcome, RefreshMemory, Remark, Report, Trigger, is_due, next_automatic};
use crate::domain::settings::RefreshMode;
use crate::domain::time::Wait;

/// Between two tries that nobody asked for, whatever became of the first.
const AT_LEAST: SignedDuration = SignedDuration::from_mins(1);
/// The same after one that worked and is due again at once: `before` is longer than these tokens live.
const AFTER_SUCCESS: SignedDuration = SignedDuration::from_mins(5);
/// The longest of such waits.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(12);

impl Refreshing {
    /// Whether a failure like this one's is what the user was notified of last, and stands.
    pub(super) fn is_notified_of(&self, report: &Report) -> bool {
        let Some(Notified::Cause(notified)) = &self.notified else { return false };
        report.remark.as_ref().is_some_and(|remark| notified.is_like(remark))
    }
}

impl State {
    /// When a refresh that failed is tried again by itself.
    pub fn next_try(&self, now: Timestamp) -> Option<Timestamp> {
        let failed = self.standing_failure().is_some() || self.refreshing.kept;
        self.refresh_due(now).filter(|due| failed && *due > now)
    }

    /// The next moment at which a refresh falls due; `None` while one runs, or where none does.
    pub(super) fn refresh_due(&self, now: Timestamp) -> Option<Timestamp> {
        if self.refreshing.running.is_some() || self.only_watches {
            return None;
        }
        let reading = self.reading()?;
        let due = if self.refreshing.kept {
            // A keychain that refuses is not asked again before a click.
            let refuses = reading.outcome.as_ref().is_err_and(Problem::needs_a_click);
            (!refuses && self.settings.refresh.mode != RefreshMode::Never).then_some(Timestamp::MIN)
        } else {
            let (credential, failure) = (reading.credential()?, self.standing_failure());
            let automatic = next_automatic(credential, &self.settings.refresh, failure, now);
            automatic.filter(|_| !self.waits_for_a_click())
        };
        let not_before = self.refreshing.not_before.and_then(|wait| wait.end(now));
        due.and_then(|due| Some(due).max(not_before).max(self.sleeps_until(now)))
    }

    fn refreshes_by_itself(&self) -> bool {
        let settings = &self.settings.refresh;
        settings.automatic && settings.mode != RefreshMode::Never && !self.waits_for_a_click()
    }

    /// Whether the access token's end is for the user to see to: nobody does by himself, or the last try failed.
    pub(super) fn access_speaks(&self) -> bool {
        let cannot = self.credential().is_some_and(|found| found.refresh_token.is_none());
        // A wait without a failure: the last try left it due, because the locks stay taken, say.
        let failed = self.standing_failure().is_some() || self.refreshing.not_before.is_some();
        !self.refreshes_by_itself() || cannot || failed && self.refreshing.notified != Some(Notified::OfflineOnce)
    }
}

/// Begins a refresh, unless one runs. A click does not count on what was begun to finish an earlier run's: it waits.
pub(super) fn begin(state: &mut State, trigger: Trigger) -> Option<Effect> {
    if state.refreshing.running.is_some() || state.only_watches {
        state.refreshing.clicked |= trigger == Trigger::Clicked && state.refreshing.running == Some(Trigger::Finish);
        return None;
    }
    state.refreshing.running = Some(trigger);
    Some(Effect::Refresh(trigger))
}

/// Begins the one that is due.
pub(super) fn begin_due(state: &mut State, now: Timestamp) -> Option<Effect> {
    state.refresh_due(now).filter(|due| *due <= now)?;
    let trigger = if state.refreshing.kept { Trigger::Finish } else { Trigger::Automatic };
    begin(state, trigger)
}

/// Begins the one that a click has waited for.
pub(super) fn begin_clicked(state: &mut State) -> Option<Effect> {
    std::mem::take(&mut state.refreshing.clicked).then(|| begin(state, Trigger::Clicked))?
}

/// A journal lies there, left by an earlier run or by a command.
pub(super) fn journal_found(state: &mut State) {
    if state.refreshing.running.is_none() {
        state.refreshing.kept = true;
    }
}

/// Another sign-in is stored: what failed with the one before is over.
pub(super) fn signed_in_anew(state: &mut State) {
    let failed = state.refreshing.last.as_ref().is_some_and(|(_, report)| !report.outcome.is_good());
    if failed && state.refreshing.running.is_none() {
        (state.refreshing.last, state.refreshing.notified, state.refreshing.not_before) = (None, None, None);
    }
}

/// The way to the internet is another one: what failed for want of it is tried again at once.
pub(super) fn network_changed(state: &mut State, now: Timestamp) -> Option<Effect> {
    let offline = state.standing_failure().is_some_and(|failure| failure.failure.is_offline());
    let due = is_due(state.credential()?, &state.settings.refresh, now);
    if state.refreshes_by_itself() && offline && due { begin(state, Trigger::NetworkBack) } else { None }
}

/// What was begun only to finish an earlier run's work found that there is none.
pub(super) fn nothing_to_finish(state: &mut State, source: String, memory: RefreshMemory, now: Timestamp) -> Effect {
    state.refreshing.running = None;
    let is_here = state.reading().is_none_or(|reading| reading.location.to_string() == source);
    state.memories.entry(source).or_default().refresh = memory;
    if is_here {
        (state.refreshing.kept, state.refreshing.not_before) = (false, None);
        state.set_spent(None);
    }
    state.look(if is_here { Look::IfMoved } else { Look::Again }, now)
}

/// Takes in what became of a refresh.
pub(super) fn ended(state: &mut State, report: Report, now: Timestamp) -> Vec<Effect> {
    let trigger = state.refreshing.running.take().unwrap_or(Trigger::Finish);
    if let Some(memory) = &report.memory {
        state.memories.entry(report.source.clone()).or_default().refresh = memory.clone();
    }
    if state.reading().is_some_and(|reading| reading.location.to_string() != report.source) {
        // The config names another place by now; what was found of the old one is filed, and no news here.
        return vec![state.look(Look::Again, now)];
    }
    state.refreshing.kept = report.kept;
    if !report.kept {
        state.set_spent(None);
    }
    state.refreshing.not_before = wait(state, trigger, &report, now).map(|wait| Wait::of(wait, now));
    let changed = matches!(report.outcome, Outcome::Refreshed | Outcome::AlreadyRefreshed);
    let mut effects = vec![state.look(if changed { Look::Again } else { Look::IfMoved }, now)];
    if let Some(notice) = notice(state, trigger, &report) {
        effects.extend(alerting::say(state, notice, trigger == Trigger::Clicked, now));
    }
    let is_news = match report.outcome {
        Outcome::Refreshed | Outcome::Failed => true,
        Outcome::AlreadyRefreshed | Outcome::Busy => trigger >= Trigger::Asked,
        // In mode `never`, only that a journal was left.
        Outcome::NotAllowed => report.remark == Some(Remark::JournalLeft),
        _ => false,
    };
    if is_news {
        state.refreshing.last = Some((now, report));
    }
    effects
}

/// Neither a lock that stays taken, nor a server whose tokens end at once, nor a `before` that is longer than a token lives
/// may make this a loop.
fn wait(state: &State, trigger: Trigger, report: &Report, now: Timestamp) -> Option<SignedDuration> {
    if report.kept {
        return Some(AT_LEAST);
    }
    let left =
        report.access_end().map(|end| end.time_left(now)).filter(|left| *left <= state.settings.refresh.before)?;
    if report.outcome == Outcome::Refreshed {
        return Some((left / 2).clamp(AFTER_SUCCESS, LONGEST_WAIT));
    }
    trigger.is_by_itself().then_some(AT_LEAST)
}

/// The notification to show: always after a click, otherwise once per failure.
fn notice(state: &mut State, trigger: Trigger, report: &Report) -> Option<Notice> {
    let clicked = trigger == Trigger::Clicked;
    let ended = || Notice::RefreshEnded(Box::new(report.clone()));
    if report.outcome.is_good() {
        state.refreshing.notified = None;
        return clicked.then(ended);
    }
    let remark = report.remark.clone()?;
    let mut is_news = clicked;
    if report.outcome == Outcome::Failed {
        let is_offline = report.failure().is_some_and(Failure::is_offline);
        let notified = Notified::next(state.refreshing.notified.take(), remark, is_offline, Remark::is_like);
        is_news |= notified.1;
        state.refreshing.notified = Some(notified.0);
    }
    is_news.then(ended)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::domain::credential::{Contents, Location, Material, Reading, SourceKind};
    use crate::domain::network::NetworkError;
    use crate::domain::settings::Settings;

    fn now() -> Timestamp {
        Timestamp::from_second(1_800_000_000).expect("a moment of this century")
    }

    fn offline() -> Failure {
        Failure::Offline(NetworkError::TimedOut)
    }

    /// An access token that has ended, a refresh that failed for want of a network, and automatic refresh on.
    fn failed_offline() -> State {
        let location = Location { kind: SourceKind::File, place: "/home/ada/.claude/.credentials.json".to_owned() };
        let text = br#"{"claudeAiOauth":{"accessToken":"a","refreshToken":"r","expiresAt":5,"scopes":["s"]}}"#;
        let outcome = Contents::parse(text).map_err(Into::into);
        let sign_in = Reading { location, modified: None, settled: true, outcome };
        let mut settings = Settings::default();
        settings.refresh.automatic = true;
        let mut memory = RefreshMemory::default();
        memory.note(&offline(), sign_in.credential().expect("signed in"), &settings.refresh, now());
        let mut state = State::new(settings, "/home/ada".to_owned(), BTreeMap::new());
        state.memories.entry(sign_in.location.to_string()).or_default().refresh = memory;
        state.material = Some(Material { sign_in, ci_token: None, ci_token_stored_at: None });
        state
    }

    #[test]
    fn with_the_network_back_it_is_tried_again_where_wick_may_by_itself() {
        let check = |change: fn(&mut State), expected: Option<Effect>| {
            let mut state = failed_offline();
            change(&mut state);
            assert_eq!(network_changed(&mut state, now()), expected);
        };
        check(|_| {}, Some(Effect::Refresh(Trigger::NetworkBack)));
        check(|state| state.settings.refresh.automatic = false, None);
        check(|state| state.settings.refresh.mode = RefreshMode::Never, None);
        check(|state| state.memories.clear(), None);
        let endpoint = |state: &mut State| {
            state.syncing.memory.places.see(&Settings::default());
            // The failure is of this endpoint, too.
            "https://elsewhere.test/token".clone_into(&mut state.settings.refresh.token_url);
            let failure = state.memories.values_mut().find_map(|memory| memory.refresh.failure.as_mut());
            failure.expect("noted").endpoint.clone_from(&state.settings.refresh.token_url);
        };
        check(endpoint, None);
    }

    #[test]
    fn a_wait_that_a_clock_has_set_which_was_ahead_is_not_waited_for() {
        let mut state = failed_offline();
        state.memories.clear();
        let later = now() + SignedDuration::from_hours(10);
        state.refreshing.not_before = Some(Wait::of(AT_LEAST, later));
        let due = state.refresh_due(now()).expect("the access token has ended");
        assert!(due <= now(), "{due}");
        assert_eq!(state.refresh_due(later), Some(later + AT_LEAST));
    }

    #[test]
    fn hours_without_a_network_are_notified_once() {
        let mut state = failed_offline();
        let reading = state.reading().cloned().expect("loaded");
        let mut notices = |failure: Failure| {
            let report = Report::new(Outcome::Failed, Some(&reading), Some(Remark::Failed(failure)));
            notice(&mut state, Trigger::Automatic, &report).is_some()
        };
        assert_eq!([(); 6].map(|()| notices(offline())), [false, true, false, false, false, false]);
        assert!(notices(Failure::ServerError { status: 503, retry_after: None }));
        assert_eq!([(); 3].map(|()| notices(offline())), [false, true, false]);
    }
}
