//! Runs a program with a time limit and a size limit, and leaves nothing of it behind.

use std::io::{self, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use zeroize::Zeroizing;

use super::deadline::{Deadline, Over};
use crate::domain::secret::Secret;
use crate::ports::{Stop, start_thread};

/// More than any answer that is expected of a program.
const OUTPUT_LIMIT: u64 = 1024 * 1024;
/// How often a program that has closed its pipes is asked whether it has ended.
const REAP_EVERY: Duration = Duration::from_millis(5);
/// How often a program that takes seconds is asked whether it has ended.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What a program answered.
#[derive(Debug)]
pub struct Output {
    pub status: ExitStatus,
    /// May be a secret: wiped when dropped.
    pub stdout: Zeroizing<Vec<u8>>,
    /// What it complained of. Nobody knows what it holds: shown only when scrubbed.
    pub stderr: Zeroizing<Vec<u8>>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// It could not be started or waited for.
    #[error("{0}")]
    Io(io::Error),
    /// It did not end in time; it and all it had started were killed.
    #[error("it took too long")]
    TimedOut,
    /// It wrote more than is expected of any program; it and all it had started were killed.
    #[error("it wrote too much")]
    Flooded,
    /// It was not awaited to its end, since Wick is ending.
    #[error("Wick is ending")]
    Stopped,
}

impl From<io::Error> for ProcessError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<Over> for ProcessError {
    fn from(over: Over) -> Self {
        match over {
            Over::Stopped => Self::Stopped,
            Over::TimedOut => Self::TimedOut,
        }
    }
}

/// Runs `command` without input until it has ended and closed its pipes, for at most `limit`.
pub fn run(command: &mut Command, limit: Duration) -> Result<Output, ProcessError> {
    run_with_input(command, None, limit, &Stop::default())
}

/// The same with this on its standard input. When `stop` is set, it and all it had started are killed.
pub fn run_with_input(
    command: &mut Command,
    input: Option<&Secret>,
    limit: Duration,
    stop: &Stop,
) -> Result<Output, ProcessError> {
    let deadline = Deadline::after(limit, stop);
    command.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() });
    let mut child = spawn(command.stdout(Stdio::piped()).stderr(Stdio::piped()))?;
    let fed = match (child.stdin.take(), input.cloned()) {
        // A thread of its own: a program that reads nothing would hold this one up. What it did not read, its answer tells.
        (Some(mut pipe), Some(input)) => {
            start_thread("input", Box::new(move || drop(pipe.write_all(input.expose().as_bytes()))))
        }
        _ => Ok(()),
    };
    let collected = fed.map_err(ProcessError::from).and_then(|()| collect(&mut child, &deadline));
    if let Ok(output) = &collected {
        tracing::debug!("{} ended with {}", command.get_program().display(), output.status);
    }
    collected.inspect_err(|_| kill(&mut child))
}

/// Runs `command` without input or output until it has ended, for at most `limit`. While `busy` says that it is in the
/// middle of something that must not be cut off, it gets as long again. When `stop` is set it is left to end by itself.
pub fn wait(
    command: &mut Command,
    limit: Duration,
    busy: &dyn Fn() -> bool,
    stop: &Stop,
) -> Result<ExitStatus, ProcessError> {
    let (usual, longest) = (Deadline::after(limit, stop), Deadline::after(2 * limit, stop));
    let mut child = spawn(command.stdin(Stdio::null()))?;
    let ended = longest.poll(LOOK_EVERY, || match child.try_wait()? {
        None if !stop.is_set() && usual.left().is_zero() && !busy() => Err(ProcessError::TimedOut),
        status => Ok(status),
    });
    ended.inspect_err(|error| {
        if !matches!(error, ProcessError::Stopped) {
            kill(&mut child);
        }
    })
}

/// Has the program that will be started end when Wick is killed. Of use only where the thread that starts it waits for it:
/// the system takes the end of that thread for the end of Wick. macOS has nothing like it.
#[cfg(target_os = "linux")]
pub fn end_with_wick(command: &mut Command) {
    let wick = rustix::process::getpid();
    let ask = move || {
        rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
        // Killed before that: nothing would tell.
        if rustix::process::getppid() == Some(wick) { Ok(()) } else { Err(io::ErrorKind::BrokenPipe.into()) }
    };
    // SAFETY: two calls of the system, which are safe between fork and exec; nothing is allocated.
    #[expect(unsafe_code, reason = "the only way to run something there")]
    unsafe {
        command.pre_exec(ask);
    }
}

/// Nothing.
#[cfg(not(target_os = "linux"))]
pub fn end_with_wick(_command: &mut Command) {}

/// In a group of its own, so that what it starts can be ended with it.
fn spawn(command: &mut Command) -> io::Result<Child> {
    command.process_group(0).spawn()
}

fn collect(child: &mut Child, deadline: &Deadline<'_>) -> Result<Output, ProcessError> {
    let (stdout, stderr) = (drain(child.stdout.take())?, drain(child.stderr.take())?);
    let (stdout, stderr) = (receive(&stdout, deadline)?, receive(&stderr, deadline)?);
    let status = deadline.poll(REAP_EVERY, || Ok::<_, ProcessError>(child.try_wait()?))?;
    Ok(Output { status, stdout, stderr })
}

type Drained = io::Result<Zeroizing<Vec<u8>>>;

/// Reads a pipe on a thread of its own: a program that fills one pipe while we read the other would never end.
fn drain(pipe: Option<impl Read + Send + 'static>) -> io::Result<mpsc::Receiver<Drained>> {
    let (sender, receiver) = mpsc::channel();
    let read = move || {
        let mut bytes = Zeroizing::new(Vec::new());
        let read = pipe.map_or(Ok(0), |pipe| pipe.take(OUTPUT_LIMIT + 1).read_to_end(&mut bytes));
        // Nobody listens any more once the time is over.
        drop(sender.send(read.map(|_| bytes)));
    };
    start_thread("output", Box::new(read))?;
    Ok(receiver)
}

fn receive(pipe: &mpsc::Receiver<Drained>, deadline: &Deadline<'_>) -> Result<Zeroizing<Vec<u8>>, ProcessError> {
    // What is looked at waits by itself, and is there at once.
    let bytes = deadline.poll(Duration::ZERO, || match pipe.recv_timeout(deadline.left().min(LOOK_EVERY)) {
        Ok(drained) => Ok(Some(drained?)),
        // The reader panicked: there is nothing to wait for.
        Err(RecvTimeoutError::Disconnected) => Err(ProcessError::Io(io::ErrorKind::BrokenPipe.into())),
        Err(RecvTimeoutError::Timeout) => Ok(None),
    })?;
    if bytes.len() as u64 > OUTPUT_LIMIT { Err(ProcessError::Flooded) } else { Ok(bytes) }
}

fn kill(child: &mut Child) {
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        // Fails only where the whole group has ended by itself.
        let _ended = kill_process_group(group, Signal::KILL);
    }
    // Killed, so this does not block; without it a zombie would stay.
    drop(child.wait());
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn a_program_that_is_not_awaited_since_wick_ends_is_not_said_to_have_taken_too_long() {
        let stop = Stop::default();
        stop.set();
        let mut command = Command::new("/bin/sleep");
        command.arg("0.2");
        assert!(matches!(wait(&mut command, LONG, &|| false, &stop), Err(ProcessError::Stopped)));
        // Also where its time is over, too.
        assert!(matches!(wait(&mut command, Duration::ZERO, &|| false, &stop), Err(ProcessError::Stopped)));
        assert!(matches!(run_with_input(&mut command, None, LONG, &stop), Err(ProcessError::Stopped)));
    }

    #[test]
    fn a_program_gets_its_time_and_as_long_again_while_it_is_busy() {
        let limit = Duration::from_millis(100);
        let mut idle = Command::new("/bin/sleep");
        idle.arg("60");
        assert!(matches!(wait(&mut idle, limit, &|| false, &Stop::default()), Err(ProcessError::TimedOut)));
        let folder = tempfile::tempdir().unwrap();
        let (go_on, long) = (folder.path().join("go on"), Duration::from_secs(2));
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "until [ -e \"$0\" ]; do sleep 0.02; done"]).arg(&go_on);
        // Asked once its time is over.
        let busy = || std::fs::write(&go_on, "").is_ok();
        assert!(wait(&mut command, long, &busy, &Stop::default()).is_ok_and(|status| status.success()));
        let mut endless = Command::new("/bin/sleep");
        endless.arg("60");
        assert!(matches!(wait(&mut endless, limit, &|| true, &Stop::default()), Err(ProcessError::TimedOut)));
    }
}
