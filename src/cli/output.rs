//! Writes for people and programs, and how a command ends. A reader that went away, as `head` does, is no error.

use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Args;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use serde::Serialize;

use crate::domain::sync::scrub::without_tokens;
use crate::domain::text::fit::{self, wrapped};
use crate::domain::text::harmless;
use crate::ports::{Patience, columns, start_thread};
use crate::report::rows::{self, Row};
use crate::words::sentence::{Sentence, capital};
use crate::words::terminal;

/// How an answer is printed.
#[derive(Clone, Copy, Debug, Args)]
pub struct Form {
    /// Print one JSON object
    #[arg(long)]
    pub(super) json: bool,
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0
    Done,
    /// 1
    Failed,
    /// 2: wrong usage or config, or not allowed by it.
    Usage,
    /// 3
    NoCredential,
    /// 4: something that was asked for did not arrive.
    Targets,
    /// As a shell says that a program could not be started.
    Program(u8),
    /// By the signal that has asked for it.
    Interrupted,
}

/// `Err` where a command could not go on, and has said why.
pub(super) type Ended = Result<Exit, Exit>;

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0_u8,
            Exit::Failed | Exit::Interrupted => 1,
            Exit::Usage => 2,
            Exit::NoCredential => 3,
            Exit::Targets => 4,
            Exit::Program(code) => code,
        })
    }
}

/// Something was not printed, and not because its reader had enough.
static CUT_OFF: AtomicBool = AtomicBool::new(false);

/// Whether something could not be printed, as on a full disk.
pub(super) fn was_cut_off() -> bool {
    CUT_OFF.load(Ordering::Relaxed)
}

/// Whether only errors are said, and what a program reads.
static QUIET: AtomicBool = AtomicBool::new(false);

/// From now on only errors are said, and what a program reads.
pub fn be_quiet() {
    QUIET.store(true, Ordering::Relaxed);
}

pub(super) fn is_quiet() -> bool {
    QUIET.load(Ordering::Relaxed)
}

/// A line for people to standard output, as [`answer()`]. Not said with `--quiet`.
pub(super) fn line(text: &str) -> bool {
    subject(text, false)
}

/// The same of what a question is about, which is said with `--quiet` too where one is asked.
pub(super) fn subject(text: &str, is_asked: bool) -> bool {
    (is_quiet() && !is_asked) || answer(&fitted(text, &io::stdout()))
}

/// As wide as this stream is, where it is a terminal.
pub(super) fn fitted(text: &str, stream: &(impl AsFd + IsTerminal)) -> String {
    let text = harmless(&without_tokens(text));
    if !stream.is_terminal() {
        return text;
    }
    // What is put in is to be copied.
    let kept = |line: &str| if line.starts_with(' ') { vec![line.to_owned()] } else { wrapped(line, columns(stream)) };
    text.lines().flat_map(kept).collect::<Vec<_>>().join("\n")
}

/// Longer lines of help are hard to read.
const READABLE: usize = 100;

/// How wide help is here; as wide as that where it goes to a pager or a file.
pub(super) fn readable(stream: &(impl AsFd + IsTerminal)) -> usize {
    if stream.is_terminal() { columns(stream).min(READABLE) } else { READABLE }
}

/// Texts in the place of those before, which took so many rows, on a terminal.
pub(super) fn in_place(texts: &[&str], taken: &mut usize) -> bool {
    let mut stdout = io::stdout().lock();
    let rows = fit::rows(texts, columns(&stdout));
    let before = std::mem::replace(taken, rows.len());
    let text = harmless(&without_tokens(&rows.join("\n")));
    is_quiet() || write!(stdout, "{}{text}", fit::over(before)).and_then(|()| stdout.flush()).is_ok()
}

/// Lines that are laid out already.
pub(super) fn laid_out(lines: &[String]) -> bool {
    is_quiet() || lines.is_empty() || answer(&lines.join("\n"))
}

/// A line that was asked for itself, or that a question is about: never a token, which may have been typed in the place of a
/// name or a path. Says whether anyone still reads.
pub(super) fn answer(text: &str) -> bool {
    own(&without_tokens(text))
}

/// The same for a text that came with Wick, to the byte.
pub(super) fn own(text: &str) -> bool {
    let mut stdout = io::stdout().lock();
    let written = writeln!(stdout, "{text}").and_then(|()| stdout.flush());
    if let Err(error) = &written
        && error.kind() != io::ErrorKind::BrokenPipe
        && !CUT_OFF.swap(true, Ordering::Relaxed)
    {
        diagnostic(&terminal::not_printed(&error.to_string()));
    }
    written.is_ok()
}

/// Calls `tell` once nobody reads standard output any more, though nothing is written: `head` ends, and whoever waits for
/// a change of a sign-in may wait for hours. A thread of its own waits for it.
pub(super) fn when_nobody_reads(tell: impl FnOnce() + Send + 'static) {
    let wait = move || {
        let stdout = io::stdout();
        // What has ended is reported without being asked for; a file never ends.
        let mut streams = [PollFd::new(&stdout, PollFlags::empty())];
        while matches!(poll(&mut streams, None), Err(Errno::INTR)) {}
        if streams[0].revents().intersects(PollFlags::ERR | PollFlags::HUP) {
            tell();
        }
    };
    if let Err(error) = start_thread("reader", Box::new(wait)) {
        tracing::warn!("a reader that goes away is not noticed: {error}");
    }
}

/// What `--version` prints.
pub(super) fn version() -> Exit {
    answer(concat!("wick ", env!("CARGO_PKG_VERSION")));
    Exit::Done
}

/// What a command that does one thing has to say, and how it ends.
pub(super) fn outcome(outcome: Result<String, Sentence>) -> Ended {
    let text = outcome.map_err(|error| refused(&error, Exit::Failed))?;
    line(&text);
    Ok(Exit::Done)
}

/// Says why a command ends here: with `json`, by its own object.
pub(super) fn refuse<T: Serialize>(
    error: Sentence,
    exit: Exit,
    json: bool,
    object: impl FnOnce(Sentence) -> T,
) -> Exit {
    if json {
        self::json(&object(error));
    } else {
        sentence(&error);
    }
    exit
}

/// The same for people alone.
pub(super) fn refused(error: &Sentence, exit: Exit) -> Exit {
    sentence(error);
    exit
}

/// The same where the text is all there is to say.
pub(super) fn failed(text: &str, exit: Exit) -> Exit {
    diagnostic(text);
    exit
}

/// What is good to know, and no error, to standard error. Not said with `--quiet`.
pub(super) fn remark(text: &str) {
    if !is_quiet() {
        diagnostic(text);
    }
}

/// A line to standard error; as [`answer()`], without a token.
pub(super) fn diagnostic(text: &str) {
    let stderr = io::stderr();
    let text = fitted(text, &stderr);
    drop(writeln!(stderr.lock(), "{text}"));
}

/// What is wrong and what to do, to standard error.
pub(super) fn sentence(sentence: &Sentence) {
    hinted(&capital(&sentence.at_the_terminal()), "hint:", &sentence.action);
}

/// What could be done next, where nothing is wrong. Not said with `--quiet`.
pub(super) fn hint(hint: &str) {
    if !is_quiet() {
        hinted("", "hint:", hint);
    }
}

/// What is wrong, and below it what to do, under its own column.
pub(super) fn hinted(text: &str, head: &str, hint: &str) {
    let size = io::stderr().is_terminal().then(|| (columns(&io::stderr()), false));
    let [text, hint] = [text, hint].map(without_tokens);
    let hint = Row { state: head.to_owned(), after: " ".to_owned(), text: hint, ..Row::default() };
    let text = text.lines().map(|text| Row { text: text.to_owned(), ..Row::default() });
    let rows: Vec<Row> = text.chain([hint]).collect();
    drop(writeln!(io::stderr(), "{}", rows::lines(&rows, size).join("\n")));
}

/// A value as one line of JSON. Says whether anyone still reads.
pub(super) fn json(value: &impl Serialize) -> bool {
    answer(&serde_json::to_string(value).expect("the reports hold nothing that JSON cannot say"))
}

/// How long a read may take: a prompt is answered only where someone sits.
pub(super) fn patience() -> Patience {
    if io::stderr().is_terminal() { Patience::Click } else { Patience::Background }
}
