//! A service that shows nothing, for hours, and what is said once it does again.

use super::super::event::{Event, Look};
use super::super::step::step;
use super::super::tests::*;
use super::*;
use crate::domain::sync::{Cause, TargetReport};

type Made = fn() -> Event;

/// Each minute of a run at which something was said. `is_shown` says whether the service works then.
fn said(state: &mut State, minutes: std::ops::Range<i64>, is_shown: fn(i64) -> bool) -> Vec<(i64, Notice)> {
    let mut said = Vec::new();
    for minute in minutes {
        let now = at(minute * 60);
        for effect in step(state, Event::Tick, &now) {
            assert!(matches!(effect, Effect::Look(_)), "{effect:?}");
        }
        for effect in step(state, Event::NothingMoved, &now) {
            let Effect::Notify(notice) = effect else { continue };
            said.push((minute, notice.clone()));
            if !is_shown(minute) {
                step(state, Event::NotShown(notice), &now);
            }
        }
    }
    said
}

fn minutes(said: &[(i64, Notice)], is_it: impl Fn(&Notice) -> bool) -> Vec<i64> {
    said.iter().filter(|(_, notice)| is_it(notice)).map(|(minute, _)| *minute).collect()
}

fn of(clock: Clock) -> impl Fn(&Notice) -> bool {
    move |notice| matches!(notice, Notice::Alert(alert) if alert.clock == clock)
}

/// The access token and the sign-in have both ended, the latter by its latest end.
fn both_ended() -> State {
    let (access, login) = (end(-60).0, end(-30 * 24 * HOUR).0);
    let text = format!(
        r#"{{"claudeAiOauth":{{"accessToken":"a","refreshToken":"r","expiresAt":{access},"refreshTokenExpiresAt":{login}}}}}"#
    );
    let mut state = new(plain());
    let effects = step(&mut state, found(&text), &at(0));
    let [Effect::Notify(notice), _] = &effects[..] else { panic!("{effects:?}") };
    assert!(of(Clock::Login)(notice), "the more urgent one speaks for both: {notice:?}");
    state.and(Event::NotShown(notice.clone()))
}

#[test]
fn an_alert_that_cannot_be_shown_is_tried_again_later_and_later_and_said_once() {
    let mut state = both_ended();
    let day = said(&mut state, 1..1440, |minute| minute > 700);
    assert_eq!(minutes(&day, of(Clock::Login)), [10, 30, 70, 150, 310, 550, 790]);
    assert_eq!(minutes(&day, of(Clock::Access)), [0; 0], "what speaks for it was shown");
}

#[test]
fn an_alert_that_waits_keeps_no_other_clocks_back() {
    // A day before the sign-in's earliest end in five minutes, and the access token's end in four.
    let login = end(4 * 24 * HOUR + 5 * 60).0;
    let both =
        text(4 * 60 - 1).replace(r#""accountUuid""#, &format!(r#""refreshTokenExpiresAt":{login},"accountUuid""#));
    let mut state = new(plain());
    let first = step(&mut state, found(&both), &at(0));
    let [Effect::Notify(notice), _] = &first[..] else { panic!("{first:?}") };
    let mut state = state.and(Event::NotShown(notice.clone()));
    let hour = said(&mut state, 1..60, |minute| minute > 20);
    assert_eq!(minutes(&hour, of(Clock::Access)), [4, 24]);
    assert_eq!(minutes(&hour, of(Clock::Login)), [5, 15, 35]);
}

#[test]
fn a_failure_that_cannot_be_shown_is_tried_again_as_long_as_it_stands() {
    let is_failure = |notice: &Notice| matches!(notice, Notice::SyncEnded(_) | Notice::RefreshEnded(_));
    let fail = |mut state: State, failed: Event| {
        let effects = step(&mut state, failed, &at(0));
        let notice = effects.into_iter().find_map(|effect| match effect {
            Effect::Notify(notice) => Some(notice),
            _ => None,
        });
        state.and(Event::NotShown(notice.expect("it is said")))
    };
    let cases: [(State, Made, Made); 3] = [
        (syncing_by_itself(), || synced(bad(archived())), || synced(good())),
        (syncing_by_itself(), || synced(not_begun()), || synced(good())),
        (refreshing(), || failed(dead()), || ended(Outcome::Refreshed, None)),
    ];
    for (state, failed, over) in cases {
        let failing = || {
            let mut state = fail(state.clone(), failed());
            // What it would begin by itself is none of this.
            let mut settings = state.settings.clone();
            (settings.sync.automatic, settings.refresh.automatic) = (false, false);
            state.set_settings(settings);
            state
        };
        let told = |state: &mut State| {
            let day = said(state, 1..300, |minute| minute > 100);
            minutes(&day, is_failure)
        };
        assert_eq!(told(&mut failing()), [10, 30, 70, 150], "{:?}", failed());
        assert_eq!(told(&mut failing().and(over())), [0; 0], "{:?}", failed());
    }
}

/// Only what could not be shown is.
#[test]
fn a_failure_that_could_not_be_shown_forgets_no_other() {
    let mut both = bad(archived());
    both.targets[0] = TargetReport::failed(target("acme/api"), Cause::Failed(archived()));
    let mut state = syncing_after(archived());
    let news = step(&mut state, synced(both.clone()), &at(0));
    assert_eq!(news.len(), 2, "{news:?}");
    let mut state = state.and(Event::NotShown(Notice::SyncEnded(Box::new(both)))).ago(-5, Event::NothingMoved);
    assert!(state.syncing.running.is_some());
    assert_eq!(step(&mut state, synced(bad(archived())), &at(6)), [Effect::Look(Look::IfMoved)]);
}
