//! A credential for whoever uses it now: refreshed first where that is due and may be.

use std::sync::Arc;

use jiff::SignedDuration;

use super::output::{self, Exit};
use super::until_stopped::until_stopped;
use super::waiting::Waiting;
use crate::app;
use crate::domain::credential::{Concern, Credential, Doubt, Reading};
use crate::domain::refresh::{Outcome, Remark, Trigger, wants_a_refresh};
use crate::domain::settings::{Field, RefreshMode, Settings};
use crate::domain::time::EpochMillis;
use crate::ports::{CredentialStore, Ports, Stop};
use crate::words::{Sentence, credential as credential_words, exec as words, refresh as refresh_words};

/// A token that lives longer than this is not refreshed for the sake of more: none lives longer than some eight hours.
const LONGEST_BEFORE: SignedDuration = SignedDuration::from_hours(6);

/// Each waits 5 s for whoever else refreshes, whose request may take 15 s. Programs that are started together at a token's
/// end all need the one that the first of them gets.
const TRIES: usize = 4;

/// The credential, alive for at least so long; or why there is none, which was said, and how that ends the command.
pub(super) fn credential(ports: &Ports, settings: &Settings, min_left: SignedDuration) -> Result<Credential, Exit> {
    let store = (ports.open_store)(&settings.credential);
    let (zoned, now) = (|| ports.clock.now(), || ports.clock.now().timestamp());
    let refuse = |sentence: &Sentence| output::refused(sentence, Exit::NoCredential);
    let absent = |reading: &Reading| {
        refuse(&credential_words::concern(&Concern::of(reading, None, now()).unwrap_or(Concern::NoSignIn)))
    };
    let mut reading = store.read(output::patience());
    let is_unfinished = is_unfinished(ports, settings, &reading);
    if reading.credential().is_none() && !is_unfinished {
        return Err(absent(&reading));
    }
    // Whoever needs it for longer than `before` has it refreshed the earlier.
    let mut wanted = settings.clone();
    wanted.refresh.before = wanted.refresh.before.max(min_left.min(LONGEST_BEFORE));
    let mut failed = None;
    let found = reading.credential();
    if is_unfinished || found.is_some_and(|found| wants_a_refresh(found, &wanted.refresh, now())) {
        let is_of_use = found.is_some_and(|found| found.expires_at.is_none_or(|end| end.time_left(now()) > min_left));
        let (for_refresh, same_store) = (ports.clone(), Arc::clone(&store));
        let tries = if is_of_use { 1 } else { TRIES };
        let work = move |stop: &Stop| refresh(&for_refresh, &same_store, &wanted, tries, stop);
        failed = match until_stopped(ports, work) {
            None => Some(refresh_words::remark(&Remark::Crashed, &zoned())),
            // Whoever ends the program meanwhile means all of it.
            Some((_, true)) => return Err(Exit::Interrupted),
            Some((failed, false)) => failed,
        };
        reading = store.read(output::patience());
    }
    let Some(credential) = reading.credential() else { return Err(absent(&reading)) };
    if credential.not_a_token() == Some(Field::AccessToken) {
        return Err(refuse(&credential_words::concern(&Concern::NotAToken(Field::AccessToken))));
    }
    let read_only = settings.refresh.mode == RefreshMode::Never;
    let left = credential.expires_at.map_or(SignedDuration::MAX, |end| end.time_left(now()));
    if !credential.lives(now()) {
        let is_over = !is_unfinished && credential.login_has_ended(now());
        let why = if is_over { Some(credential_words::concern(&Concern::LoginExpired)) } else { failed };
        return Err(refuse(&words::expired(why.as_ref(), read_only)));
    }
    if let Some(sentence) = failed {
        output::diagnostic(&words::not_refreshed(&sentence.message));
    }
    if credential.end_is_unclear && min_left.is_positive() {
        return Err(refuse(&credential_words::concern(&Concern::Doubt(Doubt::Unclear))));
    }
    if let Some(end) = credential.expires_at.and_then(EpochMillis::timestamp).filter(|_| left < min_left) {
        return Err(refuse(&words::ends_too_soon(end, min_left, &zoned())));
    }
    if read_only && left <= settings.refresh.before {
        output::diagnostic(&words::may_not_refresh(left));
    }
    Ok(credential.clone())
}

/// Whether an earlier refresh has its new token in the journal still: what is stored is dead then, or a marker that says so.
pub(super) fn is_unfinished(ports: &Ports, settings: &Settings, reading: &Reading) -> bool {
    settings.refresh.mode != RefreshMode::Never && (ports.find_spent)(&reading.location).is_some()
}

/// Refreshes first. Why that did not work is no end: the token may live for a while yet.
pub(super) fn refresh(
    ports: &Ports,
    store: &Arc<dyn CredentialStore>,
    settings: &Settings,
    tries: usize,
    stop: &Stop,
) -> Option<Sentence> {
    let _waiting = Waiting::begin(ports, refresh_words::REFRESHING);
    let once = || app::refresh::refresh(ports, Arc::clone(store), settings, Trigger::Asked, output::patience(), stop);
    let mut report = once();
    for _ in 1..tries {
        if report.outcome != Outcome::Busy || stop.is_set() {
            break;
        }
        report = once();
    }
    report.remark.filter(|_| !report.outcome.is_good()).map(|remark| refresh_words::remark(&remark, &ports.clock.now()))
}
