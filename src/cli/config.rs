//! `wick config`: where the config is, a first one, and whether it is understood.

use clap::Subcommand;

use super::{Exit, output};
use crate::app::profiles::apart;
use crate::config;
use crate::domain::message;
use crate::ports::Ports;

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
                output::line(&message::config::created(&path, wrote));
                Exit::Done
            }
            Err(error) => complain(&path, &error.to_string(), Exit::Failed),
        },
        Command::Check => match config::settings(ports.config_file.read(), &ports.home, &ports.profile) {
            Ok(settings) => {
                output::line(&message::config::understood(&path, settings.is_some()));
                let (_, left_out) = apart(ports, settings.filter(|_| ports.profile.is_default()).unwrap_or_default());
                if !left_out.is_empty() {
                    output::sentence(&message::profiles::left_out(&left_out));
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
