//! One Wick at a time: what a second launch says and does.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixDatagram, UnixListener};

use serde_json::Value;

use crate::support::desktop::{App, Bus, NotificationDaemon, Panel};
use crate::support::home::Home;
use crate::support::said;
use crate::support::wait_for;
use crate::targets::Terminal;
use wick::words::menu::item;
use wick::words::terminal::already_running;

#[test]
fn a_second_wick_says_so_and_leaves() {
    let home = Home::signed_in(3570);
    let mut app = App::start(&home, None);
    let lock = home.state().join("app.lock");
    wait_for("the lock of the running app", || {
        fs::read_to_string(&lock).ok().filter(|pid| *pid == app.pid().to_string())
    });
    let socket = home.state().join("app.socket");
    wait_for("its ear", || socket.exists().then_some(()));
    wait_for("nobody else's", || (fs::metadata(&socket).unwrap().permissions().mode() & 0o777 == 0o600).then_some(()));
    let second = home.run(&[]);
    assert_eq!(second.status.code(), Some(0));
    let said = String::from_utf8(second.stdout).unwrap();
    assert_eq!(said.trim_end(), already_running(Some(app.pid()), true));
    assert!(app.is_running());
    app.terminate();
    app.wait();
    let third = App::start(&home, None);
    wait_for("the lock of the next app", || {
        fs::read_to_string(&lock).ok().filter(|pid| *pid == third.pid().to_string())
    });
}

#[test]
fn a_second_launch_makes_the_first_show_both_clocks() {
    let Some(bus) = Bus::start("a_second_launch_makes_the_first_show_both_clocks") else { return };
    let panel = Panel::start(&bus);
    let notifications = NotificationDaemon::start(&bus, &["actions", "body"]);
    let home = Home::signed_in(3570);
    home.write_config("[[targets]]\nrepo = \"acme/api\"\n");
    let mut app = App::start(&home, Some(&bus));
    panel.icon().wait_for_title("59m");
    wait_for("its ear", || home.state().join("app.socket").exists().then_some(()));
    for count in 1..=2 {
        assert_eq!(home.run(&[]).status.code(), Some(0));
        wait_for("both clocks", || (notifications.shown().len() == count).then_some(()));
    }
    let shown = notifications.wait_for("Wick: 59m");
    assert!(shown.body.contains(&said::access("59m")), "{}", shown.body);
    let labels: Vec<&str> = shown.actions.iter().skip(1).step_by(2).map(String::as_str).collect();
    assert_eq!(labels, [item::REFRESH, item::SYNC, item::SIGN_IN, item::DIAGNOSE]);
    // Without a GitHub token it cannot work, and the button is answered all the same.
    let answered = || notifications.shown().iter().any(|shown| shown.summary.starts_with("Sync"));
    notifications.click(shown.id, "SyncAll");
    wait_for("the answer", || answered().then_some(()));
    assert!(app.is_running());
}

#[test]
fn where_no_notification_can_be_shown_a_second_launch_opens_the_report() {
    let Some(bus) = Bus::start("where_no_notification_can_be_shown") else { return };
    let home = Home::signed_in(3600);
    home.add_program("xdg-open", "#!/bin/sh\necho \"$1\" > \"$HOME/opened\"\n");
    let app = App::start(&home, Some(&bus));
    wait_for("its ear", || home.state().join("app.socket").exists().then_some(()));
    assert_eq!(home.run(&[]).status.code(), Some(0));
    let report = home.state().join("doctor.txt");
    wait_for("the report to be opened", || {
        let opened = fs::read_to_string(home.path().join("opened")).unwrap_or_default();
        (opened.trim_end() == report.display().to_string()).then_some(())
    });
    assert!(fs::read_to_string(report).unwrap().contains("no notification service answers here"));
    app.terminate();
    assert_eq!(app.wait().0, Some(0));
}

/// What the doctor says of the icon, asked beside the app.
fn icon(home: &Home, bus: &Bus) -> (String, String) {
    let output = home.wick(&["doctor", "--json"]).env("DBUS_SESSION_BUS_ADDRESS", &bus.address).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let checks = report["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["id"] == "tray").unwrap();
    (check["verdict"].as_str().unwrap().to_owned(), check["detail"].as_str().unwrap().to_owned())
}

#[test]
fn the_doctor_asks_the_running_app_for_its_icon() {
    let Some(bus) = Bus::start("the_doctor_asks_the_running_app_for_its_icon") else { return };
    let home = Home::signed_in(3600);
    let app = App::start(&home, Some(&bus));
    wait_for("its ear", || home.state().join("app.socket").exists().then_some(()));
    let (verdict, detail) = icon(&home, &bus);
    assert!(verdict == "warn" && detail.starts_with("no panel shows"), "{detail}");
    let panel = Panel::start(&bus);
    panel.icon().wait_for_title("59m");
    wait_for("the app's word for it", || {
        (icon(&home, &bus) == ("pass".to_owned(), "the running Wick shows its icon".to_owned())).then_some(())
    });
    // What it was asked shows nothing and leaves nothing behind.
    app.terminate();
    assert_eq!(app.wait().0, Some(0));
    let (verdict, detail) = icon(&home, &bus);
    assert!(verdict == "pass" && detail.contains("no running Wick"), "{detail}");
    // One that is there and says nothing is not waited for, nor believed.
    fs::remove_file(home.state().join("app.socket")).unwrap();
    let _silent = UnixDatagram::bind(home.state().join("app.socket")).unwrap();
    assert!(icon(&home, &bus).1.contains("no running Wick"));
}

// See: https://github.com/NixOS/nix/pull/10131
// See: https://github.com/travis-ci/travis-ci/issues/6896
#[test]
fn in_a_terminal_the_time_left_is_drawn_as_that_terminal_can() {
    for (kind, columns) in [("dumb", 120), ("dumb", 0), ("xterm", 0)] {
        let home = Home::signed_in(3570);
        let terminal = Terminal::of_kind(home.wick(&[]), kind, columns);
        let line = said::access("59m");
        terminal.wait_for(&line);
        terminal.terminate();
        let (code, drawn) = terminal.end();
        assert_eq!(code, Some(0), "{drawn}");
        assert_eq!(drawn.contains('\u{1b}'), kind == "xterm", "{kind}, {columns} columns: {drawn:?}");
        // Once, where nothing changed.
        assert!(kind == "xterm" || drawn.matches(&line).count() == 1, "{drawn:?}");
    }
}

#[test]
fn what_a_killed_app_left_is_no_ear() {
    let home = Home::signed_in(3570);
    fs::create_dir_all(home.state()).unwrap();
    // Whose owner is gone: nobody listens at this name any more.
    drop(UnixListener::bind(home.state().join("app.socket")).unwrap());
    let held = fs::File::create(home.state().join("app.lock")).unwrap();
    held.lock().unwrap();
    let second = home.run(&[]);
    assert_eq!(String::from_utf8(second.stdout).unwrap().trim_end(), already_running(None, false));
    drop(held);
    // The next app takes the name over.
    let app = App::start(&home, None);
    app.wait_for_line(&said::access("59m"));
    wait_for("an answer", || {
        let said = String::from_utf8(home.run(&[]).stdout).unwrap();
        (said.trim_end() == already_running(Some(app.pid()), true)).then_some(())
    });
    app.terminate();
    assert_eq!(app.wait().0, Some(0));
}
