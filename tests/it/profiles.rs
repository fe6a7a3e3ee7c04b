//! Several profiles: each with clocks, targets, switches and a memory of its own, and nothing of one in another.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use serde_json::Value;

use crate::support::credential::CredentialText;
use crate::support::github::GithubServer;
use crate::support::home::{Home, in_seconds};
use crate::support::synced;
use crate::support::synced::{Synced, command, value};
use crate::support::token_server::{Behavior, TokenServer};
use crate::support::wait_for;

const NAMES: [&str; 3] = ["default", "work", "club"];

/// Where the credential of a profile is.
fn place(home: &Home, name: &str) -> PathBuf {
    let folder = if name == "default" { ".claude".to_owned() } else { format!("{name}/.claude") };
    home.path().join(folder).join(".credentials.json")
}

fn write(home: &Home, name: &str, seconds: i64) {
    let text = CredentialText::ending(in_seconds(seconds)).login_ending(in_seconds(20 * 86_400)).json();
    let text = text.replace("tok-sentinel-refresh", &format!("tok-sentinel-refresh-{name}"));
    let text = text.replace("tok-sentinel-access", &format!("tok-sentinel-access-{name}"));
    let text = text.replace("1a2b3c4d-aaaa", &format!("account-of-{name}"));
    let path = place(home, name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let temporary = path.with_extension("new");
    fs::write(&temporary, text).unwrap();
    fs::set_permissions(&temporary, fs::Permissions::from_mode(0o600)).unwrap();
    fs::rename(temporary, path).unwrap();
}

fn stored(home: &Home, name: &str) -> Value {
    let text = fs::read_to_string(place(home, name)).unwrap();
    serde_json::from_str::<Value>(&text).unwrap()["claudeAiOauth"].clone()
}

/// Three profiles whose access tokens end in so many seconds, a target for each, and what they speak with.
fn three(seconds: i64, more: &str) -> (Home, GithubServer, TokenServer) {
    let github = GithubServer::start();
    let home = Home::new();
    let server = TokenServer::start("tok-sentinel-refresh-default");
    // The real one names the account of each; this one has one account for all, and so says nothing of it.
    server.behave(Behavior::GrantWith(|members| {
        members.remove("account");
        members.remove("organization");
    }));
    server.replace("tok-sentinel-refresh-work");
    server.replace("tok-sentinel-refresh-club");
    let mut config = synced::config(&github, &format!("[refresh]\ntoken_url = \"{}\"\n{more}", server.url()));
    for name in NAMES {
        write(&home, name, seconds);
        github.add_repository(&format!("acme/{name}"));
        config.push_str(&format!("\n[[targets]]\nrepo = \"acme/{name}\"\nprofile = \"{name}\"\n"));
    }
    for name in &NAMES[1..] {
        config.push_str(&format!("\n[[profiles]]\nname = \"{name}\"\nconfig_dir = \"~/{name}/.claude\"\n"));
    }
    home.write_config(&config);
    (home, github, server)
}

fn json(home: &Home, arguments: &[&str]) -> (Value, i32) {
    let output = command(home, arguments).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    (serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}")), output.status.code().unwrap())
}

/// What each target holds is its own profile's, as it is stored now.
fn assert_not_mixed(home: &Home, github: &GithubServer) {
    for name in NAMES {
        let (repository, stored) = (format!("acme/{name}"), stored(home, name));
        assert_eq!(value(github, &repository, "CLAUDE_ACCESS_TOKEN"), stored["accessToken"], "{name}");
        assert_eq!(value(github, &repository, "CLAUDE_REFRESH_TOKEN"), stored["refreshToken"], "{name}");
        assert_eq!(value(github, &repository, "CLAUDE_EXPIRES_AT"), stored["expiresAt"].to_string(), "{name}");
        assert_eq!(stored["accountUuid"], format!("account-of-{name}"), "{name}");
    }
}

#[test]
fn each_command_is_about_one_profile() {
    let (home, github, _server) = three(7 * 3600, "");
    for name in NAMES {
        let (status, code) = json(&home, &["status", "--json", "--profile", name]);
        assert_eq!((&status["profile"], code), (&name.into(), 0));
        assert_eq!(status["source"]["location"], place(&home, name).display().to_string());
        let targets: Vec<&Value> =
            status["targets"].as_array().unwrap().iter().map(|target| &target["target"]).collect();
        assert_eq!(targets, [&Value::from(format!("acme/{name}"))]);
    }
    let synced = Synced::of(&home, &command(&home, &["--profile", "work", "sync", "--json"]).output().unwrap());
    assert_eq!((synced.outcome("acme/work"), synced.outcomes().len(), synced.code), ("synced", 1, Some(0)));
    assert_eq!(value(&github, "acme/default", "CLAUDE_ACCESS_TOKEN"), "", "nobody asked for it");

    let (refused, code) = json(&home, &["sync", "acme/club", "--json"]);
    assert_eq!((&refused["error"]["code"], code), (&"other_profile".into(), 2));
    assert!(refused["error"]["action"].as_str().unwrap().contains("--profile club"), "{refused}");
    let plain = fs::read_to_string(home.config()).unwrap();
    home.write_config(&plain.replace("profile = \"default\"", "profile = \"work\""));
    let listed = String::from_utf8(command(&home, &["targets", "list"]).output().unwrap().stdout).unwrap();
    assert!(listed.contains("club, work"), "{listed}");
    home.write_config(&plain);
    let (status, code) = json(&home, &["status", "--json", "--profile", "nobody"]);
    assert_eq!((&status["error"]["code"], code), (&"unknown_profile".into(), 2));
    assert!(status["error"]["message"].as_str().unwrap().contains("default, work, club"), "{status}");
    let (near, _) = json(&home, &["sync", "--json", "--profile", "wrok"]);
    assert!(near["error"]["action"].as_str().unwrap().contains("did you mean work?"), "{near}");
    let (doctor, code) = json(&home, &["--profile", "nobody", "doctor", "--json"]);
    assert_eq!(
        (&doctor["error"]["code"], &doctor["checks"], code),
        (&"unknown_profile".into(), &serde_json::json!([]), 2)
    );
    home.write_config("[tray]\ntitel = 1\n");
    let (doctor, code) = json(&home, &["--profile", "work", "doctor", "--json"]);
    assert_eq!((&doctor["error"]["code"], code), (&"config_invalid".into(), 2), "whose the sign-in is stands there");
}

#[test]
fn a_command_that_is_about_no_single_profile_takes_none() {
    let home = Home::signed_in(3600);
    let of_none = ["autostart status", "config path", "recipe", "uninstall --dry-run", "version", "completions bash"];
    for name in of_none {
        let words: Vec<&str> = name.split(' ').collect();
        for arguments in [[&["--profile", "work"], &words[..]].concat(), [&words[..], &["--profile", "work"]].concat()]
        {
            let output = home.run(&arguments);
            let said = String::from_utf8(output.stderr).unwrap();
            assert!(output.status.code() == Some(2) && said.contains("--profile"), "{arguments:?}: {said}");
            assert!(output.stdout.is_empty(), "{arguments:?}");
        }
        let help = home.run(&[&words[..], &["--help"]].concat()).stdout;
        assert!(!String::from_utf8(help).unwrap().contains("--profile"), "{name}");
        assert_eq!(home.run(&words).status.code(), Some(0), "{name}");
    }
    for name in ["status", "sync", "exec", "ci-token status", "github status"] {
        let words: Vec<&str> = name.split(' ').chain(["--help"]).collect();
        assert!(String::from_utf8(home.run(&words).stdout).unwrap().contains("--profile <NAME>"), "{name}");
    }
}

#[test]
fn a_target_that_is_added_is_the_profiles() {
    let (home, github, _server) = three(3600, "");
    github.add_repository("acme/more");
    assert!(command(&home, &["targets", "add", "acme/more", "--profile", "work"]).status().unwrap().success());
    let text = fs::read_to_string(home.config()).unwrap();
    assert!(text.ends_with("[[targets]]\nrepo = \"acme/more\"\nprofile = \"work\"\n"), "{text}");
}

#[test]
fn three_at_once_refresh_and_sync_and_nothing_is_mixed() {
    let (home, github, server) = three(-60, "");
    let refreshing: Vec<_> = NAMES
        .iter()
        .map(|name| {
            command(&home, &["refresh", "--profile", name]).stdout(std::process::Stdio::null()).spawn().unwrap()
        })
        .collect();
    for mut running in refreshing {
        assert_eq!(running.wait().unwrap().code(), Some(0));
    }
    let sent: std::collections::BTreeSet<String> =
        server.posts().iter().map(|post| post.body["refresh_token"].as_str().unwrap().to_owned()).collect();
    assert_eq!(sent, NAMES.map(|name| format!("tok-sentinel-refresh-{name}")).into());
    let new: std::collections::BTreeSet<String> =
        NAMES.map(|name| stored(&home, name)["accessToken"].to_string()).into();
    assert_eq!((new.len(), server.reuses()), (3, 0), "each has a token of its own: {new:?}");

    // One at a time gets the lock; those that come too soon say so, and come again.
    github.latency(std::time::Duration::from_millis(30));
    std::thread::scope(|scope| {
        for name in NAMES {
            let home = &home;
            scope.spawn(move || {
                wait_for(name, || {
                    let output = command(home, &["sync", "--json", "--profile", name]).output().unwrap();
                    let synced = Synced::of(home, &output);
                    let is_done = synced.code == Some(0);
                    assert!(
                        is_done || synced.code == Some(1) && synced.report["error"]["code"] == "busy",
                        "{synced:?}"
                    );
                    is_done.then_some(())
                });
            });
        }
    });
    assert_not_mixed(&home, &github);
    assert_eq!(github.writes(), 9, "each secret once, whoever came first");
}

/// The real app, by itself.
#[cfg(not(target_os = "macos"))]
mod app {
    use super::*;
    use crate::support::desktop::{App, Bus, NotificationDaemon, Panel};

    #[test]
    fn one_app_keeps_three_apart() {
        let Some(bus) = Bus::start("one_app_keeps_three_apart") else { return };
        let (panel, notifications) = (Panel::start(&bus), NotificationDaemon::start(&bus, &["actions", "body"]));
        let (home, github, server) = three(7 * 3600 - 30, "automatic = true\n");
        let text = fs::read_to_string(home.config()).unwrap();
        home.write_config(&text.replacen("[sync]\n", "[sync]\nautomatic = true\n", 1));
        write(&home, "work", 2 * 3600 + 30);
        let app = App::run(command(&home, &[]), Some(&bus));
        let icon = panel.icon();
        icon.wait_for_title("work 2h");
        for heading in ["default: 6h 5", "work: 2h", "club: 6h 5"] {
            wait_for(heading, || icon.texts().iter().any(|text| text.starts_with(heading)).then_some(()));
        }
        assert_eq!(icon.texts().iter().filter(|text| *text == wick::words::menu::item::QUIT).count(), 1);
        wait_for("each target", || {
            let holds = |name: &str| !value(&github, &format!("acme/{name}"), "CLAUDE_EXPIRES_AT").is_empty();
            NAMES.into_iter().all(holds).then_some(())
        });
        assert_not_mixed(&home, &github);
        assert_eq!(server.posts().len(), 0, "none is near its end");

        // Two end, and are refreshed and synced at once; the third is not touched.
        let before = stored(&home, "default");
        for name in &NAMES[1..] {
            write(&home, name, 120);
        }
        wait_for("two new tokens", || {
            let is_new = |name: &&str| !stored(&home, name)["accessToken"].as_str().unwrap().contains(*name);
            NAMES[1..].iter().all(is_new).then_some(())
        });
        wait_for("both at their targets", || {
            let arrived = |name: &&str| {
                // The end is written last.
                let held = value(&github, &format!("acme/{name}"), "CLAUDE_EXPIRES_AT");
                stored(&home, name)["expiresAt"].as_i64() == held.parse().ok()
            };
            NAMES[1..].iter().all(arrived).then_some(())
        });
        assert_not_mixed(&home, &github);
        assert_eq!((stored(&home, "default"), server.posts().len(), server.reuses()), (before, 2, 0));

        // A click in one's menu is for that one, and its notification says whose it is.
        icon.click_below("club:", "Refresh now");
        notifications.wait_for("club: ");
        assert_eq!((server.posts().len(), server.reuses()), (3, 0));

        // A switch of one is its own.
        icon.click_below("work:", "Refresh automatically");
        wait_for("the switch in the config", || {
            fs::read_to_string(home.config()).unwrap().contains("refresh = { automatic = false }").then_some(())
        });
        app.terminate();
        assert_eq!(app.wait().0, Some(0));
    }

    #[test]
    fn two_names_for_one_sign_in_are_one() {
        let Some(bus) = Bus::start("two_names_for_one_sign_in_are_one") else { return };
        let panel = Panel::start(&bus);
        let home = Home::signed_in(3570);
        home.write_config("[[profiles]]\nname = \"work\"\nconfig_dir = \"~/.claude\"\n");
        let _app = App::run(command(&home, &[]), Some(&bus));
        let icon = panel.icon();
        icon.wait_for_title("59m");
        let log = fs::read_to_string(home.state().join("wick.log")).unwrap();
        assert!(log.contains("the profile work is left out"), "{log}");
        let said = |arguments: &[&str]| {
            let output = command(&home, arguments).output().unwrap();
            String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
        };
        for arguments in [&["config", "check"][..], &["doctor"]] {
            let said = said(arguments);
            assert!(
                said.to_lowercase().contains(
                    &wick::words::profiles::left_out(&[wick::domain::settings::ProfileName::new("work")]).message
                ),
                "{said}"
            );
        }
        // The default one moves away, and comes back.
        home.write_config(
            "[credential]\nconfig_dir = \"~/other\"\n[[profiles]]\nname = \"work\"\nconfig_dir = \"~/.claude\"\n",
        );
        wait_for("two", || icon.title().starts_with("work 5").then_some(()));
        assert!(said(&["doctor"]).contains("\nok    profiles "));
        home.write_config("[[profiles]]\nname = \"work\"\nconfig_dir = \"~/.claude\"\n");
        wait_for("one alone", || (!icon.texts().iter().any(|text| text.starts_with("work:"))).then_some(()));
    }

    #[test]
    fn profiles_come_and_go_with_the_config() {
        let Some(bus) = Bus::start("profiles_come_and_go_with_the_config") else { return };
        let panel = Panel::start(&bus);
        let home = Home::signed_in(3570);
        home.write_config("");
        write(&home, "work", 1770);
        let app = App::run(command(&home, &[]), Some(&bus));
        let icon = panel.icon();
        icon.wait_for_title("59m");
        assert!(!icon.texts().iter().any(|text| text.starts_with("default:")), "with one, nothing of it is to be seen");
        home.write_config("[[profiles]]\nname = \"work\"\nconfig_dir = \"~/work/.claude\"\n");
        icon.wait_for_title("work 29m");
        home.write_config("");
        icon.wait_for_title("59m");
        assert_eq!(panel.icons(), 1, "one icon, edited in place");
        app.terminate();
        assert_eq!(app.wait().0, Some(0));
    }
}
