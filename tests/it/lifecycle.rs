//! The loop with fakes around it. Time passes only where a test says so.

use std::sync::atomic::Ordering;

use wick::domain::action::Action;
use wick::domain::credential::Problem;
use wick::domain::settings::Settings;
use wick::domain::state::event::Event;
use wick::domain::time::EpochMillis;
use wick::ports::screen::Icon;

use crate::support::credential::CredentialText;
use crate::support::fakes::START;
use crate::support::said;
use crate::support::scenario::{Scenario, run};
use wick::words::config;
use wick::words::menu::{item, title};

pub(crate) const MINUTE: i64 = 60;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;

/// A moment so many seconds after the scenario's start.
pub(crate) fn after(seconds: i64) -> EpochMillis {
    EpochMillis((START + seconds) * 1000)
}

pub(crate) fn ending(seconds: i64) -> String {
    CredentialText::ending(after(seconds)).login_ending(after(20 * DAY)).json()
}

#[test]
fn the_time_left_is_shown_and_follows_the_clock() {
    run(async || {
        let scenario = Scenario::start(&ending(3 * HOUR + 12 * MINUTE));
        scenario.settle().await;
        assert_eq!(scenario.view().title, "3h 12m");
        scenario.pass(29).await;
        assert_eq!(scenario.view().title, "3h 12m", "no minute is lost by its first second");
        scenario.pass(2).await;
        assert_eq!(scenario.view().title, "3h 11m");
        scenario.pass(60).await;
        assert_eq!(scenario.view().title, "3h 10m");
    });
}

#[test]
fn an_idle_minute_costs_one_draw_and_no_read() {
    run(async || {
        let scenario = Scenario::start(&ending(8 * HOUR));
        scenario.pass(5).await;
        let (draws, reads) = (scenario.draws(), scenario.store.reads());
        scenario.pass(600).await;
        // A draw a minute, and one for what each minute's look brought: nothing.
        assert!(scenario.draws() - draws <= 20, "{} draws in ten minutes", scenario.draws() - draws);
        assert_eq!(scenario.store.reads(), reads);
    });
}

#[test]
fn a_change_is_shown_at_once_when_it_is_reported() {
    run(async || {
        let scenario = Scenario::start(&ending(HOUR));
        scenario.settle().await;
        scenario.store.put(&ending(8 * HOUR));
        scenario.send(Event::FilesMoved);
        scenario.settle().await;
        assert_eq!(scenario.view().title, "8h");
    });
}

#[test]
fn a_change_that_nobody_reports_is_shown_within_a_minute() {
    run(async || {
        let scenario = Scenario::start(&ending(HOUR));
        scenario.settle().await;
        scenario.store.put(&ending(8 * HOUR));
        scenario.pass(62).await;
        assert_eq!(scenario.view().title, "7h 59m");
    });
}

#[test]
fn a_second_write_in_the_same_second_is_found_by_looking_once_more() {
    run(async || {
        let scenario = Scenario::start(&ending(HOUR));
        scenario.settle().await;
        scenario.store.set_settled(false);
        scenario.store.put(&ending(2 * HOUR));
        scenario.send(Event::FilesMoved);
        scenario.settle().await;
        // The date stays the same, so only another read can tell.
        scenario.store.put_unnoticed(&ending(8 * HOUR));
        scenario.store.set_settled(true);
        scenario.pass(3).await;
        assert_eq!(scenario.view().title, "8h");
    });
}

#[test]
fn a_half_written_file_does_not_flicker() {
    run(async || {
        let scenario = Scenario::start(&ending(2 * HOUR));
        scenario.settle().await;
        scenario.store.put(&ending(8 * HOUR)[..40]);
        scenario.send(Event::FilesMoved);
        scenario.settle().await;
        assert_eq!(scenario.view().title, "2h", "the good one stays for half a second");
        scenario.store.put_unnoticed(&ending(8 * HOUR));
        scenario.pass(1).await;
        assert_eq!(scenario.view().title, "8h");
    });
}

#[test]
fn a_file_that_stays_broken_is_said_to_be() {
    run(async || {
        let scenario = Scenario::start(&ending(2 * HOUR));
        scenario.settle().await;
        scenario.store.put(&ending(8 * HOUR)[..40]);
        scenario.send(Event::FilesMoved);
        scenario.pass(1).await;
        assert_eq!((scenario.view().title.as_str(), scenario.view().icon), ("unreadable", Icon::Unknown));
        scenario.store.put(&ending(8 * HOUR));
        scenario.pass(61).await;
        assert_eq!(scenario.view().title, "7h 59m", "and the next good one is shown again");
    });
}

#[test]
fn a_vanished_file_says_what_to_do() {
    run(async || {
        let scenario = Scenario::start(&ending(2 * HOUR));
        scenario.settle().await;
        scenario.store.fail(Problem::Absent);
        scenario.send(Event::FilesMoved);
        scenario.settle().await;
        let view = scenario.view();
        assert_eq!((view.title.as_str(), view.icon.clone()), (title::NOT_FOUND, Icon::Unlit));
        assert_eq!(view.texts()[1], said::sign_in());
    });
}

#[test]
fn a_sign_in_that_claude_code_gave_up_is_news_once() {
    run(async || {
        let scenario = Scenario::start(&ending(2 * HOUR));
        scenario.settle().await;
        scenario.store.put(&CredentialText::ending(after(0)).signed_out().json());
        scenario.send(Event::FilesMoved);
        scenario.pass(200).await;
        assert_eq!(scenario.notifier.summaries(), [wick::words::notices::signed_out_notice(None).0]);
        assert_eq!(scenario.view().title, title::SIGNED_OUT);
        let buttons = scenario.notifier.last().map(|shown| shown.buttons);
        assert_eq!(buttons, Some(vec![(Action::SignIn, item::SIGN_IN)]));
    });
}

#[test]
fn a_left_click_shows_both_clocks() {
    run(async || {
        let scenario = Scenario::start(&ending(2 * HOUR));
        scenario.settle().await;
        scenario.send(Event::Chosen(Action::ShowClocks));
        scenario.settle().await;
        let shown = scenario.notifier.last().unwrap();
        assert_eq!(shown.summary, "Wick: 2h");
        assert!(shown.body.contains(&said::access("2h")) && shown.body.contains(&said::login()), "{}", shown.body);
    });
}

#[test]
fn a_click_that_cannot_work_says_why() {
    run(async || {
        let scenario = Scenario::start(&ending(2 * HOUR));
        scenario.settle().await;
        for (action, summary) in [
            (Action::SignIn, "Sign in…: that did not work"),
            (Action::OpenSettings, "Settings…: that did not work"),
            (Action::Diagnose, "Diagnose: that did not work"),
        ] {
            scenario.send(Event::Chosen(action));
            scenario.settle().await;
            assert_eq!(scenario.notifier.last().unwrap().summary, summary);
        }
    });
}

#[test]
fn the_report_is_whole_also_before_the_first_look_has_ended() {
    run(async || {
        let scenario = Scenario::start(&CredentialText::ending(after(3600)).json());
        scenario.send(Event::Chosen(Action::Diagnose));
        scenario.settle().await;
        let said = scenario.notifier.last().expect("nothing opens here");
        assert_eq!(said.body, "There is no editor");
    });
}

#[test]
fn without_a_notification_service_the_loop_goes_on() {
    run(async || {
        let scenario = Scenario::start(&ending(3 * MINUTE));
        scenario.notifier.fails.store(true, Ordering::SeqCst);
        scenario.pass(60).await;
        assert_eq!(scenario.view().title, "2m");
        scenario.quit().await;
    });
}

#[test]
fn the_user_is_asked_for_permission_when_the_menu_is_opened_or_the_clocks_cannot_be_shown_and_not_by_an_alert() {
    run(async || {
        let scenario = Scenario::start(&ending(3 * MINUTE));
        scenario.notifier.fails.store(true, Ordering::SeqCst);
        let asked = || scenario.notifier.asked.load(Ordering::SeqCst);
        scenario.pass(5).await;
        assert_eq!((scenario.notifier.summaries().len(), asked()), (1, 0));
        scenario.send(Event::MenuOpened);
        scenario.settle().await;
        assert_eq!(asked(), 1);
        scenario.send(Event::Chosen(Action::ShowClocks));
        scenario.settle().await;
        assert_eq!(asked(), 2);
    });
}

#[test]
fn a_broken_edit_of_the_config_keeps_the_last_good_one() {
    run(async || {
        let scenario = Scenario::start(&ending(2 * HOUR));
        scenario.settle().await;
        scenario.send(Event::ConfigLoaded(Err("line 1: what is this".to_owned())));
        scenario.settle().await;
        assert_eq!(scenario.view().texts()[..2], config::kept("line 1: what is this", true));
        assert_eq!(scenario.view().title, "2h");
        let mut settings = Settings::default();
        settings.tray.title = wick::domain::settings::choice::Title::Login;
        scenario.send(Event::ConfigLoaded(Ok(settings)));
        scenario.settle().await;
        assert_eq!(scenario.view().title, "20d");
    });
}

#[test]
fn another_source_in_the_config_is_read_at_once() {
    run(async || {
        let scenario = Scenario::start(&ending(2 * HOUR));
        scenario.settle().await;
        scenario.store.put_unnoticed(&ending(5 * HOUR));
        let mut settings = Settings::default();
        settings.credential.config_dir = Some("/elsewhere".to_owned());
        scenario.send(Event::ConfigLoaded(Ok(settings)));
        scenario.settle().await;
        assert_eq!(scenario.view().title, "5h");
    });
}

#[test]
fn a_file_that_is_written_in_pieces_is_given_its_time() {
    run(async || {
        let scenario = Scenario::start(&ending(2 * HOUR));
        scenario.settle().await;
        for length in [0, 30, 60] {
            scenario.store.put(&ending(8 * HOUR)[..length]);
            scenario.send(Event::FilesMoved);
            scenario.settle().await;
            assert_eq!(scenario.view().title, "2h", "{length} bytes");
        }
        scenario.store.put(&ending(8 * HOUR));
        scenario.send(Event::FilesMoved);
        scenario.settle().await;
        assert_eq!(scenario.view().title, "8h");
    });
}

#[test]
fn what_may_pass_is_tried_again_and_what_was_refused_is_not() {
    run(async || {
        let scenario = Scenario::start(&ending(2 * HOUR));
        scenario.settle().await;
        let tries = async |problem: Problem| {
            scenario.store.fail(problem);
            scenario.send(Event::FilesMoved);
            scenario.settle().await;
            let before = scenario.store.reads();
            // A little more than three minutes: the loop's timer is a millisecond late.
            scenario.pass(185).await;
            scenario.store.reads() - before
        };
        assert_eq!(tries(Problem::Failed { detail: "out of luck".to_owned() }).await, 3);
        assert_eq!(tries(Problem::KeychainLocked).await, 3);
        assert_eq!(tries(Problem::KeychainDenied).await, 0);
        assert!(scenario.view().menu.iter().any(|entry| format!("{entry:?}").contains("TryAgain")));
        scenario.store.put_unnoticed(&ending(2 * HOUR));
        scenario.send(Event::Chosen(Action::TryAgain));
        scenario.settle().await;
        assert!(scenario.view().title.starts_with("1h"), "{}", scenario.view().title);
    });
}

#[test]
fn a_place_that_is_signed_out_already_is_no_news() {
    run(async || {
        let scenario = Scenario::start(&ending(2 * HOUR));
        scenario.settle().await;
        scenario.store.move_to("/elsewhere/.credentials.json");
        scenario.store.put(&CredentialText::ending(after(0)).signed_out().json());
        scenario.send(Event::FilesMoved);
        scenario.settle().await;
        assert_eq!(scenario.view().title, title::SIGNED_OUT);
        assert_eq!(scenario.notifier.summaries(), Vec::<String>::new());
    });
}

#[test]
fn a_config_that_was_never_good_is_not_called_the_last_good_one() {
    run(async || {
        let scenario = Scenario::start_with_config(&ending(2 * HOUR), "what is this");
        scenario.settle().await;
        let texts = scenario.view().texts().into_iter().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(texts[1], config::kept("", false)[1]);
    });
}
