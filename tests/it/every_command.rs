//! A snapshot of every command that says something to people, at 40, 80 and 200 columns. `terminal.rs` says how they are
//! made, and has those of status, sync, refresh and doctor.
//! `INSTA_UPDATE=always cargo test --test it every_command` writes them anew.

use std::fs;
use std::path::Path;

use clap::Command;
use jiff::{SignedDuration, Timestamp};

use crate::ci_token::TOKEN as ONE_YEAR;
use crate::support::credential::CredentialText;
use crate::support::desktop::give_display;
use crate::support::github::{GithubServer, TOKEN};
use crate::support::home::{Home, in_seconds, with_input};
use crate::support::synced::{command, config, repositories};
use crate::support::write_program;
use crate::targets::Terminal;
use crate::terminal::{Typed, WIDTHS, page_of, shown, steady};
use wick::words::{ci_token, init, rotate, targets, uninstall};

/// Commands that say nothing to people, and why.
const FOR_PROGRAMS: [(&str, &str); 1] = [("completions", "a script for a shell")];

/// The commands that do something, below this one.
fn leaves(command: &Command, above: &str, found: &mut Vec<String>) {
    let children = command.get_subcommands().filter(|child| child.get_name() != "help");
    let path = format!("{above} {}", command.get_name()).trim_start().to_owned();
    let before = found.len();
    children.for_each(|child| leaves(child, &path, found));
    if found.len() == before || !command.is_subcommand_required_set() {
        found.push(path);
    }
}

#[test]
fn no_command_is_without_a_snapshot_at_each_width() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/snapshots");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let pages = files.filter(|path| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.starts_with("it__terminal__") || name.starts_with("it__every_command__")
    });
    let text: String = pages.map(|path| fs::read_to_string(path).unwrap()).collect();
    let mut commands = Vec::new();
    leaves(&wick::cli::command(), "", &mut commands);
    assert!(commands.contains(&"wick".to_owned()) && commands.contains(&"wick targets add".to_owned()), "{commands:?}");
    for (name, why) in FOR_PROGRAMS {
        let known = format!("wick {name}");
        assert!(commands.contains(&known), "{name}, {why}, is no command");
        commands.retain(|command| *command != known);
    }
    for command in commands {
        // What stands behind the app's own name is another command.
        let begins = if command == "wick" { "$ wick    #".to_owned() } else { format!("$ {command} ") };
        for columns in WIDTHS {
            let is_there = text.lines().any(|line| {
                line.starts_with(&begins) && !line.contains("--help") && line.ends_with(&format!("# {columns} columns"))
            });
            assert!(is_there, "no snapshot has \"{command}\" at {columns} columns: add it to this file");
        }
    }
}

/// Three repositories, of which the config lists one; what it lists is in sync. A `claude` that makes a token, and takes
/// each for one that works.
fn home_and_github() -> (Home, GithubServer) {
    let github = GithubServer::start();
    for name in ["acme/api", "acme/web", "acme/one"] {
        github.add_repository(name);
    }
    let home = Home::within(Path::new("/tmp")).and_folder();
    let days = |days: i64| in_seconds(days * 86_400 + 600);
    home.write(&CredentialText::ending(days(2)).login_ending(days(2)).json());
    home.write_config(&config(&github, &repositories(&["acme/api"])));
    let made = ONE_YEAR.replace("year", "next");
    fs::write(home.path().join("new"), made).unwrap();
    let claude = "#!/bin/sh\nif [ \"$1\" = setup-token ]; then cat \"$HOME/new\"; exit; fi\n\
        echo '{\"is_error\":false,\"result\":\"yes\"}'\n";
    write_program(&home.path().join("bin/claude"), claude);
    (home, github)
}

/// Each of these commands, before which the config and what Wick remembers are always the same.
fn pages(home: &Home, commands: &[(&[&str], Typed<'_>)]) -> String {
    let kept = |path: &Path| (path.to_owned(), fs::read(path).ok());
    let files: Vec<_> =
        ["state.json", "sync.log", "ci-token-default"].iter().map(|name| home.state().join(name)).collect();
    let config = fs::read_to_string(home.config()).ok();
    let files: Vec<_> = files.iter().map(|path| kept(path)).collect();
    let autostart = home.path().join(".config/autostart/wick.desktop");
    let before = || {
        match &config {
            Some(text) => home.write_config(text),
            None => drop(fs::remove_file(home.config())),
        }
        for (path, bytes) in &files {
            match bytes {
                Some(bytes) => fs::write(path, bytes).unwrap(),
                None => drop(fs::remove_file(path)),
            }
        }
        drop(fs::remove_file(&autostart));
    };
    commands.iter().map(|(arguments, typed)| page_of(&WIDTHS, home, arguments, typed, &before)).collect()
}

#[test]
fn targets_in_each_width() {
    let (home, github) = home_and_github();
    assert!(command(&home, &["sync"]).output().unwrap().status.success());
    github.put_secret("acme/one", "CLAUDE_CODE_OAUTH_TOKEN", b"of someone else");
    insta::assert_snapshot!(pages(
        &home,
        &[
            (&["targets", "add", "acme/web", "--secret", "TOKEN=accessToken"], &[]),
            (&["targets", "add", "acme/gone"], &[]),
            (&["targets", "add", "acme/api"], &[]),
            (&["targets", "add"], &[(targets::PICK, "web"), ("acme/web", " \r")]),
            (&["targets", "set", "acme/api", "--secret", "TOKEN=accessToken"], &[]),
            (&["targets", "set", "acme/api", "--no-secret", "TOKEN"], &[]),
            (&["targets", "find", "--add"], &[]),
            (&["targets", "remove", "acme/api"], &[]),
        ],
    ));
}

#[test]
fn init_in_each_width() {
    let (home, github) = home_and_github();
    home.write_config(&format!("[github]\napi_url = \"{}\"\n", github.url()));
    let by_flags = ["init", "--repo", "acme/api", "--gets", "access", "--open-at-login", "no"];
    let answers = [(init::WHICH, "api\r"), (init::WHAT, "\u{1b}[B\r"), (init::OPEN_AT_LOGIN, "n")];
    insta::assert_snapshot!(pages(
        &home,
        &[
            (&["init"], &answers),
            (&[&by_flags[..], &["--dry-run"]].concat(), &[]),
            (&[&by_flags[..], &["--yes"]].concat(), &[]),
        ],
    ));
}

#[test]
fn the_one_year_token_in_each_width() {
    let (home, _github) = home_and_github();
    let pasted = format!("{ONE_YEAR}\r");
    let paste = [(ci_token::PASTE.split(" \"").next().unwrap(), pasted.as_str())];
    let none: [(&[&str], Typed<'_>); 3] =
        [(&["ci-token", "set"], &paste), (&["ci-token", "check"], &[]), (&["ci-token", "clear"], &[])];
    let mut text = undated(&pages(&home, &none));
    assert!(with_input(home.wick(&["ci-token", "set"]), ONE_YEAR).status.success());
    let file = home.state().join("state.json");
    let mut state: serde_json::Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    // On a day of two digits, so that no line is shorter for it, of which a year is over on such a one, too.
    let at = (100..).map(|days| Timestamp::now() - SignedDuration::from_hours(days * 24));
    let stored = at.map(|at| at.to_string()).find(|at| ("15".."25").contains(&&at[8..10])).unwrap();
    state["sync"]["ci_tokens"]["default"]["stored_at"] = stored.into();
    fs::write(&file, state.to_string()).unwrap();
    let status = pages(&home, &[(&["ci-token", "status"], &[])]);
    text.push_str(&status.lines().map(dayless).collect::<Vec<_>>().join("\n"));
    let there: [(&[&str], Typed<'_>); 3] = [
        (&["ci-token", "check"], &[]),
        (&["ci-token", "rotate"], &[(rotate::OPEN_PAGE, "n")]),
        (&["ci-token", "clear"], &[]),
    ];
    text.push_str("\n\n");
    text.push_str(&undated(&pages(&home, &there)));
    insta::assert_snapshot!(text);
}

/// Without what is said of a year: it has today's date in it, which is longer at the end of a month.
fn undated(page: &str) -> String {
    let (mut lines, mut is_dated) = (Vec::new(), false);
    for line in page.lines() {
        if line.starts_with("One-year token: ") {
            lines.push("One-year token: …");
            is_dated = true;
        }
        if !is_dated {
            lines.push(line);
        }
        is_dated &= !["today)", "stored)"].iter().any(|end| line.ends_with(end));
    }
    format!("{}\n\n", lines.join("\n").trim_end())
}

/// Without how many days are left, and with one date for all that have neither a year nor a time.
fn dayless(line: &str) -> String {
    let mut words: Vec<&str> = line.split(' ').collect();
    for at in 0..words.len() {
        if words[at].ends_with('d') && words[at][..words[at].len() - 1].parse::<u16>().is_ok() {
            words[at] = "000d";
        }
        if words[at].len() == 2
            && words[at].parse::<u8>().is_ok()
            && words.get(at + 1).is_some_and(|next| next.len() == 4)
        {
            (words[at], words[at + 1]) = ("10", "Jan,");
        }
    }
    words.join(" ")
}

#[test]
fn the_github_token_in_each_width() {
    let (home, github) = home_and_github();
    let pasted = format!("{TOKEN}\r");
    let said = wick::words::github::paste(&github.host());
    insta::assert_snapshot!(pages(
        &home,
        &[(&["github", "login"], &[(&said, &pasted)]), (&["github", "logout"], &[]),],
    ));
}

#[test]
fn what_runs_or_prints_something_in_each_width() {
    let (home, _github) = home_and_github();
    insta::assert_snapshot!(pages(
        &home,
        &[
            (&["exec", "--only", "NOPE", "--", "true"], &[]),
            (&["exec", "--", "./nothing"], &[]),
            (&["token"], &[]),
            (&["recipe"], &[]),
            (&["version"], &[]),
        ],
    ));
}

#[test]
fn what_is_kept_here_in_each_width() {
    let (home, _github) = home_and_github();
    assert!(with_input(home.wick(&["ci-token", "set"]), ONE_YEAR).status.success());
    assert!(command(&home, &["sync"]).output().unwrap().status.success());
    let mut text = pages(
        &home,
        &[
            (&["config", "path"], &[]),
            (&["config", "check"], &[]),
            (&["config", "init"], &[]),
            (&["autostart", "status"], &[]),
            (&["autostart", "on"], &[]),
            (&["autostart", "off"], &[]),
            (&["uninstall", "--dry-run"], &[]),
            (&["uninstall"], &[(uninstall::QUESTION, "n")]),
        ],
    );
    fs::remove_file(home.config()).unwrap();
    text.push_str(&pages(&home, &[(&["config", "init"], &[]), (&["config", "check"], &[])]));
    insta::assert_snapshot!(text);
}

/// Where there is no menu bar. A line that changes is cut, not wrapped.
#[test]
fn the_app_in_each_width() {
    let (home, _github) = home_and_github();
    let mut text = String::new();
    for columns in WIDTHS {
        let mut app = command(&home, &[]);
        give_display(&mut app);
        let terminal = Terminal::of_kind(app, "xterm", columns);
        terminal.wait_for("left");
        terminal.terminate();
        let shown = steady(&shown(&terminal.end().1), &home);
        assert!(shown.lines().all(|line| line.chars().count() <= usize::from(columns)), "{shown}");
        text.push_str(&format!("$ wick    # {columns} columns\n{shown}\n\n"));
    }
    insta::assert_snapshot!(text);
}
