//! `wick ci-token check`: with a stand-in for Claude Code here, and beside the real one in `claude_code.rs`.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;
use wick::words::ci_token::CHECKING;
use wick::words::sentence::capital;

use crate::ci_token::TOKEN;
use crate::support::home::{Home, with_input};
use crate::support::write_program;

/// A home with a stored token, and a `claude` that notes what it was started with and goes on so. It is no program whose
/// environment the sweep reads: this one is to have the token.
fn home_and_claude(script: &str) -> Home {
    let home = Home::with_folder();
    assert!(with_input(home.wick(&["ci-token", "set"]), TOKEN).status.success());
    claude(&home, script);
    home
}

fn claude(home: &Home, script: &str) {
    let note = "#!/bin/sh\nenv > \"$HOME/environment\"\npwd > \"$HOME/here\"\nls -A . \"$CLAUDE_CONFIG_DIR\" > \"$HOME/listed\"\n\
        for word; do echo \"$word\"; done > \"$HOME/arguments\"\n";
    write_program(&home.path().join("bin/claude"), &format!("{note}{script}"));
}

fn printing(is_error: bool, status: Option<u16>, result: &str) -> String {
    let object = serde_json::json!({ "is_error": is_error, "api_error_status": status, "result": result });
    format!("cat <<'END'\n{object}\nEND\nexit {}\n", u8::from(is_error))
}

fn asked(home: &Home, arguments: &[&str]) -> (Value, String, Option<i32>) {
    let output = home.run(&[&["ci-token"], arguments].concat());
    let said = String::from_utf8(output.stderr).unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(!format!("{said}{printed}").contains("tok-sentinel"), "{said}{printed}");
    (serde_json::from_str(&printed).unwrap_or(Value::Null), said, output.status.code())
}

#[test]
fn claude_code_is_asked_once_with_that_token_alone_and_nothing_of_the_users() {
    let home = home_and_claude(&printing(false, None, "yes"));
    fs::write(home.path().join("here-is-a-project"), "").unwrap();
    let mut check = home.wick(&["ci-token", "check", "--json"]);
    let theirs =
        ["ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "CLAUDE_CODE_USE_BEDROCK", "GH_TOKEN", "AWS_SECRET_ACCESS_KEY"];
    let output = check.envs(theirs.map(|name| (name, "theirs"))).output().unwrap();
    let (printed, said) = (output.stdout, String::from_utf8(output.stderr).unwrap());
    let report: Value = serde_json::from_slice(&printed).unwrap();
    assert_eq!((output.status.code(), &report["error"], said.trim()), (Some(0), &Value::Null, CHECKING));
    assert!(report["checked_at"].is_string() && report["profile"] == "default", "{report}");

    let read = |name: &str| fs::read_to_string(home.path().join(name)).unwrap();
    let environment = read("environment");
    assert!(environment.lines().any(|line| line == format!("CLAUDE_CODE_OAUTH_TOKEN={TOKEN}")));
    assert_eq!((environment.matches(TOKEN).count(), environment.contains("theirs")), (1, false));
    assert!(environment.contains("HTTPS_PROXY=http://127.0.0.1:9\n"), "its way to the network");
    assert!(
        read("arguments").starts_with("--print\n") && !read("arguments").contains("sk-ant"),
        "{}",
        read("arguments")
    );
    let listed: Vec<String> = read("listed").lines().filter(|line| !line.ends_with(':')).map(str::to_owned).collect();
    assert_eq!(listed.concat(), "", "both folders are empty");
    assert!(!fs::exists(read("here").trim()).unwrap(), "and gone");

    // Kept beside the clock, until another one is stored.
    let (status, _, _) = asked(&home, &["status", "--json"]);
    assert_eq!(status["checked_at"], report["checked_at"]);
    assert_eq!(home.status().0["ci_token"]["checked_at"], report["checked_at"]);
    let text = String::from_utf8(home.run(&["status"]).stdout).unwrap();
    assert!(text.contains("; worked on "), "{text}");
    assert!(with_input(home.wick(&["ci-token", "set"]), &TOKEN.replace("year", "next")).status.success());
    assert_eq!(asked(&home, &["status", "--json"]).0["checked_at"], Value::Null);
}

#[test]
fn why_it_is_not_proven_is_said_and_kept_and_what_worked_before_is_not_forgotten() {
    let home = home_and_claude(&printing(false, None, "yes"));
    let (worked, _, _) = asked(&home, &["check", "--json"]);
    let said = format!("API Error: 401 invalid: {TOKEN}");
    for (script, code, exit) in [
        (printing(true, Some(401), &said), "token_refused", 3),
        (printing(true, Some(403), "OAuth token revoked"), "token_revoked", 3),
        (printing(true, Some(429), "API Error: slow down"), "rate_limited", 1),
        (printing(true, Some(529), "API Error: 529 overloaded"), "server_error", 1),
        (printing(true, None, "API Error: Connection refused (ECONNREFUSED)"), "offline", 1),
        (format!("echo 'a stack trace with {TOKEN}' >&2\nexit 70\n"), "claude_unclear", 1),
        ("head -c 2000000 /dev/zero\n".to_owned(), "claude_unclear", 1),
    ] {
        claude(&home, &script);
        let (report, said, ended) = asked(&home, &["check", "--json"]);
        assert_eq!((report["error"]["code"].as_str(), ended), (Some(code), Some(exit)), "{script}: {said}");
        let (status, _, ended) = asked(&home, &["status", "--json"]);
        assert_eq!((status["error"]["code"].as_str(), ended), (Some(code), Some(0)), "{script}");
        assert_eq!(status["checked_at"], worked["checked_at"], "{script}");
    }
    let program = home.path().join("bin/claude");
    fs::write(&program, "#!/nonexistent/node\n").unwrap();
    assert_eq!(asked(&home, &["check", "--json"]).0["error"]["code"], "claude_not_started");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o600)).unwrap();
    // This machine's own may be found then: no program may.
    if !["/usr/bin/claude", "/usr/local/bin/claude"].iter().any(|path| fs::exists(path).unwrap()) {
        assert_eq!(asked(&home, &["check", "--json"]).0["error"]["code"], "claude_not_found");
    }
    claude(&home, &printing(false, None, "yes"));
    assert_eq!(asked(&home, &["check", "--json"]).2, Some(0));
    assert_eq!(asked(&home, &["status", "--json"]).0["error"], Value::Null, "it works again");
}

#[test]
fn a_token_that_is_refused_fails_the_doctor_until_it_is_another_one() {
    let home = home_and_claude(&printing(true, Some(403), "OAuth token revoked"));
    let verdict = || {
        let report: Value = serde_json::from_slice(&home.run(&["doctor", "--json"]).stdout).unwrap();
        let checks = report["checks"].as_array().unwrap();
        checks.iter().find(|check| check["id"] == "ci_token").unwrap()["verdict"].as_str().unwrap().to_owned()
    };
    assert_eq!((asked(&home, &["check"]).2, verdict().as_str()), (Some(3), "fail"));
    // Stored and tried in one.
    claude(&home, &printing(false, None, "yes"));
    let output = with_input(home.wick(&["ci-token", "set", "--check"]), &TOKEN.replace("year", "next"));
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(output.status.success() && said.contains(&capital(wick::words::ci_token::WORKED)), "{said}");
    assert_eq!(verdict(), "pass");
}

#[test]
fn without_a_token_no_claude_is_started() {
    let home = Home::with_folder();
    claude(&home, &printing(false, None, "yes"));
    let (report, _, exit) = asked(&home, &["check", "--json"]);
    assert_eq!((report["error"]["code"].as_str(), exit), (Some("no_ci_token"), Some(3)));
    home.write_config("[tray]\ntitel = 1\n");
    let (report, _, exit) = asked(&home, &["check", "--json"]);
    assert_eq!((report["error"]["code"].as_str(), exit), (Some("config_invalid"), Some(2)));
    assert!(!fs::exists(home.path().join("environment")).unwrap());
}

/// Killed, it can remove nothing itself: the next one does.
#[cfg(target_os = "linux")]
#[test]
fn killed_it_leaves_no_claude_behind_and_its_folder_to_nobody_but_the_next() {
    let home = home_and_claude("echo $$ > \"$HOME/claude.pid\"\nexec sleep 600\n");
    let tmp = home.path().join("tmp");
    fs::create_dir(&tmp).unwrap();
    let check = || {
        let mut check = home.wick(&["ci-token", "check"]);
        check.env("TMPDIR", &tmp);
        check
    };
    let mut running = check().spawn().unwrap();
    let pid = crate::support::wait_for("claude", || {
        fs::read_to_string(home.path().join("claude.pid")).ok()?.trim().parse::<i32>().ok()
    });
    let folders = || fs::read_dir(&tmp).unwrap().map(|entry| entry.unwrap()).collect::<Vec<_>>();
    let modes: Vec<u32> =
        folders().iter().map(|entry| entry.metadata().unwrap().permissions().mode() & 0o777).collect();
    assert!(!modes.is_empty() && modes.iter().all(|mode| *mode == 0o700), "{modes:?}");
    running.kill().unwrap();
    running.wait().unwrap();
    let theirs = rustix::process::Pid::from_raw(pid).unwrap();
    let ended = || rustix::process::test_kill_process(theirs).is_err().then_some(());
    crate::support::wait_for("the end of claude", ended);
    claude(&home, &printing(false, None, "yes"));
    assert!(check().status().unwrap().success());
    assert_eq!(folders().len(), 0, "{:?}", folders());
}

#[test]
fn asked_to_end_it_leaves_no_claude_behind() {
    let home = home_and_claude("echo $$ > \"$HOME/claude.pid\"\nexec sleep 600\n");
    let mut running = home.wick(&["ci-token", "check"]).spawn().unwrap();
    let pid = crate::support::wait_for("claude", || {
        fs::read_to_string(home.path().join("claude.pid")).ok()?.trim().parse::<i32>().ok()
    });
    let wick = rustix::process::Pid::from_child(&running);
    rustix::process::kill_process(wick, rustix::process::Signal::TERM).unwrap();
    running.wait().unwrap();
    let theirs = rustix::process::Pid::from_raw(pid).unwrap();
    let ended = || rustix::process::test_kill_process(theirs).is_err().then_some(());
    crate::support::wait_for("the end of claude", ended);
}

/// A clock that was ahead when it was stored, or is behind now.
#[test]
fn how_long_one_lasts_that_was_stored_in_the_future_is_not_known() {
    let home = Home::signed_in(3600);
    assert!(with_input(home.wick(&["ci-token", "set"]), TOKEN).status.success());
    let file = home.state().join("state.json");
    for (ahead, is_known) in [("2099-01-01T00:00:00Z", false), ("9999-12-30T22:00:00Z", false), ("", true)] {
        let mut state: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        let stored_at = if ahead.is_empty() { jiff::Timestamp::now().to_string() } else { ahead.to_owned() };
        state["sync"]["ci_tokens"]["default"]["stored_at"] = stored_at.into();
        fs::write(&file, state.to_string()).unwrap();
        let report = home.run(&["ci-token", "status", "--json"]).stdout;
        let report: Value = serde_json::from_slice(&report).unwrap();
        let status = &home.status().0["ci_token"];
        for clock in [&report, status] {
            assert_eq!(!clock["seconds_left"].is_null(), is_known, "{clock}");
            assert_eq!(!clock["expires_at"].is_null(), is_known, "{clock}");
        }
        for arguments in [&["status"][..], &["ci-token", "status"], &["doctor"]] {
            let said = String::from_utf8(home.run(arguments).stdout).unwrap();
            assert_eq!(!said.contains("when it expires is not known"), is_known, "{said}");
            assert!(is_known || !said.contains(">999d"), "{said}");
        }
    }
}
