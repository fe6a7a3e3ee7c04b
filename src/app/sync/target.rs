//! One target: is it there, what is to be written, and the writes in their order.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::Run;
use super::asking::Unwritten;
use crate::domain::credential::{Document, Material};
use crate::domain::secret::Secret;
use crate::domain::settings::{Field, Place, Settings, ShareRefreshToken, Target};
use crate::domain::sync::memory::account;
use crate::domain::sync::{
    Basis, Cause, Failure, Listed, Listing, Plan, Planned, SecretMemory, SecretOutcome, SecretReport, Step,
    TargetOutcome, TargetReport, Trigger, held_whole,
};
use crate::ports::SecretSink;

/// How often a target is begun anew because the credential moved meanwhile.
const RESTARTS: u32 = 5;

/// A target that was looked at, and has something to be written to.
pub(super) struct Checked {
    pub(super) index: usize,
    /// `None` for a command.
    sink: Option<Box<dyn SecretSink>>,
    pub(super) listing: Option<Listing>,
}

/// One secret that is to be written.
pub(super) struct Wanted<'a> {
    pub(super) target: &'a Target,
    pub(super) planned: &'a Planned,
    pub(super) value: &'a Secret,
    /// What the last listing said of it.
    pub(super) listed: Option<&'a Listed>,
    /// Of this material; no target gets half of another one.
    pub(super) material: &'a Rc<Material>,
}

/// A write that came to something, or that has to be begun anew.
enum Written {
    Done(Vec<SecretReport>, Option<Failure>),
    Moved,
}

/// A target that got nothing, and each of its secrets says so.
pub(super) fn failed(target: &Target, settings: &Settings, why: &Cause) -> TargetReport {
    let secrets = sent(target, settings).map(|name| SecretReport::failed(name, why.clone())).collect();
    TargetReport { secrets, ..TargetReport::failed(target.clone(), why.clone()) }
}

/// The names of what goes to a target, unless the user's answer keeps it back.
fn sent<'a>(target: &'a Target, settings: &'a Settings) -> impl Iterator<Item = &'a str> {
    let kept_back = settings.sync.share_refresh_token == ShareRefreshToken::No;
    let mappings = settings.mappings(target).iter();
    let mappings = mappings.filter(move |mapping| !(kept_back && mapping.field.carries_the_refresh_token()));
    mappings.map(|mapping| mapping.name.as_str())
}

/// As JSON, without a copy that nobody wipes.
fn json_text(value: &Secret) -> Secret {
    Secret::from(serde_json::to_string(value.expose()).expect("a text is JSON"))
}

/// What is said of a secret of which nothing was sent, or not yet.
fn unwritten(planned: &Planned) -> SecretReport {
    match &planned.step {
        Step::Write { .. } => SecretReport::new(&planned.name, SecretOutcome::Planned).over(planned.drifted),
        Step::Unchanged => SecretReport::new(&planned.name, SecretOutcome::Unchanged),
        Step::Held(approval) => SecretReport::held(&planned.name, *approval),
        Step::Fail(failure) => SecretReport::failed(&planned.name, Cause::Failed(failure.clone())),
    }
}

impl Run<'_> {
    /// Looks at a target. What has nothing to be written is settled at once.
    pub(super) async fn check(&self, index: usize) -> Option<Checked> {
        let (target, settings) = (self.targets[index], self.job.settings);
        let material = match self.material() {
            Ok(material) => material,
            Err(failure) => return self.fail(index, failure),
        };
        if self.job.request.trigger == Trigger::Automatic
            && let Some(approval) = held_whole(target, settings, &self.memory.borrow(), material.credential())
        {
            self.settle(index, TargetReport::held(target.clone(), Cause::Held(approval)));
            return None;
        }
        let mut checked = Checked { index, sink: None, listing: None };
        if target.is_at_github() {
            match self.look(target).await {
                Ok((sink, listing)) => (checked.sink, checked.listing) = (Some(sink), Some(listing)),
                Err(failure) => return self.fail(index, failure),
            }
        }
        let plan = self.plan(&checked, &material);
        self.note_listing(&checked, &plan);
        if plan.writes() > 0 && !self.job.request.dry_run {
            return Some(checked);
        }
        let secrets = plan.secrets.iter().map(unwritten).collect();
        self.done(&checked, secrets, None);
        None
    }

    async fn look(&self, target: &Target) -> Result<(Box<dyn SecretSink>, Listing), Failure> {
        if let Some(fatal) = self.fatal.borrow().clone() {
            return Err(fatal);
        }
        let Some(github) = &self.github else { return Err(Failure::Stopped) };
        let github = github.as_ref().map_err(Clone::clone)?;
        let mut names: BTreeSet<String> = sent(target, self.job.settings).map(str::to_owned).collect();
        // Also what was sent once and is no longer: whether it is still there decides who holds the refresh token.
        names.extend(self.known(target).secrets.into_keys());
        let names: Vec<String> = names.into_iter().collect();
        let Place::Github(store) = &target.place else { return Err(Failure::Stopped) };
        let mut sink = github.place(store);
        let listing = self.list(&mut *sink, &names).await?;
        Ok((sink, listing))
    }

    /// Writes what is to be written.
    pub(super) async fn write(&self, mut checked: Checked) {
        for _ in 0..RESTARTS {
            let fatal = self.fatal.borrow().clone().filter(|_| checked.sink.is_some());
            let material = match fatal.map_or_else(|| self.material(), Err) {
                Ok(material) => material,
                Err(failure) => return drop(self.fail(checked.index, failure)),
            };
            // Signing out is no other account: each secret then says what it lacks.
            if material.credential().is_some_and(|found| account(found) != self.account) {
                let held = TargetReport::held(self.targets[checked.index].clone(), Cause::AccountChanged);
                return self.settle(checked.index, held);
            }
            let plan = self.plan(&checked, &material);
            let written = match checked.sink.take() {
                Some(mut sink) => {
                    let written = self.write_secrets(&mut checked, &mut *sink, &plan, &material).await;
                    checked.sink = Some(sink);
                    written
                }
                None => self.run_command(checked.index, &plan, &material).await,
            };
            if let Written::Done(secrets, failure) = written {
                return self.done(&checked, secrets, failure.as_ref());
            }
        }
        self.fail(checked.index, Failure::Unsettled);
    }

    async fn write_secrets(
        &self,
        checked: &mut Checked,
        sink: &mut dyn SecretSink,
        plan: &Plan,
        material: &Rc<Material>,
    ) -> Written {
        let target = self.targets[checked.index];
        let mut secrets: Vec<SecretReport> = plan.secrets.iter().map(unwritten).collect();
        let mut stopped: Option<Failure> = None;
        let mut token_failed = plan.lacks_its_access_token();
        for place in plan.write_order() {
            let planned = &plan.secrets[place];
            let Step::Write { value, fingerprint, exists } = &planned.step else { continue };
            let outcome = match &stopped {
                Some(failure) => Err(failure.clone()),
                // An end that tells of a token which is not there is worse than none.
                None if token_failed && planned.field == Field::ExpiresAt => Err(Failure::AfterAnother),
                None => {
                    let upper = planned.name.to_ascii_uppercase();
                    let listed = checked.listing.as_ref().and_then(|listing| listing.secrets.get(&upper));
                    let wanted = Wanted { target, planned, value, listed, material };
                    match self.put(sink, &wanted).await {
                        Ok(put) => Ok(put),
                        Err(Unwritten::Moved) => return Written::Moved,
                        Err(Unwritten::Failed(failure)) => Err(failure),
                    }
                }
            };
            secrets[place] = match outcome {
                Ok(put) => {
                    let at = put.at.unwrap_or_else(|| self.now());
                    let created = put.created && !exists;
                    let memory = SecretMemory::new(fingerprint, planned.field, at, created);
                    self.remember(target, planned, memory, material);
                    let outcome = if created { SecretOutcome::Created } else { SecretOutcome::Updated };
                    self.written.borrow_mut().insert((checked.index, planned.name.clone()), outcome);
                    if let Some(listing) = &mut checked.listing {
                        // Keeps what was listed of its audience, should it be begun anew.
                        let listed = listing.secrets.entry(planned.name.to_ascii_uppercase()).or_default();
                        listed.updated_at = Some(at);
                    }
                    SecretReport::new(&planned.name, outcome).over(planned.drifted)
                }
                Err(failure) => {
                    token_failed |= planned.field == Field::AccessToken;
                    let report = SecretReport::failed(&planned.name, Cause::Failed(failure.clone()));
                    if !failure.is_of_one_secret() {
                        stopped = Some(failure);
                    }
                    report
                }
            };
        }
        Written::Done(secrets, stopped)
    }

    async fn run_command(&self, index: usize, plan: &Plan, material: &Rc<Material>) -> Written {
        let target = self.targets[index];
        let Place::Command { command, .. } = &target.place else { return Written::Moved };
        let mut secrets: Vec<SecretReport> = plan.secrets.iter().map(unwritten).collect();
        let mut document = Document::default();
        let mut values = Vec::new();
        // All of them, not only those that have changed: a command replaces the whole.
        let whole = self.whole(target, material);
        let known = self.known(target);
        let is_lost =
            |planned: &&Planned| matches!(planned.step, Step::Fail(_)) && known.secrets.contains_key(&planned.name);
        // What it holds and is not in the new whole would be gone there.
        if let Some(Step::Fail(failure)) = whole.secrets.iter().find(is_lost).map(|planned| &planned.step) {
            let report = |planned: &Planned| SecretReport::failed(&planned.name, Cause::Failed(failure.clone()));
            return Written::Done(whole.secrets.iter().map(report).collect(), Some(failure.clone()));
        }
        for planned in &whole.secrets {
            if let Step::Write { value, .. } = &planned.step {
                document.set(&planned.name, json_text(value));
                values.push(value.clone());
            }
        }
        let (commands, command) = (std::sync::Arc::clone(&self.job.ports.commands), command.clone());
        let (at_work, stop) = (self.commands.begin(index), self.job.stop.clone());
        let ran = tokio::task::spawn_blocking(move || {
            let _held_while_it_runs = at_work;
            commands.deliver(&command, &document.to_json(), &values, &stop)
        });
        let ran = ran.await;
        self.commands.ended(index);
        let failure = match ran {
            Ok(Ok(())) => None,
            Ok(Err(failure)) => Some(failure),
            Err(_) => Some(Failure::Stopped),
        };
        for (place, planned) in whole.secrets.iter().enumerate() {
            let Step::Write { fingerprint, .. } = &planned.step else { continue };
            if let Some(failure) = &failure {
                secrets[place] = SecretReport::failed(&planned.name, Cause::Failed(failure.clone()));
                continue;
            }
            let exists = self.known(target).secrets.contains_key(&planned.name);
            let outcome = if exists { SecretOutcome::Updated } else { SecretOutcome::Created };
            secrets[place] = SecretReport::new(&planned.name, outcome);
            // What a command does with it is its own: Wick deletes nothing there.
            self.remember(target, planned, SecretMemory::new(fingerprint, planned.field, self.now(), false), material);
        }
        Written::Done(secrets, failure)
    }

    fn plan(&self, checked: &Checked, material: &Material) -> Plan {
        let target = self.targets[checked.index];
        let memory = self.memory.borrow();
        let basis = Basis {
            settings: self.job.settings,
            tokens: material.tokens(),
            lives: self.lives(material),
            renewed: material.credential().is_some_and(|found| self.job.is_refreshed_first(found)),
            memory: memory.target(target, self.job.settings),
            listing: checked.listing.as_ref(),
            trigger: self.job.request.trigger,
            force: self.job.request.force,
        };
        Plan::of(target, &basis)
    }

    /// As if nothing had been sent.
    fn whole(&self, target: &Target, material: &Material) -> Plan {
        let (settings, trigger) = (self.job.settings, self.job.request.trigger);
        let lives = material.credential().is_some_and(|found| found.lives(self.now()));
        let tokens = material.tokens();
        let (memory, listing, renewed) = (None, None, false);
        Plan::of(target, &Basis { settings, tokens, lives, renewed, memory, listing, trigger, force: true })
    }

    /// A target is done: says so, and remembers it. `failure` is what ended it early.
    fn done(&self, checked: &Checked, secrets: Vec<SecretReport>, failure: Option<&Failure>) {
        let target = self.targets[checked.index];
        let moved_to = checked.listing.as_ref().and_then(|listing| listing.moved_to.as_deref());
        let renamed = match (&target.place, moved_to) {
            (Place::Github(store), Some(now)) => Some(Cause::Renamed { from: store.owner.clone(), to: now.to_owned() }),
            _ => None,
        };
        if let Some(failure) = failure.filter(|failure| failure.concerns_the_token()) {
            self.fatal.borrow_mut().get_or_insert_with(|| failure.clone());
        }
        let worst = TargetOutcome::worst(&secrets);
        let blamed = secrets.iter().find(|secret| match worst {
            TargetOutcome::Failed => secret.outcome == SecretOutcome::Failed,
            TargetOutcome::Held => secret.outcome == SecretOutcome::Held,
            // Written over, or to be, though someone else has changed it.
            _ => secret.cause.is_some(),
        });
        let cause = failure.cloned().map(Cause::Failed);
        let cause = cause.or_else(|| blamed.and_then(|secret| secret.cause.clone())).or(renamed);
        let report = TargetReport::of(target.clone(), secrets, cause);
        let now = self.now();
        self.note(target, |memory| match report.outcome {
            TargetOutcome::Synced | TargetOutcome::Unchanged => (memory.failure, memory.synced_at) = (None, Some(now)),
            TargetOutcome::Failed => {
                let failure = report.cause.as_ref().and_then(Cause::failure);
                memory.failed(failure.cloned().unwrap_or(Failure::AfterAnother), now);
            }
            TargetOutcome::Held => memory.failure = None,
            TargetOutcome::Planned => {}
        });
        // What is unchanged is saved with all others at the end.
        if report.outcome != TargetOutcome::Unchanged {
            // A failure of it is said in the end.
            let _said_later = self.save();
        }
        self.settle(checked.index, report);
    }

    /// A target got nothing: says so, and remembers it.
    pub(super) fn fail(&self, index: usize, failure: Failure) -> Option<Checked> {
        let target = self.targets[index];
        let report = self.broken_off(index, &failure);
        let now = self.now();
        self.note(target, |memory| memory.failed(failure.clone(), now));
        if failure.concerns_the_token() {
            self.fatal.borrow_mut().get_or_insert(failure);
        }
        self.settle(index, report);
        None
    }

    /// A target that did not come to its end: what was written of it was written.
    pub(super) fn broken_off(&self, index: usize, failure: &Failure) -> TargetReport {
        let target = self.targets[index];
        let mut report = failed(target, self.job.settings, &Cause::Failed(failure.clone()));
        for secret in &mut report.secrets {
            if let Some(outcome) = self.written.borrow().get(&(index, secret.name.clone())) {
                *secret = SecretReport::new(&secret.name, *outcome);
            }
        }
        report
    }
}
