//! The menu bar: draws the view it is given, and reports clicks.

mod difference;
mod drawing;
#[cfg_attr(any(target_os = "macos", feature = "tao"), path = "tray/event_loop_tao.rs")]
mod event_loop;
pub mod host;
pub mod icon;
mod message;
mod view;

pub use event_loop::run;
pub use message::{Click, Clicks, TrayScreen};
