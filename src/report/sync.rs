//! `wick sync`: the JSON object, and the lines for people.

use jiff::ZonedDateTime;
use serde::Serialize;

use super::answer::Answer;
use crate::domain::sync::{Cause, Report, SecretOutcome, SecretReport, TargetOutcome};
use crate::words::{Sentence, sync as words};

/// What `wick sync --json` prints.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SyncReport {
    /// Each target, in the order of the config.
    pub targets: Vec<TargetOutcomes>,
}

/// What became of a target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TargetOutcomes {
    target: String,
    outcome: TargetOutcome,
    secrets: Vec<Secret>,
    error: Option<Sentence>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Secret {
    name: String,
    outcome: SecretOutcome,
    error: Option<Sentence>,
}

impl TargetOutcomes {
    /// The target's name.
    pub fn target(&self) -> &str {
        &self.target
    }
}

impl SyncReport {
    /// The targets alone where something that was asked for did not arrive.
    #[must_use]
    pub fn not_arrived(&self) -> Self {
        let is_problem = |of: &&TargetOutcomes| of.outcome >= TargetOutcome::Held;
        Self { targets: self.targets.iter().filter(is_problem).cloned().collect() }
    }

    /// What became of a sync, in words.
    pub fn of(report: &Report, now: &ZonedDateTime) -> Answer<Self> {
        let targets = report.targets.iter().map(|of| {
            let said = |cause: &Option<Cause>| cause.as_ref().map(|cause| words::cause(cause, &of.target, now));
            let secret = |secret: &SecretReport| Secret {
                name: secret.name.clone(),
                outcome: secret.outcome,
                error: said(&secret.cause),
            };
            let secrets = of.secrets.iter().map(secret).collect();
            TargetOutcomes { target: of.target.to_string(), outcome: of.outcome, secrets, error: said(&of.cause) }
        });
        Answer::new(Self { targets: targets.collect() }, report.obstacle.as_ref().map(words::obstacle))
    }
}

/// The lines of what became of each target.
pub fn table(report: &SyncReport) -> Vec<String> {
    let width = |length: fn(&TargetOutcomes) -> usize| report.targets.iter().map(length).max().unwrap_or_default();
    let (name, outcome) = (width(|of| of.target.chars().count()), width(|of| words::outcome(of.outcome).len()));
    let line = |of: &TargetOutcomes| {
        format!("{:name$}  {:outcome$}  {}", of.target, words::outcome(of.outcome), detail(of)).trim_end().to_owned()
    };
    report.targets.iter().map(line).collect()
}

/// Which secrets came to what, and why.
fn detail(target: &TargetOutcomes) -> String {
    let with = |outcome: SecretOutcome| {
        let of = target.secrets.iter().filter(|secret| secret.outcome == outcome);
        let names: Vec<&str> = of.map(|secret| secret.name.as_str()).collect();
        words::secrets(outcome).filter(|_| !names.is_empty()).map(|verb| format!("{verb} {}", names.join(", ")))
    };
    let all_failed = target.secrets.iter().all(|secret| secret.outcome == SecretOutcome::Failed);
    let parts = [
        with(SecretOutcome::Created),
        with(SecretOutcome::Updated),
        with(SecretOutcome::Planned),
        // What else there is to say names it.
        with(SecretOutcome::Held).filter(|_| target.outcome >= TargetOutcome::Held),
        with(SecretOutcome::Failed).filter(|_| !all_failed),
        target.error.as_ref().map(Sentence::at_the_terminal),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// What to do, once for all targets of which the same is said.
pub fn hints(report: &SyncReport) -> Vec<String> {
    let mut hints: Vec<(&str, Vec<&str>)> = Vec::new();
    for target in &report.targets {
        let Some(error) = &target.error else { continue };
        match hints.iter_mut().find(|(action, _)| *action == error.action) {
            Some((_, names)) => names.push(&target.target),
            None => hints.push((&error.action, vec![&target.target])),
        }
    }
    hints.into_iter().map(|(action, names)| words::hint(&names, action)).collect()
}
