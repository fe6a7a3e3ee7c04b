//! Opens files and terminals for a person.

use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, mpsc};
use std::time::Duration;
use std::{fs, io};

use super::at::At;
use super::environment::Environment;
use super::{atomic_file, private_file, program};
use crate::domain::action::ActionError;
use crate::domain::settings::{CredentialSettings, ProfileName};
use crate::domain::sync::scrub::without_tokens;
use crate::ports::{Desktop, start_thread};

/// Programs that open a file in whatever the user has chosen for its kind, with what stands before the file.
#[cfg(target_os = "macos")]
const OPENERS: &str = "open -t";
#[cfg(not(target_os = "macos"))]
const OPENERS: &str = "xdg-open, gio open, exo-open";

/// The same for a page of the web.
#[cfg(target_os = "macos")]
const PAGE_OPENERS: &str = "open";
#[cfg(not(target_os = "macos"))]
const PAGE_OPENERS: &str = OPENERS;

/// Terminals, with what stands before the command to run. The user's own choice comes before them all.
#[cfg(target_os = "macos")]
const TERMINALS: &str = "open -a Terminal";
#[cfg(not(target_os = "macos"))]
const TERMINALS: &str = "xdg-terminal-exec, x-terminal-emulator -e, gnome-terminal --, kgx --, konsole -e, \
    xfce4-terminal -x, kitty, alacritty -e, foot, xterm -e";

/// So long a program is watched that may find nothing to open a file with.
const AT_ONCE: Duration = Duration::from_secs(2);

pub struct SystemDesktop {
    /// What this environment has.
    pub environment: Arc<Environment>,
    /// The full path of another config file than the usual one.
    pub config: Option<PathBuf>,
}

impl SystemDesktop {
    /// Starts the first of the programs that is installed and does not fail at once, and says whether one was.
    fn start_first<'a>(&self, own: Option<(&'a str, &'a str)>, programs: &'a str, argument: &OsStr) -> Option<()> {
        let known = programs.split(", ").map(|words| words.split_once(' ').unwrap_or((words, "")));
        own.into_iter().chain(known).find_map(|(name, before)| {
            let path = program::find(name, &self.environment)?;
            start(Command::new(path).args(before.split_whitespace()).arg(argument)).ok()
        })
    }

    fn claude(&self) -> Result<PathBuf, ActionError> {
        program::find("claude", &self.environment).ok_or(ActionError::ClaudeNotFound)
    }

    /// This program as a shell starts it, with the same config, for a profile.
    fn wick(&self, profile: &ProfileName) -> Result<String, ActionError> {
        let unknown = || ActionError::Failed(io::Error::from(io::ErrorKind::NotFound).to_string());
        let wick = self.environment.program.as_ref().ok_or_else(unknown)?;
        let config = self.config.as_ref().map(|path| format!(" --config {}", shell_path(path))).unwrap_or_default();
        let profile = program::shell_word(profile.as_str().as_ref());
        Ok(format!("{}{config} --profile {profile}", shell_path(wick)))
    }

    fn open_terminal(
        &self,
        script: &Script,
        settings: &CredentialSettings,
        claude: Option<&Path>,
        closing: &str,
    ) -> Result<(), ActionError> {
        let dir = settings.config_dir.as_ref();
        let dir = dir.map(|dir| format!("export CLAUDE_CONFIG_DIR={}\n", program::shell_word(dir.as_ref())));
        // Claude Code may be a script that needs a program beside it, such as node.
        let beside =
            claude.and_then(Path::parent).map(|beside| format!("PATH={}:$PATH\nexport PATH\n", shell_path(beside)));
        let before = [dir, beside].map(Option::unwrap_or_default).concat();
        let closing = program::shell_word(closing.as_ref());
        let text = format!("#!/bin/sh\n{before}{}\nprintf '\\n%s' {closing}\nread -r _ || :\n", script.command);
        let path = self.environment.state_folder().join(script.name);
        let written = replace(&path, text.as_bytes());
        written.and_then(|()| fs::set_permissions(&path, fs::Permissions::from_mode(0o700))).at(&path)?;
        let own = self.environment.terminal.as_deref().map(|name| (name, "-e"));
        self.start_first(own, TERMINALS, path.as_os_str()).ok_or(ActionError::NoTerminal)
    }
}

impl Desktop for SystemDesktop {
    fn open_file(&self, path: &Path) -> Result<(), ActionError> {
        let opened = self.start_first(None, OPENERS, path.as_os_str());
        opened.ok_or_else(|| ActionError::NoOpener(path.display().to_string()))
    }

    fn open_page(&self, url: &str) -> Result<(), ActionError> {
        self.start_first(None, PAGE_OPENERS, url.as_ref()).ok_or_else(|| ActionError::NoOpener(url.to_owned()))
    }

    fn sign_in(&self, settings: &CredentialSettings, closing: &str) -> Result<(), ActionError> {
        let claude = self.claude()?;
        let script = Script { name: "sign-in.command", command: format!("{} auth login", shell_path(&claude)) };
        self.open_terminal(&script, settings, Some(&claude), closing)
    }

    fn new_ci_token(
        &self,
        settings: &CredentialSettings,
        profile: &ProfileName,
        is_stored: bool,
        closing: &str,
    ) -> Result<(), ActionError> {
        let (claude, wick) = (self.claude()?, self.wick(profile)?);
        let command = if is_stored {
            format!("{wick} ci-token rotate")
        } else {
            format!("{} setup-token | {wick} ci-token set", shell_path(&claude))
        };
        self.open_terminal(&Script { name: "ci-token.command", command }, settings, Some(&claude), closing)
    }

    fn set_up(&self, settings: &CredentialSettings, profile: &ProfileName, closing: &str) -> Result<(), ActionError> {
        let script = Script { name: "set-up.command", command: format!("{} init", self.wick(profile)?) };
        self.open_terminal(&script, settings, None, closing)
    }

    fn open_report(&self, text: &str) -> Result<(), ActionError> {
        let path = self.environment.state_folder().join("doctor.txt");
        replace(&path, without_tokens(text).as_bytes()).at(&path)?;
        self.open_file(&path)
    }
}

/// Two clicks may do the same at once.
fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let _lock = atomic_file::lock_folder(private_file::folder(path))?;
    atomic_file::replace(path, content)
}

/// What a terminal is opened for. A script, since terminals differ in how they take a command's arguments, and macOS opens
/// nothing but a file.
struct Script {
    name: &'static str,
    command: String,
}

fn shell_path(path: &Path) -> String {
    program::shell_word(path.as_os_str())
}

/// Starts a program that lives on by itself, and reaps it when it ends. One that fails at once has opened nothing.
fn start(command: &mut Command) -> io::Result<()> {
    // A group of its own: Ctrl-C on Wick is not meant for the user's editor.
    command.process_group(0);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let (ended, end) = mpsc::sync_channel(1);
    start_thread("reaper", Box::new(move || drop(ended.send(child.wait()))))?;
    match end.recv_timeout(AT_ONCE) {
        Ok(Ok(status)) if !status.success() => Err(io::Error::other(status.to_string())),
        _ => Ok(()),
    }
}
