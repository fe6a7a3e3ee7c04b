//! What the tray and the notifications show of a state at a moment, as plain data: the view fills what the ports of the
//! screen and of notifications take.

pub mod buttons;
mod icon;
mod lines;
mod menu_bar;
pub mod notice;
mod profiles;
mod refreshing;
pub mod status_line;
mod targets;
pub mod told;

pub use menu_bar::menu_bar;
pub use profiles::{ProfileView, together};
