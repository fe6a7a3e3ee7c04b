//! `wick doctor`: every part of this computer that Wick needs, with a verdict.

use std::io;

use super::input;
use super::output::{self, Ended, Exit};
use super::waiting::Waiting;
use crate::app::diagnosis::diagnose;
use crate::ports::Ports;
use crate::report::answer::Answer;
use crate::report::doctor::Report;
use crate::words;

pub(super) fn run(json: bool, ports: &Ports) -> Ended {
    // A config that is not understood is one of the things it reports. What it says of a profile is not known then.
    if !ports.profile.is_default() {
        input::settings(ports, json, Answer::<Report>::refused)?;
    }
    let waiting = Waiting::begin(ports, words::terminal::CHECKING);
    let report = diagnose(ports, None);
    drop(waiting);
    let exit = if report.failed() { Exit::Failed } else { Exit::Done };
    if json {
        output::json(&Answer::new(report, None));
    } else {
        let size = ports.terminal.size_of(&io::stdout());
        output::answer(&report.lines(&ports.clock.now(), size, output::is_quiet()).join("\n"));
    }
    Ok(exit)
}
