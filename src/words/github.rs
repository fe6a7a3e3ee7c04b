//! What is said of GitHub: its tokens, and whose they are.

use jiff::{Timestamp, ZonedDateTime};

use super::keyring;
use super::sentence::{Sentence, say};
use super::sync::token_ends;
use super::sync_failure::token_variable;
use crate::domain::github_token::NotOne;
use crate::domain::keyring::KeyringError;
use crate::domain::paste::Unclear;
use crate::domain::sync::TokenSource;

pub fn paste(host: &str) -> String {
    format!("Paste a token for {host}")
}

pub fn not_read(detail: &str) -> Sentence {
    say!("not_read" => "the GitHub token could not be read: {detail}", "pipe it in, or run this in a terminal")
}

/// The question was ended.
pub fn broken_off() -> Sentence {
    say!("not_read" => "nothing was stored", "run the command again when you have the token")
}

pub fn not_one(why: NotOne) -> Sentence {
    const AGAIN: &str = "copy the token alone; for example: gh auth token | wick github login";
    match why {
        NotOne::Unclear(Unclear::Nothing) => say!("no_token" => "no token on standard input", "{AGAIN}"),
        NotOne::Unclear(Unclear::Half { characters, of }) => say!("half_a_token" =>
            "{characters} characters: this is the first line of a token of {of}", "copy all of its lines at once"),
        NotOne::Unclear(Unclear::TooLong { characters, of }) => say!("too_long" =>
            "{characters} characters without a break: a token of this kind has {of}", "{AGAIN}"),
        NotOne::Unclear(Unclear::Several(count)) => {
            say!("several_tokens" => "{count} different tokens are in this", "copy one of them alone")
        }
        NotOne::Unclear(Unclear::Unlike) => say!("no_token" => "that's not a GitHub token", "{AGAIN}"),
        NotOne::OfClaude => say!("claude_token" => "that's a token of Claude's, and was not sent to GitHub",
            "give it to \"wick ci-token set\"; here, {AGAIN}"),
    }
}

pub fn not_kept(host: &str, why: &KeyringError) -> Sentence {
    let (why, variable) = (keyring::error(why), token_variable(host));
    say!("not_kept" => "the GitHub token works, but could not be stored: {why}",
        "set {variable} in the environment instead, or use \"gh auth login\"")
}

pub fn not_forgotten(host: &str, why: &KeyringError) -> Sentence {
    let (why, cure) = keyring::error_and_cure(why);
    say!("not_forgotten" => "the GitHub token for {host} could not be removed: {why}",
        "{cure}, then try again; or remove it there yourself: it is called \"Wick: GitHub token\"")
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

pub fn logged_out(host: &str, was_there: bool) -> String {
    if was_there { format!("Removed the token for {host}") } else { format!("No token for {host} is stored here") }
}

pub fn source(host: &str, source: &TokenSource) -> String {
    format!("Token for {host}: from {source}")
}
