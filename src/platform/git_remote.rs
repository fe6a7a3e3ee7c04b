//! Where the repository of the working folder was cloned from.

use std::process::Command;
use std::time::Duration;

use super::environment::Environment;
use super::{process, program};

/// It reads a file of the repository.
const LIMIT: Duration = Duration::from_secs(5);

/// The address of its remote `origin`; `None` where git, a repository or that remote is not there.
pub fn origin(environment: &Environment) -> Option<String> {
    let git = program::find("git", environment)?;
    let output = process::run(Command::new(git).args(["remote", "get-url", "origin"]), LIMIT).ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
