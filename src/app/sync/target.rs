//! One target's way: is it there, what is to be written, and the writes in their order.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use tokio::sync::Semaphore;

use super::connection::{Connection, Opened};
use super::gate::Gate;
use super::job::{Job, Turn};
use super::ledger::Ledger;
use super::outcomes::Outcomes;
use super::stored::Stored;
use crate::app::blocking;
use crate::domain::credential::{Document, Material};
use crate::domain::network::NetworkError;
use crate::domain::order::gathered;
use crate::domain::secret::Secret;
use crate::domain::settings::{Field, Place, Store, Target};
use crate::domain::sync::{
    Basis, Cause, Failure, Listing, Pace, Plan, Planned, Refusal, SecretMemory, SecretOutcome, SecretReport, Step,
    TargetOutcome, TargetReport, Trigger, Write, held_whole, wanted,
};
use crate::ports::{Put, SecretSink};

/// How often a target is begun anew because the credential moved meanwhile.
const RESTARTS: u32 = 5;

/// A sync under way.
pub(super) struct Run<'a> {
    pub(super) job: &'a Job<'a>,
    pub(super) stored: &'a Stored<'a>,
    pub(super) connection: &'a Connection,
    pub(super) outcomes: &'a Outcomes<'a>,
    pub(super) ledger: &'a Ledger<'a>,
    pub(super) gate: &'a Gate<'a>,
    /// Each command that runs holds one of it.
    pub(super) commands: Arc<Semaphore>,
}

/// A target that was looked at, and has something to be written to.
pub(super) struct Checked<'a> {
    pub(super) turn: Turn<'a>,
    sink: Sink<'a>,
}

/// Where a target's secrets go.
enum Sink<'a> {
    /// One after the other, through the gate; it lists what it holds.
    Store(Box<dyn SecretSink>, Listing),
    /// All at once; it lists nothing.
    Command(&'a [String]),
}

impl Sink<'_> {
    fn listing(&self) -> Option<&Listing> {
        match self {
            Self::Store(_, listing) => Some(listing),
            Self::Command(_) => None,
        }
    }
}

/// What became of the secrets of a target, and what ended it early.
type Written = (Vec<SecretReport>, Option<Failure>);

impl<'a> Run<'a> {
    /// Looks at a target. What has nothing to be written is settled at once.
    pub(super) async fn check(&self, turn: Turn<'a>) -> Option<Checked<'a>> {
        self.look(turn).await.unwrap_or_else(|failure| {
            self.fail(turn, &failure);
            None
        })
    }

    async fn look(&self, turn: Turn<'a>) -> Result<Option<Checked<'a>>, Failure> {
        let (target, settings) = (turn.target, self.job.settings);
        let material = self.stored.material()?;
        if self.job.request.trigger == Trigger::Automatic {
            let held = self.ledger.look(|memory| held_whole(target, settings, memory, material.credential()));
            if let Some(approval) = held {
                self.outcomes.settle(turn, TargetReport::held(target.clone(), Cause::Held(approval)));
                return Ok(None);
            }
        }
        let sink = match &target.place {
            Place::Github(store) => self.list(target, store, &material).await?,
            Place::Command { command, .. } => Sink::Command(command),
        };
        let plan = self.plan(target, sink.listing(), &material);
        if let Some(listing) = sink.listing() {
            self.ledger.listed(target, listing, &plan);
        }
        if plan.writes() > 0 && !self.job.request.dry_run {
            return Ok(Some(Checked { turn, sink }));
        }
        self.done(turn, sink.listing(), (plan.unwritten(), None));
        Ok(None)
    }

    async fn list(&self, target: &Target, store: &Store, material: &Material) -> Result<Sink<'a>, Failure> {
        self.gate.is_open()?;
        let mut names: BTreeSet<String> =
            gathered(wanted(target, self.job.settings).map(|mapping| mapping.name.clone()));
        // Also what was sent once and is no longer: whether it is still there decides who holds the refresh token.
        let known = self.ledger.known(target);
        names.extend(known.secrets.keys().cloned());
        let names: Vec<String> = names.into_iter().collect();
        // Only where nothing will be written: a write needs to know what it replaces.
        let unchanged = known.listing();
        let mut etag = known.etag.filter(|_| self.plan(target, Some(&unchanged), material).writes() == 0);
        let _slot = self.gate.slot().await?;
        let mut opened = self.opened().await?;
        let mut sink = opened.github.place(store);
        let mut tries = self.gate.tries();
        loop {
            self.gate.pass(&mut tries, Pace::may_ask).await?;
            let limit = self.gate.time_for_a_list();
            let listed = tokio::time::timeout(limit, sink.list(&names, etag.as_deref())).await;
            let listed = listed.unwrap_or_else(|_| Err(Failure::NoAnswer(NetworkError::Slow(limit.as_secs())).into()));
            if let Err(Refusal::Failure(Failure::TokenRefused(_))) = &listed {
                self.connection.refuse(&opened).await;
                opened = self.opened().await?;
                (sink, etag) = (opened.github.place(store), None);
                continue;
            }
            if listed.is_err() {
                // A server or a proxy may not like the question itself.
                etag = None;
            }
            if let Some(listing) = self.gate.judge(listed, &mut tries).await? {
                self.ledger.pace(|pace| pace.token_expires = listing.token_expires);
                if !listing.is_unchanged {
                    return Ok(Sink::Store(sink, listing));
                }
                // Under another address it is asked for whole the next time.
                let etag = etag.filter(|_| listing.moved_to.is_none());
                return Ok(Sink::Store(sink, Listing { secrets: unchanged.secrets, etag, ..listing }));
            }
        }
    }

    async fn opened(&self) -> Result<Rc<Opened>, Failure> {
        self.connection.opened(self.job).await.map_err(|failure| self.gate.shut(failure))
    }

    fn plan(&self, target: &Target, listing: Option<&Listing>, material: &Material) -> Plan {
        let spent = self.stored.spent();
        self.ledger.look(|memory| {
            let basis = Basis {
                settings: self.job.settings,
                tokens: material.tokens(),
                lives: self.stored.lives(material),
                spent: spent.as_ref(),
                renewed: material.credential().is_some_and(|found| self.job.is_refreshed_first(found)),
                memory: memory.target(target, self.job.settings),
                listing,
                trigger: self.job.request.trigger,
                force: self.job.request.force,
            };
            Plan::of(target, &basis)
        })
    }

    /// Writes what is to be written.
    pub(super) async fn write(&self, mut checked: Checked<'_>) {
        for number in 1..=RESTARTS {
            match self.write_once(&mut checked).await {
                Ok(()) => return,
                Err(Failure::Unsettled) if number < RESTARTS => {}
                Err(failure) => return self.fail(checked.turn, &failure),
            }
        }
    }

    /// Fails as [`Failure::Unsettled`] where another credential is stored by now.
    async fn write_once(&self, Checked { turn, sink }: &mut Checked<'_>) -> Result<(), Failure> {
        if matches!(sink, Sink::Store(..)) {
            self.gate.is_open()?;
        }
        let material = self.stored.material()?;
        if self.stored.is_of_another_account(&material) {
            let held = TargetReport::held(turn.target.clone(), Cause::AccountChanged);
            self.outcomes.settle(*turn, held);
            return Ok(());
        }
        let plan = self.plan(turn.target, sink.listing(), &material);
        let written = match sink {
            Sink::Store(store, listing) => self.write_each(*turn, &mut **store, listing, &plan, &material).await?,
            Sink::Command(command) => self.hand_over(*turn, command, &plan, &material).await,
        };
        self.done(*turn, sink.listing(), written);
        Ok(())
    }

    async fn write_each(
        &self,
        turn: Turn<'_>,
        sink: &mut dyn SecretSink,
        listing: &mut Listing,
        plan: &Plan,
        material: &Rc<Material>,
    ) -> Result<Written, Failure> {
        let mut secrets = plan.unwritten();
        let mut stopped: Option<Failure> = None;
        let mut token_failed = plan.lacks_its_access_token();
        for (place, planned, write) in plan.write_order() {
            let outcome = match &stopped {
                Some(failure) => Err(failure.clone()),
                // The expiry of a token that is not there is worse than none.
                None if token_failed && planned.field == Field::ExpiresAt => Err(Failure::AfterAnother),
                None => match self.put(turn, sink, listing, (planned, &write.value), material).await {
                    Err(Failure::Unsettled) => return Err(Failure::Unsettled),
                    put => put,
                },
            };
            secrets[place] = match outcome {
                Ok(put) => {
                    let report = self.arrived(turn, planned, write, put, material);
                    self.ledger.save();
                    // Keeps what was listed of its audience, should it be begun anew.
                    let listed = listing.secrets.entry(planned.name.to_ascii_uppercase()).or_default();
                    listed.updated_at = Some(put.at.unwrap_or_else(|| self.job.now()));
                    report
                }
                Err(failure) => {
                    token_failed |= planned.field == Field::AccessToken;
                    let report = SecretReport::failed(&planned.name, Cause::Failed(failure.clone()));
                    stopped = stopped.or_else(|| (!failure.is_of_one_secret()).then_some(failure));
                    report
                }
            };
        }
        Ok((secrets, stopped))
    }

    /// Writes a secret of this material, unless another one is stored by now.
    async fn put(
        &self,
        turn: Turn<'_>,
        sink: &mut dyn SecretSink,
        listing: &Listing,
        (planned, value): (&Planned, &Secret),
        material: &Rc<Material>,
    ) -> Result<Put, Failure> {
        let listed = listing.secrets.get(&planned.name.to_ascii_uppercase());
        let _slot = self.gate.slot().await?;
        let mut tries = self.gate.tries();
        loop {
            self.gate.pass(&mut tries, Pace::begin_write).await?;
            self.is_still_stored(planned, material).inspect_err(|_| self.ledger.pace(Pace::cancel_write))?;
            let begun = self.ledger.open_write(turn.target, planned, listed, material);
            let before = begun.map_err(|why| {
                self.ledger.pace(Pace::cancel_write);
                self.gate.shut(Failure::NotRemembered(why))
            })?;
            let asked = sink.put(&planned.name, value, listed).await;
            self.ledger.pace(|pace| pace.end_write(self.job.now()));
            if asked.as_ref().is_err_and(|refusal| !refusal.may_have_worked()) {
                self.ledger.take_back(turn.target, planned, before);
                // A kill during the wait before the next try must leave no doubt about who writes meanwhile.
                self.ledger.save();
            }
            if let Some(put) = self.gate.judge(asked, &mut tries).await? {
                // An answer that was lost makes the second try find what the first has created.
                return Ok(Put { created: put.created || listed.is_none(), ..put });
            }
        }
    }

    /// Whoever waits may have slept for hours, or have been overtaken by a refresh: no target gets half of each.
    fn is_still_stored(&self, planned: &Planned, material: &Rc<Material>) -> Result<(), Failure> {
        if self.stored.material()? != *material {
            return Err(Failure::Unsettled);
        }
        let lives = material.credential().is_some_and(|found| found.lives(self.job.now()));
        if planned.field.ends_with_the_access_token() && !lives {
            return Err(Failure::NoCredential);
        }
        Ok(())
    }

    async fn hand_over(&self, turn: Turn<'_>, command: &[String], plan: &Plan, material: &Material) -> Written {
        let (mut document, mut values) = (Document::default(), Vec::new());
        for planned in &plan.secrets {
            if let Step::Write(Write { value, .. }) = &planned.step {
                document.set_text(&planned.name, value.expose());
                values.push(value.clone());
            }
        }
        // There is one for each target that is written at once.
        let at_work = Arc::clone(&self.commands).acquire_owned().await;
        let (commands, command, stop) =
            (Arc::clone(&self.job.ports.commands), command.to_owned(), self.job.stop.clone());
        self.outcomes.command_runs(turn, true);
        let ran = blocking::outcome(move || {
            let _held_while_it_runs = at_work;
            commands.deliver(&command, &document.to_json(), &values, &stop)
        });
        let failure = ran.await.unwrap_or(Err(Failure::Crashed)).err();
        self.outcomes.command_runs(turn, false);
        let report = |planned: &Planned| match (&planned.step, &failure) {
            (Step::Write(write), None) => self.arrived(turn, planned, write, Put { created: true, at: None }, material),
            (Step::Write(_), Some(failure)) => SecretReport::failed(&planned.name, Cause::Failed(failure.clone())),
            _ => planned.unwritten(),
        };
        (plan.secrets.iter().map(report).collect(), failure)
    }

    /// A secret is there: says so, and remembers it.
    fn arrived(&self, turn: Turn<'_>, planned: &Planned, write: &Write, put: Put, material: &Material) -> SecretReport {
        let created = put.created && !write.exists;
        let at = put.at.unwrap_or_else(|| self.job.now());
        // What a command does with it is its own: Wick deletes nothing there.
        let is_ours = created && turn.target.is_at_github();
        let memory = SecretMemory::new(&write.fingerprint, planned.field, at, is_ours);
        self.ledger.sent(turn.target, planned, memory, material);
        let outcome = if created { SecretOutcome::Created } else { SecretOutcome::Updated };
        self.outcomes.written(turn, &planned.name, outcome);
        SecretReport::new(&planned.name, outcome).over(planned.drifted)
    }

    /// A target is done: says so, and remembers it.
    fn done(&self, turn: Turn<'_>, listing: Option<&Listing>, (secrets, failure): Written) {
        let moved_to = listing.and_then(|listing| listing.moved_to.clone());
        let renamed = turn.target.place.store().zip(moved_to);
        let renamed = renamed.map(|(store, to)| Cause::Renamed { from: store.owner.clone(), to });
        let report = TargetReport::of(turn.target.clone(), secrets, failure.map(Cause::Failed)).or_say(renamed);
        self.ledger.concluded(&report);
        // What is unchanged is saved with all others at the end.
        if report.outcome != TargetOutcome::Unchanged {
            self.ledger.save();
        }
        self.outcomes.settle(turn, report);
    }

    /// A target came to no good end: says so, and remembers it.
    pub(super) fn fail(&self, turn: Turn<'_>, failure: &Failure) {
        self.ledger.note(turn.target, |memory| memory.failed(failure.clone(), self.job.now()));
        self.outcomes.break_off(turn, failure);
    }
}
