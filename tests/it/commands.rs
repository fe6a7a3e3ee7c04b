//! The real program, run in a terminal that is none.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::process::{Output, Stdio};

use wick::domain::settings::{ConfigFileError, Distrust};

use crate::support::credential::CredentialText;
use crate::support::home::{Home, in_seconds};
use crate::support::said;
use crate::support::wait_for;
use wick::domain::sync::TargetState;

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn status_says_both_clocks_in_the_documented_form() {
    let home = Home::with_folder();
    let (end, login) = (in_seconds(3 * 3600), in_seconds(20 * 86_400));
    home.write(&CredentialText::ending(end).login_ending(login).with_neighbors().json());
    home.write_config("[[targets]]\nrepo = \"acme/api\"\n");
    let (status, code) = home.status();
    assert_eq!(code, 0);
    let left = status["access_token"]["seconds_left"].as_i64().unwrap();
    assert!((3 * 3600 - 20..=3 * 3600).contains(&left), "{left}");
    let login_left = status["login"]["seconds_left"].as_i64().unwrap();
    assert!((20 * 86_400 - 20..=20 * 86_400).contains(&login_left), "{login_left}");
    let expected = serde_json::json!({
        "schema": 1, "state": "fresh", "profile": "default",
        "source": {"kind": "file", "location": home.credentials()},
        "access_token": {"expires_at": end.timestamp().unwrap().to_string(), "expires_at_ms": end.0, "seconds_left": left},
        "login": {
            "expires_at": login.timestamp().unwrap().to_string(),
            "earliest_end_at": (login.timestamp().unwrap() - jiff::SignedDuration::from_hours(72)).to_string(),
            "seconds_left": login_left,
        },
        "subscription": "max", "scopes": ["user:inference", "user:profile"],
        "targets": [{"target": "acme/api", "state": "never", "synced_at": null, "error": null}],
        "error": null
    });
    assert_eq!(status, expected);
}

#[test]
fn status_for_people_is_the_menu_line_by_line() {
    let home = Home::signed_in(3 * 3600 + 30);
    let output = home.run(&["status"]);
    let text = stdout(&output);
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with(&said::access("3h")), "{text}");
    assert!(lines[1].starts_with(&said::login()), "{text}");
    assert!(lines[2].ends_with(": Claude Max 20x, account 1a2b3c4d"), "{text}");
    assert!(lines[3].ends_with(": ~/.claude/.credentials.json"), "{text}");
    home.write_config("[[targets]]\nrepo = \"acme/api\"\n");
    assert!(
        stdout(&home.run(&["status"])).ends_with(&format!("{}\n", said::target("acme/api", TargetState::Never, None)))
    );
    home.write_config("[refresh]\nmode = \"never\"\n");
    assert!(stdout(&home.run(&["status"])).lines().any(|line| line == wick::words::refresh::READ_ONLY));
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn an_end_that_is_absent_is_fresh_with_nulls() {
    let home = Home::with_folder();
    home.write(&CredentialText::ending(in_seconds(0)).raw_end("null").json());
    let (status, code) = home.status();
    assert_eq!((status["state"].as_str(), code), (Some("fresh"), 0));
    assert_eq!(
        status["access_token"],
        serde_json::json!({"expires_at": null, "expires_at_ms": null, "seconds_left": null})
    );
    assert_eq!(status["login"], serde_json::Value::Null);
}

#[test]
fn the_config_folder_is_found_as_claude_code_finds_it() {
    let home = Home::signed_in(3600);
    let elsewhere = home.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    fs::copy(home.credentials(), elsewhere.join(".credentials.json")).unwrap();
    let location = |variables: &[(&str, &str)]| {
        let output = home.wick(&["status", "--json"]).envs(variables.iter().copied()).output().unwrap();
        let status: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
        status["source"]["location"].as_str().unwrap().to_owned()
    };
    let default = home.credentials().display().to_string();
    let other = elsewhere.join(".credentials.json").display().to_string();
    let dir = elsewhere.to_str().unwrap();
    assert_eq!(location(&[]), default);
    assert_eq!(location(&[("CLAUDE_CONFIG_DIR", dir)]), other);
    assert_eq!(location(&[("CLAUDE_CONFIG_DIR", "/c"), ("CLAUDE_SECURESTORAGE_CONFIG_DIR", dir)]), other);
    assert_eq!(location(&[("CLAUDE_CONFIG_DIR", dir), ("CLAUDE_SECURESTORAGE_CONFIG_DIR", "")]), default);
    home.write_config("[credential]\nconfig_dir = \"~/elsewhere\"\n");
    assert_eq!(location(&[]), other);
}

#[test]
fn watching_prints_one_object_a_change() {
    let home = Home::signed_in(3600);
    let mut watching = home.wick(&["status", "--watch", "--json"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(watching.stdout.take().unwrap()).lines();
    let mut next = || serde_json::from_str::<serde_json::Value>(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(next()["state"], "fresh");
    home.write(&CredentialText::ending(in_seconds(60)).json());
    assert_eq!(next()["state"], "expiring");
    fs::remove_file(home.credentials()).unwrap();
    let gone = next();
    assert_eq!((&gone["state"], &gone["error"]["code"]), (&"not_found".into(), &"not_found".into()));
    fs::remove_dir_all(home.path().join(".claude")).unwrap();
    watching.kill().unwrap();
    watching.wait().unwrap();
    assert!(!home.state().join("state.json").exists(), "what a watcher sees is not said, so not remembered");
}

#[test]
fn watching_ends_when_nobody_reads_any_more() {
    let home = Home::signed_in(3600);
    let mut watching = home.wick(&["status", "--watch"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut reader = BufReader::new(watching.stdout.take().unwrap());
    reader.read_line(&mut String::new()).unwrap();
    drop(reader);
    home.write(&CredentialText::ending(in_seconds(60)).json());
    let status = wait_for("its end", || watching.try_wait().unwrap());
    assert_eq!(status.code(), Some(0));
}

#[test]
fn watching_says_when_an_edit_of_the_config_is_not_understood() {
    let home = Home::signed_in(3600);
    home.write_config("");
    let mut watching = home.wick(&["status", "--watch", "--json"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(watching.stdout.take().unwrap()).lines();
    let mut next = || serde_json::from_str::<serde_json::Value>(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(next()["error"], serde_json::Value::Null);
    home.write_config("[tray]\ntitel = 1\n");
    let said = next();
    watching.kill().unwrap();
    watching.wait().unwrap();
    assert_eq!((&said["state"], &said["error"]["code"]), (&"fresh".into(), &"config_invalid".into()));
    assert!(said["error"]["message"].as_str().unwrap().contains(home.config().to_str().unwrap()), "{said}");
}

/// Linux alone has a full disk at hand.
#[cfg(target_os = "linux")]
#[test]
fn what_a_full_disk_does_not_take_is_not_called_done() {
    let home = Home::signed_in(3600);
    for arguments in [
        &["status"][..],
        &["status", "--json"],
        &["completions", "bash"],
        &["config", "path"],
        &["sync", "--help"],
        &["--version"],
    ] {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = home.wick(arguments).stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        let said = stderr(&output);
        assert_eq!(
            said.matches(wick::words::terminal::not_printed("").trim_end_matches(": ")).count(),
            1,
            "{arguments:?}: {said}"
        );
    }
}

#[test]
fn a_sign_in_that_has_ended_has_a_next_step() {
    let home = Home::with_folder();
    home.write(&CredentialText::ending(in_seconds(-7200)).login_ending(in_seconds(-3600)).json());
    let (status, code) = home.status();
    assert_eq!((&status["state"], &status["error"]["code"]), (&"expired".into(), &"sign_in_ended".into()));
    assert_eq!((&status["error"]["action"], code), (&wick::words::sentence::SIGN_IN.into(), 0));
    home.write(&CredentialText::ending(in_seconds(3600)).login_ending(in_seconds(-3600)).json());
    assert_eq!(home.status().0["error"], serde_json::Value::Null, "what still works needs nothing yet");
    // Nothing is there to refresh it with, and nobody claims so.
    let alone = |seconds| {
        CredentialText::ending(in_seconds(seconds))
            .json()
            .replace("\"refreshToken\":\"tok-sentinel-refresh\"", "\"refreshToken\":null")
    };
    home.write(&alone(-60));
    let (status, code) = home.status();
    assert_eq!((&status["error"]["code"], code), (&"no_refresh_token".into(), 0), "{status}");
    let doctor = stdout(&home.run(&["doctor"]));
    assert!(
        doctor.contains(&wick::words::credential::concern(&wick::domain::credential::Concern::NoRefreshToken).message),
        "{doctor}"
    );
    assert!(!doctor.contains(&wick::words::targets::holders(&[])), "{doctor}");
    home.write(&alone(3600));
    assert_eq!(home.status().0["error"], serde_json::Value::Null);
}

#[test]
fn once_the_sign_in_has_expired_every_next_step_is_to_sign_in_and_is_said_once() {
    let home = Home::with_folder();
    home.write(&CredentialText::ending(in_seconds(-7200)).login_ending(in_seconds(-3600)).json());
    // Nobody listens there.
    home.write_config(
        "[refresh]\ntoken_url = \"http://127.0.0.1:9/token\"\n\n[[targets]]\nname = \"a\"\ncommand = [\"true\"]\n",
    );
    let sign_in = wick::words::sentence::SIGN_IN;
    for arguments in
        [&["status"][..], &["refresh"], &["status"], &["token"], &["exec", "--", "true"], &["sync"], &["doctor"]]
    {
        let output = home.run(arguments);
        let said = format!("{}{}", stdout(&output), stderr(&output)).to_lowercase();
        assert!(said.contains(&sign_in.to_lowercase()), "{arguments:?}: {said}");
        assert!(!said.contains("wick refresh") && !said.contains("refresh now"), "{arguments:?}: {said}");
        assert!(!said.contains("while it lives"), "{arguments:?}: {said}");
        let times = said.matches(sign_in).count();
        assert!(times == 1 || arguments == ["doctor"], "{arguments:?}: {said}");
    }
}

/// At a terminal nobody has the menu at hand.
#[test]
fn what_a_command_says_to_do_is_a_command_and_stands_there_once() {
    let home = Home::signed_in(-60);
    home.write_config("[refresh]\ntoken_url = \"http://127.0.0.1:9/token\"\n");
    for arguments in [&["refresh"][..], &["status"], &["token"]] {
        let output = home.run(arguments);
        let said = format!("{}{}", stdout(&output), stderr(&output)).to_lowercase();
        assert_eq!(said.matches("run \"wick refresh\"").count(), 1, "{arguments:?}: {said}");
        assert!(!said.contains("refresh now"), "{arguments:?}: {said}");
    }
}

/// Wherever nothing can be written, a command says so in its own words alone.
#[test]
fn a_log_that_cannot_be_written_is_not_reported() {
    let home = Home::signed_in(-60);
    fs::create_dir_all(home.state().parent().unwrap()).unwrap();
    fs::write(home.state(), "in the way").unwrap();
    let output = home.run(&["refresh"]);
    assert_eq!((output.status.code(), stderr(&output).contains("hint: ")), (Some(1), true), "{}", stderr(&output));
    assert!(!stderr(&output).contains("tracing"), "{}", stderr(&output));
}

#[test]
fn a_config_that_is_a_pipe_holds_nobody_up() {
    let home = Home::signed_in(3600);
    let pipe = home.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let output = home.run(&["--config", pipe.to_str().unwrap(), "config", "check"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let home = Home::signed_in(3600);
    let mut command = home.wick(&["doctor"]);
    let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(process.stdout.take());
    let output = process.wait_with_output().unwrap();
    assert_eq!((output.status.code(), stderr(&output).as_str()), (Some(0), ""));
}

#[test]
fn the_config_commands_find_write_and_check() {
    let home = Home::new();
    let path = home.config().display().to_string();
    assert_eq!(stdout(&home.run(&["config", "path"])).trim(), path);
    assert_eq!(home.run(&["config", "check"]).status.code(), Some(0), "no file means the defaults");
    assert_eq!(home.run(&["config", "init"]).status.code(), Some(0));
    assert_eq!(fs::read_to_string(home.config()).unwrap(), wick::config::EXAMPLE);
    assert_eq!(fs::metadata(home.config()).unwrap().permissions().mode() & 0o777, 0o600);
    home.write_config("# mine\n");
    assert_eq!(stdout(&home.run(&["config", "init"])).trim(), wick::words::config::created(&path, false));
    assert_eq!(fs::read_to_string(home.config()).unwrap(), "# mine\n");
    assert_eq!(stdout(&home.run(&["config", "check"])).trim(), wick::words::config::understood(&path, true));
    home.write_config("[tray]\ntitel = \"access\"\n");
    let output = home.run(&["config", "check"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(stderr(&output).trim(), format!("{path}: line 2: unknown key `tray.titel`; did you mean `title`?"));
    let elsewhere = home.path().join("elsewhere.toml").display().to_string();
    assert_eq!(stdout(&home.run(&["--config", &elsewhere, "config", "path"])).trim(), elsewhere);
}

#[test]
fn a_config_that_others_can_write_is_not_used() {
    let home = Home::signed_in(3600);
    home.write_config("");
    fs::set_permissions(home.config(), fs::Permissions::from_mode(0o666)).unwrap();
    let output = home.run(&["config", "check"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("chmod go-w"), "{}", stderr(&output));
    assert_eq!(home.status().1, 2);
}

#[test]
fn a_config_that_is_no_text_is_said_to_be_none() {
    let home = Home::signed_in(3600);
    home.write_config("");
    fs::write(home.config(), b"[sync]\nautomatic = \xff\n").unwrap();
    let output = home.run(&["config", "check"]);
    assert_eq!(output.status.code(), Some(2));
    let said = wick::words::config::file(&ConfigFileError::Untrusted(Distrust::NotText, home.config()));
    assert!(stderr(&output).contains(&said), "{}", stderr(&output));
}

#[test]
fn wrong_usage_is_exit_code_2() {
    let home = Home::new();
    for arguments in [&["no-such-command"][..], &["status", "--no-such-flag"], &["completions", "no-such-shell"]] {
        assert_eq!(home.run(arguments).status.code(), Some(2), "{arguments:?}");
    }
    for arguments in [&["status", "--json", "--bogus"][..], &["sync", "--wait", "nonsense", "--json"]] {
        let output = home.run(arguments);
        let object: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
        assert_eq!(
            (output.status.code(), &object["schema"], &object["error"]["code"]),
            (Some(2), &1.into(), &"usage".into())
        );
        assert!(
            object["error"]["message"].as_str().unwrap().contains(arguments[2].trim_end_matches("--json")),
            "{object}"
        );
    }
    // Help keeps its columns.
    let output = home.run(&["targets"]);
    assert!(output.status.code() == Some(2) && stderr(&output).contains("\n  list    List"), "{}", stderr(&output));
    // A token in the wrong place is not repeated.
    let output = home.run(&["ci-token", "set", "sk-ant-oat01-EXAMPLE-tok-sentinel"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && said.contains("[redacted]") && !said.contains("sentinel"), "{said}");
    assert_eq!(stdout(&home.run(&["exec", "--", "--json"])), "", "that is the program's");
}

#[test]
fn the_version_and_the_completions_are_printed() {
    let home = Home::new();
    assert_eq!(stdout(&home.run(&["--version"])).trim(), concat!("wick ", env!("CARGO_PKG_VERSION")));
    for shell in ["bash", "zsh", "fish"] {
        let output = home.run(&["completions", shell]);
        assert!(stdout(&output).contains("_WICK_COMPLETE") && output.status.success(), "{shell}");
    }
}

#[cfg(feature = "fault-points")]
#[test]
fn a_crash_is_said_whatever_crashed() {
    let home = Home::signed_in(3600);
    let run = |arguments: &[&str]| home.wick(arguments).env("WICK_FAULT_POINT", "crash start").output().unwrap();
    let crashed = wick::words::terminal::crashed();
    for arguments in [&[][..], &["status"], &["sync"]] {
        let output = run(arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(1) && said.contains(&crashed.message), "{arguments:?}: {said}");
    }
    let output = run(&["status", "--json"]);
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&answer["schema"], &answer["error"]["code"]), (&1.into(), &crashed.code.into()));
    let log = std::fs::read_to_string(home.state().join("wick.log")).unwrap();
    assert_eq!(log.matches("panicked at").count(), 4, "{log}");
}
