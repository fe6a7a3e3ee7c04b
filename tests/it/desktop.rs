//! The real app on a private bus, seen by a panel, a notification service and a person.

use std::fs;
use std::thread::sleep;
use std::time::Duration;

use crate::support::credential::CredentialText;
use crate::support::desktop::{App, Bus, NotificationDaemon, Panel};
use crate::support::home::{Home, in_seconds};
use crate::support::refreshed;
use crate::support::said;
use crate::support::token_server::Behavior;
use crate::support::wait_for;
use wick::words::autostart::OPEN_AT_LOGIN;
use wick::words::menu::title::NOT_FOUND;
use wick::words::menu::{ABOUT, ACCESS_TOKEN, AUTOMATIC, DESCRIPTION, item};
use wick::words::notices::did_not_work;
use wick::words::refresh::{AUTOMATICALLY as REFRESH_AUTOMATICALLY, REFRESH_NOW, REFRESHING};
use wick::words::terminal::{IN_THE_TRAY, NO_TRAY, NO_TRAY_HOST};

/// How long one try is given before the next.
const A_WHILE: Duration = Duration::from_secs(1);

#[test]
fn the_icon_shows_the_time_left_and_follows_the_file() {
    let Some(bus) = Bus::start("the_icon_shows_the_time_left_and_follows_the_file") else { return };
    let panel = Panel::start(&bus);
    let home = Home::signed_in(3 * 3600 + 30);
    let app = App::start(&home, Some(&bus));
    let icon = panel.icon();
    icon.wait_for_title("3h");
    // Icon, title, tooltip and menu are changed one after the other.
    wait_for("the tooltip", || {
        let (heading, text) = icon.tooltip();
        (heading == "3h" && text.starts_with(&said::access("3h"))).then_some(())
    });
    // Whether it opens at login is looked at beside the credential, and may be known a moment later.
    wait_for("the switch", || icon.texts().contains(&OPEN_AT_LOGIN.to_owned()).then_some(()));
    assert_eq!(
        icon.texts()[3..],
        [
            "",
            REFRESH_NOW,
            "",
            item::SET_UP,
            item::SIGN_IN,
            item::NEW_CI_TOKEN,
            "",
            AUTOMATIC,
            REFRESH_AUTOMATICALLY,
            OPEN_AT_LOGIN,
            item::OPEN_SETTINGS,
            item::DIAGNOSE,
            "",
            ABOUT,
            DESCRIPTION,
            item::QUIT
        ]
    );
    let (width, height, candle) = icon.picture();
    assert_eq!((width, height, candle.len()), (48, 48, 48 * 48 * 4));

    home.write(&CredentialText::ending(in_seconds(8 * 3600 + 30)).json());
    wait_for("the new time in the menu", || icon.texts()[0].starts_with(&said::access("8h")).then_some(()));
    icon.wait_for_title("8h");
    wait_for("the line below", || (!icon.texts()[1].contains(" left, ")).then_some(()));
    wait_for("a whole candle again", || (icon.picture().2 != candle).then_some(()));

    fs::remove_file(home.credentials()).unwrap();
    wait_for("what to do", || icon.texts().contains(&said::sign_in()).then_some(()));
    icon.wait_for_title(NOT_FOUND);

    app.terminate();
    assert_eq!(app.wait().0, Some(0));
}

#[test]
fn quit_in_the_menu_ends_it_and_takes_the_icon_away() {
    let Some(bus) = Bus::start("quit_in_the_menu_ends_it_and_takes_the_icon_away") else { return };
    let panel = Panel::start(&bus);
    let home = Home::signed_in(3570);
    let app = App::start(&home, Some(&bus));
    panel.icon().click("Quit Wick");
    let (code, printed) = app.wait();
    assert_eq!(code, Some(0));
    assert_eq!(printed.trim_end(), IN_THE_TRAY);
}

#[test]
fn each_bad_file_is_shown_and_the_app_goes_on() {
    let Some(bus) = Bus::start("each_bad_file_is_shown_and_the_app_goes_on") else { return };
    let panel = Panel::start(&bus);
    let home = Home::signed_in(3570);
    let mut app = App::start(&home, Some(&bus));
    let icon = panel.icon();
    icon.wait_for_title("59m");
    let good = CredentialText::ending(in_seconds(3600));
    let good_one = icon.picture().2;
    let mut pictures = vec![good_one.clone()];
    for (content, title, first) in [
        (good.json()[..60].to_owned(), "unreadable", "breaks off or is not JSON"),
        (String::new(), "unreadable", "is empty"),
        ("[]".to_owned(), "unreadable", "the whole is not a JSON object"),
        (good.clone().signed_out().json(), "signed out", "Signed out"),
        (good.clone().raw_end("253402300799000").json(), ">999d", "further ahead than any token lives"),
        (CredentialText::ending(in_seconds(-60)).json(), "expired", "Access token: expired"),
    ] {
        home.write(&content);
        wait_for(first, || (icon.texts()[0].contains(first) && icon.title() == title).then_some(()));
        pictures.push(wait_for("its picture", || Some(icon.picture().2).filter(|picture| *picture != good_one)));
        home.write(&good.json());
        icon.wait_for_title("59m");
        wait_for("the good one's picture", || (icon.picture().2 == good_one).then_some(()));
        assert!(app.is_running());
    }
    assert_eq!(panel.icons(), 1, "one icon, edited in place");
    pictures.sort();
    pictures.dedup();
    assert!(pictures.len() >= 4, "the shape tells the state");
}

#[test]
fn a_panel_that_comes_late_or_comes_again_gets_the_icon() {
    let Some(bus) = Bus::start("a_panel_that_comes_late_or_comes_again_gets_the_icon") else { return };
    let home = Home::signed_in(3570);
    let mut app = App::start(&home, Some(&bus));
    app.wait_for_line(&said::access("59m"));
    let late = Panel::start(&bus);
    late.icon().wait_for_title("59m");
    drop(late);
    let again = Panel::start(&bus);
    // An icon that hears of it while it is offered once more gives way to that one.
    again.wait_for_title("59m");
    assert!(app.is_running());
    app.terminate();
    let (code, printed) = app.wait();
    assert_eq!(code, Some(0));
    assert!(printed.contains(NO_TRAY_HOST), "{printed}");
    assert!(printed.contains(&said::access("59m")), "{printed}");
}

#[test]
fn without_a_session_bus_the_same_loop_prints_its_line() {
    let home = Home::signed_in(3570);
    let app = App::start(&home, None);
    app.wait_for_line(&said::access("59m"));
    home.write(&CredentialText::ending(in_seconds(7230)).json());
    app.wait_for_line(&said::access("2h"));
    fs::remove_file(home.credentials()).unwrap();
    app.wait_for_line(&said::sign_in());
    app.terminate();
    let (code, printed) = app.wait();
    assert_eq!(code, Some(0));
    let lines: Vec<&str> = printed.lines().collect();
    assert!(lines[0].starts_with(NO_TRAY), "{printed}");
    assert!(lines.last().unwrap().contains(&said::sign_in()), "{printed}");
}

#[test]
fn a_left_click_shows_both_clocks() {
    let Some(bus) = Bus::start("a_left_click_shows_both_clocks") else { return };
    let panel = Panel::start(&bus);
    let notifications = NotificationDaemon::start(&bus, &["body"]);
    let home = Home::signed_in(3570);
    let _app = App::start(&home, Some(&bus));
    let icon = panel.icon();
    icon.wait_for_title("59m");
    icon.activate();
    let shown = notifications.wait_for("Wick: 59m");
    assert!(shown.body.contains(&said::access("59m")) && shown.body.contains(&said::login()), "{}", shown.body);
    assert!(shown.actions.is_empty());
}

#[test]
fn an_alert_speaks_once_with_its_button_and_the_button_answers() {
    let Some(bus) = Bus::start("an_alert_speaks_once_with_its_button_and_the_button_answers") else { return };
    let panel = Panel::start(&bus);
    let notifications = NotificationDaemon::start(&bus, &["actions", "body"]);
    let home = Home::signed_in(210);
    let app = App::start(&home, Some(&bus));
    // There before it ends again, or the second one would be the first to be counted.
    panel.icon();
    let shown = notifications.wait_for(&said::access("3m"));
    assert_eq!(shown.actions, ["Refresh", item::REFRESH]);
    // The endpoint is out of reach, and a click is answered all the same.
    let answered = || notifications.shown().iter().any(|shown| shown.summary == said::refresh_failed());
    notifications.click(shown.id, "Refresh");
    wait_for("the answer", || answered().then_some(()));
    app.terminate();
    assert_eq!(app.wait().0, Some(0));

    let app = App::start(&home, Some(&bus));
    wait_for("the second app's icon", || (panel.icons() == 2).then_some(()));
    panel.icon().activate();
    notifications.wait_for("Wick: ");
    let alerts = notifications.shown().iter().filter(|shown| shown.summary.starts_with(ACCESS_TOKEN)).count();
    assert_eq!(alerts, 1, "said before the restart");
    drop(app);
}

#[test]
fn the_menu_refreshes_by_a_click_and_the_switch_is_kept() {
    let Some(bus) = Bus::start("the_menu_refreshes_by_a_click_and_the_switch_is_kept") else { return };
    let panel = Panel::start(&bus);
    let notifications = NotificationDaemon::start(&bus, &["actions", "body"]);
    let (home, server) = refreshed::home_and_server(3600);
    let app = App::start(&home, Some(&bus));
    let icon = panel.icon();
    server.pause();
    icon.click(REFRESH_NOW);
    wait_for("the state", || icon.texts().contains(&REFRESHING.to_owned()).then_some(()));
    server.resume();
    notifications.wait_for(&said::refreshed());
    wait_for("the new time", || icon.texts()[0].starts_with(&said::access("7h 59m")).then_some(()));
    wait_for("what became of it", || (!icon.texts().contains(&REFRESHING.to_owned())).then_some(()));
    assert!(refreshed::is_usable(&home, &server));

    server.behave(Behavior::Answer { status: 503, headers: Vec::new(), body: "tok-sentinel-echo".to_owned() });
    icon.click(REFRESH_NOW);
    let shown = notifications.wait_for(&said::refresh_failed());
    assert_eq!(shown.actions, ["Refresh", item::REFRESH]);
    server.behave(Behavior::Grant);
    let posts = server.posts().len();
    notifications.click(shown.id, "Refresh");
    wait_for("the next refresh", || (server.posts().len() > posts).then_some(()));

    icon.click(REFRESH_AUTOMATICALLY);
    let config = || fs::read_to_string(home.config()).unwrap();
    wait_for("the switch in the config", || config().contains("automatic = true").then_some(()));
    wait_for("the switch in the menu", || icon.is_checked(REFRESH_AUTOMATICALLY).then_some(()));
    // Someone edits the file, and the menu follows.
    home.write_config(&config().replace("automatic = true", "automatic = false"));
    wait_for("the switch in the menu", || (!icon.is_checked(REFRESH_AUTOMATICALLY)).then_some(()));
    app.terminate();
    let (code, printed) = app.wait();
    assert_eq!(code, Some(0));
    assert!(!printed.contains("tok-sentinel") && !format!("{:?}", notifications.shown()).contains("tok-sentinel"));
    home.sweep();
    refreshed::assert_tidy(&home);
}

#[test]
fn a_service_without_buttons_gets_none_and_markup_is_escaped_where_it_counts() {
    let Some(bus) = Bus::start("a_service_without_buttons_gets_none") else { return };
    let panel = Panel::start(&bus);
    let notifications = NotificationDaemon::start(&bus, &["body", "body-markup"]);
    let home = Home::signed_in(59);
    let _app = App::start(&home, Some(&bus));
    let icon = panel.icon();
    // Signed in anew each time, since on a busy machine its last minute may be over before anything is shown.
    let shown = wait_for("a warning in the last minute", || {
        home.write(&CredentialText::ending(in_seconds(59)).json());
        sleep(A_WHILE);
        notifications.shown().into_iter().find(|shown| shown.summary.contains(&said::access("<1m")))
    });
    assert!(shown.actions.is_empty());
    wait_for("both clocks in the last minute", || {
        home.write(&CredentialText::ending(in_seconds(59)).json());
        icon.activate();
        sleep(A_WHILE);
        notifications.shown().into_iter().find(|shown| shown.body.contains(&said::access("&lt;1m")))
    });
}

#[test]
fn without_a_notification_service_the_app_goes_on() {
    let Some(bus) = Bus::start("without_a_notification_service_the_app_goes_on") else { return };
    let panel = Panel::start(&bus);
    let home = Home::signed_in(210);
    let mut app = App::start(&home, Some(&bus));
    let icon = panel.icon();
    icon.activate();
    let log = home.state().join("wick.log");
    wait_for("a line in the log", || {
        fs::read_to_string(&log).ok().filter(|log| log.contains("no notification could be shown"))
    });
    assert!(app.is_running());
    icon.wait_for_title("3m");
}

#[test]
fn an_edit_of_the_config_reaches_the_icon() {
    let Some(bus) = Bus::start("an_edit_of_the_config_reaches_the_icon") else { return };
    let panel = Panel::start(&bus);
    let home = Home::signed_in(3570);
    home.write_config("");
    let _app = App::start(&home, Some(&bus));
    let icon = panel.icon();
    icon.wait_for_title("59m");
    let candle = icon.picture();
    home.write_config("[tray]\ntitle = \"login\"\nicon = \"time\"\n");
    icon.wait_for_title("20d");
    wait_for("the digits", || (icon.picture() != candle).then_some(()));
    home.write_config("[tray]\ntitle = \"logni\"\n");
    wait_for("the complaint", || icon.texts()[0].contains("line 2: `tray.title`").then_some(()));
    assert_eq!(icon.title(), "20d", "the last good one goes on");
}

#[test]
fn diagnose_writes_the_report() {
    let Some(bus) = Bus::start("diagnose_writes_the_report") else { return };
    let panel = Panel::start(&bus);
    let home = Home::signed_in(3570);
    let _app = App::start(&home, Some(&bus));
    panel.icon().click(item::DIAGNOSE);
    let report = home.state().join("doctor.txt");
    let opened = wait_for("the report to be opened", || {
        fs::read_to_string(home.path().join("opened")).ok().filter(|text| text.ends_with('\n'))
    });
    assert_eq!(opened.trim(), report.display().to_string());
    let text = fs::read_to_string(&report).unwrap();
    assert!(text.contains("\nok    tray ") && text.contains("\nwarn  notifications "), "{text}");
}

/// `xdg-open` is everywhere, also where no program is set for a file.
#[test]
fn an_item_whose_program_fails_says_so() {
    let Some(bus) = Bus::start("an_item_whose_program_fails_says_so") else { return };
    let panel = Panel::start(&bus);
    let notifications = NotificationDaemon::start(&bus, &["body"]);
    let home = Home::signed_in(3570);
    for opener in ["xdg-open", "gio", "exo-open"] {
        home.add_program(opener, "#!/bin/sh\nexit 3\n");
    }
    let _app = App::start(&home, Some(&bus));
    for (item, path) in [(item::OPEN_SETTINGS, home.config()), (item::DIAGNOSE, home.state().join("doctor.txt"))] {
        panel.icon().click(item);
        let shown = notifications.wait_for(&did_not_work(item));
        assert!(shown.body.contains(path.to_str().unwrap()), "{}", shown.body);
    }
}

#[test]
fn sign_in_opens_claude_codes_own_in_the_users_terminal() {
    let Some(bus) = Bus::start("sign_in_opens_claude_codes_own_in_the_users_terminal") else { return };
    let panel = Panel::start(&bus);
    let home = Home::signed_in(3570);
    home.add_program("claude", "#!/bin/sh\necho \"$* in $CLAUDE_CONFIG_DIR\" > \"$HOME/claude-was-called\"\n");
    home.add_program("xdg-terminal-exec", "#!/bin/sh\nexec \"$1\"\n");
    home.write_config("[credential]\nconfig_dir = \"~/.claude\"\n");
    let _app = App::start(&home, Some(&bus));
    panel.icon().click("Sign in…");
    let called = wait_for("claude", || {
        fs::read_to_string(home.path().join("claude-was-called")).ok().filter(|text| text.ends_with('\n'))
    });
    assert_eq!(called, format!("auth login in {}\n", home.path().join(".claude").display()));
}

#[test]
fn a_config_behind_a_link_is_followed() {
    let Some(bus) = Bus::start("a_config_behind_a_link_is_followed") else { return };
    let panel = Panel::start(&bus);
    let home = Home::signed_in(3570);
    home.write_config("");
    let real = home.path().join("dotfiles");
    fs::create_dir(&real).unwrap();
    fs::rename(home.config(), real.join("wick.toml")).unwrap();
    std::os::unix::fs::symlink(real.join("wick.toml"), home.config()).unwrap();
    let _app = App::start(&home, Some(&bus));
    let icon = panel.icon();
    icon.wait_for_title("59m");
    fs::write(real.join("wick.toml"), "[tray]\ntitle = \"login\"\n").unwrap();
    icon.wait_for_title("20d");
}

#[test]
#[cfg_attr(feature = "tao", ignore = "GTK has a bus of its own end the process, which no Mac has")]
fn a_bus_that_ends_does_not_end_the_app() {
    let Some(bus) = Bus::start("a_bus_that_ends_does_not_end_the_app") else { return };
    let panel = Panel::start(&bus);
    let home = Home::signed_in(210);
    let mut app = App::start(&home, Some(&bus));
    panel.icon();
    drop(bus);
    home.write(&CredentialText::ending(in_seconds(100)).json());
    let log = home.state().join("wick.log");
    // The alert of the new deadline has nowhere to go.
    wait_for("a line in the log", || fs::read_to_string(&log).ok().filter(|log| log.contains("no notification")));
    assert!(app.is_running());
    app.terminate();
    assert_eq!(app.wait().0, Some(0));
}
