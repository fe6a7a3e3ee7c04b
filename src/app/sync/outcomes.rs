//! What came of each target so far, and how far the whole is.

use std::cell::RefCell;
use std::collections::BTreeMap;

use jiff::Timestamp;

use super::job::{Job, Turn};
use crate::domain::settings::Target;
use crate::domain::sync::{Cause, Failure, Progress, SecretOutcome, SecretReport, TargetReport};

pub(super) struct Outcomes<'a> {
    job: &'a Job<'a>,
    state: RefCell<State<'a>>,
}

struct State<'a> {
    courses: Vec<Course<'a>>,
    progress: Progress,
}

/// How far one target is.
struct Course<'a> {
    target: &'a Target,
    /// What was written, also where the target came to no good end.
    written: BTreeMap<String, SecretOutcome>,
    /// Its command was begun, and what came of it was not taken in.
    command_runs: bool,
    report: Option<TargetReport>,
}

impl<'a> Outcomes<'a> {
    pub(super) fn new(job: &'a Job<'a>, targets: &[&'a Target]) -> Self {
        let course =
            |target: &&'a Target| Course { target, written: BTreeMap::new(), command_runs: false, report: None };
        let progress = Progress { total: targets.len(), ..Progress::default() };
        Self { job, state: RefCell::new(State { courses: targets.iter().map(course).collect(), progress }) }
    }

    pub(super) fn settle(&self, turn: Turn<'_>, report: TargetReport) {
        let State { courses, progress } = &mut *self.state.borrow_mut();
        progress.done += 1;
        progress.current = Some(report.target.to_string());
        courses[turn.number].report = Some(report);
        (self.job.progress)(progress.clone());
    }

    /// The target came to no good end: what was written of it was written.
    pub(super) fn break_off(&self, turn: Turn<'_>, failure: &Failure) {
        let report = self.state.borrow().courses[turn.number].broken_off(self.job, failure);
        self.settle(turn, report);
    }

    pub(super) fn written(&self, turn: Turn<'_>, name: &str, outcome: SecretOutcome) {
        self.state.borrow_mut().courses[turn.number].written.insert(name.to_owned(), outcome);
    }

    pub(super) fn command_runs(&self, turn: Turn<'_>, runs: bool) {
        self.state.borrow_mut().courses[turn.number].command_runs = runs;
    }

    /// Paused by GitHub's limits until then; `None` once it goes on.
    pub(super) fn paused(&self, until: Option<Timestamp>) {
        let progress = &mut self.state.borrow_mut().progress;
        if progress.paused_until != until {
            progress.paused_until = until;
            (self.job.progress)(progress.clone());
        }
    }

    /// All of them; those that are not done were left off because the program ends.
    pub(super) fn reports(&self) -> Vec<TargetReport> {
        let report = |course: &mut Course<'_>| {
            let failure = if course.command_runs { Failure::CommandStopped } else { Failure::Stopped };
            course.report.take().unwrap_or_else(|| course.broken_off(self.job, &failure))
        };
        self.state.borrow_mut().courses.iter_mut().map(report).collect()
    }
}

impl Course<'_> {
    fn broken_off(&self, job: &Job<'_>, failure: &Failure) -> TargetReport {
        let mut report = TargetReport::of_nothing(self.target, job.settings, &Cause::Failed(failure.clone()));
        for secret in &mut report.secrets {
            if let Some(outcome) = self.written.get(&secret.name) {
                *secret = SecretReport::new(&secret.name, *outcome);
            }
        }
        report
    }
}
