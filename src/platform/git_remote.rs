//! Where the repository of the working folder was cloned from.

use std::process::Command;
use std::time::Duration;

use super::environment::Environment;
use super::process::{self, ProcessError};
use super::program;

/// It reads a file of the repository.
const LIMIT: Duration = Duration::from_secs(5);

/// The address of its remote `origin`; `None` where git, a repository or that remote is not there. Fails where git has not
/// answered after this long, as on a disk of a network that is gone.
pub fn origin(environment: &Environment) -> Result<Option<String>, Duration> {
    let Some(git) = program::find("git", environment) else { return Ok(None) };
    match process::run(Command::new(git).args(["remote", "get-url", "origin"]), LIMIT) {
        Ok(output) if output.status.success() => Ok(Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())),
        Err(ProcessError::TimedOut) => Err(LIMIT),
        _ => Ok(None),
    }
}
