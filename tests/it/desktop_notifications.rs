//! The real app beside a notification service: one that never forgets, one that is restarted, one that hangs.

use std::fs;
use std::path::Path;
use std::process::Command;

use wick::platform::tray::icon::Ink;
use wick::ports::screen::{CANDLE_STEPS, Icon, Wax};

use crate::support::credential::CredentialText;
use crate::support::desktop::{App, Bus, NotificationDaemon, Panel, Shown, TrayItem};
use crate::support::home::{Home, in_seconds};
use crate::support::is_root;
use crate::support::wait_for;

const WITH_BUTTONS: [&str; 2] = ["actions", "body"];

/// How many threads and descriptors the app has.
fn cost(app: &App) -> (usize, usize) {
    let count = |what: &str| match fs::read_dir(format!("/proc/{}/{what}", app.pid())) {
        // Of Wick, only root may see them.
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied && !is_root() => 0,
        entries => entries.expect("it runs").count(),
    };
    (count("task"), count("fd"))
}

/// How many threads of this name the app has.
fn threads(app: &App, name: &str) -> usize {
    let tasks = fs::read_dir(format!("/proc/{}/task", app.pid())).expect("it runs");
    let names = tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|found| found.trim_end() == name).count()
}

/// Until it has at most this many of either: threads for what blocks end a while after their work.
fn wait_for_cost(app: &App, (threads, descriptors): (usize, usize)) {
    wait_for(&format!("{threads} threads and {descriptors} descriptors at most"), || {
        let (now, open) = cost(app);
        (now <= threads && open <= descriptors).then_some(())
    });
}

/// Asks for the clocks, and waits for the notification that shows them.
fn ask(icon: &TrayItem, notifications: &NotificationDaemon) -> Shown {
    let before = notifications.shown().len();
    icon.activate();
    wait_for("one more notification", || notifications.shown().get(before).cloned())
}

#[test]
fn many_notifications_leave_nothing_behind_and_the_newest_takes_the_place_of_the_older() {
    let Some(bus) = Bus::start("desktop_notifications::many_notifications_leave_nothing_behind") else { return };
    let panel = Panel::start(&bus);
    let notifications = NotificationDaemon::start(&bus, &WITH_BUTTONS);
    let home = Home::signed_in(3570);
    let app = App::start(&home, Some(&bus));
    let icon = panel.icon();
    icon.wait_for_title("59m");
    let first = ask(&icon, &notifications);
    assert_eq!((first.replaces, first.actions.is_empty()), (0, false));
    let after_one = cost(&app);
    for _ in 0..40 {
        let shown = ask(&icon, &notifications);
        assert_eq!((shown.id, shown.replaces), (first.id, first.id));
    }
    wait_for_cost(&app, after_one);
    // Of another subject, by a click on the last one: it stands beside the first, and a click is heard once.
    notifications.click(first.id, "Refresh");
    let failed = notifications.wait_for("Refresh failed");
    assert_eq!(failed.replaces, 0);
    // One that was closed is not there to be replaced, nor to be clicked. The click that asks comes on another connection
    // than the word of the closing, and may overtake it.
    notifications.close(first.id);
    let newest = wait_for("a notification that replaces none", || {
        Some(ask(&icon, &notifications)).filter(|shown| shown.replaces == 0)
    });
    notifications.click(first.id, "Refresh");
    notifications.click(newest.id, "Diagnose");
    wait_for("the report", || home.path().join("opened").exists().then_some(()));
    // Clicks are heard in their order, and a report takes longer than a refresh that reaches no server.
    let failures = || notifications.shown().into_iter().filter(|shown| shown.summary == "Refresh failed");
    assert_eq!(failures().count(), 1, "the closed one was not clicked");
    notifications.click(failed.id, "Refresh");
    let again = wait_for("the second refresh", || failures().nth(1));
    assert_eq!((again.replaces, failures().count()), (failed.id, 2));
    wait_for_cost(&app, after_one);
}

#[test]
fn a_service_that_is_restarted_is_asked_anew_and_leaves_nothing_behind() {
    let Some(bus) = Bus::start("desktop_notifications::a_service_that_is_restarted") else { return };
    let panel = Panel::start(&bus);
    let home = Home::signed_in(3570);
    let app = App::start(&home, Some(&bus));
    let icon = panel.icon();
    icon.wait_for_title("59m");
    // What the first rounds take once is no leak; one of each further round would be.
    let mut after_some = (0, 0);
    for round in 0..12 {
        // What the service of before could is not what this one can.
        let capabilities = if round % 2 == 0 { WITH_BUTTONS.as_slice() } else { &["body"] };
        let notifications = NotificationDaemon::start(&bus, capabilities);
        let shown = ask(&icon, &notifications);
        // The same number would be someone else's here.
        assert_eq!((shown.replaces, shown.actions.is_empty()), (0, round % 2 == 1), "round {round}");
        if round % 2 == 0 {
            notifications.click(shown.id, "Refresh");
            notifications.wait_for("Refresh failed");
        }
        assert_eq!(threads(&app, "notifications"), 1, "round {round}");
        if round < 4 {
            let (threads, descriptors) = cost(&app);
            after_some = (threads.max(after_some.0), descriptors.max(after_some.1));
        } else {
            wait_for_cost(&app, after_some);
        }
    }
    // In between there is none.
    icon.activate();
    let log = home.state().join("wick.log");
    wait_for("a line in the log", || {
        fs::read_to_string(&log).ok().filter(|log| log.contains("no notification could be shown"))
    });
    let notifications = NotificationDaemon::start(&bus, &WITH_BUTTONS);
    ask(&icon, &notifications);
    wait_for_cost(&app, after_some);
}

#[test]
fn a_service_that_never_answers_costs_nothing() {
    let Some(bus) = Bus::start("desktop_notifications::a_service_that_never_answers") else { return };
    let panel = Panel::start(&bus);
    let hangs = NotificationDaemon::silent(&bus);
    let home = Home::signed_in(3570);
    let app = App::start(&home, Some(&bus));
    let icon = panel.icon();
    icon.wait_for_title("59m");
    icon.activate();
    let log = home.state().join("wick.log");
    wait_for("a line in the log", || {
        fs::read_to_string(&log).ok().filter(|log| log.contains("no notification could be shown"))
    });
    // Its connection has ended with it.
    wait_for("the listener's end", || (threads(&app, "notifications") == 0).then_some(()));
    drop(hangs);
    let notifications = NotificationDaemon::start(&bus, &WITH_BUTTONS);
    ask(&icon, &notifications);
    assert_eq!(threads(&app, "notifications"), 1);
}

#[test]
fn a_notification_carries_wicks_own_icon_and_only_the_sign_ins_end_is_critical() {
    let Some(bus) = Bus::start("desktop_notifications::a_notification_carries_wicks_own_icon") else { return };
    let panel = Panel::start(&bus);
    let notifications = NotificationDaemon::start(&bus, &WITH_BUTTONS);
    let home = Home::signed_in(3570);
    let app = App::start(&home, Some(&bus));
    let shown = ask(&panel.icon(), &notifications);
    assert_eq!(shown.hints["desktop-entry"].downcast_ref::<&str>().unwrap(), "wick");
    assert_eq!((shown.icon.as_str(), shown.urgency()), ("", 1));
    let picture: (i32, i32, i32, bool, i32, i32, Vec<u8>) =
        shown.hints["image-data"].try_clone().unwrap().try_into().unwrap();
    let (width, height, row, has_alpha, bits, channels, pixels) = picture;
    assert_eq!((width, height, row, has_alpha, bits, channels), (48, 48, 192, true, 8, 4));
    let whole = Icon::Candle(Wax::Steps(CANDLE_STEPS), None);
    assert_eq!(pixels, wick::platform::tray::icon::pixels(&whole, Ink::Color, 48));
    // As a package has it: the theme's icon by its file.
    drop(app);
    let prefix = home.path().join("prefix");
    let icon = prefix.join("share/icons/hicolor/128x128/apps/wick.png");
    fs::create_dir_all(icon.parent().unwrap()).unwrap();
    fs::create_dir_all(prefix.join("bin")).unwrap();
    fs::copy("resources/icons/hicolor/128x128/apps/wick.png", &icon).unwrap();
    let program = prefix.join("bin/wick");
    // By another process: what this one had open for writing, a child of another test might hold on to.
    let copied = Command::new("cp").arg(env!("CARGO_BIN_EXE_wick")).arg(&program).status();
    assert!(copied.unwrap().success());
    let icons = panel.icons();
    let _app = App::run(home.program(program.to_str().unwrap()), Some(&bus));
    wait_for("the icon of the other program", || (panel.icons() > icons).then_some(()));
    let shown = ask(&panel.icon(), &notifications);
    assert_eq!(
        (Path::new(&shown.icon), shown.hints.contains_key("image-data")),
        (&*icon.canonicalize().unwrap(), false)
    );
    // Claude Code gives the sign-in up.
    home.write(&CredentialText::ending(in_seconds(3600)).signed_out().json());
    let ended = notifications.wait_for("Signed out");
    assert_eq!((ended.urgency(), ended.actions.first().map(String::as_str)), (2, Some("SignIn")));
}
