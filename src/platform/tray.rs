//! The menu bar: draws what it is told, and reports clicks.

mod difference;
mod drawing;
pub mod host;
pub mod icon;
mod message;
mod view;

#[cfg(not(any(target_os = "macos", feature = "tao")))]
#[path = "tray/loop_channel.rs"]
mod event_loop;
#[cfg(any(target_os = "macos", feature = "tao"))]
#[path = "tray/loop_tao.rs"]
mod event_loop;

pub use event_loop::run;
pub use message::{Click, Clicks, TrayScreen};
