//! What a target is known to hold, without asking it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::approval::Approval;
use super::memory::{SyncMemory, TargetFailure, TargetMemory, fingerprint};
use super::report::Cause;
use super::value::value_of;
use crate::domain::credential::{Credential, Tokens};
use crate::domain::fingerprint::Fingerprint;
use crate::domain::settings::kind::Holder;
use crate::domain::settings::{Mapping, Settings, ShareRefreshToken, Target, TargetId};
use crate::domain::time::Wait;

/// What one target is known to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing<'a> {
    pub target: &'a Target,
    /// The whole in a word.
    pub state: TargetState,
    /// When it was last known to hold all that it should.
    pub synced_at: Option<Timestamp>,
    /// Why it is not as it should be.
    pub cause: Option<Cause>,
}

/// The word for a target; of two groups, the later one is the one to look at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetState {
    /// It holds what the credential says.
    InSync,
    /// Wick never sent it anything.
    Never,
    /// The credential has changed since.
    Stale,
    /// Something waits for the user's approval.
    Held,
    /// Someone else has changed it since.
    Drifted,
    /// The last try failed.
    Failed,
}

/// What follows for the targets of a profile from all that is known, whatever time it is. Kept, because looking
/// at each target at every tick would take longer the more there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overview {
    /// What each is known to hold, in the order of the config.
    known: Vec<Known>,
    /// Which of those are in each state.
    groups: BTreeMap<TargetState, Vec<usize>>,
    /// Whether all are repositories.
    pub are_repositories: bool,
    /// Whether what goes to any waits for the user's answer about the refresh token.
    pub asks_to_share: bool,
    /// Those that are to be synced by themselves.
    due: Vec<Due>,
    /// How many places were sent the refresh token.
    pub holders: usize,
}

/// A [`Standing`] without its target.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Known {
    /// Which of the config's targets, of whichever profile.
    place: usize,
    state: TargetState,
    synced_at: Option<Timestamp>,
    cause: Option<Cause>,
}

impl Known {
    fn standing<'a>(&self, settings: &'a Settings) -> Standing<'a> {
        let target = &settings.targets[self.place];
        Standing { target, state: self.state, synced_at: self.synced_at, cause: self.cause.clone() }
    }
}

/// A target that is to be synced by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Due {
    id: TargetId,
    is_at_github: bool,
    /// After a failure, not before this.
    retry: Option<Wait>,
}

impl Overview {
    /// `spent` is the refresh token that is known to be spent.
    pub fn of(
        settings: &Settings,
        memory: &SyncMemory,
        tokens: Option<Tokens<'_>>,
        spent: Option<&Fingerprint>,
    ) -> Self {
        let places = settings.targets.iter().enumerate().filter(|(_, target)| target.profile == settings.profile);
        let known = places.map(|(place, target)| {
            let Standing { state, synced_at, cause, .. } = Standing::of(target, settings, memory, tokens);
            Known { place, state, synced_at, cause }
        });
        let known: Vec<Known> = known.collect();
        let mut groups: BTreeMap<TargetState, Vec<usize>> = BTreeMap::new();
        for (number, known) in known.iter().enumerate() {
            groups.entry(known.state).or_default().push(number);
        }
        let of_repository =
            |target: &Target| target.place.store().is_some_and(|store| store.kind.holder == Holder::Repository);
        Self {
            known,
            groups,
            are_repositories: settings.own_targets().all(of_repository),
            asks_to_share: settings.own_targets().any(|target| settings.asks_to_share(target)),
            due: tokens.map(|tokens| due(settings, memory, tokens, spent)).unwrap_or_default(),
            holders: memory.holders(settings).len(),
        }
    }

    /// How many targets the profile has.
    pub fn count(&self) -> usize {
        self.known.len()
    }

    /// What each is known to hold, of the settings that this is of.
    pub fn standings<'a>(&'a self, settings: &'a Settings) -> impl Iterator<Item = Standing<'a>> {
        self.known.iter().map(|known| known.standing(settings))
    }

    /// The same by state, the first to be looked at first, with how many are in it.
    pub fn groups<'a>(
        &'a self,
        settings: &'a Settings,
    ) -> impl Iterator<Item = (TargetState, usize, impl Iterator<Item = Standing<'a>>)> {
        self.groups.iter().rev().map(move |(state, numbers)| {
            let standings = numbers.iter().map(move |number| self.known[*number].standing(settings));
            (*state, numbers.len(), standings)
        })
    }

    /// Whether the last try of any target failed.
    pub fn is_any_failed(&self) -> bool {
        self.groups.contains_key(&TargetState::Failed)
    }

    /// The targets that are to be synced by themselves, and from when on each may be. GitHub's may not while it is
    /// `limited`.
    pub fn due(&self, limited: Option<Timestamp>, now: Timestamp) -> impl Iterator<Item = (&TargetId, Timestamp)> {
        self.due.iter().map(move |due| {
            let retry_at = due.retry.and_then(|wait| wait.end(now));
            let at = retry_at.max(limited.filter(|_| due.is_at_github));
            (&due.id, at.unwrap_or(Timestamp::MIN))
        })
    }
}

/// What each target of the profile is known to hold.
pub fn targets<'a>(settings: &'a Settings, memory: &SyncMemory, tokens: Option<Tokens<'_>>) -> Vec<Standing<'a>> {
    settings.own_targets().map(|target| Standing::of(target, settings, memory, tokens)).collect()
}

impl<'a> Standing<'a> {
    /// What `target` is known to hold, beside what is stored here.
    pub fn of(target: &'a Target, settings: &Settings, memory: &SyncMemory, tokens: Option<Tokens<'_>>) -> Self {
        let known = memory.target(target, settings);
        let tokens = tokens.filter(|tokens| tokens.credential.is_some());
        let (state, cause) = state(target, settings, memory, tokens);
        Self { target, state, synced_at: known.and_then(|known| known.synced_at), cause }
    }
}

fn state(
    target: &Target,
    settings: &Settings,
    memory: &SyncMemory,
    tokens: Option<Tokens<'_>>,
) -> (TargetState, Option<Cause>) {
    let held = |approval| (TargetState::Held, Some(Cause::Held(approval)));
    let known = memory.target(target, settings);
    let credential = tokens.and_then(|tokens| tokens.credential);
    let waits = settings.sync.automatic.then(|| held_whole(target, settings, memory, credential)).flatten();
    let failure = known.and_then(|known| known.failure.as_ref());
    // What waits for an approval is not tried again; after one, what only the user can mend would fail as before.
    let is_in_the_way = |failure: &&TargetFailure| waits.is_none() || failure.failure.needs_the_user();
    if let Some(failure) = failure.filter(is_in_the_way) {
        return (TargetState::Failed, Some(Cause::Failed(failure.failure.clone())));
    }
    let asks = settings.asks_to_share(target);
    let nothing_else = sent(target, settings).next().is_none();
    let Some(known) = known.filter(|known| !known.secrets.is_empty()) else {
        let waits = waits.or((asks && nothing_else).then_some(Approval::RefreshToken));
        return waits.map_or((TargetState::Never, None), held);
    };
    if has_drifted(target, settings, known) {
        return (TargetState::Drifted, Some(Cause::Held(Approval::Overwrite)));
    }
    let stale = tokens.is_some_and(|tokens| is_stale(target, sent(target, settings), known, tokens));
    match waits {
        Some(approval) if stale || failure.is_some() => held(approval),
        _ if stale => (TargetState::Stale, None),
        _ if asks && nothing_else => held(Approval::RefreshToken),
        // What was asked for is there.
        _ => (TargetState::InSync, asks.then_some(Cause::Held(Approval::RefreshToken))),
    }
}

/// Why nothing goes to a target by itself.
pub fn held_whole(
    target: &Target,
    settings: &Settings,
    memory: &SyncMemory,
    credential: Option<&Credential>,
) -> Option<Approval> {
    let known = memory.target(target, settings);
    let other = || known.zip(credential).is_some_and(|(known, credential)| known.is_of_another_account(credential));
    if !memory.places.allow_target(target, settings) {
        Some(Approval::NewPlace)
    } else if other() {
        Some(Approval::OtherAccount)
    } else {
        None
    }
}

/// Whether something that may be sent is another one than what was sent. A field that the credential lacks is none.
fn is_stale<'a>(
    target: &Target,
    mut sent: impl Iterator<Item = &'a Mapping>,
    known: &TargetMemory,
    tokens: Tokens<'_>,
) -> bool {
    let differs = |mapping: &Mapping| {
        let holds = |fingerprint| known.secrets.get(&mapping.name).is_some_and(|secret| secret.is(&fingerprint));
        value_of(mapping, tokens).is_some_and(|value| !holds(fingerprint(&value, &target.place)))
    };
    sent.any(differs)
}

/// What goes to a target, as far as the user's answer lets it.
fn sent<'a>(target: &'a Target, settings: &'a Settings) -> impl Iterator<Item = &'a Mapping> {
    let shared = settings.sync.share_refresh_token == ShareRefreshToken::Yes;
    settings.mappings(target).iter().filter(move |mapping| shared || !mapping.field.carries_the_refresh_token())
}

/// Whether someone else has changed what still goes there.
fn has_drifted(target: &Target, settings: &Settings, known: &TargetMemory) -> bool {
    sent(target, settings).any(|mapping| known.secrets.get(&mapping.name).is_some_and(|secret| secret.drifted))
}

fn due(settings: &Settings, memory: &SyncMemory, tokens: Tokens<'_>, spent: Option<&Fingerprint>) -> Vec<Due> {
    // A sync would hold it back each time, until another one is stored.
    let waits = tokens.is_spent(spent);
    let due = |target: &Target| {
        let known = memory.target(target, settings);
        let mut goes = sent(target, settings).filter(|mapping| !waits || !mapping.field.carries_the_refresh_token());
        let is_due = match known {
            Some(known) => !has_drifted(target, settings, known) && is_stale(target, goes, known, tokens),
            None => !waits || goes.next().is_some(),
        };
        if !is_due || held_whole(target, settings, memory, tokens.credential).is_some() {
            return None;
        }
        let failure = known.and_then(|known| known.failure.as_ref());
        let retry = failure.map(|failure| Wait::new(failure.at, failure.retry_at));
        Some(Due { id: target.id(), is_at_github: target.is_at_github(), retry })
    };
    settings.own_targets().filter(|_| settings.sync.automatic).filter_map(due).collect()
}
