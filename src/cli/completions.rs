//! `wick completions`: what a shell runs once, so that it asks Wick at each tab what may come next.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::Arc;

use clap::builder::PossibleValuesParser;
use clap::{Arg, Args, Command};
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};
use clap_complete::env::{CompleteEnv, Shells};

use super::output::{self, Exit};
use crate::config;
use crate::domain::settings::{ProfileName, Settings};

/// The variable by which a shell asks.
const ASKED: &str = "_WICK_COMPLETE";

/// For bash one of our own: clap's takes the parts of `org:acme` and `acme/web@production` for words.
const BASH: &str = include_str!("completions.bash");

/// A file `_wick` in zsh's folder of functions is read at the first tab, which is to be answered, too.
const ZSH: &str = "[[ $funcstack[1] == _wick ]] && _clap_dynamic_completer_wick\n";

#[derive(Debug, Args)]
pub struct Arguments {
    /// The shell's name
    #[arg(value_parser = PossibleValuesParser::new(["bash", "elvish", "fish", "powershell", "zsh"]))]
    shell: String,
}

pub(super) fn run(arguments: &Arguments) -> Exit {
    let mut script = Vec::new();
    let shells = Shells::builtins();
    match shells.completer(&arguments.shell) {
        Some(shell) if arguments.shell != "bash" => {
            shell.write_registration(ASKED, "wick", "wick", "wick", &mut script).expect("a vector takes all");
            if arguments.shell == "zsh" {
                script.extend_from_slice(ZSH.as_bytes());
            }
        }
        _ => script.extend_from_slice(BASH.as_bytes()),
    }
    output::answer(String::from_utf8_lossy(&script).trim());
    Exit::Done
}

/// Answers a shell that asks what may come next, of these commands.
pub(super) fn answer(
    command: fn() -> Command,
    written: &[OsString],
    home: &str,
    text: &dyn Fn(Option<PathBuf>) -> Option<String>,
) -> Option<Exit> {
    let whole = || {
        let text = text(after(written, "--config").map(PathBuf::from)).unwrap_or_default();
        let settings = config::parse(&text, home).unwrap_or_default();
        let profile = after(written, "--profile").and_then(|name| name.to_str().map(ProfileName::new));
        with_names(command(), &settings, &profile.unwrap_or_default())
    };
    match CompleteEnv::with_factory(whole).var(ASKED).try_complete(written.to_vec(), None) {
        Ok(false) => None,
        Ok(true) => Some(Exit::Done),
        Err(_) => Some(Exit::Usage),
    }
}

/// What was written behind this flag: as the next word, or in the same one.
fn after<'a>(written: &'a [OsString], flag: &str) -> Option<&'a OsStr> {
    let mut words = written.iter();
    words
        .find_map(|word| match word.as_bytes().strip_prefix(flag.as_bytes())? {
            [] => Some(None),
            [b'=', value @ ..] => Some(Some(OsStr::from_bytes(value))),
            _ => None,
        })?
        .or_else(|| words.next().map(OsString::as_os_str))
}

/// With the names in the config, where they may be written.
fn with_names(wick: Command, settings: &Settings, profile: &ProfileName) -> Command {
    let profiles = settings.profiles.iter().map(|profile| profile.name.to_string());
    let profiles = profiles.chain([ProfileName::default().to_string()]).collect();
    let targets = settings.targets.iter().filter(|target| target.profile == *profile).map(ToString::to_string);
    let (targets, secrets) = (candidates(targets.collect()), settings.secrets.0.iter().map(|known| known.name.clone()));
    let secrets = candidates(secrets.collect());
    let add = |argument: &'static str, candidates: &ArgValueCandidates| {
        let candidates = candidates.clone();
        move |command: Command| command.mut_arg(argument, |argument: Arg| argument.add(candidates))
    };
    wick.mut_arg("profile", |argument| argument.add(candidates(profiles)))
        .mut_subcommand("sync", add("targets", &targets))
        .mut_subcommand("exec", add("only", &secrets))
        .mut_subcommand("targets", |command| {
            command
                .mut_subcommand("set", |set| add("no_secrets", &secrets)(add("name", &targets)(set)))
                .mut_subcommand("remove", add("name", &targets))
        })
}

fn candidates(mut names: Vec<String>) -> ArgValueCandidates {
    names.retain(|name| !name.contains(is_for_a_shell));
    let names: Arc<[String]> = names.into();
    ArgValueCandidates::new(move || names.iter().map(CompletionCandidate::new).collect())
}

/// Whether a shell would do something at it: not every one quotes what it fills in, and an environment is named by whoever
/// made it.
fn is_for_a_shell(letter: char) -> bool {
    "$`\\\"'!;&|<>(){}[]*?~^".contains(letter)
}
