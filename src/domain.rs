//! The rules: what a credential means at a moment, what is due, what goes where.
//!
//! Pure. Knows no file, no clock, no thread, no operating system, and cannot fail for outside reasons: `now` is an
//! argument, what was read is an argument, and what should happen is a returned value. What is wrong is returned as a
//! cause; `words` makes sentences of it.

pub mod action;
pub mod alert;
pub mod autostart;
pub mod credential;
pub mod facts;
pub mod fingerprint;
pub mod github_token;
pub mod keyring;
pub mod network;
pub mod order;
pub mod paste;
pub mod refresh;
pub mod secret;
pub mod settings;
pub mod state;
pub mod sync;
pub mod system;
pub mod text;
pub mod time;
pub mod uninstall;
pub mod versions;

#[cfg(test)]
pub(crate) mod properties;
