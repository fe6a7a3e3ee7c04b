//! What holds of every sync, not of the examples alone: how fast it goes, measured by a model of GitHub, and what it
//! remembers.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::mark::{Mark, TargetMark};
use super::memory::{SecretMemory, SyncMemory, TargetMemory};
use super::pace::{LONGEST_PAUSE, Pace};
use super::refusal::{Limit, LimitKind, Refusal, Refused};
use crate::domain::fingerprint::Fingerprint;
use crate::domain::properties::{cases, now};
use crate::domain::secret::Secret;

/// GitHub's documented limits on writes, counted in milliseconds and without any mercy.
const LIMITS: [(i64, usize); 2] = [(60_000, 80), (3_600_000, 500)];
/// A sync asks so many things at once.
const AT_ONCE: usize = 8;

/// What happens next.
#[derive(Clone, Debug)]
enum Act {
    /// So many writes are wanted, each taking so many milliseconds.
    Write(u8, i64),
    Wait(i64),
    /// What is under way ends.
    End,
    /// The program ends, and another one goes on with what was remembered.
    Restart,
    /// GitHub complains, and may name a wait in seconds.
    Complain(bool, Option<i64>),
}

fn act() -> impl Strategy<Value = Act> {
    let seconds = prop_oneof![Just(-5i64), 0..100i64, Just(i64::MAX / 4)];
    prop_oneof![
        8 => (1..100u8, 0..3000i64).prop_map(|(writes, each)| Act::Write(writes, each)),
        4 => prop_oneof![0..5000i64, 0..600_000i64].prop_map(Act::Wait),
        3 => Just(Act::End),
        1 => Just(Act::Restart),
        1 => (any::<bool>(), prop::option::of(seconds)).prop_map(|(burst, wait)| Act::Complain(burst, wait)),
    ]
}

/// A Wick that writes as fast as it may, and a GitHub that counts.
struct World {
    pace: Pace,
    millis: i64,
    /// When each write under way was begun.
    under_way: Vec<i64>,
    /// When GitHub got each that has ended: at any moment from its beginning to its end.
    arrived: Vec<i64>,
    early: bool,
    paused_until: Timestamp,
}

impl World {
    fn new(early: bool) -> Self {
        let (pace, under_way, arrived) = (Pace::default(), Vec::new(), Vec::new());
        Self { pace, millis: 0, under_way, arrived, early, paused_until: Timestamp::MIN }
    }

    fn now(&self) -> Timestamp {
        now() + SignedDuration::from_millis(self.millis)
    }

    fn end_all(&mut self) {
        for begun in std::mem::take(&mut self.under_way) {
            self.pace.end_write(self.now());
            self.arrived.push(if self.early { begun } else { self.millis });
        }
    }

    /// As `app::sync` does: it begins, or waits until it may; each write takes a while.
    fn write(&mut self, each: i64) -> Result<(), TestCaseError> {
        for _ in 0..1000 {
            if self.under_way.len() == AT_ONCE {
                self.millis += each;
                self.end_all();
            }
            match self.pace.begin_write(self.now()) {
                Ok(()) => {
                    prop_assert!(self.now() >= self.paused_until, "written during a pause");
                    self.under_way.push(self.millis);
                    return Ok(());
                }
                Err(until) => {
                    prop_assert!(until > self.now(), "a wait that lies behind is waited for ever");
                    prop_assert!(until <= self.now() + LONGEST_PAUSE);
                    self.millis += each;
                    self.end_all();
                    self.millis = self.millis.max(until.as_millisecond() - now().as_millisecond());
                }
            }
        }
        Err(TestCaseError::fail("a thousand waits, and no write"))
    }

    fn act(&mut self, act: &Act) -> Result<(), TestCaseError> {
        match act {
            Act::Write(writes, each) => (0..*writes).try_for_each(|_| self.write(*each))?,
            Act::Wait(millis) => self.millis += millis,
            Act::End => self.end_all(),
            Act::Restart => {
                let text = serde_json::to_string(&self.pace.remembered(self.now())).expect("serializable");
                self.arrived.extend(std::mem::take(&mut self.under_way));
                self.pace = serde_json::from_str(&text).expect("as it was written");
            }
            Act::Complain(burst, wait) => {
                let kind = if *burst { LimitKind::Secondary } else { LimitKind::Primary };
                let limit = Limit { kind, wait: wait.map(SignedDuration::from_secs) };
                let (until, _) = self.pace.limited(limit, self.now());
                prop_assert!(until > self.now() && until <= self.now() + LONGEST_PAUSE);
                self.paused_until = self.paused_until.max(until);
                self.pace.satisfied();
            }
        }
        Ok(())
    }
}

fn secret_memory() -> impl Strategy<Value = Box<SecretMemory>> {
    ("[ab]", any::<bool>(), 0..100i64, any::<bool>()).prop_map(|(value, created, second, open)| {
        let at = now() + SignedDuration::from_secs(second);
        let fingerprint = Fingerprint::of(&Secret::from(value));
        let mut memory = SecretMemory::new(&fingerprint, crate::domain::settings::Field::AccessToken, at, created);
        if open {
            memory.open(at);
        }
        Box::new(memory)
    })
}

fn target_memory() -> impl Strategy<Value = TargetMemory> {
    let secrets = prop::collection::btree_map("[A-D]", secret_memory(), 0..4);
    (secrets, prop::option::of(0..9i64), prop::option::of("[a-f0-9]{16}")).prop_map(|(secrets, synced, etag)| {
        let synced_at = synced.map(|second| now() + SignedDuration::from_secs(second));
        TargetMemory { name: "acme/api".to_owned(), secrets, synced_at, etag, ..TargetMemory::default() }
    })
}

proptest! {
    #![proptest_config(cases(30))]

    #[test]
    fn no_order_of_writes_waits_and_restarts_passes_githubs_limits(
        acts in prop::collection::vec(act(), 1..24), early in any::<bool>(),
    ) {
        let mut world = World::new(early);
        for act in &acts {
            world.act(act)?;
        }
        world.end_all();
        world.arrived.sort_unstable();
        for (window, most) in LIMITS {
            for run in world.arrived.windows(most + 1) {
                prop_assert!(run[most] - run[0] >= window, "{} writes within {} ms", most + 1, run[most] - run[0]);
            }
        }
    }
}

proptest! {
    #![proptest_config(cases(100))]

    #[test]
    fn a_log_brings_back_what_a_sync_knew(
        states in prop::collection::vec(target_memory(), 1..6), other in target_memory(),
    ) {
        let key = "https://api.github.com acme/api";
        let mut memory = SyncMemory::default();
        memory.targets.insert("other".to_owned(), other.clone());
        let mut before = TargetMemory::default();
        for state in states {
            let mark = Mark::Target(TargetMark::new(key.to_owned(), &before, &state, None));
            let line = serde_json::to_string(&mark).expect("serializable");
            prop_assert!(!line.contains('\n'), "a line a mark");
            memory.take_in(serde_json::from_str(&line).expect("as it was written"));
            let expected = BTreeMap::from([(key.to_owned(), state.clone()), ("other".to_owned(), other.clone())]);
            prop_assert_eq!(&memory.targets, &expected);
            before = state;
        }
        let text = serde_json::to_string(&memory).expect("serializable");
        prop_assert_eq!(serde_json::from_str::<SyncMemory>(&text).expect("as it was written"), memory);
    }

    #[test]
    fn only_what_may_be_a_limit_makes_all_wait_and_never_for_longer_than_a_day(
        status in prop_oneof![Just(403), Just(429), 300..600u16],
        headers in prop::option::of(("[0-9]{1,20}|[A-Za-z0-9:, ]{0,30}", "0|4999|", any::<i64>())),
        dated in any::<bool>(),
        said in "Forbidden|You have exceeded a secondary rate limit.|API rate limit exceeded|",
    ) {
        let mut refused = Refused { status, said, date: dated.then(now), ..Refused::default() };
        if let Some((retry_after, remaining, reset)) = headers {
            (refused.retry_after, refused.remaining, refused.reset) = (Some(retry_after), Some(remaining), Some(reset));
        }
        if let Refusal::Limit(limit) = refused.meaning() {
            prop_assert!(matches!(status, 403 | 429));
            prop_assert!(!limit.wait.unwrap_or_default().is_negative());
            let (until, _) = Pace::default().limited(limit, now());
            prop_assert!(until > now() && until <= now() + LONGEST_PAUSE);
        }
    }
}
