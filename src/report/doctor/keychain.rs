//! The keychain's part of the report: which items are there, and what keeps Wick from reading the right one.

use super::check::{Check, Verdict, check};
use crate::domain::credential::{Contents, Problem, SERVICE, SourceKind};
use crate::domain::facts::{Facts, KeychainFacts, KeychainItem};
use crate::domain::settings::{Settings, SourceChoice};
use crate::words::doctor::Finding;
use crate::words::keychain as words;

/// What `/usr/bin/security` counts as, by which Claude Code and Wick read. `apple:` is the rest of Apple's own code, and not
/// enough.
const SECURITY_TOOL: &str = "apple-tool:";

pub(super) fn keychain(facts: &Facts, settings: &Settings) -> Check {
    let Some(found) = &facts.keychain else { return check("keychain", Verdict::Skip, words::none_here()) };
    let (verdict, finding) = judge(found, facts, settings);
    check("keychain", verdict, finding)
}

fn judge(found: &KeychainFacts, facts: &Facts, settings: &Settings) -> (Verdict, Finding) {
    if settings.credential.source == SourceChoice::File {
        return (Verdict::Skip, words::not_asked());
    }
    let items = match &found.items {
        Ok(items) => items,
        Err(error) => return (Verdict::Warn, words::not_listed(error)),
    };
    let problem = facts.reading.outcome.as_ref().err();
    let is_shut_out = matches!(problem, Some(Problem::KeychainDenied | Problem::KeychainTimedOut { .. }));
    let foreign = |list: &&Vec<String>| !list.iter().any(|name| name == SECURITY_TOOL);
    if let Some(partitions) = found.partitions.as_ref().filter(foreign) {
        let verdict = if is_shut_out { Verdict::Fail } else { Verdict::Warn };
        return (verdict, words::restamped(partitions));
    }
    match problem {
        Some(Problem::KeychainLocked) => return (Verdict::Fail, words::locked()),
        Some(Problem::KeychainDenied) => return (Verdict::Fail, words::denied()),
        Some(Problem::KeychainTimedOut { .. }) => return (Verdict::Fail, words::timed_out()),
        _ => {}
    }
    let (own, others): (Vec<_>, Vec<_>) = items.iter().partition(|item| **item == found.asked);
    if own.is_empty() {
        return absent(&found.asked, &others);
    }
    let from_keychain = facts.reading.location.kind == SourceKind::Keychain;
    // With a sign-in in the item, `auto` would not have gone on to the file.
    if !from_keychain || matches!(facts.reading.outcome, Ok(Contents::NoSignIn)) {
        return (Verdict::Warn, words::other_services_only(&found.asked, !from_keychain));
    }
    (Verdict::Pass, words::items(&found.asked, &others))
}

fn absent(asked: &KeychainItem, others: &[&KeychainItem]) -> (Verdict, Finding) {
    let same_service: Vec<_> = others.iter().copied().filter(|item| item.service == asked.service).collect();
    if !same_service.is_empty() {
        return (Verdict::Warn, words::other_accounts(asked, &same_service));
    }
    if others.iter().any(|item| item.service == SERVICE) {
        return (Verdict::Warn, words::unnamed_folder(asked));
    }
    if !others.is_empty() {
        return (Verdict::Warn, words::other_folders(asked, others));
    }
    // That nobody is signed in at all, the check before says.
    (Verdict::Skip, words::no_item(asked))
}

#[cfg(test)]
mod tests;
