//! `wick config`: where the config is, a first one, and whether it is understood.

use clap::Subcommand;

use super::{Exit, output};
use crate::app::profiles::apart;
use crate::domain::facts::ConfigFound;
use crate::ports::Ports;
use crate::{app, config, words};

/// What to do with the config.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print where the config file is
    Path,
    /// Write a complete, commented config file where there is none
    Init,
    /// Say whether the config file is understood
    Check,
}

pub(super) fn run(command: &Command, ports: &Ports) -> Exit {
    let path = ports.config_file.path().display().to_string();
    match command {
        Command::Path => {
            output::line(&path);
            Exit::Done
        }
        Command::Init => match ports.config_file.create(config::EXAMPLE) {
            Ok(wrote) => {
                output::line(&words::config::created(&path, wrote));
                Exit::Done
            }
            Err(error) => complain(&path, &words::config::file(&error), Exit::Failed),
        },
        Command::Check => match app::settings(&*ports.config_file, &ports.home, &ports.profile) {
            Ok((settings, found)) => {
                output::line(&words::config::understood(&path, found == ConfigFound::Read));
                let left_out = if ports.profile.is_default() { apart(ports, settings).1 } else { Vec::new() };
                if !left_out.is_empty() {
                    output::sentence(&words::profiles::left_out(&left_out));
                }
                Exit::Done
            }
            Err(error) => complain(&path, &error, Exit::Usage),
        },
    }
}

fn complain(path: &str, error: &str, exit: Exit) -> Exit {
    output::complaint(&format!("{path}: {error}"));
    exit
}
