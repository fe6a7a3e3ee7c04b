//! `wick completions`: for the shells that clap knows.

use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};

use super::{Exit, output};

/// The arguments of `wick completions`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The shell
    shell: Shell,
}

pub(super) fn run(arguments: &Arguments) -> Exit {
    let mut script = Vec::new();
    generate(arguments.shell, &mut super::Arguments::command(), "wick", &mut script);
    output::line(String::from_utf8_lossy(&script).trim_end());
    Exit::Done
}
