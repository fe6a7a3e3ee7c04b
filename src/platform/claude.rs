//! Asks the installed Claude Code to refresh by itself, with commands that make it look at its sign-in and call no model;
//! and to try a one-year token, with one short question.

mod answer;

use std::env;
use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use super::environment::Environment;
use super::process::{self, ProcessError};
use super::scratch::Scratch;
use super::store::lock::LOCKS;
use super::{private_file, program};
use crate::domain::credential::{CheckFailure, NotProven, Overruling};
use crate::domain::refresh::ClaudeError;
use crate::domain::secret::Secret;
use crate::domain::settings::{CI_TOKEN_NAME, CredentialSettings};
use crate::ports::{ClaudeProgram, Stop, start_thread};

/// Each made Claude Code 2.1.330 store a refreshed credential where its end was near; `mcp list` did so for 2.1.197 too,
/// and is the last since it may start the user's MCP servers.
const COMMANDS: [&[&str]; 3] = [&["plugin", "list"], &["auth", "status", "--json"], &["mcp", "list"]];
/// The shortest that shows what is asked: an answer to one turn, by the model that costs least, without tools.
const QUESTION: [&str; 10] = [
    "--print",
    // Before the tools, of whose list it would be taken for a part.
    "Answer with the one word yes.",
    "--output-format",
    "json",
    "--model",
    "haiku",
    "--max-turns",
    "1",
    "--tools",
    "",
];
/// It asks for nothing else, and gives up soon where there is no network: by itself it tries for minutes.
const QUIET: [(&str, &str); 3] =
    [("DISABLE_AUTOUPDATER", "1"), ("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1"), ("CLAUDE_CODE_MAX_RETRIES", "2")];
/// An answer takes some five seconds.
const CHECK_LIMIT: Duration = Duration::from_secs(90);
/// What a command gets.
const LIMIT: Duration = Duration::from_secs(60);

/// The `claude` of this computer, as this environment leads to it.
pub struct InstalledClaude(pub Arc<Environment>);

/// Far more than anybody's settings, in bytes.
const LONGEST_SETTINGS: u64 = 1024 * 1024;

/// Claude Code's settings that an organization gives all users of a computer. See: <https://code.claude.com/docs/en/settings>
const MANAGED_SETTINGS: &str = if cfg!(target_os = "macos") {
    "/Library/Application Support/ClaudeCode/managed-settings.json"
} else {
    "/etc/claude-code/managed-settings.json"
};

/// What overrules the sign-in that is stored under these settings, the strongest first. Blocks.
pub fn overruling(settings: &CredentialSettings, environment: &Environment) -> Vec<Overruling> {
    overruling_in(&[PathBuf::from(MANAGED_SETTINGS), environment.claude_settings(settings)], environment)
}

fn overruling_in(files: &[PathBuf], environment: &Environment) -> Vec<Overruling> {
    let (mut found, mut chosen) = (environment.overruling.clone(), environment.ant_profile.clone());
    for path in files {
        let text = start_of(path);
        found.extend(Overruling::in_settings(&text, &path.display().to_string()));
        chosen = chosen.or_else(|| Overruling::ant_profile_in_settings(&text));
    }
    found.extend(ant(environment, chosen));
    found
}

/// What a file of settings says; nothing where there is none, as with most people.
fn start_of(path: &Path) -> Vec<u8> {
    let mut text = Vec::new();
    let read = private_file::open(path).and_then(|file| file.take(LONGEST_SETTINGS).read_to_end(&mut text));
    read.map(|_| text).unwrap_or_default()
}

/// The sign-in of `ant`, found as Claude Code 2.1.332 does: the chosen one, else the active one, else the one named so; one
/// that lacks a file is none.
// See: https://github.com/anthropics/claude-code/issues/60901
fn ant(environment: &Environment, chosen: Option<String>) -> Option<Overruling> {
    let folder = environment.ant_dir();
    let is_chosen = chosen.is_some();
    let active = || String::from_utf8_lossy(&start_of(&folder.join("active_config"))).trim().to_owned();
    let profile = Some(chosen.unwrap_or_else(active)).filter(|name| !name.is_empty());
    let file = format!("{}.json", profile.as_deref().unwrap_or("default"));
    let is_there = ["configs", "credentials"].iter().all(|kind| folder.join(kind).join(&file).is_file());
    is_there.then(|| Overruling::by_ant(is_chosen))
}

impl ClaudeProgram for InstalledClaude {
    fn renew(&self, settings: &CredentialSettings, changed: &dyn Fn() -> bool, stop: &Stop) -> Result<(), ClaudeError> {
        let program = program::find("claude", &self.0).ok_or(ClaudeError::NotFound)?;
        // An empty folder: no project's settings and servers take part.
        let scratch = Scratch::make().map_err(|error| ClaudeError::NotRun(error.to_string()))?;
        let here = scratch.folder("here").map_err(|error| ClaudeError::NotRun(error.to_string()))?;
        let path = self.path_with(&program);
        // Killed between its request and what it stores, it would cost the sign-in.
        let claude_dir = self.0.claude_dir(settings).path;
        let busy = move || LOCKS.iter().any(|lock| claude_dir.join(lock).exists());
        let mut trouble = None;
        for arguments in COMMANDS {
            if stop.is_set() {
                break;
            }
            let mut command = Command::new(&program);
            command.args(arguments).current_dir(&here).stdout(Stdio::null()).stderr(Stdio::null());
            for name in &self.0.not_for_claude {
                command.env_remove(name);
            }
            if let Some(path) = &path {
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

    fn make_token(&self, settings: &CredentialSettings) -> Result<Box<dyn Read + Send>, NotProven> {
        let program = program::find("claude", &self.0).ok_or(NotProven::NoClaude)?;
        let mut command = Command::new(&program);
        // Its prompts and the keys that answer them stay the terminal's.
        command.arg("setup-token").stdout(Stdio::piped());
        // Without Wick it would keep the terminal from the shell.
        process::end_with_wick(&mut command);
        command.envs(self.path_with(&program).map(|path| ("PATH", path)));
        command.envs(settings.config_dir.as_ref().map(|dir| ("CLAUDE_CONFIG_DIR", dir)));
        let mut child = command.spawn().map_err(|_| NotProven::NotStarted)?;
        let output = child.stdout.take().ok_or(NotProven::NotStarted)?;
        let reaped = start_thread("reaper", Box::new(move || drop(child.wait())));
        reaped.map_err(|_| NotProven::NotStarted)?;
        Ok(Box::new(output))
    }

    fn try_token(&self, token: &Secret, stop: &Stop) -> Result<(), CheckFailure> {
        let program = program::find("claude", &self.0).ok_or(NotProven::NoClaude)?;
        let not_started = |said: String| CheckFailure { why: NotProven::NotStarted, said };
        // Empty folders: no other sign-in, no project, no hook and no server of the user's takes part.
        let scratch = Scratch::make().map_err(|error| not_started(error.to_string()))?;
        let empty = |name| scratch.folder(name).map_err(|error| not_started(error.to_string()));
        let (here, own) = (empty("here")?, empty("config")?);
        let mut command = Command::new(&program);
        command.args(QUESTION).current_dir(&here).env_clear().envs(self.0.for_a_check.iter().cloned());
        command.env("HOME", &self.0.home).env("CLAUDE_CONFIG_DIR", &own);
        command.envs(self.path_with(&program).map(|path| ("PATH", path))).envs(QUIET);
        command.env(CI_TOKEN_NAME, token.expose());
        // It has a token, which nobody would look after.
        process::end_with_wick(&mut command);
        let output = process::run_with_input(&mut command, None, CHECK_LIMIT, stop).map_err(|error| match error {
            ProcessError::TimedOut => NotProven::TimedOut { seconds: CHECK_LIMIT.as_secs() }.into(),
            ProcessError::Stopped => NotProven::Stopped.into(),
            ProcessError::Flooded => NotProven::Unclear.into(),
            ProcessError::Io(error) => not_started(error.to_string()),
        })?;
        let said = if output.stdout.trim_ascii().is_empty() { &output.stderr } else { &output.stdout };
        answer::judge(said, output.status.success(), token)
    }
}

impl InstalledClaude {
    /// A script that needs a program beside it, such as node, finds it.
    fn path_with(&self, program: &Path) -> Option<OsString> {
        let beside = program.parent().map(Path::to_path_buf);
        env::join_paths(beside.into_iter().chain(env::split_paths(&self.0.path))).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_organization_sets_for_all_overrules_before_what_the_user_sets() {
        let folder = tempfile::tempdir().unwrap();
        let [managed, user] = ["managed-settings.json", "settings.json"].map(|name| folder.path().join(name));
        let environment = Environment { home: folder.path().to_owned(), ..Environment::default() };
        let found = || overruling_in(&[managed.clone(), user.clone()], &environment);
        assert_eq!(found(), []);
        std::fs::write(&user, r#"{"env": {"ANTHROPIC_API_KEY": "EXAMPLE"}}"#).unwrap();
        std::fs::write(&managed, r#"{"apiKeyHelper": "/bin/key"}"#).unwrap();
        let [first, second] = found().try_into().unwrap();
        assert_eq!((first.name, first.settings), ("apiKeyHelper", Some(managed.display().to_string())));
        assert_eq!((second.name, second.settings), ("ANTHROPIC_API_KEY", Some(user.display().to_string())));
    }
}
