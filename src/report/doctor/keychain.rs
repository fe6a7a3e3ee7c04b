//! The keychain's part of the report: which items are there, and what keeps Wick from reading the right one. What to do
//! about it was reported by users of such tools; see the issues named.

use super::check::{Examined, Found, Verdict, found};
use crate::domain::credential::{Contents, Problem, ProgramError, Reading, SERVICE, SourceKind};
use crate::domain::facts::{KeychainFacts, KeychainItem};
use crate::domain::settings::SourceChoice;

/// What `/usr/bin/security` counts as, by which Claude Code and Wick read. `apple:` is the rest of Apple's own code, and not
/// enough.
const SECURITY_TOOL: &str = "apple-tool:";
const SIGN_IN_AGAIN: &str = "run \"claude\" and sign in again, which makes the item anew";

pub(super) fn keychain(Examined { facts, reading, settings, .. }: &Examined<'_>) -> Found {
    let Some(keychain) = &facts.keychain else {
        return found!(Skip => "this system has none; the sign-in is in a file");
    };
    if settings.credential.source == SourceChoice::File {
        return found!(Skip => "not asked: credential.source is \"file\"");
    }
    match &keychain.items {
        Ok(items) => shut(keychain, reading).unwrap_or_else(|| of_items(&keychain.asked, items, reading)),
        Err(error) => found!(Warn => "its items could not be listed: {error}",
            "open Keychain Access and search for \"{SERVICE}\""),
    }
}

/// What keeps everybody from reading.
fn shut(keychain: &KeychainFacts, reading: &Reading) -> Option<Found> {
    let problem = reading.outcome.as_ref().err();
    let foreign = |list: &&Vec<String>| !list.iter().any(|name| name == SECURITY_TOOL);
    if let Some(partitions) = keychain.partitions.as_ref().filter(foreign) {
        // Another program has written the item in a way that shuts Apple's own programs out (akitaonrails/ai-usagebar#148).
        let list = partitions.join(", ");
        let restamped = found!(Warn =>
            "another program has rewritten the item and kept the right to read it: its partition list is \"{list}\", \
             without {SECURITY_TOOL}, so each read by Claude Code or Wick asks you",
            "{SIGN_IN_AGAIN}; then find out which program writes it (Claude usage monitors are known for it)");
        let fails = matches!(problem, Some(Problem::KeychainDenied | Problem::Program(ProgramError::TimedOut(_))));
        return Some(if fails { Found { verdict: Verdict::Fail, ..restamped } } else { restamped });
    }
    Some(match problem? {
        Problem::KeychainLocked => found!(Fail => "it is locked, and not read until it is open",
            "unlock it in Keychain Access, or with \"security unlock-keychain\"; over SSH it stays locked until you do"),
        Problem::KeychainDenied => found!(Fail =>
            "reading was refused, by you or by the system, and Wick does not ask again by itself",
            "choose Try again in Wick's menu, and Always Allow in the prompt; if it comes back, {SIGN_IN_AGAIN}"),
        Problem::Program(ProgramError::TimedOut(_)) => found!(Fail =>
            "there was no answer in time: a prompt may be waiting behind a window or on another desktop",
            "choose Try again in Wick's menu, which waits two minutes, and look for the prompt; or {SIGN_IN_AGAIN}"),
        _ => return None,
    })
}

fn of_items(asked: &KeychainItem, items: &[KeychainItem], reading: &Reading) -> Found {
    let KeychainItem { service, account } = asked;
    let (own, others): (Vec<_>, Vec<_>) = items.iter().partition(|item| *item == asked);
    if own.is_empty() {
        return absent(asked, &others);
    }
    let from_keychain = reading.location.kind == SourceKind::Keychain;
    // With a sign-in in the item, `auto` would not have gone on to the file.
    if !from_keychain || matches!(reading.outcome, Ok(Contents::NoSignIn { .. })) {
        let used = if from_keychain { "" } else { ", so the file is used" };
        return found!(Warn => "\"{service}\" holds other services' sign-ins only (mcpOAuth){used}",
            "run \"claude\" and sign in, which adds yours to it");
    }
    if others.is_empty() {
        return found!(Pass => "\"{service}\" under {account}");
    }
    let others = named(&others, |item| format!("\"{}\" under {}", item.service, item.account));
    found!(Pass => "\"{service}\" under {account}; also there and not read: {others}")
}

fn absent(asked: &KeychainItem, others: &[&KeychainItem]) -> Found {
    let KeychainItem { service, account } = asked;
    let same_service: Vec<_> = others.iter().copied().filter(|item| item.service == *service).collect();
    if !same_service.is_empty() {
        return found!(Warn =>
            "\"{service}\" is there under {accounts}, not under {account}, which Claude Code and Wick ask for",
            "{SIGN_IN_AGAIN} under your name; other tools make items without a sign-in under \"unknown\"",
            accounts = named(&same_service, |item| format!("\"{}\"", item.account)));
    }
    if others.iter().any(|item| item.service == SERVICE) {
        return found!(Warn => "\"{service}\" is not there, but \"{SERVICE}\", made without a CLAUDE_CONFIG_DIR",
            "remove credential.config_dir from the config, unless your shell sets CLAUDE_CONFIG_DIR");
    }
    if !others.is_empty() {
        return found!(Warn => "\"{service}\" is not there, but {others}: made under another CLAUDE_CONFIG_DIR",
            "set credential.config_dir to exactly what CLAUDE_CONFIG_DIR is in your shell",
            others = named(others, |item| format!("\"{}\"", item.service)));
    }
    // That nobody is signed in at all, the check before says.
    found!(Skip => "no item \"{service}\"")
}

fn named(items: &[&KeychainItem], name: impl Fn(&KeychainItem) -> String) -> String {
    items.iter().map(|item| name(item)).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
