//! Reads a token that someone pastes or pipes in, so that nothing of it is shown, or left for the shell.

use std::io::{self, IsTerminal, Read, Write};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use rustix::termios::{self, InputModes, LocalModes, OptionalActions, SpecialCodeIndex, Termios};
use zeroize::Zeroizing;

use crate::domain::paste::typed::Key;
use crate::domain::paste::{Echo, Typed};
use crate::domain::secret::Secret;
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

/// In tenths of a second: how long after a line break the rest of a paste is awaited, and where a whole token has not come,
/// for how long again.
const PAUSE: u8 = 2;
const LONG_PAUSE: u8 = 10;
/// The same for the end of a paste that the terminal marks.
const LOST: u8 = 20;

/// What the program on the other end of a pipe says beside the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    /// It is said to whoever sits there: the program waits for an answer.
    IsSaid,
    /// It is kept quiet: its tokens have too many forms to be told from the rest.
    IsSilent,
}

/// All that is given: at a terminal as far as one paste goes, else to its end. `is_whole` says whether there is a token in
/// what has come so far.
pub(super) fn read(question: &str, rest: Rest, is_whole: &dyn Fn(&Secret) -> bool) -> io::Result<Secret> {
    if io::stdin().is_terminal() { pasted(question, is_whole) } else { piped(rest) }
}

fn too_much() -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, terminal::TOO_MUCH)
}

/// To whoever sits there; nobody may.
fn say(bytes: &[u8]) {
    let mut stderr = io::stderr().lock();
    drop(stderr.write_all(bytes).and_then(|()| stderr.flush()));
}

fn pasted(question: &str, is_whole: &dyn Fn(&Secret) -> bool) -> io::Result<Secret> {
    let mut typed = Typed::default();
    let unseen = Unseen::begin()?;
    say(format!("{question}: {MARK_PASTES}").as_bytes());
    let outcome = unseen.read(&mut typed, is_whole);
    say(b"\n");
    drop(unseen);
    outcome.map(|()| typed.text())
}

/// A terminal that shows nothing of what is typed. Ends with this value, and what was not read by then is thrown away.
struct Unseen(Termios);

impl Unseen {
    fn begin() -> io::Result<Self> {
        let unseen = Self(termios::tcgetattr(io::stdin())?);
        // Before it is asked for: what comes at once must not be seen either.
        unseen.wait(0)?;
        Ok(unseen)
    }

    /// A read waits so many tenths of a second for the first byte; for ever with 0.
    fn wait(&self, tenths: u8) -> io::Result<()> {
        let mut mode = self.0.clone();
        mode.local_modes.remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG | LocalModes::IEXTEN);
        mode.input_modes.remove(InputModes::IXON | InputModes::ISTRIP);
        mode.special_codes[SpecialCodeIndex::VMIN] = u8::from(tenths == 0);
        mode.special_codes[SpecialCodeIndex::VTIME] = tenths;
        Ok(termios::tcsetattr(io::stdin(), OptionalActions::Now, &mode)?)
    }

    fn read(&self, typed: &mut Typed, is_whole: &dyn Fn(&Secret) -> bool) -> io::Result<()> {
        let mut bytes = Zeroizing::new([0; 4096]);
        let mut has_waited = false;
        loop {
            let tenths = match (typed.is_ended(), typed.is_pasting()) {
                (_, true) => LOST,
                (true, false) if has_waited => LONG_PAUSE,
                (true, false) => PAUSE,
                (false, false) => 0,
            };
            self.wait(tenths)?;
            let count = rustix::io::retry_on_intr(|| rustix::io::read(io::stdin(), &mut bytes[..]))?;
            match (count, tenths) {
                (0, LOST) => typed.end_paste(),
                (0, PAUSE) if !is_whole(&typed.text()) => has_waited = true,
                // Silence, or nobody is there any more.
                (0, _) => return Ok(()),
                _ => has_waited = false,
            }
            for byte in &bytes[..count] {
                match typed.take(*byte) {
                    Key::More => {}
                    Key::Pasted => say(terminal::pasted(typed.text().expose().trim().chars().count()).as_bytes()),
                    Key::Last => return Ok(()),
                    Key::Interrupt => return Err(io::ErrorKind::Interrupted.into()),
                }
            }
            if typed.len() > LONGEST {
                return Err(too_much());
            }
        }
    }
}

impl Drop for Unseen {
    fn drop(&mut self) {
        say(NO_MARKS.as_bytes());
        // Flushes: what is left of a paste is no command for the shell.
        let restored = termios::tcsetattr(io::stdin(), OptionalActions::Flush, &self.0);
        // A terminal that is gone needs nothing.
        restored.unwrap_or_default();
    }
}

type Chunk = io::Result<Zeroizing<Vec<u8>>>;

fn piped(rest: Rest) -> io::Result<Secret> {
    let (sender, chunks) = mpsc::channel();
    thread::Builder::new().name("input".to_owned()).spawn(move || pass_on(&sender))?;
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
fn pass_on(sender: &Sender<Chunk>) {
    let mut bytes = Zeroizing::new([0; 4096]);
    loop {
        let chunk = match io::stdin().read(&mut bytes[..]) {
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
