//! `wick sync`: sends the fresh token to the secrets of all targets, or of those named.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use clap::Args;
use jiff::SignedDuration;

use super::output::{self, Ended, Exit};
use super::until_stopped::until_stopped;
use super::waiting::Waiting;
use super::{fresh, input, prompt};
use crate::app::material::MaterialStore;
use crate::domain::refresh::wants_a_refresh;
use crate::domain::settings::{Setting, Settings, Target, TargetId};
use crate::domain::sync::request::USUAL_WAIT;
use crate::domain::sync::{Obstacle, Progress, Report, Request, Scope, Trigger};
use crate::ports::{Clock, Ports, Stop};
use crate::report::answer::Answer;
use crate::report::sync::{SyncReport, closing, hints, table};
use crate::words::sentence::capital;
use crate::words::{Sentence, sync as words, sync_failure, targets as target_words, terminal};
use crate::{app, config};

/// Five minutes in all.
const BUSY_TRIES: usize = 600;
const BUSY_PAUSE: Duration = Duration::from_millis(500);

#[derive(Clone, Debug, Args)]
pub struct Arguments {
    /// Sync only these targets, such as acme/api, acme/web@production, acme/api#dependabot or org:acme
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    /// Check every target and say what would be written, but write nothing
    #[arg(long)]
    dry_run: bool,
    /// Rewrite secrets even if unchanged
    #[arg(long)]
    force: bool,
    /// How long to wait for GitHub's rate limits, such as 15m, 2h or 0s
    #[arg(long, value_name = "DURATION", default_value = "15m", value_parser = input::span)]
    wait: SignedDuration,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments, ports: &Ports) -> Ended {
    let settings = input::settings(ports, arguments.json, Answer::<SyncReport>::refused)?;
    let refuse = |error| output::refuse(error, Exit::Usage, arguments.json, Answer::<SyncReport>::refused);
    let scope = scope(&arguments.targets, &settings).map_err(refuse)?;
    if settings.own_targets().next().is_none() {
        let other = settings.targets.first().map(words::other_profile);
        return Err(refuse(other.unwrap_or_else(words::no_targets)));
    }
    let settings = asked_once(arguments, ports, settings)?;
    Ok(conclude(arguments, ports, settings, scope))
}

/// Syncs one target, which someone has just chosen, and says what became of it.
pub(super) fn one(ports: &Ports, settings: Settings, target: &Target) -> Exit {
    let arguments = Arguments { targets: Vec::new(), dry_run: false, force: false, wait: USUAL_WAIT, json: false };
    conclude(&arguments, ports, settings, Scope::Only(BTreeSet::from([target.id()])))
}

/// Sends to these targets, without a word of what became of them. The app may be about to do the same: it is waited for.
pub(super) fn send(ports: &Ports, settings: Settings, ids: BTreeSet<TargetId>) -> Report {
    let arguments = Arguments { targets: Vec::new(), dry_run: false, force: false, wait: USUAL_WAIT, json: false };
    let for_sync = ports.clone();
    until_end(ports, move |stop| {
        let once = || sync(&for_sync, &settings, Scope::Only(ids.clone()), &arguments, stop);
        let mut report = once();
        for number in 0..BUSY_TRIES {
            if report.obstacle != Some(Obstacle::Busy) || stop.is_set() {
                break;
            }
            if number == 0 {
                output::remark(words::WAITS);
            }
            thread::sleep(BUSY_PAUSE);
            report = once();
        }
        report
    })
}

/// What these targets hold.
pub(super) fn look(ports: &Ports, settings: Settings, ids: BTreeSet<TargetId>) -> Report {
    let for_sync = ports.clone();
    let request =
        Request { scope: Scope::Only(ids), trigger: Trigger::Asked, force: false, dry_run: true, wait: USUAL_WAIT };
    until_end(ports, move |stop| {
        run_job(&for_sync, &settings, MaterialStore::open(&for_sync, &settings), &request, stop)
    })
}

fn conclude(arguments: &Arguments, ports: &Ports, settings: Settings, scope: Scope) -> Exit {
    let report = carry_out(arguments, ports, settings, scope);
    say(arguments, ports, &report);
    exit(&report)
}

fn carry_out(arguments: &Arguments, ports: &Ports, settings: Settings, scope: Scope) -> Report {
    let (for_sync, arguments) = (ports.clone(), arguments.clone());
    until_end(ports, move |stop| sync(&for_sync, &settings, scope, &arguments, stop))
}

fn until_end(ports: &Ports, sync: impl FnOnce(&Stop) -> Report + Send + 'static) -> Report {
    until_stopped(ports, sync).map_or_else(|| Report::refused(Obstacle::Crashed), |(report, _)| report)
}

/// How a sync ends a command.
pub(super) fn exit(report: &Report) -> Exit {
    match &report.obstacle {
        Some(Obstacle::Concern(_) | Obstacle::Expired) => Exit::NoCredential,
        Some(_) => Exit::Failed,
        None if report.is_good() => Exit::Done,
        None => Exit::Targets,
    }
}

fn scope(names: &[String], settings: &Settings) -> Result<Scope, Sentence> {
    let id = |name: &String| input::target(name, settings).map(|number| settings.targets[number].id());
    let only = names.iter().map(id).collect::<Result<_, _>>()?;
    Ok(if names.is_empty() { Scope::All } else { Scope::Only(only) })
}

/// Whether there is anything to send, and a token for GitHub where that is needed: nobody is to answer for nothing. What is
/// wrong is said by the sync itself.
fn could_send(ports: &Ports, settings: &Settings) -> bool {
    let asking = || settings.own_targets().filter(|target| settings.asks_to_share(target));
    let patience = output::patience();
    (ports.open_store)(&settings.credential).read(patience).credential().is_some()
        && (asking().any(|target| !target.is_at_github())
            || app::github::token(ports, &settings.github, patience, input::LONGEST_QUESTION).is_ok())
}

/// The settings, after the question of the refresh token was answered where someone can be asked. To break it off is no
/// leave to send anything.
fn asked_once(arguments: &Arguments, ports: &Ports, mut settings: Settings) -> Result<Settings, Exit> {
    let is_open = settings.own_targets().any(|target| settings.asks_to_share(target));
    if !is_open || arguments.json || arguments.dry_run || !input::can_ask() || !could_send(ports, &settings) {
        return Ok(settings);
    }
    let yes = prompt::share_refresh_token(ports).map_err(|exit| output::failed(words::BROKEN_OFF, exit))?;
    settings.sync.share_refresh_token = yes.into();
    let written =
        app::edit_config(ports, |text| config::with_setting(text, Setting::ShareRefreshToken(yes), &ports.profile));
    if let Err(error) = written {
        // The answer holds for this once.
        output::diagnostic(&capital(&error.to_string()));
    }
    Ok(settings)
}

fn sync(ports: &Ports, settings: &Settings, scope: Scope, arguments: &Arguments, stop: &Stop) -> Report {
    let (store, patience) = (MaterialStore::open(ports, settings), output::patience());
    let (reading, now) = (store.sign_in.read(patience), ports.clock.now().timestamp());
    let is_unfinished = !arguments.dry_run && fresh::is_unfinished(ports, settings, &reading);
    if is_unfinished || reading.credential().is_some_and(|found| wants_a_refresh(found, &settings.refresh, now)) {
        if arguments.dry_run {
            output::remark(words::REFRESHED_FIRST);
        } else if let Some(failed) = fresh::refresh(ports, &store.sign_in, settings, 1, stop) {
            let lives = reading.credential().is_some_and(|found| found.lives(now));
            output::diagnostic(&words::refresh_failed(&failed.message, lives));
        }
    }
    let Arguments { force, dry_run, wait, .. } = *arguments;
    run_job(ports, settings, store, &Request { scope, trigger: Trigger::Asked, force, dry_run, wait }, stop)
}

fn run_job(ports: &Ports, settings: &Settings, store: Arc<MaterialStore>, request: &Request, stop: &Stop) -> Report {
    let bar = Bar {
        waiting: Waiting::begin(ports, terminal::LOOKING),
        clock: Arc::clone(&ports.clock),
        said: RefCell::default(),
    };
    let progress = |progress| bar.show(&progress);
    let patience = output::patience();
    let job = app::sync::Job { ports, store, settings, request, patience, stop, progress: &progress };
    job.run()
}

fn say(arguments: &Arguments, ports: &Ports, report: &Report) {
    let now = ports.clock.now();
    let answer = SyncReport::of(report, &now);
    report.passed_over.iter().map(sync_failure::passed_over).for_each(|said| output::sentence(&said));
    if arguments.json {
        output::json(&answer);
        return;
    }
    say_targets(ports, &answer.own, answer.error.as_ref());
    if !io::stdout().is_terminal() {
        return;
    }
    if let Some(end) = report.token_expires {
        output::remark(&words::token_ends(end, &now));
    }
    if let Some(closing) = closing(&answer.own) {
        output::line(&closing);
    }
}

/// What became of each target, and what to do: with `--quiet` only of those where something did not arrive.
pub(super) fn say_targets(ports: &Ports, report: &SyncReport, error: Option<&Sentence>) {
    let problems = output::is_quiet().then(|| report.not_arrived());
    match &problems {
        Some(problems) => table(problems, None).iter().for_each(|line| output::diagnostic(line)),
        None => drop(output::laid_out(&table(report, ports.terminal.size_of(&io::stdout())))),
    }
    match error {
        Some(error) => output::sentence(error),
        None => hints(problems.as_ref().unwrap_or(report)).iter().for_each(|hint| output::diagnostic(hint)),
    }
}

/// A progress bar on a terminal; nothing elsewhere, but for a pause, which is worth a line in every log.
struct Bar {
    waiting: Waiting,
    clock: Arc<dyn Clock>,
    said: RefCell<Option<String>>,
}

impl Bar {
    fn show(&self, progress: &Progress) {
        let pause = progress.paused_until.map(|until| target_words::paused(until, &self.clock.now()));
        if !self.waiting.is_seen && pause.is_some() && *self.said.borrow() != pause {
            output::remark(pause.as_deref().unwrap_or_default());
            self.said.borrow_mut().clone_from(&pause);
        }
        let current = pause.or_else(|| progress.current.clone()).unwrap_or_default();
        self.waiting.show(progress.done, progress.total, current);
    }
}
