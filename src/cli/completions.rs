//! `wick completions`: for the shells that clap knows.

use clap::{Args, Command};
use clap_complete::{Shell, generate};

use super::output::{self, Exit};

#[derive(Debug, Args)]
pub struct Arguments {
    /// The shell
    shell: Shell,
}

pub(super) fn run(arguments: &Arguments, wick: &mut Command) -> Exit {
    let mut script = Vec::new();
    generate(arguments.shell, wick, "wick", &mut script);
    output::answer(String::from_utf8_lossy(&script).trim_end());
    Exit::Done
}
