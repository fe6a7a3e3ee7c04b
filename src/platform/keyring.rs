//! Where Wick keeps the tokens that it was given: the login keychain, or the desktop's Secret Service.
//!
//! Not for Claude Code's credential, which has a way of its own.

#[cfg(target_os = "macos")]
#[path = "keyring/macos.rs"]
mod imp;
#[cfg(not(target_os = "macos"))]
#[path = "keyring/secret_service.rs"]
mod imp;

pub use imp::{delete, read, write};

/// Which of Wick's own secrets.
#[derive(Clone, Debug)]
pub struct Key {
    /// The kind, such as `github-token`.
    pub kind: &'static str,
    /// What its name names, such as `host`.
    pub of: &'static str,
    /// Which one of that kind.
    pub name: String,
    /// What a person reads in a list of secrets.
    pub label: String,
}
