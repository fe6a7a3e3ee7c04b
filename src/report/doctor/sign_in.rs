//! The doctor's checks of the sign-in: where it is, whether it can be read, its clocks, whether it can be refreshed.

use jiff::{Timestamp, ZonedDateTime};

use super::check::{Examined, Found, Verdict, found};
use crate::domain::credential::{Concern, Credential, Doubt, Overruling, Reading, SourceKind};
use crate::domain::facts::FileFacts;
use crate::domain::refresh::Remark;
use crate::domain::settings::RefreshMode;
use crate::domain::text::quoted;
use crate::domain::time::EpochMillis;
use crate::words::sentence::SIGN_IN;
use crate::words::{credential as words, moment, refresh as refresh_words};

pub(super) fn source(Examined { reading, now, .. }: &Examined<'_>) -> Found {
    let place = &reading.location.place;
    let written = |at| format!(", written {} ({})", moment::ago(at, now), moment::local(at, now));
    let written = reading.modified.map(written).unwrap_or_default();
    match reading.location.kind {
        SourceKind::File => found!(Pass => "{place}{written}"),
        SourceKind::Keychain => found!(Pass => "keychain item \"{place}\"{written}"),
    }
}

pub(super) fn file_mode(Examined { facts, reading, .. }: &Examined<'_>) -> Found {
    let place = &reading.location.place;
    match facts.file {
        None => found!(Skip => "no file to look at"),
        Some(FileFacts { ours: false, .. }) => {
            found!(Warn => "the file belongs to another user", "find out which program wrote it")
        }
        Some(FileFacts { mode, .. }) if mode & 0o077 != 0 => found!(Warn =>
            "mode {mode:04o}: others on this computer may reach your tokens", "chmod 600 {word}", word = quoted(place)),
        Some(FileFacts { mode, symlink: false, .. }) => found!(Pass => "mode {mode:04o}"),
        Some(FileFacts { mode, symlink: true, .. }) => found!(Pass =>
            "mode {mode:04o}, a symbolic link: Claude Code replaces it by a file when it writes"),
    }
}

pub(super) fn readable(reading: &Reading) -> Found {
    let Some(credential) = reading.credential() else {
        let concern = Concern::of(reading, None, Timestamp::MAX).unwrap_or(Concern::NoSignIn);
        return Verdict::Fail.said(words::concern(&concern));
    };
    if let Some(field) = credential.not_a_token() {
        return Verdict::Fail.said(words::concern(&Concern::NotAToken(field)));
    }
    if let Some(why) = credential.unaccepted {
        return Verdict::Warn.said(words::concern(&Concern::Unaccepted(why)));
    }
    let account = words::account(credential).unwrap_or_else(|| "no account stored".to_owned());
    found!(Pass => "a sign-in: {account}")
}

type Clock = fn(Option<EpochMillis>, &ZonedDateTime) -> String;

fn time_left(examined: &Examined<'_>, end: fn(&Credential) -> Option<EpochMillis>, clock: Clock, act: &str) -> Found {
    let Some(credential) = examined.credential() else { return nothing_to_look_at() };
    let (end, now) = (end(credential), examined.now);
    let clock = clock(end, now);
    match end {
        Some(end) if !end.time_left(now.timestamp()).is_positive() => Verdict::Warn.with(clock, Some(act.to_owned())),
        _ => Verdict::Pass.alone(clock),
    }
}

fn nothing_to_look_at() -> Found {
    found!(Skip => "no sign-in to look at")
}

pub(super) fn access_token(examined: &Examined<'_>) -> Found {
    let act = if is_over(examined) { SIGN_IN } else { words::renew(examined.settings.refresh.mode) };
    time_left(examined, |found| found.expires_at, moment::clock, act)
}

/// Whether the sign-in has expired: no refresh brings anything then.
fn is_over(examined: &Examined<'_>) -> bool {
    examined.credential().is_some_and(|found| found.login_has_ended(examined.now.timestamp()))
}

pub(super) fn login(examined: &Examined<'_>) -> Found {
    time_left(examined, |found| found.login_expires_at, moment::login, SIGN_IN)
}

/// What Claude Code uses instead of it where this runs.
pub(super) fn overruled(by: &[Overruling]) -> Found {
    if by.is_empty() {
        return found!(Pass => "no variable, no settings of Claude Code and no sign-in of \"ant\" overrule the sign-in here");
    }
    let (said, act) = words::overruled(by);
    Verdict::Warn.with(said, Some(act.to_owned()))
}

/// This computer's own.
pub(super) fn clock(examined: &Examined<'_>) -> Found {
    if examined.credential().is_none() {
        return nothing_to_look_at();
    }
    let Some(doubt) = examined.reading.doubt(None, examined.now.timestamp()) else {
        let zone = examined.now.time_zone().iana_name().unwrap_or("unnamed");
        return found!(Pass => "agrees with the credential's date; time zone {zone}");
    };
    let is_wrong = matches!(doubt, Doubt::ClockBehind(_) | Doubt::ClockWentBack(_));
    let verdict = if is_wrong { Verdict::Fail } else { Verdict::Warn };
    verdict.said(words::concern(&Concern::Doubt(doubt)))
}

pub(super) fn refresh(examined: &Examined<'_>) -> Found {
    let (stored, settings, journal) = (examined.credential(), &examined.settings.refresh, examined.journal);
    let url = &settings.token_url;
    let when = if settings.automatic { "by itself and when asked" } else { "when asked" };
    let failure = stored.and_then(|credential| examined.refresh.standing(credential, settings));
    match (settings.mode, failure) {
        (RefreshMode::Never, _) if journal => {
            Verdict::Fail.said(refresh_words::remark(&Remark::JournalLeft, examined.now))
        }
        (RefreshMode::Never, _) => Verdict::Skip.alone(refresh_words::remark(&Remark::ReadOnly, examined.now).message),
        (_, Some(failure)) => {
            let verdict = if failure.passes() { Verdict::Warn } else { Verdict::Fail };
            let said = refresh_words::remembered(failure, examined.now);
            verdict.said(if is_over(examined) { refresh_words::after_the_end(said) } else { said })
        }
        _ if is_over(examined) && !journal => found!(Skip => "not judged: the sign-in has expired"),
        _ if stored.is_some_and(|credential| credential.refresh_token.is_none()) => {
            Verdict::Warn.said(words::concern(&Concern::NoRefreshToken))
        }
        _ if journal => {
            found!(Warn => "a refresh is running or was cut off", "run \"wick refresh\", which finishes it")
        }
        (RefreshMode::Claude, None) => found!(Pass => "{when}, by asking Claude Code"),
        (RefreshMode::Direct, None) => found!(Pass => "{when}, at {url}"),
    }
}
