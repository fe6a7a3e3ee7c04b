//! The commands: one file each, over the same domain and ports as the app.

mod autostart;
mod ci_token;
mod completions;
mod config;
mod doctor;
mod exec;
mod fresh;
mod github;
mod output;
mod prompt;
mod refresh;
mod status;
mod sync;
mod targets;
mod token;
mod until_stopped;
mod usage;

pub use crate::cli::usage::not_understood;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::domain::settings::Settings;
use crate::ports::Ports;
use crate::words::Sentence;
use crate::{app, words};

const EVERYWHERE: &str = "With every command";

/// Shows in the menu bar how long Claude Code's sign-in still burns, refreshes it, and syncs it to GitHub secrets.
///
/// Without a command: the menu-bar app. Where there is no menu bar, it prints the time left in the terminal.
#[derive(Debug, Parser)]
#[command(name = "wick", version)]
pub struct Arguments {
    /// Another config file than ~/.config/wick/config.toml
    #[arg(long, global = true, value_name = "PATH", help_heading = EVERYWHERE)]
    pub config: Option<PathBuf>,
    /// Which credential, where the config lists more than one
    #[arg(long, global = true, value_name = "NAME", help_heading = EVERYWHERE)]
    pub profile: Option<String>,
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print both clocks, the source and each target
    Status(status::Arguments),
    /// Refresh the access token when its end is near
    Refresh(refresh::Arguments),
    /// Send the fresh token to the secrets of every target, or of those named
    Sync(sync::Arguments),
    /// List, add or remove the places that hold secrets
    #[command(subcommand)]
    Targets(targets::Command),
    /// Keep, forget or check a GitHub token of Wick's own
    #[command(subcommand)]
    Github(github::Command),
    /// Keep, forget or tell of the one-year token for CI
    #[command(subcommand)]
    CiToken(ci_token::Command),
    /// Become another program, with the fresh token in its environment
    Exec(exec::Arguments),
    /// Print a fresh access token to a pipe
    Token(token::Arguments),
    /// Check every part and say what to do about it; exit code 1 when one failed
    Doctor(doctor::Arguments),
    /// Open Wick when you log in, or no more
    #[command(subcommand)]
    Autostart(autostart::Command),
    /// Find, write or check the config file
    #[command(subcommand)]
    Config(config::Command),
    /// Print completions for a shell
    Completions(completions::Arguments),
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0
    Done,
    /// 1
    Failed,
    /// 2: wrong usage or config, or not allowed by it.
    Usage,
    /// 3
    NoCredential,
    /// 4: some or all targets failed or are held.
    Targets,
    /// As a shell says that a program could not be started.
    Program(u8),
    /// By the signal that has asked for it.
    Interrupted,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0_u8,
            Exit::Failed | Exit::Interrupted => 1,
            Exit::Usage => 2,
            Exit::NoCredential => 3,
            Exit::Targets => 4,
            Exit::Program(code) => code,
        })
    }
}

/// The config as the profile sees it that the command is about.
fn settings(ports: &Ports) -> Result<Settings, Sentence> {
    let settings = app::settings(&*ports.config_file, &ports.home, &ports.profile);
    settings.map(|(settings, _)| settings).map_err(|error| words::config::invalid(&error))
}

/// Says that the app is not about one profile.
pub fn app_has_all_profiles() -> Exit {
    output::sentence(&words::profiles::app_has_all());
    Exit::Usage
}

/// A path that someone named is meant: that nothing is there, and the defaults are in use, is not passed over.
pub fn tell_of_absent_config(path: &Path) {
    if !path.exists() {
        output::complaint(&words::sentence::capital(&words::config::understood(&path.display().to_string(), false)));
    }
}

/// Runs one command.
pub fn run(command: Command, ports: &Ports) -> Exit {
    let exit = match command {
        Command::Status(arguments) => status::run(&arguments, ports),
        Command::Refresh(arguments) => refresh::run(&arguments, ports),
        Command::Sync(arguments) => sync::run(&arguments, ports),
        Command::Targets(command) => targets::run(&command, ports),
        Command::Github(command) => github::run(&command, ports),
        Command::CiToken(command) => ci_token::run(&command, ports),
        Command::Exec(arguments) => exec::run(&arguments, ports),
        Command::Token(arguments) => token::run(&arguments, ports),
        Command::Doctor(arguments) => doctor::run(&arguments, ports),
        Command::Autostart(command) => autostart::run(command, ports),
        Command::Config(command) => config::run(&command, ports),
        Command::Completions(arguments) => completions::run(&arguments),
    };
    // Whoever reads it from a file must not take half of it for all.
    if exit == Exit::Done && output::was_cut_off() { Exit::Failed } else { exit }
}
