//! Refreshes one credential, once: the order of steps that never loses a sign-in.
//!
//! A refresh token works once, so from the moment it is sent until its successor is on the disk there is no way back.
//! Whatever can fail is tried before that moment, and what came of it is noted before anything else is done: each of the
//! steps takes the one before it, so that none can be left out. Runs on a thread that may block; the rules are in
//! [`domain::refresh`](crate::domain::refresh::decide).

mod attempt;
mod steps;

use std::sync::Arc;

use self::attempt::{Attempt, Ended, remembered};
use self::steps::Locked;
use crate::domain::credential::Problem;
use crate::domain::refresh::{ClaudeError, End, Failure, Outcome, RefreshMemory, Report, Trigger, WriteError, is_due};
use crate::domain::settings::{RefreshMode, RefreshSettings, Settings};
use crate::ports::{CredentialStore, Patience, Ports, Stop};

/// Looks whether an earlier run left something to finish. Where it did not, as at most starts, says what is remembered:
/// nothing more is to be done, and what is stored is not read a second time, which on a Mac starts a program.
pub fn nothing_to_finish(ports: &Ports, store: &dyn CredentialStore, settings: &Settings) -> Option<RefreshMemory> {
    let place = store.location();
    if (ports.find_journal)(&place) {
        return None;
    }
    if settings.refresh.mode != RefreshMode::Never {
        (ports.open_tools)(&settings.credential, &place).locks.clear();
    }
    Some(remembered(ports, &place).0)
}

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
    let before = store.read(patience);
    let (known, unread) = remembered(ports, &before.location);
    let memory = known.clone();
    let (noted, end_is_known, held_by_others) = (false, true, None);
    let mut attempt = Attempt {
        ports,
        settings,
        trigger,
        stop,
        store,
        before,
        known,
        unread,
        memory,
        noted,
        held_by_others,
        end_is_known,
    };
    let ended = match run(&mut attempt) {
        Ok(outcome) | Err(End::With(outcome)) => Ok(outcome),
        Err(End::Failed(failure)) => Err(failure),
        Err(End::ByClaude(instead)) => by_claude(&mut attempt, instead),
    };
    attempt.report(ended, patience)
}

fn run(attempt: &mut Attempt<'_>) -> Result<Outcome, End> {
    let (ports, settings) = (attempt.ports, attempt.settings);
    if settings.refresh.mode == RefreshMode::Never {
        return Err(End::With(Outcome::NotAllowed));
    }
    if attempt.trigger >= Trigger::Asked {
        attempt.allow_endpoint();
    }
    if attempt.before.outcome.as_ref().is_err_and(Problem::needs_a_click) {
        // A locked keychain, say: whatever is asked of it now could raise a prompt.
        return Err(End::With(Outcome::Unreadable));
    }
    let tools = (ports.open_tools)(&settings.credential, &attempt.before.location);
    tools.locks.clear();
    // What an earlier run left is finished whatever is stored.
    if !(ports.find_journal)(&attempt.before.location) {
        attempt.to_spend(&attempt.before, None)?;
    }
    Locked::take(attempt, tools)?.prove()?.send()?.store()
}

/// Asks the installed Claude Code. `instead` says why, where the settings name Wick itself.
fn by_claude(attempt: &mut Attempt<'_>, instead: Option<WriteError>) -> Ended {
    let Some(before) = attempt.before.credential() else { return Ok(Outcome::NotFound) };
    let claude = RefreshSettings { mode: RefreshMode::Claude, ..attempt.settings.refresh.clone() };
    if !is_due(before, &claude, attempt.now()) {
        return Ok(Outcome::StillFresh);
    }
    let changed = || {
        let now = attempt.store.read(Patience::Background);
        now.credential().is_some_and(|now| now.access_token != before.access_token)
    };
    let _until_it_is_stored = match attempt.stay_awake() {
        Ok(awake) => awake,
        Err(End::Failed(failure)) => return Err(failure),
        Err(_) => return Ok(Outcome::StillFresh),
    };
    let ran = attempt.ports.claude.renew(&attempt.settings.credential, &changed, attempt.stop);
    if changed() {
        attempt.memory.failure = None;
        return Ok(Outcome::Refreshed);
    }
    if attempt.stop.is_set() {
        return Err(Failure::Stopped);
    }
    Err(Failure::ClaudeDidNot { why: ran.err().unwrap_or(ClaudeError::NothingChanged), instead })
}
