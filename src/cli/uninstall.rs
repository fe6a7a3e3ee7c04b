//! `wick uninstall`: takes away what Wick keeps on this computer, and says what stays.

use std::io;
use std::path::Path;

use clap::Args;
use serde::Serialize;

use super::output::{self, Ended, Exit};
use super::{input, prompt};
use crate::app::uninstall::{self, Found, Left};
use crate::domain::uninstall::Trace;
use crate::ports::{Ports, Terminal};
use crate::report::answer::Answer;
use crate::report::rows::{self, Row};
use crate::words::{Sentence, uninstall as words};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Only say what would be removed and what stays
    #[arg(long)]
    dry_run: bool,
    /// Remove it without asking
    #[arg(long)]
    yes: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// What `wick uninstall --json` prints.
#[derive(Default, Serialize)]
struct Report {
    items: Vec<Item>,
    /// Files and folders that stay here.
    stays: Vec<String>,
    /// What stays at targets.
    secrets: Vec<Left>,
}

#[derive(Serialize)]
struct Item {
    kind: &'static str,
    name: Option<String>,
    outcome: Outcome,
    error: Option<Sentence>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Planned,
    Removed,
    Failed,
    /// It remembers what else there is to be removed.
    Kept,
}

pub(super) fn run(arguments: &Arguments, ports: &Ports) -> Ended {
    let refuse = |error, exit| output::refuse(error, exit, arguments.json, Answer::<Report>::refused);
    let settings = input::settings(ports, arguments.json, Answer::<Report>::refused)?;
    let found = uninstall::find(ports, &settings).map_err(|error| refuse(error, Exit::Failed))?;
    let held = uninstall::hold(ports, &settings);
    if !arguments.json {
        // What a question is about is said in any case.
        say(&found, !arguments.yes, ports.terminal);
    }
    let held = match held {
        Ok(held) if !arguments.dry_run => held,
        other => {
            let error = other.err();
            let exit = if error.is_some() { Exit::Failed } else { Exit::Done };
            return Ok(conclude(arguments, planned(&found), &found, error, exit));
        }
    };
    if !arguments.yes && !found.traces.is_empty() {
        if arguments.json || !input::can_ask() {
            return Ok(conclude(arguments, planned(&found), &found, Some(words::not_confirmed()), Exit::Usage));
        }
        // Nothing is removed by a key that was pressed too soon.
        let answer = prompt::confirm(ports, words::QUESTION, false);
        if answer != Ok(true) {
            return Err(output::failed(words::NOT_REMOVED, answer.err().unwrap_or(Exit::Failed)));
        }
    }
    let items = removed(arguments, ports, &found.traces);
    drop(held);
    let all = items.iter().all(|item| item.outcome == Outcome::Removed);
    Ok(conclude(arguments, items, &found, None, if all { Exit::Done } else { Exit::Failed }))
}

fn planned(found: &Found) -> Vec<Item> {
    found.traces.iter().map(|trace| item(trace, Outcome::Planned, None)).collect()
}

fn item(trace: &Trace, outcome: Outcome, error: Option<Sentence>) -> Item {
    Item { kind: trace.kind(), name: trace.name().map(str::to_owned), outcome, error }
}

fn removed(arguments: &Arguments, ports: &Ports, traces: &[Trace]) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    for trace in traces {
        let failed = items.iter().any(|item| item.outcome == Outcome::Failed);
        if failed && matches!(trace, Trace::State(_)) {
            items.push(item(trace, Outcome::Kept, None));
            if !arguments.json {
                output::diagnostic(words::STATE_KEPT);
            }
            continue;
        }
        let error = uninstall::remove(ports, trace).err();
        match &error {
            _ if arguments.json => {}
            Some(error) => output::sentence(error),
            None => drop(output::line(&words::removed(trace))),
        }
        let outcome = if error.is_some() { Outcome::Failed } else { Outcome::Removed };
        items.push(item(trace, outcome, error));
    }
    items
}

fn conclude(arguments: &Arguments, items: Vec<Item>, found: &Found, error: Option<Sentence>, exit: Exit) -> Exit {
    if arguments.json {
        let (stays, secrets) = (found.stays.clone(), found.secrets.clone());
        output::json(&Answer::new(Report { items, stays, secrets }, error));
    } else if let Some(error) = error {
        output::sentence(&error);
    }
    exit
}

fn say(found: &Found, is_asked: bool, terminal: Terminal) {
    let say = |text: &str| output::subject(text, is_asked);
    let size = terminal.size_of(&io::stdout());
    let line = |text: String| {
        let row = Row { before: "  ".to_owned(), text, ..Row::default() };
        if is_asked || !output::is_quiet() {
            output::answer(&rows::lines(&[row], size).join("\n"));
        }
    };
    if found.traces.is_empty() {
        say(words::NOTHING);
    } else {
        say(words::WOULD_REMOVE);
        found.traces.iter().for_each(|trace| line(words::trace(trace)));
    }
    say(words::STAYS);
    for Left { target, names, command } in &found.secrets {
        line(words::secrets_stay(target, names, command.as_deref()));
    }
    found.stays.iter().for_each(|path| line(words::path_stays(path, Path::new(path).is_dir())));
    line(words::SIGN_IN_STAYS.to_owned());
    if found.traces.iter().any(|trace| matches!(trace, Trace::CiToken(_))) {
        line(words::REVOKE.to_owned());
    }
}
