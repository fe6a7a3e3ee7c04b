//! The command line as clap reads it: the derived commands, each with its examples, and `--profile` only where a command
//! is about a sign-in.

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{Arg, ArgMatches, Command};

use super::examples::after_help;

/// Commands that are about no sign-in, or about all.
const WITHOUT_PROFILE: [&str; 6] = ["autostart", "config", "recipe", "uninstall", "version", "completions"];

/// What clap has derived, as it is shown.
pub(super) fn completed(derived: Command) -> Command {
    let hidden = || Arg::new("profile").long("profile").hide(true);
    // A command that has an argument of that name does not inherit the one that stands for all.
    let without = |wick: Command, name: &str| wick.mut_subcommand(name, |command| command.arg(hidden()));
    with_examples(WITHOUT_PROFILE.into_iter().fold(derived, without), "")
}

/// `path` names a command within `wick`: `targets add`.
fn with_examples(command: Command, path: &str) -> Command {
    let of_child = |child: Command| {
        let path = format!("{path} {}", child.get_name());
        with_examples(child, path.trim_start())
    };
    command.after_help(after_help(path)).mut_subcommands(of_child)
}

/// What was written on the command line.
pub(super) fn read(wick: &mut Command, written: impl Iterator<Item = OsString>) -> Result<ArgMatches, clap::Error> {
    let read = wick.try_get_matches_from_mut(written)?;
    if let Some(name) = read.subcommand_name().filter(|name| WITHOUT_PROFILE.contains(name))
        && read.contains_id("profile")
    {
        return Err(wick.error(ErrorKind::UnknownArgument, format!("\"wick {name}\" takes no --profile")));
    }
    // clap looks for conflicts within each command's own arguments: one of these may stand before it, the other behind.
    if read.get_flag("quiet") && read.get_flag("verbose") {
        let why = "the argument '--quiet' cannot be used with '--verbose'";
        return Err(wick.error(ErrorKind::ArgumentConflict, why));
    }
    Ok(read)
}
