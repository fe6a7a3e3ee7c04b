//! Alerts to a phone, a chat, an issue.

use super::*;

const ALERT: &str = r#"{"schema":1,"kind":"login","profile":"default","title":"Sign-in: 3d left","body":"Until \"Fri\", é.","ends_at":"2026-12-01T08:00:00Z","seconds_left":259200}"#;

fn told(home: &Home, path: &str, arguments: &[&str], alert: &str) -> Option<i32> {
    let mut command = program(home, recipe(path));
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), alert.as_bytes()).unwrap();
    child.wait().unwrap().code()
}

#[test]
fn an_alert_arrives_at_ntfy_slack_and_telegram() {
    if lacks("an_alert_arrives_at_ntfy_slack_and_telegram", &["curl", "jq"]) {
        return;
    }
    let home = Home::new();
    let server = Loopback::start(|asked| Answer::json(if asked.path == "/refuses" { 403 } else { 200 }, &json!({})));
    let file = |name: &str, path: &str| {
        let file = home.path().join(name);
        fs::write(&file, format!("url = \"{}{path}\"\n", server.url())).unwrap();
        file.display().to_string()
    };
    record_arguments(&home, "curl", Path::new("/usr/bin/curl"));
    assert_eq!(told(&home, "alerts/ntfy.sh", &[&file("ntfy", "/topic")], ALERT), Some(0));
    assert_eq!(told(&home, "alerts/slack.sh", &[&file("slack", "/services/EXAMPLE")], ALERT), Some(0));
    assert_eq!(
        told(&home, "alerts/telegram.sh", &[&file("telegram", "/botEXAMPLE/sendMessage"), "42"], ALERT),
        Some(0)
    );
    let asked = server.asked();
    let paths: Vec<_> = asked.iter().map(|asked| (asked.method.as_str(), asked.path.as_str())).collect();
    assert_eq!(paths, [("POST", "/topic"), ("POST", "/services/EXAMPLE"), ("POST", "/botEXAMPLE/sendMessage")]);
    assert_eq!((asked[0].header("title"), asked[0].body.trim()), ("Sign-in: 3d left", "Until \"Fri\", é."));
    assert_eq!(asked[1].json(), json!({ "text": "*Sign-in: 3d left*\nUntil \"Fri\", é." }));
    assert_eq!(asked[2].json(), json!({ "chat_id": "42", "text": "Sign-in: 3d left\nUntil \"Fri\", é." }));
    let noted = arguments(&home).join(" ");
    assert!(!noted.contains("topic") && !noted.contains("EXAMPLE"), "others can read arguments: {noted}");
    // What is refused is a failure, which Wick's doctor tells.
    assert_ne!(told(&home, "alerts/ntfy.sh", &[&file("ntfy", "/refuses")], ALERT), Some(0));
    assert_ne!(told(&home, "alerts/slack.sh", &[&file("slack", "/refuses")], ALERT), Some(0));
    assert_ne!(told(&home, "alerts/telegram.sh", &[&file("telegram", "/refuses"), "42"], ALERT), Some(0));
}

#[test]
fn a_tool_that_is_missing_is_said() {
    let home = Home::new();
    let bin = home.path().join("few");
    fs::create_dir(&bin).unwrap();
    for tool in ["sh", "cat", "bash"] {
        let real =
            ["/bin", "/usr/bin"].map(|folder| Path::new(folder).join(tool)).into_iter().find(|path| path.exists());
        std::os::unix::fs::symlink(real.unwrap(), bin.join(tool)).unwrap();
    }
    for (path, tool) in [
        ("alerts/ntfy.sh", "curl"),
        ("alerts/slack.sh", "curl"),
        ("alerts/telegram.sh", "curl"),
        ("alerts/github-issue.sh", "gh"),
        ("shell/every-hour.sh", "curl"),
        ("status-bars/waybar-wick.sh", "jq"),
    ] {
        let mut command = program(&home, recipe(path));
        let (code, printed, complaints) = ran(command.args(["x", "y"]).env("PATH", &bin));
        let said = format!("{printed}{complaints}");
        assert!(code != Some(0) && said.contains(&format!("{tool} is not installed")), "{path}: {said}");
    }
}

#[test]
fn an_alert_becomes_one_issue_that_is_commented_on_while_it_is_open() {
    if lacks("an_alert_becomes_one_issue_that_is_commented_on_while_it_is_open", &["jq"]) {
        return;
    }
    let home = Home::new();
    let stand_in = concat!(
        "#!/bin/sh\nprintf '%s\\n' \"$*\" >> \"$HOME/asked\"\n",
        "case \"$2\" in list) if [ -e \"$HOME/open\" ]; then echo 7; fi;;\n",
        "create) cat >> \"$HOME/said\"; touch \"$HOME/open\";;\n*) cat >> \"$HOME/said\";;\nesac\n"
    );
    home.add_program("gh", stand_in);
    for _ in 0..2 {
        assert_eq!(told(&home, "alerts/github-issue.sh", &["acme/ops"], ALERT), Some(0));
    }
    let asked = fs::read_to_string(home.path().join("asked")).unwrap();
    let asked: Vec<&str> = asked.lines().collect();
    assert_eq!(asked[1], "issue create --repo acme/ops --title Wick: Sign-in: 3d left --body-file -");
    assert_eq!(asked[3], "issue comment 7 --repo acme/ops --body-file -");
    assert!(asked[0].contains("--author @me "), "a stranger's issue gets no comment: {asked:?}");
    assert!(asked[0].contains("--search wick-alert-login-default in:body"), "{asked:?}");
    let said = fs::read_to_string(home.path().join("said")).unwrap();
    assert_eq!(said.matches("Until \"Fri\", é.").count(), 2, "{said}");
}
