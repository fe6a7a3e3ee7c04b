//! Starts the app: the drawing thread is the caller's, the loop of events gets a thread of its own.
//!
//! Shared by `main` and the demo, which differ in the ports they hand in.

mod profiles;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::runtime;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::domain::action::Action;
use crate::domain::state::event::Event;
use crate::platform::instance::Claim;
use crate::platform::tray::{Click, Clicks, TrayScreen};
use crate::platform::{instance, terminal, tray, wake};
use crate::ports::notifier::{Answer, Answers};
use crate::ports::{EventSink, Ports, block_on};
use crate::view::buttons;
use crate::words::terminal as words;

/// Longer than the loop ever sleeps: the one thread for blocking calls stays, where it would start anew each minute.
const BLOCKING_THREAD_STAYS: Duration = Duration::from_secs(120);

/// Runs the app until it is quit, and returns whether it ended as it should; why it did not is in the log. Where another
/// one of this user runs, it says so and returns at once.
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
            terminal::say(&words::already_running(pid, shown));
            return true;
        }
        Err(error) => {
            tracing::warn!("no lock in {}, so a second Wick would not notice: {error}", state_folder.display());
            None
        }
    };
    // Clicks, a second launch and the end of the session all reach the worker through this one channel.
    let (sender, received) = unbounded_channel();
    // Fails only where the worker has ended.
    let clicks: Clicks = Arc::new(move |click| drop(sender.send(click)));
    let of_all = Clicks::clone(&clicks);
    let events: EventSink = Arc::new(move |event| of_all(Click { profile: 0, event }));
    let quit = EventSink::clone(&events);
    (ports.when_asked_to_end)(Arc::new(move || quit(Event::Chosen(Action::Quit))));
    let ports = ports.clone();
    let answers_at = instance.as_ref().map(|_| state_folder.to_owned());
    let (to_answers, answers) = unbounded_channel();
    // Fails only where the worker has ended.
    let heard: Answers = Arc::new(move |answer| drop(to_answers.send(answer)));
    let (mut worker, mut _watch) = (None, None);
    tray::run(&clicks, words::host, |screen| {
        // Here, and not before: on macOS the event loop has to be the first to touch AppKit.
        _watch = Some(wake::watch(&events));
        ports.notifier.listen(&buttons::sets(), heard);
        let work = move || work(&ports, screen, &events, received, answers, answers_at);
        let started = thread::Builder::new().name("worker".to_owned()).spawn(work);
        worker = Some(started.expect("the system can start a second thread"));
    });
    worker.is_none_or(|worker| worker.join().is_ok())
}

fn work(
    ports: &Ports,
    screen: TrayScreen,
    events: &EventSink,
    clicks: UnboundedReceiver<Click>,
    answers: UnboundedReceiver<Answer>,
    answers_at: Option<PathBuf>,
) {
    let runtime = runtime::Builder::new_current_thread().enable_all().thread_keep_alive(BLOCKING_THREAD_STAYS).build();
    let runtime = runtime.expect("the system can open what a runtime needs");
    block_on(&runtime, async {
        if let Some(folder) = answers_at {
            tokio::spawn(instance::answer(folder, EventSink::clone(events), screen.icon()));
        }
        profiles::run(ports, screen, clicks, answers).await;
    });
    // A prompt or a bus that never answers must not hold up the end.
    runtime.shutdown_background();
}
