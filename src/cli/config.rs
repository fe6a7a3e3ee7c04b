//! `wick config`: where the config is, a first one, and whether it is understood.

use clap::Subcommand;

use super::input;
use super::output::{self, Ended, Exit};
use crate::app::profiles::apart;
use crate::ports::Ports;
use crate::{app, config, words};

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print the path of the config file
    Path,
    /// Create a config file with every key explained, if there is none
    Init,
    /// Check the config file for errors
    Check,
}

pub(super) fn run(command: &Command, ports: &Ports) -> Ended {
    let path = ports.config_file.path().display().to_string();
    let failed = |error: &str, exit| output::failed(&format!("{path}: {error}"), exit);
    match command {
        Command::Path => drop(output::answer(&path)),
        Command::Init => {
            let wrote = match ports.config_file.read() {
                Ok(Some(_)) => Ok(false),
                Ok(None) => ports.config_file.write(None, config::EXAMPLE),
                Err(error) => Err(error),
            };
            let wrote = wrote.map_err(|error| failed(&words::config::file(&error), Exit::Failed))?;
            output::line(&words::config::created(&path, wrote));
        }
        Command::Check => {
            let settings = app::settings(ports);
            let quoted =
                |error| input::quote(ports).map_or_else(|| format!("{error}"), |quote| format!("{error}\n{quote}"));
            let (settings, is_there) = settings.map_err(|error| failed(&quoted(error), Exit::Usage))?;
            output::line(&words::config::understood(&path, is_there));
            let (_, left_out) = apart(ports, settings);
            if !left_out.is_empty() {
                output::sentence(&words::profiles::left_out(&left_out));
            }
        }
    }
    Ok(Exit::Done)
}
