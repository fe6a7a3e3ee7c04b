//! The part of the state that is about syncing: what runs, what the last one came to, when the next is due.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::event::{Effect, Look};
use super::notice::Notice;
use super::{Notified, Resume, State, Syncing, alerting, refreshing};
use crate::domain::refresh::{self, wants_a_refresh};
use crate::domain::settings::places::Places;
use crate::domain::settings::{Settings, Target, TargetId};
use crate::domain::sync::memory::account;
use crate::domain::sync::{Cause, Failure, Progress, Report, Request, Scope, SyncMemory, TargetOutcome, Trigger};
use crate::domain::time::{Wait, backed_off};

/// Between two that nobody asked for, whatever became of the first.
const AT_LEAST: SignedDuration = SignedDuration::from_secs(2);
/// After one that could not be tried as a whole, the first wait; each further one doubles it.
const FIRST_WAIT: SignedDuration = SignedDuration::from_mins(1);
/// The longest of those.
const LONGEST_AFTER_REFUSAL: SignedDuration = SignedDuration::from_hours(1);

impl State {
    /// The next moment at which a sync falls due; `None` while one runs, or where none does.
    pub(super) fn sync_due(&self, now: Timestamp) -> Option<Timestamp> {
        if self.is_at_it() {
            return None;
        }
        let resume = self.syncing.resume.as_ref().map(|resume| resume.due(now));
        let automatic = self.due_targets(now).map(|(_, at)| at.max(now)).min();
        let automatic = automatic.and_then(|at| Some(at).max(self.not_before(now)));
        let due = resume.into_iter().chain(automatic).min()?;
        Some(due).max(self.sleeps_until(now))
    }

    /// Whether what GitHub's limits hold up goes on without anyone's doing.
    pub fn sync_continues(&self) -> bool {
        self.settings.sync.automatic || self.syncing.resume.is_some()
    }

    fn not_before(&self, now: Timestamp) -> Option<Timestamp> {
        self.syncing.not_before.and_then(|wait| wait.end(now))
    }

    fn due_targets(&self, now: Timestamp) -> impl Iterator<Item = (&TargetId, Timestamp)> {
        let lives = self.credential().is_some_and(|found| found.lives(now));
        let pace = self.syncing.memory.pace.get(&self.settings.github.api_url);
        let limited = pace.and_then(|pace| pace.pause(now));
        lives.then(|| self.overview().due(limited, now)).into_iter().flatten()
    }

    fn is_at_it(&self) -> bool {
        let syncing = &self.syncing;
        // What a refresh brings is synced at once afterwards, and what it spends is not worth sending.
        self.only_watches || syncing.running.is_some() || syncing.waiting.is_some() || self.refreshing.is_spending()
    }
}

/// What someone has asked for in the menu.
pub(super) fn asked(state: &mut State, scope: Scope, now: Timestamp) -> Option<Effect> {
    let request = Request::new(scope, Trigger::Asked);
    if state.only_watches || state.syncing.running.is_some() || state.syncing.waiting.is_some() {
        return None;
    }
    state.syncing.resume = None;
    if state.refreshing.is_spending() {
        state.syncing.waiting = Some(request);
        return None;
    }
    let credential = state.credential();
    if credential.is_some_and(|found| wants_a_refresh(found, &state.settings.refresh, now)) {
        let refresh = refreshing::begin(state, refresh::Trigger::Asked);
        if refresh.is_some() {
            state.syncing.waiting = Some(request);
            return refresh;
        }
    }
    Some(begin(state, request))
}

fn begin(state: &mut State, request: Request) -> Effect {
    let own = state.settings.own_targets();
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
    if let Some(resume) = state.syncing.resume.take_if(|resume| resume.due(now) <= now) {
        // Another account's sign-in is not what was asked for.
        let same = state.credential().and_then(account) == resume.account;
        return same.then(|| begin(state, resume.request));
    }
    let ids = state.due_targets(now).filter(|(_, at)| *at <= now).map(|(id, _)| *id).collect();
    Some(begin(state, Request::new(Scope::Only(ids), Trigger::Automatic)))
}

/// The way to the internet is another one: what failed for want of it is tried again at once.
pub(super) fn network_changed(state: &mut State, now: Timestamp) -> Option<Effect> {
    if state.is_at_it() || !state.settings.sync.automatic || state.not_before(now).is_some() {
        return None;
    }
    let (settings, memory) = (&state.settings, &state.syncing.memory);
    let is_offline = |target: &&Target| {
        let failure = memory.target(target, settings).and_then(|known| known.failure.as_ref());
        failure.is_some_and(|failure| failure.failure.is_offline())
    };
    let own = settings.own_targets();
    let ids: BTreeSet<TargetId> = own.filter(is_offline).map(Target::id).collect();
    (!ids.is_empty()).then(|| begin(state, Request::new(Scope::Only(ids), Trigger::Automatic)))
}

/// The config is another one: what was asked for before must not go where an edit points.
pub(super) fn config_changed(state: &mut State, before: &Settings) {
    let permits = |settings: &Settings| -> Vec<String> {
        settings.targets.iter().map(|target| settings.permit(target)).collect()
    };
    if permits(before) != permits(&state.settings) {
        (state.syncing.resume, state.syncing.waiting) = (None, None);
    }
}

/// The config was read: the first places that are ever seen are taken as given.
pub(super) fn see_places(state: &mut State) -> Option<Effect> {
    if state.only_watches || !state.syncing.memory.places.are_unknown() {
        return None;
    }
    let mut places = Places::default();
    places.see(&state.settings);
    state.places().clone_from(&places);
    Some(Effect::SeePlaces(places))
}

/// Takes in what is remembered on the disk. Which places are allowed is not forgotten with a disk that was full: they are
/// noted there as soon as it takes anything again.
pub(super) fn remembered(state: &mut State, memory: SyncMemory) -> Option<Effect> {
    let known = state.set_memory(memory).places;
    if !state.syncing.memory.places.are_unknown() || known.are_unknown() {
        return None;
    }
    state.places().clone_from(&known);
    (!state.only_watches).then_some(Effect::SeePlaces(known))
}

/// Takes in what became of a sync, and what is remembered from now on, where that can be read.
pub(super) fn ended(state: &mut State, report: Report, memory: Option<SyncMemory>, now: Timestamp) -> Vec<Effect> {
    let mut effects: Vec<Effect> = memory.and_then(|memory| remembered(state, memory)).into_iter().collect();
    state.set_spent(report.spent.clone());
    state.syncing.running = None;
    let trigger = state.syncing.trigger.take().unwrap_or(Trigger::Asked);
    // Neither a lock that stays taken, nor a disk that is full, nor a keychain that refuses may make this a loop.
    let refused = report.obstacle.is_some();
    state.syncing.refusals = if refused { state.syncing.refusals.saturating_add(1) } else { 0 };
    let own = backed_off(FIRST_WAIT, state.syncing.refusals, LONGEST_AFTER_REFUSAL);
    let wait = if refused { own } else { AT_LEAST };
    state.syncing.not_before = (trigger == Trigger::Automatic).then(|| Wait::of(wait, now));
    if let (Some(at), Trigger::Asked) = (report.resume_at, trigger) {
        // Of an automatic one the memory knows when it goes on.
        let rest = state.settings.targets.iter().filter(|target| {
            report.targets.iter().any(|ended| ended.target == **target && ended.outcome == TargetOutcome::Failed)
        });
        let request = Request::new(Scope::Only(rest.map(Target::id).collect()), trigger);
        let account = state.credential().and_then(account);
        state.syncing.resume = Some(Resume { at, request, account });
    }
    effects.push(state.look(Look::IfMoved, now));
    let is_news = note_notified(state, &report);
    if trigger == Trigger::Asked || is_news {
        effects.extend(alerting::say(state, Notice::SyncEnded(Box::new(report)), trigger == Trigger::Asked, now));
    }
    effects
}

impl Syncing {
    /// Whether anything like this report's is what the user was notified of last, and stands.
    pub(super) fn is_notified_of(&self, report: &Report) -> bool {
        causes(report).any(|(name, cause)| match (self.notified.get(&name), &cause) {
            (Some(Notified::Cause(notified)), Some(cause)) => notified.is_like(cause),
            _ => false,
        })
    }
}

/// What failed and what is held, by target; of the sync as a whole under the empty name.
fn causes(report: &Report) -> impl Iterator<Item = (String, Option<Cause>)> {
    let whole = report.obstacle.clone().map(Cause::Whole);
    let targets = report.targets.iter().filter(|_| report.obstacle.is_none());
    let targets = targets.map(|target| {
        let is_bad = target.outcome >= TargetOutcome::Held;
        let is_told = |cause: &Cause| is_bad || matches!(cause, Cause::Held(_));
        (target.target.to_string(), target.cause.clone().filter(is_told))
    });
    [(String::new(), whole)].into_iter().chain(targets)
}

/// Takes them in, and says whether the user has yet to be notified of any of it.
fn note_notified(state: &mut State, report: &Report) -> bool {
    let mut is_news = false;
    for (name, cause) in causes(report) {
        let before = state.syncing.notified.remove(&name);
        let Some(cause) = cause else { continue };
        let is_offline = cause.failure().is_some_and(Failure::is_offline);
        let notified = Notified::next(before, cause, is_offline, Cause::is_like);
        is_news |= notified.1;
        state.syncing.notified.insert(name, notified.0);
    }
    is_news
}
