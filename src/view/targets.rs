//! The menu's part about the places that hold secrets: sync, what each holds, the question, the switch.

use jiff::{SignedDuration, ZonedDateTime};

use crate::domain::action::Action;
use crate::domain::settings::{Mapping, ShareRefreshToken, Target, TargetId};
use crate::domain::state::State;
use crate::domain::sync::{Standing, TargetState};
use crate::ports::screen::Entry;
use crate::words::{sync as sync_words, targets as words};

/// More targets than this are grouped by their state.
const LISTED: usize = 15;
/// So long before its end, a GitHub token's date is worth a line.
const TOKEN_ENDS_SOON: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Nothing where there are no targets.
pub(super) fn entries(state: &State, now: &ZonedDateTime) -> Vec<Entry> {
    let own: Vec<&Target> = own_targets(state).collect();
    if own.is_empty() {
        return Vec::new();
    }
    let mut entries = Vec::new();
    match &state.syncing().running {
        Some(progress) => {
            entries.push(Entry::Text(words::syncing(progress.done, progress.total)));
            entries.extend(progress.paused_until.map(|until| Entry::Text(words::paused(until, now))));
        }
        None if state.credential().is_some() => {
            entries.push(Entry::Button(Action::SyncAll, words::sync_all(own.len())));
            entries.extend(pause(state, now));
        }
        None => {}
    }
    entries.extend(targets(state, &own, now));
    entries.extend(question(state));
    let holders = state.sync_memory().holders(state.settings()).len();
    if holders > 0 {
        entries.push(Entry::Text(words::holders_short(holders)));
    }
    entries.extend(token_ends(state, now));
    let automatic = state.settings().sync.automatic;
    entries.push(Entry::Switch(Action::SwitchAutomaticSync, words::AUTOMATICALLY, automatic));
    entries
}

/// Whether the last try of any target failed.
pub(super) fn are_failed(state: &State) -> bool {
    let memory = state.sync_memory();
    own_targets(state)
        .any(|target| memory.target(target, state.settings()).is_some_and(|known| known.failure.is_some()))
}

/// Whether there is any to sync to.
pub(super) fn are_listed(state: &State) -> bool {
    own_targets(state).next().is_some()
}

fn own_targets(state: &State) -> impl Iterator<Item = &Target> {
    state.settings().own_targets()
}

fn targets(state: &State, own: &[&Target], now: &ZonedDateTime) -> Vec<Entry> {
    let line =
        |(id, status): (TargetId, &Standing<'_>)| Entry::Button(Action::SyncTarget(id), words::line(status, now));
    let statuses = state.targets();
    let all: Vec<(TargetId, &Standing<'_>)> = own.iter().map(|target| target.id()).zip(&statuses).collect();
    if all.len() <= LISTED {
        return all.into_iter().map(line).collect();
    }
    // What is to be looked at comes first.
    let mut states: Vec<TargetState> = statuses.iter().map(|status| status.state).collect();
    states.sort();
    states.dedup();
    let group = |word: TargetState| {
        let of: Vec<Entry> = all.iter().copied().filter(|(_, status)| status.state == word).map(line).collect();
        Entry::Group(words::group(word, of.len()), of)
    };
    states.into_iter().rev().map(group).collect()
}

/// Whether targets get the refresh token, until it was answered once.
fn question(state: &State) -> Option<Entry> {
    let asks = |mapping: &Mapping| mapping.field.carries_the_refresh_token();
    let is_open = state.settings().sync.share_refresh_token == ShareRefreshToken::Ask
        && own_targets(state).any(|target| state.settings().mappings(target).iter().any(asks));
    let meaning = words::SHARE_MEANING.map(|sentence| Entry::Text(sentence.to_owned()));
    let answers = [
        Entry::Button(Action::ShareRefreshToken(true), words::SHARE_YES.to_owned()),
        Entry::Button(Action::ShareRefreshToken(false), words::SHARE_NO.to_owned()),
    ];
    is_open.then(|| Entry::Group(words::SHARE_QUESTION.to_owned(), meaning.into_iter().chain(answers).collect()))
}

fn pause(state: &State, now: &ZonedDateTime) -> Option<Entry> {
    let pace = state.sync_memory().pace.get(&state.settings().github.api_url)?;
    Some(Entry::Text(words::paused(pace.pause(now.timestamp())?, now)))
}

fn token_ends(state: &State, now: &ZonedDateTime) -> Option<Entry> {
    let pace = state.sync_memory().pace.get(&state.settings().github.api_url)?;
    let soon = pace.token_expires.filter(|end| end.duration_since(now.timestamp()) <= TOKEN_ENDS_SOON)?;
    Some(Entry::Text(sync_words::token_ends(soon, now)))
}
