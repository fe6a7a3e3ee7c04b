//! Opens files and terminals for a person.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;

use super::at::At;
use super::environment::Environment;
use super::{private_file, program};
use crate::domain::action::ActionError;
use crate::domain::settings::CredentialSettings;
use crate::ports::Desktop;

/// Programs that open a file in whatever the user has chosen for its kind, with what stands before the file.
#[cfg(target_os = "macos")]
const OPENERS: &str = "open -t";
#[cfg(not(target_os = "macos"))]
const OPENERS: &str = "xdg-open, gio open, exo-open";

/// Terminals, with what stands before the command to run. The user's own choice comes before them all.
#[cfg(target_os = "macos")]
const TERMINALS: &str = "open -a Terminal";
#[cfg(not(target_os = "macos"))]
const TERMINALS: &str = "xdg-terminal-exec, x-terminal-emulator -e, gnome-terminal --, kgx --, konsole -e, \
    xfce4-terminal -x, kitty, alacritty -e, foot, xterm -e";

/// The user's desktop, with what this environment has.
pub struct SystemDesktop(pub Arc<Environment>);

impl SystemDesktop {
    /// Starts the first of the programs that is installed, and says whether one was.
    fn start_first<'a>(&self, own: Option<(&'a str, &'a str)>, programs: &'a str, argument: &OsStr) -> Option<()> {
        let known = programs.split(", ").map(|words| words.split_once(' ').unwrap_or((words, "")));
        own.into_iter().chain(known).find_map(|(name, before)| {
            let path = program::find(name, &self.0)?;
            start(Command::new(path).args(before.split_whitespace()).arg(argument)).ok()
        })
    }
}

impl Desktop for SystemDesktop {
    fn open_file(&self, path: &Path) -> Result<(), ActionError> {
        let opened = self.start_first(None, OPENERS, path.as_os_str());
        opened.ok_or_else(|| ActionError::NoOpener(path.display().to_string()))
    }

    fn sign_in(&self, settings: &CredentialSettings, closing: &str) -> Result<(), ActionError> {
        let claude = program::find("claude", &self.0).ok_or(ActionError::ClaudeNotFound)?;
        let script = write_script(&self.0, settings, &claude, closing)?;
        let own = self.0.terminal.as_deref().map(|name| (name, "-e"));
        self.start_first(own, TERMINALS, script.as_os_str()).ok_or(ActionError::NoTerminal)
    }

    fn open_report(&self, text: &str) -> Result<(), ActionError> {
        let path = self.0.state_folder().join("doctor.txt");
        private_file::replace(&path, text.as_bytes()).at(&path)?;
        self.open_file(&path)
    }
}

/// A script, since terminals differ in how they take a command's arguments, and macOS opens nothing but a file.
fn write_script(
    environment: &Environment,
    settings: &CredentialSettings,
    claude: &Path,
    closing: &str,
) -> Result<PathBuf, ActionError> {
    let word = |text: &OsStr| program::shell_word(text);
    let dir = settings.config_dir.as_ref();
    let dir = dir.map(|dir| format!("export CLAUDE_CONFIG_DIR={}\n", word(dir.as_ref()))).unwrap_or_default();
    // Claude Code may be a script that needs a program beside it, such as node.
    let beside = claude.parent();
    let beside =
        beside.map(|beside| format!("PATH={}:$PATH\nexport PATH\n", word(beside.as_os_str()))).unwrap_or_default();
    let (claude, closing) = (word(claude.as_os_str()), word(closing.as_ref()));
    let script = format!("#!/bin/sh\n{dir}{beside}{claude} auth login\nprintf '\\n%s' {closing}\nread -r _\n");
    let path = environment.state_folder().join("sign-in.command");
    let written = private_file::replace(&path, script.as_bytes());
    written.and_then(|()| fs::set_permissions(&path, fs::Permissions::from_mode(0o700))).at(&path)?;
    Ok(path)
}

/// Starts a program that lives on by itself, and reaps it when it ends.
fn start(command: &mut Command) -> std::io::Result<()> {
    // A group of its own: Ctrl-C on Wick is not meant for the user's editor.
    command.process_group(0);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    thread::Builder::new().name("reaper".to_owned()).spawn(move || drop(child.wait()))?;
    Ok(())
}
