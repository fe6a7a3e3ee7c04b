//! Decides which expiry alerts are due.
//!
//! Knows thresholds and what was already announced. Does not know how an alert is shown or what time it is.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::credential::LOGIN_UNCERTAINTY;
use super::time::EpochMillis;

/// Which of the clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// The access token's, about eight hours.
    Access,
    /// The sign-in's, about a month. Its end is the earliest one: it may come some days later.
    Login,
    /// The one-year token's, by estimate.
    CiToken,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alert {
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
    /// The threshold it was said at; 0 is the end itself, and less a sign-in's latest end.
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

impl AlertMemory {
    /// Takes back what `said` has over `before`, where nothing has been said of that clock since.
    pub fn take_back(&mut self, before: &Self, said: &Self) {
        for (now, before, said) in [
            (&mut self.access, before.access, said.access),
            (&mut self.login, before.login, said.login),
            (&mut self.ci_token, before.ci_token, said.ci_token),
        ] {
            if *now == said {
                *now = before;
            }
        }
    }

    /// What was last said of a clock.
    pub fn of(&mut self, clock: Clock) -> &mut Option<Announced> {
        match clock {
            Clock::Access => &mut self.access,
            Clock::Login => &mut self.login,
            Clock::CiToken => &mut self.ci_token,
        }
    }
}

/// An end that is to be warned of.
#[derive(Clone, Copy, Debug)]
pub struct Deadline<'a> {
    pub clock: Clock,
    pub end: EpochMillis,
    /// How long before it to speak, beside at the end itself.
    pub thresholds: &'a [SignedDuration],
}

impl Deadline<'_> {
    fn thresholds(&self) -> impl Iterator<Item = SignedDuration> {
        // The sign-in may end from its earliest end on, and has ended at the stored one.
        let latest = (self.clock == Clock::Login).then_some(-LOGIN_UNCERTAINTY);
        self.thresholds.iter().copied().chain([SignedDuration::ZERO]).chain(latest)
    }

    /// Finds whether it is due, and notes that in `memory`.
    pub fn due(&self, memory: &mut AlertMemory, now: Timestamp) -> Option<Alert> {
        let Self { clock, end: deadline, .. } = *self;
        let left = deadline.time_left(now);
        let reached = self.thresholds().filter(|threshold| left <= *threshold).min()?.as_secs();
        let said = memory.of(clock);
        if said.is_some_and(|said| said.deadline_ms == deadline.0 && said.announced_s <= reached) {
            return None;
        }
        *said = Some(Announced { deadline_ms: deadline.0, announced_s: reached });
        Some(Alert { clock, deadline, left })
    }
}

/// Finds what is due, and notes it in `memory`.
///
/// Of several, as after a night's sleep, only the most urgent one is returned, and all count as said: first a sign-in
/// that ended, then an access token that ended, then what ends sooner. One of the one-year token speaks when none of these
/// does.
pub fn due(deadlines: &[Deadline<'_>], memory: &mut AlertMemory, now: Timestamp) -> Option<Alert> {
    let can_wait = |deadline: &&Deadline<'_>| deadline.clock == Clock::CiToken;
    // Of those that have ended, the sign-in's counts first; of the others, the one that ends sooner.
    let urgency = |alert: &Alert| (alert.left.max(SignedDuration::ZERO), alert.clock != Clock::Login);
    let alerts =
        deadlines.iter().filter(|deadline| !can_wait(deadline)).filter_map(|deadline| deadline.due(memory, now));
    let urgent = alerts.min_by_key(urgency);
    // That of the one-year token can wait for the next look, and is not said meanwhile.
    urgent.or_else(|| deadlines.iter().filter(can_wait).find_map(|deadline| deadline.due(memory, now)))
}

/// The next moment at which [`due`] may find something new.
pub fn next(deadlines: &[Deadline<'_>], now: Timestamp) -> Option<Timestamp> {
    let moments = deadlines.iter().flat_map(|deadline| {
        let moment = |threshold| deadline.end.timestamp()?.checked_sub(threshold).ok();
        deadline.thresholds().filter_map(moment)
    });
    moments.filter(|moment| *moment > now).min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::credential::ALERTS;

    const MINUTE: i64 = 60_000;
    const DAY: i64 = 24 * 60 * MINUTE;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(1_800_000_000_000 + millis).expect("a moment of this century")
    }

    /// Clocks that end so many milliseconds after `at(0)`.
    fn ending(access: Option<i64>, login: Option<i64>) -> Vec<Deadline<'static>> {
        const FOUR_MINUTES: [SignedDuration; 1] = [SignedDuration::from_mins(4)];
        const DAYS: [SignedDuration; 3] =
            [SignedDuration::from_hours(7 * 24), SignedDuration::from_hours(3 * 24), SignedDuration::from_hours(24)];
        let login = login.map(|millis| ends(Clock::Login, millis, &DAYS));
        login.into_iter().chain(access.map(|millis| ends(Clock::Access, millis, &FOUR_MINUTES))).collect()
    }

    fn ends(clock: Clock, millis: i64, thresholds: &[SignedDuration]) -> Deadline<'_> {
        Deadline { clock, end: at(millis).into(), thresholds }
    }

    /// Walks through moments, and says at which an alert spoke, of which clock, with how many minutes left.
    fn spoken(deadlines: &[Deadline<'_>], moments: &[i64]) -> Vec<(i64, Clock, i64)> {
        let mut memory = AlertMemory::default();
        let speak = |&moment: &i64| {
            due(deadlines, &mut memory, at(moment)).map(|alert| (moment, alert.clock, alert.left.as_mins()))
        };
        moments.iter().filter_map(speak).collect()
    }

    #[test]
    fn one_of_the_one_year_token_waits_for_its_turn() {
        let mut deadlines = ending(Some(-MINUTE), None);
        deadlines.push(ends(Clock::CiToken, 6 * DAY, &ALERTS));
        let mut memory = AlertMemory::default();
        let mut speak = || due(&deadlines, &mut memory, at(0)).map(|alert| alert.clock);
        assert_eq!([speak(), speak(), speak()], [Some(Clock::Access), Some(Clock::CiToken), None]);
    }

    #[test]
    fn each_threshold_speaks_once_and_the_end_speaks_too() {
        let credential = ending(Some(10 * MINUTE), None);
        let moments: Vec<i64> = (0..=12 * 60).map(|second| second * 1000).collect();
        assert_eq!(spoken(&credential, &moments), [(6 * MINUTE, Clock::Access, 4), (10 * MINUTE, Clock::Access, 0)]);
    }

    #[test]
    fn the_threshold_is_exact() {
        let credential = ending(Some(10 * MINUTE), None);
        assert_eq!(spoken(&credential, &[6 * MINUTE - 1]), []);
        assert_eq!(spoken(&credential, &[6 * MINUTE]).len(), 1);
        assert_eq!(spoken(&credential, &[6 * MINUTE + 1]).len(), 1);
    }

    #[test]
    fn after_a_long_sleep_only_the_most_urgent_one_speaks() {
        let credential = ending(Some(10 * MINUTE), Some(10 * DAY));
        // Asleep from before the first threshold until after every one of them.
        assert_eq!(spoken(&credential, &[0, 9 * DAY + 1, 9 * DAY + 2]), [(9 * DAY + 1, Clock::Access, -12_950)]);
        assert_eq!(spoken(&credential, &[0, 11 * DAY, 11 * DAY + 1]), [(11 * DAY, Clock::Login, -1440)]);
        let both_soon = ending(Some(3 * MINUTE), Some(2 * MINUTE));
        assert_eq!(spoken(&both_soon, &[0, 1]), [(0, Clock::Login, 2)]);
    }

    #[test]
    fn a_sign_in_speaks_at_its_earliest_end_and_at_its_latest() {
        let credential = ending(None, Some(10 * DAY));
        let moments: Vec<i64> = (0..=20 * 24).map(|hour| hour * DAY / 24).collect();
        let spoken: Vec<i64> = spoken(&credential, &moments).iter().map(|(moment, ..)| moment / DAY).collect();
        assert_eq!(spoken, [3, 7, 9, 10, 13]);
    }

    #[test]
    fn a_new_deadline_speaks_again() {
        let mut memory = AlertMemory::default();
        assert!(due(&ending(Some(0), None), &mut memory, at(0)).is_some());
        assert!(due(&ending(Some(0), None), &mut memory, at(1)).is_none());
        assert!(due(&ending(Some(MINUTE), None), &mut memory, at(1)).is_some());
    }

    #[test]
    fn a_clock_without_an_end_never_speaks() {
        assert_eq!(spoken(&ending(None, None), &[0, DAY, 400 * DAY]), []);
    }

    #[test]
    fn the_next_moment_is_the_next_threshold() {
        let credential = ending(Some(10 * MINUTE), Some(2 * DAY));
        let next_after = |moment: i64| next(&credential, at(moment));
        assert_eq!(next_after(0), Some(at(6 * MINUTE)));
        assert_eq!(next_after(6 * MINUTE), Some(at(10 * MINUTE)));
        assert_eq!(next_after(10 * MINUTE), Some(at(DAY)));
        assert_eq!(next_after(2 * DAY), Some(at(5 * DAY)), "the sign-in's latest end");
        assert_eq!(next_after(5 * DAY), None);
        let never = Deadline { end: EpochMillis(i64::MAX), ..credential[0] };
        assert_eq!(next(&[never], at(0)), None);
    }
}
