//! Syncing from the real menu: all, one, the question, the switch, what failed, progress.

use std::fs;

use crate::support::desktop::{App, Bus, NotificationDaemon, Panel};
use crate::support::github::TOKEN;
use crate::support::home::Home;
use crate::support::process_file;
use crate::support::said;
use crate::support::synced::{config, credential, home_and_github, repositories, value};
use crate::support::wait_for;
use wick::domain::sync::{Failure, TargetState};
use wick::words::menu::item::SYNC_AGAIN;
use wick::words::sharing;
use wick::words::targets::{AUTOMATICALLY, group, holders_short, sync_all, syncing};

/// The app, to which the desktop gives no token: `gh` has one.
fn with_gh(home: &Home) {
    home.add_program("gh", &format!("#!/bin/sh\necho {TOKEN}\n"));
}

#[test]
fn the_menu_syncs_shows_what_each_target_holds_and_asks_once() {
    let Some(bus) = Bus::start("the_menu_syncs_shows_what_each_target_holds_and_asks_once") else { return };
    let panel = Panel::start(&bus);
    let notifications = NotificationDaemon::start(&bus, &["actions", "body"]);
    let (home, github) = home_and_github(&["acme/api", "acme/old"]);
    with_gh(&home);
    github.archive("acme/old");
    let ask = fs::read_to_string(home.config())
        .unwrap()
        .replace("share_refresh_token = true", "share_refresh_token = \"ask\"");
    home.write_config(&ask);
    let app = App::start(&home, Some(&bus));
    let icon = panel.icon();
    let has = |text: &str| wait_for(text, || icon.texts().iter().any(|line| line.starts_with(text)).then_some(()));
    has(&sync_all(2));
    has(&said::target("acme/api", TargetState::Never, None));
    has(sharing::IF_SHARED);
    let candle = icon.picture();

    github.pause_writes();
    icon.click(&sync_all(2));
    has(&syncing(0, 2));
    wait_for("an arrow beside the candle", || (icon.picture() != candle).then_some(()));
    github.resume();
    let shown = notifications.wait_for("Sync");
    assert!(shown.summary.contains("1 of 2") && shown.body.starts_with("acme/old: "), "{shown:?}");
    assert_eq!(shown.actions[1], SYNC_AGAIN);
    has(&said::not_shared("acme/api"));
    has(&said::failed("acme/old", Failure::Archived));
    assert_eq!(github.secrets("acme/api"), ["CLAUDE_ACCESS_TOKEN", "CLAUDE_EXPIRES_AT"]);

    icon.click(sharing::YES);
    wait_for("the question to go", || (!icon.texts().contains(&sharing::QUESTION.to_owned())).then_some(()));
    assert!(fs::read_to_string(home.config()).unwrap().contains("share_refresh_token = true"));
    wait_for("a click on that one", || {
        icon.click_if_there(" acme/api: ");
        (value(&github, "acme/api", "CLAUDE_REFRESH_TOKEN") == "tok-sentinel-refresh").then_some(())
    });
    has(&said::in_sync("acme/api", 0));
    has(&holders_short(1));

    icon.click(AUTOMATICALLY);
    // The click itself moves the mark already.
    let config = || fs::read_to_string(home.config()).unwrap();
    wait_for("the switch in the config", || config().contains("automatic = true").then_some(()));
    wait_for("the switch in the menu", || icon.is_checked(AUTOMATICALLY).then_some(()));
    home.write(&credential().json().replace("sentinel-access", "sentinel-newer"));
    wait_for("the new token", || {
        (value(&github, "acme/api", "CLAUDE_ACCESS_TOKEN") == "tok-sentinel-newer").then_some(())
    });
    assert_eq!(panel.icons(), 1, "one icon, edited in place");
    for file in ["cmdline", "environ"] {
        let bytes = process_file(app.pid(), file);
        assert!(!String::from_utf8_lossy(&bytes).contains("tok-sentinel"), "{file}");
    }
    app.terminate();
    let (code, printed) = app.wait();
    assert_eq!(code, Some(0));
    let told = format!("{:?}", notifications.shown());
    assert!(!printed.contains("tok-sentinel") && !told.contains("tok-sentinel"));
    home.sweep();
}

#[test]
fn many_targets_are_grouped_and_move_between_their_groups() {
    let Some(bus) = Bus::start("many_targets_are_grouped_and_move_between_their_groups") else { return };
    let panel = Panel::start(&bus);
    let names: Vec<String> = (0..20).map(|number| format!("acme/r{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (home, github) = home_and_github(&names);
    with_gh(&home);
    home.write_config(&config(&github, &repositories(&names)));
    let _app = App::start(&home, Some(&bus));
    let icon = panel.icon();
    let has = |text: &str| wait_for(text, || icon.texts().contains(&text.to_owned()).then_some(()));
    has(&group(TargetState::Never, 20));
    icon.click(&said::target("acme/r7", TargetState::Never, None));
    has(&group(TargetState::InSync, 1));
    has(&group(TargetState::Never, 19));
    icon.click(&sync_all(20));
    has(&group(TargetState::InSync, 20));
    assert_eq!(value(&github, "acme/r19", "CLAUDE_ACCESS_TOKEN"), "tok-sentinel-access");
}

#[test]
fn quit_leaves_a_sync_off_and_the_next_start_goes_on() {
    let Some(bus) = Bus::start("quit_leaves_a_sync_off_and_the_next_start_goes_on") else { return };
    let panel = Panel::start(&bus);
    let (home, github) = home_and_github(&["acme/api"]);
    with_gh(&home);
    let automatic = fs::read_to_string(home.config()).unwrap().replace("[sync]\n", "[sync]\nautomatic = true\n");
    home.write_config(&automatic);
    github.pause_writes();
    let app = App::start(&home, Some(&bus));
    panel.icon();
    wait_for("the first write", || (github.writes() == 1).then_some(()));
    app.terminate();
    assert_eq!(app.wait().0, Some(0), "at once, though no answer came");
    github.resume();
    let app = App::start(&home, Some(&bus));
    wait_for("the rest", || (!value(&github, "acme/api", "CLAUDE_EXPIRES_AT").is_empty()).then_some(()));
    app.terminate();
    assert_eq!(app.wait().0, Some(0));
}
