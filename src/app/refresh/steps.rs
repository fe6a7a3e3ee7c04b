//! The steps of a refresh with Claude Code's own locks, Wick's own journal, and one POST. Each is made of the one before it
//! alone and consumes it: nothing is sent that was not rehearsed and noted, and no locks outlive the attempt.

use super::attempt::{Attempt, remembered};
use crate::domain::credential::{Contents, Credential, Problem, Reading};
use crate::domain::fingerprint::Fingerprint;
use crate::domain::refresh::rewrite::rewrite;
use crate::domain::refresh::{
    End, Failure, GrantRequest, Intent, NewTokens, Outcome, Record, Rewrite, Trigger, WriteError,
};
use crate::domain::secret::Secret;
use crate::fault;
use crate::ports::{HeldLocks, LockError, Tools};

/// Nobody else refreshes or writes, and no earlier run's journal is left.
pub(super) struct Locked<'a, 'b> {
    attempt: &'a mut Attempt<'b>,
    /// Freed before the tools are.
    held: Box<dyn HeldLocks>,
    tools: Tools,
    /// Whether an earlier run may have spent the token that is stored.
    may_be_spent: bool,
}

/// It is due, what will be written was rehearsed, and what is about to be spent is on the disk.
pub(super) struct Proved<'a, 'b> {
    locked: Locked<'a, 'b>,
    /// Whose refresh token is about to be spent.
    credential: Credential,
    request: GrantRequest,
    intent: Intent,
}

/// The stored token is spent, and its successor is here.
pub(super) struct Sent<'a, 'b> {
    locked: Locked<'a, 'b>,
    intent: Intent,
    tokens: NewTokens,
    /// Whether the journal has it.
    noted: bool,
}

impl<'a, 'b> Locked<'a, 'b> {
    pub(super) fn take(attempt: &'a mut Attempt<'b>, tools: Tools) -> Result<Self, End> {
        fault::point("before-locks");
        let held = tools.locks.take(attempt.stop).map_err(|error| match error {
            LockError::Busy => End::With(Outcome::Busy),
            LockError::Stopped => End::Failed(Failure::Stopped),
            LockError::Failed(error) => End::Failed(Failure::NoLock(WriteError::System(error))),
        })?;
        fault::point("locked");
        tools.writer.tidy();
        // What another Wick noted while we waited counts.
        attempt.memory = remembered(attempt.ports, &attempt.before.location);
        Self { attempt, held, tools, may_be_spent: false }.finish_earlier()
    }

    /// Brings to its end what an earlier run left.
    fn finish_earlier(mut self) -> Result<Self, End> {
        let Some(Record { intent, answer }) = self.tools.journal.load().map_err(Failure::NoJournal)? else {
            return Ok(self);
        };
        if let Some(tokens) = answer {
            tracing::info!("an earlier refresh left its answer in the journal");
            return Err(End::With(Sent { locked: self, intent, tokens, noted: true }.store()?));
        }
        let credential = match self.load().and_then(|text| parse(&text)) {
            Ok(Contents::SignedIn(credential))
                if credential.refresh_token.as_ref().map(Fingerprint::of).as_ref() == Some(&intent.spent) =>
            {
                credential
            }
            Ok(_) | Err(Problem::Absent) => {
                self.discard();
                return Ok(self);
            }
            // The journal stays until it can be compared.
            Err(_) => return Err(End::With(Outcome::Unreadable)),
        };
        tracing::warn!("an earlier refresh was cut off before its answer was stored");
        self.attempt.note(&Failure::Interrupted, &credential);
        self.remember_instead();
        let (trigger, lives) = (self.attempt.trigger, credential.lives(self.attempt.now()));
        if trigger == Trigger::Finish || trigger <= Trigger::Asked && lives {
            return Err(Failure::Interrupted.into());
        }
        // The user was notified of it and insists, or there is nothing left to lose.
        self.attempt.noted = false;
        Ok(Self { may_be_spent: true, ..self })
    }

    fn load(&self) -> Result<Secret, Problem> {
        self.tools.writer.load()
    }

    fn discard(&mut self) {
        if let Err(error) = self.tools.journal.discard() {
            // Harmless: the next run compares it with the store and finds nothing to do.
            tracing::warn!("the journal could not be removed: {error:?}");
        }
    }

    /// The state file first and the journal's end second: one of the two has to know.
    fn remember_instead(&mut self) {
        if self.attempt.save() {
            self.discard();
        }
    }

    /// Reads again, decides again, tries whatever will have to work once the token is spent, and last notes that it will be.
    pub(super) fn prove(mut self) -> Result<Proved<'a, 'b>, End> {
        let (attempt, tools) = (&*self.attempt, &mut self.tools);
        let stored = tools.writer.load();
        let bytes = stored.as_ref().map_or(0, |text| text.expose().len());
        let reading = Reading { outcome: stored.and_then(|text| parse(&text)), ..attempt.before.clone() };
        let credential = attempt.to_spend(&reading, attempt.before.credential())?.clone();
        tools.writer.prove(bytes).map_err(|why| match why {
            WriteError::TooLong(_) => End::ByClaude(Some(why)),
            why => End::Failed(Failure::NotWritable(why)),
        })?;
        let request = GrantRequest::of(&credential).ok_or(Failure::NoRefreshToken)?;
        let (source, spent) = (attempt.before.location.to_string(), Fingerprint::of(&request.refresh_token));
        let intent = Intent { schema: 1, source, spent, at: attempt.now() };
        fault::point("before-intent");
        tools.journal.begin(&intent).map_err(Failure::NoJournal)?;
        fault::point("after-intent");
        let stop = attempt.stop;
        if !self.held.are_ours() || stop.is_set() {
            self.discard();
            return Err(if stop.is_set() { Failure::Stopped.into() } else { End::With(Outcome::Busy) });
        }
        Ok(Proved { locked: self, credential, request, intent })
    }

    /// The store is read again: someone else's success explains our failure, and is adopted.
    fn not_granted(mut self, failure: Failure, spent: &Credential) -> End {
        if let Ok(Contents::SignedIn(credential)) = self.load().and_then(|text| parse(&text))
            && credential.access_token != spent.access_token
        {
            self.discard();
            return End::With(Outcome::AlreadyRefreshed);
        }
        let failure = match failure {
            Failure::InvalidGrant { .. } => Failure::InvalidGrant { spent_before: self.may_be_spent },
            other => other,
        };
        self.attempt.note(&failure, spent);
        self.remember_instead();
        failure.into()
    }
}

impl<'a, 'b> Proved<'a, 'b> {
    /// The one POST. Its answer goes over the intent before anything else is done.
    pub(super) fn send(self) -> Result<Sent<'a, 'b>, End> {
        let Self { mut locked, credential, request, intent } = self;
        let attempt = &locked.attempt;
        let answer = attempt.ports.token_endpoint.post(&attempt.settings.refresh.token_url, &request.body());
        fault::point("after-post");
        let now = attempt.now();
        let granted = answer.and_then(|answer| NewTokens::granted(&answer, &request, now));
        let tokens = match granted {
            Ok(tokens) => tokens,
            Err(failure) => return Err(locked.not_granted(failure, &credential)),
        };
        locked.attempt.end_is_known = tokens.end_is_known;
        fault::point("before-answer");
        let noted = locked.tools.journal.answer(&intent, &tokens);
        if let Err(why) = &noted {
            tracing::error!("the answer could not be noted in the journal: {why:?}");
        }
        fault::point("after-answer");
        if !locked.held.are_ours() {
            tracing::warn!("the locks were lost while the request ran; going on by comparison alone");
        }
        Ok(Sent { locked, intent, tokens, noted: noted.is_ok() })
    }
}

impl Sent<'_, '_> {
    /// Writes the answer where it belongs, unless someone else's token is there by now.
    pub(super) fn store(self) -> Result<Outcome, End> {
        let Self { mut locked, intent, tokens, noted } = self;
        let not_stored = |why: WriteError| if noted { Failure::Kept(why) } else { Failure::Lost(why) };
        let storage = locked.held.take_storage().map_err(|error| match error {
            LockError::Busy | LockError::Stopped => not_stored(WriteError::LockHeld),
            LockError::Failed(error) => not_stored(WriteError::System(error)),
        })?;
        fault::point("storage-locked");
        let outcome = match locked.load() {
            Ok(stored) => match rewrite(&stored, &intent.spent, &tokens) {
                Rewrite::Write(text) => {
                    locked.tools.writer.replace(&text).map_err(not_stored)?;
                    fault::point("stored");
                    Outcome::Refreshed
                }
                Rewrite::TheirsWins => Outcome::AlreadyRefreshed,
                Rewrite::Malformed => return Err(not_stored(WriteError::Malformed).into()),
            },
            // Logged out while the request ran: that is the user's word.
            Err(Problem::Absent) => Outcome::NotFound,
            Err(problem) => {
                let location = locked.attempt.before.location.clone();
                return Err(not_stored(WriteError::Unreadable(problem, location)).into());
            }
        };
        locked.discard();
        fault::point("journal-dropped");
        drop(storage);
        locked.attempt.memory.failure = None;
        Ok(outcome)
    }
}

fn parse(text: &Secret) -> Result<Contents, Problem> {
    Ok(Contents::parse(text.expose().as_bytes())?)
}
