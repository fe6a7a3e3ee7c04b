//! `wick ci-token rotate`: a new one-year token in place of the old one, here and at each target, in the order that breaks
//! nothing. Broken off anywhere, the next call goes on there.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal};

use clap::Args;

use super::output::{self, Ended, Exit};
use super::until_stopped::until_stopped;
use super::{edit, find, given_token, input, prompt, sync};
use crate::app;
use crate::app::rotation::{self, NotPlaced};
use crate::domain::credential::rotation::{Rotation, Step};
use crate::domain::credential::{CheckFailure, NotProven};
use crate::domain::secret::Secret;
use crate::domain::settings::{Field, Settings, Target};
use crate::domain::sync::found::{FoundMemory, FoundPlace};
use crate::domain::sync::value::wanted;
use crate::domain::sync::{Cause, Failure, Obstacle, Report as SyncOutcome, SecretOutcome, TargetReport};
use crate::ports::{Ports, Stop};
use crate::report::answer::Answer;
use crate::report::clocks::CiTokenClock;
use crate::report::rotate::{Outcome, Report, Sent};
use crate::report::sync::{SyncReport, TargetOutcomes};
use crate::words::{Sentence, ci_token as token_words, notices, rotate as words};
use crate::words::{sync as sync_words, targets as target_words};

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub struct Arguments {
    /// Send to every target that gets the token, without asking
    #[arg(long)]
    yes: bool,
    /// Add every place found with a one-year token to the targets
    #[arg(long)]
    add: bool,
    /// Also search the environments of each repository; takes one more request for each
    #[arg(long)]
    environments: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Why it ends before its end.
type End = (Sentence, Exit);

pub(super) fn run(arguments: &Arguments, ports: &Ports) -> Ended {
    let refused = |error| Answer::new(Report { profile: ports.profile.to_string(), ..Report::default() }, Some(error));
    let settings = input::settings(ports, arguments.json, refused)?;
    let report = Report { profile: settings.profile.to_string(), ..Report::default() };
    let mut rotating = Rotating { arguments, ports, settings, report };
    let (error, exit) = match rotating.all() {
        Ok(exit) => (None, exit),
        Err((error, exit)) => (Some(error), exit),
    };
    if arguments.json {
        output::json(&Answer::new(rotating.report, error));
    } else if let Some(error) = &error {
        output::sentence(error);
    }
    Ok(exit)
}

struct Rotating<'a> {
    arguments: &'a Arguments,
    ports: &'a Ports,
    settings: Settings,
    report: Report,
}

impl Rotating<'_> {
    fn all(&mut self) -> Result<Exit, End> {
        let asks = !self.arguments.yes;
        if asks && (self.arguments.json || !input::can_ask()) {
            return Err((words::not_confirmed(), Exit::Usage));
        }
        let lock = self.ports.rotation_lock.take();
        let lock = lock.map_err(|error| (words::step_not_noted(&error, &self.settings.profile), Exit::Failed))?;
        let _lock = lock.ok_or_else(|| (words::under_way(), Exit::Failed))?;
        let rotation = self.stored()?;
        self.report.outcome = Outcome::Unfinished;
        self.report.replaced = rotation.replaced;
        let searched = if rotation.step < Step::Listed { self.list(asks)? } else { true };
        let exit = if rotation.step < Step::Sent { self.send(asks, searched)? } else { Exit::Done };
        if !searched {
            return Err((words::not_all_searched(&self.settings.profile), Exit::Targets));
        }
        self.end(asks, &rotation);
        Ok(exit)
    }

    /// What other commands say of it too.
    fn unfinished(&self, (error, exit): End) -> End {
        (words::unfinished(error, &self.settings.profile), exit)
    }

    /// For people alone.
    fn line(&self, text: &str) {
        self.subject(text, false);
    }

    /// The same of what a question is about.
    fn subject(&self, text: &str, is_asked: bool) {
        if !self.arguments.json {
            output::subject(text, is_asked);
        }
    }

    /// With the new token in its place.
    fn stored(&mut self) -> Result<Rotation, End> {
        let (ports, profile) = (self.ports, self.settings.profile.clone());
        let memory = ports.state_file.load_sync().map_err(|error| (sync_words::unread(&error), Exit::Failed))?;
        let earlier = rotation::unfinished(ports, &profile, &memory, output::patience());
        let earlier = earlier.map_err(|why| (token_words::not_opened(&why), Exit::Failed))?;
        if earlier.is_some() {
            output::remark(words::GOES_ON);
        }
        let (rotation, token) = match earlier {
            Some((rotation, None)) => {
                if let Some(memory) = memory.ci_tokens.get(profile.as_str()) {
                    self.report.clock = CiTokenClock::of(memory, ports.clock.now().timestamp());
                }
                return Ok(rotation);
            }
            Some((rotation, Some(token))) => (rotation, token),
            None => {
                let token = self.new_token()?;
                (rotation::begin(ports, &self.settings, &token).map_err(|error| (error, Exit::Failed))?, token)
            }
        };
        self.report.outcome = Outcome::Unfinished;
        self.check(&token)?;
        let placed = rotation::put_in_place(ports, &profile, &rotation, &token);
        let (place, memory) = placed.map_err(|why| self.ended_early(why))?;
        let now = ports.clock.now();
        self.report.clock = CiTokenClock::of(&memory, now.timestamp());
        self.line(&token_words::kept(&place, &memory, &now));
        Ok(Rotation { step: Step::Stored, ..rotation })
    }

    /// From standard input, or made by Claude Code where that is a terminal.
    fn new_token(&self) -> Result<Secret, End> {
        let (ports, settings) = (self.ports, &self.settings);
        if !io::stdin().is_terminal() {
            return given_token::ask(ports, settings).map_err(|error| (error, Exit::Failed));
        }
        output::remark(words::MAKING);
        let stopped = |exit| (words::not_made(&NotProven::Stopped.into(), &settings.profile), exit);
        // Before Claude Code changes them.
        let modes = prompt::modes().map_err(stopped)?;
        // It may ask at once, and a signal that comes then is to find the terminal given back.
        let held = (ports.hold_signals)();
        let made = ports.claude.make_token(&settings.credential);
        let made = made.map_err(|why| (words::not_made(&why.into(), &settings.profile), Exit::Failed))?;
        let (for_work, with) = (ports.clone(), settings.clone());
        let read = prompt::beside(ports, held, &modes, false, move || given_token::piped(&for_work, &with, made));
        read.map_err(stopped)?.map_err(|error| (error, Exit::Failed))
    }

    fn check(&mut self, token: &Secret) -> Result<(), End> {
        output::remark(token_words::CHECKING);
        let (ports, profile, token) = (self.ports.clone(), self.settings.profile.clone(), token.clone());
        let checked = until_stopped(self.ports, move |stop: &Stop| rotation::check(&ports, &profile, &token, stop));
        let outcome = checked.map_or_else(|| Err(CheckFailure::from(NotProven::Unclear)), |(outcome, _)| outcome);
        let failure = match outcome {
            Ok(()) => {
                self.line(token_words::WORKED);
                return Ok(());
            }
            Err(failure) => failure,
        };
        let is_bad = failure.why.is_of_the_token();
        if is_bad {
            self.report.outcome = Outcome::NotDone;
        }
        Err((
            words::new_not_proven(&failure, &self.settings.profile),
            if is_bad { Exit::NoCredential } else { Exit::Failed },
        ))
    }

    /// Makes targets of the places that hold such a token, where that is wanted. Says whether all was looked at.
    fn list(&mut self, asks: bool) -> Result<bool, End> {
        let (ports, settings) = (self.ports, &self.settings);
        let environments = self.arguments.environments;
        let searched = match find::paused(ports, settings) {
            Some(searched) => Ok(searched),
            None => match input::github_token(ports, &settings.github) {
                Ok(found) => find::search(ports, settings.clone(), found.token, environments),
                // Nothing is known to be there.
                Err(_) if !settings.own_targets().any(Target::is_at_github) => return Ok(true),
                Err(error) => Err((error, Exit::Targets)),
            },
        };
        let searched = searched.map_err(|end| self.unfinished(end))?;
        if !environments && !self.arguments.json {
            output::remark(target_words::NO_ENVIRONMENTS);
        }
        if matches!(searched.end, Some((_, Exit::Interrupted))) {
            return Err((words::not_all_searched(&self.settings.profile), Exit::Interrupted));
        }
        self.offer(asks, &searched.found)?;
        let is_whole = searched.end.is_none();
        if let Some(error) = searched.end.map(|(error, _)| error).or(searched.refused) {
            output::sentence(&error);
        }
        if is_whole { self.note(Step::Listed).map(|()| true) } else { Ok(false) }
    }

    fn offer(&mut self, asks: bool, found: &FoundMemory) -> Result<(), End> {
        let (ports, settings) = (self.ports, &self.settings);
        let places = not_synced(found, settings);
        if places.is_empty() {
            return Ok(());
        }
        let now = ports.clock.now();
        let asks = asks && !self.arguments.add;
        self.subject(&words::also_found(places.len()), asks);
        for place in &places {
            // All of them are older than the new token.
            let (sign, text) = target_words::found(place, settings, None, &now);
            self.subject(&format!("{sign} {text}"), asks);
        }
        let is_wanted = if asks {
            // To break the question off is not to say no.
            prompt::confirm(ports, words::ADD_THEM, true).map_err(|exit| (words::not_sent(&settings.profile), exit))?
        } else {
            self.arguments.add
        };
        if !is_wanted {
            return Ok(());
        }
        let completed: Vec<Target> = places.iter().filter_map(|place| place.completed(settings)).collect();
        edit::write(ports, settings, &completed, None).map_err(|end| self.unfinished(end))?;
        self.report.added = names(&places);
        let edited = app::settings(ports);
        let config = self.ports.config_file.path();
        self.settings = edited.map_err(|error| self.unfinished((error.sentence(&config), Exit::Usage)))?.0;
        Ok(())
    }

    fn note(&mut self, step: Step) -> Result<(), End> {
        rotation::note(self.ports, &self.settings.profile, step).map_err(|why| self.ended_early(why))
    }

    fn ended_early(&mut self, why: NotPlaced) -> End {
        let error = match why {
            NotPlaced::Failed(error) => error,
            NotPlaced::Superseded => {
                self.report.outcome = Outcome::NotDone;
                words::superseded(&self.settings.profile)
            }
        };
        (error, Exit::Failed)
    }

    /// Shows what goes where, sends it, and asks each target what it holds. What else did not arrive there is told by how
    /// the command ends.
    fn send(&mut self, asks: bool, searched: bool) -> Result<Exit, End> {
        let settings = self.settings.clone();
        let is_meant = |target: &&Target| wanted(target, &settings).any(|mapping| mapping.field.is_of_the_ci_token());
        let meant: Vec<&Target> = settings.own_targets().filter(is_meant).collect();
        if meant.is_empty() {
            self.line(words::NO_TARGETS);
            return self.sent(searched).map(|()| Exit::Done);
        }
        self.subject(&words::plan(meant.len()), asks);
        for target in &meant {
            self.subject(&words::goes_to(&target.to_string(), &secrets(target, &settings)), asks);
        }
        let not_sent = |exit| (words::not_sent(&settings.profile), exit);
        if asks && !prompt::confirm(self.ports, words::SEND, true).map_err(not_sent)? {
            return Err(not_sent(Exit::Failed));
        }
        let ids: BTreeSet<_> = meant.iter().map(|target| target.id()).collect();
        let sent = sync::send(self.ports, settings.clone(), ids.clone());
        if sent.targets.iter().any(|report| report.cause == Some(Cause::Failed(Failure::Stopped))) {
            return Err(self.unfinished((sync_words::obstacle(&Obstacle::Stopped), Exit::Interrupted)));
        }
        let looked = sync::look(self.ports, settings.clone(), ids);
        self.say(&sent, &looked)?;
        self.sent(searched)?;
        Ok(sync::exit(&sent))
    }

    /// Where not all was searched, the next call does that first.
    fn sent(&mut self, searched: bool) -> Result<(), End> {
        if searched { self.note(Step::Sent) } else { Ok(()) }
    }

    fn say(&mut self, sent: &SyncOutcome, looked: &SyncOutcome) -> Result<(), End> {
        let now = self.ports.clock.now();
        let answer = SyncReport::of(sent, &now);
        if let Some(error) = answer.error {
            return Err(self.unfinished((error, sync::exit(sent))));
        }
        if !self.arguments.json {
            sync::say_targets(self.ports, &answer.own, None);
        }
        let holding = looked.targets.iter().filter(|report| holds_it(report, &self.settings));
        let holding: BTreeSet<String> = holding.map(|report| report.target.to_string()).collect();
        let all = answer.own.targets.len();
        self.line(&words::verified(holding.len(), all));
        let of = |of: TargetOutcomes| Sent { verified: holding.contains(of.target()), of };
        self.report.targets = answer.own.targets.into_iter().map(of).collect();
        if holding.len() < all { Err((words::not_verified(&self.settings.profile), Exit::Targets)) } else { Ok(()) }
    }

    /// What is left is a person's.
    fn end(&mut self, asks: bool, rotation: &Rotation) {
        self.report.outcome = Outcome::Rotated;
        self.line(&words::done(self.report.targets.len()));
        let memory = self.ports.state_file.load_sync().unwrap_or_default();
        let found = memory.found.get(&self.settings.github.api_url);
        self.report.unlisted = found.map(|found| names(&not_synced(found, &self.settings))).unwrap_or_default();
        self.report.not_searched = found.map(FoundMemory::refused).unwrap_or_default();
        if !self.report.not_searched.is_empty() {
            self.line(&words::not_searched(&self.report.not_searched));
        }
        if !self.report.unlisted.is_empty() {
            self.line(&words::still_elsewhere(&self.report.unlisted, &self.settings.profile));
        }
        if let Some(replaced) = &rotation.replaced {
            self.report.revoke_at = Some(words::PAGE);
            self.subject(&words::revoke(replaced, &self.ports.clock.now()), asks);
            if asks
                && prompt::confirm(self.ports, words::OPEN_PAGE, true) == Ok(true)
                && let Err(error) = self.ports.desktop.open_page(words::PAGE)
            {
                output::diagnostic(&notices::action_error(&error));
            }
        }
        rotation::forget(self.ports, &self.settings.profile);
    }
}

/// The places that hold such a token by another hand than Wick's.
fn not_synced<'a>(found: &'a FoundMemory, settings: &'a Settings) -> Vec<FoundPlace<'a>> {
    let of_it = found.beside(settings).map(|mut place| {
        place.missing.retain(|mapping| mapping.field == Field::CiToken);
        place
    });
    of_it.filter(|place| !place.missing.is_empty()).collect()
}

fn names(places: &[FoundPlace<'_>]) -> Vec<String> {
    places.iter().map(|place| place.name.to_owned()).collect()
}

/// The names of what is made of the one-year token there.
fn secrets<'a>(target: &'a Target, settings: &'a Settings) -> Vec<&'a str> {
    let of_it = wanted(target, settings).filter(|mapping| mapping.field.is_of_the_ci_token());
    of_it.map(|mapping| mapping.name.as_str()).collect()
}

/// Whether a look found there what was sent, unchanged by anyone since.
fn holds_it(report: &TargetReport, settings: &Settings) -> bool {
    let names = secrets(&report.target, settings);
    let mut of_it = report.secrets.iter().filter(|secret| names.contains(&secret.name.as_str()));
    of_it.all(|secret| secret.outcome == SecretOutcome::Unchanged) && report.secrets.len() >= names.len()
}
