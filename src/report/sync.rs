//! `wick sync`: the JSON object, and the lines for people.

use jiff::ZonedDateTime;
use serde::Serialize;

use super::answer::Answer;
use super::rows::{Row, Size, Tone, grouped, lines};
use super::targets::ALIKE;
use crate::domain::sync::{Cause, Report, SecretOutcome, SecretReport, TargetOutcome};
use crate::words::sentence::named;
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

/// The lines of what became of each target; on a terminal those that are alike are in one.
pub fn table(report: &SyncReport, size: Option<Size>) -> Vec<String> {
    let targets = report.targets.iter().map(|of| ((of.outcome, detail(of)), of.target.as_str()));
    let groups = grouped(targets, size.is_some());
    let cells = |((outcome, text), names): ((TargetOutcome, String), Vec<&str>)| {
        if names.len() > ALIKE {
            let most = if outcome == TargetOutcome::Failed { names.len() } else { 5 };
            let text = if text.is_empty() { text } else { format!(": {text}") };
            return vec![(words::number(names.len()), outcome, format!("{}{text}", named(&names, most, ", ")))];
        }
        names.iter().map(|name| ((*name).to_owned(), outcome, text.clone())).collect()
    };
    let cells: Vec<_> = groups.into_iter().flat_map(cells).collect();
    let name = cells.iter().map(|(name, ..)| name.chars().count()).max().unwrap_or_default();
    let state = cells.iter().map(|(_, outcome, _)| words::outcome(*outcome).len()).max().unwrap_or_default();
    let row = |(before, outcome, text): (String, TargetOutcome, String)| Row {
        before: format!("{before:name$}  "),
        state: format!("{:state$}  ", words::outcome(outcome)),
        tone: Some(tone(outcome)),
        text,
        ..Row::default()
    };
    lines(&cells.into_iter().map(row).collect::<Vec<_>>(), size)
}

/// What all came to; nothing where their lines say it.
pub fn closing(report: &SyncReport) -> Option<String> {
    words::in_all(&report.targets.iter().map(|target| target.outcome).collect::<Vec<_>>())
}

fn tone(outcome: TargetOutcome) -> Tone {
    match outcome {
        TargetOutcome::Synced | TargetOutcome::Unchanged => Tone::Good,
        TargetOutcome::Planned | TargetOutcome::Held => Tone::Warning,
        TargetOutcome::Failed => Tone::Bad,
    }
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
    let errors = report.targets.iter().filter_map(|of| Some((of.error.as_ref()?.action.as_str(), of.target.as_str())));
    let hints = grouped(errors, true);
    hints.into_iter().map(|(action, names)| words::hint(&names, action)).collect()
}
