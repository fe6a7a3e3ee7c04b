//! Notifications, by each system's own service.

#[cfg(not(target_os = "macos"))]
#[path = "notifier/freedesktop.rs"]
mod imp;
#[cfg(target_os = "macos")]
#[path = "notifier/macos.rs"]
mod imp;

pub use imp::{SystemNotifier, find};
