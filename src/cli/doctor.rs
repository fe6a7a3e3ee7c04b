//! `wick doctor`: every part of this computer that Wick needs, with a verdict.

use clap::Args;

use super::{Exit, output};
use crate::domain::doctor::Report;
use crate::ports::{Patience, Ports};

/// The arguments of `wick doctor`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments, ports: &Ports) -> Exit {
    // A config that is not understood is one of the things it reports.
    let settings = ports.config_file.settings().unwrap_or_default();
    // Someone is at the terminal and can approve a prompt.
    let reading = (ports.open_store)(&settings.credential).read(Patience::Click);
    let facts = ports.inspector.inspect(reading);
    let now = ports.clock.now();
    let report = Report::of(&facts, &settings, &now);
    if arguments.json {
        output::json(&report);
    } else {
        output::line(report.text(env!("CARGO_PKG_VERSION"), now.timestamp()).trim_end());
    }
    if report.failed() { Exit::Failed } else { Exit::Done }
}
