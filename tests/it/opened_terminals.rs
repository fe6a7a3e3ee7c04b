//! What the menu opens in a terminal.

use std::fs;
use std::path::Path;

use crate::ci_token::TOKEN;
use crate::pasting::add_claude_that_prints;
use crate::support::desktop::{App, Bus, Panel};
use crate::support::home::{Home, with_input};
use crate::support::wait_for;
use wick::words::ci_token::CI_TOKEN;
use wick::words::menu::item::{NEW_CI_TOKEN, SET_UP};

#[test]
fn the_menu_opens_just_that_in_a_terminal() {
    let Some(bus) = Bus::start("the_menu_opens_just_that_in_a_terminal") else { return };
    let panel = Panel::start(&bus);
    let home = Home::signed_in(3600);
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
    let Some(bus) = Bus::start("once_one_is_stored_the_menu_opens_a_rotation_in_a_terminal") else { return };
    let panel = Panel::start(&bus);
    let home = Home::signed_in(3600);
    add_claude_that_prints(&home, TOKEN);
    assert!(with_input(home.wick(&["ci-token", "set"]), TOKEN).status.success());
    let copy = home.path().join("opened");
    home.add_program("xdg-terminal-exec", &copies_to(&copy));
    let _app = App::start(&home, Some(&bus));
    wait_for("its clock in the menu", || {
        panel.icon().texts().iter().any(|text| text.starts_with(CI_TOKEN)).then_some(())
    });
    panel.icon().click(NEW_CI_TOKEN);
    let script = wait_for("the script", || fs::read_to_string(&copy).ok());
    assert!(script.contains(" --profile 'default' ci-token rotate\n") && !script.contains("setup-token"), "{script}");
}

/// A terminal that keeps the script it is opened for.
fn copies_to(copy: &Path) -> String {
    format!("#!/bin/sh\ncp \"$1\" {0}.part && mv {0}.part {0}\n", copy.display())
}

#[test]
fn a_first_repository_is_set_up_in_a_terminal_from_the_menu() {
    let Some(bus) = Bus::start("a_first_repository_is_set_up_in_a_terminal_from_the_menu") else { return };
    let panel = Panel::start(&bus);
    let home = Home::signed_in(3600);
    let copy = home.path().join("opened");
    home.add_program("xdg-terminal-exec", &copies_to(&copy));
    let _app = App::start(&home, Some(&bus));
    panel.icon().click(SET_UP);
    let script = wait_for("the script", || fs::read_to_string(&copy).ok());
    assert!(script.contains(" --profile 'default' init\n"), "{script}");
}

/// The terminal may be opened in another folder, and after an upgrade.
#[test]
fn what_a_terminal_is_opened_for_starts_this_wick_with_this_config() {
    let Some(bus) = Bus::start("what_a_terminal_is_opened_for_starts_this_wick_with_this_config") else { return };
    let panel = Panel::start(&bus);
    let home = Home::signed_in(3600);
    let copy = home.path().join("opened");
    home.add_program("xdg-terminal-exec", &copies_to(&copy));
    let link = home.path().join("bin/wick");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_wick"), &link).unwrap();
    fs::write(home.path().join("my.toml"), "").unwrap();
    let _app = App::run(home.wick(&["--config", "my.toml"]), Some(&bus));
    panel.icon().click(SET_UP);
    let script = wait_for("the script", || fs::read_to_string(&copy).ok());
    let config = home.path().canonicalize().unwrap().join("my.toml");
    let line = format!("'{}' --config '{}' --profile 'default' init\n", link.display(), config.display());
    assert!(script.contains(&line), "{script}");
}
