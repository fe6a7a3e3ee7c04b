//! The part of the state that is about refreshing: what runs, what the last one came to, when the next is due.

use jiff::{SignedDuration, Timestamp, ZonedDateTime};

use super::{Effect, Look, Notification, State, alerting, look};
use crate::domain::expiry::Freshness;
use crate::domain::message::{self, item};
use crate::domain::refresh::{Class, FailureMemory, Outcome, RefreshMemory, Report, Trigger, due_at, next_automatic};
use crate::domain::settings::RefreshMode;
use crate::domain::source::{Problem, Reading};
use crate::domain::status::AccessClock;
use crate::domain::view::Action;

/// Between two tries that nobody asked for, whatever became of the first.
const AT_LEAST: SignedDuration = SignedDuration::from_mins(1);
/// The same after one that worked and is due again at once: `before` is longer than these tokens live.
const AFTER_SUCCESS: SignedDuration = SignedDuration::from_mins(5);
/// The longest of such waits.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(12);

/// Stands for an error that nobody was told of yet.
const OFFLINE_ONCE: &str = "offline, once";

/// What is known of refreshing.
#[derive(Clone, Debug, Default)]
pub struct Refreshing {
    /// Why the one that runs was begun.
    pub running: Option<Trigger>,
    /// When the last one ended, and what came of it. What was never tried is not here.
    pub last: Option<(Timestamp, Report)>,
    /// Whether an answer waits in the journal for its place.
    pub kept: bool,
    /// Nothing by itself before this.
    not_before: Option<Timestamp>,
    /// The failure that was last told of by a notification.
    told: Option<String>,
}

impl Refreshing {
    /// Whether the last one failed for want of a network, for the first time: a laptop that wakes has none for a moment.
    fn is_passing(&self) -> bool {
        self.told.as_deref() == Some(OFFLINE_ONCE)
    }

    /// Whether one runs that may bring a new token.
    pub(super) fn is_spending(&self) -> bool {
        self.running.is_some_and(|trigger| trigger > Trigger::Finish)
    }
}

impl State {
    /// What is known of refreshing.
    pub fn refreshing(&self) -> &Refreshing {
        &self.refreshing
    }

    /// Whether an edit of the token endpoint waits for a click.
    pub fn waits_for_a_click(&self) -> bool {
        let settings = &self.settings().refresh;
        settings.automatic && !self.syncing.memory.places.allow_endpoint(settings)
    }

    /// What is remembered of refreshing what is stored now.
    pub fn refresh_memory(&self) -> RefreshMemory {
        let memory = self.reading().and_then(|reading| self.memories.get(&reading.location.to_string()));
        memory.map(|memory| memory.refresh.clone()).unwrap_or_default()
    }

    /// The failure that stands in the way of refreshing what is stored now.
    pub fn standing_failure(&self) -> Option<&FailureMemory> {
        let reading = self.reading()?;
        let memory = self.memories.get(&reading.location.to_string())?;
        memory.refresh.standing(reading.credential()?, &self.settings().refresh)
    }

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
            (!refuses && self.settings().refresh.mode != RefreshMode::Never).then_some(Timestamp::MIN)
        } else {
            let memory = self.refresh_memory();
            let automatic = next_automatic(reading.credential()?, &self.settings().refresh, &memory, now);
            automatic.filter(|_| !self.waits_for_a_click())
        };
        // One further away than any wait was set by a clock that has gone back since.
        let longest = now.saturating_add(LONGEST_WAIT).unwrap_or(Timestamp::MAX);
        let not_before = self.refreshing.not_before.filter(|not_before| *not_before <= longest);
        due.map(|due| not_before.map_or(due, |not_before| due.max(not_before)))
    }

    /// Whether the access token's end is for the user to see to: nobody does by himself, or the last try failed.
    pub(super) fn access_speaks(&self) -> bool {
        let settings = &self.settings().refresh;
        let nobody = !settings.automatic || settings.mode == RefreshMode::Never || self.waits_for_a_click();
        let cannot = self.reading().and_then(Reading::credential).is_some_and(|found| found.refresh_token.is_none());
        // A wait without a failure: the last try left it due, because the locks stay taken, say.
        let failed = self.standing_failure().is_some() || self.refreshing.not_before.is_some();
        nobody || cannot || failed && !self.refreshing.is_passing()
    }
}

/// Begins a refresh, unless one runs.
pub(super) fn begin(state: &mut State, trigger: Trigger) -> Option<Effect> {
    if state.refreshing.running.is_some() || state.only_watches {
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
        (state.refreshing.last, state.refreshing.told, state.refreshing.not_before) = (None, None, None);
    }
}

/// The way to the internet is another one: what failed for want of it is tried again at once.
pub(super) fn network_changed(state: &mut State, now: Timestamp) -> Option<Effect> {
    let settings = &state.settings().refresh;
    let offline = state.standing_failure().is_some_and(|failure| failure.code == "offline");
    let credential = state.reading()?.credential()?;
    if offline && due_at(credential, settings)? <= now { begin(state, Trigger::NetworkBack) } else { None }
}

/// Takes in what became of a refresh.
pub(super) fn ended(state: &mut State, report: Report, now: &ZonedDateTime) -> Vec<Effect> {
    let moment = now.timestamp();
    let trigger = state.refreshing.running.take().unwrap_or(Trigger::Finish);
    if let Some(memory) = &report.memory {
        state.memories.entry(report.source.clone()).or_default().refresh = memory.clone();
    }
    if state.reading.as_ref().is_some_and(|reading| reading.location.to_string() != report.source) {
        // The config names another place by now; what was found of the old one is filed, and no news here.
        return vec![look(state, Look::Again, moment)];
    }
    state.refreshing.kept = report.kept;
    state.refreshing.not_before = wait(state, trigger, &report, moment).and_then(|wait| moment.checked_add(wait).ok());
    let changed = matches!(report.outcome, Outcome::Refreshed | Outcome::AlreadyRefreshed);
    let mut effects = vec![look(state, if changed { Look::Again } else { Look::IfMoved }, moment)];
    let notice = notice(state, trigger, &report, now);
    if notice.is_some() && report.outcome == Outcome::Failed {
        effects.extend(alerting::access_was_told(state, moment));
    }
    effects.extend(notice.map(Effect::Notify));
    let is_news = match report.outcome {
        Outcome::Refreshed | Outcome::Failed => true,
        Outcome::AlreadyRefreshed | Outcome::Busy => trigger >= Trigger::Asked,
        // In mode `never`, only that a journal was left.
        Outcome::NotAllowed => report.error.as_ref().is_some_and(|error| error.code == "journal_left"),
        _ => false,
    };
    if is_news {
        state.refreshing.last = Some((moment, report));
    }
    effects
}

/// Neither a lock that stays taken, nor a server whose tokens end at once, nor a `before` that is longer than a token lives
/// may make this a loop.
fn wait(state: &State, trigger: Trigger, report: &Report, now: Timestamp) -> Option<SignedDuration> {
    if report.kept {
        return Some(AT_LEAST);
    }
    let end = report.access_token.as_ref().and_then(AccessClock::end);
    let left = end.map(|end| end.time_left(now)).filter(|left| *left <= state.settings.refresh.before)?;
    if report.outcome == Outcome::Refreshed {
        return Some((left / 2).clamp(AFTER_SUCCESS, LONGEST_WAIT));
    }
    trigger.is_by_itself().then_some(AT_LEAST)
}

/// What a person is told: always after a click, else of a failure, once.
fn notice(state: &mut State, trigger: Trigger, report: &Report, now: &ZonedDateTime) -> Option<Notification> {
    let clicked = trigger == Trigger::Clicked;
    match (&report.error, report.outcome) {
        (error, outcome) if outcome.is_good() => {
            state.refreshing.told = None;
            let clock = clicked.then(|| clock(state, report, now))?;
            let (summary, body) = if outcome == Outcome::Refreshed {
                message::refresh::done_notice(&clock)
            } else {
                message::refresh::nothing_to_do(&clock, error.as_ref())
            };
            Some(Notification { summary, body, buttons: Vec::new() })
        }
        (Some(error), outcome) => {
            let failed = outcome == Outcome::Failed;
            // The second time it is worth a word.
            let passing = error.code == "offline" && !state.refreshing.is_passing();
            let news = failed && state.refreshing.told.as_deref() != Some(&*error.code) && !passing;
            if failed {
                let told = if passing { OFFLINE_ONCE } else { &*error.code };
                state.refreshing.told = Some(told.to_owned());
            }
            if !clicked && !news {
                return None;
            }
            let (summary, body) = message::refresh::failed_notice(error);
            let button = match report.class {
                Some(Class::Terminal) => (Action::SignIn, item::SIGN_IN),
                _ if failed => (Action::Refresh, item::REFRESH),
                _ => (Action::Diagnose, item::DIAGNOSE),
            };
            Some(Notification { summary, body, buttons: vec![button] })
        }
        (None, _) => None,
    }
}

fn clock(state: &State, report: &Report, now: &ZonedDateTime) -> String {
    let end = report.access_token.as_ref().and_then(AccessClock::end);
    message::clock(end, Freshness::of(end, state.settings().expiry_window(), now.timestamp()), now)
}
