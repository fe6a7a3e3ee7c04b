//! Refreshing in the loop, on a paused clock: by itself, backing off, by a click, and what is said of it.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use wick::domain::action::Action;
use wick::domain::refresh::WriteError;
use wick::domain::settings::{ProfileName, Setting};
use wick::domain::state::event::Event;
use wick::domain::time::EpochMillis;
use wick::ports::screen::{CANDLE_STEPS, Entry, Icon, Mark, Wax};

use crate::support::credential::CredentialText;
use crate::support::fakes::START;
use crate::support::said;
use crate::support::scenario::{Scenario, run};
use jiff::SignedDuration;
use wick::ports::Clock;
use wick::words::refresh::{READ_ONLY, REFRESH_NOW, new_endpoint};

const AUTOMATIC: &str = "[refresh]\nautomatic = true\n";
const MINUTE: i64 = 60;

fn ending(seconds: i64) -> String {
    let after = |seconds: i64| EpochMillis((START + seconds) * 1000);
    CredentialText::ending(after(seconds)).login_ending(after(20 * 86_400)).json()
}

fn has_button(scenario: &Scenario) -> bool {
    scenario.view().menu.contains(&Entry::Button(Action::Refresh, REFRESH_NOW.to_owned()))
}

#[test]
fn it_refreshes_by_itself_ten_minutes_before_the_end_and_says_so_in_the_menu_alone() {
    run(async || {
        let scenario = Scenario::start_with_config(&ending(11 * MINUTE), AUTOMATIC);
        scenario.pass(58).await;
        assert_eq!(scenario.endpoint.posts(), 0);
        scenario.pass(4).await;
        assert_eq!((scenario.endpoint.posts(), scenario.view().title.as_str()), (1, "8h"));
        let done = wick::words::refresh::done(scenario.clock.now().timestamp(), &scenario.clock.now());
        assert!(scenario.view().texts().contains(&done.as_str()), "{:?}", scenario.view().texts());
        scenario.pass(600).await;
        assert_eq!((scenario.endpoint.posts(), scenario.notifier.summaries().len()), (1, 0));
    });
}

#[test]
fn what_the_keychains_program_would_not_take_is_left_to_claude_code_before_anything_is_sent() {
    run(async || {
        let text = ending(3 * MINUTE);
        let scenario = Scenario::start_with_config(&text, "[alerts]\naccess = []\n");
        scenario.store.longest.store(text.len() - 1, Ordering::SeqCst);
        scenario.send(Event::Chosen(Action::Refresh));
        scenario.pass(5).await;
        assert_eq!(scenario.endpoint.sent(), 0);
        let shown = scenario.notifier.last().unwrap();
        let why = wick::words::refresh::write_error(&WriteError::TooLong(text.len())).unwrap();
        assert!(shown.body.contains(&why), "{}", shown.body);
        scenario.store.longest.store(text.len(), Ordering::SeqCst);
        scenario.send(Event::Chosen(Action::Refresh));
        scenario.pass(5).await;
        assert_eq!(scenario.endpoint.sent(), 1);
    });
}

#[test]
fn by_default_nothing_is_refreshed_and_the_alert_speaks() {
    run(async || {
        let scenario = Scenario::start(&ending(5 * MINUTE));
        scenario.pass(6 * 60).await;
        assert_eq!(scenario.endpoint.posts(), 0);
        assert_eq!(scenario.notifier.summaries(), [said::access("4m"), said::access_expired()]);
    });
}

#[test]
fn a_start_with_nothing_left_to_finish_reads_the_credential_once() {
    run(async || {
        let scenario = Scenario::start_with_config(&ending(3600), AUTOMATIC);
        scenario.pass(5).await;
        assert_eq!(scenario.store.reads(), 1);
    });
}

#[test]
fn after_a_nights_sleep_it_refreshes_instead_of_alerting() {
    run(async || {
        let scenario = Scenario::start_with_config(&ending(60 * MINUTE), AUTOMATIC);
        scenario.pass(5).await;
        scenario.clock.jump(9 * 3600);
        scenario.pass(62).await;
        assert_eq!((scenario.endpoint.posts(), scenario.notifier.summaries().len()), (1, 0));
        assert_eq!(scenario.view().title, "7h 59m");
    });
}

#[test]
fn what_may_pass_is_tried_again_later_and_later_and_notified_once() {
    run(async || {
        let scenario = Scenario::start_with_config(&ending(5 * MINUTE), AUTOMATIC);
        scenario.endpoint.answer(500, "");
        scenario.pass(3600).await;
        let tries = scenario.endpoint.posts();
        assert!((5..=8).contains(&tries), "{tries} tries in an hour");
        let said = scenario.notifier.summaries();
        assert_eq!(said.iter().filter(|said| **said == said::refresh_failed()).count(), 1, "{said:?}");
        assert!(said.contains(&said::access("4m")), "the alert speaks when the last try failed: {said:?}");
        let now = scenario.clock.now();
        let next = (0..3600).map(|seconds| now.timestamp() + SignedDuration::from_secs(seconds));
        let next: Vec<String> = next.map(|at| wick::words::refresh::next_try(at, &now)).collect();
        assert!(
            scenario.view().texts().iter().any(|text| next.iter().any(|next| next == text)),
            "{:?}",
            scenario.view()
        );
        scenario.endpoint.grant();
        scenario.pass(3600).await;
        assert_eq!(scenario.endpoint.posts(), tries + 1);
        assert!(!scenario.view().texts().iter().any(|text| text.starts_with(&said::refresh_failed())));
    });
}

/// While hours are left nobody has to do anything: the mark is there, both clocks come first, and nothing is notified.
#[test]
fn what_failed_offline_is_marked_until_the_next_refresh_that_works_and_does_not_alarm_while_hours_are_left() {
    run(async || {
        let mark = |scenario: &Scenario| match scenario.view().icon {
            Icon::Candle(_, mark) => mark,
            other => panic!("{other:?}"),
        };
        for config in ["", "[refresh]\nautomatic = true\nbefore = \"4h\"\n"] {
            let scenario = Scenario::start_with_config(&ending(3 * 60 * MINUTE), config);
            scenario.endpoint.vanish();
            scenario.pass(2).await;
            scenario.send(Event::Chosen(Action::Refresh));
            scenario.pass(5).await;
            assert_eq!((mark(&scenario), scenario.view().title.as_str()), (Some(Mark::Failed), "3h"), "{config}");
            let shown = scenario.view();
            let first = shown.texts().iter().position(|text| text.starts_with(&said::refresh_failed()));
            assert!(first.is_some_and(|at| at > 0 && shown.texts()[0].starts_with(&said::access("3h"))), "{shown:?}");
            assert!(!shown.tooltip.contains(&said::refresh_failed()), "{shown:?}");
            scenario.endpoint.grant();
            scenario.send(Event::Chosen(Action::Refresh));
            scenario.pass(5).await;
            assert_eq!((mark(&scenario), scenario.view().title.as_str()), (None, "8h"), "{config}");
            assert!(!scenario.view().texts().iter().any(|text| text.starts_with(&said::refresh_failed())));
        }
    });
}

#[test]
fn a_dead_sign_in_is_tried_once_and_the_icon_says_so() {
    run(async || {
        let scenario = Scenario::start_with_config(&ending(9 * MINUTE), AUTOMATIC);
        scenario.endpoint.answer(400, r#"{"error":"invalid_grant"}"#);
        scenario.pass(120).await;
        assert_eq!(
            (scenario.endpoint.posts(), scenario.view().icon),
            (1, Icon::Candle(Wax::Puddle, Some(Mark::Failed)))
        );
        let shown = scenario.notifier.last().unwrap();
        assert_eq!((shown.summary.as_str(), shown.buttons[0].0), (said::refresh_failed().as_str(), Action::SignIn));
        scenario.pass(2 * 3600).await;
        scenario.send(Event::Chosen(Action::Refresh));
        scenario.settle().await;
        assert_eq!(scenario.endpoint.posts(), 1);
        // A new sign-in is another matter, also after a restart.
        let (store, state_file, clock) =
            (Arc::clone(&scenario.store), Arc::clone(&scenario.state_file), Arc::clone(&scenario.clock));
        scenario.quit().await;
        let scenario = Scenario::restart(store, state_file, clock, AUTOMATIC);
        scenario.pass(120).await;
        assert_eq!(scenario.endpoint.posts(), 0, "remembered");
        scenario.store.put(&ending(0).replace("-refresh\"", "-new\""));
        scenario.pass(120).await;
        assert_eq!(scenario.endpoint.posts(), 1);
    });
}

#[test]
fn a_new_sign_in_takes_the_complaint_away() {
    run(async || {
        let scenario = Scenario::start_with_config(&ending(9 * MINUTE), AUTOMATIC);
        scenario.endpoint.answer(400, r#"{"error":"invalid_grant"}"#);
        scenario.pass(5).await;
        assert!(scenario.view().texts().iter().any(|text| text.starts_with(&said::refresh_failed())));
        scenario.store.put(&ending(8 * 3600).replace("-refresh\"", "-new\""));
        scenario.pass(61).await;
        assert!(!scenario.view().texts().iter().any(|text| text.starts_with(&said::refresh_failed())));
        assert_eq!(scenario.view().icon, Icon::Candle(Wax::Steps(CANDLE_STEPS), None));
    });
}

#[test]
fn when_the_network_is_back_it_does_not_wait() {
    run(async || {
        let scenario = Scenario::start_with_config(&ending(5 * MINUTE), AUTOMATIC);
        scenario.endpoint.vanish();
        scenario.online.store(false, Ordering::SeqCst);
        scenario.pass(1800).await;
        let tries = scenario.endpoint.posts();
        scenario.endpoint.grant();
        scenario.online.store(true, Ordering::SeqCst);
        scenario.pass(62).await;
        assert_eq!((scenario.endpoint.posts(), scenario.view().title.as_str()), (tries + 1, "8h"));
    });
}

#[test]
fn a_click_is_answered_whatever_came_of_it() {
    run(async || {
        let scenario = Scenario::start(&ending(3 * 3600));
        scenario.settle().await;
        assert!(has_button(&scenario));
        scenario.send(Event::Chosen(Action::Refresh));
        scenario.settle().await;
        assert_eq!(scenario.notifier.summaries(), [said::refreshed()]);
        assert_eq!(scenario.view().title, "8h");
        scenario.endpoint.answer(503, "");
        for clicks in 2..4 {
            scenario.send(Event::Chosen(Action::Refresh));
            scenario.settle().await;
            assert_eq!(scenario.notifier.summaries().len(), clicks);
            assert_eq!(
                scenario.notifier.last().unwrap().buttons,
                [(Action::Refresh, wick::words::menu::item::REFRESH)]
            );
        }
        assert!(has_button(&scenario));
    });
}

#[test]
fn the_switch_is_written_into_the_config_and_read_from_there() {
    run(async || {
        let scenario = Scenario::start_with_config(&ending(3600), "# mine\n[refresh]\nbefore = \"5m\" # short\n");
        scenario.settle().await;
        let on = |scenario: &Scenario| {
            let within = scenario.view().menu.into_iter().filter_map(|entry| match entry {
                Entry::Group(_, entries) => Some(entries),
                _ => None,
            });
            within.flatten().find_map(|entry| if let Entry::Switch(_, _, on) = entry { Some(on) } else { None })
        };
        assert_eq!(on(&scenario), Some(false));
        scenario.send(Event::Chosen(Action::SwitchAutomatic));
        scenario.pass(1).await;
        assert_eq!(on(&scenario), Some(true));
        scenario.send(Event::Chosen(Action::SwitchAutomatic));
        scenario.pass(1).await;
        assert_eq!(on(&scenario), Some(false));
    });
}

#[test]
fn in_read_only_mode_the_menu_says_so_and_nothing_is_sent() {
    run(async || {
        let scenario = Scenario::start_with_config(&ending(60), "[refresh]\nmode = \"never\"\nautomatic = true\n");
        scenario.pass(300).await;
        scenario.send(Event::Chosen(Action::Refresh));
        scenario.settle().await;
        assert_eq!(scenario.endpoint.posts(), 0);
        assert!(!has_button(&scenario) && scenario.view().texts().contains(&READ_ONLY));
        assert!(scenario.notifier.summaries().contains(&said::access_expired()), "the alert speaks");
    });
}

#[test]
fn whatever_an_edit_changes_besides_another_endpoint_waits_for_a_click() {
    run(async || {
        let elsewhere = "[refresh]\nautomatic = true\ntoken_url = \"https://elsewhere.example/token\"\n";
        for first in ["[refresh]\nmode = \"never\"\n", "", "[refresh]\ntoken_url = \"https://first.example/token\"\n"] {
            let scenario = Scenario::start_with_config(&ending(60), first);
            scenario.pass(5).await;
            scenario.config_file.replace(elsewhere);
            scenario.pass(200).await;
            assert_eq!(scenario.endpoint.posts(), 0, "{first}");
            assert!(scenario.view().texts().contains(&&*new_endpoint(false)), "{:?}", scenario.view().texts());
            scenario.send(Event::Chosen(Action::Refresh));
            scenario.settle().await;
            assert_eq!(scenario.endpoint.posts(), 1);
            scenario.pass(61).await;
            assert!(!scenario.view().texts().contains(&&*new_endpoint(false)));
            // From now on it is one of the places.
            scenario.store.put(&ending(8 * 3600));
            scenario.clock.jump(8 * 3600);
            scenario.pass(130).await;
            assert_eq!(scenario.endpoint.posts(), 2);
        }
        // What the first config of all names is given.
        let scenario = Scenario::start_with_config(&ending(60), elsewhere);
        scenario.pass(5).await;
        assert_eq!(scenario.endpoint.posts(), 1);
    });
}

#[test]
fn a_server_that_gives_short_tokens_is_asked_every_five_minutes_at_most() {
    run(async || {
        let scenario = Scenario::start_with_config(&ending(60), AUTOMATIC);
        scenario
            .endpoint
            .answer(200, r#"{"access_token":"tok-sentinel-x","refresh_token":"tok-sentinel-y","expires_in":5}"#);
        scenario.pass(600).await;
        assert!((2..=3).contains(&scenario.endpoint.posts()), "{}", scenario.endpoint.posts());
    });
}

#[test]
fn a_before_that_is_longer_than_a_token_lives_is_no_loop() {
    run(async || {
        let scenario = Scenario::start_with_config(&ending(60), "[refresh]\nautomatic = true\nbefore = \"1d\"\n");
        scenario.pass(3 * 3600).await;
        assert_eq!(scenario.endpoint.posts(), 1);
    });
}

#[test]
fn the_switch_keeps_comments_and_all_else() {
    let set = |text: &str, on| {
        wick::config::with_setting(text, Setting::AutomaticRefresh(on), &ProfileName::default()).unwrap()
    };
    let text = "# mine\n[refresh]\nautomatic = false # by hand\nbefore = \"5m\"\n\n[tray] # below\n";
    assert_eq!(set(text, true), text.replace("false", "true"));
    assert_eq!(set("# mine\n", true), "# mine\n[refresh]\nautomatic = true\n");
    assert_eq!(set("[refresh]\nbefore = \"5m\"\n", true), "[refresh]\nbefore = \"5m\"\nautomatic = true\n");
    let switched = wick::config::EXAMPLE.replacen("automatic = false", "automatic = true", 1);
    assert_eq!(set(wick::config::EXAMPLE, true), switched);
    assert!(
        wick::config::with_setting("refresh = 1\n", Setting::AutomaticRefresh(true), &ProfileName::default()).is_err()
    );
}
