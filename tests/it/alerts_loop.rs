//! Alerts in the loop: each once, and none that was not shown.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use wick::ports::StateFile;
use wick::words::menu::{ACCESS_TOKEN, title};

use crate::lifecycle::{DAY, HOUR, MINUTE, ending};
use crate::support::said;
use crate::support::scenario::{Scenario, run};

#[test]
fn each_alert_speaks_once_across_restarts() {
    run(async || {
        let first = Scenario::start(&ending(10 * MINUTE));
        first.pass(6 * 60 + 30).await;
        assert_eq!(first.notifier.summaries(), [said::access("4m")]);
        let (store, file, clock) = (Arc::clone(&first.store), Arc::clone(&first.state_file), Arc::clone(&first.clock));
        first.quit().await;

        let second = Scenario::restart(store, file, clock, "");
        second.pass(60).await;
        assert_eq!(second.notifier.summaries(), Vec::<String>::new(), "said before the restart");
        second.pass(4 * 60).await;
        assert_eq!(second.notifier.summaries(), [said::access_expired()]);
    });
}

#[test]
fn after_a_nights_sleep_one_alert_speaks_and_the_screen_is_right_within_a_minute() {
    run(async || {
        let scenario = Scenario::start(&ending(2 * HOUR));
        scenario.settle().await;
        scenario.clock.jump(14 * DAY);
        scenario.pass(61).await;
        assert_eq!(scenario.view().title, title::EXPIRED);
        assert_eq!(scenario.notifier.summaries(), [said::access_expired()], "and not the sign-in's last week too");
        scenario.clock.jump(7 * DAY);
        scenario.pass(61).await;
        assert_eq!(scenario.notifier.summaries(), [said::access_expired(), said::login_expired()]);
    });
}

#[test]
fn a_clock_that_goes_back_a_day_is_said_and_repeats_no_alert() {
    run(async || {
        let scenario = Scenario::start(&ending(3 * MINUTE));
        scenario.pass(4 * 60).await;
        assert_eq!(scenario.notifier.summaries().len(), 2);
        scenario.clock.jump(-DAY);
        scenario.pass(61).await;
        let view = scenario.view();
        assert!(view.texts()[0].contains(" 23h "), "{:?}", view.texts());
        assert_eq!(scenario.notifier.summaries().len(), 2, "what was said of this end is not said again");
        scenario.clock.jump(DAY);
        scenario.pass(61).await;
        assert!(
            scenario.view().texts()[0].starts_with(&format!("{ACCESS_TOKEN}: {}", title::EXPIRED)),
            "{:?}",
            scenario.view().texts()
        );
    });
}

#[test]
fn an_alert_that_could_not_be_shown_is_not_said() {
    run(async || {
        let scenario = Scenario::start(&ending(3 * MINUTE));
        scenario.notifier.fails.store(true, Ordering::SeqCst);
        scenario.pass(25).await;
        assert_eq!(scenario.notifier.summaries().len(), 1, "it is not tried over and over");
        let (store, state_file, clock) = scenario.parts();
        scenario.quit().await;
        let scenario = Scenario::restart(store, state_file, clock, "");
        scenario.pass(10).await;
        assert_eq!(scenario.notifier.summaries(), [said::access("3m")]);
    });
}

/// The notification and the command for alerts: one of the two is enough.
#[test]
fn an_alert_is_said_where_either_way_works_and_tried_again_where_neither_does() {
    for (is_shown, works, tries) in [(true, true, 1), (true, false, 1), (false, true, 1), (false, false, 2)] {
        run(async || {
            let config = "[alerts]\ncommand = [\"tell\"]\n";
            let scenario = Scenario::start_with_config(&ending(-MINUTE), config);
            scenario.notifier.fails.store(!is_shown, Ordering::SeqCst);
            scenario.command.works.store(works, Ordering::SeqCst);
            scenario.pass(20 * 60).await;
            let ran = scenario.command.ran.load(Ordering::SeqCst);
            assert_eq!((scenario.notifier.summaries().len(), ran), (tries, tries), "{is_shown} {works}");
            let memories = scenario.state_file.load();
            let failed = memories.values().any(|memory| memory.alert_command.is_some());
            assert_eq!(failed, !works, "the doctor tells of it");
        });
    }
}

#[test]
fn an_alert_is_made_sure_of_before_it_speaks() {
    run(async || {
        let scenario = Scenario::start(&ending(10 * MINUTE));
        scenario.settle().await;
        // Asleep past the threshold; Claude Code was first to wake, and nobody has reported its write yet.
        scenario.store.put(&ending(9 * HOUR));
        scenario.clock.jump(HOUR);
        scenario.pass(61).await;
        assert_eq!(scenario.notifier.summaries(), Vec::<String>::new());
        assert_eq!(scenario.view().title, "7h 59m");
    });
}
