//! `wick doctor`: every part of this computer that Wick needs, with a verdict.

use super::output::{self, Ended, Exit};
use crate::app::diagnosis::diagnose;
use crate::domain::settings::Settings;
use crate::ports::Ports;
use crate::report::answer::Answer;
use crate::report::doctor::Report;
use crate::{app, words};

pub(super) fn run(json: bool, ports: &Ports) -> Ended {
    let settings = match app::settings(ports) {
        Ok((settings, _)) => settings,
        // A config that is not understood is one of the things it reports. What it says of a profile is not known then.
        Err(_) if ports.profile.is_default() => Settings::read_only(),
        Err(error) => {
            let error = words::config::invalid(&error);
            return Err(output::refuse(error, Exit::Usage, json, Answer::<Report>::refused));
        }
    };
    let reading = (ports.open_store)(&settings.credential).read(output::patience());
    let report = diagnose(ports, reading, output::patience());
    let exit = if report.failed() { Exit::Failed } else { Exit::Done };
    if json {
        output::json(&Answer::new(report, None));
    } else {
        output::line(report.text(ports.clock.now().timestamp()).trim_end());
    }
    Ok(exit)
}
