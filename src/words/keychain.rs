//! What the doctor says of the keychain. What is to be done was reported by users of such tools; see the issues named.

use super::doctor::{Finding, act};
use crate::domain::credential::SERVICE;
use crate::domain::facts::KeychainItem;

const SIGN_IN_AGAIN: &str = "run \"claude\" and sign in again, which makes the item anew";

/// This system has none.
pub fn none_here() -> Finding {
    ("this system has none; the sign-in is in a file".to_owned(), None)
}

/// The settings name the file.
pub fn not_asked() -> Finding {
    ("not asked: credential.source is \"file\"".to_owned(), None)
}

/// The items could not be listed.
pub fn not_listed(error: &str) -> Finding {
    act(
        format!("its items could not be listed: {error}"),
        "open Keychain Access and search for \"Claude Code-credentials\"",
    )
}

/// Another program has written the item by a way that shuts Apple's own programs out (akitaonrails/ai-usagebar#148).
pub fn restamped(partitions: &[String]) -> Finding {
    act(
        format!(
            "another program has rewritten the item and kept the right to read it: its partition list is \"{}\", \
             without apple-tool:, so each read by Claude Code or Wick asks you",
            partitions.join(", ")
        ),
        format!("{SIGN_IN_AGAIN}; then find out which program writes it (Claude usage monitors are known for it)"),
    )
}

/// The prompt was answered by no.
pub fn denied() -> Finding {
    act(
        "reading was refused, by you or by the system, and Wick does not ask again by itself",
        format!("choose Try again in Wick's menu, and Always Allow in the prompt; if it comes back, {SIGN_IN_AGAIN}"),
    )
}

/// Nobody has answered a prompt.
pub fn timed_out() -> Finding {
    act(
        "there was no answer in time: a prompt may be waiting behind a window or on another desktop",
        format!(
            "choose Try again in Wick's menu, which waits two minutes, and look for the prompt; or {SIGN_IN_AGAIN}"
        ),
    )
}

/// The keychain is locked.
pub fn locked() -> Finding {
    act(
        "it is locked, and not read until it is open",
        "unlock it in Keychain Access, or with \"security unlock-keychain\"; over SSH it stays locked until you do",
    )
}

/// Items are there, none of them under the account that Wick asks for.
pub fn other_accounts(asked: &KeychainItem, found: &[&KeychainItem]) -> Finding {
    act(
        format!(
            "\"{}\" is there under {}, not under {}, which Claude Code and Wick ask for",
            asked.service,
            named(found.iter().map(|item| format!("\"{}\"", item.account))),
            asked.account
        ),
        format!("{SIGN_IN_AGAIN} under your name; other tools make items without a sign-in under \"unknown\""),
    )
}

/// Items are there for other config folders.
pub fn other_folders(asked: &KeychainItem, found: &[&KeychainItem]) -> Finding {
    act(
        format!(
            "\"{}\" is not there, but {}: made under another CLAUDE_CONFIG_DIR",
            asked.service,
            named(found.iter().map(|item| format!("\"{}\"", item.service)))
        ),
        "set credential.config_dir to exactly what CLAUDE_CONFIG_DIR is in your shell",
    )
}

/// The item is there that is made without a config folder of one's own, while the settings name one.
pub fn unnamed_folder(asked: &KeychainItem) -> Finding {
    act(
        format!("\"{}\" is not there, but \"{SERVICE}\", made without a CLAUDE_CONFIG_DIR", asked.service),
        "take credential.config_dir out of the config, unless your shell sets CLAUDE_CONFIG_DIR",
    )
}

/// There is no item at all.
pub fn no_item(asked: &KeychainItem) -> Finding {
    (format!("no item \"{}\"", asked.service), None)
}

/// The item holds sign-ins to other services, and none to Claude.
pub fn other_services_only(asked: &KeychainItem, file_is_used: bool) -> Finding {
    let used = if file_is_used { ", so the file is used" } else { "" };
    act(
        format!("\"{}\" holds other services' sign-ins only (mcpOAuth){used}", asked.service),
        "run \"claude\" and sign in, which adds yours to it",
    )
}

/// The item is there, and perhaps others.
pub fn items(asked: &KeychainItem, others: &[&KeychainItem]) -> Finding {
    let mut detail = format!("\"{}\" under {}", asked.service, asked.account);
    if !others.is_empty() {
        let others = named(others.iter().map(|item| format!("\"{}\" under {}", item.service, item.account)));
        detail.push_str(&format!("; also there and not read: {others}"));
    }
    (detail, None)
}

fn named(names: impl Iterator<Item = String>) -> String {
    names.collect::<Vec<_>>().join(", ")
}
