//! Runs a program with a time limit and a size limit, and leaves nothing of it behind.

use std::io::{self, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use zeroize::Zeroizing;

use crate::domain::secret::Secret;
use crate::ports::Stop;

/// More than any answer that is expected of a program.
const OUTPUT_LIMIT: u64 = 1024 * 1024;
/// How often a program that has closed its pipes is asked whether it has ended.
const REAP_EVERY: Duration = Duration::from_millis(5);
/// How often a program that takes seconds is asked whether it has ended.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What a program answered.
#[derive(Debug)]
pub struct Output {
    /// How it ended.
    pub status: ExitStatus,
    /// What it wrote to standard output, which may be a secret: wiped when dropped.
    pub stdout: Zeroizing<Vec<u8>>,
    /// What it complained of. Nobody knows what it holds: shown only when scrubbed.
    pub stderr: Zeroizing<Vec<u8>>,
}

/// Why there is no answer.
#[derive(Debug)]
pub enum ProcessError {
    /// It could not be started or waited for.
    Io(io::Error),
    /// It did not end in time; it and all it had started were killed.
    TimedOut,
    /// It wrote more than is expected of any program; it and all it had started were killed.
    Flooded,
    /// It was not awaited to its end; it and all it had started were killed.
    Stopped,
}

/// Runs `command` without input until it has ended and closed its pipes, for at most `limit`.
pub fn run(command: &mut Command, limit: Duration) -> Result<Output, ProcessError> {
    run_with_input(command, None, limit, &Stop::default())
}

/// The same with this on its standard input, and no longer than until `stop` is set.
pub fn run_with_input(
    command: &mut Command,
    input: Option<&Secret>,
    limit: Duration,
    stop: &Stop,
) -> Result<Output, ProcessError> {
    // A clock of its own: this waits for a process, and no rule depends on it.
    #[expect(clippy::disallowed_methods, reason = "a time limit on a real process needs the real monotonic clock")]
    let deadline = Instant::now() + limit;
    command.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() });
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    // A group of its own, so that what it starts can be ended with it.
    let mut child = command.process_group(0).spawn().map_err(ProcessError::Io)?;
    if let (Some(mut pipe), Some(input)) = (child.stdin.take(), input.cloned()) {
        // A thread of its own: a program that reads nothing would hold this one up. What it did not read, its answer
        // tells.
        thread::spawn(move || drop(pipe.write_all(input.expose().as_bytes())));
    }
    let outcome = collect(&mut child, deadline, stop);
    if outcome.is_err() {
        kill_group(&child);
        // Killed, so this does not block; without it a zombie would stay.
        drop(child.wait());
    }
    outcome
}

/// Runs `command` without input or output until it has ended, for at most `limit`. While `busy` says that it is in the
/// middle of something that must not be cut off, it gets as long again. When `stop` is set it is left to end by itself.
pub fn wait(
    command: &mut Command,
    limit: Duration,
    busy: &dyn Fn() -> bool,
    stop: &Stop,
) -> Result<ExitStatus, ProcessError> {
    #[expect(clippy::disallowed_methods, reason = "a time limit on a real process needs the real monotonic clock")]
    let deadline = Instant::now() + limit;
    let mut child = command.stdin(Stdio::null()).process_group(0).spawn().map_err(ProcessError::Io)?;
    loop {
        if let Some(status) = child.try_wait().map_err(ProcessError::Io)? {
            return Ok(status);
        }
        if stop.is_set() {
            return Err(ProcessError::TimedOut);
        }
        if left(deadline).is_zero() && (!busy() || left(deadline + limit).is_zero()) {
            kill_group(&child);
            drop(child.wait());
            return Err(ProcessError::TimedOut);
        }
        thread::sleep(LOOK_EVERY);
    }
}

fn collect(child: &mut Child, deadline: Instant, stop: &Stop) -> Result<Output, ProcessError> {
    let stdout = drain(child.stdout.take());
    let stderr = drain(child.stderr.take());
    let stdout = receive(&stdout, deadline, stop)?;
    let stderr = receive(&stderr, deadline, stop)?;
    loop {
        if let Some(status) = child.try_wait().map_err(ProcessError::Io)? {
            return Ok(Output { status, stdout, stderr });
        }
        if stop.is_set() {
            return Err(ProcessError::Stopped);
        }
        if left(deadline).is_zero() {
            return Err(ProcessError::TimedOut);
        }
        thread::sleep(REAP_EVERY);
    }
}

type Drained = io::Result<Zeroizing<Vec<u8>>>;

/// Reads a pipe on a thread of its own: a program that fills one pipe while we read the other would never end.
fn drain(pipe: Option<impl Read + Send + 'static>) -> mpsc::Receiver<Drained> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Zeroizing::new(Vec::new());
        let read = pipe.map_or(Ok(0), |pipe| pipe.take(OUTPUT_LIMIT + 1).read_to_end(&mut bytes));
        // Nobody listens any more once the time is over.
        drop(sender.send(read.map(|_| bytes)));
    });
    receiver
}

fn receive(pipe: &mpsc::Receiver<Drained>, deadline: Instant, stop: &Stop) -> Result<Zeroizing<Vec<u8>>, ProcessError> {
    let drained = loop {
        match pipe.recv_timeout(left(deadline).min(LOOK_EVERY)) {
            Ok(drained) => break drained,
            // The reader panicked: there is nothing to wait for.
            Err(RecvTimeoutError::Disconnected) => return Err(ProcessError::TimedOut),
            Err(_) if stop.is_set() => return Err(ProcessError::Stopped),
            Err(_) if left(deadline).is_zero() => return Err(ProcessError::TimedOut),
            Err(_) => {}
        }
    };
    let bytes = drained.map_err(ProcessError::Io)?;
    if bytes.len() as u64 > OUTPUT_LIMIT { Err(ProcessError::Flooded) } else { Ok(bytes) }
}

#[expect(clippy::disallowed_methods, reason = "a time limit on a real process needs the real monotonic clock")]
fn left(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}

fn kill_group(child: &Child) {
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    if let Some(group) = group {
        // Fails only where the whole group has ended by itself.
        let _ended = kill_process_group(group, Signal::KILL);
    }
}
