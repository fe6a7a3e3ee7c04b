//! Questions at a terminal, beside those for a token: whatever ends or stops them leaves the terminal as it was.

use std::fs;
use std::os::unix::process::CommandExt;

use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, WaitOptions, kill_process, test_kill_process, waitid, waitpid,
};
use rustix::termios::LocalModes;

use crate::ci_token_rotate::{PROMPT, a_year_is_over};
use crate::init::empty;
use crate::support::github::GithubServer;
use crate::support::home::Home;
use crate::support::synced::{command, credential, home_and_github};
use crate::support::{at_once, wait_for, write_program};
use crate::targets::Terminal;
use wick::words::{ci_token, init, rotate, sharing, targets, uninstall};

/// A home whose config leaves the question of the refresh token open.
fn with_an_open_question() -> (Home, GithubServer) {
    let (home, github) = home_and_github(&["acme/api"]);
    let config = fs::read_to_string(home.config()).unwrap();
    home.write_config(&config.replace("share_refresh_token = true", "share_refresh_token = \"ask\""));
    (home, github)
}

/// A command that has asked this, in a group of its own: what is in the same as an orphan is stopped by no terminal.
fn asked(home: &Home, arguments: &[&str], answers: &[(&str, &str)], question: &str) -> Terminal {
    let mut command = command(home, arguments);
    command.process_group(0);
    let mut terminal = Terminal::start(command);
    for (question, answer) in answers {
        terminal.wait_for(question);
        terminal.type_in(answer);
    }
    terminal.wait_for(question);
    waits_for_a_key(&terminal);
    terminal
}

fn is_as_it_was(terminal: &Terminal) -> bool {
    terminal.modes().local_modes.contains(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG)
}

fn waits_for_a_key(terminal: &Terminal) {
    wait_for("a question that reads keys", || (!is_as_it_was(terminal)).then_some(()));
}

fn shows_the_cursor(drawn: &str) -> bool {
    drawn.rfind("\x1b[?25h") > drawn.rfind("\x1b[?25l")
}

#[test]
fn a_signal_at_any_question_ends_the_command_and_leaves_the_terminal_as_it_was() {
    type Made = fn() -> (Home, GithubServer);
    type Question = (Made, &'static [&'static str], &'static [(&'static str, &'static str)], &'static str);
    let questions: [Question; 8] = [
        (|| empty(true), &["init"], &[], init::WHICH),
        (|| empty(true), &["init"], &[(init::WHICH, "api\r"), (init::WHAT, "\u{1b}[B\r")], init::OPEN_AT_LOGIN),
        (with_an_open_question, &["sync"], &[], sharing::PROMPT),
        (|| a_year_is_over(36), &["uninstall"], &[], uninstall::QUESTION),
        (|| a_year_is_over(36), &["targets", "add"], &[], targets::PICK),
        (|| empty(true), &["targets", "add", "acme/web"], &[], init::WHAT),
        (|| a_year_is_over(36), &["targets", "find"], &[], targets::PICK_FOUND),
        // By then it hears of signals by itself, too.
        (|| a_year_is_over(36), &["ci-token", "rotate"], &[(PROMPT, "\r")], rotate::ADD_THEM),
    ];
    let signals = [Signal::TERM, Signal::INT, Signal::HUP];
    let cases = questions.into_iter().flat_map(|question| signals.map(|signal| (question, signal)));
    at_once(cases.collect::<Vec<_>>(), |((made, arguments, answers, question), signal)| {
        let (home, github) = made();
        let config = fs::read_to_string(home.config()).unwrap();
        let terminal = asked(&home, arguments, answers, question);
        kill_process(terminal.process(), signal).unwrap();
        // Seen and not yet reaped.
        let how = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        let how = waitid(WaitId::Pid(terminal.process()), how).unwrap().unwrap();
        let case = format!("{arguments:?}, {question}, {signal:?}");
        assert!(is_as_it_was(&terminal), "{case}");
        let (_, drawn) = terminal.end();
        assert_eq!(how.terminating_signal(), Some(signal.as_raw()), "{case}: {drawn}");
        assert!(shows_the_cursor(&drawn), "{case}: {drawn}");
        let changed = fs::read_to_string(home.config()).unwrap() != config;
        assert!(!changed && github.writes() == 0, "{case}: no answer is no leave: {drawn}");
    });
}

/// One whose parent is gone may stay as a zombie: not every first process of a container reaps.
fn has_ended(process: Pid) -> bool {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // After the name, which may hold anything.
    test_kill_process(process).is_err() || stat.rsplit_once(')').is_some_and(|(_, rest)| rest.starts_with(" Z"))
}

/// Claude Code's own question has the terminal then, and would keep it from the shell.
#[test]
fn a_signal_while_claude_code_asks_ends_both_and_leaves_the_terminal_as_it_was() {
    at_once(vec![Signal::TERM, Signal::HUP], |signal| {
        let (home, _github) = a_year_is_over(36);
        let asks = format!("stty -echo -icanon\necho $$ > \"$HOME/pid\"\nprintf '{PROMPT}' >&2\nexec sleep 600\n");
        write_program(&home.path().join("bin/claude"), &format!("#!/bin/sh\n{asks}"));
        let terminal = asked(&home, &["ci-token", "rotate"], &[], PROMPT);
        let pid = fs::read_to_string(home.path().join("pid")).unwrap();
        kill_process(terminal.process(), signal).unwrap();
        let how = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        let how = waitid(WaitId::Pid(terminal.process()), how).unwrap().unwrap();
        assert!(is_as_it_was(&terminal), "{signal:?}");
        assert_eq!(how.terminating_signal(), Some(signal.as_raw()));
        let asks = Pid::from_raw(pid.trim().parse().unwrap()).unwrap();
        wait_for("the end of Claude Code", || has_ended(asks).then_some(()));
        terminal.end();
    });
}

/// Claude Code asks there, and has not hidden it.
#[test]
fn what_another_program_asks_keeps_the_cursor_when_it_goes_on_after_a_stop() {
    let (home, _github) = a_year_is_over(36);
    let mut rotating = command(&home, &["ci-token", "rotate"]);
    // As in `asked`.
    rotating.process_group(0);
    let mut terminal = Terminal::start(rotating);
    terminal.wait_for(PROMPT);
    kill_process(terminal.process(), Signal::TSTP).unwrap();
    let (_, how) = waitpid(Some(terminal.process()), WaitOptions::UNTRACED).unwrap().unwrap();
    assert!(how.stopped(), "{}", terminal.drawn());
    kill_process(terminal.process(), Signal::CONT).unwrap();
    terminal.type_in("\r");
    terminal.wait_for(ci_token::CHECKING);
    let drawn = terminal.drawn();
    let meanwhile = drawn.split(ci_token::CHECKING).next().unwrap();
    assert!(meanwhile.contains("\x1b[?25h") && !meanwhile.contains("\x1b[?25l"), "{drawn}");
    terminal.wait_for(rotate::ADD_THEM);
    terminal.terminate();
    terminal.end();
}

#[test]
fn a_question_that_is_stopped_gives_the_terminal_back_and_takes_its_answer_afterwards() {
    let (home, github) = with_an_open_question();
    let mut terminal = asked(&home, &["sync"], &[], sharing::PROMPT);
    for _ in 0..2 {
        kill_process(terminal.process(), Signal::TSTP).unwrap();
        let (_, how) = waitpid(Some(terminal.process()), WaitOptions::UNTRACED).unwrap().unwrap();
        assert!(how.stopped() && is_as_it_was(&terminal), "{}", terminal.drawn());
        wait_for("the cursor", || shows_the_cursor(&terminal.drawn()).then_some(()));
        kill_process(terminal.process(), Signal::CONT).unwrap();
        waits_for_a_key(&terminal);
    }
    terminal.type_in("n");
    let (code, drawn) = terminal.end();
    assert_eq!((code, github.secrets("acme/api").len()), (Some(0), 2), "{drawn}");
    assert!(shows_the_cursor(&drawn), "{drawn}");
}

#[test]
fn enter_adds_all_that_a_search_has_found_and_escape_adds_none() {
    let (home, _github) = a_year_is_over(36);
    let config = || fs::read_to_string(home.config()).unwrap();
    let before = config();
    for (keys, added) in [("\x1b", 0), ("\r", 35), (" \r", 34)] {
        home.write_config(&before);
        let mut find = asked(&home, &["targets", "find"], &[], targets::PICK_FOUND);
        find.type_in(keys);
        let (code, drawn) = find.end();
        let targets = |text: &str| text.matches("[[targets]]").count();
        assert_eq!((code, targets(&config()) - targets(&before)), (Some(0), added), "{keys:?}: {drawn}");
    }
}

/// What it is about stands above the question, whatever else is not said.
#[test]
fn a_quiet_command_says_what_its_question_is_about() {
    let (home, _github) = a_year_is_over(36);
    let mut find = Terminal::run(&home, &["-q", "targets", "find"]);
    find.wait_for(targets::PICK_FOUND);
    find.type_in("\x1b");
    let (_, drawn) = find.end();
    assert!(drawn.contains("acme/r0: "), "{drawn}");
    let mut rotating = Terminal::run(&home, &["-q", "ci-token", "rotate"]);
    rotating.wait_for(PROMPT);
    rotating.type_in("\r");
    for (question, about) in [
        (rotate::ADD_THEM, rotate::also_found(35)),
        (rotate::SEND, rotate::plan(35)),
        (rotate::OPEN_PAGE, rotate::PAGE.to_owned()),
    ] {
        rotating.wait_for(question);
        let drawn = rotating.drawn();
        assert!(drawn.split(question).next().unwrap().contains(&about), "{question}: {drawn}");
        rotating.type_in(if question == rotate::OPEN_PAGE { "n" } else { "y" });
    }
    let (code, drawn) = rotating.end();
    assert_eq!(code, Some(0), "{drawn}");
    assert!(!drawn.contains(&rotate::done(35)), "what went well is not said: {drawn}");
}

/// The answer would be for nothing.
#[test]
fn nothing_is_asked_before_it_is_known_that_something_can_be_sent() {
    let (home, github) = with_an_open_question();
    let sync = |terminal: Terminal| {
        terminal.wait_for("hint");
        let (code, drawn) = terminal.end();
        assert!(!drawn.contains(sharing::PROMPT) && code != Some(0), "{drawn}");
        assert_eq!(github.writes(), 0);
    };
    let mut without_a_token = command(&home, &["sync"]);
    without_a_token.env_remove("GH_ENTERPRISE_TOKEN");
    sync(Terminal::start(without_a_token));
    home.write(&credential().signed_out().json());
    sync(Terminal::start(command(&home, &["sync"])));
}
