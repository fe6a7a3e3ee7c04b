//! The only room with English for people: a cause becomes a [`Sentence`], a state becomes a line. One file a subject.
//!
//! Knows words. Does not know where they are shown. Three kinds stand elsewhere, beside what they are about: the help
//! texts of the commands, what `config` expects of each key, and the doctor's findings. What a system, a server or a
//! program says of a failure is quoted as it is. Codes are for programs and never change; `tests/it/words.rs` shows
//! every sentence beside its cause.

pub mod autostart;
pub mod ci_token;
pub mod config;
pub mod credential;
pub mod exec;
pub mod github;
pub mod init;
pub mod keyring;
pub mod menu;
pub mod moment;
pub mod network;
pub mod notices;
pub mod profiles;
pub mod refresh;
pub mod rotate;
pub mod sentence;
pub mod sharing;
pub mod sync;
pub mod sync_failure;
pub mod system;
pub mod targets;
pub mod terminal;
pub mod uninstall;

pub use sentence::Sentence;
