//! Refreshes one credential, once: the order of steps that never loses a sign-in.
//!
//! A refresh token works once, so from the moment it is sent until its successor is on the disk there is no way back.
//! Whatever can fail is tried before that moment, and what came of it is noted before anything else is done. Runs on a
//! thread that may block; the rules are in [`domain::refresh`](crate::domain::refresh::decide).

use std::sync::Arc;

use crate::domain::credential::{Concern, Contents, Credential, Problem, Reading};
use crate::domain::fingerprint::Fingerprint;
use crate::domain::refresh::decide::decide;
use crate::domain::refresh::rewrite::rewrite;
use crate::domain::refresh::{
    ClaudeError, Decision, Failure, Grant, GrantRequest, Intent, NewTokens, Outcome, Record, RefreshMemory, Remark,
    Report, Rewrite, Silence, Trigger, WriteError, due_at,
};
use crate::domain::settings::{RefreshMode, RefreshSettings, Settings};
use crate::domain::state::memory::Part;
use crate::fault;
use crate::ports::{CredentialStore, HeldLocks, LockError, Patience, Ports, Stop, Tools};

/// Where an attempt ended: a good outcome, or why it is none.
type Ended = Result<Outcome, Failure>;

/// Refreshes the credential in `store`, if `trigger` and the rules say so, and reports. Blocks for half a minute at most,
/// in mode `claude` for some more.
///
/// `store` is the one that is read all the time: it knows what was refused and is not to be asked for again.
pub fn refresh(
    ports: &Ports,
    store: Arc<dyn CredentialStore>,
    settings: &Settings,
    trigger: Trigger,
    patience: Patience,
    stop: &Stop,
) -> Report {
    let place = store.location();
    let nothing_is_left = trigger == Trigger::Finish && !(ports.find_journal)(&place);
    let before = if nothing_is_left {
        // The usual start: what is stored is not read a second time, which on a Mac starts a program.
        Reading { location: place, modified: None, settled: true, outcome: Ok(Contents::NoSignIn) }
    } else {
        store.read(patience)
    };
    let source = before.location.to_string();
    let memory = ports.state_file.load().remove(&source).unwrap_or_default().refresh;
    let known = memory.clone();
    let mut attempt =
        Attempt { ports, settings, trigger, stop, store, before, known, memory, noted: false, end_assumed: false };
    let ended = attempt.run();
    attempt.report(ended, &source, (!nothing_is_left).then_some(patience))
}

struct Attempt<'a> {
    ports: &'a Ports,
    settings: &'a Settings,
    trigger: Trigger,
    stop: &'a Stop,
    store: Arc<dyn CredentialStore>,
    /// What was read before any lock was taken.
    before: Reading,
    /// What the state file held.
    known: RefreshMemory,
    memory: RefreshMemory,
    /// Whether this attempt's failure is in `memory` already.
    noted: bool,
    /// Whether the server did not say how long its token lives.
    end_assumed: bool,
}

impl Attempt<'_> {
    fn run(&mut self) -> Ended {
        let settings = &self.settings.refresh;
        if settings.mode == RefreshMode::Never {
            return Ok(Outcome::NotAllowed);
        }
        if self.trigger >= Trigger::Asked {
            self.allow_endpoint();
        }
        if self.before.outcome.as_ref().is_err_and(Problem::needs_a_click) {
            // A locked keychain, say: whatever is asked of it now could raise a prompt.
            return Ok(Outcome::Unreadable);
        }
        let mut tools = (self.ports.open_tools)(&self.settings.credential, &self.before.location);
        tools.locks.clear();
        if (self.ports.find_journal)(&self.before.location) {
            return self.direct(&mut tools);
        }
        if let Some(outcome) = Outcome::without_credential(&self.before) {
            return Ok(outcome);
        }
        match self.before.credential().map(|credential| self.decide(credential, None)) {
            Some(Decision::Spend) if settings.mode == RefreshMode::Claude => self.by_claude(None),
            Some(Decision::Spend) => self.direct(&mut tools),
            Some(Decision::Leave(outcome)) => Ok(outcome),
            Some(Decision::Refuse(failure)) => Err(failure),
            None => Ok(Outcome::NotFound),
        }
    }

    fn decide(&self, credential: &Credential, before: Option<&Credential>) -> Decision {
        let settings = &self.settings.refresh;
        if self.trigger.is_by_itself() && !self.ports.state_file.load_sync().places.allow_endpoint(settings) {
            // Edited since it was begun.
            return Decision::Leave(Outcome::StillFresh);
        }
        decide(credential, before, self.trigger, settings, &self.memory, self.now())
    }

    /// Someone's own word lets the token go where the config says, from now on.
    fn allow_endpoint(&self) {
        let places = self.ports.state_file.load_sync().places;
        if !places.are_unknown() && places.allow_endpoint(&self.settings.refresh) {
            return;
        }
        let allowed = self.ports.state_file.change_sync(&mut |memory| memory.places.add_endpoint(self.settings));
        if let Err(detail) = allowed {
            tracing::warn!("the token endpoint is not remembered as allowed: {detail}");
        }
    }

    /// With both of Claude Code's locks, its own journal, and one POST.
    fn direct(&mut self, tools: &mut Tools) -> Ended {
        fault::point("before-locks");
        let held = match tools.locks.take(self.stop) {
            Ok(held) => held,
            Err(LockError::Busy) => return Ok(Outcome::Busy),
            Err(LockError::Stopped) => return Err(Failure::Stopped),
            Err(LockError::Failed(error)) => return Err(Failure::NoLock { why: WriteError::System(error) }),
        };
        fault::point("locked");
        tools.writer.tidy();
        // What another Wick noted while we waited counts.
        let noted = self.ports.state_file.load().remove(&self.before.location.to_string()).unwrap_or_default().refresh;
        self.memory.failure = noted.failure;
        let interrupted = match self.recover(tools, &*held)? {
            Recovered::Nothing => false,
            Recovered::MayBeSpent => true,
            Recovered::Ended(outcome) => return Ok(outcome),
        };
        let stored = tools.writer.load();
        let contents =
            stored.as_ref().map_err(Clone::clone).and_then(|text| Ok(Contents::parse(text.expose().as_bytes())?));
        let reading = Reading { outcome: contents, ..self.before.clone() };
        let (Some(credential), Ok(stored)) = (reading.credential(), stored) else {
            return Ok(Outcome::without_credential(&reading).unwrap_or(Outcome::Unreadable));
        };
        match self.decide(credential, self.before.credential()) {
            Decision::Spend if self.settings.refresh.mode == RefreshMode::Claude => {
                drop(held);
                self.by_claude(None)
            }
            Decision::Spend => match tools.writer.prove(stored.expose().len()) {
                Ok(()) => self.spend(credential, tools, &*held, interrupted),
                Err(why @ WriteError::TooLong(_)) => {
                    drop(held);
                    self.by_claude(Some(why))
                }
                Err(why) => Err(Failure::NotWritable { why }),
            },
            Decision::Leave(outcome) => Ok(outcome),
            Decision::Refuse(failure) => Err(failure),
        }
    }

    /// Brings to its end what an earlier run left.
    fn recover(&mut self, tools: &mut Tools, held: &dyn HeldLocks) -> Result<Recovered, Failure> {
        let Some(Record { intent, answer }) = tools.journal.load().map_err(|why| Failure::NoJournal { why })? else {
            return Ok(Recovered::Nothing);
        };
        if let Some(answer) = answer {
            tracing::info!("an earlier refresh left its answer in the journal");
            return self.store_answer(tools, held, &intent, &answer, true).map(Recovered::Ended);
        }
        let credential = match load(tools) {
            Ok(Contents::SignedIn(credential))
                if credential.refresh_token.as_ref().map(Fingerprint::of).as_ref() == Some(&intent.spent) =>
            {
                credential
            }
            Ok(_) | Err(Problem::Absent) => {
                discard(tools);
                return Ok(Recovered::Nothing);
            }
            // The journal stays until it can be compared.
            Err(_) => return Ok(Recovered::Ended(Outcome::Unreadable)),
        };
        tracing::warn!("an earlier refresh was cut off before its answer was stored");
        self.note(&Failure::Interrupted, &credential);
        self.remember_instead_of(tools);
        let lives = credential.lives(self.now());
        if self.trigger == Trigger::Finish || self.trigger <= Trigger::Asked && lives {
            return Err(Failure::Interrupted);
        }
        // It has been told, and someone insists, or there is nothing left to lose.
        self.noted = false;
        Ok(Recovered::MayBeSpent)
    }

    fn spend(&mut self, credential: &Credential, tools: &mut Tools, held: &dyn HeldLocks, interrupted: bool) -> Ended {
        let Some(request) = GrantRequest::of(credential) else { return Err(Failure::NoRefreshToken) };
        let spent = Fingerprint::of(&request.refresh_token);
        let intent =
            Intent { schema: 1, source: self.before.location.to_string(), spent: spent.clone(), at: self.now() };
        fault::point("before-intent");
        tools.journal.begin(&intent).map_err(|why| Failure::NoJournal { why })?;
        fault::point("after-intent");
        if !held.are_ours() || self.stop.is_set() {
            discard(tools);
            return if self.stop.is_set() { Err(Failure::Stopped) } else { Ok(Outcome::Busy) };
        }
        let answer = self.ports.token_endpoint.post(&self.settings.refresh.token_url, &request.body());
        fault::point("after-post");
        let granted = match answer {
            Ok(answer) => Grant::from_answer(&answer, self.now()),
            Err(Silence::NotSent(why)) => Err(Failure::Offline { why }),
            Err(Silence::NoAnswer(why)) => Err(Failure::NoAnswer { why }),
        };
        let grant = match granted {
            Ok(grant) => grant,
            Err(failure) => return self.not_granted(failure, credential, tools, interrupted),
        };
        let tokens = NewTokens::of(grant, &request, self.now());
        fault::point("before-answer");
        let noted = tools.journal.answer(&intent, &tokens);
        if let Err(why) = &noted {
            tracing::error!("the answer could not be noted in the journal: {why:?}");
        }
        fault::point("after-answer");
        if !held.are_ours() {
            tracing::warn!("the locks were lost while the request ran; going on by comparison alone");
        }
        let ended = self.store_answer(tools, held, &intent, &tokens, noted.is_ok());
        self.end_assumed = ended == Ok(Outcome::Refreshed) && !tokens.end_is_known;
        ended
    }

    /// The store is read again: someone else's success explains our failure, and is adopted.
    fn not_granted(&mut self, failure: Failure, spent: &Credential, tools: &mut Tools, interrupted: bool) -> Ended {
        if let Ok(Contents::SignedIn(credential)) = load(tools)
            && credential.access_token != spent.access_token
        {
            discard(tools);
            return Ok(Outcome::AlreadyRefreshed);
        }
        let failure = match failure {
            Failure::InvalidGrant { .. } => Failure::InvalidGrant { spent_before: interrupted },
            other => other,
        };
        self.note(&failure, spent);
        self.remember_instead_of(tools);
        Err(failure)
    }

    /// Writes an answer where it belongs, unless someone else's token is there by now.
    fn store_answer(
        &mut self,
        tools: &mut Tools,
        held: &dyn HeldLocks,
        intent: &Intent,
        tokens: &NewTokens,
        noted: bool,
    ) -> Ended {
        let not_stored = |why: WriteError| if noted { Failure::Kept { why } } else { Failure::Lost { why } };
        let storage = held.take_storage().map_err(|error| match error {
            LockError::Busy | LockError::Stopped => not_stored(WriteError::LockHeld),
            LockError::Failed(error) => not_stored(WriteError::System(error)),
        })?;
        fault::point("storage-locked");
        let outcome = match tools.writer.load() {
            Ok(stored) => match rewrite(&stored, &intent.spent, tokens) {
                Rewrite::Write(text) => {
                    tools.writer.replace(&text).map_err(not_stored)?;
                    fault::point("stored");
                    Outcome::Refreshed
                }
                Rewrite::TheirsWins => Outcome::AlreadyRefreshed,
                Rewrite::Malformed => return Err(not_stored(WriteError::Malformed)),
            },
            // Logged out while the request ran: that is the user's word.
            Err(Problem::Absent) => Outcome::NotFound,
            Err(problem) => return Err(not_stored(WriteError::Unreadable(problem, self.before.location.clone()))),
        };
        discard(tools);
        fault::point("journal-dropped");
        drop(storage);
        self.memory.failure = None;
        Ok(outcome)
    }

    fn by_claude(&mut self, instead: Option<WriteError>) -> Ended {
        let Some(before) = self.before.credential().cloned() else { return Ok(Outcome::NotFound) };
        let claude = RefreshSettings { mode: RefreshMode::Claude, ..self.settings.refresh.clone() };
        if due_at(&before, &claude).is_none_or(|due| due > self.now()) {
            return Ok(Outcome::StillFresh);
        }
        let store = Arc::clone(&self.store);
        let changed = move || {
            let now = store.read(Patience::Background);
            now.credential().is_some_and(|now| now.access_token != before.access_token)
        };
        let ran = self.ports.claude.renew(&self.settings.credential, &changed, self.stop);
        if changed() {
            self.memory.failure = None;
            return Ok(Outcome::Refreshed);
        }
        if self.stop.is_set() {
            return Err(Failure::Stopped);
        }
        Err(Failure::ClaudeDidNot { why: ran.err().unwrap_or(ClaudeError::NothingChanged), instead })
    }

    fn now(&self) -> jiff::Timestamp {
        self.ports.clock.now().timestamp()
    }

    fn note(&mut self, failure: &Failure, credential: &Credential) {
        let now = self.now();
        self.memory.note(failure, credential, &self.settings.refresh, now);
        self.noted = true;
    }

    /// The state file first and the journal's end second: one of the two has to know.
    fn remember_instead_of(&mut self, tools: &mut Tools) {
        if self.save(&self.before.location.to_string()) {
            discard(tools);
        }
    }

    fn save(&mut self, source: &str) -> bool {
        if self.memory == self.known {
            return true;
        }
        let saved = self.ports.state_file.save(source, Part::Refresh(self.memory.clone()));
        match &saved {
            Ok(()) => self.known = self.memory.clone(),
            Err(error) => tracing::warn!("what became of the refresh is not remembered: {error}"),
        }
        saved.is_ok()
    }

    /// Reads once more what is stored now, where `patience` says how long that may take.
    fn report(mut self, ended: Ended, source: &str, patience: Option<Patience>) -> Report {
        let moved = self.before.outcome.is_ok() || ended.is_err();
        let after =
            patience.filter(|_| moved).map_or_else(|| self.before.clone(), |patience| self.store.read(patience));
        let (outcome, failure) = match ended {
            Ok(outcome) => (outcome, None),
            Err(failure) => (Outcome::Failed, Some(failure)),
        };
        if let (Some(failure), Some(credential)) = (&failure, after.credential())
            && failure.is_remembered()
            && !self.noted
        {
            self.note(failure, credential);
        }
        self.save(source);
        let remark = failure.map(Remark::Failed).or_else(|| self.remark(outcome, &after));
        let mut report = Report::new(outcome, Some(&after), remark);
        report.kept =
            self.settings.refresh.mode != RefreshMode::Never && (self.ports.find_journal)(&self.before.location);
        source.clone_into(&mut report.source);
        report.memory = Some(self.memory);
        report
    }

    /// What is to be said beside an outcome that is no failure.
    fn remark(&self, outcome: Outcome, after: &Reading) -> Option<Remark> {
        match outcome {
            Outcome::Busy => Some(Remark::Busy),
            Outcome::NotAllowed if (self.ports.find_journal)(&after.location) => Some(Remark::JournalLeft),
            Outcome::NotAllowed => Some(Remark::ReadOnly),
            Outcome::SignedOut | Outcome::NotFound | Outcome::Unreadable => {
                Concern::of(after, None, self.now()).map(Remark::Concern)
            }
            Outcome::Refreshed if self.end_assumed => Some(Remark::EndAssumed),
            Outcome::StillFresh if self.trigger >= Trigger::Clicked => Some(Remark::ClaudeRenewsLate),
            _ => None,
        }
    }
}

enum Recovered {
    Nothing,
    /// The token that is stored may be spent already.
    MayBeSpent,
    Ended(Outcome),
}

fn load(tools: &Tools) -> Result<Contents, Problem> {
    Ok(Contents::parse(tools.writer.load()?.expose().as_bytes())?)
}

fn discard(tools: &mut Tools) {
    if let Err(error) = tools.journal.discard() {
        // Harmless: the next run compares it with the store and finds nothing to do.
        tracing::warn!("the journal could not be removed: {error:?}");
    }
}
