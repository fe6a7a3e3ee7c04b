//! `wick init`: from nothing to a synced repository. Each question has a flag that answers it.

use std::io::{self, IsTerminal};

use clap::Args;

use super::output::{self, Ended, Exit};
use super::{ci_token, edit, given_token, input, prompt, sync};
use crate::app::github::{self, UsedToken};
use crate::domain::autostart::Autostart;
use crate::domain::credential::{CiTokenMemory, Concern, Reading};
use crate::domain::secret::Secret;
use crate::domain::settings::{Choice, Gets, Place, Setting, Settings, ShareRefreshToken, Target};
use crate::ports::Ports;
use crate::words::{
    autostart as autostart_words, credential as credential_words, github as github_words, init as words, moment,
    sync as sync_words, sync_failure, targets as target_words,
};

#[derive(Debug, Args)]
pub struct Arguments {
    /// The repository, such as acme/api, or its URL; or any other target, such as acme/web@production or org:acme
    #[arg(long, value_name = "OWNER/NAME")]
    repo: Option<String>,
    /// Which tokens it gets; the one-year token is read from standard input, unless one is stored already
    #[arg(long, value_name = "TOKENS", value_parser = input::word::<Gets>())]
    gets: Option<Gets>,
    /// Whether to open Wick when you log in
    #[arg(long, value_name = "ANSWER", value_parser = input::word::<bool>())]
    open_at_login: Option<bool>,
    /// Send without asking
    #[arg(long)]
    yes: bool,
    /// Check everything and say what would be done, but change nothing
    #[arg(long)]
    dry_run: bool,
}

/// What was answered, by flags or at the terminal.
struct Answers {
    target: Target,
    gets: Gets,
    /// The one-year token to keep, where it is sent and not stored yet.
    token: Option<Secret>,
    /// `None` leaves it as it is.
    open_at_login: Option<bool>,
    /// Which other targets get the refresh token by the same answer; `None` where the config has that answer already.
    shared_with: Option<Vec<String>>,
}

/// How a step ends that could not be gone on from, which was said.
type Step<T> = Result<T, Exit>;

pub(super) fn run(arguments: &Arguments, ports: &Ports) -> Ended {
    let settings = input::settings_for_people(ports)?;
    let place = arguments.repo.as_ref().map(|name| place(name, &settings)).transpose()?;
    let given = given_token(arguments, ports, &settings)?;
    let reading = (ports.open_store)(&settings.credential).read(output::patience());
    say_sign_in(ports, &reading);
    let token = github(ports, &settings)?;
    let place = place.map_or_else(|| pick(ports, &settings, &token), Ok)?;
    let answers = ask(arguments, ports, &settings, place, given)?;
    if answers.gets != Gets::OneYear && reading.credential().is_none() {
        let concern = Concern::of(&reading, None, ports.clock.now().timestamp()).unwrap_or(Concern::NoSignIn);
        return Err(output::refused(&credential_words::concern(&concern), Exit::NoCredential));
    }
    let (refused, unknown) = github::check(ports, &settings.github, &token, std::slice::from_ref(&answers.target));
    if let Some(why) = refused.first().or(unknown.as_ref()) {
        return Err(output::refused(why, Exit::Failed));
    }
    if arguments.dry_run {
        let mappings = answers.gets.mappings();
        for line in words::plan(&answers.target, &mappings, answers.open_at_login) {
            output::line(&line);
        }
        return Ok(Exit::Done);
    }
    carry_out(answers, ports, &settings)
}

/// The place that was named, before anything is asked.
fn place(name: &str, settings: &Settings) -> Step<Place> {
    let place = input::place(name, settings);
    let place = place.ok_or_else(|| output::failed(&target_words::not_understood(name), Exit::Usage))?;
    let target = Target { place, secrets: None, profile: settings.profile.clone() };
    match input::listed(&target.to_string(), settings) {
        Some(known) if known.profile != settings.profile => {
            Err(output::refused(&sync_words::other_profile(known), Exit::Usage))
        }
        _ => Ok(target.place),
    }
}

/// The one-year token that was piped in. Where nobody can be asked, this says which answers are missing.
fn given_token(arguments: &Arguments, ports: &Ports, settings: &Settings) -> Step<Option<Secret>> {
    if input::can_ask() {
        return Ok(None);
    }
    let no_gets = words::no_gets();
    let lacking = [
        (arguments.repo.is_none(), words::NO_REPO),
        (arguments.gets.is_none(), no_gets.as_str()),
        (arguments.open_at_login.is_none(), words::NO_OPEN_AT_LOGIN),
        (!arguments.yes && !arguments.dry_run, words::NO_YES),
    ];
    let mut lacking: Vec<&str> = lacking.into_iter().filter(|(lacks, _)| *lacks).map(|(_, flag)| flag).collect();
    let needs_token = arguments.gets.is_some_and(|gets| needs_token(arguments, gets, ports, settings));
    let mut token = None;
    if needs_token && (!lacking.is_empty() || io::stdin().is_terminal()) {
        lacking.push(words::NO_TOKEN);
    } else if needs_token {
        let read = given_token::ask(ports, settings);
        token = Some(read.map_err(|sentence| output::refused(&sentence, Exit::Usage))?);
    }
    if lacking.is_empty() { Ok(token) } else { Err(output::failed(&words::lacking(&lacking), Exit::Usage)) }
}

/// Whether a one-year token is to be sent, and none is stored that has not ended.
fn needs_token(arguments: &Arguments, gets: Gets, ports: &Ports, settings: &Settings) -> bool {
    let now = ports.clock.now().timestamp();
    let lives = |memory: &CiTokenMemory| memory.end().time_left(now).is_positive();
    let is_kept = || {
        let stored = ports.state_file.load_sync();
        stored.is_ok_and(|stored| stored.ci_tokens.get(settings.profile.as_str()).is_some_and(lives))
    };
    gets == Gets::OneYear && !arguments.dry_run && !is_kept()
}

fn say_sign_in(ports: &Ports, reading: &Reading) {
    let now = ports.clock.now();
    if let Some(credential) = reading.credential() {
        output::line(&words::sign_in(&moment::clock(credential.expires_at, &now)));
    } else {
        let concern = Concern::of(reading, None, now.timestamp()).unwrap_or(Concern::NoSignIn);
        output::sentence(&credential_words::concern(&concern));
    }
}

/// GitHub's token that works, or what to do for one.
fn github(ports: &Ports, settings: &Settings) -> Step<Secret> {
    let (host, now) = (settings.github.host(), ports.clock.now());
    let UsedToken { token, user, .. } =
        input::github_token(ports, &settings.github).map_err(|sentence| output::refused(&sentence, Exit::Failed))?;
    let refused = |failure| output::refused(&sync_failure::failure_at(&failure, &settings.github, &now), Exit::Failed);
    let user = user.map_err(refused)?;
    output::line(&github_words::logged_in(host, &user.login, user.scopes.as_deref(), user.expires, &now));
    Ok(token)
}

fn ask(
    arguments: &Arguments,
    ports: &Ports,
    settings: &Settings,
    place: Place,
    given: Option<Secret>,
) -> Step<Answers> {
    let mut target = Target { place, secrets: None, profile: settings.profile.clone() };
    let gets = gets(arguments.gets, ports, settings)?;
    target.secrets = Some(gets.mappings());
    let (shared_with, was_shared) = share(arguments, ports, settings, &target, gets)?;
    let token = match given {
        None if needs_token(arguments, gets, ports, settings) => {
            let asked = given_token::ask(ports, settings);
            Some(asked.map_err(|sentence| output::refused(&sentence, Exit::Failed))?)
        }
        given => given,
    };
    let asks_to_open =
        arguments.open_at_login.is_none() && ports.login_item.state() == Autostart::Off && input::can_ask();
    let open_at_login = match arguments.open_at_login {
        None if asks_to_open => Some(prompt::confirm(ports, words::OPEN_AT_LOGIN, true).map_err(broken_off)?),
        answer => answer,
    };
    // Whoever has answered anything has seen what is about to happen.
    let is_asked = arguments.repo.is_none() || arguments.gets.is_none() || was_shared || asks_to_open;
    let is_sure = is_asked || arguments.yes || arguments.dry_run;
    if !is_sure {
        agreed(ports, &words::confirm(&target))?;
    }
    Ok(Answers { target, gets, token, open_at_login, shared_with })
}

/// The config has one answer for all targets of a profile: the others that this one would let have the refresh token are
/// named, and asked for where someone can be asked. The second part says whether that was so.
fn share(
    arguments: &Arguments,
    ports: &Ports,
    settings: &Settings,
    target: &Target,
    gets: Gets,
) -> Step<(Option<Vec<String>>, bool)> {
    if gets != Gets::AccessAndRefresh || settings.sync.share_refresh_token != ShareRefreshToken::Ask {
        return Ok((None, false));
    }
    let others = settings.own_targets().filter(|known| settings.asks_to_share(known));
    let others: Vec<String> = others.map(ToString::to_string).filter(|name| !input::is_named(target, name)).collect();
    let is_asked = !others.is_empty() && !arguments.yes && !arguments.dry_run;
    output::subject(&words::shares(&settings.profile, &others), is_asked);
    if is_asked {
        agreed(ports, words::SHARE_TOO)?;
    }
    Ok((Some(others), is_asked))
}

fn broken_off(exit: Exit) -> Exit {
    output::failed(words::BROKEN_OFF, exit)
}

/// A no ends it.
fn agreed(ports: &Ports, question: &str) -> Step<()> {
    let yes = prompt::confirm(ports, question, true).map_err(broken_off)?;
    if yes { Ok(()) } else { Err(broken_off(Exit::Failed)) }
}

/// What it gets, as the config allows: by a flag, or else asked.
pub(super) fn gets(given: Option<Gets>, ports: &Ports, settings: &Settings) -> Step<Gets> {
    let is_allowed =
        |gets| gets != Gets::AccessAndRefresh || settings.sync.share_refresh_token != ShareRefreshToken::No;
    match given {
        Some(gets) if is_allowed(gets) => Ok(gets),
        Some(_) => Err(output::failed(words::NOT_SHARED, Exit::Usage)),
        None => {
            let choices = Gets::WORDS.iter().map(|(_, gets)| *gets).filter(|gets| is_allowed(*gets));
            prompt::pick_one(ports, words::WHAT, choices.map(|gets| (gets, words::choice(gets)))).map_err(broken_off)
        }
    }
}

/// One of the repositories that the token may write to, that of the working folder first.
fn pick(ports: &Ports, settings: &Settings, token: &Secret) -> Step<Place> {
    let of_profile = |known: &Target, settings: &Settings| known.profile == settings.profile;
    let (names, here) = input::repositories(ports, settings, token, of_profile)?;
    let is_here = |name: &str| here.as_ref().is_some_and(|here| here.eq_ignore_ascii_case(name));
    let hint = |name: &str| if is_here(name) { words::OF_THIS_FOLDER } else { "" };
    let items = names.iter().map(|name| (name.clone(), (name.as_str(), hint(name))));
    let name = prompt::pick_one(ports, words::WHICH, items).map_err(broken_off)?;
    Place::parse(&name).ok_or_else(|| broken_off(Exit::Failed))
}

/// Keeps the token, edits the config, sends, and opens at login: each only after the one before has worked.
fn carry_out(answers: Answers, ports: &Ports, settings: &Settings) -> Ended {
    let Answers { target, gets, token, open_at_login, shared_with } = answers;
    if let Some(token) = token {
        let kept = ci_token::keep(ports, settings, &token);
        output::line(&kept.map_err(|sentence| output::refused(&sentence, Exit::Failed))?);
    }
    let share = shared_with.as_ref().map(|_| Setting::ShareRefreshToken(true));
    let written = edit::write(ports, settings, std::slice::from_ref(&target), share);
    written.map_err(|(error, exit)| output::refused(&error, exit))?;
    if let Some(others) = shared_with {
        output::line(&words::shared(&settings.profile, &target, &others));
    }
    let settings = input::settings_for_people(ports)?;
    let sent = sync::one(ports, settings, &target);
    if sent == Exit::Done {
        output::line(&words::workflow(&target, gets));
        open_at_login.map_or(Ok(()), |on| open(ports, on))?;
    } else if open_at_login == Some(true) {
        output::diagnostic(words::NOT_OPENED);
    }
    Ok(sent)
}

fn open(ports: &Ports, on: bool) -> Step<()> {
    if (ports.login_item.state() == Autostart::On) == on {
        return Ok(());
    }
    let set = ports.login_item.set(on);
    set.map_err(|error| output::failed(&autostart_words::failed(&error), Exit::Failed))?;
    output::line(&autostart_words::opens_at_login(&ports.login_item.state()));
    Ok(())
}
