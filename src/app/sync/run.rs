//! The whole of a sync: what must be there first, the targets one beside the other, and the report.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use tokio::sync::Semaphore;

use super::connection::Connection;
use super::gate::Gate;
use super::job::{Job, Turn};
use super::ledger::Ledger;
use super::outcomes::Outcomes;
use super::stored::Stored;
use super::target::{Checked, Run};
use crate::domain::settings::Target;
use crate::domain::sync::{Cause, Failure, Obstacle, Report, TargetReport};
use crate::domain::system::SystemError;
use crate::fault;
use crate::ports::{block_on, runtime};

/// Targets that are worked on at once: more than requests, because each asks one thing after the other, and while one
/// computes or waits for the disk another uses the slot.
const IN_HAND: usize = 32;
/// As many commands run at once.
const COMMANDS: u32 = 8;
/// How often the disk is asked to keep what was noted: a power cut costs that much.
const FLUSH_EVERY: Duration = Duration::from_secs(1);
/// To kill a process takes a moment.
const LONGEST_END: Duration = Duration::from_secs(2);

impl Job<'_> {
    /// Runs it. Blocks until all is done, or for as long as the request allows.
    pub fn run(&self) -> Report {
        let targets = self.targets();
        if targets.is_empty() {
            return Report::refused(Obstacle::NoTargets);
        }
        self.run_locked(&targets).unwrap_or_else(|why| self.refused(&targets, why))
    }

    fn run_locked(&self, targets: &[&Target]) -> Result<Report, Obstacle> {
        // A dry run writes nothing, here or there.
        let lock = (!self.request.dry_run).then(|| self.ports.sync_lock.take()).transpose();
        let lock = lock.map_err(Obstacle::NoState)?;
        if matches!(lock, Some(None)) {
            return Err(Obstacle::Busy);
        }
        let runtime = runtime().map_err(|error| Obstacle::NoState(SystemError::new(&"tokio", &error)))?;
        let report = block_on(&runtime, self.sync(targets));
        // A read that is still at it must not hold up the end.
        runtime.shutdown_background();
        report
    }

    async fn sync(&self, targets: &[&Target]) -> Result<Report, Obstacle> {
        let connection = Connection::default();
        let stored = tokio::select! {
            biased;
            () = self.stop.wait() => return Err(Obstacle::Stopped),
            ready = self.prepare(targets, &connection) => ready?,
        };
        // Or how long that took would decide how far tokio's budget for one poll reaches, and with it which target is first.
        tokio::task::yield_now().await;
        let ledger = Ledger::open(self, targets).map_err(Obstacle::NoState)?;
        let outcomes = Outcomes::new(self, targets);
        let gate = Gate::new(self, &ledger, &outcomes);
        let commands = Arc::new(Semaphore::new(COMMANDS as usize));
        let run = Run {
            job: self,
            stored: &stored,
            connection: &connection,
            outcomes: &outcomes,
            ledger: &ledger,
            gate: &gate,
            commands: Arc::clone(&commands),
        };
        // In a fixed order, so that nothing is begun once the program ends.
        tokio::select! {
            biased;
            // Each command that runs holds one, and is killed where the program ends.
            () = self.stop.wait() => {
                if tokio::time::timeout(LONGEST_END, commands.acquire_many(COMMANDS)).await.is_err() {
                    tracing::warn!("a command was not ended within {} s", LONGEST_END.as_secs());
                }
            }
            () = flush(&ledger) => {}
            () = all(&run, targets) => {}
        }
        ledger.close();
        fault::point("synced");
        let resume_at = match gate.is_open() {
            Err(Failure::Limited { until }) => Some(until),
            _ => None,
        };
        Ok(Report {
            obstacle: ledger.error().map(Obstacle::NotRemembered),
            resume_at,
            passed_over: connection.passed_over(),
            token_expires: ledger.pace(|pace| pace.token_expires),
            spent: stored.spent(),
            ..Report::of(outcomes.reports())
        })
    }

    /// All that someone may have to approve a prompt for comes first.
    async fn prepare<'a>(&'a self, targets: &[&Target], connection: &Connection) -> Result<Stored<'a>, Obstacle> {
        let stored = Stored::read(self, targets).await?;
        if targets.iter().any(|target| target.is_at_github()) {
            // Why there is none is said of each target.
            let _said_there = connection.opened(self).await;
        }
        Ok(stored)
    }

    /// Nothing was tried; each target says so.
    fn refused(&self, targets: &[&Target], why: Obstacle) -> Report {
        let cause = Cause::Whole(why.clone());
        let reports = targets.iter().map(|target| TargetReport::of_nothing(target, self.settings, &cause));
        Report { obstacle: Some(why), ..Report::of(reports.collect()) }
    }
}

async fn all<'a>(run: &Run<'a>, targets: &[&'a Target]) {
    let turns = targets.iter().enumerate().map(|(number, target)| Turn { number, target });
    let checking = stream::iter(turns).map(|turn| run.check(turn));
    let checked: Vec<Checked<'_>> =
        checking.buffer_unordered(IN_HAND).filter_map(async |checked| checked).collect().await;
    if run.job.request.dry_run || checked.is_empty() {
        return;
    }
    if let Err(why) = run.ledger.begin(checked.iter().map(|checked| checked.turn.target)) {
        let refused = Failure::NotRemembered(why);
        return checked.iter().for_each(|checked| run.fail(checked.turn, &refused));
    }
    stream::iter(checked).for_each_concurrent(IN_HAND, |checked| run.write(checked)).await;
}

/// Flushes the log once a second. Never returns.
async fn flush(ledger: &Ledger<'_>) {
    loop {
        tokio::time::sleep(FLUSH_EVERY).await;
        ledger.flush();
    }
}
