//! What the log says of an event, it says in one line and once: whoever reads it counts them.

use std::fs;

use crate::support::github::TOKEN;
use crate::support::home::Home;
use crate::support::refreshed::{configure, home_and_server};
use crate::support::synced::home_and_github;

/// Each line of the log from what it says on.
fn said(home: &Home) -> Vec<String> {
    let log = fs::read_to_string(home.state().join("wick.log")).unwrap_or_default();
    let message = |line: &str| line.split_once("Z ").expect("a moment in UTC").1.trim().to_owned();
    log.lines().map(message).collect()
}

/// What the log says, each of it once, and what has these words in one line alone.
fn check_once(home: &Home, words: &[&str]) {
    let said = said(home);
    for line in &said {
        assert_eq!(said.iter().filter(|other| *other == line).count(), 1, "{line} is there twice: {said:#?}");
    }
    for words in words {
        assert_eq!(said.iter().filter(|line| line.contains(words)).count(), 1, "{words}: {said:#?}");
    }
}

#[test]
fn which_claude_was_taken_is_said_once() {
    let (home, server) = home_and_server(200);
    configure(&home, &server, "mode = \"claude\"");
    home.add_program("claude", "#!/bin/sh\nexit 1\n");
    home.run(&["refresh"]);
    check_once(&home, &["claude is ", "claude plugin list", "claude auth status", "claude mcp list"]);

    let home = Home::signed_in(3570);
    home.add_program("claude", "#!/bin/sh\n");
    home.run(&["doctor"]);
    check_once(&home, &["claude is "]);
}

#[test]
fn whose_token_a_sync_uses_is_said_once() {
    let (home, _github) = home_and_github(&["acme/api", "acme/web"]);
    home.add_program("gh", &format!("#!/bin/sh\necho {TOKEN}\n"));
    home.run(&["sync"]);
    check_once(&home, &["gh is ", "the GitHub token for "]);
}

/// The real app.
#[cfg(not(target_os = "macos"))]
mod app {
    use std::os::unix::fs::PermissionsExt;

    use wick::words::refresh::AUTOMATICALLY;

    use super::*;
    use crate::support::desktop::{App, Bus, Panel};
    use crate::support::wait_for;

    #[test]
    fn each_program_that_a_click_starts_is_said_once() {
        let Some(bus) = Bus::start("log::each_program_that_a_click_starts_is_said_once") else { return };
        let panel = Panel::start(&bus);
        let home = Home::signed_in(3570);
        home.add_program("claude", "#!/bin/sh\ntouch \"$HOME/claude-was-called\"\n");
        home.add_program("xdg-terminal-exec", "#!/bin/sh\nexec \"$1\"\n");
        let _app = App::start(&home, Some(&bus));
        panel.icon().click("Sign in…");
        wait_for("claude", || home.path().join("claude-was-called").exists().then_some(()));
        check_once(&home, &["claude is ", "xdg-terminal-exec is "]);
    }

    #[test]
    fn a_switch_that_cannot_be_set_is_said_once() {
        let Some(bus) = Bus::start("log::a_switch_that_cannot_be_set_is_said_once") else { return };
        let panel = Panel::start(&bus);
        let home = Home::signed_in(3570);
        home.write_config("");
        let _app = App::start(&home, Some(&bus));
        let icon = panel.icon();
        icon.wait_for_title("59m");
        fs::set_permissions(home.config(), fs::Permissions::from_mode(0o666)).unwrap();
        icon.click(AUTOMATICALLY);
        wait_for("a line in the log", || said(&home).iter().any(|line| line.contains("did not work")).then_some(()));
        check_once(&home, &["others can write the config"]);
    }
}
