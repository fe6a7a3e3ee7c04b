//! Opening at login: the switch, the command, and the entry that they write.

use wick::domain::action::Action;
use wick::domain::autostart::{Autostart, AutostartError};
use wick::domain::state::event::Event;
use wick::ports::screen::Entry;

use crate::support::credential::CredentialText;
use crate::support::fakes::START;
use crate::support::scenario::{Scenario, run};
use wick::words::autostart::OPEN_AT_LOGIN;
use wick::words::sentence::capital;

fn switch(scenario: &Scenario) -> Option<bool> {
    let within = scenario.view().menu.into_iter().filter_map(|entry| match entry {
        Entry::Group(_, entries) => Some(entries),
        _ => None,
    });
    within.flatten().find_map(|entry| match entry {
        Entry::Switch(Action::SwitchAutostart, label, on) => {
            assert_eq!(label, OPEN_AT_LOGIN);
            Some(on)
        }
        _ => None,
    })
}

fn start() -> Scenario {
    let end = jiff::Timestamp::from_second(START + 3600).unwrap();
    Scenario::start(&CredentialText::ending(end.into()).json())
}

#[test]
fn the_switch_shows_what_is_there_and_changes_it() {
    run(async || {
        let scenario = start();
        scenario.settle().await;
        assert_eq!(switch(&scenario), Some(false));
        for on in [true, false] {
            scenario.send(Event::Chosen(Action::SwitchAutostart));
            scenario.settle().await;
            assert_eq!(switch(&scenario), Some(on));
        }
        // Someone else has changed it: on a Mac seen when the menu opens.
        scenario.login_item.be(Autostart::On);
        scenario.send(Event::MenuOpened);
        scenario.settle().await;
        assert_eq!(switch(&scenario), Some(true));
        // Elsewhere with the next look.
        scenario.login_item.be(Autostart::Off);
        scenario.login_item.touch();
        scenario.pass(61).await;
        assert_eq!(switch(&scenario), Some(false));
    });
}

#[test]
fn idle_minutes_do_not_ask_for_it() {
    run(async || {
        let scenario = start();
        scenario.pass(5 * 60).await;
        assert_eq!(scenario.login_item.looks(), 1);
    });
}

#[test]
fn a_switch_that_cannot_be_set_says_why_and_stays() {
    run(async || {
        let scenario = start();
        scenario.login_item.refuse("the disk is full");
        scenario.send(Event::Chosen(Action::SwitchAutostart));
        scenario.settle().await;
        assert_eq!(scenario.notifier.summaries(), [wick::words::notices::did_not_work(OPEN_AT_LOGIN)]);
        assert_eq!(switch(&scenario), Some(false));
    });
}

#[test]
fn what_is_left_to_do_stands_below_the_switches() {
    run(async || {
        let scenario = start();
        for (state, shown, is_left) in [
            (Autostart::NeedsApproval, Some(false), true),
            (Autostart::Broken("/old/wick".to_owned()), Some(true), true),
            (Autostart::UntilUpgrade, Some(true), false),
            (Autostart::Unavailable(AutostartError::NoBundle), None, false),
            (Autostart::Unavailable(AutostartError::Translocated), None, true),
        ] {
            let hint = wick::words::autostart::hint(&state).map(|hint| capital(&hint));
            assert_eq!(hint.is_some(), is_left, "{state:?}");
            scenario.login_item.be(state);
            scenario.send(Event::MenuOpened);
            scenario.settle().await;
            assert_eq!(switch(&scenario), shown);
            let view = scenario.view();
            assert!(hint.is_none_or(|hint| view.texts().contains(&hint.as_str())), "{:?}", view.texts());
        }
    });
}

/// The entry on a real disk, by the real program.
#[cfg(not(target_os = "macos"))]
mod entry {
    use std::ffi::OsStr;
    use std::fs;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;
    use std::path::PathBuf;
    use std::process::Command;

    use wick::domain::autostart::Autostart;
    use wick::words::autostart::OPEN_AT_LOGIN;

    use crate::support::credential::CredentialText;
    use crate::support::desktop::{App, Bus, Panel};
    use crate::support::home::{Home, in_seconds};
    use crate::support::wait_for;

    fn entry(home: &Home) -> PathBuf {
        home.path().join(".config/autostart/wick.desktop")
    }

    /// Exit code and both outputs of `wick autostart`, with the settings for all users in the home too.
    fn autostart(home: &Home, what: &str) -> (i32, String, String) {
        let mut command = home.wick(&["autostart", what]);
        let output = command.env("XDG_CONFIG_DIRS", home.path().join("for-all")).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().trim_end().to_owned();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }

    fn says(home: &Home, what: &str) -> String {
        let (code, stdout, stderr) = autostart(home, what);
        assert_eq!((code, stderr.as_str()), (0, ""), "{what}: {stdout}");
        stdout
    }

    const ON: &str = "on: Wick opens when you log in";

    #[test]
    fn it_is_written_for_this_program_and_taken_away() {
        let home = Home::new();
        assert_eq!(says(&home, "status"), "off");
        assert_eq!(says(&home, "off"), "off");
        for _ in 0..2 {
            assert_eq!(says(&home, "on"), ON);
        }
        let text = fs::read_to_string(entry(&home)).unwrap();
        let line = format!("Exec=\"{}\"", env!("CARGO_BIN_EXE_wick"));
        assert_eq!(text.lines().filter(|found| *found == line).count(), 1, "{text}");
        assert!(text.starts_with("[Desktop Entry]\n") && text.contains("\nType=Application\n"), "{text}");
        assert_eq!(says(&home, "status"), ON);
        assert_eq!(says(&home, "off"), "off");
        assert!(!entry(&home).exists());
        let folder = fs::read_dir(entry(&home).parent().unwrap()).unwrap();
        assert_eq!(folder.count(), 0, "nothing is left beside it");
    }

    /// Another folder for each version is what Homebrew, Nix and an unpacked release have.
    #[test]
    fn a_link_that_leads_to_this_program_is_what_is_written() {
        let real = env!("CARGO_BIN_EXE_wick");
        let home = Home::with_folder();
        let (in_path, other) = (home.path().join("bin/wick"), home.path().join("my wick"));
        fs::create_dir_all(in_path.parent().unwrap()).unwrap();
        symlink(real, &other).unwrap();
        let written = |program: &str| {
            let output = home.program(program).args(["autostart", "on"]).output().unwrap();
            assert!(output.status.success(), "{program}: {output:?}");
            let text = fs::read_to_string(entry(&home)).unwrap();
            text.lines().find_map(|line| line.strip_prefix("Exec=")).unwrap().trim_matches('"').to_owned()
        };
        let text = |path: &PathBuf| path.display().to_string();
        // Nothing in PATH: as it was started.
        assert_eq!([written(real), written(&text(&other))], [real.to_owned(), text(&other)]);
        let here = home.path().canonicalize().unwrap().join("my wick");
        assert_eq!(written("./my wick"), text(&here));
        // Another program of that name.
        fs::write(&in_path, "").unwrap();
        assert_eq!(written(&text(&other)), text(&other));
        fs::remove_file(&in_path).unwrap();
        symlink(&other, &in_path).unwrap();
        for program in [real, &text(&other), "wick"] {
            assert_eq!(written(program), text(&in_path), "{program}");
        }
    }

    #[test]
    fn what_a_desktop_switched_off_is_off() {
        let home = Home::new();
        for off in ["Hidden=true", "X-GNOME-Autostart-enabled=false"] {
            says(&home, "on");
            let text = fs::read_to_string(entry(&home)).unwrap();
            let text = text.replace("X-GNOME-Autostart-enabled=true\n", "");
            fs::write(entry(&home), format!("{text}{off}\n")).unwrap();
            assert_eq!(says(&home, "status"), "off");
            assert_eq!(says(&home, "on"), ON, "and on again");
        }
    }

    #[test]
    fn it_opens_with_the_config_that_it_was_switched_on_with() {
        let home = Home::new();
        fs::write(home.path().join("my wick.toml"), "").unwrap();
        let mut command = home.wick(&["--config", "my wick.toml", "autostart", "on"]);
        assert!(command.output().unwrap().status.success());
        let line = format!(" --config \"{}/my wick.toml\"\n", home.path().canonicalize().unwrap().display());
        let text = fs::read_to_string(entry(&home)).unwrap();
        assert!(text.contains(&line), "{text}");
        assert_eq!(says(&home, "status"), ON);
    }

    #[test]
    fn a_program_that_is_gone_is_named() {
        let home = Home::new();
        says(&home, "on");
        fs::write(entry(&home), "[Desktop Entry]\nType=Application\nExec=\"/gone for good/wick\"\n").unwrap();
        let (code, stdout, stderr) = autostart(&home, "status");
        let broken = Autostart::Broken("/gone for good/wick".to_owned());
        assert_eq!((code, stdout), (0, wick::words::autostart::state(&broken)));
        assert_eq!(stderr, format!("hint: {}", wick::words::autostart::command(&broken).unwrap()));
        assert_eq!(says(&home, "on"), ON);
    }

    /// The line of an entry is text: a desktop finds no program whose path is none.
    #[test]
    fn a_quiet_on_that_has_no_effect_says_so() {
        let home = Home::with_folder();
        let link = home.path().join(OsStr::from_bytes(b"w\xffck"));
        symlink(env!("CARGO_BIN_EXE_wick"), &link).unwrap();
        let on = |flags: &[&str]| {
            // No path of the home's own: the link is how it was started.
            let mut command = Command::new(&link);
            command.env_clear().env("HOME", home.path()).args(flags).args(["autostart", "on"]);
            let output = command.output().unwrap();
            let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
            (output.status.code(), text(output.stdout), text(output.stderr))
        };
        let (code, stdout, stderr) = on(&["-q"]);
        let usual = on(&[]);
        assert_eq!((code, usual.0, stdout.as_str()), (Some(1), Some(1), ""), "{stderr}");
        assert!(usual.1.contains("which is not there") && usual.2.starts_with("hint: "), "{usual:?}");
        assert_eq!(stderr, usual.1 + &usual.2, "the same, as an error");
    }

    #[test]
    fn an_entry_for_all_users_counts_until_the_user_says_otherwise() {
        let home = Home::new();
        let for_all = home.path().join("for-all/autostart");
        fs::create_dir_all(&for_all).unwrap();
        fs::write(for_all.join("wick.desktop"), "[Desktop Entry]\nType=Application\nExec=wick\n").unwrap();
        assert_eq!(says(&home, "status"), ON);
        assert_eq!(says(&home, "off"), "off");
        assert_eq!(says(&home, "status"), "off", "and it stays off");
        assert_eq!(says(&home, "on"), ON);
    }

    #[test]
    fn a_link_is_written_through_and_a_folder_in_the_way_is_an_error() {
        let home = Home::new();
        let (folder, real) = (home.path().join(".config/autostart"), home.path().join("dotfiles.desktop"));
        fs::create_dir_all(&folder).unwrap();
        fs::write(&real, "").unwrap();
        symlink(&real, entry(&home)).unwrap();
        assert_eq!(says(&home, "on"), ON);
        assert!(fs::symlink_metadata(entry(&home)).unwrap().is_symlink());
        assert!(fs::read_to_string(&real).unwrap().contains("Exec=\""));
        fs::remove_file(entry(&home)).unwrap();
        fs::create_dir(entry(&home)).unwrap();
        for what in ["on", "off"] {
            let (code, stdout, stderr) = autostart(&home, what);
            assert_eq!((code, stdout.as_str()), (1, ""));
            assert!(!stderr.is_empty());
        }
        assert!(![ON, "off"].contains(&says(&home, "status").as_str()), "and says so");
    }

    #[test]
    fn the_menu_writes_it_and_follows_it() {
        let Some(bus) = Bus::start("the_menu_writes_it_and_follows_it") else { return };
        let panel = Panel::start(&bus);
        let home = Home::signed_in(3600);
        let app = App::start(&home, Some(&bus));
        let icon = panel.icon();
        // There is no such folder yet: nothing reports what appears in it.
        icon.click(OPEN_AT_LOGIN);
        // The click itself moves the mark already.
        wait_for("the entry", || entry(&home).exists().then_some(()));
        wait_for("the mark", || icon.is_checked(OPEN_AT_LOGIN).then_some(()));
        // From now on it is watched.
        home.write(&CredentialText::ending(in_seconds(7230)).json());
        icon.wait_for_title("2h");
        // By a file manager, or the desktop's own settings.
        fs::remove_file(entry(&home)).unwrap();
        wait_for("no mark", || (!icon.is_checked(OPEN_AT_LOGIN)).then_some(()));
        app.terminate();
        assert_eq!(app.wait().0, Some(0));
    }
}
