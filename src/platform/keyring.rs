//! Where Wick keeps the GitHub tokens that it was given: the login keychain, or the desktop's Secret Service.
//!
//! Not for Claude Code's credential, which has a way of its own.

#[cfg(target_os = "macos")]
#[path = "keyring/macos.rs"]
mod imp;
#[cfg(not(target_os = "macos"))]
#[path = "keyring/secret_service.rs"]
mod imp;

pub use imp::{delete, read, would_prompt, write};
