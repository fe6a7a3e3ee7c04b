//! The rules: what a credential means at a moment, what is due, what is shown.
//!
//! Pure. Knows no file, no clock, no thread, no operating system, and cannot fail for outside reasons: `now` is an
//! argument, what was read is an argument, and what should happen is a returned value.

pub mod alert;
pub mod autostart;
pub mod change;
pub mod ci_token;
pub mod credential;
pub mod doctor;
pub mod document;
pub mod expiry;
pub mod grant;
pub mod journal;
pub mod memory;
pub mod message;
pub mod places;
pub mod profile;
pub mod refresh;
pub mod rewrite;
pub mod secret;
pub mod settings;
pub mod source;
pub mod state;
pub mod status;
pub mod sync;
pub mod target;
pub mod time;
pub mod view;
