//! The part of the state that is about syncing: what runs, what the last one came to, when the next is due.

use jiff::{Timestamp, ZonedDateTime};

use super::{Effect, Look, Notification, State, look, refreshing};
use crate::domain::message::{item, sync as words};
use crate::domain::refresh::{self, due_at};
use crate::domain::settings::{RefreshMode, Settings};
use crate::domain::source::Reading;
use crate::domain::status;
use crate::domain::sync::memory::SyncMemory;
use crate::domain::sync::report::{Report, TargetOutcome};
use crate::domain::sync::standing::{TargetStatus, due};
use crate::domain::sync::{Progress, Request, Scope, Trigger, USUAL_WAIT};
use crate::domain::target::TargetId;
use crate::domain::view::Action;

/// What is known of syncing.
#[derive(Clone, Debug, Default)]
pub struct Syncing {
    /// How far the one is that runs.
    pub running: Option<Progress>,
    /// What is remembered of the targets.
    pub(super) memory: SyncMemory,
    /// Why the one that runs was begun.
    trigger: Option<Trigger>,
    /// Begins when the refresh under way has ended.
    waiting: Option<Request>,
    /// Goes on then, where a limit cut short what someone had asked for.
    resume: Option<(Timestamp, Request)>,
    /// The failures that were last told of by a notification.
    told: Option<String>,
}

impl State {
    /// What is known of syncing.
    pub fn syncing(&self) -> &Syncing {
        &self.syncing
    }

    /// What is remembered of the targets.
    pub fn sync_memory(&self) -> &SyncMemory {
        &self.syncing.memory
    }

    /// What each target is known to hold.
    pub fn targets(&self) -> Vec<TargetStatus> {
        let credential = self.reading().and_then(Reading::credential);
        status::targets(self.settings(), &self.syncing.memory, credential)
    }

    /// The next moment at which a sync falls due; `None` while one runs, or where none does.
    pub(super) fn sync_due(&self, now: Timestamp) -> Option<Timestamp> {
        if self.is_at_it() {
            return None;
        }
        let resume = self.syncing.resume.as_ref().map(|(at, _)| *at);
        let automatic = self.due_targets(now).and_then(|(ids, next)| if ids.is_empty() { next } else { Some(now) });
        resume.into_iter().chain(automatic).min()
    }

    fn due_targets(&self, now: Timestamp) -> Option<(Vec<TargetId>, Option<Timestamp>)> {
        let credential = self.reading()?.credential()?;
        let lives = credential.expires_at.is_none_or(|end| end.time_left(now).is_positive());
        lives.then(|| due(self.settings(), &self.syncing.memory, credential, now))
    }

    fn is_at_it(&self) -> bool {
        let syncing = &self.syncing;
        // What a refresh brings is synced at once afterwards, and what it spends is not worth sending.
        self.only_watches || syncing.running.is_some() || syncing.waiting.is_some() || self.refreshing.is_spending()
    }
}

/// What someone has asked for in the menu.
pub(super) fn asked(state: &mut State, scope: Scope, now: Timestamp) -> Option<Effect> {
    let request = Request { scope, trigger: Trigger::Asked, force: false, dry_run: false, wait: USUAL_WAIT };
    if state.only_watches || state.syncing.running.is_some() || state.syncing.waiting.is_some() {
        return None;
    }
    state.syncing.resume = None;
    if state.refreshing.is_spending() {
        state.syncing.waiting = Some(request);
        return None;
    }
    let settings = &state.settings.refresh;
    let credential = state.reading.as_ref().and_then(Reading::credential);
    let ends_soon = credential.and_then(|found| due_at(found, settings)).is_some_and(|due| due <= now);
    if ends_soon && settings.mode != RefreshMode::Never {
        let refresh = refreshing::begin(state, refresh::Trigger::Asked);
        if refresh.is_some() {
            state.syncing.waiting = Some(request);
            return refresh;
        }
    }
    Some(begin(state, request))
}

fn begin(state: &mut State, request: Request) -> Effect {
    let own = state.settings.targets.iter().filter(|target| target.is_of_default_profile());
    let total = match &request.scope {
        Scope::All => own.count(),
        Scope::Only(ids) => own.filter(|target| ids.contains(&target.id())).count(),
    };
    state.syncing.running = Some(Progress { total, ..Progress::default() });
    state.syncing.trigger = Some(request.trigger);
    Effect::Sync(request)
}

/// Begins what has waited for a refresh.
pub(super) fn refresh_ended(state: &mut State) -> Option<Effect> {
    let request = state.syncing.waiting.take()?;
    Some(begin(state, request))
}

/// Begins the one that is due.
pub(super) fn begin_due(state: &mut State, now: Timestamp) -> Option<Effect> {
    state.sync_due(now).filter(|due| *due <= now)?;
    if state.syncing.resume.as_ref().is_some_and(|(at, _)| *at <= now) {
        let (_, request) = state.syncing.resume.take()?;
        return Some(begin(state, request));
    }
    let (ids, _) = state.due_targets(now)?;
    let scope = Scope::Only(ids);
    Some(begin(state, Request { scope, trigger: Trigger::Automatic, force: false, dry_run: false, wait: USUAL_WAIT }))
}

/// The config was read: the first places that are ever seen are taken as given.
pub(super) fn see_places(state: &mut State) -> Option<Effect> {
    let settings: &Settings = &state.settings;
    (!state.only_watches && state.syncing.memory.see_places(settings)).then_some(Effect::SeePlaces)
}

/// Takes in how far it is.
pub(super) fn progressed(state: &mut State, progress: Progress) {
    if let Some(running) = &mut state.syncing.running {
        *running = progress;
    }
}

/// Takes in what became of a sync, and what is remembered from now on.
pub(super) fn ended(state: &mut State, report: &Report, memory: SyncMemory, now: &ZonedDateTime) -> Vec<Effect> {
    state.syncing.memory = memory;
    state.syncing.running = None;
    let trigger = state.syncing.trigger.take().unwrap_or(Trigger::Asked);
    if let (Some(at), Trigger::Asked) = (report.resume_at, trigger) {
        // Of an automatic one the memory knows when it goes on.
        let rest = state.settings.targets.iter().filter(|target| {
            let name = target.to_string();
            report.targets.iter().any(|ended| ended.target == name && ended.outcome == TargetOutcome::Failed)
        });
        let scope = Scope::Only(rest.map(crate::domain::target::Target::id).collect());
        let request = Request { scope, trigger, force: false, dry_run: false, wait: USUAL_WAIT };
        state.syncing.resume = Some((at, request));
    }
    let mut effects = vec![look(state, Look::IfMoved, now.timestamp())];
    effects.extend(notice(state, report, trigger).map(Effect::Notify));
    effects
}

/// What a person is told: always after a click, else of failures and of what waits for an answer, once.
fn notice(state: &mut State, report: &Report, trigger: Trigger) -> Option<Notification> {
    let named = |outcome: TargetOutcome| -> Vec<(String, String)> {
        let of = report.targets.iter().filter(|target| target.outcome == outcome);
        let why = |error: &Option<_>| {
            error.as_ref().map_or_else(String::new, |error: &crate::domain::message::Sentence| error.message.clone())
        };
        of.map(|target| (target.target.clone(), why(&target.error))).collect()
    };
    let clicked = trigger == Trigger::Asked;
    let (failed, held) = (named(TargetOutcome::Failed), named(TargetOutcome::Held));
    let is_offline = |target: &crate::domain::sync::report::TargetReport| {
        target.error.as_ref().is_some_and(|error| error.code == "offline")
    };
    let all_offline = !failed.is_empty()
        && report.targets.iter().filter(|target| target.outcome == TargetOutcome::Failed).all(is_offline);
    let told = if report.is_good() {
        None
    } else if all_offline && state.syncing.told.is_none() {
        // A laptop that wakes has no network for a moment; the second time it is worth a word.
        Some("offline, once".to_owned())
    } else {
        Some(format!("{:?} {failed:?} {held:?}", report.error.as_ref().map(|error| &error.code)))
    };
    let silent = told.as_deref() == Some("offline, once");
    let news = told.is_some() && told != state.syncing.told && !silent;
    state.syncing.told = told;
    if !clicked && !news {
        return None;
    }
    let (summary, body) = if let Some(error) = &report.error {
        words::refused_notice(error)
    } else if !failed.is_empty() {
        words::failed_notice(&failed, report.targets.len())
    } else if !held.is_empty() {
        words::held_notice(&held)
    } else {
        words::done_notice(report.count(TargetOutcome::Synced), report.count(TargetOutcome::Unchanged))
    };
    let buttons = if report.is_good() { Vec::new() } else { vec![(Action::SyncAll, item::SYNC)] };
    Some(Notification { summary, body, buttons })
}
