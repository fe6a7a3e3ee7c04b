//! The menu's part about the places that hold secrets: sync, what each holds, the question, the switch.

use jiff::{SignedDuration, ZonedDateTime};

use crate::domain::action::Action;
use crate::domain::state::State;
use crate::domain::sync::Standing;
use crate::ports::screen::Entry;
use crate::words::{sharing, sync as sync_words, targets as words};

/// More targets than this are grouped by their state.
const LISTED: usize = 15;
/// So many of a group are shown: nobody reads more, and each is drawn anew every minute.
const SHOWN: usize = 50;
/// So long before its end, a GitHub token's date is worth a line.
const TOKEN_ENDS_SOON: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Where there are no targets, no more than what a search has found.
pub(super) fn entries(state: &State, now: &ZonedDateTime) -> Vec<Entry> {
    let overview = state.overview();
    let count = overview.count();
    if count == 0 {
        return not_synced(state).into_iter().collect();
    }
    let pace = state.syncing.memory.pace.get(&state.settings.github.api_url);
    let mut entries = Vec::new();
    match &state.syncing.running {
        Some(progress) => {
            entries.push(Entry::Text(words::syncing(progress.done, progress.total)));
            entries.extend(progress.paused_until.map(|until| Entry::Text(words::paused(until, now))));
        }
        None if state.credential().is_some() => {
            let words = if overview.are_repositories { words::sync_all } else { words::sync_targets };
            entries.push(Entry::Button(Action::SyncAll, words(count)));
            let pause = pace.and_then(|pace| pace.pause(now.timestamp()));
            let paused = if state.sync_continues() { words::paused } else { words::limited };
            entries.extend(pause.map(|until| Entry::Text(paused(until, now))));
        }
        None => {}
    }
    entries.extend(targets(state, now));
    entries.extend(not_synced(state));
    entries.extend(question(state));
    if overview.holders > 0 {
        entries.push(Entry::Text(words::holders_short(overview.holders)));
    }
    let token_ends = pace.and_then(|pace| pace.token_expires);
    let soon = token_ends.filter(|end| end.duration_since(now.timestamp()) <= TOKEN_ENDS_SOON);
    entries.extend(soon.map(|end| Entry::Text(sync_words::token_ends(end, now))));
    entries
}

/// The switch, where there is something to sync to.
pub(super) fn switch(state: &State) -> Option<Entry> {
    let automatic = state.settings.sync.automatic;
    are_listed(state).then_some(Entry::Switch(Action::SwitchAutomaticSync, words::AUTOMATICALLY, automatic))
}

/// The places that a search has found, with a secret that Wick could keep fresh.
fn not_synced(state: &State) -> Option<Entry> {
    let found = state.syncing.memory.found.get(&state.settings.github.api_url)?;
    let count = found.not_synced(&state.settings);
    (count > 0).then(|| Entry::Text(words::not_synced(count)))
}

/// Whether the last try of any target failed.
pub(super) fn are_failed(state: &State) -> bool {
    state.overview().is_any_failed()
}

/// Whether there is any to sync to.
pub(super) fn are_listed(state: &State) -> bool {
    state.overview().count() > 0
}

fn targets(state: &State, now: &ZonedDateTime) -> Vec<Entry> {
    let line =
        |standing: &Standing<'_>| Entry::Button(Action::SyncTarget(standing.target.id()), words::line(standing, now));
    if state.overview().count() <= LISTED {
        return state.targets().map(|standing| line(&standing)).collect();
    }
    let groups = state.overview().groups(&state.settings).map(|(of, count, standings)| {
        let mut lines: Vec<Entry> = standings.take(SHOWN).map(|standing| line(&standing)).collect();
        lines.extend((count > SHOWN).then(|| Entry::Text(words::more(count - SHOWN))));
        Entry::Group(words::group(of, count), lines)
    });
    groups.collect()
}

/// Whether targets get the refresh token, until it was answered once.
fn question(state: &State) -> Option<Entry> {
    let is_open = state.overview().asks_to_share;
    let answer = |answer, text: &str, does: &str| {
        [Entry::Button(Action::ShareRefreshToken(answer), text.to_owned()), Entry::Text(does.to_owned())]
    };
    // The safe one first.
    let answers = [answer(false, sharing::NO, sharing::IF_NOT), answer(true, sharing::YES, sharing::IF_SHARED)];
    let entries = answers.concat();
    is_open.then(|| Entry::Group(sharing::QUESTION.to_owned(), entries))
}
