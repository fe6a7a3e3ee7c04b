//! `wick doctor`: every part of this computer that Wick needs, with a verdict.

use clap::Args;

use super::{Exit, output};
use crate::config;
use crate::domain::doctor::{ConfigFound, RefreshFacts, Report};
use crate::ports::Ports;

/// The arguments of `wick doctor`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments, ports: &Ports) -> Exit {
    // A config that is not understood is one of the things it reports.
    let config = config::settings(ports.config_file.read(), &ports.home);
    let found = config.as_ref().map(|found| found.as_ref().map_or(ConfigFound::Absent, |_| ConfigFound::Read));
    let found = found.map_err(Clone::clone);
    let settings = config.ok().flatten().unwrap_or_default();
    let reading = (ports.open_store)(&settings.credential).read(output::patience());
    let memory = ports.state_file.load().remove(&reading.location.to_string()).unwrap_or_default().refresh;
    let refresh = RefreshFacts { memory, journal: (ports.find_journal)(&reading.location) };
    let facts = ports.inspector.inspect(reading, found);
    let now = ports.clock.now();
    let report = Report::of(&facts, &refresh, &settings, &now);
    if arguments.json {
        output::json(&report);
    } else {
        output::line(report.text(env!("CARGO_PKG_VERSION"), now.timestamp()).trim_end());
    }
    if report.failed() { Exit::Failed } else { Exit::Done }
}
