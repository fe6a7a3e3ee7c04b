//! Questions at a terminal. A signal that comes meanwhile gets the terminal as it was before.

use std::io;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use rustix::termios::{self, OptionalActions, Termios};

use super::output::{self, Exit};
use super::paste;
use crate::ports::{Came, HeldSignals, Ports, start_thread};
use crate::words::sharing;

/// How often it is looked whether a signal came.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// A prompt hides it.
const SHOW_CURSOR: &[u8] = b"\x1b[?25h";
const HIDE_CURSOR: &[u8] = b"\x1b[?25l";
/// So many lines of a list fit on every terminal.
const ROWS: usize = 12;

/// What asks, and answers with the numbers of what was chosen: one type for all questions, for a smaller program.
type Ask = Box<dyn FnOnce() -> io::Result<Vec<usize>> + Send>;

/// Yes or no; Enter alone is `usual`. An error is how the command ends: the question was broken off, by a key or a signal.
pub(super) fn confirm(ports: &Ports, question: &str, usual: bool) -> Result<bool, Exit> {
    let question = question.to_owned();
    let ask = move || Ok(vec![usize::from(cliclack::confirm(question).initial_value(usual).interact()?)]);
    Ok(answer(ports, Box::new(ask))? == [1])
}

/// Whether targets get the refresh token.
pub(super) fn share_refresh_token(ports: &Ports) -> Result<bool, Exit> {
    let (no, yes) = (sharing::NO, sharing::YES);
    output::diagnostic(&format!("{no}. {}\n{yes}. {}", sharing::IF_NOT, sharing::IF_SHARED));
    confirm(ports, sharing::PROMPT, false)
}

/// Lets someone choose among names, all or none of which are chosen at first.
pub(super) fn pick(
    ports: &Ports,
    question: &'static str,
    names: &[String],
    are_chosen: bool,
) -> Result<Vec<String>, Exit> {
    let items: Vec<(usize, String, &str)> = (0..).zip(names).map(|(number, name)| (number, name.clone(), "")).collect();
    let chosen = (0..items.len()).filter(|_| are_chosen).collect();
    // Made there: it goes to no other thread.
    let ask = move || {
        let prompt = cliclack::multiselect(question).items(&items).max_rows(ROWS).filter_mode();
        prompt.initial_values(chosen).required(false).interact()
    };
    Ok(answer(ports, Box::new(ask))?.into_iter().filter_map(|number| names.get(number).cloned()).collect())
}

/// Lets someone choose one of several, each with its name and what is to be known of it.
pub(super) fn pick_one<'a, T>(
    ports: &Ports,
    question: &'static str,
    choices: impl Iterator<Item = (T, (&'a str, &'a str))>,
) -> Result<T, Exit> {
    let (mut values, mut items) = (Vec::new(), Vec::new());
    for (value, (name, hint)) in choices {
        items.push((values.len(), name.to_owned(), hint.to_owned()));
        values.push(value);
    }
    let ask = move || Ok(vec![cliclack::select(question).items(&items).max_rows(ROWS).filter_mode().interact()?]);
    let chosen = answer(ports, Box::new(ask))?;
    chosen.first().and_then(|number| values.into_iter().nth(*number)).ok_or(Exit::Failed)
}

fn answer(ports: &Ports, ask: Ask) -> Result<Vec<usize>, Exit> {
    beside(ports, (ports.hold_signals)(), &modes()?, true, ask)?.map_err(|_| Exit::Failed)
}

/// How the terminal is now.
pub(super) fn modes() -> Result<Termios, Exit> {
    termios::tcgetattr(io::stdin()).map_err(|_| Exit::Failed)
}

/// Does what changes the terminal on a thread of its own, so that signals are heard meanwhile. `hides_cursor` says whether it
/// has hidden the cursor.
pub(super) fn beside<T: Send + 'static>(
    ports: &Ports,
    mut held: Box<dyn HeldSignals>,
    before: &Termios,
    hides_cursor: bool,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Exit> {
    let (done, answered) = mpsc::channel();
    start_thread("prompt", Box::new(move || drop(done.send(work())))).map_err(|_| Exit::Failed)?;
    loop {
        let came = match answered.recv_timeout(LOOK_EVERY) {
            Err(RecvTimeoutError::Timeout) => held.came(),
            // The signal may have broken its read off.
            _ if held.came() == Some(Came::End) => Some(Came::End),
            answer => return answer.map_err(|_| Exit::Failed),
        };
        let Some(came) = came else { continue };
        let during = termios::tcgetattr(io::stdin());
        leave(before, SHOW_CURSOR);
        // The process ends here, or stops, where nothing else hears of it.
        drop(held);
        if came == Came::End {
            return Err(Exit::Interrupted);
        }
        held = (ports.hold_signals)();
        // The question still waits for a key.
        if let Ok(during) = &during {
            leave(during, if hides_cursor { HIDE_CURSOR } else { b"" });
        }
    }
}

fn leave(modes: &Termios, cursor: &[u8]) {
    // A terminal that is gone needs nothing.
    termios::tcsetattr(io::stdin(), OptionalActions::Now, modes).unwrap_or_default();
    paste::say(cursor);
}
