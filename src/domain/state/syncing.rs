//! The part of the state that is about syncing: what runs, what the last one came to, when the next is due.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp, ZonedDateTime};

use super::{Effect, Look, Notification, State, look, refreshing};
use crate::domain::message::{item, sync as words};
use crate::domain::refresh::{self, Fingerprint};
use crate::domain::settings::Settings;
use crate::domain::source::Reading;
use crate::domain::status;
use crate::domain::sync::memory::{SyncMemory, account};
use crate::domain::sync::report::{Report, TargetOutcome, TargetReport};
use crate::domain::sync::standing::{TargetStatus, due};
use crate::domain::sync::{Progress, Request, Scope, Trigger, USUAL_WAIT, wants_a_refresh};
use crate::domain::target::{Target, TargetId};
use crate::domain::view::Action;

/// Between two that nobody asked for, whatever became of the first.
const AT_LEAST: SignedDuration = SignedDuration::from_secs(2);
/// After one that could not be tried as a whole, the first wait; each further one doubles it.
const FIRST_WAIT: SignedDuration = SignedDuration::from_mins(1);
/// The longest of those.
const LONGEST_AFTER_REFUSAL: SignedDuration = SignedDuration::from_hours(1);
/// The longest wait of all: GitHub's own, for a day.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(24);
/// What is noted of a target that was out of reach once, which nobody is told of.
const OFFLINE_ONCE: &str = "offline, once";

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
    resume: Option<Resume>,
    /// Nothing by itself before this.
    not_before: Option<Timestamp>,
    /// How many in a row could not be tried as a whole.
    refusals: u32,
    /// The failures that were told of by a notification, by target; the one of the whole under no name.
    told: BTreeMap<String, String>,
}

/// What goes on when a limit is over.
#[derive(Clone, Debug)]
struct Resume {
    at: Timestamp,
    request: Request,
    /// Whose credential it was asked for.
    account: Option<Fingerprint>,
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
        let resume = self.syncing.resume.as_ref().map(|resume| resume.at);
        let automatic = self.due_targets(now).and_then(|(ids, next)| if ids.is_empty() { next } else { Some(now) });
        let automatic = automatic.map(|at| self.not_before(now).map_or(at, |not_before| at.max(not_before)));
        // One further away than any wait was set by a clock that has gone back since.
        resume.map(|at| if at > within(now, LONGEST_WAIT) { now } else { at }).into_iter().chain(automatic).min()
    }

    fn not_before(&self, now: Timestamp) -> Option<Timestamp> {
        self.syncing.not_before.filter(|not_before| *not_before > now && *not_before <= within(now, LONGEST_WAIT))
    }

    fn due_targets(&self, now: Timestamp) -> Option<(Vec<TargetId>, Option<Timestamp>)> {
        let credential = self.reading()?.credential()?;
        credential.lives(now).then(|| due(self.settings(), &self.syncing.memory, credential, now))
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
    let credential = state.reading.as_ref().and_then(Reading::credential);
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
    let goes_on = |resume: &mut Resume| resume.at <= now || resume.at > within(now, LONGEST_WAIT);
    if let Some(resume) = state.syncing.resume.take_if(goes_on) {
        // Another account's sign-in is not what was asked for.
        let same = state.reading().and_then(Reading::credential).and_then(account) == resume.account;
        return same.then(|| begin(state, resume.request));
    }
    let (ids, _) = state.due_targets(now)?;
    Some(begin(state, by_itself(ids)))
}

fn by_itself(ids: Vec<TargetId>) -> Request {
    let scope = Scope::Only(ids);
    Request { scope, trigger: Trigger::Automatic, force: false, dry_run: false, wait: USUAL_WAIT }
}

/// The way to the internet is another one: what failed for want of it is tried again at once.
pub(super) fn network_changed(state: &mut State, now: Timestamp) -> Option<Effect> {
    if state.is_at_it() || !state.settings.sync.automatic || state.not_before(now).is_some() {
        return None;
    }
    let (settings, memory) = (&state.settings, &state.syncing.memory);
    let is_offline = |target: &&Target| {
        let failure = memory.target(target, settings).and_then(|known| known.failure.as_ref());
        failure.is_some_and(|failure| failure.sentence.code == "offline")
    };
    let own = settings.own_targets();
    let ids: Vec<TargetId> = own.filter(is_offline).map(Target::id).collect();
    (!ids.is_empty()).then(|| begin(state, by_itself(ids)))
}

/// The config is another one: what was asked for before must not go where an edit points.
pub(super) fn config_changed(state: &mut State, before: &Settings) {
    let permits = |settings: &Settings| -> Vec<String> {
        settings.targets.iter().map(|target| target.permit(settings)).collect()
    };
    if permits(before) != permits(&state.settings) {
        (state.syncing.resume, state.syncing.waiting) = (None, None);
    }
}

fn within(now: Timestamp, span: SignedDuration) -> Timestamp {
    now.saturating_add(span).unwrap_or(Timestamp::MAX)
}

/// The config was read: the first places that are ever seen are taken as given.
pub(super) fn see_places(state: &mut State) -> Option<Effect> {
    let places = &mut state.syncing.memory.places;
    let is_first = !state.only_watches && places.see(&state.settings);
    is_first.then(|| Effect::SeePlaces(places.clone()))
}

/// Takes in what is remembered on the disk. Which places are allowed is not forgotten with a disk that was full: they are
/// noted there as soon as it takes anything again.
pub(super) fn remembered(state: &mut State, memory: SyncMemory) -> Option<Effect> {
    let known = std::mem::replace(&mut state.syncing.memory, memory).places;
    let places = &mut state.syncing.memory.places;
    if !places.are_unknown() || known.are_unknown() {
        return None;
    }
    *places = known.clone();
    (!state.only_watches).then_some(Effect::SeePlaces(known))
}

/// Takes in how far it is.
pub(super) fn progressed(state: &mut State, progress: Progress) {
    if let Some(running) = &mut state.syncing.running {
        *running = progress;
    }
}

/// Takes in what became of a sync, and what is remembered from now on.
pub(super) fn ended(state: &mut State, report: &Report, memory: SyncMemory, now: &ZonedDateTime) -> Vec<Effect> {
    let mut effects: Vec<Effect> = remembered(state, memory).into_iter().collect();
    state.syncing.running = None;
    let trigger = state.syncing.trigger.take().unwrap_or(Trigger::Asked);
    // Neither a lock that stays taken, nor a disk that is full, nor a keychain that refuses may make this a loop.
    let refused = report.error.is_some();
    state.syncing.refusals = if refused { state.syncing.refusals.saturating_add(1) } else { 0 };
    let doubled = FIRST_WAIT * 2_i32.pow(state.syncing.refusals.saturating_sub(1).min(6));
    let wait = if refused { doubled.min(LONGEST_AFTER_REFUSAL) } else { AT_LEAST };
    state.syncing.not_before = (trigger == Trigger::Automatic).then(|| within(now.timestamp(), wait));
    if let (Some(at), Trigger::Asked) = (report.resume_at, trigger) {
        // Of an automatic one the memory knows when it goes on.
        let rest = state.settings.targets.iter().filter(|target| {
            let name = target.to_string();
            report.targets.iter().any(|ended| ended.target == name && ended.outcome == TargetOutcome::Failed)
        });
        let scope = Scope::Only(rest.map(Target::id).collect());
        let request = Request { scope, trigger, force: false, dry_run: false, wait: USUAL_WAIT };
        let account = state.reading.as_ref().and_then(Reading::credential).and_then(account);
        state.syncing.resume = Some(Resume { at, request, account });
    }
    effects.push(look(state, Look::IfMoved, now.timestamp()));
    let is_news = note_told(state, report);
    if trigger == Trigger::Asked || is_news {
        effects.push(Effect::Notify(notice(report)));
    }
    effects
}

/// Takes in what failed and what is held, by target, and says whether any of it was not told of before.
fn note_told(state: &mut State, report: &Report) -> bool {
    let told = &mut state.syncing.told;
    let mut is_news = false;
    let whole = ("", report.error.as_ref(), report.error.is_some());
    let targets = report.targets.iter().filter(|_| report.error.is_none());
    let targets = targets.map(|target| (&*target.target, target.error.as_ref(), target.outcome >= TargetOutcome::Held));
    for (name, error, is_bad) in [whole].into_iter().chain(targets) {
        let code = error.filter(|_| is_bad).map(|error| error.code.as_ref());
        let before = told.get(name).map(String::as_str);
        let now = match (code, before) {
            // A laptop that wakes has no network for a moment; the second time it is worth a word.
            (Some("offline"), None) => Some(OFFLINE_ONCE),
            (code, _) => code,
        };
        is_news |= now.is_some() && now != before && now != Some(OFFLINE_ONCE);
        match now.map(str::to_owned) {
            Some(now) => drop(told.insert(name.to_owned(), now)),
            None => drop(told.remove(name)),
        }
    }
    is_news
}

/// What a person is told.
fn notice(report: &Report) -> Notification {
    let named = |outcome: TargetOutcome| -> Vec<(String, String)> {
        let of = report.targets.iter().filter(|target| target.outcome == outcome);
        let why = |target: &TargetReport| target.error.as_ref().map_or_else(String::new, |error| error.message.clone());
        of.map(|target| (target.target.clone(), why(target))).collect()
    };
    let (failed, held) = (named(TargetOutcome::Failed), named(TargetOutcome::Held));
    let (summary, body) = if let Some(error) = &report.error {
        words::refused_notice(error)
    } else if !failed.is_empty() {
        words::failed_notice(&failed, report.targets.len())
    } else if !held.is_empty() {
        words::held_notice(&held)
    } else {
        words::done_notice(report.count(TargetOutcome::Synced), report.count(TargetOutcome::Unchanged))
    };
    let buttons = if report.is_good() { Vec::new() } else { vec![(Action::SyncAll, item::SYNC_AGAIN)] };
    Notification { summary, body, buttons }
}
