//! Alerts that go to a command as well, for a phone or a chat.

use std::fs;

use serde_json::Value;

use crate::support::credential::CredentialText;
use crate::support::desktop::App;
use crate::support::home::{Home, everything_in, in_seconds};
use crate::support::wait_for;

pub(crate) fn told(home: &Home) -> Vec<Value> {
    let text = fs::read_to_string(home.path().join("told")).unwrap_or_default();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// What the doctor says of it, once it says what is waited for.
pub(crate) fn doctor(home: &Home, verdict: &str) -> Value {
    wait_for("the doctor's verdict", || {
        let output = home.run(&["doctor", "--json"]);
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let found = report["checks"].as_array().unwrap().iter().find(|check| check["id"] == "alerts").unwrap().clone();
        (found["verdict"] == verdict).then_some(found)
    })
}

pub(crate) fn config(command: &str) -> String {
    format!("[credential]\nsource = \"file\"\n\n[alerts]\ncommand = {command}\n")
}

#[test]
fn each_alert_goes_to_the_command_once_and_without_a_token() {
    let home = Home::with_folder();
    home.write(&CredentialText::ending(in_seconds(235)).login_ending(in_seconds(20 * 86_400)).json());
    home.add_program("tell", "#!/bin/sh\nalert=$(cat)\nprintf '%s\\n' \"$alert\" >> \"$HOME/told\"\n");
    home.write_config(&config("[\"tell\"]"));
    assert_eq!(doctor(&home, "pass")["action"], Value::Null);
    let app = App::run(home.wick(&[]), None);
    wait_for("the alert", || (told(&home).len() == 1).then_some(()));
    app.terminate();
    assert_eq!(app.wait().0, Some(0));
    // Started again, only another end is one more.
    let app = App::run(home.wick(&[]), None);
    home.write(&CredentialText::ending(in_seconds(230)).login_ending(in_seconds(20 * 86_400)).json());
    wait_for("the alert of another end", || (told(&home).len() >= 2).then_some(()));
    app.terminate();
    assert_eq!(app.wait().0, Some(0));
    let told = told(&home);
    assert_eq!(told.len(), 2, "{told:?}");
    assert_ne!(told[0]["ends_at"], told[1]["ends_at"]);
    let alert = &told[0];
    assert_eq!(
        (&alert["schema"], &alert["kind"], &alert["profile"]),
        (&1.into(), &"access_token".into(), &"default".into())
    );
    assert!(alert["title"].as_str().unwrap().starts_with(wick::words::menu::ACCESS_TOKEN), "{alert}");
    assert!(!alert["body"].as_str().unwrap().is_empty());
    let left = alert["seconds_left"].as_i64().unwrap();
    assert!((0..=235).contains(&left), "{alert}");
    assert!(alert["ends_at"].as_str().unwrap().ends_with('Z'), "{alert}");
    assert!(!alert.to_string().contains("tok-sentinel"));
}

#[test]
fn an_alert_that_does_not_get_through_is_told_by_the_doctor() {
    let home = Home::with_folder();
    home.write(&CredentialText::ending(in_seconds(235)).login_ending(in_seconds(20 * 86_400)).json());
    home.add_program("tell", "#!/bin/sh\ncat > /dev/null\necho what it said >&2\nexit 7\n");
    home.write_config(&config("[\"tell\"]"));
    let app = App::run(home.wick(&[]), None);
    let found = doctor(&home, "warn");
    assert!(found["detail"].as_str().unwrap().contains('7') && found["action"].is_string(), "{found}");
    let kept = everything_in(&home.state());
    assert!(kept.contains("command for alerts did not work") && !kept.contains("what it said"), "{kept}");
    // The next one gets through, and nothing is left to tell.
    home.add_program("tell", "#!/bin/sh\ncat > \"$HOME/told\"\n");
    home.write(&CredentialText::ending(in_seconds(230)).login_ending(in_seconds(20 * 86_400)).json());
    doctor(&home, "pass");
    app.terminate();
    assert_eq!(app.wait().0, Some(0));
}
