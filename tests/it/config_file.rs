//! How the config file is written: beside others who write it, through links, and after a kill.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Stdio;

use crate::support::home::Home;
use crate::support::wait_for;

#[test]
fn of_commands_that_edit_the_config_at_once_no_edit_is_lost() {
    let home = Home::signed_in(3600);
    let names: Vec<String> = (0..8).map(|number| format!("acme/r{number}")).collect();
    let add = |name: &String| {
        let mut command = home.wick(&["targets", "add", name]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    let running: Vec<_> = names.iter().map(add).collect();
    for mut one in running {
        assert!(one.wait().unwrap().success());
    }
    let config = fs::read_to_string(home.config()).unwrap();
    names.iter().for_each(|name| assert!(config.contains(&format!("\"{name}\"")), "{name}: {config}"));
}

#[test]
fn where_a_link_leads_nowhere_yet_the_config_is_made_there() {
    let home = Home::signed_in(3600);
    let elsewhere = home.path().join("dotfiles/wick.toml");
    fs::create_dir_all(home.config().parent().unwrap()).unwrap();
    symlink(&elsewhere, home.config()).unwrap();
    assert!(home.run(&["config", "init"]).status.success());
    assert!(fs::read_to_string(&elsewhere).unwrap().contains("[refresh]"));
    assert!(home.config().is_symlink());
}

#[test]
fn what_a_killed_edit_has_left_beside_the_config_goes_with_the_next() {
    let home = Home::signed_in(3600);
    home.write_config("");
    let folder = home.config().parent().unwrap().to_owned();
    for name in [".wick-0a1b2c3d", ".wick-notes"] {
        fs::write(folder.join(name), "").unwrap();
    }
    assert!(home.run(&["targets", "add", "acme/api"]).status.success());
    let mut names: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, [".wick-notes", "config.toml"]);
}

/// How it ended, and all that was said.
fn run(home: &Home, arguments: &[&str]) -> (Option<i32>, String) {
    let output = home.run(arguments);
    (output.status.code(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
}

/// A path that is mistyped must not turn `mode = "never"` into the default.
#[test]
fn a_named_config_that_is_not_there_ends_all_but_what_writes_it() {
    let home = Home::signed_in(3600);
    let absent = home.path().join("confg.toml");
    let named = |arguments: &[&str]| run(&home, &[&["--config", absent.to_str().unwrap()], arguments].concat());
    for command in ["status", "refresh", "sync", "token", "targets list", "targets remove acme/api", "config check"] {
        let (code, said) = named(&command.split(' ').collect::<Vec<_>>());
        assert!(code == Some(2) && said.contains(absent.to_str().unwrap()), "{command}: {code:?} {said}");
    }
    let (code, said) = named(&["status", "--json"]);
    let report: serde_json::Value = serde_json::from_str(said.lines().next().unwrap()).unwrap();
    assert_eq!((code, &report["error"]["code"]), (Some(2), &"usage".into()));
    for command in ["config path", "version", "recipe", "config init"] {
        assert_eq!(named(&command.split(' ').collect::<Vec<_>>()).0, Some(0), "{command}");
    }
    fs::remove_file(&absent).unwrap();
    assert_eq!(named(&["targets", "add", "acme/api", "--no-check"]).0, Some(0));
    assert!(fs::read_to_string(&absent).unwrap().contains("acme/api"));
}

#[test]
fn whatever_is_wrong_with_the_config_the_file_is_named() {
    let home = Home::signed_in(3600);
    let path = home.config();
    type Make = fn(&std::path::Path);
    let wrong: [(&str, Make); 4] = [
        ("unknown key", |path| fs::write(path, "[tray]\ntitel = 1\n").unwrap()),
        ("UTF-8", |path| fs::write(path, b"\xff").unwrap()),
        ("folder", |path| fs::create_dir(path).unwrap()),
        ("folder", |path| symlink(path.parent().unwrap(), path).unwrap()),
    ];
    for (words, make) in wrong {
        home.write_config("");
        fs::remove_file(&path).unwrap();
        make(&path);
        for command in ["status", "status --json", "token", "targets add acme/api --no-check", "config check", "doctor"]
        {
            let (code, said) = run(&home, &command.split(' ').collect::<Vec<_>>());
            assert!(said.contains(path.to_str().unwrap()) && said.contains(words), "{command}: {said}");
            assert!(matches!(code, Some(1 | 2)), "{command}: {code:?} {said}");
        }
        if words == "folder" {
            let (code, said) = run(&home, &["config", "init"]);
            assert!(code == Some(1) && said.contains(path.to_str().unwrap()) && said.contains(words), "{said}");
        }
        if path.is_dir() && !path.is_symlink() {
            fs::remove_dir(&path).unwrap();
        } else {
            fs::remove_file(&path).unwrap();
        }
    }
}

/// Whoever can read the folder can lock it, other users too.
#[test]
fn a_lock_that_is_held_on_the_configs_folder_holds_nobody_up() {
    let home = Home::signed_in(3600);
    home.write_config("");
    let folder = fs::File::open(home.config().parent().unwrap()).unwrap();
    folder.lock_shared().unwrap();
    let mut adding = home.wick(&["targets", "add", "acme/api", "--no-check"]);
    let mut adding = adding.stdout(Stdio::null()).spawn().unwrap();
    let ended = wait_for("the end of the edit", || adding.try_wait().unwrap());
    assert!(ended.success());
    assert!(fs::read_to_string(home.config()).unwrap().contains("acme/api"));
    folder.unlock().unwrap();
}
