//! A token as people paste it at a terminal, and as programs write it into a pipe: it is stored right, or refused with what
//! to do; and nothing of it is seen, or left for the shell.

use std::fs;
use std::os::unix::process::CommandExt;
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, WaitOptions, kill_process, waitid, waitpid};
use rustix::termios::LocalModes;

use crate::ci_token::TOKEN;
use crate::support::at_once;
use crate::support::home::{Home, everything_in, with_input};
use crate::support::wait_for;
use crate::targets::Terminal;
use wick::words::ci_token::PASTE;
use wick::words::terminal::half;

/// In lines of so many characters.
pub(crate) fn wrapped(text: &str, columns: usize, line_break: &str) -> String {
    let lines: Vec<&str> = text.as_bytes().chunks(columns).map(|line| std::str::from_utf8(line).unwrap()).collect();
    lines.join(line_break)
}

/// What a terminal says before a paste, if it marks them.
pub(crate) const BEGINS: &str = "\x1b[200~";

/// Another one that is as long.
fn other() -> String {
    TOKEN.replace("year", "next")
}

/// What is given, and the code of why it is refused; `None` where the token stands in it.
fn forms() -> Vec<(String, Option<&'static str>)> {
    let half = Some("half_a_token");
    let mut forms: Vec<(String, Option<&'static str>)> = Vec::new();
    for columns in [40, 79, 80, 100, 132] {
        for line_break in ["\n", "\r\n", "\n ", " │\n│ "] {
            forms.push((wrapped(TOKEN, columns, line_break), None));
        }
        let name = "export CLAUDE_CODE_OAUTH_TOKEN=";
        forms.push((wrapped(&format!("{name}{TOKEN}"), columns, "\r\n"), None));
        forms.push((TOKEN[..columns.min(107)].to_owned(), half));
    }
    let prose = "\u{2714} Long-lived token created\n\nYour OAuth token (valid for 1 year):\n\n";
    let after = "\n\nStore this token securely. You won't be able to see it again.\n";
    let more = [
        (format!("{TOKEN}\n"), None),
        (format!("  {TOKEN}  "), None),
        (format!("\"{TOKEN}\""), None),
        (format!("'{TOKEN}'\n"), None),
        (format!("CLAUDE_CODE_OAUTH_TOKEN={TOKEN}"), None),
        (format!("export CLAUDE_CODE_OAUTH_TOKEN=\"{TOKEN}\"\n"), None),
        (format!("$ echo {TOKEN}"), None),
        (format!("\x1b[38;5;208m{TOKEN}\x1b[0m"), None),
        (format!("\x1b[33m{}\x1b[0m\n\x1b[33m{}\x1b[0m", &TOKEN[..80], &TOKEN[80..]), None),
        (format!("\u{feff}{}\u{200b}{}", &TOKEN[..20], &TOKEN[20..]), None),
        (format!("\u{a0}{TOKEN}\u{a0}"), None),
        (format!("{prose} {}\n {}{after}", &TOKEN[..79], &TOKEN[79..]), None),
        (format!("{prose}{TOKEN}{after}"), None),
        (format!("{TOKEN}\n{TOKEN}\n"), None),
        (format!("{TOKEN}{TOKEN}"), None),
        (format!("{TOKEN}\n{}\n", other()), Some("several_tokens")),
        (format!("{TOKEN} or {}", other()), Some("several_tokens")),
        (format!("{prose}{}{after}", &TOKEN[..79]), half),
        (format!("{}\n{}", &TOKEN[..79], &TOKEN[85..]), half),
        (TOKEN[79..].to_owned(), Some("not_a_ci_token")),
        (String::new(), Some("no_token")),
        (" \n\n".to_owned(), Some("no_token")),
        (TOKEN.replace("oat01", "api03"), Some("api_key")),
        (TOKEN.replace("oat01", "ort01"), Some("refresh_token")),
        (format!("{{\"accessToken\":\"{TOKEN}\",\"refreshToken\":\"sk-ant-ort01-EXAMPLE\"}}"), Some("refresh_token")),
    ];
    forms.extend(more);
    forms
}

/// Whether a part of the token can be read in it, beside what all tokens begin with.
fn shows_a_part(text: &str) -> bool {
    TOKEN.as_bytes()[21..].windows(10).any(|part| text.contains(std::str::from_utf8(part).unwrap()))
}

/// What came of it.
fn check(home: &Home, text: &str, refused: Option<&str>, code: i32, said: &str) {
    let file = home.state().join("ci-token-default");
    assert_eq!(code, i32::from(refused.is_some()), "{text:?}: {said}");
    match refused {
        None => assert_eq!(fs::read_to_string(&file).unwrap(), TOKEN, "{text:?}"),
        Some(_) => {
            assert!(!file.exists(), "{text:?}: {said}");
            assert!(said.contains("hint: ") && said.contains("claude setup-token | wick ci-token set"), "{said}");
        }
    }
    if refused == Some("half_a_token") {
        let begun = text.find("sk-ant-").map_or("", |at| &text[at..]);
        let count = begun.find(|letter: char| letter.is_whitespace()).unwrap_or(begun.len());
        assert!(said.contains(&format!("{count} characters")), "{text:?}: {said}");
    }
    assert!(!shows_a_part(said), "{text:?}: {said}");
    if file.exists() {
        fs::remove_file(file).unwrap();
    }
    assert!(!shows_a_part(&everything_in(home.path())), "{text:?}");
}

// See: https://github.com/openclaw/openclaw/issues/53464
// See: https://github.com/anthropics/claude-code/issues/54738
#[test]
fn through_a_pipe_a_token_is_stored_right_or_refused() {
    let mut forms = forms();
    let line = "nothing of use stands in this line, however often it comes\n";
    forms.push((line.repeat(20_000), Some("not_a_ci_token")));
    forms.push((format!("{0}{TOKEN}\n{0}", line.repeat(10_000)), None));
    at_once(forms, |(text, refused)| {
        let home = Home::new();
        let output = with_input(home.wick(&["ci-token", "set"]), &text);
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        check(&home, &text[..text.len().min(500)], refused, output.status.code().unwrap(), &said);
    });
}

/// A shell of which Wick is the first command, and a second one gets what is left for it.
pub(crate) fn shell(home: &Home, first: &str) -> Terminal {
    let mut command = home.program("/bin/sh");
    let wick = env!("CARGO_BIN_EXE_wick");
    command.args(["-c", &format!("{}; echo \"ended: $?.\"; cat > \"$HOME/left\"", first.replace("wick", wick))]);
    Terminal::start(command)
}

/// How the first command ended, and what could be seen.
pub(crate) fn ended(home: &Home, mut terminal: Terminal) -> (i32, String) {
    terminal.wait_for("ended: ");
    // Ends the second command: all that had been left for it came before.
    terminal.type_in("\n\u{4}");
    let (_, drawn) = terminal.end();
    assert_eq!(fs::read_to_string(home.path().join("left")).unwrap(), "\n", "{drawn}");
    let code = drawn.split("ended: ").nth(1).and_then(|rest| rest.split('.').next()).unwrap();
    (code.parse().unwrap(), drawn)
}

// See: https://github.com/openclaw/openclaw/issues/53464
#[test]
fn at_a_terminal_a_paste_is_one_piece_and_nothing_of_it_reaches_the_shell() {
    let mut pastes = Vec::new();
    for (text, refused) in forms() {
        // As terminals do it.
        let keys = text.replace("\r\n", "\r").replace('\n', "\r");
        pastes.push((text.clone(), format!("{keys}\r"), refused));
        pastes.push((text, format!("{BEGINS}{keys}\x1b[201~\r"), refused));
    }
    let line = "nothing of use stands in this line, however often it comes\r";
    let keys = format!("\x1b[200~{}{TOKEN}\r{line}\x1b[201~\r", line.repeat(18_000));
    pastes.push(("1 MB".to_owned(), keys, None));
    at_once(pastes, |(text, keys, refused)| {
        let home = Home::new();
        let mut terminal = shell(&home, "wick ci-token set");
        terminal.wait_for(PASTE);
        terminal.type_in(&keys);
        if refused == Some("half_a_token") && !keys.starts_with(BEGINS) {
            terminal.wait_for(&half(keys.trim().chars().count()));
            terminal.type_in("\r");
        }
        let (code, drawn) = ended(&home, terminal);
        check(&home, &text, refused, code, &drawn);
        assert!(!drawn.contains("nothing of use"), "nothing is shown: {drawn}");
    });
}

#[test]
fn at_a_terminal_a_question_can_be_broken_off() {
    let home = Home::new();
    let mut terminal = shell(&home, "wick ci-token set");
    terminal.wait_for(PASTE);
    terminal.type_in("sk-ant\u{3}");
    let (code, drawn) = ended(&home, terminal);
    assert!(code == 1 && !home.state().join("ci-token-default").exists(), "{drawn}");
}

/// A paste over a connection that stands still for so long between its pieces.
fn in_pieces(pieces: &[&str], pause: Duration) -> (Home, Terminal) {
    let home = Home::new();
    let mut terminal = shell(&home, "wick ci-token set");
    terminal.wait_for(PASTE);
    for piece in pieces {
        terminal.type_in(piece);
        std::thread::sleep(pause);
    }
    (home, terminal)
}

#[test]
fn a_paste_that_the_terminal_marks_ends_with_its_mark_however_slowly_it_comes() {
    let (first, rest) = TOKEN.split_at(40);
    let (second, third) = rest.split_at(40);
    let (first, third) = (format!("\x1b[200~{first}\r"), format!("{third}\x1b[2"));
    let pieces = [&first, second, "\r", &third, "01~\r"];
    let (home, terminal) = in_pieces(&pieces, Duration::from_millis(2500));
    let (code, drawn) = ended(&home, terminal);
    check(&home, TOKEN, None, code, &drawn);
}

/// Each line break may be the last, and the rest of the token on its way over a slow connection.
#[test]
fn a_paste_that_the_terminal_does_not_mark_goes_on_for_as_long_as_half_a_token_has_come() {
    let home = Home::new();
    let mut terminal = shell(&home, "wick ci-token set");
    terminal.wait_for(PASTE);
    let (first, rest) = TOKEN.split_at(40);
    let (second, third) = rest.split_at(40);
    for (line, characters) in [(first, 40), (second, 81)] {
        terminal.type_in(&format!("{line}\r"));
        // It has waited for more than a second when it says so.
        terminal.wait_for(&half(characters));
    }
    terminal.type_in(&format!("{third}\r"));
    let (code, drawn) = ended(&home, terminal);
    check(&home, TOKEN, None, code, &drawn);
}

#[test]
fn a_paste_whose_end_does_not_come_is_refused_with_its_count() {
    // A whole token, too: nobody knows what the rest would have been.
    let cut_off = wick::words::terminal::cut_off;
    let marked = [60, TOKEN.len()].map(|length| (format!("{BEGINS}{}", &TOKEN[..length]), length, cut_off(length)));
    let unmarked = (format!("{}\r", &TOKEN[..60]), 60, "60 characters: ".to_owned());
    at_once(marked.into_iter().chain([unmarked]).collect::<Vec<_>>(), |(keys, length, said)| {
        let (home, terminal) = in_pieces(&[&keys], Duration::ZERO);
        let (code, drawn) = ended(&home, terminal);
        assert!(code == 1 && drawn.contains(&said), "{length}: {drawn}");
        assert!(!shows_a_part(&drawn) && !home.state().join("ci-token-default").exists(), "{drawn}");
    });
}

/// A question at a terminal, in a group of its own: what is in the same as an orphan is stopped by no terminal.
fn question(home: &Home) -> Terminal {
    let mut command = home.wick(&["ci-token", "set"]);
    command.process_group(0);
    let terminal = Terminal::start(command);
    terminal.wait_for(PASTE);
    terminal
}

/// Waits for the next time that it is asked, and that the terminal says whether it shows what is typed.
fn wait_for_question(terminal: &Terminal, number: usize) {
    wait_for("the question", || (terminal.drawn().matches(PASTE).count() >= number).then_some(()));
    assert!(!shows_what_is_typed(terminal), "{}", terminal.drawn());
}

fn shows_what_is_typed(terminal: &Terminal) -> bool {
    terminal.modes().local_modes.contains(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG)
}

/// How many bytes a process has read, from anywhere; `None` where the system does not tell.
fn bytes_read(process: Pid) -> Option<usize> {
    let read = fs::read_to_string(format!("/proc/{}/io", process.as_raw_nonzero())).ok()?;
    read.lines().find_map(|line| line.strip_prefix("rchar: "))?.parse().ok()
}

/// Whether the terminal marks pastes now.
fn marks_pastes(drawn: &str) -> bool {
    drawn.rfind("\x1b[?2004h") > drawn.rfind("\x1b[?2004l")
}

#[test]
fn a_signal_that_ends_a_question_leaves_the_terminal_as_it_was() {
    at_once(vec![Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT], |signal| {
        let home = Home::new();
        let mut terminal = question(&home);
        let process = terminal.process();
        let (typed, before) = (format!("\x1b[200~{}", &TOKEN[..60]), bytes_read(process));
        terminal.type_in(&typed);
        // What is still on its way when the terminal is given back is shown by the terminal.
        let is_read =
            || Option::zip(before, bytes_read(process)).is_none_or(|(before, now)| now >= before + typed.len());
        wait_for("what was typed to be read", || is_read().then_some(()));
        kill_process(process, signal).unwrap();
        // Seen and not yet reaped.
        let how = waitid(WaitId::Pid(process), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT).unwrap().unwrap();
        assert_eq!(how.terminating_signal(), Some(signal.as_raw()), "whoever waits for it sees how it ended");
        assert!(shows_what_is_typed(&terminal), "{signal:?}");
        let (_, drawn) = terminal.end();
        assert!(!marks_pastes(&drawn) && !shows_a_part(&drawn), "{signal:?}: {drawn}");
        assert!(!home.state().join("ci-token-default").exists());
    });
}

#[test]
fn a_question_that_is_stopped_gives_the_terminal_back_and_is_asked_again_afterwards() {
    let by_signal = |terminal: &mut Terminal| kill_process(terminal.process(), Signal::TSTP).unwrap();
    let by_key = |terminal: &mut Terminal| terminal.type_in("\u{1a}");
    for stop in [by_signal as fn(&mut Terminal), by_key] {
        let home = Home::new();
        let mut terminal = question(&home);
        for number in 2..4 {
            stop(&mut terminal);
            let (_, how) = waitpid(Some(terminal.process()), WaitOptions::UNTRACED).unwrap().unwrap();
            assert!(how.stopped() && shows_what_is_typed(&terminal), "{}", terminal.drawn());
            wait_for("no marks", || (!marks_pastes(&terminal.drawn())).then_some(()));
            kill_process(terminal.process(), Signal::CONT).unwrap();
            wait_for_question(&terminal, number);
        }
        wait_for("marks", || marks_pastes(&terminal.drawn()).then_some(()));
        terminal.type_in(&format!("\x1b[200~{TOKEN}\x1b[201~\r"));
        let (code, drawn) = terminal.end();
        check(&home, TOKEN, None, code.unwrap(), &drawn);
    }
}

/// Nothing hears of that signal, and a shell then sets the terminal to what it likes.
#[test]
fn after_a_stop_that_it_did_not_hear_of_nothing_that_is_typed_is_shown() {
    let home = Home::new();
    let mut terminal = question(&home);
    let hidden = terminal.modes();
    kill_process(terminal.process(), Signal::STOP).unwrap();
    waitpid(Some(terminal.process()), WaitOptions::UNTRACED).unwrap();
    let mut shown = hidden;
    shown.local_modes.insert(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
    terminal.set_modes(&shown);
    kill_process(terminal.process(), Signal::CONT).unwrap();
    wait_for_question(&terminal, 2);
    terminal.type_in(&format!("{TOKEN}\r"));
    let (code, drawn) = terminal.end();
    check(&home, TOKEN, None, code.unwrap(), &drawn);
}

/// Asks for a code at the terminal, and then prints a token among other things, as Claude Code 2.1.332 does.
pub(crate) fn add_claude_that_prints(home: &Home, drawn: &str) {
    let rest = format!(
        "\\r\\n Your OAuth token (valid for 1 year):\\r\\n\\r\\n {drawn}\\r\\n\\r\\n Store this token securely.\\r\\n\\033[?25h"
    );
    home.add_program(
        "claude",
        &format!(
            "#!/bin/sh\n[ \"$*\" = setup-token ] || exit 9\nprintf '\\033[?25l\\r\\nPaste code here if prompted\\r\\n > '\n\
             read -r code\nprintf 'with %s' \"$code\" > \"$HOME/given\"\nprintf '{rest}'\n"
        ),
    );
}

#[test]
fn what_claude_code_asks_on_its_way_into_the_pipe_is_seen_and_its_token_is_not() {
    let (first, second) = TOKEN.split_at(60);
    for drawn in [
        TOKEN.to_owned(),
        format!("{first}\\033[2B\\033[1A\\033[20D{second}\\r\\n\\r\\n{TOKEN}"),
        format!("\\033]0;{TOKEN}\\007{TOKEN}"),
        format!("\\033]8;;https://claude.ai/{TOKEN}\\033\\\\here\\033]8;;\\007 {TOKEN}"),
    ] {
        let home = Home::new();
        add_claude_that_prints(&home, &drawn);
        let mut terminal = shell(&home, "claude setup-token | wick ci-token set");
        terminal.wait_for("Paste code here if prompted");
        terminal.type_in("code-1\r");
        let (code, drawn) = ended(&home, terminal);
        assert_eq!(fs::read_to_string(home.path().join("given")).unwrap(), "with code-1");
        assert!(!shows_a_part(&drawn) && drawn.contains("\x1b[?25h"), "the cursor is there again: {drawn}");
        let stored = fs::read_to_string(home.state().join("ci-token-default"));
        assert_eq!((code, stored.ok().as_deref()), (0, Some(TOKEN)), "{drawn}");
    }
}
