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
        assert_eq!(scenario.view().title, "4h 59m");
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
        assert_eq!(scenario.view().title, "7h 59m");
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
