//! Every order of sleeping, waking and what comes between, against what is to be true of it.

use super::super::event::{Event, Look};
use super::super::step::step;
use super::super::tests::*;
use super::*;
use crate::domain::refresh;
use crate::domain::sync;

/// What happens. The first two say whether it sleeps.
const KINDS: [fn() -> Event; 8] = [
    || Event::WillSleep,
    || Event::Woke,
    || Event::Slept,
    || Event::NetworkChanged,
    || Event::NothingMoved,
    || Event::Reopened,
    || Event::NotificationAnswered,
    || Event::Tick,
];

/// A refresh is due, and was without a network before.
fn refresh_due() -> State {
    new(both()).ago(400, loaded(300)).ago(400, failed_ago(400, offline()))
}

/// The same of a sync.
fn sync_due() -> State {
    let ended = Event::SyncEnded(bad(unreached()), Some(out_of_reach()));
    new(syncs()).ago(400, loaded(HOUR)).ago(390, ended)
}

/// A warning is.
fn alert_due() -> State {
    signed_in(plain(), 239)
}

/// What is known of a run from outside, in milliseconds.
struct Witness {
    /// What it begins with, and again once something has begun.
    due: State,
    state: State,
    now: i64,
    asleep: bool,
    /// When it slept or woke, when a notification was answered, and when the last reopen was that was not explained by then.
    explained: [Option<i64>; 3],
    held: Option<i64>,
    begun: usize,
    shown: usize,
}

impl Witness {
    fn new(due: &State) -> Self {
        // Worked out once, or every copy would do it again.
        due.overview();
        Self {
            due: due.clone(),
            state: due.clone(),
            now: 0,
            asleep: false,
            explained: [None; 3],
            held: None,
            begun: 0,
            shown: 0,
        }
    }

    fn take(&mut self, event: Event) {
        let within = |at: Option<i64>, span: i64| at.is_some_and(|at| self.now - at < span);
        let [woke, answered, reopened] = self.explained;
        match &event {
            Event::WillSleep => (self.asleep, self.held) = (true, None),
            Event::Woke | Event::Slept => {
                self.asleep &= matches!(event, Event::Slept);
                (self.explained[0], self.held) = (Some(self.now), None);
            }
            Event::NotificationAnswered => (self.explained[1], self.held) = (Some(self.now), None),
            Event::Reopened if self.asleep => {}
            Event::Reopened if within(woke, 15_000) || within(answered, 2_000) || within(reopened, 10_000) => {}
            Event::Reopened => (self.explained[2], self.held) = (Some(self.now), Some(self.now + 1_000)),
            _ => {}
        }
        let is_shown = matches!(event, Event::Tick) && self.held.take_if(|due| *due <= self.now).is_some();
        let effects = step(&mut self.state, event, &at_millis(self.now));
        let clocks = effects.iter().filter(|effect| **effect == Effect::Notify(Notice::Clocks)).count();
        assert_eq!(clocks, usize::from(is_shown));
        self.shown += clocks;
        for effect in effects {
            let begins = match effect {
                Effect::Refresh(trigger) => trigger.is_by_itself(),
                Effect::Sync(request) => request.trigger == sync::Trigger::Automatic,
                Effect::Notify(notice) => notice != Notice::Clocks,
                _ => false,
            };
            assert!(!begins || !self.asleep, "it sends or says something while the computer sleeps");
            self.begun += usize::from(begins);
            if begins {
                // Others of its kind are due at once.
                self.state = State { reopening: self.state.reopening, asleep: self.state.asleep, ..self.due.clone() };
            }
        }
        if let Some(due) = self.held {
            let wakes_at = self.state.wake_at(at_millis(self.now).timestamp());
            assert!(wakes_at <= at_millis(due.max(self.now)).timestamp(), "the reopen is not answered in time");
        }
    }
}

fn at_millis(millis: i64) -> jiff::ZonedDateTime {
    at(0) + SignedDuration::from_millis(millis)
}

#[test]
fn in_every_order_nothing_is_sent_or_said_asleep_and_a_reopen_is_answered_only_where_nothing_explains_it() {
    const LENGTH: u32 = 4;
    let (mut begun, mut shown) = (0, 0);
    let all_due = [refresh_due(), sync_due(), alert_due()];
    for order in 0..KINDS.len().pow(LENGTH) {
        for due in &all_due {
            let mut witness = Witness::new(due);
            for place in 0..LENGTH {
                witness.take(KINDS[order / KINDS.len().pow(place) % KINDS.len()]());
                witness.now += 1_000;
            }
            (begun, shown) = (begun + witness.begun, shown + witness.shown);
        }
    }
    assert!(begun > 0 && shown > 0, "{begun} {shown}");
}

#[test]
fn a_hundred_thousand_of_them_at_any_distance_keep_to_the_same() {
    let mut chance = fastrand::Rng::with_seed(15);
    let all_due = [refresh_due(), sync_due(), alert_due()];
    let mut witness = Witness::new(&all_due[0]);
    for _ in 0..100_000 {
        witness.now += [0, 1, 999, 1_000, 2_000, 5_000, 10_000, 15_000, 40_000][chance.usize(..9)];
        // It wakes in the dark more often than it is said to sleep: otherwise it is awake by its own running time.
        let kind = [0, 1, 2, 2, 2, 3, 4, 4, 5, 5, 6, 7, 7][chance.usize(..13)];
        witness.take(KINDS[kind]());
        if witness.now > 3_000_000 {
            // No token lives for ever, and a failure ages.
            witness =
                Witness { begun: witness.begun, shown: witness.shown, ..Witness::new(&all_due[chance.usize(..3)]) };
        }
    }
    assert!(witness.begun > 100 && witness.shown > 100, "{} {}", witness.begun, witness.shown);
}

#[test]
fn in_the_dark_it_looks_and_once_awake_it_makes_up_for_what_was_put_off() {
    let mut state = refresh_due();
    let mut take = |millis: i64, event: Event| step(&mut state, event, &at_millis(millis));
    assert_eq!(take(0, Event::WillSleep), []);
    assert_eq!(take(3_600_000, Event::Slept), [Effect::Look(Look::IfMoved)]);
    assert_eq!(take(3_600_100, Event::NothingMoved), []);
    assert_eq!(take(3_600_200, Event::NetworkChanged), []);
    let woken = take(3_600_300, Event::Woke);
    assert!(woken.contains(&Effect::Look(Look::IfMoved)), "{woken:?}");
    assert!(woken.contains(&Effect::Refresh(refresh::Trigger::NetworkBack)), "{woken:?}");
}

#[test]
fn what_there_is_to_say_in_the_dark_is_said_once_it_is_awake_and_once() {
    let said = |state: &mut State, event: Event, seconds: i64| {
        let effects = step(state, event, &at(seconds));
        effects.iter().filter(|effect| matches!(effect, Effect::Notify(_))).count()
    };
    let cases: [(State, fn() -> Event); 3] = [
        (idle(), || found(SIGNED_OUT)),
        (syncing_by_itself(), || synced(bad(archived()))),
        (refreshing(), || failed(dead())),
    ];
    for (state, event) in cases {
        let dark = || {
            let mut state = state.clone().and(Event::WillSleep);
            let in_the_dark = [Event::Slept, event(), Event::NothingMoved, Event::Tick, Event::NothingMoved];
            let count: usize = in_the_dark.into_iter().map(|event| said(&mut state, event, 60)).sum();
            assert_eq!(count, 0, "{:?}", event());
            state
        };
        let mut state = dark();
        let awake = [Event::Woke, Event::NothingMoved, Event::Tick, Event::NothingMoved];
        let count: Vec<usize> = awake.into_iter().map(|event| said(&mut state, event, 120)).collect();
        assert_eq!(count, [0, 1, 0, 0], "{:?}", event());
        // Nor where the system never says that it is.
        let mut state = dark();
        let late = SURELY_AWAKE.as_secs() + 61;
        assert_eq!([Event::Tick, Event::NothingMoved].map(|event| said(&mut state, event, late)), [0, 1]);
    }
    // What is over by then is not said.
    let mut state = idle().and(Event::WillSleep).and(found(SIGNED_OUT)).and(loaded(HOUR)).and(Event::Woke);
    assert_eq!(said(&mut state, Event::NothingMoved, 1), 0);
}

#[test]
fn what_a_person_asks_for_is_done_whatever_the_system_has_said() {
    let asleep = || idle_with(targets()).and(Event::WillSleep);
    let mut state = asleep();
    assert_eq!(step(&mut state, click(), &at(0)), [Effect::Refresh(refresh::Trigger::Clicked)]);
    let mut state = asleep();
    assert!(matches!(step(&mut state, sync_all(), &at(0))[..], [Effect::Sync(_)]));
}

#[test]
fn a_computer_that_runs_for_long_is_awake_whatever_the_system_did_not_say() {
    let state = |slept: &[i64]| {
        let state = refresh_due().and(Event::WillSleep);
        slept.iter().fold(state, |state, seconds| state.ago(-seconds, Event::Slept))
    };
    let begins = |mut state: State, seconds: i64| !step(&mut state, Event::NothingMoved, &at(seconds)).is_empty();
    let minutes = SURELY_AWAKE.as_secs();
    assert!(!begins(state(&[]), minutes - 1));
    assert!(begins(state(&[]), minutes));
    // It sleeps, in between.
    assert!(!begins(state(&[600, 1200]), minutes));
    assert!(begins(state(&[600, 1200]), 1200 + minutes));
    // A clock that went back does not make it wait for what it went back.
    let set_back = state(&[3600]).and(Event::FilesMoved);
    assert!(begins(set_back, minutes));
}
