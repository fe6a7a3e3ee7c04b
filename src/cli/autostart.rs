//! `wick autostart`: whether Wick opens at login.

use clap::Subcommand;

use super::{Exit, output};
use crate::domain::autostart::Autostart;
use crate::ports::Ports;
use crate::words::autostart as words;

/// What to do about opening at login.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Open Wick when you log in
    On,
    /// Do not
    Off,
    /// Say whether it does
    Status,
}

pub(super) fn run(command: Command, ports: &Ports) -> Exit {
    let wanted = (command != Command::Status).then_some(command == Command::On);
    if let Some(Err(detail)) = wanted.map(|on| ports.login_item.set(on)) {
        output::complaint(&words::failed(&detail));
        return Exit::Failed;
    }
    let state = ports.login_item.state();
    output::line(&words::state(&state));
    if let Some(hint) = words::command(&state) {
        output::complaint(&format!("hint: {hint}"));
    }
    // Asked for, and not there yet: the line says what is missing.
    let missing = wanted == Some(true) && state != Autostart::On;
    if missing { Exit::Failed } else { Exit::Done }
}
