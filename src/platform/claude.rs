//! Asks the installed Claude Code to refresh by itself, with commands that make it look at its sign-in and call no model.

use std::env;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use super::environment::Environment;
use super::process::{self, ProcessError};
use super::program;
use super::store::lock::LOCKS;
use crate::domain::refresh::ClaudeError;
use crate::domain::settings::CredentialSettings;
use crate::ports::{ClaudeProgram, Stop};

/// Each made Claude Code 2.1.330 store a refreshed credential where its end was near; `mcp list` did so for 2.1.197 too,
/// and is the last since it may start the user's MCP servers.
const COMMANDS: [&[&str]; 3] = [&["plugin", "list"], &["auth", "status", "--json"], &["mcp", "list"]];
/// What a command gets.
const LIMIT: Duration = Duration::from_secs(60);

/// The `claude` of this computer, as this environment leads to it.
pub struct InstalledClaude(pub Arc<Environment>);

impl ClaudeProgram for InstalledClaude {
    fn renew(&self, settings: &CredentialSettings, changed: &dyn Fn() -> bool, stop: &Stop) -> Result<(), ClaudeError> {
        let program = program::find("claude", &self.0).ok_or(ClaudeError::NotFound)?;
        // An empty folder: no project's settings and servers take part.
        let folder = tempfile::tempdir().map_err(|error| ClaudeError::NotRun(error.to_string()))?;
        // A script that needs a program beside it, such as node, finds it.
        let beside = program.parent().map(Path::to_path_buf);
        let path = env::join_paths(beside.into_iter().chain(env::split_paths(&self.0.path)));
        // Killed between its request and what it stores, it would cost the sign-in.
        let claude_dir = self.0.claude_dir(settings).path;
        let busy = move || LOCKS.iter().any(|lock| claude_dir.join(lock).exists());
        let mut trouble = None;
        for arguments in COMMANDS {
            if stop.is_set() {
                break;
            }
            let mut command = Command::new(&program);
            command.args(arguments).current_dir(folder.path()).stdout(Stdio::null()).stderr(Stdio::null());
            for name in &self.0.not_for_claude {
                command.env_remove(name);
            }
            if let Ok(path) = &path {
                command.env("PATH", path);
            }
            if let Some(dir) = &settings.config_dir {
                // The other variable would win over this one.
                command.env("CLAUDE_CONFIG_DIR", dir).env_remove("CLAUDE_SECURESTORAGE_CONFIG_DIR");
            }
            match process::wait(&mut command, LIMIT, &busy, stop) {
                Ok(status) => tracing::info!("claude {} ended with {status}", arguments.join(" ")),
                Err(ProcessError::TimedOut) => trouble = Some(ClaudeError::TimedOut(LIMIT.as_secs())),
                Err(ProcessError::Io(error)) => trouble = Some(ClaudeError::NotRun(error.to_string())),
                Err(ProcessError::Flooded | ProcessError::Stopped) => {}
            }
            if changed() {
                return Ok(());
            }
        }
        trouble.map_or(Ok(()), Err)
    }
}
