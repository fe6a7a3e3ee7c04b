//! The menu bar: draws the view it is given, and reports clicks.

#[cfg_attr(target_os = "macos", path = "tray/button_macos.rs")]
mod button;
mod difference;
mod drawing;
#[cfg_attr(any(target_os = "macos", feature = "tao"), path = "tray/event_loop_tao.rs")]
mod event_loop;
#[cfg_attr(target_os = "macos", path = "tray/host_macos.rs")]
pub mod host;
pub mod icon;
mod line;
mod message;
mod view;

pub use event_loop::run;
pub use message::{Click, Clicks, IconAsker, TrayScreen};
