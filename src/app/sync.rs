//! Syncs once: looks at all targets first, then writes what is to be written, as fast as GitHub's limits allow.
//!
//! What is sent is decided by [`domain::sync`](crate::domain::sync::request); here is the order of it. Everything runs on one
//! thread of its own, eight requests at a time, and what became of each secret is on the disk before the next is sent: an
//! interrupted sync goes on where it stopped.

mod asking;
mod commands;
mod noting;
mod snapshot;
mod target;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream;
use jiff::Timestamp;

use super::material::MaterialStore;
use super::sync::commands::Commands;
use super::sync::snapshot::{Snapshot, Token};
use super::sync::target::Checked;
use crate::domain::credential::Material;
use crate::domain::fingerprint::Fingerprint;
use crate::domain::settings::{Settings, Target};
use crate::domain::sync::memory::account;
use crate::domain::sync::{
    Cause, Failure, Obstacle, Pace, Progress, Report, Request, Scope, SecretOutcome, SyncMemory, TargetReport, Trigger,
};
use crate::domain::system::SystemError;
use crate::ports::{Github, Patience, Ports, Stamp, Stop};

/// GitHub allows a hundred at once; more than this gains nothing, since writes are paced.
const AT_ONCE: usize = 8;

/// What a sync is run with.
pub struct Job<'a> {
    /// The surroundings.
    pub ports: &'a Ports,
    /// The place that is read all the time: it knows what was refused and is not to be asked for again.
    pub store: Arc<MaterialStore>,
    /// The settings.
    pub settings: &'a Settings,
    /// What is to be synced.
    pub request: &'a Request,
    /// Whether someone may be approving a prompt.
    pub patience: Patience,
    /// Ends it: what was not sent yet is reported so.
    pub stop: &'a Stop,
    /// Is told how far it is.
    pub progress: &'a dyn Fn(Progress),
}

impl Job<'_> {
    /// Runs it. Blocks until all is done, or for as long as the request allows.
    pub fn run(&self) -> Report {
        let targets = self.targets();
        if targets.is_empty() {
            return Report::refused(Obstacle::NoTargets);
        }
        // A dry run writes nothing, here or there.
        let _lock = if self.request.dry_run {
            None
        } else {
            match self.ports.sync_lock.take() {
                Ok(Some(lock)) => Some(lock),
                Ok(None) => return self.refused(&targets, Obstacle::Busy),
                Err(error) => return self.refused(&targets, Obstacle::NoState(error)),
            }
        };
        let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => {
                return self.refused(&targets, Obstacle::NoState(SystemError::new(&"tokio", &error)));
            }
        };
        let report = runtime.block_on(async {
            let (snapshot, token) = tokio::select! {
                ready = self.prepare(&targets) => match ready {
                    Ok(ready) => ready,
                    Err(obstacle) => return Report { no_credential: true, ..self.refused(&targets, obstacle) },
                },
                () = self.stop.wait() => return self.refused(&targets, Obstacle::Stopped),
            };
            let run = Run::new(self, targets, snapshot, token);
            tokio::select! {
                () = run.all() => {}
                () = self.stop.wait() => run.commands.all_end().await,
            }
            run.report()
        });
        // A read that is still at it must not hold up the end.
        runtime.shutdown_background();
        report
    }

    fn targets(&self) -> Vec<&Target> {
        let wanted = |target: &&Target| match &self.request.scope {
            Scope::All => true,
            Scope::Only(ids) => ids.contains(&target.id()),
        };
        self.settings.own_targets().filter(wanted).collect()
    }

    /// Nothing was tried; each target says so.
    fn refused(&self, targets: &[&Target], why: Obstacle) -> Report {
        let cause = Cause::Whole(why.clone());
        let failed = |target: &&Target| target::failed(target, self.settings, &cause);
        let mut report = Report::of(targets.iter().map(failed).collect());
        report.obstacle = Some(why);
        report
    }
}

/// One sync under way.
struct Run<'a> {
    job: &'a Job<'a>,
    targets: Vec<&'a Target>,
    /// Or why there is none to ask; `None` where no target is at GitHub.
    github: Option<Result<Box<dyn Github>, Failure>>,
    memory: RefCell<SyncMemory>,
    /// Targets whose memory has changed and is not on the disk yet.
    unsaved: RefCell<BTreeSet<String>>,
    pace: RefCell<Pace>,
    snapshot: RefCell<(Stamp, Rc<Material>)>,
    /// Whether its places are still to be noted as allowed: whoever asks for a sync has let them have the secrets.
    to_allow: Cell<bool>,
    /// Whose credential this sync was begun with.
    account: Option<Fingerprint>,
    /// Nothing is waited for beyond this.
    deadline: Timestamp,
    /// What concerns the token, and so all targets that are still to come.
    fatal: RefCell<Option<Failure>>,
    /// Nobody answered at all: the next target is asked once only.
    out_of_reach: Cell<bool>,
    not_saved: RefCell<Option<SystemError>>,
    commands: Commands,
    /// What was written, by target and name, also where the target came to no good end.
    written: RefCell<BTreeMap<(usize, String), SecretOutcome>>,
    reports: RefCell<Vec<Option<TargetReport>>>,
    progress: RefCell<Progress>,
}

impl<'a> Run<'a> {
    /// To be called where a tokio runtime runs.
    fn new(job: &'a Job<'a>, targets: Vec<&'a Target>, snapshot: Snapshot, token: Token) -> Self {
        let now = job.ports.clock.now().timestamp();
        let mut memory = job.ports.state_file.load_sync();
        let pace = memory.pace.remove(&job.settings.github.api_url).unwrap_or_default();
        let (stamp, material) = snapshot;
        let total = targets.len();
        Self {
            job,
            commands: Commands::new(),
            github: token
                .map(|token| token.and_then(|found| (job.ports.open_github)(&job.settings.github, &found.token))),
            memory: RefCell::new(memory),
            unsaved: RefCell::default(),
            pace: RefCell::new(pace),
            account: material.credential().and_then(account),
            snapshot: RefCell::new((stamp, Rc::new(material))),
            deadline: now.checked_add(job.request.wait).unwrap_or(Timestamp::MAX),
            fatal: RefCell::default(),
            out_of_reach: Cell::default(),
            not_saved: RefCell::default(),
            written: RefCell::default(),
            reports: RefCell::new(vec![None; total]),
            progress: RefCell::new(Progress { total, ..Progress::default() }),
            to_allow: Cell::new(job.request.trigger == Trigger::Asked),
            targets,
        }
    }

    async fn all(&self) {
        let checking = stream::iter(0..self.targets.len()).map(|index| self.check(index));
        let checked: Vec<Checked> =
            checking.buffer_unordered(AT_ONCE).filter_map(async |checked| checked).collect().await;
        if self.job.request.dry_run {
            return;
        }
        // What cannot be remembered would be sent again and again.
        if let Err(why) = self.save()
            && !checked.is_empty()
        {
            let refused = Failure::NotRemembered { why };
            for checked in &checked {
                self.fail(checked.index, refused.clone());
            }
            return;
        }
        stream::iter(checked).for_each_concurrent(AT_ONCE, |checked| self.write(checked)).await;
    }

    fn now(&self) -> Timestamp {
        self.job.ports.clock.now().timestamp()
    }

    /// A target that was not done when the program ended.
    fn left_off(&self, index: usize) -> TargetReport {
        let ran = self.commands.run_for(index);
        self.broken_off(index, if ran { &Failure::CommandStopped } else { &Failure::Stopped })
    }

    /// What became of a target.
    fn settle(&self, index: usize, report: TargetReport) {
        let mut progress = self.progress.borrow_mut();
        progress.done += 1;
        progress.current = Some(report.target.to_string());
        self.reports.borrow_mut()[index] = Some(report);
        (self.job.progress)(progress.clone());
    }

    fn paused(&self, until: Option<Timestamp>) {
        let mut progress = self.progress.borrow_mut();
        if progress.paused_until != until {
            progress.paused_until = until;
            (self.job.progress)(progress.clone());
        }
    }

    /// Puts on the disk what has changed. Where that fails, it is said once more at the end.
    fn save(&self) -> Result<(), SystemError> {
        if self.job.request.dry_run {
            return Ok(());
        }
        let (memory, unsaved) = (self.memory.borrow(), self.unsaved.take());
        let pace = self.pace.borrow().remembered(self.now());
        let saved = self.job.ports.state_file.change_sync(&mut |stored| {
            if self.to_allow.get() {
                stored.places.see(self.job.settings);
                self.targets.iter().for_each(|target| stored.places.add_target(target, self.job.settings));
            }
            for key in &unsaved {
                if let Some(target) = memory.targets.get(key) {
                    stored.targets.insert(key.clone(), target.clone());
                }
            }
            if self.targets.iter().any(|target| target.is_at_github()) {
                stored.pace.insert(self.job.settings.github.api_url.clone(), pace.clone());
            }
        });
        if let Err(detail) = saved {
            tracing::warn!("what was sent is not remembered: {detail}");
            self.unsaved.borrow_mut().extend(unsaved);
            *self.not_saved.borrow_mut() = Some(detail.clone());
            return Err(detail);
        }
        self.to_allow.set(false);
        Ok(())
    }

    fn report(self) -> Report {
        // A failure of it is in the report.
        let _said_below = self.save();
        let reports = self.reports.take().into_iter().enumerate();
        let targets = reports.map(|(index, report)| report.unwrap_or_else(|| self.left_off(index)));
        let mut report = Report::of(targets.collect());
        report.token_expires = self.pace.borrow().token_expires;
        report.resume_at = match self.fatal.take() {
            Some(Failure::Limited { until }) => Some(until),
            _ => None,
        };
        report.obstacle = self.not_saved.take().map(Obstacle::NotRemembered);
        report
    }
}
