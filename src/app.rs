//! The shell around the rules: receives events, calls `step`, runs what it returns, and sends the outcomes back.
//!
//! Owns no rule. Runs on one thread; whatever can block runs beside it.

mod blocking;
pub mod ci_token;
mod config;
pub mod diagnosis;
mod effects;
pub mod find;
pub mod github;
pub mod material;
pub mod profiles;
pub mod refresh;
pub mod rotation;
mod run;
pub mod sync;
pub mod uninstall;

pub use self::config::{EditError, edit_config, quote, settings};
pub use self::run::{Ended, Purpose, run};
