//! The steps of a refresh with Claude Code's own locks, Wick's own journal, and one POST. Each is made of the one before it
//! alone and consumes it: nothing is sent that was not rehearsed and noted, and no locks outlive the attempt.

use super::attempt::{Attempt, remembered};
use crate::domain::credential::{Contents, Credential, Problem, Reading, is_split};
use crate::domain::fingerprint::Fingerprint;
use crate::domain::refresh::rewrite::rewrite;
use crate::domain::refresh::{
    End, Failure, GrantRequest, Intent, NewTokens, Outcome, Overwrite, Record, Rewrite, Trigger, WriteError,
};
use crate::domain::secret::Secret;
use crate::domain::system::SystemError;
use crate::fault;
use crate::ports::{Connection, HeldLocks, Stop, Tools, VitalWork};
use crate::words::refresh::write_error;

/// By how much new tokens make the credential longer at most, in bytes.
const LONGER: usize = 16 * 1024;

/// Nobody else refreshes or writes, and no earlier run's journal is left.
pub(super) struct Locked<'a, 'b> {
    attempt: &'a mut Attempt<'b>,
    /// Freed before the tools are.
    held: Box<dyn HeldLocks>,
    tools: Tools,
    /// Whether an earlier run may have spent the token that is stored.
    may_be_spent: bool,
    /// Whether this run has begun a journal and sent nothing: then none is to stay, also where it crashes.
    is_unsent: bool,
    /// Whether this run has rehearsed how the credential is written.
    is_proven: bool,
    /// Not to be cut off any more.
    vital: Option<VitalWork>,
}

impl Drop for Locked<'_, '_> {
    fn drop(&mut self) {
        if self.is_unsent {
            self.discard();
        }
    }
}

/// It is due, what will be written was rehearsed, and what is about to be spent is on the disk.
pub(super) struct Proved<'a, 'b> {
    locked: Locked<'a, 'b>,
    /// Whose refresh token is about to be spent.
    credential: Credential,
    request: GrantRequest,
    intent: Intent,
    /// Open, with nothing sent.
    connection: Box<dyn Connection>,
    /// From the POST until its answer is stored.
    awake: Box<dyn Send>,
}

/// The stored token is spent, and its successor is here.
pub(super) struct Sent<'a, 'b> {
    locked: Locked<'a, 'b>,
    intent: Intent,
    tokens: NewTokens,
    /// Whether the journal has it.
    noted: bool,
    /// What an earlier run may have written by half.
    overwrite: Option<Overwrite>,
    /// Where it was this run that sent it.
    awake: Option<Box<dyn Send>>,
}

impl<'a, 'b> Locked<'a, 'b> {
    pub(super) fn take(attempt: &'a mut Attempt<'b>, tools: Tools) -> Result<Self, End> {
        fault::point("before-locks");
        let held = tools.locks.take(attempt.stop).map_err(|error| attempt.not_locked(error))?;
        fault::point("locked");
        tracing::debug!("the locks of Claude Code are taken");
        tools.writer.tidy();
        // What another Wick noted while we waited counts.
        (attempt.known, attempt.unread) = remembered(attempt.ports, &attempt.before.location);
        attempt.memory = attempt.known.clone();
        Self { attempt, held, tools, may_be_spent: false, is_unsent: false, is_proven: false, vital: None }
            .finish_earlier()
    }

    /// Brings to its end what an earlier run left.
    fn finish_earlier(mut self) -> Result<Self, End> {
        let Some(Record { intent, answer, overwrite }) = self.tools.journal.load().map_err(Failure::NoJournal)? else {
            if (self.attempt.ports.find_journal)(&self.attempt.before.location) {
                // Cut off before there was an intent in it.
                self.discard();
            }
            return Ok(self);
        };
        if let Some(tokens) = answer {
            tracing::info!("an earlier refresh left its answer in the journal");
            self.vital = Some(self.attempt.ports.vital.hold());
            return Err(End::With(Sent { locked: self, intent, tokens, noted: true, overwrite, awake: None }.store()?));
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
        let remembered = self.remember_instead();
        let (trigger, lives) = (self.attempt.trigger, credential.lives(self.attempt.now()));
        if trigger == Trigger::Finish || trigger <= Trigger::Asked && lives {
            return Err(Failure::Interrupted.into());
        }
        // Where the journal alone knows of it, no other one takes its place.
        remembered.map_err(|error| Failure::NoJournal(WriteError::System(error)))?;
        // The user was notified of it and insists, or there is nothing left to lose.
        self.attempt.noted = false;
        self.may_be_spent = true;
        Ok(self)
    }

    fn load(&self) -> Result<Secret, Problem> {
        self.tools.writer.load()
    }

    fn discard(&mut self) {
        if let Err(error) = self.tools.journal.discard() {
            // Harmless: the next run compares it with the store and finds nothing to do.
            tracing::warn!("the journal could not be removed: {}", write_error(&error).unwrap_or_default());
        }
    }

    /// The state file first and the journal's end second: one of the two has to know.
    fn remember_instead(&mut self) -> Result<(), SystemError> {
        self.attempt.save(true)?;
        self.discard();
        Ok(())
    }

    /// Reads again, decides again, does whatever will have to work once the token is spent, opens the connection, and last
    /// notes that it will be.
    pub(super) fn prove(mut self) -> Result<Proved<'a, 'b>, End> {
        let attempt = &*self.attempt;
        let stored = self.load();
        if stored.as_ref().is_ok_and(is_split) {
            return Err(End::ByClaude(Some(WriteError::Split)));
        }
        let bytes = stored.as_ref().map_or(0, |text| text.expose().len());
        let reading = Reading { outcome: stored.and_then(|text| parse(&text)), ..attempt.before.clone() };
        let credential = attempt.to_spend(&reading, attempt.before.credential())?.clone();
        let request = GrantRequest::of(&credential).ok_or(Failure::NoRefreshToken)?;
        let (source, spent) = (attempt.before.location.to_string(), Fingerprint::of(&request.refresh_token));
        self.rehearse(bytes)?;
        let (attempt, url) = (&*self.attempt, &self.attempt.settings.refresh.token_url);
        let connection = attempt.ports.token_endpoint.connect(url, &request.body())?;
        tracing::debug!("the answer can be stored, and the connection to {url} is open");
        let awake = attempt.stay_awake()?;
        fault::point("before-intent");
        // Before it is looked whether the program ends: whoever ends it looks for this.
        self.vital = Some(attempt.ports.vital.hold());
        let attempt = &*self.attempt;
        let intent = Intent { schema: 1, source, spent, at: attempt.now() };
        self.tools.journal.begin(&intent).map_err(Failure::NoJournal)?;
        fault::point("after-intent");
        if self.attempt.stop.is_set() {
            return Err(Failure::Stopped.into());
        }
        if !self.held.are_ours() {
            return Err(End::With(Outcome::Busy));
        }
        Ok(Proved { locked: self, credential, request, intent, connection, awake })
    }

    /// Takes every lock and does every write that will be wanted, and keeps the room for it.
    fn rehearse(&mut self, bytes: usize) -> Result<(), End> {
        let storage = self.held.take_storage(self.attempt.stop);
        let storage = storage.map_err(|error| self.attempt.not_locked(error))?;
        // The journal first: where it has no place, the credential is not touched.
        self.is_unsent = true;
        self.tools.journal.reserve(0).map_err(Failure::NoJournal)?;
        self.tools.writer.prove(bytes).map_err(|why| match why {
            WriteError::TooLong(_) => End::ByClaude(Some(why)),
            why => End::Failed(Failure::NotWritable(why)),
        })?;
        drop(storage);
        self.is_proven = true;
        if self.tools.writer.is_in_place() {
            self.tools.journal.reserve(2 * bytes + LONGER).map_err(Failure::NoJournal)?;
        }
        Ok(())
    }

    /// Writes `text` over `stored`, or over what is left of it where an earlier run was cut off in the middle.
    fn write(&mut self, stored: Secret, text: Secret, is_half: bool, answer: &NewTokens) -> Result<(), WriteError> {
        let Tools { writer, journal, .. } = &mut self.tools;
        if !self.is_proven {
            writer.prove(stored.expose().len())?;
        }
        if !writer.is_in_place() || is_half {
            return writer.replace(&text);
        }
        let overwrite = Overwrite { before: stored, after: text };
        journal.cover(answer, &overwrite)?;
        fault::point("covered");
        writer.replace(&overwrite.after)
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
        // Else the journal goes on knowing it.
        drop(self.remember_instead());
        failure.into()
    }
}

impl<'a, 'b> Proved<'a, 'b> {
    /// The one POST. Its answer goes over the intent before anything else is done.
    pub(super) fn send(self) -> Result<Sent<'a, 'b>, End> {
        let Self { mut locked, credential, request, intent, connection, awake } = self;
        locked.is_unsent = false;
        let answer = connection.send();
        tracing::debug!("the refresh token was sent");
        fault::point("after-post");
        let now = locked.attempt.now();
        let granted = answer.and_then(|answer| NewTokens::granted(&answer, &request, now));
        let tokens = match granted {
            Ok(tokens) => tokens,
            Err(failure) => return Err(locked.not_granted(failure, &credential)),
        };
        locked.attempt.end_is_known = tokens.end_is_known;
        fault::point("before-answer");
        let noted = locked.tools.journal.answer(&intent, &tokens);
        if let Err(why) = &noted {
            tracing::error!("the answer could not be noted in the journal: {}", write_error(why).unwrap_or_default());
        }
        fault::point("after-answer");
        if !locked.held.are_ours() {
            tracing::warn!("the locks were lost while the request ran; going on by comparison alone");
        }
        Ok(Sent { locked, intent, tokens, noted: noted.is_ok(), overwrite: None, awake: Some(awake) })
    }
}

impl Sent<'_, '_> {
    /// Writes the answer where it belongs, unless someone else's token is there by now.
    pub(super) fn store(self) -> Result<Outcome, End> {
        let Self { mut locked, intent, tokens, noted, overwrite, awake: _until_it_is_stored } = self;
        let not_stored = |why: WriteError| if noted { Failure::Kept(why) } else { Failure::Lost(why) };
        // Not to be interrupted: the token is spent.
        let storage = locked.held.take_storage(&Stop::default()).map_err(|error| not_stored(error.into()))?;
        fault::point("storage-locked");
        let half = overwrite.filter(|overwrite| locked.tools.writer.holds_a_part_of(overwrite));
        let stored = half.as_ref().map_or_else(|| locked.load(), |overwrite| Ok(overwrite.before.clone()));
        let outcome = match stored {
            Ok(stored) => match rewrite(&stored, &intent.spent, &tokens) {
                Rewrite::Write(text) => {
                    let written = locked.write(stored, text, half.is_some(), &tokens);
                    written.map_err(not_stored)?;
                    fault::point("stored");
                    tracing::debug!("the new tokens are stored, and were read back");
                    Outcome::Refreshed
                }
                Rewrite::TheirsWins => {
                    // It may be what an earlier run wrote, which nothing but the journal would bring back after a power cut.
                    let settled = locked.tools.writer.settle();
                    settled.or_else(|why| if noted { Err(Failure::Kept(why)) } else { Ok(()) })?;
                    Outcome::AlreadyRefreshed
                }
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
