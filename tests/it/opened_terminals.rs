//! What the menu opens in a terminal.

use std::fs;

use crate::ci_token::TOKEN;
use crate::pasting::add_claude_that_prints;
use crate::support::desktop::{App, Bus, Panel};
use crate::support::home::{Home, with_input};
use crate::support::wait_for;
use wick::words::ci_token::CI_TOKEN;
use wick::words::menu::item::{NEW_CI_TOKEN, SET_UP};

/// Someone who is signed in, at a desktop whose terminal keeps the script that it is opened for.
fn desk(test: &str) -> Option<(Bus, Panel, Home)> {
    let bus = Bus::start(test)?;
    let (panel, home) = (Panel::start(&bus), Home::signed_in(3600));
    let copy = home.path().join("opened");
    let script = format!("#!/bin/sh\ncp \"$1\" {0}.part && mv {0}.part {0}\n", copy.display());
    home.add_program("xdg-terminal-exec", &script);
    Some((bus, panel, home))
}

/// The script that a terminal is opened for by a click on this.
fn opened_by(item: &str, panel: &Panel, home: &Home) -> String {
    panel.icon().click(item);
    wait_for("the script", || fs::read_to_string(home.path().join("opened")).ok())
}

#[test]
fn the_menu_opens_just_that_in_a_terminal() {
    let Some((bus, panel, home)) = desk("the_menu_opens_just_that_in_a_terminal") else { return };
    add_claude_that_prints(&home, TOKEN);
    home.add_program("xdg-terminal-exec", "#!/bin/sh\nexec \"$1\"\n");
    let _app = App::start(&home, Some(&bus));
    panel.icon().click(NEW_CI_TOKEN);
    let file = home.state().join("ci-token-default");
    let token = wait_for("the token", || fs::read_to_string(&file).ok().filter(|text| !text.is_empty()));
    assert_eq!(token, TOKEN);
}

/// From then on it takes the place of the old one, everywhere.
#[test]
fn once_one_is_stored_the_menu_opens_a_rotation_in_a_terminal() {
    let Some((bus, panel, home)) = desk("once_one_is_stored_the_menu_opens_a_rotation_in_a_terminal") else { return };
    add_claude_that_prints(&home, TOKEN);
    assert!(with_input(home.wick(&["ci-token", "set"]), TOKEN).status.success());
    let _app = App::start(&home, Some(&bus));
    wait_for("its clock in the menu", || {
        panel.icon().texts().iter().any(|text| text.starts_with(CI_TOKEN)).then_some(())
    });
    let script = opened_by(NEW_CI_TOKEN, &panel, &home);
    assert!(script.contains(" --profile 'default' ci-token rotate\n") && !script.contains("setup-token"), "{script}");
}

#[test]
fn a_first_repository_is_set_up_in_a_terminal_from_the_menu() {
    let Some((bus, panel, home)) = desk("a_first_repository_is_set_up_in_a_terminal_from_the_menu") else { return };
    let _app = App::start(&home, Some(&bus));
    let script = opened_by(SET_UP, &panel, &home);
    assert!(script.contains(" --profile 'default' init\n"), "{script}");
}

/// The terminal may be opened in another folder, and after an upgrade.
#[test]
fn what_a_terminal_is_opened_for_starts_this_wick_with_this_config() {
    let Some((bus, panel, home)) = desk("what_a_terminal_is_opened_for_starts_this_wick_with_this_config") else {
        return;
    };
    let link = home.path().join("bin/wick");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_wick"), &link).unwrap();
    fs::write(home.path().join("my.toml"), "").unwrap();
    let _app = App::run(home.wick(&["--config", "my.toml"]), Some(&bus));
    let script = opened_by(SET_UP, &panel, &home);
    let config = home.path().canonicalize().unwrap().join("my.toml");
    let line = format!("'{}' --config '{}' --profile 'default' init\n", link.display(), config.display());
    assert!(script.contains(&line), "{script}");
}
