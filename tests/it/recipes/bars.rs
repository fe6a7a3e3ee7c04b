//! Status bars.

use super::*;
use crate::support::credential::CredentialText;

#[test]
fn swiftbar_gets_a_title_and_a_menu() {
    if lacks("swiftbar_gets_a_title_and_a_menu", &["bash", "jq"]) {
        return;
    }
    let plugin = "status-bars/swiftbar/wick.1m.sh";
    let head = text(plugin);
    for tag in ["xbar.title", "xbar.version", "xbar.desc", "xbar.dependencies"] {
        assert!(head.contains(&format!("# <{tag}>")) && head.contains(&format!("</{tag}>")), "{tag}");
    }
    let run = |home: &Home| {
        let (code, printed, complaints) = ran(&mut program(home, recipe(plugin)));
        assert_eq!((code, complaints.as_str()), (Some(0), ""), "SwiftBar shows a warning sign otherwise");
        let lines: Vec<String> = printed.lines().map(str::to_owned).collect();
        assert_eq!(lines[1], "---", "{printed}");
        lines
    };
    let home = Home::signed_in(7 * 3600 - 30);
    home.write_config("[credential]\nsource = \"file\"\n");
    link_wick(&home);
    let lines = run(&home);
    assert_eq!((lines[0].as_str(), lines[2].as_str()), ("🕯 6h 59m", "Access token: 6h 59m left"));
    assert_eq!(lines[3], "Sign-in: 20d left");
    let wick = home.path().join("bin/wick").display().to_string();
    let refresh = format!("Refresh now | bash=\"{wick}\" param1=refresh terminal=true refresh=true");
    assert!(lines.contains(&refresh), "{lines:?}");
    assert!(!lines.iter().any(|line| line.starts_with("Sync now")), "there is nowhere to sync to");
    fs::remove_dir_all(home.path().join(".claude")).unwrap();
    let lines = run(&home);
    assert_eq!(lines[0], "🕯 no sign-in");
    assert!(lines[2].contains(".claude"), "{lines:?}");
    let home = Home::new();
    home.add_program("wick", &stand_in(&status("fresh", 45)));
    let lines = run(&home);
    assert_eq!((lines[0].as_str(), lines[3].as_str()), ("🕯 <1m", "acme/api: failed"));
    // A bar begins parameters, and dashes a submenu.
    assert_eq!((lines[4].as_str(), lines[5].as_str()), ("use <b> & \"c\" ¦ color=red", "do this"));
    assert!(lines.iter().any(|line| line.starts_with("Sync now | bash=")), "{lines:?}");
}

/// The command that each recipe gives to its program.
fn lines_command(path: &str) -> String {
    let text = text(path);
    let (_, from) = text.split_once("wick status --line").unwrap();
    format!("wick status --line{}", &from[..from.find(['"', ')']).unwrap()])
}

#[test]
fn the_short_line_says_the_time_left_by_shape_and_words() {
    let home = Home::signed_in(7 * 3600 - 30);
    home.write_config("[credential]\nsource = \"file\"\n");
    link_wick(&home);
    let line = |command: &str| ran(program(&home, "sh").args(["-c", command]));
    let plain = "▇ 6h 59m";
    for path in ["tmux.conf", "starship.toml", "zellij.kdl", "claude-code.json"] {
        let command = lines_command(&format!("status-bars/{path}"));
        let expected =
            if command.ends_with("--color") { format!("\u{1b}[32m{plain}\u{1b}[0m") } else { plain.to_owned() };
        assert_eq!(line(&command), (Some(0), format!("{expected}\n"), String::new()), "{path}");
    }
    let json: serde_json::Value = serde_json::from_str(&text("status-bars/claude-code.json")).unwrap();
    assert_eq!(json["statusLine"]["type"], "command");
    let toml: toml_edit::DocumentMut = text("status-bars/starship.toml").parse().unwrap();
    assert_eq!(toml["custom"]["wick"]["command"].as_str(), Some("wick status --line"));
    let check = |expected: &str, code: i32| {
        let (found, printed, complaints) = line("wick status --line");
        assert_eq!((printed.trim(), found, complaints.as_str()), (expected, Some(code), ""));
    };
    home.write(&CredentialText::ending(in_seconds(90)).json());
    check("▁ 1m", 0);
    assert!(line("wick status --line --color").1.starts_with("\u{1b}[33m"), "it ends soon");
    home.write(&CredentialText::ending(in_seconds(-60)).json());
    check("× expired", 0);
    home.write(&CredentialText::ending(in_seconds(60)).signed_out().json());
    check("○ signed out", 3);
    home.write("{");
    check("? unreadable", 3);
    fs::remove_file(home.credentials()).unwrap();
    check("○ no sign-in", 3);
    home.write_config("nonsense");
    check("? config error", 2);
    assert_eq!(line("wick status --line --json").0, Some(2));
}

#[test]
fn the_real_tmux_takes_its_recipe() {
    if lacks("the_real_tmux_takes_its_recipe", &["tmux"]) {
        return;
    }
    let home = Home::new();
    let socket = home.path().join("tmux").display().to_string();
    let tmux = |arguments: &[&str]| {
        let mut command = program(&home, "tmux");
        command.env("LC_ALL", "C.UTF-8").args(["-u", "-S", &socket, "-f"]).arg(recipe("status-bars/tmux.conf"));
        ran(command.args(arguments))
    };
    assert_eq!(tmux(&["new-session", "-d", "sleep 60"]).0, Some(0));
    let shown = tmux(&["show-options", "-gv", "status-right"]);
    assert_eq!(tmux(&["kill-server"]).0, Some(0));
    assert_eq!(shown.1.trim(), "#(wick status --line) | %H:%M", "{shown:?}");
}
