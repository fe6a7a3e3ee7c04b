//! A new token that could not be stored when it came, and how the real app brings it to its place.

use std::fs;

use crate::support::desktop::{App, Bus, Panel};
use crate::support::home::Home;
use crate::support::token_server::TokenServer;
use crate::support::{refreshed, wait_for};
use wick::words::refresh::REFRESH_NOW;

/// A panel, and a sign-in whose refresh this server answers.
fn desk(test: &str) -> Option<(Bus, Panel, Home, TokenServer)> {
    let bus = Bus::start(test)?;
    let (panel, (home, server)) = (Panel::start(&bus), refreshed::home_and_server(3600));
    Some((bus, panel, home, server))
}

/// By a store that cannot be made sense of while the answer comes, and can again afterwards.
fn leave_an_answer_in_the_journal(home: &Home, server: &TokenServer) {
    let ran = refreshed::while_the_post_runs(home, server, || home.write("{\"claudeAi"));
    assert_eq!(ran.error(), "kept_in_journal");
    home.write(&refreshed::credential(3600).json());
}

fn assert_it_is_stored(app: App, home: &Home, server: &TokenServer) {
    wait_for("the kept token", || refreshed::is_usable(home, server).then_some(()));
    app.terminate();
    assert_eq!((app.wait().0, server.posts().len()), (Some(0), 1));
    refreshed::assert_tidy(home);
}

#[test]
fn what_a_killed_run_left_is_finished_at_start() {
    let Some((bus, _panel, home, server)) = desk("what_a_killed_run_left_is_finished_at_start") else { return };
    leave_an_answer_in_the_journal(&home, &server);
    let app = App::start(&home, Some(&bus));
    assert_it_is_stored(app, &home, &server);
}

#[test]
fn with_settings_that_make_no_sense_nothing_is_written_until_they_do() {
    let test = "with_settings_that_make_no_sense_nothing_is_written_until_they_do";
    let Some((bus, panel, home, server)) = desk(test) else { return };
    let good = fs::read_to_string(home.config()).unwrap();
    leave_an_answer_in_the_journal(&home, &server);
    let stored = fs::read(home.credentials()).unwrap();
    home.write_config(&format!("typo = 1\n{}", good.replace("[refresh]\n", "[refresh]\nmode = \"never\"\n")));
    let app = App::start(&home, Some(&bus));
    let icon = panel.icon();
    wait_for("what holds until then", || icon.texts().contains(&wick::words::config::kept("", false)[1]).then_some(()));
    assert!(!icon.texts().contains(&REFRESH_NOW.to_owned()));
    assert_eq!((fs::read(home.credentials()).unwrap(), refreshed::journals(&home)), (stored, 1));
    home.write_config(&good);
    assert_it_is_stored(app, &home, &server);
}

#[test]
fn what_a_command_could_not_store_is_finished_by_the_running_app() {
    let test = "what_a_command_could_not_store_is_finished_by_the_running_app";
    let Some((bus, panel, home, server)) = desk(test) else { return };
    let app = App::start(&home, Some(&bus));
    let icon = panel.icon();
    wait_for("its first look", || icon.texts().iter().any(|text| text == REFRESH_NOW).then_some(()));
    leave_an_answer_in_the_journal(&home, &server);
    assert_it_is_stored(app, &home, &server);
}
