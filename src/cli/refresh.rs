//! `wick refresh`: once, if it is due, and never cut off in the middle.

use clap::Args;

use super::input;
use super::output::{self, Ended, Exit};
use super::until_stopped::until_stopped;
use super::waiting::Waiting;
use crate::app;
use crate::domain::refresh::{Outcome, Remark, Report, Trigger};
use crate::ports::{Ports, Stop};
use crate::report::refresh::RefreshReport;
use crate::words::refresh as words;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Refresh even if it is not about to expire
    #[arg(long)]
    force: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments, ports: &Ports) -> Ended {
    let settings = input::settings(ports, arguments.json, RefreshReport::refused)?;
    let trigger = if arguments.force { Trigger::Forced } else { Trigger::Asked };
    let for_refresh = ports.clone();
    let refresh = move |stop: &Stop| {
        let store = (for_refresh.open_store)(&settings.credential);
        app::refresh::refresh(&for_refresh, store, &settings, trigger, output::patience(), stop)
    };
    let crashed = || Report::new(Outcome::Failed, None, Some(Remark::Crashed));
    let waiting = Waiting::begin(ports, words::REFRESHING);
    let report = until_stopped(ports, refresh).map_or_else(crashed, |(report, _)| report);
    drop(waiting);
    say(arguments, ports, &report);
    Ok(match report.outcome {
        Outcome::Refreshed | Outcome::StillFresh | Outcome::AlreadyRefreshed => Exit::Done,
        Outcome::Busy | Outcome::Failed => Exit::Failed,
        Outcome::NotAllowed => Exit::Usage,
        Outcome::SignedOut | Outcome::NotFound | Outcome::Unreadable => Exit::NoCredential,
    })
}

fn say(arguments: &Arguments, ports: &Ports, report: &Report) {
    let now = ports.clock.now();
    let answer = RefreshReport::of(report, &now);
    if arguments.json {
        output::json(&answer);
        return;
    }
    let line = words::outcome(report, &now);
    if report.outcome.is_good() {
        output::line(&line);
    } else {
        output::diagnostic(&line);
    }
    if let Some(sentence) = &answer.error {
        output::sentence(sentence);
    }
}
