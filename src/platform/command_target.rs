//! Targets that are commands: they get their secrets as JSON on standard input, and a minute.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use super::environment::Environment;
use super::process;
use super::process::ProcessError;
use super::program;
use crate::domain::secret::Secret;
use crate::domain::sync::scrub::scrubbed;
use crate::domain::sync::{CommandEnd, Failure};
use crate::ports::{CommandRunner, Stop};

const LIMIT: Duration = Duration::from_secs(60);

/// The programs of this computer.
pub struct SystemCommands {
    environment: Arc<Environment>,
}

impl SystemCommands {
    /// Looks for them with what `environment` has.
    pub fn new(environment: Arc<Environment>) -> Self {
        Self { environment }
    }

    /// A path is taken as it is; a bare name is looked for also where a desktop's `PATH` does not lead.
    fn find(&self, name: &str) -> Option<PathBuf> {
        if name.contains('/') { Some(PathBuf::from(name)) } else { program::find(name, &self.environment) }
    }

    /// A script that needs a program beside it finds it.
    fn path_beside(&self, program: &Path) -> Option<OsString> {
        let own = std::env::split_paths(&self.environment.path);
        let beside = program.parent().filter(|folder| folder.is_absolute()).map(Path::to_path_buf);
        std::env::join_paths(own.chain(beside)).ok()
    }
}

impl CommandRunner for SystemCommands {
    fn deliver(&self, command: &[String], input: &Secret, secrets: &[Secret], stop: &Stop) -> Result<(), Failure> {
        let (name, arguments) = command.split_first().ok_or(Failure::CommandNotFound { program: String::new() })?;
        let not_found = || Failure::CommandNotFound { program: name.clone() };
        let program = self.find(name).ok_or_else(not_found)?;
        let mut process = Command::new(&program);
        process.args(arguments);
        if let Some(path) = self.path_beside(&program) {
            process.env("PATH", path);
        }
        let output = process::run_with_input(&mut process, Some(input), LIMIT, stop).map_err(|error| match error {
            ProcessError::TimedOut => Failure::CommandTimedOut { after: LIMIT.as_secs() },
            ProcessError::Stopped => Failure::CommandStopped,
            ProcessError::Flooded => failed(CommandEnd::Flooded),
            ProcessError::Io(error) if error.kind() == ErrorKind::NotFound => not_found(),
            ProcessError::Io(error) => failed(CommandEnd::NotStarted { detail: error.to_string() }),
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
