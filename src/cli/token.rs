//! `wick token`: a fresh access token for a pipe.

use std::io::{self, IsTerminal, Write};

use clap::Args;
use jiff::SignedDuration;

use super::sync::span;
use super::{Exit, fresh, output};
use crate::ports::Ports;
use crate::words::exec as words;

/// The arguments of `wick token`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Fail with exit code 3 rather than print a token that ends sooner, such as 10m
    #[arg(long, value_name = "SPAN", value_parser = span)]
    min_left: Option<SignedDuration>,
    /// Print it at a terminal too
    #[arg(long)]
    show: bool,
}

pub(super) fn run(arguments: &Arguments, ports: &Ports) -> Exit {
    if io::stdout().is_terminal() && !arguments.show {
        output::sentence(&words::at_a_terminal());
        return Exit::Usage;
    }
    let settings = match super::settings(ports) {
        Ok(settings) => settings,
        Err(sentence) => {
            output::sentence(&sentence);
            return Exit::Usage;
        }
    };
    let credential = match fresh::credential(ports, &settings, arguments.min_left) {
        Ok(credential) => credential,
        Err(exit) => return exit,
    };
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(credential.access_token.expose().as_bytes());
    match written.and_then(|()| stdout.write_all(b"\n")).and_then(|()| stdout.flush()) {
        Ok(()) => Exit::Done,
        Err(error) => {
            output::complaint(&words::not_written(&error.to_string()));
            Exit::Failed
        }
    }
}
