//! The keychain's part of the report: which items are there, and what keeps Wick from reading the right one.

use super::{Check, Facts, Verdict, check};
use crate::domain::credential::Contents;
use crate::domain::message::keychain as words;
use crate::domain::settings::{Settings, SourceChoice};
use crate::domain::source::{Problem, SERVICE, SourceKind};

/// What the keychain tells without a prompt.
#[derive(Clone, Debug)]
pub struct KeychainFacts {
    /// The item that Wick reads.
    pub asked: KeychainItem,
    /// Every item that Claude Code could have made, or why they could not be listed.
    pub items: Result<Vec<KeychainItem>, String>,
    /// Which programs may read that item without a prompt, by what they are signed with; `None` where that is not known, as
    /// while the keychain is locked.
    pub partitions: Option<Vec<String>>,
}

/// An item's names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeychainItem {
    /// Its service.
    pub service: String,
    /// Its account.
    pub account: String,
}

/// What `/usr/bin/security` counts as, by which Claude Code and Wick read. `apple:` is the rest of Apple's own code, and not
/// enough.
const SECURITY_TOOL: &str = "apple-tool:";

/// The partition list in an access list's description: a property list in hex, as `security dump-keychain -a` shows it
/// too.
pub fn partitions(description: &str) -> Option<Vec<String>> {
    let digits: Vec<u8> =
        description.bytes().filter_map(|byte| char::from(byte).to_digit(16)?.try_into().ok()).collect();
    let bytes = digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect();
    let text = String::from_utf8(bytes).ok()?;
    let list = text.split_once("<key>Partitions</key>")?.1.split_once("</array>")?.0;
    let mut names = list.split("<string>").skip(1);
    names.try_fold(Vec::new(), |mut names, name| {
        names.push(name.split_once("</string>")?.0.to_owned());
        Some(names)
    })
}

pub(super) fn keychain(facts: &Facts, settings: &Settings) -> Check {
    let Some(found) = &facts.keychain else { return check("keychain", Verdict::Skip, words::none_here()) };
    let (verdict, finding) = judge(found, facts, settings);
    check("keychain", verdict, finding)
}

fn judge(found: &KeychainFacts, facts: &Facts, settings: &Settings) -> (Verdict, words::Finding) {
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

fn absent(asked: &KeychainItem, others: &[&KeychainItem]) -> (Verdict, words::Finding) {
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
