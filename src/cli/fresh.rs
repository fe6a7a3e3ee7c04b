//! A credential for whoever uses it now: refreshed first where that is due and may be.

use jiff::SignedDuration;

use super::until_stopped::until_stopped_or_asked_to;
use super::{Exit, output};
use crate::app;
use crate::domain::credential::{Concern, Credential, Reading};
use crate::domain::refresh::{Outcome, Remark, Trigger, wants_a_refresh};
use crate::domain::settings::{RefreshMode, Settings};
use crate::ports::{Ports, Stop};
use crate::words::{Sentence, credential as credential_words, exec as words, refresh as refresh_words};

/// A token that lives longer than this is not refreshed for the sake of more: none lives longer than some eight hours.
const LONGEST_BEFORE: SignedDuration = SignedDuration::from_hours(6);

/// Each waits 5 s for whoever else refreshes, whose request may take 15 s. Programs that are started together at a token's
/// end all need the one that the first of them gets.
const TRIES: usize = 4;

/// The credential, alive for at least so long; or why there is none, which was said, and how that ends the command.
pub(super) fn credential(
    ports: &Ports,
    settings: &Settings,
    min_left: Option<SignedDuration>,
) -> Result<Credential, Exit> {
    let refuse = |sentence: &Sentence| {
        output::sentence(sentence);
        Err(Exit::NoCredential)
    };
    let read = || (ports.open_store)(&settings.credential).read(output::patience());
    let now = ports.clock.now();
    let mut reading = read();
    let Some(found) = reading.credential() else {
        let concern = Concern::of(&reading, None, now.timestamp()).unwrap_or(Concern::NoSignIn);
        return refuse(&credential_words::concern(&concern));
    };
    // Whoever needs it for longer than `before` has it refreshed the earlier.
    let mut wanted = settings.clone();
    wanted.refresh.before = wanted.refresh.before.max(min_left.unwrap_or_default().min(LONGEST_BEFORE));
    let mut failed = None;
    if wants_a_refresh(found, &wanted.refresh, now.timestamp()) {
        let span = min_left.unwrap_or_default();
        let is_of_use = found.expires_at.is_none_or(|end| end.time_left(now.timestamp()) > span);
        failed = refresh(ports, wanted, if is_of_use { 1 } else { TRIES })?;
        reading = read();
    }
    let now = ports.clock.now();
    let Some(credential) = Reading::credential(&reading) else {
        return refuse(&credential_words::concern(&Concern::NoSignIn));
    };
    if !credential.lives(now.timestamp()) {
        let why = failed.or_else(|| {
            let has_ended = credential.login_has_ended(now.timestamp());
            has_ended.then(|| credential_words::concern(&Concern::LoginExpired))
        });
        return refuse(&words::expired(why.as_ref(), settings.refresh.mode == RefreshMode::Never));
    }
    if let Some(sentence) = failed {
        output::complaint(&words::not_refreshed(&sentence.message));
    }
    let left = credential.expires_at.map(|end| end.time_left(now.timestamp()));
    if let (Some(left), Some(min_left)) = (left, min_left)
        && left < min_left
    {
        return refuse(&words::ends_too_soon(left, min_left));
    }
    let is_near = left.is_some_and(|left| left <= settings.refresh.before);
    if settings.refresh.mode == RefreshMode::Never && is_near {
        output::complaint(&words::may_not_refresh(left.unwrap_or_default()));
    }
    Ok(credential.clone())
}

/// Why it did not work, which is no end: the token may live for a while yet. Whoever ends the program meanwhile means all
/// of it.
fn refresh(ports: &Ports, settings: Settings, tries: usize) -> Result<Option<Sentence>, Exit> {
    let for_refresh = ports.clone();
    let refresh = move |stop: &Stop| {
        let once = || {
            let store = (for_refresh.open_store)(&settings.credential);
            app::refresh::refresh(&for_refresh, store, &settings, Trigger::Asked, output::patience(), stop)
        };
        let mut report = once();
        for _ in 1..tries {
            if report.outcome != Outcome::Busy || stop.is_set() {
                break;
            }
            report = once();
        }
        report
    };
    match until_stopped_or_asked_to(ports, refresh) {
        None => Ok(Some(refresh_words::remark(&Remark::Crashed))),
        Some((_, true)) => Err(Exit::Interrupted),
        Some((report, false)) => {
            Ok(report.remark.filter(|_| !report.outcome.is_good()).map(|remark| refresh_words::remark(&remark)))
        }
    }
}
