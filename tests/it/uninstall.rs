//! `wick uninstall`: takes away what Wick keeps here, and nothing else.

use std::fs::{self, File};

use serde_json::Value;
use wick::words::uninstall as words;

use crate::ci_token::TOKEN;
use crate::github_token::Keyring;
use crate::own_files::names;
use crate::support::desktop::{App, Bus};
use crate::support::github::{self, GithubServer};
use crate::support::home::{Home, everything_in, with_input};
use crate::support::synced::{command, config, credential, sync};
use crate::support::wait_for;
use crate::targets::Terminal;

const TARGETS: &str = "[secrets]\nCLAUDE_CODE_OAUTH_TOKEN = \"ciToken\"\n\n[[targets]]\nrepo = \"acme/api\"\n";

/// A home in which Wick keeps all that it can without a keyring, and has synced.
fn lived_in() -> (Home, GithubServer) {
    let github = GithubServer::start();
    github.add_repository("acme/api");
    let home = Home::with_folder();
    home.write(&credential().json());
    home.write_config(&config(&github, TARGETS));
    assert!(with_input(home.wick(&["ci-token", "set"]), TOKEN).status.success());
    assert!(home.run(&["autostart", "on"]).status.success());
    assert_eq!(sync(&home, &[]).code, Some(0));
    fs::write(home.state().join("notes.txt"), "mine").unwrap();
    (home, github)
}

fn json(home: &Home, arguments: &[&str]) -> (Value, Option<i32>) {
    let output = home.run(&[&["uninstall", "--json"], arguments].concat());
    (serde_json::from_slice(&output.stdout).unwrap(), output.status.code())
}

fn outcomes(report: &Value) -> Vec<(&str, &str)> {
    let items = report["items"].as_array().unwrap().iter();
    items.map(|item| (item["kind"].as_str().unwrap(), item["outcome"].as_str().unwrap())).collect()
}

#[test]
fn all_that_is_wicks_goes_and_all_else_stays() {
    let (home, github) = lived_in();
    let before = everything_in(home.path());
    let (plan, code) = json(&home, &["--dry-run"]);
    assert_eq!((code, &plan["error"]), (Some(0), &Value::Null), "{plan}");
    let planned = [("opening_at_login", "planned"), ("ci_token", "planned"), ("state", "planned")];
    assert_eq!(outcomes(&plan), planned, "{plan}");
    let (refused, code) = json(&home, &[]);
    assert_eq!((code, refused["error"]["code"].as_str()), (Some(2), Some("not_confirmed")), "nobody can be asked");
    assert_eq!(home.run(&["uninstall"]).status.code(), Some(2));
    assert_eq!(everything_in(home.path()), before, "nothing has changed");

    let (report, code) = json(&home, &["--yes"]);
    assert_eq!((code, &report["error"]), (Some(0), &Value::Null), "{report}");
    assert!(outcomes(&report).iter().all(|(_, outcome)| *outcome == "removed"), "{report}");
    let stays = [home.config(), home.state().join("notes.txt")].map(|path| path.display().to_string());
    assert_eq!(report["stays"], serde_json::json!(stays));
    let secrets = serde_json::json!([{"target": "acme/api", "names": ["CLAUDE_CODE_OAUTH_TOKEN"],
        "command": "wick targets remove 'acme/api' --delete-secrets"}]);
    assert_eq!(report["secrets"], secrets);
    let left: Vec<_> = fs::read_dir(home.state()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["notes.txt"]);
    assert!(!home.path().join(".config/autostart/wick.desktop").exists());
    assert!(!everything_in(&home.path().join(".local")).contains(TOKEN));
    assert!(before.contains(&fs::read_to_string(home.credentials()).unwrap()), "the sign-in stays");
    assert_eq!(github.secrets("acme/api"), ["CLAUDE_CODE_OAUTH_TOKEN"]);

    // Nothing but the user's own is left: then there is nothing to ask for either, and nothing that comes back.
    fs::remove_file(home.state().join("notes.txt")).unwrap();
    fs::remove_dir(home.state()).unwrap();
    let output = home.run(&["uninstall"]);
    assert!(output.status.success() && String::from_utf8(output.stdout).unwrap().contains(words::NOTHING));
    assert!(!home.state().exists());
}

#[test]
fn the_command_beside_what_stays_deletes_just_that() {
    let (home, _github) = lived_in();
    let folder = home.state().join("ada's notes");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("one.txt"), "mine").unwrap();
    let said = String::from_utf8(home.run(&["uninstall", "--dry-run"]).stdout).unwrap();
    for (path, begins) in [(home.config(), "rm /"), (folder, "rm -r '/")] {
        let line = said.lines().find(|line| line.contains(path.to_str().unwrap())).unwrap_or_else(|| panic!("{said}"));
        let (_, command) = line.split_once("to delete it: \"").unwrap();
        let command = command.trim_end_matches('"');
        assert!(command.starts_with(begins), "{line}");
        assert!(std::process::Command::new("sh").args(["-c", command]).status().unwrap().success(), "{line}");
        assert!(!path.exists() && home.state().join("notes.txt").exists(), "{line}");
    }
}

#[test]
fn the_command_that_it_names_deletes_the_secrets_before() {
    let (home, github) = lived_in();
    let (plan, _) = json(&home, &["--dry-run"]);
    let named = plan["secrets"][0]["command"].as_str().unwrap().replace('\'', "");
    let words: Vec<&str> = named.split(' ').skip(1).collect();
    assert!(command(&home, &words).status().unwrap().success(), "{named}");
    assert!(github.secrets("acme/api").is_empty());
    assert_eq!(json(&home, &["--dry-run"]).0["secrets"], serde_json::json!([]));
}

#[test]
fn whoever_is_at_work_is_not_cut_off() {
    let (home, _github) = lived_in();
    let refused = |code: &str| {
        let before = everything_in(home.path());
        for arguments in [&["--yes"][..], &["--dry-run"]] {
            let (report, exit) = json(&home, arguments);
            assert_eq!((report["error"]["code"].as_str(), exit), (Some(code), Some(1)), "{report}");
        }
        assert_eq!(everything_in(home.path()), before, "{code}");
    };
    let app = App::start(&home, None);
    wait_for("the app", || home.state().join("app.socket").exists().then_some(()));
    wait_for("its number", || {
        (fs::read_to_string(home.state().join("app.lock")).ok()? == app.pid().to_string()).then_some(())
    });
    let (report, exit) = json(&home, &["--yes"]);
    assert_eq!((report["error"]["code"].as_str(), exit), (Some("app_running"), Some(1)), "{report}");
    assert!(report["error"]["message"].as_str().unwrap().contains(&app.pid().to_string()), "{report}");
    assert!(home.state().join("ci-token-default").exists());
    app.terminate();
    app.wait();

    let sync = File::open(home.state().join("sync.lock")).unwrap();
    sync.lock().unwrap();
    refused("busy");
    drop(sync);

    // What only the journal may have is what a sign-in hangs on.
    let name = names(&home).into_iter().find(|name| name.starts_with("journal-")).unwrap();
    let journal = home.state().join(name);
    fs::write(&journal, "{}").unwrap();
    refused("unfinished_refresh");
    fs::remove_file(journal).unwrap();
    assert_eq!(json(&home, &["--yes"]).1, Some(0));
}

#[test]
fn at_a_terminal_it_asks_and_no_is_the_first_answer() {
    let (home, _github) = lived_in();
    for (keys, code) in [("\r", 1), ("y", 0)] {
        let mut terminal = Terminal::run(&home, &["uninstall"]);
        terminal.wait_for(words::QUESTION);
        terminal.type_in(keys);
        let (ended, drawn) = terminal.end();
        assert_eq!((ended, home.state().join("state.json").exists()), (Some(code), code == 1), "{drawn}");
        assert!(drawn.contains("wick targets remove 'acme/api' --delete-secrets"), "{drawn}");
    }
}

#[test]
fn what_it_keeps_in_a_real_keyring_goes_too_and_until_it_can_the_state_stays() {
    let test = "what_it_keeps_in_a_real_keyring_goes_too_and_until_it_can_the_state_stays";
    let Some(bus) = Bus::start(test) else { return };
    let server = GithubServer::start();
    let home = Home::with_folder();
    let Some(_keyring) = Keyring::start(test, &bus, &home) else { return };
    home.write_config(&format!("{}\n[[profiles]]\nname = \"work\"\nconfig_dir = \"~/work\"\n", config(&server, "")));
    let wick = |arguments: &[&str]| {
        let mut command = home.wick(arguments);
        command.env("DBUS_SESSION_BUS_ADDRESS", &bus.address);
        command
    };
    assert!(with_input(wick(&["github", "login"]), &format!("{}\n", github::TOKEN)).status.success());
    for profile in ["default", "work"] {
        assert!(with_input(wick(&["ci-token", "set", "--profile", profile]), TOKEN).status.success());
    }
    let uninstall = || {
        let output = wick(&["uninstall", "--yes", "--json"]).output().unwrap();
        (serde_json::from_slice::<Value>(&output.stdout).unwrap(), output.status.code())
    };
    // What stands in its place is no file that could be removed.
    let odd = home.state().join("ci-token-work");
    fs::create_dir(&odd).unwrap();
    let (report, code) = uninstall();
    let found = [("ci_token", "removed"), ("ci_token", "failed"), ("github_token", "removed"), ("state", "kept")];
    assert_eq!((outcomes(&report), code), (found.to_vec(), Some(1)), "{report}");
    assert_eq!(report["items"][1]["error"]["code"], "not_removed");
    fs::remove_dir(&odd).unwrap();
    let (report, code) = uninstall();
    assert_eq!((outcomes(&report), code), (vec![("ci_token", "removed"), ("state", "removed")], Some(0)), "{report}");
    assert!(!home.state().exists());
    for profile in ["default", "work"] {
        let mut given = wick(&["exec", "--profile", profile, "--only", "T", "--env", "T=ciToken"]);
        assert_eq!(given.args(["--", "true"]).status().unwrap().code(), Some(3), "{profile}");
    }
}
