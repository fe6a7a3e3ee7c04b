//! After a sleep: one look at the store, one alert at most, one refresh at most, and at once.

use std::sync::atomic::Ordering;

use wick::domain::state::event::Event;

use crate::support::credential::CredentialText;
use crate::support::fakes::START;
use crate::support::said;
use crate::support::scenario::{Scenario, run};

const HOUR: i64 = 3600;
const AUTOMATIC: &str = "[refresh]\nautomatic = true\n";

/// A credential that ends so many seconds after the start.
fn ending(seconds: i64) -> String {
    let end = jiff::Timestamp::from_second(START + seconds).unwrap();
    CredentialText::ending(end.into()).json()
}

#[test]
fn what_expired_meanwhile_is_shown_and_notified_at_once() {
    run(async || {
        let scenario = Scenario::start(&ending(2 * HOUR));
        scenario.pass(10).await;
        let looks = scenario.store.looks();
        scenario.clock.jump(9 * HOUR);
        // Reported by the system, and seen by the clocks: one look all the same.
        scenario.send(Event::Woke);
        scenario.send(Event::Woke);
        scenario.settle().await;
        assert_eq!(scenario.view().title, "expired");
        assert_eq!(scenario.notifier.summaries(), [said::access_expired()]);
        assert_eq!(scenario.store.looks(), looks + 1);
        scenario.pass(50).await;
        assert_eq!(scenario.store.looks(), looks + 1, "and none more before the regular one");
        assert_eq!(scenario.notifier.summaries().len(), 1);
    });
}

#[test]
fn what_was_renewed_meanwhile_is_read_before_anything_is_said() {
    run(async || {
        let scenario = Scenario::start(&ending(2 * HOUR));
        scenario.pass(10).await;
        scenario.clock.jump(9 * HOUR);
        scenario.store.put(&ending(14 * HOUR));
        scenario.send(Event::Woke);
        scenario.settle().await;
        assert_eq!(scenario.view().title, "5h");
        assert_eq!(scenario.notifier.summaries(), Vec::<String>::new());
    });
}

#[test]
fn an_automatic_refresh_is_made_once() {
    run(async || {
        let scenario = Scenario::start_with_config(&ending(HOUR), AUTOMATIC);
        scenario.pass(10).await;
        scenario.clock.jump(9 * HOUR);
        scenario.send(Event::Woke);
        scenario.send(Event::Woke);
        scenario.pass(120).await;
        assert_eq!((scenario.endpoint.posts(), scenario.notifier.summaries().len()), (1, 0));
    });
}

/// The network comes up after the computer has.
#[test]
fn before_the_network_is_there_no_expiry_is_notified_that_a_refresh_will_move() {
    run(async || {
        let scenario = Scenario::start_with_config(&ending(HOUR), AUTOMATIC);
        scenario.pass(10).await;
        scenario.clock.jump(9 * HOUR);
        scenario.endpoint.vanish();
        scenario.online.store(false, Ordering::SeqCst);
        scenario.send(Event::Woke);
        scenario.pass(20).await;
        assert_eq!((scenario.endpoint.posts(), scenario.notifier.summaries()), (1, Vec::new()));
        scenario.endpoint.grant();
        scenario.online.store(true, Ordering::SeqCst);
        scenario.pass(62).await;
        assert_eq!((scenario.endpoint.posts(), scenario.notifier.summaries()), (2, Vec::new()));
        assert_eq!(scenario.view().title, "8h");
    });
}

#[test]
fn a_refresh_that_fails_after_a_sleep_is_notified_once() {
    run(async || {
        let scenario = Scenario::start_with_config(&ending(HOUR), AUTOMATIC);
        scenario.pass(10).await;
        scenario.clock.jump(9 * HOUR);
        scenario.endpoint.answer(400, r#"{"error":"invalid_grant"}"#);
        scenario.send(Event::Woke);
        scenario.pass(120).await;
        assert_eq!(scenario.notifier.summaries(), [said::refresh_failed()], "and not the end of the token too");
    });
}

#[test]
fn a_sleep_that_nobody_reports_costs_one_look_and_one_alert() {
    run(async || {
        let scenario = Scenario::start(&ending(2 * HOUR));
        scenario.pass(10).await;
        let looks = scenario.store.looks();
        scenario.clock.jump(9 * HOUR);
        scenario.pass(60).await;
        assert_eq!(scenario.store.looks(), looks + 1);
        assert_eq!(scenario.notifier.summaries(), [said::access_expired()]);
    });
}

#[test]
fn a_sleep_that_nobody_reports_is_seen_by_the_clocks_when_the_loop_next_turns() {
    run(async || {
        let scenario = Scenario::start(&ending(2 * HOUR));
        scenario.pass(10).await;
        let looks = scenario.store.looks();
        // Too short for the regular look to be due at the next turn.
        scenario.clock.jump(40);
        scenario.send(Event::NothingMoved);
        scenario.settle().await;
        assert_eq!(scenario.store.looks(), looks + 1);
        // A clock that the network corrects by a moment is no sleep.
        scenario.pass(8).await;
        scenario.clock.jump(2);
        scenario.send(Event::NothingMoved);
        scenario.settle().await;
        assert_eq!(scenario.store.looks(), looks + 1);
    });
}

/// Nothing reports a file of the home folder itself: without the wake-up it would be seen a minute later.
#[cfg(not(target_os = "macos"))]
#[test]
fn logind_wakes_the_real_app() {
    use std::time::{Duration, Instant};

    use crate::support::desktop::{App, Bus, Logind, Panel};
    use crate::support::home::{Home, in_seconds};
    use crate::support::wait_for;

    let Some(bus) = Bus::start("logind_wakes_the_real_app") else { return };
    let (panel, logind) = (Panel::start(&bus), Logind::start(&bus));
    let home = Home::new();
    home.write_config(&format!("credential.config_dir = \"{}\"\n", home.path().display()));
    let credentials = home.path().join(".credentials.json");
    let sign_in = |hours: i64| {
        std::fs::write(&credentials, CredentialText::ending(in_seconds(hours * HOUR + 59 * 60)).json()).unwrap();
    };
    let mut command = home.wick(&[]);
    command.env("DBUS_SYSTEM_BUS_ADDRESS", &bus.address);
    let begun = Instant::now();
    let app = App::run(command, Some(&bus));
    let icon = panel.icon();
    icon.wait_for_title(wick::words::menu::title::NOT_FOUND);
    sign_in(2);
    wait_for("the credential after waking up", || {
        // Again and again: the app may not have subscribed yet.
        logind.emit(false);
        std::thread::sleep(Duration::from_millis(50));
        icon.title().starts_with("2h 5").then_some(())
    });
    assert!(begun.elapsed() < Duration::from_secs(50), "the regular look would have found it too");

    // It has subscribed.
    sign_in(3);
    logind.emit(true);
    std::thread::sleep(Duration::from_millis(500));
    assert!(icon.title().starts_with("2h 5"), "going to sleep is not waking up: {}", icon.title());
    app.terminate();
    assert_eq!(app.wait().0, Some(0));
}

/// An answer that a sleep cuts off may cost the sign-in.
// See: https://github.com/anthropics/claude-code/issues/85149
#[cfg(not(target_os = "macos"))]
#[test]
fn logind_waits_with_a_sleep_until_what_a_refresh_got_is_stored_and_no_longer() {
    use crate::support::desktop::{App, Bus, Logind, Panel};
    use crate::support::{refreshed, wait_for};
    use wick::words::refresh::REFRESH_NOW;

    let test = "logind_waits_with_a_sleep_until_what_a_refresh_got_is_stored_and_no_longer";
    let Some(bus) = Bus::start(test) else { return };
    let (panel, logind) = (Panel::start(&bus), Logind::start(&bus));
    let (home, server) = refreshed::home_and_server(3600);
    let mut command = home.wick(&[]);
    command.env("DBUS_SYSTEM_BUS_ADDRESS", &bus.address);
    let app = App::run(command, Some(&bus));
    wait_for("a delay while it is awake", || logind.waits().then_some(()));
    server.pause();
    panel.icon().click(REFRESH_NOW);
    wait_for("the POST", || (server.posts().len() == 1).then_some(()));
    logind.emit(true);
    logind.emit(false);
    wait_for("another delay on waking", || (logind.delays() == 2).then_some(()));
    assert!(logind.waited_before(), "it was told of a sleep with an answer on its way");

    logind.emit(true);
    assert!(logind.waits());
    server.resume();
    wait_for("the sleep to go on", || (!logind.waits()).then_some(()));
    let stored = std::fs::read_to_string(home.credentials()).unwrap();
    let (_, refresh_token) = server.current().expect("the sign-in goes on");
    assert!(stored.contains(&refresh_token), "it went on before the new token was stored");

    logind.emit(false);
    wait_for("a third delay", || (logind.delays() == 3 && logind.waits()).then_some(()));
    logind.emit(true);
    wait_for("no wait for nothing", || (!logind.waits()).then_some(()));
    app.terminate();
    assert_eq!(app.wait().0, Some(0));
}

// See: https://github.com/anthropics/claude-code/issues/85149
#[test]
fn in_the_dark_nothing_is_sent_and_once_awake_it_is() {
    run(async || {
        let scenario = Scenario::start_with_config(&ending(HOUR), AUTOMATIC);
        scenario.pass(10).await;
        scenario.send(Event::WillSleep);
        for _ in 0..3 {
            scenario.clock.jump(2 * HOUR);
            scenario.pass(45).await;
        }
        assert_eq!((scenario.endpoint.posts(), scenario.view().title.as_str()), (0, "expired"));
        scenario.send(Event::Woke);
        scenario.pass(1).await;
        assert_eq!((scenario.endpoint.posts(), scenario.view().title.as_str()), (1, "8h"));
    });
}

#[test]
fn what_was_begun_before_it_goes_to_sleep_sends_nothing_any_more_and_says_so_to_whoever_asked() {
    run(async || {
        let scenario = Scenario::start_with_config(&ending(400), AUTOMATIC);
        scenario.goes_to_sleep.store(true, Ordering::SeqCst);
        scenario.pass(120).await;
        assert_eq!((scenario.endpoint.sent(), scenario.notifier.summaries()), (0, Vec::new()));
        scenario.send(Event::Chosen(wick::domain::action::Action::Refresh));
        scenario.settle().await;
        assert_eq!((scenario.endpoint.sent(), scenario.notifier.summaries()), (0, vec![said::refresh_failed()]));
        scenario.goes_to_sleep.store(false, Ordering::SeqCst);
        scenario.pass(120).await;
        assert_eq!(scenario.endpoint.sent(), 1);
    });
}

// See: https://github.com/swiftbar/SwiftBar/issues/548
#[test]
fn what_the_system_opens_the_app_again_for_is_no_second_launch() {
    run(async || {
        let scenario = Scenario::start(&ending(HOUR));
        scenario.pass(30).await;
        scenario.send(Event::Reopened);
        scenario.pass(2).await;
        assert_eq!(scenario.notifier.summaries().len(), 1, "someone opened it");
        scenario.pass(30).await;
        scenario.clock.jump(HOUR / 2);
        scenario.send(Event::Reopened);
        scenario.pass(3).await;
        scenario.send(Event::Reopened);
        scenario.pass(30).await;
        scenario.send(Event::Reopened);
        scenario.send(Event::NotificationAnswered);
        scenario.send(Event::Reopened);
        scenario.pass(30).await;
        assert_eq!(scenario.notifier.summaries().len(), 1);
    });
}
