//! `wick sync`: sends the fresh token to the secrets of all targets, or of those named.

use std::cell::RefCell;
use std::io::{self, IsTerminal};
use std::sync::Arc;

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::{SignedDuration, Span, SpanRelativeTo};

use super::until_stopped::until_stopped;
use super::{Exit, output, prompt};
use crate::app::material::MaterialStore;
use crate::domain::refresh::decide as refresh;
use crate::domain::settings::{Setting, Settings, ShareRefreshToken, TargetId};
use crate::domain::sync::{Obstacle, Progress, Report, Request, Scope, TargetOutcome, Trigger};
use crate::ports::{Clock, Ports, Stop};
use crate::report::sync::{SyncReport, hints, table};
use crate::words::sentence::capital;
use crate::words::{Sentence, refresh as refresh_words, sync as words, targets as target_words};
use crate::{app, config};

/// The arguments of `wick sync`.
#[derive(Clone, Debug, Args)]
pub struct Arguments {
    /// Only these, by their names, such as acme/api, acme/web@production, acme/api#dependabot or org:acme
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    /// Look at every target, and only say what would be written
    #[arg(long)]
    dry_run: bool,
    /// Write also what is unchanged
    #[arg(long)]
    force: bool,
    /// How long to wait for GitHub's limits, such as 15m, 2h or 0s
    #[arg(long, value_name = "SPAN", default_value = "15m", value_parser = span)]
    wait: SignedDuration,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn span(text: &str) -> Result<SignedDuration, String> {
    let span = text.parse::<Span>().ok().and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()).ok());
    span.filter(|span| !span.is_negative()).ok_or_else(|| "write a span such as 15m, 2h or 0s".to_owned())
}

pub(super) fn run(arguments: &Arguments, ports: &Ports) -> Exit {
    let settings = match super::settings(ports) {
        Ok(settings) => settings,
        Err(sentence) => return refuse(arguments, sentence),
    };
    let scope = match scope(&arguments.targets, &settings) {
        Ok(scope) => scope,
        Err(sentence) => return refuse(arguments, sentence),
    };
    if settings.own_targets().next().is_none() {
        let other = settings.targets.first().map(words::other_profile);
        return refuse(arguments, other.unwrap_or_else(words::no_targets));
    }
    let Some(settings) = asked_once(arguments, ports, settings) else {
        output::complaint(words::BROKEN_OFF);
        return Exit::Failed;
    };
    let (for_sync, arguments_of_sync) = (ports.clone(), arguments.clone());
    let sync = move |stop: &Stop| sync(&for_sync, &settings, scope, &arguments_of_sync, stop);
    let report = until_stopped(ports, sync).unwrap_or_else(|| Report::refused(Obstacle::Crashed));
    say(arguments, ports, &report);
    if report.no_credential {
        Exit::NoCredential
    } else if report.targets.iter().any(|target| target.outcome >= TargetOutcome::Held) && report.obstacle.is_none() {
        Exit::Targets
    } else if report.obstacle.is_some() {
        Exit::Failed
    } else {
        Exit::Done
    }
}

fn refuse(arguments: &Arguments, sentence: Sentence) -> Exit {
    if arguments.json {
        output::json(&SyncReport::refused(sentence));
    } else {
        output::sentence(&sentence);
    }
    Exit::Usage
}

/// The targets of these names, however they are capitalized.
fn scope(names: &[String], settings: &Settings) -> Result<Scope, Sentence> {
    if names.is_empty() {
        return Ok(Scope::All);
    }
    let find = |name: &String| -> Result<TargetId, Sentence> {
        let target = settings.targets.iter().find(|target| target.to_string().eq_ignore_ascii_case(name));
        match target {
            Some(target) if target.profile == settings.profile => Ok(target.id()),
            Some(target) => Err(words::other_profile(target)),
            None => {
                let known: Vec<String> = settings.targets.iter().map(ToString::to_string).collect();
                Err(words::unknown_target(name, &known))
            }
        }
    };
    names.iter().map(find).collect::<Result<_, _>>().map(Scope::Only)
}

/// The settings, after the question of the refresh token was answered where someone can be asked. `None` if they broke it
/// off, which is no leave to send anything.
fn asked_once(arguments: &Arguments, ports: &Ports, mut settings: Settings) -> Option<Settings> {
    let carries = settings
        .own_targets()
        .flat_map(|target| settings.mappings(target))
        .any(|mapping| mapping.field.carries_the_refresh_token());
    let is_open = carries && settings.sync.share_refresh_token == ShareRefreshToken::Ask;
    if !is_open || arguments.json || arguments.dry_run || !prompt::can_ask() {
        return Some(settings);
    }
    let yes = prompt::share_refresh_token()?;
    settings.sync.share_refresh_token = if yes { ShareRefreshToken::Yes } else { ShareRefreshToken::No };
    let written = app::edit_config(&*ports.config_file, |text| {
        config::with_setting(text, Setting::ShareRefreshToken(yes), &ports.profile)
    });
    if let Err(error) = written {
        // The answer holds for this once.
        output::complaint(&capital(&error.to_string()));
    }
    Some(settings)
}

fn sync(ports: &Ports, settings: &Settings, scope: Scope, arguments: &Arguments, stop: &Stop) -> Report {
    let store = MaterialStore::open(ports, settings);
    let patience = output::patience();
    let reading = store.sign_in.read(patience);
    let now = ports.clock.now().timestamp();
    if reading.credential().is_some_and(|found| refresh::wants_a_refresh(found, &settings.refresh, now)) {
        if arguments.dry_run {
            output::complaint(words::REFRESHED_FIRST);
        } else {
            let (trigger, store) = (refresh::Trigger::Asked, Arc::clone(&store.sign_in));
            let report = app::refresh::refresh(ports, store, settings, trigger, patience, stop);
            if let Some(remark) = report.remark.filter(|_| !report.outcome.is_good()) {
                output::complaint(&words::refresh_failed(&refresh_words::remark(&remark).message));
            }
        }
    }
    let bar = Bar::new(Arc::clone(&ports.clock));
    let progress = |progress| bar.show(&progress);
    let Arguments { force, dry_run, wait, .. } = *arguments;
    let request = Request { scope, trigger: Trigger::Asked, force, dry_run, wait };
    let job = app::sync::Job { ports, store, settings, request: &request, patience, stop, progress: &progress };
    let report = job.run();
    bar.end();
    report
}

fn say(arguments: &Arguments, ports: &Ports, report: &Report) {
    let now = ports.clock.now();
    let said = SyncReport::of(report, &now);
    if arguments.json {
        output::json(&said);
        return;
    }
    for line in table(&said) {
        output::line(&line);
    }
    if let Some(error) = &said.error {
        output::sentence(error);
    } else {
        for hint in hints(&said) {
            output::complaint(&hint);
        }
    }
    if let Some(end) = report.token_expires.filter(|_| io::stdout().is_terminal()) {
        output::complaint(&words::token_ends(end, &now));
    }
}

/// A progress bar on a terminal; nothing elsewhere, but for a pause, which is worth a line in every log.
struct Bar {
    drawn: ProgressBar,
    clock: Arc<dyn Clock>,
    said: RefCell<Option<String>>,
}

impl Bar {
    fn new(clock: Arc<dyn Clock>) -> Self {
        let target =
            if io::stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        let style =
            ProgressStyle::with_template("{bar:20} {pos} of {len} {wide_msg}").map(|style| style.progress_chars("=> "));
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self { drawn: bar, clock, said: RefCell::default() }
    }

    fn show(&self, progress: &Progress) {
        self.drawn.set_length(progress.total as u64);
        self.drawn.set_position(progress.done as u64);
        let pause = progress.paused_until.map(|until| target_words::paused(until, &self.clock.now()));
        if self.drawn.is_hidden() && pause.is_some() && *self.said.borrow() != pause {
            output::complaint(pause.as_deref().unwrap_or_default());
            self.said.borrow_mut().clone_from(&pause);
        }
        self.drawn.set_message(pause.or_else(|| progress.current.clone()).unwrap_or_default());
    }

    fn end(&self) {
        self.drawn.finish_and_clear();
    }
}
