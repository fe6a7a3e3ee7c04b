//! Finds programs also where an app that was started from the desktop has no `PATH` to.

use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::environment::Environment;
use crate::domain::text::quoted;

/// Where Homebrew, npm, other runtimes and Claude Code's own installer put programs; below, in the home folder.
const ELSEWHERE: [&str; 4] = ["/opt/homebrew/bin", "/usr/local/bin", "/home/linuxbrew/.linuxbrew/bin", "/usr/bin"];
const IN_HOME: [&str; 6] =
    [".local/bin", ".claude/local", ".npm-global/bin", ".volta/bin", ".bun/bin", "node_modules/.bin"];

/// The first program of this name: in `PATH`, then where installers put it.
pub fn find(name: &str, environment: &Environment) -> Option<PathBuf> {
    let home = environment.home.as_path();
    let path = std::env::split_paths(&environment.path).filter(|folder| folder.is_absolute());
    let known = IN_HOME.iter().map(|folder| home.join(folder)).chain(ELSEWHERE.iter().map(PathBuf::from));
    let found = path.chain(known).map(|folder| folder.join(name)).find(|program| is_program(program));
    found.inspect(|found| tracing::info!("{name} is {}", found.display()))
}

fn is_program(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

/// A text as one word of a POSIX shell.
pub fn shell_word(text: &OsStr) -> String {
    quoted(&text.to_string_lossy())
}
