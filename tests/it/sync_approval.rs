//! What waits for the user's approval before the loop syncs it by itself.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use jiff::SignedDuration;
use wick::domain::action::Action;
use wick::domain::state::event::Event;
use wick::domain::sync::{Approval, Failure, Limit, LimitKind, Refusal, TargetState};
use wick::ports::ConfigFile;
use wick::ports::screen::Entry;
use wick::words::targets as words;

use crate::support::said;
use crate::support::scenario::{Scenario, run};
use crate::support::syncing::{HOUR, config, ending};

#[test]
fn a_place_that_is_new_in_the_config_waits_for_one_click() {
    run(async || {
        let scenario = Scenario::syncing(true, &["acme/api"]);
        scenario.pass(2).await;
        scenario.config_file.replace(&config(true, &["acme/api", "evil/place"]));
        scenario.send(Event::FilesMoved);
        scenario.put_token("two");
        scenario.pass(120).await;
        assert_eq!(scenario.sent("acme/api").as_deref(), Some("two"));
        assert_eq!(scenario.sent("evil/place"), None);
        assert_eq!(scenario.line("evil/place"), said::held("evil/place", Approval::NewPlace));
        scenario.click("evil/place");
        scenario.pass(1).await;
        assert!(scenario.sent("evil/place").is_some());
        scenario.put_token("three");
        scenario.pass(62).await;
        assert_eq!(scenario.sent("evil/place").as_deref(), Some("three"));
        // Another address is another place, for every target.
        let elsewhere = config(true, &["acme/api"]) + "[github]\napi_url = \"https://git.evil.example/api/v3\"\n";
        scenario.config_file.replace(&elsewhere);
        scenario.put_token("four");
        scenario.pass(120).await;
        assert_eq!(scenario.sent("acme/api").as_deref(), Some("three"));
    });
}

#[test]
fn another_accounts_sign_in_waits_for_a_click() {
    run(async || {
        let scenario = Scenario::syncing(true, &["acme/api"]);
        scenario.pass(2).await;
        scenario.store.put(&ending(7 * HOUR, "other").replace("1a2b3c4d-aaaa", "another-account"));
        scenario.pass(120).await;
        assert_eq!(scenario.sent("acme/api").as_deref(), Some("one"));
        assert_eq!(scenario.line("acme/api"), said::held("acme/api", Approval::OtherAccount));
        scenario.click(&words::sync_all(1));
        scenario.pass(1).await;
        assert_eq!(scenario.sent("acme/api").as_deref(), Some("other"));
    });
}

/// What is held is not tried again: whatever came of it before says nothing of what to do now.
#[test]
fn a_target_that_failed_and_waits_for_an_approval_says_what_it_waits_for() {
    run(async || {
        let scenario = Scenario::syncing(true, &["acme/api"]);
        scenario.pass(2).await;
        scenario.github.refuse("acme/api", Refusal::from(Failure::ServerError { status: 502 }));
        scenario.put_token("two");
        scenario.pass(62).await;
        assert_eq!(scenario.line("acme/api"), said::failed("acme/api", Failure::ServerError { status: 502 }));
        scenario.store.put(&ending(7 * HOUR, "other").replace("1a2b3c4d-aaaa", "another-account"));
        scenario.pass(62).await;
        assert_eq!(scenario.line("acme/api"), said::held("acme/api", Approval::OtherAccount));
        // What no approval mends is said first.
        scenario.github.refuse("acme/api", Refusal::from(Failure::Archived));
        scenario.click(&words::sync_all(1));
        scenario.pass(2).await;
        assert_eq!(scenario.line("acme/api"), said::failed("acme/api", Failure::Archived));
    });
}

#[test]
fn the_question_of_the_refresh_token_is_asked_once_in_the_menu() {
    run(async || {
        let ask = config(false, &["acme/api"]).replace("share_refresh_token = true", "share_refresh_token = \"ask\"");
        let scenario = Scenario::start_with_config(&ending(7 * HOUR, "one"), &ask);
        scenario.pass(2).await;
        let question = |scenario: &Scenario| {
            scenario.view().menu.into_iter().find_map(|entry| match entry {
                Entry::Group(label, entries) if label == wick::words::sharing::QUESTION => Some(entries),
                _ => None,
            })
        };
        let entries = question(&scenario).expect("it is open");
        use Action::ShareRefreshToken as Share;
        use Entry::{Button, Text};
        let safe_first = matches!(&entries[..], [Button(Share(false), _), Text(_), Button(Share(true), _), Text(_)]);
        assert!(safe_first, "each answer above what it does: {entries:?}");
        scenario.click(&words::sync_all(1));
        scenario.pass(1).await;
        let asked = scenario.notifier.last().expect("the question is asked where it is met");
        let answers = [false, true].map(Action::ShareRefreshToken);
        assert_eq!(asked.buttons.iter().map(|(action, _)| *action).collect::<Vec<_>>(), answers);
        assert_eq!(scenario.github.secret("acme/api", "CLAUDE_REFRESH_TOKEN"), None);
        assert_eq!(scenario.line("acme/api"), said::not_shared("acme/api"));
        scenario.send(Event::Chosen(Action::ShareRefreshToken(true)));
        scenario.pass(2).await;
        assert!(question(&scenario).is_none());
        assert!(scenario.config_file.read().unwrap().unwrap().contains("share_refresh_token = true"));
        scenario.click(&words::sync_all(1));
        scenario.pass(1).await;
        assert!(scenario.github.secret("acme/api", "CLAUDE_REFRESH_TOKEN").is_some());
        assert!(scenario.view().texts().contains(&words::holders_short(1).as_str()));
    });
}

#[test]
fn what_a_limit_cut_short_does_not_go_on_to_a_place_that_an_edit_points_to() {
    run(async || {
        let scenario = Scenario::syncing(false, &["acme/api"]);
        let wait = Some(SignedDuration::from_mins(40));
        scenario.github.refuse("acme/api", Refusal::Limit(Limit { kind: LimitKind::Primary, wait }));
        scenario.pass(2).await;
        scenario.click(&words::sync_all(1));
        scenario.pass(2).await;
        scenario.github.relent();
        let elsewhere = config(false, &["acme/api"]) + "[github]\napi_url = \"https://git.evil.example/api/v3\"\n";
        scenario.config_file.replace(&elsewhere);
        scenario.pass(2 * 3600).await;
        assert_eq!(scenario.github.writes(), 0);
    });
}

#[test]
fn an_edit_that_lets_more_people_see_the_token_waits_for_a_click() {
    run(async || {
        let org = |who: &str| {
            format!("[sync]\nautomatic = true\nshare_refresh_token = true\n[[targets]]\norg = \"acme\"\n{who}\n")
        };
        let scenario = Scenario::start_with_config(&ending(7 * HOUR, "one"), &org("visibility = \"private\""));
        scenario.pass(2).await;
        let writes = scenario.github.writes();
        assert!(writes > 0);
        scenario.config_file.replace(&org("visibility = \"all\""));
        scenario.pass(120).await;
        assert_eq!(scenario.github.writes(), writes);
        assert_eq!(scenario.line("org:acme"), said::held("org:acme", Approval::NewPlace));
    });
}

#[test]
fn what_a_limit_cut_short_does_not_go_on_with_another_accounts_sign_in() {
    run(async || {
        let scenario = Scenario::syncing(false, &["acme/api"]);
        let wait = Some(SignedDuration::from_mins(40));
        scenario.github.refuse("acme/api", Refusal::Limit(Limit { kind: LimitKind::Primary, wait }));
        scenario.pass(2).await;
        scenario.click(&words::sync_all(1));
        scenario.pass(2).await;
        scenario.github.relent();
        scenario.store.put(&ending(7 * HOUR, "other").replace("1a2b3c4d-aaaa", "another-account"));
        scenario.pass(2 * 3600).await;
        assert_eq!(scenario.github.writes(), 0);
    });
}

#[test]
fn which_places_were_seen_is_not_forgotten_with_a_full_disk() {
    run(async || {
        let scenario = Scenario::syncing(true, &["acme/api"]);
        scenario.state_file.is_full.store(true, Ordering::SeqCst);
        scenario.pass(300).await;
        scenario.config_file.replace(&config(true, &["acme/api", "evil/place"]));
        scenario.pass(120).await;
        scenario.state_file.is_full.store(false, Ordering::SeqCst);
        scenario.pass(2 * 3600).await;
        assert!(scenario.sent("acme/api").is_some());
        assert_eq!(scenario.sent("evil/place"), None);
        // And a restart does not take the edit for given.
        let (store, state_file, clock) = scenario.parts();
        let edited = config(true, &["acme/api", "evil/place"]);
        scenario.quit().await;
        store.put(&ending(12 * HOUR, "two"));
        let again = Scenario::restart(store, state_file, clock, &edited);
        again.pass(120).await;
        // This GitHub is a new one: it looked there, and found nothing of what it had sent.
        assert_eq!(again.line("acme/api"), said::target("acme/api", TargetState::Drifted, None));
        assert_eq!(again.line("evil/place"), said::held("evil/place", Approval::NewPlace));
        assert_eq!(again.sent("evil/place"), None);
    });
}

#[test]
fn what_could_not_be_read_at_the_start_is_read_as_soon_as_it_can_be() {
    run(async || {
        // The places are seen, and nothing is sent yet.
        let scenario = Scenario::syncing(false, &["acme/api"]);
        scenario.pass(5).await;
        let (store, state_file, clock) = scenario.parts();
        scenario.quit().await;
        state_file.is_unreadable.store(true, Ordering::SeqCst);
        store.put(&ending(7 * HOUR, "two"));
        let scenario = Scenario::restart(store, Arc::clone(&state_file), clock, &config(true, &["acme/api"]));
        scenario.pass(65).await;
        assert_eq!(scenario.github.writes(), 0, "it is not known what is allowed");
        state_file.is_unreadable.store(false, Ordering::SeqCst);
        scenario.pass(65).await;
        assert_eq!(scenario.sent("acme/api").as_deref(), Some("two"));
    });
}
