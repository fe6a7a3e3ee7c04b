//! How fast one GitHub may be written to, and when it goes on after it said no.
//!
//! The windows are remembered in `state.json`, so that two syncs one after the other share them.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::refusal::{Limit, LimitKind};
use crate::domain::time::{backed_off, believable};

/// GitHub's documented limit on requests that create content: in general 80 a minute and 500 an hour.
const WINDOWS: [(SignedDuration, usize); 2] =
    [(SignedDuration::from_mins(1), 80), (SignedDuration::from_hours(1), 500)];
/// A request is counted when it is answered here and when it arrives there: this much may lie between.
const SLACK: SignedDuration = SignedDuration::from_secs(2);
/// Between two writes once GitHub has refused bursts; it is what its best practices ask for.
const SPACING: SignedDuration = SignedDuration::from_secs(1);
/// For how long after such a refusal.
const SLOW_FOR: SignedDuration = SignedDuration::from_hours(1);
/// The first wait where GitHub names none; each further one in a row is twice as long.
const FIRST_WAIT: SignedDuration = SignedDuration::from_mins(1);
/// So many refusals in a row, and it is given up for now.
const PATIENCE: u32 = 5;
/// The longest of all waits.
pub const LONGEST_PAUSE: SignedDuration = SignedDuration::from_hours(24);
/// A write that is noted further ahead was noted by a clock that has gone back since.
const CLOCK_ERROR: SignedDuration = SignedDuration::from_mins(2);

/// What one GitHub was asked for lately, as it stands in `state.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pace {
    /// Second since 1970, and how many writes ended in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    writes: Vec<(i64, u32)>,
    /// Nothing is asked before this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused_until: Option<Timestamp>,
    /// One write a second until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    slow_until: Option<Timestamp>,
    /// When the token itself ends, as GitHub's last answer said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_expires: Option<Timestamp>,
    /// Writes that are under way.
    #[serde(skip)]
    under_way: usize,
    #[serde(skip)]
    last_begun: Option<Timestamp>,
    /// Refusals in a row.
    #[serde(skip)]
    refusals: u32,
}

impl Pace {
    /// Until when anything at all has to wait; `None` for not at all.
    pub fn pause(&self, now: Timestamp) -> Option<Timestamp> {
        self.paused_until.and_then(|until| believable(until, now, LONGEST_PAUSE)).filter(|until| *until > now)
    }

    /// Whether anything may be asked, or when.
    pub fn may_ask(&mut self, now: Timestamp) -> Result<(), Timestamp> {
        self.pause(now).map_or(Ok(()), Err)
    }

    /// Takes room for one write, or says until when there is none.
    pub fn begin_write(&mut self, now: Timestamp) -> Result<(), Timestamp> {
        self.forget_old(now);
        let waits = [self.pause(now), self.spaced_until(now)].into_iter().chain(self.full_until(now)).flatten();
        if let Some(until) = waits.filter(|until| *until > now).max() {
            return Err(until);
        }
        self.under_way += 1;
        self.last_begun = Some(now);
        Ok(())
    }

    /// The write has ended, however: GitHub may have counted it.
    pub fn end_write(&mut self, now: Timestamp) {
        self.under_way = self.under_way.saturating_sub(1);
        self.count(now, 1);
    }

    /// The write did not come about: nothing was sent.
    pub fn cancel_write(&mut self) {
        self.under_way = self.under_way.saturating_sub(1);
    }

    /// GitHub answered as asked.
    pub fn satisfied(&mut self) {
        self.refusals = 0;
    }

    /// GitHub has refused for its limits. Says until when all wait, and whether the same is worth asking then.
    pub fn limited(&mut self, limit: Limit, now: Timestamp) -> (Timestamp, bool) {
        let already = self.pause(now);
        // Those that were under way when the first one came are no further ones.
        if already.is_none() {
            self.refusals += 1;
        }
        if limit.kind == LimitKind::Secondary {
            self.slow_until = now.checked_add(SLOW_FOR).ok();
        }
        let own = backed_off(FIRST_WAIT, self.refusals, LONGEST_PAUSE);
        let wait = limit.wait.unwrap_or(own).clamp(SPACING, LONGEST_PAUSE);
        let until = now.checked_add(wait).unwrap_or(now).max(already.unwrap_or(now));
        self.paused_until = Some(until);
        (until, self.refusals < PATIENCE)
    }

    /// The same as it is to be remembered: what is under way counts as ended now.
    #[must_use]
    pub fn remembered(&self, now: Timestamp) -> Self {
        let mut pace = self.clone();
        pace.count(now, u32::try_from(self.under_way).unwrap_or(u32::MAX));
        pace
    }

    /// Takes in the waits that another process has noted meanwhile.
    pub fn join(&mut self, noted: &Self, now: Timestamp) {
        let waits = |until: Option<Timestamp>| until.and_then(|until| believable(until, now, LONGEST_PAUSE));
        self.paused_until = waits(noted.paused_until).max(self.paused_until);
        self.slow_until = waits(noted.slow_until).max(self.slow_until);
    }

    /// So many writes have ended.
    pub(super) fn count(&mut self, now: Timestamp, writes: u32) {
        let second = now.as_second();
        match self.writes.last_mut() {
            _ if writes == 0 => {}
            Some((last, count)) if *last == second => *count += writes,
            _ => self.writes.push((second, writes)),
        }
    }

    fn forget_old(&mut self, now: Timestamp) {
        let kept = (WINDOWS[1].0 + SLACK).as_secs();
        let now = now.as_second();
        self.writes.retain(|(second, _)| *second > now - kept - 1 && *second <= now + CLOCK_ERROR.as_secs());
    }

    /// One a second, where GitHub has refused bursts.
    fn spaced_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.slow_until.filter(|until| *until > now)?;
        let last = self.writes.last().and_then(|(second, _)| Timestamp::from_second(*second).ok());
        last.max(self.last_begun)?.checked_add(SPACING).ok()
    }

    /// For each window, when the oldest write that fills it falls out.
    fn full_until(&self, now: Timestamp) -> impl Iterator<Item = Option<Timestamp>> {
        WINDOWS
            .map(|(span, most)| {
                let span = span + SLACK;
                let mut room = most.saturating_sub(self.under_way);
                for (second, count) in self.writes.iter().rev() {
                    // The end of that second.
                    let counted = Timestamp::from_second(*second + 1).ok()?;
                    let falls_out = counted.checked_add(span).ok()?;
                    if falls_out <= now {
                        break;
                    }
                    let count = usize::try_from(*count).unwrap_or(usize::MAX);
                    if count >= room {
                        return Some(falls_out);
                    }
                    room -= count;
                }
                // All of it is under way: one of those has to end first.
                (room == 0).then(|| now.checked_add(SPACING).ok()).flatten()
            })
            .into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).expect("a moment of this century")
    }

    fn write(pace: &mut Pace, now: i64) -> Result<(), i64> {
        pace.begin_write(at(now)).map_err(|until| until.as_second() - 1_800_000_000)?;
        pace.end_write(at(now));
        Ok(())
    }

    const SECONDARY: Limit = Limit { kind: LimitKind::Secondary, wait: None };

    #[test]
    fn what_another_process_was_told_to_wait_for_stands_unless_no_wait_is_that_long() {
        let waiting = |kind, seconds| {
            let mut pace = Pace::default();
            pace.limited(Limit { kind, wait: Some(SignedDuration::from_secs(seconds)) }, at(0));
            pace
        };
        for (own, noted, waits) in [(60, 600, 600), (600, 60, 600)] {
            let mut pace = waiting(LimitKind::Primary, own);
            pace.join(&waiting(LimitKind::Secondary, noted), at(0));
            assert_eq!((pace.pause(at(0)), pace.slow_until), (Some(at(waits)), Some(at(3600))), "{own}, {noted}");
        }
        let mut pace = waiting(LimitKind::Primary, 60);
        pace.join(&waiting(LimitKind::Secondary, 600), at(-100_000));
        assert_eq!((pace.paused_until, pace.slow_until), (Some(at(60)), None), "noted by a clock that has gone back");
    }

    #[test]
    fn eighty_writes_go_at_once_and_the_next_waits_for_the_first_to_fall_out() {
        let mut pace = Pace::default();
        for _ in 0..80 {
            assert_eq!(write(&mut pace, 0), Ok(()));
        }
        assert_eq!(write(&mut pace, 1), Err(63));
        assert_eq!(write(&mut pace, 62), Err(63));
        assert_eq!(write(&mut pace, 63), Ok(()));
    }

    #[test]
    fn five_hundred_an_hour_hold_however_they_are_spread() {
        let mut pace = Pace::default();
        for number in 0..500 {
            assert_eq!(write(&mut pace, number), Ok(()), "one a second, {number}");
        }
        assert_eq!(write(&mut pace, 500), Err(3603));
        assert_eq!(write(&mut pace, 3603), Ok(()));
        assert_eq!(write(&mut pace, 3603), Err(3604));
    }

    #[test]
    fn what_is_under_way_counts() {
        let mut pace = Pace::default();
        for _ in 0..80 {
            assert_eq!(pace.begin_write(at(0)), Ok(()));
        }
        assert_eq!(pace.begin_write(at(0)), Err(at(1)));
        let mut next = pace.remembered(at(0));
        assert_eq!(next.begin_write(at(1)), Err(at(63)), "a killed run's writes too");
    }

    #[test]
    fn a_refusal_of_bursts_pauses_all_and_then_one_goes_a_second() {
        let mut pace = Pace::default();
        assert_eq!(pace.limited(SECONDARY, at(0)), (at(60), true));
        // The others that were under way.
        assert_eq!(pace.limited(SECONDARY, at(1)), (at(61), true));
        assert_eq!((pace.pause(at(30)), write(&mut pace, 30)), (Some(at(61)), Err(61)));
        assert_eq!((pace.pause(at(61)), write(&mut pace, 61)), (None, Ok(())));
        assert_eq!((write(&mut pace, 61), write(&mut pace, 62)), (Err(62), Ok(())));
        assert_eq!(pace.limited(SECONDARY, at(62)), (at(182), true), "twice as long");
    }

    #[test]
    fn a_server_that_never_has_enough_is_given_up() {
        let mut pace = Pace::default();
        let limit = Limit { kind: LimitKind::Secondary, wait: Some(SignedDuration::from_secs(1)) };
        let tries: Vec<bool> = (0..5).map(|round| pace.limited(limit, at(round * 10)).1).collect();
        assert_eq!(tries, [true, true, true, true, false]);
        pace.satisfied();
        assert!(pace.limited(limit, at(100)).1);
    }

    #[test]
    fn a_wait_is_a_day_at_most_and_a_wrong_clocks_is_none() {
        let mut pace = Pace::default();
        let year = Limit { kind: LimitKind::Primary, wait: Some(SignedDuration::from_hours(24 * 365)) };
        assert_eq!(pace.limited(year, at(0)).0, at(86_400));
        assert_eq!(pace.pause(at(-86_400)), None);
        let mut ahead = Pace::default();
        for _ in 0..80 {
            assert_eq!(write(&mut ahead, 86_400), Ok(()));
        }
        assert_eq!(write(&mut ahead, 0), Ok(()), "noted before the clock went back");
    }
}
