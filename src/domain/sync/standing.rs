//! What a target is known to hold, without asking it.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::memory::{SyncMemory, TargetMemory, fingerprint};
use super::plan::Held;
use super::value::value;
use crate::domain::credential::Credential;
use crate::domain::message::{Sentence, sync as words};
use crate::domain::settings::{Settings, ShareRefreshToken};
use crate::domain::target::{Mapping, Target, TargetId};

/// The longest wait of all: GitHub's own, for a day.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(24);

/// What one target is known to hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TargetStatus {
    /// Its name.
    pub target: String,
    /// The word for it.
    pub state: TargetWord,
    /// When it was last known to hold all that it should.
    pub synced_at: Option<Timestamp>,
    /// Why it is not as it should be.
    pub error: Option<Sentence>,
}

/// The word for a target; of two groups, the later one is the one to look at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetWord {
    /// It holds what the credential says.
    InSync,
    /// Wick never sent it anything.
    Never,
    /// The credential has changed since.
    Stale,
    /// Something waits for the user's word.
    Held,
    /// Someone else has changed it since.
    Drifted,
    /// The last try failed.
    Failed,
}

impl TargetStatus {
    /// What `target` is known to hold, beside this credential.
    pub fn of(target: &Target, settings: &Settings, memory: &SyncMemory, credential: Option<&Credential>) -> Self {
        let known = memory.target(target, settings);
        let (state, error) = word(target, settings, memory, credential);
        Self { target: target.to_string(), state, synced_at: known.and_then(|known| known.synced_at), error }
    }
}

fn word(
    target: &Target,
    settings: &Settings,
    memory: &SyncMemory,
    credential: Option<&Credential>,
) -> (TargetWord, Option<Sentence>) {
    let known = memory.target(target, settings);
    if let Some(failure) = known.and_then(|known| known.failure.as_ref()) {
        return (TargetWord::Failed, Some(failure.sentence.clone()));
    }
    let waits = settings.sync.automatic.then(|| held_whole(target, settings, memory, credential)).flatten();
    let Some(known) = known.filter(|known| !known.secrets.is_empty()) else {
        return waits.map_or((TargetWord::Never, None), |held| (TargetWord::Held, Some(words::held(held))));
    };
    if has_drifted(target, settings, known) {
        return (TargetWord::Drifted, Some(words::held(Held::Drifted)));
    }
    let stale = credential.is_some_and(|credential| is_stale(target, settings, known, credential));
    match waits {
        Some(held) if stale => (TargetWord::Held, Some(words::held(held))),
        _ if stale => (TargetWord::Stale, None),
        _ if asks_for_the_refresh_token(target, settings) => (TargetWord::Held, Some(words::held(Held::RefreshToken))),
        _ => (TargetWord::InSync, None),
    }
}

/// Why nothing goes to a target by itself.
pub fn held_whole(
    target: &Target,
    settings: &Settings,
    memory: &SyncMemory,
    credential: Option<&Credential>,
) -> Option<Held> {
    let known = memory.target(target, settings);
    let other = || known.zip(credential).is_some_and(|(known, credential)| known.is_of_another_account(credential));
    if !memory.places.allow_target(target, settings) {
        Some(Held::NewPlace)
    } else if other() {
        Some(Held::OtherAccount)
    } else {
        None
    }
}

fn asks_for_the_refresh_token(target: &Target, settings: &Settings) -> bool {
    settings.sync.share_refresh_token == ShareRefreshToken::Ask
        && target.mappings(settings).iter().any(|mapping| mapping.field.carries_the_refresh_token())
}

/// Whether something that may be sent is another one than what was sent. A field that the credential lacks is none.
fn is_stale(target: &Target, settings: &Settings, known: &TargetMemory, credential: &Credential) -> bool {
    let differs = |mapping: &Mapping| {
        let holds = |fingerprint| known.secrets.get(&mapping.name).is_some_and(|secret| secret.is(&fingerprint));
        value(mapping.field, credential).is_some_and(|value| !holds(fingerprint(&value, &target.place)))
    };
    sent(target, settings).any(differs)
}

/// What goes to a target, as far as the user's answer lets it.
fn sent<'a>(target: &'a Target, settings: &'a Settings) -> impl Iterator<Item = &'a Mapping> {
    let shared = settings.sync.share_refresh_token == ShareRefreshToken::Yes;
    target.mappings(settings).iter().filter(move |mapping| shared || !mapping.field.carries_the_refresh_token())
}

/// Whether someone else has changed what still goes there.
fn has_drifted(target: &Target, settings: &Settings, known: &TargetMemory) -> bool {
    sent(target, settings).any(|mapping| known.secrets.get(&mapping.name).is_some_and(|secret| secret.drifted))
}

/// The targets that are to be synced by themselves now, and when the next one falls due.
pub fn due(
    settings: &Settings,
    memory: &SyncMemory,
    credential: &Credential,
    now: Timestamp,
) -> (Vec<TargetId>, Option<Timestamp>) {
    let (mut due, mut next) = (Vec::new(), None);
    if !settings.sync.automatic {
        return (due, next);
    }
    let limited = memory.pace.get(&settings.github.api_url).and_then(|pace| pace.pause(now));
    for target in settings.own_targets() {
        if held_whole(target, settings, memory, Some(credential)).is_some() {
            continue;
        }
        let known = memory.target(target, settings);
        if known.is_some_and(|known| has_drifted(target, settings, known)) {
            continue;
        }
        let stale = known.is_none_or(|known| is_stale(target, settings, known, credential));
        let failure = known.and_then(|known| known.failure.as_ref());
        if !stale {
            continue;
        }
        // One further away than any wait was set by a clock that has gone back since.
        let longest = now.saturating_add(LONGEST_WAIT).unwrap_or(Timestamp::MAX);
        let retry_at = failure.map(|failure| failure.retry_at).filter(|at| *at <= longest);
        let at = retry_at.unwrap_or(Timestamp::MIN);
        let at = limited.filter(|_| target.is_at_github()).map_or(at, |limited| at.max(limited));
        if at <= now {
            due.push(target.id());
        } else {
            next = Some(next.map_or(at, |next: Timestamp| next.min(at)));
        }
    }
    (due, next)
}
