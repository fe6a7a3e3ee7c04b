//! The picture and the title beside it: one clock, and what is wrong.

use jiff::{SignedDuration, Timestamp, ZonedDateTime};

use super::targets;
use crate::domain::alert::Clock;
use crate::domain::credential::{Contents, Problem};
use crate::domain::refresh::Trigger;
use crate::domain::settings::{IconStyle, Title};
use crate::domain::state::State;
use crate::domain::time::{EpochMillis, short};
use crate::ports::screen::{CANDLE_STEPS, Icon, Mark, Wax};
use crate::words::menu::title;

/// How long an access token usually lives, by what users report; a longer one is shown as a whole candle.
const ACCESS_LIFE: SignedDuration = SignedDuration::from_hours(8);
/// How long a sign-in usually lives: 27 to 30 days by what users report.
const LOGIN_LIFE: SignedDuration = SignedDuration::from_hours(28 * 24);

/// So long before the end the candle is a puddle.
const LAST_MINUTES: SignedDuration = SignedDuration::from_mins(10);
/// So long before the sign-in's end a dot stands beside it.
const LAST_DAYS: SignedDuration = SignedDuration::from_hours(3 * 24);

/// The clock that title and icon are about: which, and when it ends.
fn main_clock(state: &State) -> Option<(Clock, Option<EpochMillis>)> {
    let credential = state.credential()?;
    let (access, login) = (credential.expires_at, credential.login_expires_at);
    let login_first = access.is_none_or(|access| login.is_some_and(|login| login < access));
    match state.settings.tray.title {
        Title::Login => Some((Clock::Login, login)),
        Title::Soonest if login_first => Some((Clock::Login, login)),
        Title::Access | Title::None | Title::Soonest => Some((Clock::Access, access)),
    }
}

/// When the clock ends that title and icon are about.
pub(super) fn main_end(state: &State) -> Option<Timestamp> {
    main_clock(state)?.1.and_then(EpochMillis::timestamp)
}

pub(super) fn shown_title(state: &State, now: &ZonedDateTime) -> String {
    if state.settings.tray.title == Title::None { String::new() } else { headline(state, now) }
}

/// The whole in a few characters: `3h 12m`, `expired`, `signed out`.
pub(super) fn headline(state: &State, now: &ZonedDateTime) -> String {
    match main_clock(state) {
        Some((_, Some(end))) if end.time_left(now.timestamp()).is_positive() => short(end.time_left(now.timestamp())),
        Some((_, Some(_))) => title::EXPIRED.to_owned(),
        Some((_, None)) => title::NO_END.to_owned(),
        None => match state.reading().map(|reading| &reading.outcome) {
            None => title::LOADING,
            Some(Err(Problem::Absent | Problem::FolderAbsent)) => title::NOT_FOUND,
            Some(Ok(Contents::SignedOut(_) | Contents::NoSignIn { .. })) => title::SIGNED_OUT,
            Some(_) => title::UNREADABLE,
        }
        .to_owned(),
    }
}

pub(super) fn icon(state: &State, now: &ZonedDateTime) -> Icon {
    match main_clock(state) {
        Some((clock, end)) => {
            let left = end.map(|end| end.time_left(now.timestamp()));
            match (left.filter(|_| state.settings.tray.icon == IconStyle::Time), mark(state, now)) {
                (Some(left), None) if left.is_positive() => {
                    Icon::Digits(short(left).split(' ').next().unwrap_or_default().to_owned())
                }
                // What is wrong has a shape of its own, whatever the user likes to see else.
                (_, mark) => Icon::Candle(wax(clock, left), mark),
            }
        }
        None => match state.reading().map(|reading| &reading.outcome) {
            Some(Ok(_) | Err(Problem::Absent | Problem::FolderAbsent)) => Icon::Unlit,
            None | Some(Err(_)) => Icon::Unknown,
        },
    }
}

fn wax(clock: Clock, left: Option<SignedDuration>) -> Wax {
    match left {
        Some(left) if !left.is_positive() => Wax::BurntOut,
        Some(left) if left <= LAST_MINUTES => Wax::Puddle,
        left => Wax::Steps(begun(clock, left, CANDLE_STEPS)),
    }
}

/// How many of a whole candle's steps have not burnt down.
fn begun(clock: Clock, left: Option<SignedDuration>, whole: u8) -> u8 {
    let life = if clock == Clock::Login { LOGIN_LIFE } else { ACCESS_LIFE };
    let begun = left.map(|left| left.as_mins() * i64::from(whole) / life.as_mins() + 1);
    begun.and_then(|begun| u8::try_from(begun).ok()).map_or(whole, |steps| steps.min(whole))
}

/// The same of the clock that title and icon are about.
pub(super) fn steps(state: &State, now: &ZonedDateTime, whole: u8) -> u8 {
    let left = main_end(state).map(|end| end.duration_since(now.timestamp()));
    main_clock(state).map_or(whole, |(clock, _)| begun(clock, left, whole))
}

fn mark(state: &State, now: &ZonedDateTime) -> Option<Mark> {
    let sign_in_ends = state.credential().and_then(|credential| credential.login_expires_at);
    if state.syncing.running.is_some() || state.refreshing.running.is_some_and(|trigger| trigger > Trigger::Finish) {
        Some(Mark::Busy)
    } else if state.standing_failure().is_some() || targets::are_failed(state) {
        Some(Mark::Failed)
    } else {
        let is_near = sign_in_ends.is_some_and(|end| end.time_left(now.timestamp()) <= LAST_DAYS);
        is_near.then_some(Mark::SignInEnds)
    }
}
