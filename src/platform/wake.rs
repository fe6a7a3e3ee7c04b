//! Tells the loop that this computer woke up, by each system's own means.

#[cfg(not(target_os = "macos"))]
#[path = "wake/logind.rs"]
mod imp;
#[cfg(target_os = "macos")]
#[path = "wake/macos.rs"]
mod imp;

pub use imp::{Watch, watch};
