//! What a person sees of each command: at 40, 80 and 200 columns, in color and without, in one snapshot to look through.
//! `INSTA_UPDATE=always cargo test --test it terminal` writes it anew.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use rustix::termios::LocalModes;

use crate::ci_token::TOKEN as ONE_YEAR;
use crate::support::credential::CredentialText;
use crate::support::github::GithubServer;
use crate::support::home::{Home, in_seconds, with_input};
use crate::support::refreshed::home_and_server;
use crate::support::synced::{command, config, repositories};
use crate::support::wait_for;
use crate::targets::Terminal;
use wick::domain::text::fit::wrapped;
use wick::words::refresh::REFRESHING;

/// What a color is called here. The last ones end it.
const COLORS: [(&str, &str); 11] = [
    ("31", "{red}"),
    ("32", "{green}"),
    ("33", "{yellow}"),
    ("35", "{magenta}"),
    ("36", "{cyan}"),
    ("1", "{bold}"),
    ("2", "{dim}"),
    ("7", "{reverse}"),
    // Beside an answered question, where nothing is to be read.
    ("38;5;8", "{gray}"),
    ("0", "{}"),
    ("", "{}"),
];

/// What a terminal shows in the end of what was written to it. Colors stand there as `{red}` and `{}`.
pub(crate) fn shown(written: &str) -> String {
    shown_in(written, usize::MAX)
}

/// The same in a terminal that breaks what is wider.
fn shown_in(written: &str, columns: usize) -> String {
    let (mut lines, mut row, mut is_begun, mut width) = (vec![String::new()], 0_usize, true, 0);
    let mut rest = written;
    while let Some(letter) = rest.chars().next() {
        if let Some(code) = rest.strip_prefix("\u{1b}[") {
            let end = code.find(|letter: char| letter.is_ascii_alphabetic()).unwrap();
            let (number, kind) = (&code[..end], code.as_bytes()[end]);
            match kind {
                b'm' => {
                    if !std::mem::replace(&mut is_begun, true) {
                        lines[row].clear();
                    }
                    lines[row].push_str(color(number));
                }
                b'K' => lines[row].clear(),
                b'J' => {
                    lines.truncate(row + 1);
                    lines[row].clear();
                }
                b'A' => row = row.saturating_sub(number.parse().unwrap_or(1)),
                b'B' => row += number.parse().unwrap_or(1),
                _ => {}
            }
            lines.resize(lines.len().max(row + 1), String::new());
            rest = &code[end + 1..];
            continue;
        }
        rest = &rest[letter.len_utf8()..];
        match letter {
            '\n' => {
                (row, width, is_begun) = (row + 1, 0, true);
                lines.resize(lines.len().max(row + 1), String::new());
            }
            '\r' => (width, is_begun) = (0, false),
            letter => {
                if width == columns {
                    (row, width, is_begun) = (row + 1, 0, false);
                    lines.resize(lines.len().max(row + 1), String::new());
                }
                width += 1;
                // From the first column on, over what stood there.
                if !std::mem::replace(&mut is_begun, true) {
                    lines[row].clear();
                }
                lines[row].push(letter);
            }
        }
    }
    lines.join("\n").trim_end().to_owned()
}

/// The color of a code: one of those which every terminal shows as its user chose, so that it can be read on a light and on a
/// dark one alike. White, black and a color that the program itself mixes cannot.
fn color(code: &str) -> &'static str {
    COLORS.into_iter().find(|(known, _)| *known == code).unwrap_or_else(|| panic!("the color {code}")).1
}

/// The same without what differs from run to run, none of which is longer or shorter for it.
pub(crate) fn steady(text: &str, home: &Home) -> String {
    let text =
        text.replace(home.path().to_str().unwrap(), "/home/ada/12345").replace(env!("CARGO_PKG_VERSION"), "0.0.0");
    let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let text = days.iter().fold(text, |text, day| {
        [' ', '\n'].iter().fold(text, |text, end| text.replace(&format!("{day}{end}"), &format!("Day{end}")))
    });
    let letters: Vec<char> = text.chars().collect();
    let is_digit = |at: usize| letters.get(at).is_some_and(char::is_ascii_digit);
    let mut steady = letters.clone();
    for (at, letter) in letters.iter().enumerate() {
        // A time of day, and the port of a server.
        let is_time = *letter == ':' && at > 1 && is_digit(at - 1) && is_digit(at - 2) && is_digit(at + 2);
        let is_port = *letter == ':' && (1..=5).all(|after| is_digit(at + after));
        let digits = if is_port {
            at + 1..at + 6
        } else if is_time {
            at - 2..at + 3
        } else {
            0..0
        };
        steady[digits].iter_mut().filter(|letter| letter.is_ascii_digit()).for_each(|digit| *digit = '0');
    }
    let text: String = steady.into_iter().collect();
    text.lines().map(dated).collect::<Vec<_>>().join("\n")
}

/// Each date as one.
fn dated(line: &str) -> String {
    const MONTHS: &str = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec";
    let mut words: Vec<String> = line.split(' ').map(str::to_owned).collect();
    for at in 1..words.len().saturating_sub(1) {
        let is_year = words[at + 1].len() >= 4 && words[at + 1][..4].bytes().all(|digit| digit.is_ascii_digit());
        if is_year && MONTHS.split(' ').any(|month| month == words[at]) {
            words[at + 1].replace_range(..4, "2000");
            (words[at - 1], words[at]) = ("1".to_owned(), "Jan".to_owned());
        }
    }
    words.join(" ")
}

fn plain(text: &str) -> String {
    COLORS.into_iter().fold(text.to_owned(), |text, (_, color)| text.replace(color, ""))
}

/// What a command shows in a terminal that is so wide.
fn drawn(home: &Home, mut terminal: Terminal, columns: u16, typed: Typed<'_>) -> String {
    for (question, keys) in typed {
        terminal.wait_for(question);
        // Before, the terminal itself would show what is typed.
        let is_seen = || terminal.modes().local_modes.contains(LocalModes::ECHO);
        wait_for("a question that reads keys", || (!is_seen()).then_some(()));
        terminal.type_in(keys);
    }
    let (_, drawn) = terminal.end();
    assert!(!drawn.contains("tok-sentinel"), "{drawn}");
    // A question is drawn over the one before, row by row; all else is to be broken by the program itself.
    steady(&if typed.is_empty() { shown(&drawn) } else { shown_in(&drawn, usize::from(columns)) }, home)
}

/// Questions, each with the keys that answer it.
pub(crate) type Typed<'a> = &'a [(&'a str, &'a str)];

/// Each of these commands in each width. Without color it is the same to the letter.
fn page(home: &Home, commands: &[&[&str]]) -> String {
    commands.iter().map(|arguments| page_of(&WIDTHS, home, arguments, &[], &|| {})).collect()
}

pub(crate) const WIDTHS: [u16; 3] = [40, 80, 200];

/// The same of one, after whose questions this is typed. `before` each run, all is made as it was.
pub(crate) fn page_of(widths: &[u16], home: &Home, arguments: &[&str], typed: Typed<'_>, before: &dyn Fn()) -> String {
    let mut page = String::new();
    let run = |mut command: Command, kind: &str, columns: u16| {
        before();
        if kind == "plain" {
            command.env("NO_COLOR", "1");
        }
        drawn(home, Terminal::of_kind(command, if kind == "plain" { "xterm" } else { kind }, columns), columns, typed)
    };
    for columns in widths.iter().copied() {
        let shown = run(command(home, arguments), "xterm", columns);
        for line in plain(&shown).lines() {
            // A word, a path or a command to be copied may be longer than that.
            let text = line.trim_start().trim_start_matches("-> ");
            let is_whole = wrapped(text, 1).len() == 1 || text.contains("${{");
            let fits = line.chars().count() <= usize::from(columns) || is_whole;
            assert!(fits, "{columns}: {line}");
        }
        page.push_str(&format!("$ wick {}    # {columns} columns\n{shown}\n\n", arguments.join(" ")));
        if columns == 80 {
            assert_eq!(run(command(home, arguments), "plain", 80), plain(&shown), "{arguments:?}");
        }
    }
    if typed.is_empty() {
        before();
        let (_, written) = Terminal::of_kind(command(home, arguments), "dumb", 80).end();
        assert!(!written.contains('\u{1b}'), "{arguments:?}: {written:?}");
    }
    before();
    let piped = command(home, arguments).output().unwrap();
    assert!(!piped.stdout.contains(&0x1b) && !piped.stderr.contains(&0x1b), "{arguments:?}");
    page
}

/// Six repositories: four that can be written to, one archived, one that is gone. Two secrets each, for the sake of the limits.
fn synced() -> (Home, GithubServer) {
    let github = GithubServer::start();
    let names = ["acme/api", "acme/web", "acme/one", "acme/two", "acme/old", "acme/gone"];
    for name in &names[..5] {
        github.add_repository(name);
    }
    github.archive("acme/old");
    // Its path is as long everywhere.
    let home = Home::within(Path::new("/tmp")).and_folder();
    let days = |days: i64| in_seconds(days * 86_400 + 600);
    home.write(&CredentialText::ending(days(2)).login_ending(days(2)).json());
    let secrets = "[secrets]\nCLAUDE_ACCESS_TOKEN = \"accessToken\"\nCLAUDE_EXPIRES_AT = \"expiresAt\"\n\n";
    home.write_config(&config(&github, &format!("{secrets}{}", repositories(&names))));
    home.add_program("claude", "#!/bin/sh\nexit 1\n");
    assert_eq!(command(&home, &["sync"]).output().unwrap().status.code(), Some(4));
    (home, github)
}

#[test]
fn each_command_is_laid_out_for_its_terminal() {
    let (home, github) = synced();
    github.set_header("x-oauth-scopes", "repo, read:org");
    let mut text = page(
        &home,
        &[
            &["status"],
            &["targets", "list"],
            &["sync", "--force"],
            &["sync", "--force", "--dry-run"],
            &["sync", "acme/api"],
            &["refresh"],
            &["doctor"],
            &["github", "status"],
            &["ci-token", "status"],
            &["targets", "remove", "acme/nope"],
            &["refresh", "--help"],
        ],
    );
    home.write(&CredentialText::ending(in_seconds(-2 * 86_400)).login_ending(in_seconds(2 * 86_400 + 600)).json());
    text.push_str(&page(&home, &[&["status"]]));
    let good = fs::read_to_string(home.config()).unwrap();
    home.write_config(&good.replace("share_refresh_token = true", "share_refresh_tokn = true"));
    text.push_str(&page(&home, &[&["config", "check"], &["status"]]));
    fs::remove_file(home.credentials()).unwrap();
    home.write_config("");
    text.push_str(&page(&home, &[&["status"], &["refresh"]]));
    let kept = with_input(command(&home, &["ci-token", "set"]), ONE_YEAR);
    assert!(kept.status.success());
    // In a narrow one it matters of how many digits today's date is.
    text.push_str(&page_of(&[80, 200], &home, &["ci-token", "status"], &[], &|| {}));
    insta::assert_snapshot!(text);
}

/// What is over in an instant needs no line, and what is not says what it waits for.
#[test]
fn what_takes_longer_says_what_is_waited_for_and_leaves_nothing_behind() {
    let (home, server) = home_and_server(-60);
    server.pause();
    let terminal = Terminal::run(&home, &["refresh"]);
    terminal.wait_for(REFRESHING);
    server.resume();
    let (code, drawn) = terminal.end();
    assert_eq!(code, Some(0), "{drawn}");
    assert!(drawn.contains(REFRESHING) && !shown(&drawn).contains(REFRESHING), "{drawn:?}");
    // Nobody sees it in a pipe.
    server.pause();
    let posts = server.posts().len();
    let mut refresh = home.wick(&["refresh", "--force"]);
    let running = refresh.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    wait_for("the request", || (server.posts().len() > posts).then_some(()));
    std::thread::sleep(Duration::from_millis(700));
    server.resume();
    let output = running.wait_with_output().unwrap();
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(!said.contains(REFRESHING) && !said.contains('\u{1b}'), "{said:?}");
}

#[test]
fn at_a_terminal_a_watched_status_changes_in_its_place_and_keeps_both_clocks_in_any_width() {
    for columns in [200, 60, 40] {
        let home = Home::with_folder();
        let write = |left| {
            home.write(&CredentialText::ending(in_seconds(left)).login_ending(in_seconds(20 * 86_400 - 30)).json())
        };
        write(3570);
        let terminal = Terminal::of_kind(home.wick(&["status", "--watch"]), "xterm", columns);
        terminal.wait_for("59m left");
        write(7200 - 30);
        terminal.wait_for("1h 59m left");
        terminal.terminate();
        let (_, drawn) = terminal.end();
        let shown = shown(&drawn);
        let both = shown.contains("Access token: 1h 59m left") && shown.contains("Sign-in: ends between");
        assert!(both && shown.matches("Access token").count() == 1, "{drawn:?}");
        let is_one_row = shown.lines().count() == 1;
        assert!(is_one_row == (columns == 200) && !shown.contains('…'), "{drawn:?}");
        assert!(shown.lines().all(|line| line.chars().count() < columns.into()), "{drawn:?}");
    }
}
