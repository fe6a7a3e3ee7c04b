//! Reads a token that someone pastes or pipes in, so that nothing of it is shown, or left for the shell.

use std::io::{self, IsTerminal, Read, Write};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

use rustix::io::{Errno, retry_on_intr};
use rustix::process::{Signal, kill_current_process_group};
use rustix::termios::{self, InputModes, LocalModes, OptionalActions, SpecialCodeIndex, Termios};
use zeroize::Zeroizing;

use super::output::fitted;
use crate::domain::paste::typed::Key;
use crate::domain::paste::{Echo, Typed};
use crate::domain::secret::Secret;
use crate::ports::{Came, HeldSignals, Ports, start_thread};
use crate::words::terminal;

/// Longer than all that `claude setup-token` draws while someone signs in.
const LONGEST: usize = 16 * 1024 * 1024;
/// A token with all that is copied along with it.
const ROOM: usize = 64 * 1024;
/// What was only copied comes whole within this time; what does not is a program that waits for someone.
const AT_ONCE: Duration = Duration::from_millis(300);

/// Ask the terminal to mark what is pasted, and to leave that again (xterm's mode 2004).
const MARK_PASTES: &str = "\x1b[?2004h";
const NO_MARKS: &str = "\x1b[?2004l";

/// In tenths of a second: how long a read waits, after which signals are looked for.
const TICK: u8 = 1;
/// In such ticks: how long after a line break the rest of what was typed is awaited, and where a whole token has not come.
const PAUSE: u32 = 2;
const LONG_PAUSE: u32 = 12;
/// How long a paste goes on that brings nothing, where the terminal marks it or half a token has come: a connection may stand
/// still for a while.
const CUT_OFF: u32 = 200;

/// How much of a token has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Whole,
    /// One begins, and does not go on yet.
    Half,
    /// There is none, or something else.
    None,
}

/// What the program on the other end of a pipe says beside the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    /// It is said to whoever sits there: the program waits for an answer.
    IsSaid,
    /// It is kept quiet: its tokens have too many forms to be told from the rest.
    IsSilent,
}

/// All that is given: at a terminal as far as one paste goes, else to its end. `part` says how much of a token there is in
/// what has come so far.
pub(super) fn read(ports: &Ports, question: &str, rest: Rest, part: &dyn Fn(&Secret) -> Part) -> io::Result<Secret> {
    if io::stdin().is_terminal() { pasted(ports, question, part) } else { piped(io::stdin(), rest) }
}

fn too_much() -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, terminal::TOO_MUCH)
}

/// To whoever sits there; nobody may.
pub(super) fn say(bytes: &[u8]) {
    let mut stderr = io::stderr().lock();
    drop(stderr.write_all(bytes).and_then(|()| stderr.flush()));
}

fn pasted(ports: &Ports, question: &str, part: &dyn Fn(&Secret) -> Part) -> io::Result<Secret> {
    let mut typed = Typed::default();
    loop {
        let held = (ports.hold_signals)();
        let unseen = Unseen::begin()?;
        say(format!("{} {MARK_PASTES}", fitted(&format!("{question}:"), &io::stderr())).as_bytes());
        let outcome = unseen.read(&mut typed, held.as_ref(), part);
        say(b"\n");
        drop(unseen);
        // The terminal is as it was: now the process may end here, or stop.
        drop(held);
        match outcome? {
            None => return Ok(typed.text()),
            Some(Came::End) => return Err(io::ErrorKind::Interrupted.into()),
            // What had not been read is gone.
            Some(Came::Stop) => typed.end_paste(),
        }
    }
}

/// A terminal that shows nothing of what is typed. Ends with this value, and what was not read by then is thrown away.
struct Unseen(Termios);

impl Unseen {
    fn begin() -> io::Result<Self> {
        let unseen = Self(termios::tcgetattr(io::stdin())?);
        // Before it is asked for: what comes at once must not be seen either.
        unseen.hide()?;
        Ok(unseen)
    }

    fn hide(&self) -> io::Result<()> {
        let mut mode = self.0.clone();
        mode.local_modes.remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG | LocalModes::IEXTEN);
        mode.input_modes.remove(InputModes::IXON | InputModes::ISTRIP);
        mode.special_codes[SpecialCodeIndex::VMIN] = 0;
        mode.special_codes[SpecialCodeIndex::VTIME] = TICK;
        Ok(retry_on_intr(|| termios::tcsetattr(io::stdin(), OptionalActions::Now, &mode))?)
    }

    /// `Some` where that must wait, since a signal came.
    fn read(
        &self,
        typed: &mut Typed,
        signals: &dyn HeldSignals,
        part: &dyn Fn(&Secret) -> Part,
    ) -> io::Result<Option<Came>> {
        let mut bytes = Zeroizing::new([0; 4096]);
        let mut silence = 0;
        // It was said that half a token has come; and then nothing but a line break did.
        let (mut is_told, mut is_all) = (false, false);
        loop {
            // Each time: whoever stopped this process may have shown again what is typed. Fails where nobody is there.
            self.hide()?;
            if let Some(came) = signals.came() {
                return Ok(Some(came));
            }
            let count = match rustix::io::read(io::stdin(), &mut bytes[..]) {
                Err(Errno::INTR) => continue,
                read => read?,
            };
            silence = if count == 0 { silence + 1 } else { 0 };
            match (typed.is_pasting(), typed.is_ended(), silence) {
                (true, _, CUT_OFF) => return Err(cut_off(typed)),
                (false, true, PAUSE) if is_all || part(&typed.text()) == Part::Whole => return Ok(None),
                (false, true, LONG_PAUSE) if part(&typed.text()) == Part::Half => {
                    is_told = true;
                    say(terminal::half(typed.characters()).as_bytes());
                }
                (false, true, LONG_PAUSE | CUT_OFF) => return Ok(None),
                _ => {}
            }
            if count > 0 {
                is_all = is_told && bytes[..count].iter().all(|byte| matches!(byte, b'\r' | b'\n'));
            }
            for byte in &bytes[..count] {
                match typed.take(*byte) {
                    Key::More => {}
                    Key::Pasted => say(terminal::pasted(typed.characters()).as_bytes()),
                    Key::Last => return Ok(None),
                    Key::Interrupt => return Err(io::ErrorKind::Interrupted.into()),
                    // All that the terminal would stop.
                    Key::Stop => kill_current_process_group(Signal::TSTP)?,
                }
            }
            if typed.len() > LONGEST {
                return Err(too_much());
            }
        }
    }
}

fn cut_off(typed: &Typed) -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, terminal::cut_off(typed.characters()))
}

impl Drop for Unseen {
    fn drop(&mut self) {
        say(NO_MARKS.as_bytes());
        // Flushes: what is left of a paste is no command for the shell.
        let restored = retry_on_intr(|| termios::tcsetattr(io::stdin(), OptionalActions::Flush, &self.0));
        // A terminal that is gone needs nothing.
        restored.unwrap_or_default();
    }
}

type Chunk = io::Result<Zeroizing<Vec<u8>>>;

/// All that comes out of a pipe.
pub(super) fn piped(pipe: impl Read + Send + 'static, rest: Rest) -> io::Result<Secret> {
    let (sender, chunks) = mpsc::channel();
    start_thread("input", Box::new(move || pass_on(pipe, &sender)))?;
    let mut text = Zeroizing::new(Vec::with_capacity(ROOM));
    let mut echo = None;
    let may_wait = rest == Rest::IsSaid && io::stderr().is_terminal();
    loop {
        match next(&chunks, may_wait && echo.is_none() && !text.is_empty()) {
            Ok(chunk) => {
                let chunk = chunk?;
                text.extend_from_slice(&chunk);
                let shown = echo.as_mut().map(|echo: &mut Echo| echo.take(&chunk));
                say(&shown.unwrap_or_default());
            }
            Err(RecvTimeoutError::Timeout) => say(&echo.insert(Echo::default()).take(&text)),
            Err(RecvTimeoutError::Disconnected) => {
                return Ok(Secret::from(String::from_utf8_lossy(&text).into_owned()));
            }
        }
        if text.len() > LONGEST {
            return Err(too_much());
        }
    }
}

fn next(chunks: &Receiver<Chunk>, at_once: bool) -> Result<Chunk, RecvTimeoutError> {
    if at_once { chunks.recv_timeout(AT_ONCE) } else { chunks.recv().map_err(|_| RecvTimeoutError::Disconnected) }
}

/// A thread of its own, since a read cannot be given a limit everywhere.
fn pass_on(mut pipe: impl Read, sender: &Sender<Chunk>) {
    let mut bytes = Zeroizing::new([0; 4096]);
    loop {
        let chunk = match pipe.read(&mut bytes[..]) {
            Ok(0) => return,
            Ok(count) => Ok(Zeroizing::new(bytes[..count].to_vec())),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => Err(error),
        };
        let is_over = chunk.is_err();
        if sender.send(chunk).is_err() || is_over {
            return;
        }
    }
}
