//! The one-year token: kept, shown, warned of, and synced like any field.

use jiff::{SignedDuration, Timestamp};
use wick::domain::credential::CiTokenMemory;
use wick::ports::StateFile;

use crate::support::credential::CredentialText;
use crate::support::fakes::{FakeClock, FakeStateFile, FakeStore, START};
use crate::support::scenario::{Scenario, run};
use wick::words::ci_token::CI_TOKEN;
use wick::words::notices::{expired, left};

pub(crate) const DAY: i64 = 86_400;
/// As long as those of `claude setup-token`.
pub(crate) const TOKEN: &str = "sk-ant-oat01-EXAMPLE-tok-sentinel-year-0123456789_AbCdEfGhIjKlMnOpQrSt\
    UvWxYz-1029384756_zYxWvUtSrQpOnMlKjIAA";

/// A loop over a token that was stored so many days before the start.
fn stored(days: i64) -> Scenario {
    let state_file = std::sync::Arc::<FakeStateFile>::default();
    let start = Timestamp::from_second(START).unwrap();
    let memory = CiTokenMemory::stored(start - SignedDuration::from_hours(days * 24));
    let noted = state_file.change_sync(&mut |stored| {
        stored.ci_tokens.insert("default".to_owned(), memory);
    });
    noted.unwrap();
    let end = Timestamp::from_second(START + 400 * DAY).unwrap();
    let store = std::sync::Arc::new(FakeStore::new(&CredentialText::ending(end.into()).json()));
    Scenario::restart(store, state_file, std::sync::Arc::new(FakeClock::new()), "")
}

#[test]
fn its_year_is_in_the_menu() {
    run(async || {
        let scenario = stored(65);
        scenario.settle().await;
        let view = scenario.view();
        let line = format!("{}, until about 11 Nov 2027", left(CI_TOKEN, "300d"));
        assert!(view.texts().contains(&line.as_str()), "{:?}", view.texts());
    });
}

#[test]
fn it_is_warned_of_a_month_a_week_and_a_day_before_and_when_it_has_ended() {
    run(async || {
        let scenario = stored(365 - 31);
        scenario.settle().await;
        assert_eq!(scenario.notifier.summaries(), Vec::<String>::new());
        for (days, said) in
            [(1, left(CI_TOKEN, "30d")), (23, left(CI_TOKEN, "7d")), (6, left(CI_TOKEN, "1d")), (1, expired(CI_TOKEN))]
        {
            // With the minute that passes, to the second; the loop's timer is a millisecond late.
            scenario.clock.jump(days * DAY - 62);
            scenario.pass(63).await;
            assert_eq!(scenario.notifier.summaries().pop(), Some(said));
        }
        assert_eq!(scenario.notifier.summaries().len(), 4, "each once");
    });
}

/// The real program.
#[cfg(not(target_os = "macos"))]
pub(crate) mod program {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use serde_json::Value;

    use wick::domain::credential::NotOne;
    use wick::domain::paste::Unclear;
    use wick::domain::settings::ProfileName;
    use wick::words::ci_token::{longer_than_others, not_one};
    use wick::words::sentence::capital;

    use super::*;
    use crate::github_token::Keyring;
    use crate::support::desktop::Bus;
    use crate::support::github::GithubServer;
    use crate::support::home::{Home, everything_in, with_input};
    use crate::support::synced::{command, config, sync, value};
    use crate::targets::Terminal;

    pub(crate) const MAPPING: &str = "[secrets]\nCLAUDE_CODE_OAUTH_TOKEN = \"ciToken\"\nCLAUDE_ACCESS_TOKEN = \"accessToken\"\n\n[[targets]]\nrepo = \"acme/api\"\n";

    pub(crate) fn home() -> (Home, GithubServer) {
        let github = GithubServer::start();
        github.add_repository("acme/api");
        let home = Home::signed_in(3600);
        home.write_config(&config(&github, MAPPING));
        (home, github)
    }

    pub(crate) fn set(home: &Home, token: &str) -> (Option<i32>, String) {
        let output = with_input(home.wick(&["ci-token", "set"]), token);
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(!said.contains("tok-sentinel"), "{said}");
        (output.status.code(), said)
    }

    pub(crate) fn status(home: &Home) -> (Value, Option<i32>) {
        let output = home.run(&["ci-token", "status", "--json"]);
        (serde_json::from_slice(&output.stdout).unwrap(), output.status.code())
    }

    /// Killed between what it does to the token and what it notes of it, in either order.
    #[cfg(feature = "fault-points")]
    #[test]
    fn killed_while_one_is_stored_or_removed_it_says_neither_that_none_is_there_nor_when_one_expires() {
        use crate::support::{has_stopped, wait_for};

        for point in ["ci-token-marked", "ci-token-changed"] {
            for (had_one, arguments) in
                [(false, ["ci-token", "set"]), (true, ["ci-token", "set"]), (true, ["ci-token", "clear"])]
            {
                let (home, github) = home();
                if had_one {
                    set(&home, &TOKEN.replace("year", "last"));
                }
                let mut command = home.wick(&arguments);
                let text = fs::File::open({
                    fs::write(home.path().join("pasted"), TOKEN).unwrap();
                    home.path().join("pasted")
                });
                command.env("WICK_FAULT_POINT", point).stdin(text.unwrap());
                let mut running = command.spawn().unwrap();
                wait_for(point, || has_stopped(&running).then_some(()));
                running.kill().unwrap();
                running.wait().unwrap();

                let at = format!("{arguments:?} at {point}, {had_one}");
                let (known, code) = status(&home);
                assert_eq!((known["error"]["code"].as_str(), code), (Some("ci_token_unsettled"), Some(1)), "{at}");
                assert_eq!((&known["stored_at"], &known["expires_at"]), (&Value::Null, &Value::Null), "{at}");
                let said = |arguments: &[&str]| {
                    let output = home.run(arguments);
                    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
                };
                let none = wick::words::ci_token::none().message;
                for arguments in [
                    &["status"][..],
                    &["status", "--json"],
                    &["doctor"],
                    &["ci-token", "check"],
                    &["ci-token", "status"],
                    &["exec", "--only", "T", "--env", "T=ciTokenExpiresAt", "--", "true"],
                ] {
                    let said = said(arguments);
                    assert!(!said.to_lowercase().contains(&none), "{at}: {arguments:?} {said}");
                    assert!(!said.contains("365d") && !said.contains("\"ci_token\":{"), "{at}: {arguments:?} {said}");
                }
                let synced = sync(&home, &[]).report.to_string();
                assert!(!synced.contains(&none), "{at}: {synced}");
                assert_eq!(github.secrets("acme/api"), ["CLAUDE_ACCESS_TOKEN"], "{at}: nothing is sent of it");
                // Either of both settles it.
                let again = |arguments: &[&str]| assert!(home.run(arguments).status.success(), "{at}");
                if arguments[1] == "set" {
                    assert_eq!(set(&home, TOKEN).0, Some(0), "{at}");
                    assert_eq!(status(&home).1, Some(0), "{at}");
                }
                again(&["ci-token", "clear"]);
                assert!(said(&["ci-token", "status"]).to_lowercase().contains(&none), "{at}");
                assert!(!everything_in(&home.state()).contains("tok-sentinel"), "{at}");
            }
        }
    }

    #[cfg(feature = "fault-points")]
    #[test]
    fn whoever_stores_or_removes_one_waits_for_whoever_does_so_already() {
        use crate::support::{has_stopped, wait_for};

        for (first, second) in [("set", "clear"), ("clear", "set")] {
            let (home, _github) = home();
            set(&home, &TOKEN.replace("year", "last"));
            fs::write(home.path().join("pasted"), TOKEN).unwrap();
            let start = |what: &str, point: &str| {
                let mut command = home.wick(&["ci-token", what]);
                command.env("WICK_FAULT_POINT", point).stdin(fs::File::open(home.path().join("pasted")).unwrap());
                command.spawn().unwrap()
            };
            let mut stopped = start(first, "ci-token-changed");
            wait_for(first, || has_stopped(&stopped).then_some(()));
            let mut other = start(second, "");
            let waiting = format!("WRITE {} ", other.id());
            let waits = || {
                fs::read_to_string("/proc/locks")
                    .unwrap()
                    .lines()
                    .any(|line| line.contains("->") && line.contains(&waiting))
            };
            wait_for(second, || (waits() || other.try_wait().unwrap().is_some()).then_some(()));
            rustix::process::kill_process(rustix::process::Pid::from_child(&stopped), rustix::process::Signal::CONT)
                .unwrap();
            assert!(stopped.wait().unwrap().success() && other.wait().unwrap().success(), "{first}, {second}");
            let kept = fs::read_to_string(home.state().join("ci-token-default")).unwrap_or_default();
            let (expected, code) = if second == "set" { (TOKEN, 0) } else { ("", 3) };
            assert_eq!((kept.as_str(), status(&home).1), (expected, Some(code)), "{first}, {second}");
        }
    }

    #[test]
    fn from_its_end_on_the_seconds_left_are_negative() {
        let (home, _github) = home();
        set(&home, TOKEN);
        let file = home.state().join("state.json");
        let mut state: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        let a_year_ago = Timestamp::now() - SignedDuration::from_hours(365 * 24);
        state["sync"]["ci_tokens"]["default"]["stored_at"] = a_year_ago.to_string().into();
        fs::write(&file, state.to_string()).unwrap();
        let (found, _) = status(&home);
        assert!(found["seconds_left"].as_i64().is_some_and(|left| left < 0), "as `wick status` counts them: {found}");
    }

    #[test]
    fn with_its_date_lost_it_is_not_said_that_none_is_stored() {
        let (home, _github) = home();
        set(&home, TOKEN);
        fs::write(home.state().join("state.json"), "{").unwrap();
        for _ in 0..2 {
            let (known, code) = status(&home);
            assert_eq!((known["error"]["code"].as_str(), code), (Some("ci_token_unsettled"), Some(1)), "{known}");
        }
        assert!(home.run(&["ci-token", "clear"]).status.success());
        assert_eq!(status(&home).1, Some(3));
    }

    #[test]
    fn without_a_keyring_it_is_a_file_of_the_users_own_and_is_synced() {
        let (home, github) = home();
        assert_eq!(status(&home).1, Some(3));
        let refused = sync(&home, &[]);
        assert_eq!(refused.secrets("acme/api")[0].1, "failed", "{}", refused.report);
        assert_eq!(refused.secrets("acme/api")[1].1, "created", "the other one is not held up");

        let (code, said) = set(&home, &format!("{TOKEN}\n"));
        let file = home.state().join("ci-token-default");
        assert_eq!(code, Some(0), "{said}");
        assert!(said.contains(&file.display().to_string()), "{said}");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        let (found, code) = status(&home);
        assert_eq!((found["profile"].as_str(), code, &found["error"]), (Some("default"), Some(0), &Value::Null));
        let (whole, _) = home.status();
        let seconds = whole["ci_token"]["seconds_left"].as_i64().unwrap();
        assert!((364 * DAY..=365 * DAY).contains(&seconds), "{whole}");
        let text = String::from_utf8(home.run(&["status"]).stdout).unwrap();
        assert!(text.contains(&left(CI_TOKEN, "365d")), "{text}");

        let synced = sync(&home, &[]);
        let words: Vec<String> = synced.secrets("acme/api").into_iter().map(|(_, word)| word).collect();
        assert_eq!((words, synced.code), (vec!["created".to_owned(), "unchanged".to_owned()], Some(0)));
        assert_eq!(value(&github, "acme/api", "CLAUDE_CODE_OAUTH_TOKEN"), TOKEN);

        // Another one is another value; its year begins anew.
        let other = TOKEN.replace("year", "next");
        set(&home, &other);
        assert_eq!(sync(&home, &[]).outcome("acme/api"), "synced");
        assert_eq!(value(&github, "acme/api", "CLAUDE_CODE_OAUTH_TOKEN"), other);

        assert!(home.run(&["ci-token", "clear"]).status.success());
        assert!(!file.exists());
        assert_eq!(status(&home).1, Some(3));
        assert!(!everything_in(&home.state()).contains("tok-sentinel"));
        assert_eq!(value(&github, "acme/api", "CLAUDE_CODE_OAUTH_TOKEN"), other, "what was synced stays there");

        // One that someone has removed by hand is forgotten, and not warned of for a year.
        set(&home, &other);
        fs::remove_file(&file).unwrap();
        let output = home.run(&["ci-token", "clear"]);
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && said.trim() == wick::words::ci_token::forgotten(false, true), "{said}");
        assert_eq!(status(&home).1, Some(3));
    }

    #[test]
    fn that_of_a_profile_which_is_gone_can_be_forgotten() {
        let (home, _github) = home();
        let plain = fs::read_to_string(home.config()).unwrap();
        home.write_config(&format!("{plain}\n[[profiles]]\nname = \"work\"\nconfig_dir = \"~/work\"\n"));
        let output = with_input(command(&home, &["ci-token", "set", "--profile", "work"]), TOKEN);
        assert!(output.status.success());
        for config in [plain.as_str(), "broken"] {
            home.write_config(config);
            assert!(home.run(&["ci-token", "clear", "--profile", "work"]).status.success());
            assert!(!everything_in(&home.state()).contains("tok-sentinel"));
        }
        assert_eq!(home.run(&["ci-token", "clear", "--profile", "../work"]).status.code(), Some(2));
    }

    #[test]
    fn what_is_no_such_token_is_refused_by_name() {
        let (home, _github) = home();
        let too_long = format!("{TOKEN}{}", "x".repeat(200));
        for (text, why) in [
            ("", NotOne::Unclear(Unclear::Nothing)),
            ("sk-ant-ort01-EXAMPLE", NotOne::RefreshToken),
            ("sk-ant-api03-EXAMPLE", NotOne::ApiKey),
            ("gho_EXAMPLE", NotOne::Unclear(Unclear::Unlike)),
            (&too_long, NotOne::Unclear(Unclear::TooLong { characters: 308, of: 108 })),
            (&format!("{TOKEN}{}", TOKEN.replace("year", "next")), NotOne::Unclear(Unclear::Several(2))),
        ] {
            let (code, said) = set(&home, text);
            let named = said.contains(&capital(&not_one(why).message));
            assert!(code == Some(1) && named && !said.contains("EXAMPLE"), "{text}: {said}");
        }
        assert_eq!(status(&home).1, Some(3));
    }

    /// A later form may be longer, and nobody knows how long.
    #[test]
    fn one_that_is_longer_than_others_is_taken_and_its_length_is_said() {
        let (home, _github) = home();
        assert!(!set(&home, TOKEN).1.contains("108"));
        let longer = format!("{TOKEN}{}", "x".repeat(16));
        let (code, said) = set(&home, &longer);
        assert!(code == Some(0) && said.contains(&longer_than_others(124, 108)), "{said}");
    }

    #[test]
    fn where_no_keyring_answers_it_is_said_that_a_file_has_it() {
        let (home, _github) = home();
        let (_, said) = set(&home, TOKEN);
        let file = home.state().join("ci-token-default").display().to_string();
        let line = said.lines().find(|line| line.contains(&file)).unwrap_or_else(|| panic!("{said}"));
        assert!(line.contains("no keyring"), "{said}");
    }

    #[test]
    fn each_command_of_the_hint_is_whole_at_80_columns() {
        let (home, github) = home();
        home.write_config(&config(&github, "[[targets]]\nrepo = \"acme/api\"\n"));
        let mut terminal = Terminal::of_kind(command(&home, &["ci-token", "set"]), "xterm", 80);
        terminal.wait_for(wick::words::ci_token::PASTE);
        terminal.type_in(&format!("{TOKEN}\r"));
        let (_, drawn) = terminal.end();
        let begins = drawn.find("hint: ").unwrap_or_else(|| panic!("{drawn}"));
        let lines: Vec<&str> = drawn[begins..].lines().map(str::trim_end).collect();
        assert!(lines.iter().all(|line| line.len() <= 80), "{drawn}");
        let hint = wick::words::ci_token::hint(false, &ProfileName::default()).unwrap();
        for command in hint.split('"').skip(1).step_by(2) {
            assert!(lines.iter().any(|line| line.contains(command)), "{command}: {drawn}");
        }
        assert!(lines[1..].iter().all(|line| line.is_empty() || line.starts_with("      ")), "{drawn}");
    }

    #[test]
    fn each_profile_has_its_own_in_a_real_keyring() {
        let test = "each_profile_has_its_own_in_a_real_keyring";
        let Some(bus) = Bus::start(test) else { return };
        let (home, _github) = home();
        let Some(_keyring) = Keyring::start(test, &bus, &home) else { return };
        home.write_config("[secrets]\nT = \"ciToken\"\n\n[[profiles]]\nname = \"work\"\nconfig_dir = \"~/work\"\n");
        let with_bus = |arguments: &[&str]| {
            let mut command = command(&home, arguments);
            command.env("DBUS_SESSION_BUS_ADDRESS", &bus.address);
            command
        };
        for (profile, token) in [("default", TOKEN.to_owned()), ("work", TOKEN.replace("year", "work"))] {
            let output = with_input(with_bus(&["ci-token", "set", "--profile", profile]), &token);
            let said = String::from_utf8(output.stdout).unwrap();
            assert!(output.status.success() && !said.contains(&home.state().display().to_string()), "{said}");
        }
        let given = |profile: &str| {
            let output = with_bus(&["exec", "--profile", profile, "--", "/bin/sh", "-c", "echo $T"]).output().unwrap();
            String::from_utf8(output.stdout).unwrap().trim().to_owned()
        };
        assert_eq!((given("default"), given("work")), (TOKEN.to_owned(), TOKEN.replace("year", "work")));
        assert!(!everything_in(&home.state()).contains("tok-sentinel"), "no file has it");
        assert!(with_bus(&["ci-token", "clear", "--profile", "work"]).status().unwrap().success());
        assert_eq!((given("default").as_str(), given("work").as_str()), (TOKEN, ""));
    }
}
