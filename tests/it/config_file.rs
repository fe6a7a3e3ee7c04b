//! How the config file is written: beside others who write it, through links, and after a kill.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Stdio;

use crate::support::home::Home;

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
