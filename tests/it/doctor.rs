//! `wick doctor`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use wick::domain::credential::Overruling;
use wick::words::credential;

use crate::commands::stdout;
use crate::support::credential::CredentialText;
use crate::support::home::{Home, in_seconds};
use crate::support::synced::{command, credential, home_and_github, sync};

#[test]
fn the_doctor_names_every_part_and_fails_when_one_does() {
    let home = Home::signed_in(3600);
    let run = || {
        let output = home.run(&["doctor", "--json"]);
        let report: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
        let verdict = |id: &str| {
            let checks = report["checks"].as_array().unwrap();
            let check = checks.iter().find(|check| check["id"] == id).unwrap_or_else(|| panic!("no check {id}"));
            assert!(check["detail"].is_string(), "{check}");
            check["verdict"].as_str().unwrap().to_owned()
        };
        let ids = [
            "config",
            "source",
            "file_mode",
            "readable",
            "access_token",
            "login",
            "clock",
            "refresh",
            "state",
            "tray",
            "notifications",
            "claude",
        ];
        (
            output.status.code(),
            ids.map(|id| (id, verdict(id))).into_iter().collect::<std::collections::BTreeMap<_, _>>(),
        )
    };
    let (code, verdicts) = run();
    assert_eq!(code, Some(0), "{verdicts:?}");
    let check = |id: &str, verdict: &str, verdicts: &std::collections::BTreeMap<&str, String>| {
        assert_eq!(verdicts[id], verdict, "{id}")
    };
    check("readable", "pass", &verdicts);
    check("access_token", "pass", &verdicts);
    // A Mac always has its menu bar.
    check("tray", if cfg!(target_os = "macos") { "pass" } else { "warn" }, &verdicts);
    check("notifications", "warn", &verdicts);

    fs::set_permissions(home.credentials(), fs::Permissions::from_mode(0o644)).unwrap();
    check("file_mode", "warn", &run().1);
    home.write(&CredentialText::ending(in_seconds(3600)).without_scopes().json());
    check("readable", "warn", &run().1);
    home.write(&CredentialText::ending(in_seconds(-3600)).json());
    check("access_token", "warn", &run().1);
    let ahead = std::time::SystemTime::now() + std::time::Duration::from_secs(86_400);
    fs::File::options().write(true).open(home.credentials()).unwrap().set_modified(ahead).unwrap();
    let (code, verdicts) = run();
    check("clock", "fail", &verdicts);
    assert_eq!(code, Some(1));
    fs::remove_file(home.credentials()).unwrap();
    let (code, verdicts) = run();
    check("readable", "fail", &verdicts);
    check("login", "skip", &verdicts);
    assert_eq!(code, Some(1));
}

/// What is merely not used is for programs alone, and nobody has to read what a bus says of itself.
#[test]
fn the_doctor_ends_with_its_verdict_and_what_to_do_first() {
    let home = Home::signed_in(3600);
    let run = || {
        let text = stdout(&home.run(&["doctor"]));
        for foreign in ["skip", "org.freedesktop", "os error", "I/O error"] {
            assert!(!text.contains(foreign), "{foreign}: {text}");
        }
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let [.., gap, verdict, first] = lines.as_slice() else { panic!("{text}") };
        assert!(gap.is_empty(), "{text}");
        (verdict.clone(), first.clone())
    };
    let (verdict, first) = run();
    assert!(verdict.starts_with("Nothing failed, ") && first.contains("first"), "{verdict} {first}");
    home.write_config("[tray]\ntitel = 1\n");
    fs::set_permissions(home.credentials(), fs::Permissions::from_mode(0o644)).unwrap();
    let (verdict, first) = run();
    assert!(verdict.starts_with("1 failed, "), "{verdict}");
    assert!(first.contains("(config)") && first.contains("wick config check"), "what failed comes first: {first}");
}

#[test]
fn the_doctor_names_what_overrules_the_sign_in_and_never_says_its_value() {
    let home = Home::signed_in(3600);
    let check = |variable: &str| {
        let output = home.wick(&["doctor", "--json"]).env(variable, "EXAMPLE-VALUE").output().unwrap();
        let printed = stdout(&output);
        assert!(!printed.contains("EXAMPLE-VALUE"), "{printed}");
        let report: serde_json::Value = serde_json::from_str(&printed).unwrap();
        report["checks"].as_array().unwrap().iter().find(|check| check["id"] == "overruled").unwrap().clone()
    };
    assert_eq!(check("OTHER")["verdict"], "pass");
    let found = check("ANTHROPIC_API_KEY");
    assert_eq!(found["verdict"], "warn");
    assert!(found["detail"].as_str().unwrap().contains("ANTHROPIC_API_KEY"), "{found}");
    let settings = home.path().join(".claude/settings.json");
    fs::write(&settings, r#"{"apiKeyHelper": "/bin/echo EXAMPLE-VALUE"}"#).unwrap();
    let found = check("OTHER");
    let detail = found["detail"].as_str().unwrap();
    assert!(detail.contains("apiKeyHelper") && detail.contains(settings.to_str().unwrap()), "{found}");
}

/// A sign-in of Anthropic's `ant` in this folder, as it stores one.
pub(crate) fn sign_in_to_ant(folder: &Path, profile: &str) {
    let write = |kind: &str, content: &str| {
        fs::create_dir_all(folder.join(kind)).unwrap();
        let file = folder.join(kind).join(format!("{profile}.json"));
        fs::write(&file, content).unwrap();
        fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
    };
    write("configs", r#"{"version": "1.0", "authentication": {"type": "user_oauth"}}"#);
    write("credentials", r#"{"version": "1.0", "type": "oauth_token", "access_token": "sk-ant-oat01-EXAMPLE-ant"}"#);
}

/// Where `ant` has signed in, with which variables and settings of Claude Code's; and what Claude Code 2.1.332 uses beside a
/// sign-in: `Some(true)` that of `ant` at once, `Some(false)` when its own has ended.
pub(crate) type OfAnt<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)], Option<bool>);
pub(crate) const OF_ANT: [OfAnt<'_>; 9] = [
    (&[], &[], None),
    (&[".config/anthropic/default"], &[], Some(false)),
    (&[".config/anthropic/work"], &[], None),
    (&[".config/anthropic/work"], &[("active_config", " work\n")], Some(false)),
    (&[".config/anthropic/default"], &[("active_config", "work")], None),
    (&[".config/anthropic/work"], &[("ANTHROPIC_PROFILE", "work")], Some(true)),
    (&[".config/anthropic/work"], &[("settings.json", r#"{"env": {"ANTHROPIC_PROFILE": "work"}}"#)], Some(true)),
    (&[".config/anthropic/default"], &[("ANTHROPIC_PROFILE", "work")], None),
    (&["elsewhere/default"], &[("ANTHROPIC_CONFIG_DIR", "elsewhere")], Some(false)),
];

/// Makes it so in this home, for this command.
pub(crate) fn prepare_ant(home: &Home, (signed_in, set, _): &OfAnt<'_>, command: &mut Command) {
    for path in *signed_in {
        let path = home.path().join(path);
        sign_in_to_ant(path.parent().unwrap(), path.file_name().unwrap().to_str().unwrap());
    }
    for (name, value) in *set {
        match *name {
            "active_config" => fs::write(home.path().join(".config/anthropic").join(name), value).unwrap(),
            "settings.json" => fs::write(home.path().join(".claude").join(name), value).unwrap(),
            "ANTHROPIC_CONFIG_DIR" => drop(command.env(name, home.path().join(value))),
            _ => drop(command.env(name, value)),
        }
    }
}

// See: https://github.com/anthropics/claude-code/issues/60901
#[test]
fn a_sign_in_of_ant_that_is_chosen_overrules_and_any_other_waits_for_the_end() {
    for case in OF_ANT {
        let home = Home::signed_in(3600);
        let mut command = home.wick(&["doctor", "--json"]);
        prepare_ant(&home, &case, &mut command);
        let report: serde_json::Value = serde_json::from_str(&stdout(&command.output().unwrap())).unwrap();
        let found = report["checks"].as_array().unwrap().iter().find(|check| check["id"] == "overruled").unwrap();
        let expected = case.2.map(|is_chosen| credential::overruled(&[Overruling::by_ant(is_chosen)]).0);
        match expected {
            Some(said) => assert_eq!(
                (found["verdict"].as_str(), found["detail"].as_str()),
                (Some("warn"), Some(said.as_str())),
                "{case:?}"
            ),
            None => assert_eq!(found["verdict"], "pass", "{case:?}"),
        }
    }
}

/// `mode = "never"` stands there, and no defaults are judged in its place.
#[test]
fn the_doctor_judges_no_settings_that_it_does_not_understand() {
    let home = Home::signed_in(3600);
    home.write_config("[refresh]\nmode = \"never\"\n[tray]\ntitel = 1\n");
    let output = home.run(&["doctor", "--json"]);
    let report: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    let check = |id: &str| report["checks"].as_array().unwrap().iter().find(|check| check["id"] == id).unwrap();
    assert_eq!((output.status.code(), &report["error"]), (Some(1), &serde_json::Value::Null));
    assert_eq!(check("config")["verdict"], "fail");
    for id in ["keychain", "refresh", "github", "targets", "refresh_token", "ci_token"] {
        assert_eq!(check(id)["verdict"], "skip", "{id}");
        assert_eq!(check(id)["detail"], "not judged: the config is not understood", "{id}");
    }
    assert_eq!(check("readable")["verdict"], "pass", "what needs no settings is judged all the same");
}

#[test]
fn what_to_do_about_several_targets_stands_in_a_line_each_with_its_target() {
    let (home, github) = home_and_github(&["acme/api", "acme/one", "acme/web"]);
    github.remove_repository("acme/web");
    let synced = sync(&home, &[]);
    home.write(&credential().json().replace("sentinel-access", "sentinel-newer"));
    let report = stdout(&command(&home, &["doctor"]).output().unwrap());
    let at = report.lines().position(|line| line.contains(" targets ")).unwrap_or_else(|| panic!("{report}"));
    let acts: Vec<&str> = report.lines().skip(at + 1).map_while(|line| line.trim_start().strip_prefix("-> ")).collect();
    let cure = synced.report["targets"][2]["error"]["action"].as_str().unwrap().to_owned();
    assert_eq!(acts, [format!("for acme/web: {cure}"), "for acme/api, acme/one: run \"wick sync\"".to_owned()]);
    assert!(report.contains(&format!("(targets): for acme/web: {cure}\n")), "{report}");
}
