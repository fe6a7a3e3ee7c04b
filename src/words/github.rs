//! What is said of GitHub: its tokens, its keys, its answers.

use jiff::{Timestamp, ZonedDateTime};

use super::keyring;
use super::sentence::Sentence;
use super::sync::token_ends;
use super::sync_failure::token_variable;
use crate::domain::keyring::KeyringError;
use crate::domain::sync::TokenSource;

/// The question at the terminal.
pub fn paste(host: &str) -> String {
    format!("Paste a token for {host}")
}

/// Standard input could not be read.
pub fn not_read(detail: &str) -> Sentence {
    Sentence::new("not_read", format!("no token could be read: {detail}"), "pipe it in, or run it in a terminal")
}

/// What was read is no token.
pub fn no_token() -> Sentence {
    Sentence::new(
        "no_token",
        "what was read is no token",
        "copy the token alone; for example: gh auth token | wick github login",
    )
}

/// There is nowhere to keep it.
pub fn not_kept(host: &str, why: &KeyringError) -> Sentence {
    let detail = keyring::error(why);
    Sentence::new(
        "not_kept",
        format!("the token works, but could not be kept: {detail}"),
        format!("set {} in the environment instead, or use \"gh auth login\"", token_variable(host)),
    )
}

/// It could not be taken out.
pub fn not_forgotten(host: &str, why: &KeyringError) -> Sentence {
    let detail = keyring::error(why);
    Sentence::new(
        "not_forgotten",
        format!("the token for {host} could not be taken out: {detail}"),
        "unlock the keyring, or take it out there yourself: it is called \"Wick: GitHub token\"",
    )
}

/// Whose the token is, what it may do and when it ends.
pub fn logged_in(
    host: &str,
    login: &str,
    scopes: Option<&str>,
    expires: Option<Timestamp>,
    now: &ZonedDateTime,
) -> String {
    let may = match scopes {
        None => "a fine-grained token".to_owned(),
        Some("") => "a classic token without scopes".to_owned(),
        Some(scopes) => format!("a classic token with the scopes {scopes}"),
    };
    let ends = expires.map(|end| format!(". {}", token_ends(end, now))).unwrap_or_default();
    format!("Logged in to {host} as {login}, {may}{ends}")
}

/// The token was forgotten.
pub fn logged_out(host: &str, was_there: bool) -> String {
    if was_there { format!("The token for {host} is forgotten") } else { format!("No token for {host} was kept here") }
}

/// Where the token was found.
pub fn source(host: &str, source: &TokenSource) -> String {
    format!("Token for {host}: from {source}")
}
