//! A home folder of one's own, and the real program run in it.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, lchown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;
use wick::domain::time::EpochMillis;

use super::credential::CredentialText;
use super::{sweep, write_program};

/// An unprivileged user that every system has.
pub const NOBODY: u32 = 65_534;

/// A home folder that vanishes with this value.
pub struct Home {
    folder: TempDir,
}

impl Home {
    /// An empty home, but for a program that would open files and only says so in `opened`.
    pub fn new() -> Self {
        Self::within(&tempfile::env::temp_dir())
    }

    /// The same in this folder, which may be on another disk.
    pub fn within(folder: &Path) -> Self {
        let home = Self { folder: tempfile::tempdir_in(folder).expect("a temporary folder") };
        home.add_program("xdg-open", "#!/bin/sh\necho \"$1\" >> \"$HOME/opened\"\n");
        home
    }

    /// A program that Wick finds before this machine's own. A script also notes what it was started with.
    pub fn add_program(&self, name: &str, text: &str) {
        let noted = self.started().display().to_string();
        let note = format!("#!/bin/sh\n{{ printf '%s\\n' \"$0\" \"$@\"; export -p; }} 2>/dev/null >> '{noted}'\n");
        write_program(&self.path().join("bin").join(name), &text.replacen("#!/bin/sh\n", &note, 1));
    }

    /// What programs of [`Self::add_program`] were started with: their arguments and environments.
    fn started(&self) -> PathBuf {
        self.path().join("bin/.started")
    }

    /// A home with an empty `.claude`.
    pub fn with_folder() -> Self {
        Self::new().and_folder()
    }

    /// This one with an empty `.claude`.
    pub fn and_folder(self) -> Self {
        fs::create_dir(self.path().join(".claude")).expect("an empty home");
        self
    }

    /// A home with a sign-in of so many seconds.
    pub fn signed_in(seconds: i64) -> Self {
        let home = Self::with_folder();
        home.write(&CredentialText::ending(in_seconds(seconds)).login_ending(in_seconds(20 * 86_400)).json());
        home
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn credentials(&self) -> PathBuf {
        self.path().join(".claude/.credentials.json")
    }

    pub fn config(&self) -> PathBuf {
        self.path().join(".config/wick/config.toml")
    }

    pub fn state(&self) -> PathBuf {
        self.path().join(".local/state/wick")
    }

    /// Writes the credential as Claude Code does: another file, renamed over it.
    pub fn write(&self, content: &str) {
        self.write_bytes(content.as_bytes());
    }

    pub fn write_bytes(&self, content: &[u8]) {
        let temporary = self.path().join(".claude/.credentials.json.tmp.0a1b2c3d");
        fs::write(&temporary, content).expect("a writable home");
        fs::set_permissions(&temporary, fs::Permissions::from_mode(0o600)).expect("a file of ours");
        fs::rename(&temporary, self.credentials()).expect("a writable home");
    }

    pub fn write_config(&self, text: &str) {
        fs::create_dir_all(self.config().parent().expect("a file in a folder")).expect("a writable home");
        fs::write(self.config(), text).expect("a writable home");
        fs::set_permissions(self.config(), fs::Permissions::from_mode(0o600)).expect("a file of ours");
    }

    /// The real program, with nothing of this process's environment but what is put in here.
    pub fn wick(&self, arguments: &[&str]) -> Command {
        let mut command = self.program(env!("CARGO_BIN_EXE_wick"));
        command.args(arguments);
        command
    }

    /// Any program in the same surroundings.
    pub fn program(&self, path: &str) -> Command {
        let mut command = Command::new(path);
        command.env_clear().env("HOME", self.path()).env("USER", "ada");
        command.env("PATH", format!("{}:/usr/bin:/bin", self.path().join("bin").display()));
        // No session bus: without this, one at the usual place of this user would be found.
        command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent").env("TZ", "UTC");
        command.env("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent");
        // A proxy that is not there: what a test forgot to point elsewhere reaches no server but this computer's own.
        command.env("HTTPS_PROXY", "http://127.0.0.1:9").env("HTTP_PROXY", "http://127.0.0.1:9");
        command.stdin(Stdio::null()).current_dir(self.path());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.wick(arguments).output().expect("the program was built")
    }

    /// Makes all of this home the unprivileged user's; only root can. With a program of its own, since nobody else reaches
    /// the folder in which it was built.
    pub fn hand_over(&self) {
        // Copied by another process, see `write_program`.
        let copied = Command::new("cp").arg(env!("CARGO_BIN_EXE_wick")).arg(self.path().join("wick")).status();
        assert!(copied.expect("every system has cp").success());
        hand_over(self.path());
    }

    /// The real program as the unprivileged user runs it in a home of theirs.
    pub fn wick_of_nobody(&self, arguments: &[&str]) -> Command {
        let mut command = self.program(self.path().join("wick").to_str().expect("a plain path"));
        command.args(arguments).uid(NOBODY).gid(NOBODY);
        command
    }

    /// `wick status --json` as a value, and the exit code.
    pub fn status(&self) -> (serde_json::Value, i32) {
        let output = self.run(&["status", "--json"]);
        let text = String::from_utf8(output.stdout).expect("JSON is text");
        assert_eq!(text.lines().count(), 1, "one object: {text}");
        (serde_json::from_str(&text).expect("JSON"), output.status.code().expect("not killed"))
    }
}

/// What a program says that gets this on standard input.
pub fn with_input(mut command: Command, input: &str) -> Output {
    let mut running = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a program that reads");
    running.stdin.take().expect("a program that reads").write_all(input.as_bytes()).expect("a program that reads");
    running.wait_with_output().expect("a program that reads")
}

impl Home {
    /// No token lies anywhere but in the credential, in the journal, and in the one-year token's own file, and no program was
    /// started with one.
    pub fn sweep(&self) {
        for folder in [".local", ".config", ".claude"] {
            self.sweep_tree(&self.path().join(folder));
        }
        // What Wick itself was given in its environment, every program that it starts may have.
        let given = ["GH_TOKEN", "GITHUB_TOKEN", "GH_ENTERPRISE_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"];
        let given = given.map(|name| format!("export {name}="));
        let started = String::from_utf8_lossy(&fs::read(self.started()).unwrap_or_default()).into_owned();
        let theirs = started.lines().filter(|line| !given.iter().any(|name| line.starts_with(name)));
        sweep::check("what a program was started with", theirs.collect::<Vec<_>>().join("\n"));
    }

    fn sweep_tree(&self, path: &Path) {
        // The user's own file, and what is there for tokens.
        let name = path.file_name().expect("a folder in a home").to_string_lossy();
        if ["journal-", "ci-token-"].iter().any(|own| name.starts_with(own))
            || [self.credentials(), self.config()].contains(&path.to_owned())
        {
            return;
        }
        match fs::read_dir(path) {
            Ok(entries) => entries.flatten().for_each(|entry| self.sweep_tree(&entry.path())),
            // A lock, or a pipe that would never end.
            Err(_) if !path.is_file() => {}
            Err(_) => sweep::check(&path.display().to_string(), fs::read(path).unwrap_or_default()),
        }
    }
}

/// Each test ends with the sweep, whatever it is about.
impl Drop for Home {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.sweep();
        }
    }
}

fn hand_over(path: &Path) {
    lchown(path, Some(NOBODY), Some(NOBODY)).expect("only root does this");
    if path.is_dir() && !path.is_symlink() {
        fs::read_dir(path).expect("root reads it").for_each(|entry| hand_over(&entry.expect("an entry").path()));
    }
}

/// So many seconds from now.
pub fn in_seconds(seconds: i64) -> EpochMillis {
    EpochMillis::from(Timestamp::now() + SignedDuration::from_secs(seconds))
}

/// A text of everything in a folder, file names included, for sweeps.
pub fn everything_in(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.expect("a readable folder").path();
        text.push_str(&path.to_string_lossy());
        text.push('\n');
        if path.is_dir() {
            text.push_str(&everything_in(&path));
        } else {
            text.push_str(&String::from_utf8_lossy(&fs::read(&path).unwrap_or_default()));
        }
    }
    text
}
