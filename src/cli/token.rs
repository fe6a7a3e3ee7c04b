//! `wick token`: a fresh access token for a pipe.

use std::io::{self, IsTerminal, Write};

use clap::Args;
use jiff::SignedDuration;

use super::output::{self, Ended, Exit};
use super::{fresh, input};
use crate::ports::Ports;
use crate::words::exec as words;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Exit with code 3 instead of printing a token that expires sooner than this, such as 10m
    #[arg(long, value_name = "DURATION", default_value = "0s", hide_default_value = true, value_parser = input::span)]
    min_left: SignedDuration,
    /// Print it even if the output is a terminal
    #[arg(long)]
    show: bool,
}

pub(super) fn run(arguments: &Arguments, ports: &Ports) -> Ended {
    if io::stdout().is_terminal() && !arguments.show {
        return Err(output::refused(&words::at_a_terminal(), Exit::Usage));
    }
    let settings = input::settings_for_people(ports)?;
    let credential = fresh::credential(ports, &settings, arguments.min_left)?;
    let Some(token) = credential.access_token.as_token() else {
        return Err(output::refused(&words::no_token(), Exit::NoCredential));
    };
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(token.expose().as_bytes());
    match written.and_then(|()| stdout.write_all(b"\n")).and_then(|()| stdout.flush()) {
        Ok(()) => Ok(Exit::Done),
        Err(error) => Err(output::failed(&words::not_written(&error.to_string()), Exit::Failed)),
    }
}
