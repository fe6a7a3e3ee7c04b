//! Targets that are commands: they get their secrets as JSON on standard input, and a minute.

use std::env;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use super::environment::Environment;
use super::process::{self, ProcessError};
use super::{program, start_fault};
use crate::domain::secret::Secret;
use crate::domain::sync::scrub::scrubbed;
use crate::domain::sync::{CommandEnd, Failure};
use crate::ports::{CommandRunner, Stop};

const LIMIT: Duration = Duration::from_secs(60);

/// The programs of this computer, as this environment leads to them.
pub struct SystemCommands(pub Arc<Environment>);

impl CommandRunner for SystemCommands {
    fn deliver(&self, command: &[String], input: &Secret, secrets: &[Secret], stop: &Stop) -> Result<(), Failure> {
        let (name, arguments) = command.split_first().ok_or(Failure::CommandNotFound { program: String::new() })?;
        let not_found = || Failure::CommandNotFound { program: name.clone() };
        // A path is taken as it is, but for what a shell would do to its beginning; a bare name is looked for also where a
        // desktop's `PATH` does not lead.
        let in_home = name.strip_prefix("~/").map(|rest| Path::new(&self.0.home).join(rest));
        let named = in_home.or_else(|| name.contains('/').then(|| PathBuf::from(name)));
        let program = named.or_else(|| program::find(name, &self.0)).ok_or_else(not_found)?;
        let mut process = Command::new(&program);
        process.args(arguments);
        // A script that needs a program beside it finds it.
        let beside = program.parent().filter(|folder| folder.is_absolute()).map(Path::to_path_buf);
        if let Ok(path) = env::join_paths(env::split_paths(&self.0.path).chain(beside)) {
            process.env("PATH", path);
        }
        let output = process::run_with_input(&mut process, Some(input), LIMIT, stop).map_err(|error| match error {
            ProcessError::TimedOut => Failure::CommandTimedOut { after: LIMIT.as_secs() },
            ProcessError::Stopped => Failure::CommandStopped,
            ProcessError::Flooded => failed(CommandEnd::Flooded),
            ProcessError::Io(error) if error.kind() == ErrorKind::NotFound && !program.exists() => not_found(),
            ProcessError::Io(error) => {
                let why = start_fault::of(&program, &error);
                Failure::CommandNotStarted { why, program: program.display().to_string() }
            }
        })?;
        if output.status.success() {
            return Ok(());
        }
        // Complaints go to standard error; a program that has none there may have said it on the other.
        let said = if output.stderr.trim_ascii().is_empty() { &output.stdout } else { &output.stderr };
        let secrets: Vec<&Secret> = secrets.iter().collect();
        let said = scrubbed(&String::from_utf8_lossy(said), &secrets);
        Err(Failure::CommandFailed { how: output.status.code().map_or(CommandEnd::Signal, CommandEnd::Code), said })
    }
}

fn failed(how: CommandEnd) -> Failure {
    Failure::CommandFailed { how, said: String::new() }
}
