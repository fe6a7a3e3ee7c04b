//! The composition root: parses arguments, opens the log, chooses adapters, runs.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use clap::Parser;
use tokio::runtime;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use wick::domain::message;
use wick::domain::state::Event;
use wick::platform::environment::Environment;
use wick::platform::instance::{self, Claim};
use wick::platform::{self, signals, terminal, tray};
use wick::ports::{EventSink, Ports, Screen};
use wick::{app, cli};

/// Longer than the loop ever sleeps: the one thread for blocking calls stays, where it would start anew each minute.
const BLOCKING_THREAD_STAYS: Duration = Duration::from_secs(120);

fn main() -> ExitCode {
    let arguments = cli::Arguments::parse();
    let environment = Arc::new(Environment::of_process());
    platform::log::open(&environment.state_folder());
    let ports = platform::ports(&environment, arguments.config);
    match arguments.command {
        Some(command) => cli::run(command, &ports).into(),
        None => run_app(&ports, &environment.state_folder()),
    }
}

fn run_app(ports: &Ports, state_folder: &Path) -> ExitCode {
    // Held until the process ends.
    let _instance = match instance::claim(state_folder) {
        Ok(Claim::Ours(instance)) => Some(instance),
        Ok(Claim::Taken(pid)) => {
            terminal::say(&message::already_running(pid));
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            tracing::warn!(
                "no lock in {}, so a second Wick would not notice this one: {error}",
                state_folder.display()
            );
            None
        }
    };
    let (sender, received) = unbounded_channel();
    // Fails only where the worker has ended, and then the process is ending.
    let events: EventSink = Arc::new(move |event| drop(sender.send(event)));
    let (ports, for_worker) = (ports.clone(), EventSink::clone(&events));
    tray::run(&events, |screen| {
        let work = move || work(ports, screen, for_worker, received);
        thread::Builder::new().name("worker".to_owned()).spawn(work).expect("the system can start a second thread");
    });
    ExitCode::SUCCESS
}

fn work(ports: Ports, screen: Box<dyn Screen>, events: EventSink, received: UnboundedReceiver<Event>) {
    let runtime = runtime::Builder::new_current_thread().enable_all().thread_keep_alive(BLOCKING_THREAD_STAYS).build();
    let runtime = runtime.expect("the system can open what a runtime needs");
    let settings = cli::settings(&ports);
    runtime.block_on(async {
        tokio::spawn(signals::forward(EventSink::clone(&events)));
        app::run(ports, settings, screen, events, received).await;
    });
    // A prompt or a bus that never answers must not hold up the end.
    runtime.shutdown_background();
}
