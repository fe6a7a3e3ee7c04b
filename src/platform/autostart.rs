//! Opening Wick at login, by each system's own means.

#[cfg(target_os = "macos")]
#[path = "autostart/macos.rs"]
mod imp;
#[cfg(not(target_os = "macos"))]
#[path = "autostart/xdg.rs"]
mod imp;

pub use imp::SystemLoginItem;
