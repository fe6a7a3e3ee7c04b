//! The composition root: parses arguments, opens the log, chooses adapters, runs.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::{env, panic};

use wick::domain::settings::ProfileName;
use wick::platform::config_file::TomlFile;
use wick::platform::environment::Environment;
use wick::ports::{ConfigFile, TrustedCertificates};
use wick::remote::github;
use wick::remote::token_endpoint::HttpTokenEndpoint;
use wick::{cli, launch, platform};

fn main() -> ExitCode {
    // The log has the place of it.
    panic::catch_unwind(run).unwrap_or_else(|_| cli::crashed(env::args_os()).into())
}

fn run() -> ExitCode {
    platform::allocator::share_one_heap();
    platform::bundle::enter();
    platform::signals::survive_file_limits();
    let environment = Arc::new(Environment::of_process());
    if let Some(exit) = complete(&environment) {
        return exit.into();
    }
    let arguments = match cli::parse(env::args_os()) {
        Ok(arguments) => arguments,
        Err(error) => return cli::not_understood(&error, env::args_os()).into(),
    };
    platform::core_dump::forbid();
    if let Some(unfit) = environment.unfit()
        && !matches!(arguments.command, Some(cli::Command::Completions(_)))
    {
        return cli::unfit(&unfit, env::args_os()).into();
    }
    if arguments.quiet {
        cli::be_quiet();
    }
    platform::log::open(&environment.state_folder(), arguments.verbose);
    wick::fault::point("start");
    platform::sweep(&environment.state_folder());
    if let Some(path) = &arguments.config
        && let Some(exit) = cli::absent_config(arguments.command.as_ref(), path)
    {
        return exit.into();
    }
    let named = environment.certificates.clone();
    let trusted: TrustedCertificates = Arc::new(move || platform::certificates::trusted(&named));
    let token_endpoint = Arc::new(HttpTokenEndpoint(Arc::clone(&trusted)));
    let open_github = github::opener(trusted);
    let mut ports = platform::ports(&environment, arguments.config, token_endpoint, open_github);
    if arguments.command.is_none() && arguments.profile.is_some() {
        return cli::app_has_all_profiles().into();
    }
    ports.terminal.is_told_steps = arguments.verbose;
    ports.profile = arguments.profile.map(ProfileName::new).unwrap_or_default();
    if let Some(command) = arguments.command {
        let exit = cli::run(command, &ports);
        if exit == cli::Exit::Interrupted {
            platform::signals::end_by_the_last();
        }
        return exit.into();
    }
    let ended_well = launch::run(&ports, &environment.state_folder());
    if ended_well { ExitCode::SUCCESS } else { cli::crashed(env::args_os()).into() }
}

/// Answers a shell that completes a command line; `None` where this is something else.
fn complete(environment: &Environment) -> Option<cli::Exit> {
    let home = environment.home.to_string_lossy();
    let text = |config: Option<PathBuf>| {
        TomlFile(config.unwrap_or_else(|| environment.config_path())).read().unwrap_or_default()
    };
    cli::complete(env::args_os(), &home, &text)
}
