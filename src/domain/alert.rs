//! Decides which expiry alerts are due.
//!
//! Knows thresholds and what was already announced. Does not know how an alert is shown or what time it is.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::credential::ci_token;
use super::credential::record::Credential;
use super::settings::AlertSettings;
use super::time::EpochMillis;

/// Which of the clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// The access token's, about eight hours.
    Access,
    /// The sign-in's, about a month.
    Login,
    /// The one-year token's, by estimate.
    CiToken,
}

/// A due warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alert {
    /// Of which clock.
    pub clock: Clock,
    /// The end it warns of.
    pub deadline: EpochMillis,
    /// The time until then when it fell due; zero or less: it has ended.
    pub left: SignedDuration,
}

/// What was last said of a clock: nothing of the same deadline with this threshold or a larger one is said again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announced {
    /// The end it was about.
    pub deadline_ms: i64,
    /// The threshold it was said at; 0 is the end itself.
    pub announced_s: i64,
}

/// The last alert of each clock.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AlertMemory {
    /// Of the access token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<Announced>,
    /// Of the sign-in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login: Option<Announced>,
    /// Of the one-year token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ci_token: Option<Announced>,
}

/// The ends that are to be warned of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    access: Option<EpochMillis>,
    login: Option<EpochMillis>,
    ci_token: Option<EpochMillis>,
}

impl Deadlines {
    /// Those of a credential, the access token's only where nobody sees to it by himself; and that of the one-year token.
    pub fn of(credential: Option<&Credential>, access_speaks: bool, ci_token: Option<EpochMillis>) -> Self {
        let access = credential.and_then(|credential| credential.expires_at).filter(|_| access_speaks);
        Self { access, login: credential.and_then(|credential| credential.login_expires_at), ci_token }
    }
}

/// Finds what is due, and notes it in `memory`.
///
/// Of several, as after a night's sleep, only the most urgent one is returned, and all count as said: first a sign-in
/// that ended, then an access token that ended, then what ends sooner. One of the one-year token speaks when none of these
/// does.
pub fn due(deadlines: Deadlines, settings: &AlertSettings, memory: &mut AlertMemory, now: Timestamp) -> Option<Alert> {
    let login = due_of(Clock::Login, deadlines.login, &settings.login, &mut memory.login, now);
    let access = due_of(Clock::Access, deadlines.access, &settings.access, &mut memory.access, now);
    let alerts = [login, access].into_iter().flatten().enumerate();
    // Of those that have ended, the order above counts; of the others, which ends sooner.
    let urgency = |(rank, alert): &(usize, Alert)| {
        let lives = alert.left.is_positive();
        (lives, if lives { alert.left } else { SignedDuration::ZERO }, *rank)
    };
    let urgent = alerts.min_by_key(urgency).map(|(_, alert)| alert);
    // That of the one-year token can wait for the next look, and is not said meanwhile.
    let ci_token = || due_of(Clock::CiToken, deadlines.ci_token, &ci_token::ALERTS, &mut memory.ci_token, now);
    urgent.or_else(ci_token)
}

/// Counts what is due of the access token as said: something else has just told of it.
pub fn access_was_told(end: Option<EpochMillis>, settings: &AlertSettings, memory: &mut AlertMemory, now: Timestamp) {
    due_of(Clock::Access, end, &settings.access, &mut memory.access, now);
}

/// Whether [`due`] would find something.
pub fn is_due(deadlines: Deadlines, settings: &AlertSettings, memory: &AlertMemory, now: Timestamp) -> bool {
    due(deadlines, settings, &mut memory.clone(), now).is_some()
}

/// The next moment at which [`due`] may find something new.
pub fn next(deadlines: Deadlines, settings: &AlertSettings, now: Timestamp) -> Option<Timestamp> {
    let clocks = [
        (deadlines.access, settings.access.as_slice()),
        (deadlines.login, settings.login.as_slice()),
        (deadlines.ci_token, ci_token::ALERTS.as_slice()),
    ];
    let moments = clocks.into_iter().filter_map(|(end, thresholds)| Some((end?, thresholds)));
    moments
        .flat_map(|(end, thresholds)| {
            thresholds.iter().chain([&SignedDuration::ZERO]).filter_map(move |&threshold| {
                end.timestamp()?.checked_sub(threshold).ok().filter(|moment| *moment > now)
            })
        })
        .min()
}

fn due_of(
    clock: Clock,
    end: Option<EpochMillis>,
    thresholds: &[SignedDuration],
    memory: &mut Option<Announced>,
    now: Timestamp,
) -> Option<Alert> {
    let deadline = end?;
    let left = deadline.time_left(now);
    let reached =
        thresholds.iter().copied().chain([SignedDuration::ZERO]).filter(|threshold| left <= *threshold).min()?;
    let said = memory.filter(|said| said.deadline_ms == deadline.0);
    if said.is_some_and(|said| said.announced_s <= reached.as_secs()) {
        return None;
    }
    *memory = Some(Announced { deadline_ms: deadline.0, announced_s: reached.as_secs() });
    Some(Alert { clock, deadline, left })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;
    const DAY: i64 = 24 * 60 * MINUTE;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(1_800_000_000_000 + millis).expect("a moment of this century")
    }

    /// Clocks that end so many milliseconds after `at(0)`.
    fn ending(access: Option<i64>, login: Option<i64>) -> Deadlines {
        let end = |millis: i64| EpochMillis::from(at(millis));
        Deadlines { access: access.map(end), login: login.map(end), ci_token: None }
    }

    /// Walks through moments, and says at which an alert spoke, of which clock, with how many minutes left.
    fn spoken(deadlines: Deadlines, moments: &[i64]) -> Vec<(i64, Clock, i64)> {
        let settings = AlertSettings::default();
        let mut memory = AlertMemory::default();
        let speak = |&moment: &i64| {
            due(deadlines, &settings, &mut memory, at(moment)).map(|alert| (moment, alert.clock, alert.left.as_mins()))
        };
        moments.iter().filter_map(speak).collect()
    }

    #[test]
    fn one_of_the_one_year_token_waits_for_its_turn() {
        let end = |millis: i64| Some(EpochMillis::from(at(millis)));
        let deadlines = Deadlines { access: end(-MINUTE), login: None, ci_token: end(6 * DAY) };
        let (settings, mut memory) = (AlertSettings::default(), AlertMemory::default());
        let mut speak = || due(deadlines, &settings, &mut memory, at(0)).map(|alert| alert.clock);
        assert_eq!([speak(), speak(), speak()], [Some(Clock::Access), Some(Clock::CiToken), None]);
    }

    #[test]
    fn each_threshold_speaks_once_and_the_end_speaks_too() {
        let credential = ending(Some(10 * MINUTE), None);
        let moments: Vec<i64> = (0..=12 * 60).map(|second| second * 1000).collect();
        assert_eq!(spoken(credential, &moments), [(6 * MINUTE, Clock::Access, 4), (10 * MINUTE, Clock::Access, 0)]);
    }

    #[test]
    fn the_threshold_is_exact() {
        let credential = ending(Some(10 * MINUTE), None);
        assert_eq!(spoken(credential, &[6 * MINUTE - 1]), []);
        assert_eq!(spoken(credential, &[6 * MINUTE]).len(), 1);
        assert_eq!(spoken(credential, &[6 * MINUTE + 1]).len(), 1);
    }

    #[test]
    fn after_a_long_sleep_only_the_most_urgent_one_speaks() {
        let credential = ending(Some(10 * MINUTE), Some(10 * DAY));
        // Asleep from before the first threshold until after every one of them.
        assert_eq!(spoken(credential, &[0, 9 * DAY + 1, 9 * DAY + 2]), [(9 * DAY + 1, Clock::Access, -12_950)]);
        assert_eq!(spoken(credential, &[0, 11 * DAY, 11 * DAY + 1]), [(11 * DAY, Clock::Login, -1440)]);
        let both_soon = ending(Some(3 * MINUTE), Some(2 * MINUTE));
        assert_eq!(spoken(both_soon, &[0, 1]), [(0, Clock::Login, 2)]);
    }

    #[test]
    fn a_new_deadline_speaks_again() {
        let settings = AlertSettings::default();
        let mut memory = AlertMemory::default();
        assert!(due(ending(Some(0), None), &settings, &mut memory, at(0)).is_some());
        assert!(due(ending(Some(0), None), &settings, &mut memory, at(1)).is_none());
        assert!(due(ending(Some(MINUTE), None), &settings, &mut memory, at(1)).is_some());
    }

    #[test]
    fn a_clock_without_an_end_never_speaks() {
        assert_eq!(spoken(ending(None, None), &[0, DAY, 400 * DAY]), []);
    }

    #[test]
    fn the_next_moment_is_the_next_threshold() {
        let settings = AlertSettings::default();
        let credential = ending(Some(10 * MINUTE), Some(2 * DAY));
        let next_after = |moment: i64| next(credential, &settings, at(moment));
        assert_eq!(next_after(0), Some(at(6 * MINUTE)));
        assert_eq!(next_after(6 * MINUTE), Some(at(10 * MINUTE)));
        assert_eq!(next_after(10 * MINUTE), Some(at(DAY)));
        assert_eq!(next_after(2 * DAY), None);
        let never = Deadlines { access: Some(EpochMillis(i64::MAX)), ..ending(None, None) };
        assert_eq!(next(never, &settings, at(0)), None);
    }
}
