//! The menu's part about the places that hold secrets: sync, what each holds, the question, the switch.

use std::collections::BTreeMap;

use jiff::{SignedDuration, ZonedDateTime};

use crate::domain::action::Action;
use crate::domain::settings::Target;
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
    let pace = state.syncing.memory.pace.get(&state.settings.github.api_url);
    let mut entries = Vec::new();
    match &state.syncing.running {
        Some(progress) => {
            entries.push(Entry::Text(words::syncing(progress.done, progress.total)));
            entries.extend(progress.paused_until.map(|until| Entry::Text(words::paused(until, now))));
        }
        None if state.credential().is_some() => {
            entries.push(Entry::Button(Action::SyncAll, words::sync_all(own.len())));
            let pause = pace.and_then(|pace| pace.pause(now.timestamp()));
            entries.extend(pause.map(|until| Entry::Text(words::paused(until, now))));
        }
        None => {}
    }
    entries.extend(targets(state, &own, now));
    entries.extend(question(state));
    let holders = state.syncing.memory.holders(&state.settings).len();
    if holders > 0 {
        entries.push(Entry::Text(words::holders_short(holders)));
    }
    let token_ends = pace.and_then(|pace| pace.token_expires);
    let soon = token_ends.filter(|end| end.duration_since(now.timestamp()) <= TOKEN_ENDS_SOON);
    entries.extend(soon.map(|end| Entry::Text(sync_words::token_ends(end, now))));
    let automatic = state.settings.sync.automatic;
    entries.push(Entry::Switch(Action::SwitchAutomaticSync, words::AUTOMATICALLY, automatic));
    entries
}

/// Whether the last try of any target failed.
pub(super) fn are_failed(state: &State) -> bool {
    let memory = &state.syncing.memory;
    own_targets(state).any(|target| memory.target(target, &state.settings).is_some_and(|known| known.failure.is_some()))
}

/// Whether there is any to sync to.
pub(super) fn are_listed(state: &State) -> bool {
    own_targets(state).next().is_some()
}

fn own_targets(state: &State) -> impl Iterator<Item = &Target> {
    state.settings.own_targets()
}

fn targets(state: &State, own: &[&Target], now: &ZonedDateTime) -> Vec<Entry> {
    let known = state.targets();
    let line = |(target, standing): (&&Target, &Standing<'_>)| {
        (standing.state, Entry::Button(Action::SyncTarget(target.id()), words::line(standing, now)))
    };
    let lines = own.iter().zip(&known).map(line);
    if own.len() <= LISTED {
        return lines.map(|(_, entry)| entry).collect();
    }
    let mut groups: BTreeMap<TargetState, Vec<Entry>> = BTreeMap::new();
    lines.for_each(|(state, entry)| groups.entry(state).or_default().push(entry));
    // What is to be looked at comes first.
    groups.into_iter().rev().map(|(state, of)| Entry::Group(words::group(state, of.len()), of)).collect()
}

/// Whether targets get the refresh token, until it was answered once.
fn question(state: &State) -> Option<Entry> {
    let is_open = own_targets(state).any(|target| state.settings.asks_to_share(target));
    let [spent, without] = words::SHARE_MEANING.map(|sentence| Entry::Text(sentence.to_owned()));
    let answer = |answer, text: &str| Entry::Button(Action::ShareRefreshToken(answer), text.to_owned());
    let entries = vec![spent, without, answer(true, words::SHARE_YES), answer(false, words::SHARE_NO)];
    is_open.then(|| Entry::Group(words::SHARE_QUESTION.to_owned(), entries))
}
