//! `wick autostart`: whether Wick opens at login.

use clap::Subcommand;

use super::output::{self, Ended, Exit};
use crate::domain::autostart::Autostart;
use crate::ports::Ports;
use crate::words::autostart as words;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Open Wick when you log in
    On,
    /// Do not open Wick when you log in
    Off,
    /// Show whether Wick opens when you log in
    Status,
}

pub(super) fn run(command: Command, ports: &Ports) -> Ended {
    if command != Command::Status
        && let Err(detail) = ports.login_item.set(command == Command::On)
    {
        return Err(output::failed(&words::failed(&detail), Exit::Failed));
    }
    let state = ports.login_item.state();
    // Asked for, and not there yet: the line says what is missing.
    let is_missing = command == Command::On && !matches!(state, Autostart::On | Autostart::UntilUpgrade);
    let hint = words::command(&state).map(|hint| format!("hint: {hint}"));
    if is_missing && output::is_quiet() {
        [Some(words::state(&state)), hint].iter().flatten().for_each(|text| output::diagnostic(text));
    } else {
        output::line(&words::state(&state));
        if let Some(hint) = hint {
            output::remark(&hint);
        }
    }
    Ok(if is_missing { Exit::Failed } else { Exit::Done })
}
