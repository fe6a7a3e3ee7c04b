//! The commands: one file each, over the same domain and ports as the app.

mod autostart;
mod ci_token;
mod command_line;
mod completions;
mod config;
mod doctor;
mod edit;
mod examples;
mod exec;
mod find;
mod fresh;
mod github;
mod given_token;
mod init;
mod input;
mod output;
mod paste;
mod prompt;
mod recipe;
mod refresh;
mod rotate;
mod status;
mod sync;
mod targets;
mod token;
mod uninstall;
mod until_stopped;
mod usage;
mod waiting;

pub use output::{Exit, be_quiet};
pub use usage::{crashed, not_understood, unfit};

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::ports::Ports;
use crate::report::answer::Answer;
use crate::words;

const EVERYWHERE: &str = "Global options";

/// Shows in the menu bar how long Claude Code's sign-in lasts, refreshes it, and syncs it to GitHub secrets.
///
/// Without a command, opens the menu-bar app. Where there is no menu bar, prints the time left in the terminal.
#[derive(Debug, Parser)]
#[command(name = "wick", version)]
pub struct Arguments {
    /// Config file to use instead of ~/.config/wick/config.toml
    #[arg(long, global = true, value_name = "PATH", help_heading = EVERYWHERE)]
    pub config: Option<PathBuf>,
    /// Profile of the config to use
    #[arg(long, global = true, value_name = "NAME", help_heading = EVERYWHERE)]
    pub profile: Option<String>,
    /// Print only errors and machine-readable output
    #[arg(short, long, global = true, help_heading = EVERYWHERE)]
    pub quiet: bool,
    /// Print each step to standard error
    #[arg(short, long, global = true, help_heading = EVERYWHERE)]
    pub verbose: bool,
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Set up a repository, from nothing to synced secrets
    Init(init::Arguments),
    /// Show how long the access token and the sign-in last, and each target
    Status(status::Arguments),
    /// Refresh the access token when it is about to expire
    Refresh(refresh::Arguments),
    /// Send fresh tokens to every target, or to those named
    Sync(sync::Arguments),
    /// List, add, change, find or remove targets: the places that Wick sends secrets to
    #[command(subcommand)]
    Targets(targets::Command),
    /// Manage Wick's own GitHub token
    #[command(subcommand)]
    Github(github::Command),
    /// Manage the one-year token for CI
    #[command(subcommand)]
    CiToken(ci_token::Command),
    /// Run a program with a fresh token in its environment
    Exec(exec::Arguments),
    /// Print a fresh access token to a pipe
    Token(token::Arguments),
    /// Check everything and say what to do; exit code 1 if a check failed
    Doctor(output::Form),
    /// Turn opening at login on or off
    #[command(subcommand)]
    Autostart(autostart::Command),
    /// Find, create or check the config file
    #[command(subcommand)]
    Config(config::Command),
    /// Print a recipe for CI, a program, a secrets manager or a status bar
    Recipe(recipe::Arguments),
    /// Remove what Wick keeps on this computer, except the config
    Uninstall(uninstall::Arguments),
    /// Print the version
    Version,
    /// Print shell completions
    Completions(completions::Arguments),
}

impl Command {
    /// Whether it may make the config, in which it adds something.
    fn writes_config(&self) -> bool {
        matches!(self, Self::Init(_) | Self::Targets(targets::Command::Add(_) | targets::Command::Find(_)))
    }

    /// Whether it does not ask what the config says, or makes the first one.
    fn is_without_config(&self) -> bool {
        match self {
            Self::Config(command) => !matches!(command, config::Command::Check),
            Self::Recipe(_) | Self::Version | Self::Completions(_) => true,
            _ => false,
        }
    }
}

/// All commands: for reading arguments, for help, completions and the manual.
pub fn command() -> clap::Command {
    command_line::completed(Arguments::command())
}

/// Reads what was written on the command line.
pub fn parse(written: impl Iterator<Item = OsString>) -> Result<Arguments, clap::Error> {
    // Decides which options have their text below them.
    let mut wick = command().term_width(output::readable(&io::stdout()));
    let mut read = command_line::read(&mut wick, written)?;
    Arguments::from_arg_matches_mut(&mut read).map_err(|error| error.format(&mut wick))
}

/// Answers a shell that asks what may come next; `None` where none does. Reads the config and nothing else, and says nothing
/// of what is wrong with it. `text` is that of the config at this path, or at the usual one.
pub fn complete(
    written: impl Iterator<Item = OsString>,
    home: &str,
    text: &dyn Fn(Option<PathBuf>) -> Option<String>,
) -> Option<Exit> {
    completions::answer(command, &written.collect::<Vec<_>>(), home, text)
}

/// Says that the app is not about one profile.
pub fn app_has_all_profiles() -> Exit {
    output::sentence(&words::profiles::app_has_all());
    Exit::Usage
}

/// A path that someone named is meant: a command that would go on with the defaults, for want of a file, ends here. The app
/// and what writes the file say so and go on.
pub fn absent_config(command: Option<&Command>, path: &Path) -> Option<Exit> {
    if path.exists() || command.is_some_and(Command::is_without_config) {
        return None;
    }
    let path = path.display().to_string();
    if command.is_none_or(Command::writes_config) {
        output::diagnostic(&words::sentence::capital(&words::config::understood(&path, false)));
        return None;
    }
    let json = usage::asks_for_json(&mut std::env::args_os());
    Some(output::refuse(words::config::absent(&path), Exit::Usage, json, Answer::<()>::refused))
}

/// Runs one command.
pub fn run(command: Command, ports: &Ports) -> Exit {
    let (Ok(exit) | Err(exit)) = match command {
        Command::Init(arguments) => init::run(&arguments, ports),
        Command::Status(arguments) => status::run(&arguments, ports),
        Command::Refresh(arguments) => refresh::run(&arguments, ports),
        Command::Sync(arguments) => sync::run(&arguments, ports),
        Command::Targets(command) => targets::run(&command, ports),
        Command::Github(command) => github::run(&command, ports),
        Command::CiToken(command) => ci_token::run(&command, ports),
        Command::Exec(arguments) => exec::run(&arguments, ports),
        Command::Token(arguments) => token::run(&arguments, ports),
        Command::Doctor(form) => doctor::run(form.json, ports),
        Command::Autostart(command) => autostart::run(command, ports),
        Command::Config(command) => config::run(&command, ports),
        Command::Recipe(arguments) => Ok(recipe::run(&arguments, ports)),
        Command::Uninstall(arguments) => uninstall::run(&arguments, ports),
        Command::Version => Ok(output::version()),
        Command::Completions(arguments) => Ok(completions::run(&arguments)),
    };
    // Whoever reads it from a file must not take half of it for all.
    if exit == Exit::Done && output::was_cut_off() { Exit::Failed } else { exit }
}
