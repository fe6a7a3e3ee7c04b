//! Starts the app: the drawing thread is the caller's, the loop of events gets a thread of its own.
//!
//! Shared by `main` and the demo, which differ in the ports they hand in.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::runtime;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::app::{self, Purpose};
use crate::config;
use crate::domain::message;
use crate::domain::state::Event;
use crate::platform::instance::{self, Claim};
use crate::platform::{signals, terminal, tray, wake};
use crate::ports::{EventSink, Ports, Screen};

/// Longer than the loop ever sleeps: the one thread for blocking calls stays, where it would start anew each minute.
const BLOCKING_THREAD_STAYS: Duration = Duration::from_secs(120);

/// Runs the app until it is quit, and says whether it ended as it should. Where another one of this user runs, it says
/// so and returns at once.
///
/// To be called on the main thread. Where the event loop ends the process, it does not return.
///
/// # Panics
///
/// Where the system has no second thread to give.
pub fn run(ports: &Ports, state_folder: &Path) -> bool {
    // Held until the process ends.
    let instance = match instance::claim(state_folder) {
        Ok(Claim::Ours(instance)) => Some(instance),
        Ok(Claim::Taken(pid)) => {
            let shown = instance::show_the_other(state_folder);
            terminal::say(&message::already_running(pid, shown));
            return true;
        }
        Err(error) => {
            tracing::warn!("no lock in {}, so a second Wick would not notice: {error}", state_folder.display());
            None
        }
    };
    let (sender, received) = unbounded_channel();
    // Fails only where the worker has ended, and then the process is ending.
    let events: EventSink = Arc::new(move |event| drop(sender.send(event)));
    let (ports, for_worker) = (ports.clone(), EventSink::clone(&events));
    let answers_at = instance.as_ref().map(|_| state_folder.to_owned());
    let (mut worker, mut _watch) = (None, None);
    tray::run(&events, |screen| {
        // Here, and not before: on macOS the event loop has to be the first to touch AppKit.
        _watch = Some(wake::watch(&events));
        let work = move || work(ports, screen, for_worker, received, answers_at);
        let started = thread::Builder::new().name("worker".to_owned()).spawn(work);
        worker = Some(started.expect("the system can start a second thread"));
    });
    let ended_well = worker.is_none_or(|worker| worker.join().is_ok());
    if !ended_well {
        terminal::say(message::FAULT);
    }
    ended_well
}

fn work(
    ports: Ports,
    screen: Box<dyn Screen>,
    events: EventSink,
    received: UnboundedReceiver<Event>,
    answers_at: Option<PathBuf>,
) {
    let runtime = runtime::Builder::new_current_thread().enable_all().thread_keep_alive(BLOCKING_THREAD_STAYS).build();
    let runtime = runtime.expect("the system can open what a runtime needs");
    // What is wrong with it is said by the first look, which reads it too.
    let settings = config::settings(ports.config_file.read(), &ports.home).ok().flatten().unwrap_or_default();
    runtime.block_on(async {
        tokio::spawn(signals::forward(EventSink::clone(&events)));
        if let Some(folder) = answers_at {
            tokio::spawn(instance::answer(folder, EventSink::clone(&events)));
        }
        app::run(Purpose::Serve, ports, settings, screen, events, received).await;
    });
    // A prompt or a bus that never answers must not hold up the end.
    runtime.shutdown_background();
}
