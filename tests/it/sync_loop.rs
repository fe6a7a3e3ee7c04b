//! Syncing in the loop: by itself, by a click, held, resumed, told once.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use jiff::SignedDuration;
use wick::domain::fingerprint::Fingerprint;
use wick::domain::secret::Secret;
use wick::domain::state::event::Event;
use wick::domain::sync::{Failure, Limit, LimitKind, Refusal};
use wick::ports::lock;
use wick::ports::screen::{Entry, Icon, Mark};

use crate::support::fakes::{FakeClock, FakeStore};
use crate::support::said;
use crate::support::scenario::{Scenario, run};
use crate::support::syncing::{ACCESS, HOUR, config, ending};
use wick::domain::sync::TargetState;
use wick::ports::Clock;
use wick::words::menu::AUTOMATIC;
use wick::words::targets as words;

const REFRESH: &str = "CLAUDE_REFRESH_TOKEN";

#[test]
fn a_click_syncs_all_or_one_and_says_what_came_of_it() {
    run(async || {
        let scenario = Scenario::syncing(false, &["acme/api", "acme/web"]);
        scenario.pass(2).await;
        assert_eq!(scenario.line("acme/api"), said::target("acme/api", TargetState::Never, None));
        assert_eq!(scenario.github.writes(), 0, "nobody has asked");
        scenario.click("acme/api");
        scenario.pass(1).await;
        assert_eq!(scenario.sent("acme/api").as_deref(), Some("one"));
        assert_eq!(scenario.sent("acme/web"), None);
        assert_eq!(scenario.line("acme/api"), said::in_sync("acme/api", 0));
        scenario.click(&words::sync_all(2));
        scenario.pass(1).await;
        assert!(scenario.notifier.last().unwrap().body.starts_with("1 "));
        scenario.pass(365).await;
        assert_eq!(scenario.line("acme/web"), said::in_sync("acme/web", 5));
        scenario.put_token("two");
        scenario.pass(61).await;
        assert_eq!(scenario.line("acme/web"), said::target("acme/web", TargetState::Stale, None));
    });
}

#[test]
fn after_each_change_it_syncs_by_itself_where_that_is_switched_on() {
    run(async || {
        let scenario = Scenario::syncing(true, &["acme/api"]);
        scenario.pass(2).await;
        assert_eq!(scenario.sent("acme/api").as_deref(), Some("one"));
        let writes = scenario.github.writes();
        scenario.pass(600).await;
        assert_eq!(scenario.github.writes(), writes, "once");
        scenario.put_token("two");
        scenario.send(Event::FilesMoved);
        scenario.pass(2).await;
        assert_eq!(scenario.sent("acme/api").as_deref(), Some("two"));
        // What ended is not sent, and a sign-in that is none neither.
        scenario.store.put(&ending(-1, "three"));
        scenario.pass(120).await;
        assert_eq!(scenario.sent("acme/api").as_deref(), Some("two"));
        assert!(scenario.notifier.summaries().iter().all(|summary| !summary.contains("ync")), "no news");
    });
}

/// Whatever holds back a part of it, a sync is begun again for what is new, and not for what it has just held back.
#[test]
fn a_refresh_token_that_is_spent_is_waited_for_and_its_successor_is_sent_at_once() {
    run(async || {
        let scenario = Scenario::syncing(true, &["acme/api"]);
        *lock(&scenario.spent) = Some(Fingerprint::of(&Secret::from("tok-sentinel-refresh".to_owned())));
        scenario.pass(600).await;
        let sent = |name: &str| scenario.github.secret("acme/api", name);
        let syncs = scenario.sync_lock.asked();
        assert_eq!((sent(ACCESS).as_deref(), sent(REFRESH), syncs), (Some("tok-sentinel-one"), None, 1));
        // What else is new goes out all the same.
        scenario.put_token("two");
        scenario.pass(120).await;
        let syncs = scenario.sync_lock.asked();
        assert_eq!((sent(ACCESS).as_deref(), sent(REFRESH), syncs), (Some("tok-sentinel-two"), None, 2));
        *lock(&scenario.spent) = None;
        scenario.store.put(&ending(7 * HOUR, "three").replace("sentinel-refresh", "sentinel-successor"));
        scenario.send(Event::FilesMoved);
        scenario.pass(5).await;
        let syncs = scenario.sync_lock.asked();
        assert_eq!((sent(REFRESH).as_deref(), syncs), (Some("tok-sentinel-successor"), 3));
    });
}

#[test]
fn a_failure_is_notified_once_its_icon_stays_and_only_the_user_can_fix_it() {
    run(async || {
        let scenario = Scenario::syncing(true, &["acme/api", "acme/old"]);
        scenario.github.refuse("acme/old", Refusal::Failure(Failure::Archived));
        scenario.pass(3 * 3600).await;
        let told =
            || scenario.notifier.summaries().iter().filter(|summary| summary.starts_with(&said::sync_failed())).count();
        assert_eq!((told(), scenario.line("acme/old")), (1, said::failed("acme/old", Failure::Archived)));
        assert!(matches!(scenario.view().icon, Icon::Candle(_, Some(Mark::Failed))), "{:?}", scenario.view().icon);
        // Digits give way to what is wrong, and come back once it is fixed.
        let in_digits = format!("{}\n[tray]\nicon = \"time\"\n", config(true, &["acme/api", "acme/old"]));
        scenario.config_file.replace(&in_digits);
        scenario.pass(61).await;
        assert!(matches!(scenario.view().icon, Icon::Candle(_, Some(Mark::Failed))), "{:?}", scenario.view().icon);
        let last = scenario.notifier.last().unwrap();
        assert!(last.body.starts_with("acme/old: "), "{}", last.body);
        scenario.github.relent();
        scenario.click("acme/old");
        scenario.pass(1).await;
        assert_eq!(scenario.view().icon, Icon::Digits("3h".to_owned()));
    });
}

#[test]
fn what_may_pass_is_tried_again_later_and_later() {
    run(async || {
        let scenario = Scenario::syncing(true, &["acme/api"]);
        scenario.github.refuse("acme/api", Refusal::Failure(Failure::ServerError { status: 503 }));
        scenario.pass(200).await;
        assert_eq!(scenario.line("acme/api"), said::failed("acme/api", Failure::ServerError { status: 503 }));
        scenario.github.relent();
        scenario.pass(120).await;
        assert_eq!(scenario.line("acme/api"), said::in_sync("acme/api", 0), "five minutes after the first failure");
    });
}

#[test]
fn a_limit_that_takes_too_long_is_shown_and_the_app_goes_on_by_itself() {
    run(async || {
        let scenario = Scenario::syncing(false, &["acme/api"]);
        let wait = Some(SignedDuration::from_mins(40));
        scenario.github.refuse("acme/api", Refusal::Limit(Limit { kind: LimitKind::Primary, wait }));
        scenario.pass(2).await;
        scenario.click(&words::sync_all(1));
        scenario.pass(2).await;
        let until = scenario.clock.now().timestamp() + SignedDuration::from_mins(40);
        let paused = words::paused(until, &scenario.clock.now());
        assert!(scenario.view().texts().contains(&paused.as_str()), "{:?}", scenario.view().texts());
        scenario.github.relent();
        scenario.pass(30 * 60).await;
        assert_eq!(scenario.github.writes(), 0);
        scenario.pass(11 * 60).await;
        assert_eq!(scenario.sent("acme/api").as_deref(), Some("one"));
    });
}

#[test]
fn a_click_near_the_end_refreshes_first_and_sends_what_that_brought() {
    run(async || {
        let scenario = Scenario::start_with_config(&ending(300, "one"), &config(false, &["acme/api"]));
        scenario.pass(2).await;
        scenario.click(&words::sync_all(1));
        scenario.pass(3).await;
        assert_eq!(scenario.endpoint.posts(), 1);
        assert_eq!(scenario.sent("acme/api").as_deref(), Some("a0"));
    });
}

#[test]
fn more_than_fifteen_targets_are_grouped_and_what_failed_comes_first() {
    run(async || {
        let names: Vec<String> = (0..20).map(|number| format!("acme/r{number}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let scenario = Scenario::syncing(false, &names);
        scenario.github.refuse("acme/r3", Refusal::Failure(Failure::Archived));
        scenario.pass(2).await;
        scenario.click(&words::sync_all(20));
        scenario.pass(2).await;
        let groups: Vec<String> = scenario
            .view()
            .menu
            .into_iter()
            .filter_map(|entry| match entry {
                Entry::Group(label, _) => Some(label),
                _ => None,
            })
            .take_while(|label| label != AUTOMATIC)
            .collect();
        assert_eq!(groups, [words::group(TargetState::Failed, 1), words::group(TargetState::InSync, 19)]);
    });
}

#[test]
fn what_a_command_has_synced_is_shown_within_a_minute_and_not_sent_again() {
    run(async || {
        let store = Arc::new(FakeStore::new(&ending(7 * HOUR, "one")));
        let clock = Arc::new(FakeClock::new());
        let one =
            Scenario::restart(Arc::clone(&store), Arc::default(), Arc::clone(&clock), &config(false, &["acme/api"]));
        one.pass(2).await;
        let state_file = Arc::clone(&one.state_file);
        let other = Scenario::restart(store, state_file, clock, &config(false, &["acme/api"]));
        other.pass(2).await;
        other.click(&words::sync_all(1));
        other.pass(130).await;
        assert_eq!(one.line("acme/api"), said::in_sync("acme/api", 1));
    });
}

#[test]
fn neither_a_taken_lock_nor_a_full_disk_makes_it_a_loop() {
    run(async || {
        let scenario = Scenario::syncing(true, &["acme/api"]);
        scenario.sync_lock.taken.store(true, Ordering::SeqCst);
        scenario.pass(1800).await;
        assert!((3..=7).contains(&scenario.sync_lock.asked()), "asked {} times", scenario.sync_lock.asked());
        let told =
            || scenario.notifier.summaries().iter().filter(|summary| **summary == said::nothing_synced()).count();
        assert_eq!(told(), 1);
        scenario.sync_lock.taken.store(false, Ordering::SeqCst);
        scenario.state_file.is_full.store(true, Ordering::SeqCst);
        scenario.pass(3 * 3600).await;
        assert_eq!(scenario.github.writes(), 0, "what cannot be remembered is not sent");
        assert!(scenario.sync_lock.asked() < 20, "asked {} times", scenario.sync_lock.asked());
        scenario.state_file.is_full.store(false, Ordering::SeqCst);
        scenario.pass(3600).await;
        assert!(scenario.sent("acme/api").is_some());
    });
}

#[test]
fn two_targets_that_fail_in_turns_are_notified_once() {
    run(async || {
        let scenario = Scenario::syncing(true, &["acme/a", "acme/b"]);
        scenario.github.refuse("acme/a", Refusal::Failure(Failure::ServerError { status: 503 }));
        scenario.pass(70).await;
        scenario.github.refuse("acme/b", Refusal::Failure(Failure::ServerError { status: 502 }));
        scenario.put_token("two");
        scenario.pass(4 * 3600).await;
        let told =
            scenario.notifier.summaries().iter().filter(|summary| summary.starts_with(&said::sync_failed())).count();
        assert_eq!(told, 2, "each once: {:?}", scenario.notifier.summaries());
    });
}
