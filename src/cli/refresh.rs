//! `wick refresh`: once, if it is due, and never cut off in the middle.

use clap::Args;
use tokio::runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::spawn_blocking;

use super::{Exit, output};
use crate::app;
use crate::config;
use crate::domain::message::{self, Sentence};
use crate::domain::refresh::{Outcome, Report, Trigger};
use crate::domain::settings::Settings;
use crate::ports::{Ports, Stop};

/// The arguments of `wick refresh`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Refresh also when the end is not near
    #[arg(long)]
    force: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments, ports: &Ports) -> Exit {
    let settings = match config::settings(ports.config_file.read(), &ports.home) {
        Ok(settings) => settings.unwrap_or_default(),
        Err(error) => {
            let now = ports.clock.now().timestamp();
            let sentence = message::config_invalid(&error);
            say(arguments, ports, &Report::new(Outcome::Failed, None, Some(sentence), now));
            return Exit::Usage;
        }
    };
    let trigger = if arguments.force { Trigger::Forced } else { Trigger::Asked };
    let Some(report) = unless_stopped(ports, settings, trigger) else {
        output::complaint(message::FAULT);
        return Exit::Failed;
    };
    say(arguments, ports, &report);
    match report.outcome {
        Outcome::Refreshed | Outcome::StillFresh | Outcome::AlreadyRefreshed => Exit::Done,
        Outcome::Busy | Outcome::Failed => Exit::Failed,
        Outcome::NotAllowed => Exit::Usage,
        Outcome::SignedOut | Outcome::NotFound | Outcome::Unreadable => Exit::NoCredential,
    }
}

/// Runs it beside the signals that would end the program: they end it before anything is sent, and wait afterwards.
/// `None` after a fault of its own.
fn unless_stopped(ports: &Ports, settings: Settings, trigger: Trigger) -> Option<Report> {
    let (ports, stop) = (ports.clone(), Stop::default());
    let runtime = runtime::Builder::new_current_thread().enable_all().build().ok()?;
    runtime.block_on(async {
        // SIGHUP too: a closed terminal must not cost the sign-in.
        let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        for mut signal in kinds.into_iter().filter_map(|kind| signal(kind).ok()) {
            let stop = stop.clone();
            tokio::spawn(async move {
                while Signal::recv(&mut signal).await.is_some() {
                    stop.set();
                }
            });
        }
        let refresh = move || {
            let store = (ports.open_store)(&settings.credential);
            app::refresh::refresh(&ports, store, &settings, trigger, output::patience(), &stop)
        };
        spawn_blocking(refresh).await.ok()
    })
}

fn say(arguments: &Arguments, ports: &Ports, report: &Report) {
    if arguments.json {
        output::json(report);
        return;
    }
    let line = message::refresh::outcome(report, &ports.clock.now());
    if report.outcome.is_good() {
        output::line(&line);
    } else {
        output::complaint(&line);
    }
    if let Some(Sentence { message, action, .. }) = &report.error {
        output::complaint(&format!("{}\nhint: {action}", message::capital(message)));
    }
}
