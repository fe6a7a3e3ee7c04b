//! `wick doctor`: every part of this computer that Wick needs, with a verdict.

use clap::Args;

use super::{Exit, output};
use crate::app::diagnosis::diagnose;
use crate::ports::Ports;

/// The arguments of `wick doctor`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments, ports: &Ports) -> Exit {
    let settings = super::settings(ports).unwrap_or_default();
    let reading = (ports.open_store)(&settings.credential).read(output::patience());
    let report = diagnose(ports, reading, output::patience());
    if arguments.json {
        output::json(&report);
    } else {
        output::line(report.text(env!("CARGO_PKG_VERSION"), ports.clock.now().timestamp()).trim_end());
    }
    if report.failed() { Exit::Failed } else { Exit::Done }
}
