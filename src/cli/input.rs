//! What a command is given: the config and what is written on the command line

use std::io::{self, IsTerminal};
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use jiff::{SignedDuration, Span, SpanRelativeTo};
use serde::Serialize;

use super::output::{self, Exit};
use super::waiting::Waiting;
use crate::app::{self, github::UsedToken};
use crate::domain::secret::Secret;
use crate::domain::settings::{Choice, GithubSettings, Place, Settings, Target, address};
use crate::ports::Ports;
use crate::words::sentence::capital;
use crate::words::{self, Sentence, sync as sync_words, sync_failure};

/// The connection itself gives up before.
pub(super) const LONGEST_QUESTION: Duration = Duration::from_secs(15);

/// The config as the profile sees it that the command is about. Else it is said why there is none: with `json`, by the command's own object.
pub(super) fn settings<T: Serialize>(
    ports: &Ports,
    json: bool,
    object: impl FnOnce(Sentence) -> T,
) -> Result<Settings, Exit> {
    match app::settings(ports) {
        Ok((settings, _)) => {
            let (config, sign_in) = (ports.config_file.path(), (ports.open_store)(&settings.credential).location());
            tracing::debug!("the config is {}, the sign-in in {sign_in}", config.display());
            Ok(settings)
        }
        Err(error) => {
            let error = error.sentence(&ports.config_file.path());
            let quote = (!json).then(|| quote(ports)).flatten();
            Err(match quote {
                Some(quote) => {
                    output::hinted(&format!("{}\n{quote}", capital(&error.message)), "hint:", &error.action);
                    Exit::Usage
                }
                None => output::refuse(error, Exit::Usage, json, object),
            })
        }
    }
}

/// At a terminal, the line of the config that is not understood.
pub(super) fn quote(ports: &Ports) -> Option<String> {
    ports.terminal.size_of(&io::stderr()).and_then(|(columns, _)| app::quote(ports, columns))
}

/// The same for a command that prints no object.
pub(super) fn settings_for_people(ports: &Ports) -> Result<Settings, Exit> {
    settings(ports, false, |_| ())
}

/// The GitHub token that is used. Those that GitHub refuses are said.
pub(super) fn github_token(ports: &Ports, settings: &GithubSettings) -> Result<UsedToken, Sentence> {
    let now = ports.clock.now();
    let waiting = Waiting::begin(ports, words::terminal::ASKING_GITHUB);
    let used = app::github::token(ports, settings, output::patience(), LONGEST_QUESTION);
    drop(waiting);
    let used = used.map_err(|failure| sync_failure::failure_at(&failure, settings, &now))?;
    used.passed_over.iter().map(sync_failure::passed_over).for_each(|said| output::sentence(&said));
    Ok(used)
}

/// A span such as `15m`, `2h` or `0s`.
pub(super) fn span(text: &str) -> Result<SignedDuration, &'static str> {
    let span = text.parse::<Span>().ok().and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()).ok());
    span.filter(|span| !span.is_negative()).ok_or("write a span such as 15m, 2h or 0s")
}

/// One of a setting's words.
pub(super) fn word<T: Choice + Send + Sync>() -> impl TypedValueParser<Value = T> {
    let words = PossibleValuesParser::new(T::words());
    words.try_map(|word| T::of_word(&word).ok_or("no such word"))
}

/// A target's name is the same however it is capitalized.
pub(super) fn is_named(target: &Target, name: &str) -> bool {
    target.to_string().eq_ignore_ascii_case(name)
}

/// The target of this name, of whichever profile.
pub(super) fn listed<'a>(name: &str, settings: &'a Settings) -> Option<&'a Target> {
    settings.targets.iter().find(|known| is_named(known, name))
}

/// The number of the profile's target of this name.
pub(super) fn target(name: &str, settings: &Settings) -> Result<usize, Sentence> {
    let Some(number) = settings.targets.iter().position(|target| is_named(target, name)) else {
        let known: Vec<String> = settings.targets.iter().map(ToString::to_string).collect();
        return Err(sync_words::unknown_target(name, &known));
    };
    let target = &settings.targets[number];
    if target.profile == settings.profile { Ok(number) } else { Err(sync_words::other_profile(target)) }
}

/// A place by its name, or a repository by its address at the GitHub of the settings.
pub(super) fn place(name: &str, settings: &Settings) -> Option<Place> {
    Place::parse(name).or_else(|| repository(name, settings).and_then(|name| Place::parse(&name)))
}

/// The name of a repository by its address at the GitHub of the settings.
fn repository(address: &str, settings: &Settings) -> Option<String> {
    let (host, name) = address::of_repository(address)?;
    (host == settings.github.host()).then_some(name)
}

/// The name of the repository that the working folder is of.
pub(super) fn repository_here(ports: &Ports, settings: &Settings) -> Option<String> {
    let origin = (ports.origin_here)().unwrap_or_else(|waited| {
        output::diagnostic(&words::init::git_is_silent(waited));
        None
    });
    repository(&origin?, settings)
}

/// The repositories that a token may write to and that may be chosen, that of the working folder first.
pub(super) fn repositories(
    ports: &Ports,
    settings: &Settings,
    token: &Secret,
    may_be_chosen: fn(&Target, &Settings) -> bool,
) -> Result<(Vec<String>, Option<String>), Exit> {
    let names = app::github::repositories(ports, &settings.github, token);
    let mut names = names.map_err(|sentence| output::refused(&sentence, Exit::Failed))?;
    let here = repository_here(ports, settings);
    names.retain(|name| listed(name, settings).is_none_or(|known| may_be_chosen(known, settings)));
    let is_here = |name: &String| here.as_ref().is_some_and(|here| here.eq_ignore_ascii_case(name));
    let (first, others): (Vec<_>, Vec<_>) = names.into_iter().partition(is_here);
    let names = [first, others].concat();
    if names.is_empty() {
        return Err(output::failed(words::targets::NONE_TO_PICK, Exit::Failed));
    }
    Ok((names, here))
}

/// Whether someone sits there who can be asked.
pub(super) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}
