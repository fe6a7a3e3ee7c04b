//! `wick exec` and `wick token`: the token where a program needs it, and nowhere else.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::credential::SENTINEL;
use crate::support::home::Home;
use crate::support::refreshed::{configure, credential, home_and_server, stored};
use crate::support::said;
use crate::support::token_server::{Behavior, TokenServer};
use crate::support::wait_for;
use crate::targets::Terminal;
use jiff::SignedDuration;
use wick::domain::refresh::{Failure, Remark};
use wick::words::exec::{expired, may_not_refresh, not_refreshed};

fn home(seconds: i64) -> (Home, TokenServer) {
    home_and_server(seconds)
}

fn wick(home: &Home, arguments: &[&str]) -> Output {
    home.run(arguments)
}

/// What a child of `wick exec` has in its environment of Claude's, and what Wick itself had to say, without any token.
fn environment(home: &Home, options: &[&str]) -> (Vec<(String, String)>, String) {
    let output = wick(home, &[&["exec"], options, &["--", "env"]].concat());
    let text = String::from_utf8(output.stdout).unwrap();
    let complaints = String::from_utf8(output.stderr).unwrap();
    assert!(!complaints.contains(SENTINEL), "{complaints}");
    assert_eq!(output.status.code(), Some(0), "{complaints}");
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    let ours = pairs.filter(|(name, value)| name.starts_with("CLAUDE_") || value.contains(SENTINEL));
    (ours.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(), complaints)
}

fn names(home: &Home, options: &[&str]) -> Vec<String> {
    let mut names: Vec<String> = environment(home, options).0.into_iter().map(|(name, _)| name).collect();
    names.sort();
    names
}

#[test]
fn a_program_gets_the_mapped_secrets_without_what_spends_the_sign_in() {
    let (home, server) = home(3600);
    let (mut found, complaints) = environment(&home, &[]);
    found.sort();
    let end = stored(&home)["expiresAt"].to_string();
    let expected = [("CLAUDE_ACCESS_TOKEN", "tok-sentinel-access"), ("CLAUDE_EXPIRES_AT", &*end)];
    assert_eq!(found, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert_eq!((complaints.as_str(), server.posts().len()), ("", 0));
    let all = ["CLAUDE_ACCESS_TOKEN", "CLAUDE_EXPIRES_AT", "CLAUDE_REFRESH_TOKEN"];
    assert_eq!(names(&home, &["--with-refresh-token"]), all);
    assert_eq!(names(&home, &["--only", "CLAUDE_EXPIRES_AT"]), ["CLAUDE_EXPIRES_AT"]);
    let only_other = names(&home, &["--only", "CLAUDE_EXPIRES_AT", "--env", "ANTHROPIC_AUTH_TOKEN=accessToken"]);
    assert_eq!(only_other, ["ANTHROPIC_AUTH_TOKEN", "CLAUDE_EXPIRES_AT"]);
    let (found, _) = environment(&home, &["--env", "CLAUDE_ACCESS_TOKEN=expiresAt", "--only", "CLAUDE_ACCESS_TOKEN"]);
    assert_eq!(found, [("CLAUDE_ACCESS_TOKEN".to_owned(), end)], "what is said here counts");
    home.sweep();
}

#[test]
fn what_is_not_understood_starts_nothing() {
    let (home, _server) = home(3600);
    for (options, words) in [
        (&["--only", "NOBODY"][..], "CLAUDE_ACCESS_TOKEN, CLAUDE_REFRESH_TOKEN or CLAUDE_EXPIRES_AT"),
        (&["--env", "A=nothing"], "accessToken, refreshToken"),
        (&["--env", "tok-sentinel-in-the-wrong-place"], "NAME=FIELD"),
        (&["--env", "A=refreshToken"], "--with-refresh-token"),
        (&["--env", "A=credentials"], "--with-refresh-token"),
        (&["--only", "CLAUDE_REFRESH_TOKEN"], "--with-refresh-token"),
    ] {
        let mark = home.path().join("ran");
        let output = wick(&home, &[&["exec"], options, &["--", "touch", mark.to_str().unwrap()]].concat());
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && said.contains(words), "{options:?}: {said}");
        assert!(!mark.exists() && !said.contains(SENTINEL), "{said}");
    }
    assert_eq!(wick(&home, &["exec"]).status.code(), Some(2));
}

#[test]
fn it_ends_as_the_program_ends() {
    let (home, _server) = home(3600);
    let shell = |script: &str| wick(&home, &["exec", "--", "/bin/sh", "-c", script]).status;
    assert_eq!(shell("exit 7").code(), Some(7));
    for (name, number) in [("TERM", 15), ("INT", 2), ("KILL", 9), ("PIPE", 13)] {
        assert_eq!(shell(&format!("kill -{name} $$; sleep 10")).signal(), Some(number), "{name}");
    }
    assert_eq!(wick(&home, &["exec", "--", "nobody-has-this"]).status.code(), Some(127));
    let plain = home.path().join("plain");
    fs::write(&plain, "no program").unwrap();
    let output = wick(&home, &["exec", "--", plain.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(126), "{}", String::from_utf8_lossy(&output.stderr));
    // Input and output are the program's own.
    let mut cat = home.wick(&["exec", "--", "cat"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut cat.stdin.take().unwrap(), b"through").unwrap();
    assert_eq!(cat.wait_with_output().unwrap().stdout, b"through");
}

/// A person's Ctrl-C and a service manager's end reach the program, for Wick has become it; and its arguments hold no token.
#[test]
fn wick_becomes_the_program() {
    for (signal, number) in [(Signal::INT, 2), (Signal::TERM, 15), (Signal::HUP, 1)] {
        // Refreshed first, which takes signals while it runs.
        let (home, _server) = home(-60);
        let mut command = home.wick(&["exec", "--", "/bin/sh", "-c", "echo $$; exec sleep 300"]);
        let mut running = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(running.stdout.take().unwrap()), &mut line).unwrap();
        assert_eq!(line.trim(), running.id().to_string(), "the same process");
        if cfg!(target_os = "linux") {
            wait_for("sleep", || {
                fs::read(format!("/proc/{}/cmdline", running.id())).ok().filter(|line| line.starts_with(b"sleep"))
            });
            let of = |file: &str| fs::read(format!("/proc/{}/{file}", running.id())).unwrap();
            assert!(!String::from_utf8_lossy(&of("cmdline")).contains("tok-"));
            assert!(String::from_utf8_lossy(&of("environ")).contains("CLAUDE_ACCESS_TOKEN="));
            let status = String::from_utf8(of("status")).unwrap();
            let mask = |name: &str| {
                let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
                u64::from_str_radix(line.trim(), 16).unwrap()
            };
            // Two are the C library's own, and whoever started the tests may have left them as they are.
            let ignored = mask("SigIgn:") & !(3 << 31);
            assert_eq!((mask("SigBlk:"), ignored, mask("SigCgt:")), (0, 0, 0), "as a shell starts it");
        }
        let pid = Pid::from_raw(i32::try_from(running.id()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
        assert_eq!(running.wait().unwrap().signal(), Some(number));
    }
}

/// Whoever ends it while it refreshes means all of it: the refresh comes to its end, and nothing is started.
#[test]
fn ended_while_it_refreshes_it_starts_nothing() {
    let (home, server) = home(-60);
    let mark = home.path().join("ran");
    server.pause();
    let mut running = home.wick(&["exec", "--", "touch", mark.to_str().unwrap()]).spawn().unwrap();
    wait_for("the request", || (server.posts().len() == 1).then_some(()));
    kill_process(Pid::from_raw(i32::try_from(running.id()).unwrap()).unwrap(), Signal::INT).unwrap();
    // It is still there: what was sent is waited for.
    std::thread::sleep(std::time::Duration::from_millis(200));
    assert!(running.try_wait().unwrap().is_none());
    server.resume();
    // As if it had no handler: a shell's script ends with it.
    assert_eq!(running.wait().unwrap().signal(), Some(Signal::INT.as_raw()));
    assert!(!mark.exists());
    assert_eq!(stored(&home)["accessToken"].as_str(), server.current().map(|(access, _)| access).as_deref());
}

/// At a token's end all of them need the new one, and an answer may take longer than a lock is usually waited for.
#[test]
fn started_together_on_an_expired_token_all_get_the_new_one() {
    let (home, server) = home(-60);
    server.pause();
    let start =
        || home.wick(&["exec", "--", "/bin/sh", "-c", "echo $CLAUDE_ACCESS_TOKEN"]).stdout(Stdio::piped()).spawn();
    let running: Vec<_> = (0..4).map(|_| start().unwrap()).collect();
    wait_for("the request", || (server.posts().len() == 1).then_some(()));
    std::thread::sleep(std::time::Duration::from_secs(6));
    server.resume();
    let (current, _) = wait_for("the new token", || server.current());
    for one in running {
        let output = one.wait_with_output().unwrap();
        assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stdout).trim()), (Some(0), current.as_str()));
    }
    assert_eq!((server.posts().len(), server.reuses()), (1, 0));
}

/// As `nohup` and a shell's background jobs start it: also after a refresh, the program is as deaf as it was meant to be.
#[test]
fn a_signal_that_is_ignored_stays_ignored() {
    let (home, server) = home(-60);
    let wick = env!("CARGO_BIN_EXE_wick");
    let script =
        format!("trap '' HUP INT; exec '{wick}' exec -- /bin/sh -c 'kill -HUP $$; kill -INT $$; echo still here'");
    let output = home.program("/bin/sh").args(["-c", &script]).output().unwrap();
    assert_eq!((String::from_utf8_lossy(&output.stdout).trim(), server.posts().len()), ("still here", 1));
}

#[test]
fn what_is_kept_back_does_not_come_from_further_out() {
    let (home, _server) = home(3600);
    let inner = format!("exec '{}' exec -- env", env!("CARGO_BIN_EXE_wick"));
    let output = wick(&home, &["exec", "--with-refresh-token", "--", "/bin/sh", "-c", &inner]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("CLAUDE_ACCESS_TOKEN=") && !text.contains("CLAUDE_REFRESH_TOKEN="), "{text}");
}

#[test]
fn with_nothing_to_hand_over_nothing_is_started() {
    let (home, _server) = home(3600);
    home.write_config("[secrets]\nALL = \"credentials\"\n");
    let output = wick(&home, &["exec", "--", "true"]);
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_token_near_its_end_is_refreshed_first() {
    let (home, server) = home(300);
    let (found, complaints) = environment(&home, &[]);
    assert_eq!((server.posts().len(), complaints.as_str()), (1, ""));
    let new = stored(&home)["accessToken"].as_str().unwrap().to_owned();
    assert!(found.contains(&("CLAUDE_ACCESS_TOKEN".to_owned(), new)), "{found:?}");
    home.sweep();

    let (home, server) = home_and_server(300);
    configure(&home, &server, "mode = \"never\"");
    let (_, complaints) = environment(&home, &[]);
    assert!(complaints.trim() == may_not_refresh(SignedDuration::from_secs(290)), "{complaints}");
    assert_eq!(server.posts().len(), 0);

    // It lives for a while, so a server that cannot be reached is no end.
    let (home, server) = home_and_server(300);
    server.behave(Behavior::Answer { status: 503, headers: Vec::new(), body: String::new() });
    let (found, complaints) = environment(&home, &[]);
    assert!(complaints.contains(&not_refreshed("")) && !found.is_empty(), "{complaints}");
}

#[test]
fn without_a_token_that_lives_nothing_is_started() {
    let (home, server) = home(-60);
    configure(&home, &server, "mode = \"never\"");
    let mark = home.path().join("ran");
    let touch = |home: &Home| wick(home, &["exec", "--", "touch", mark.to_str().unwrap()]).status.code();
    assert_eq!(touch(&home), Some(3));
    home.write(&credential(3600).signed_out().json());
    assert_eq!(touch(&home), Some(3));
    fs::remove_file(home.credentials()).unwrap();
    assert_eq!(touch(&home), Some(3));
    home.write_config("nonsense");
    assert_eq!(touch(&home), Some(2));
    assert!(!mark.exists());
}

#[test]
fn a_token_goes_to_a_pipe_and_to_no_terminal() {
    let (home, server) = home(3600);
    let output = wick(&home, &["token"]);
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(0), b"tok-sentinel-access\n".as_slice()));
    assert!(output.stderr.is_empty() && server.posts().is_empty());
    let (code, drawn) = Terminal::run(&home, &["token"]).end();
    assert!(code == Some(2) && !drawn.trim().is_empty() && !drawn.contains(SENTINEL), "{drawn}");
    let (code, drawn) = Terminal::run(&home, &["token", "--show"]).end();
    assert!(code == Some(0) && drawn.contains("tok-sentinel-access"), "{drawn}");
    home.sweep();
}

#[test]
fn a_token_that_ends_too_soon_is_refreshed_or_not_handed_out() {
    let (home, server) = home(3600);
    let output = wick(&home, &["token", "--min-left", "2h"]);
    assert_eq!((output.status.code(), server.posts().len()), (Some(0), 1), "an hour is too short, so it is refreshed");
    assert_eq!(String::from_utf8(output.stdout).unwrap().trim(), stored(&home)["accessToken"].as_str().unwrap());

    let (home, server) = home_and_server(3600);
    configure(&home, &server, "mode = \"never\"");
    for (span, code) in [("30m", 0), ("2h", 3)] {
        let output = wick(&home, &["token", "--min-left", span]);
        assert_eq!((output.status.code(), output.stdout.is_empty()), (Some(code), code == 3), "{span}");
    }
    let said = String::from_utf8(wick(&home, &["token", "--min-left", "2h"]).stderr).unwrap();
    assert!(said.contains("2h") && !said.contains(SENTINEL), "{said}");
    assert_eq!(wick(&home, &["token", "--min-left", "soon"]).status.code(), Some(2));
}

/// What stands in the way is named, and the next step is one that can help.
#[test]
fn an_expired_token_is_reported_with_what_to_do() {
    let said = |home: &Home| {
        let [token, exec] = [&["token"][..], &["exec", "--", "true"]].map(|arguments| wick(home, arguments));
        assert_eq!((token.status.code(), exec.status.code(), token.stdout.len()), (Some(3), Some(3), 0));
        assert!(!String::from_utf8_lossy(&exec.stderr).contains(SENTINEL));
        String::from_utf8(token.stderr).unwrap()
    };
    let (home, server) = home(-60);
    configure(&home, &server, "mode = \"never\"");
    let read_only = said(&home);
    assert!(read_only.contains(&expired(None, true).action), "{read_only}");
    configure(&home, &server, "");
    server.behave(Behavior::Answer {
        status: 400,
        headers: Vec::new(),
        body: r#"{"error":"invalid_grant"}"#.to_owned(),
    });
    let refused = said(&home);
    let refusal = said::remark(&Remark::Failed(Failure::InvalidGrant { spent_before: false }));
    assert!(refused.contains(&refusal.message) && refused.contains(&refusal.action), "{refused}");
}

#[test]
fn a_reader_that_goes_away_is_no_fault() {
    let (home, _server) = home(3600);
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "\"$0\" token | true"]).arg(env!("CARGO_BIN_EXE_wick"));
    let environment = home.wick(&[]);
    command
        .env_clear()
        .envs(environment.get_envs().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned()))));
    let output = command.output().unwrap();
    assert!(!String::from_utf8_lossy(&output.stderr).contains("panicked"), "{output:?}");
}
