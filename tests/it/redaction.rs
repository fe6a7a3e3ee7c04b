//! The sentinel sweep: every token in every test begins with the same word, and nothing that leaves the program has it.

use std::fs;

use wick::domain::credential::Contents;

use crate::support::at_once;
use crate::support::credential::{CredentialText, SENTINEL};
use crate::support::home::{Home, everything_in, in_seconds};
use crate::support::sweep::check;

/// Sign-ins, and things that are nearly one: what is not understood is the likeliest to be printed.
fn contents() -> Vec<String> {
    let good = CredentialText::ending(in_seconds(3600)).login_ending(in_seconds(86_400)).with_neighbors();
    let text = good.json();
    vec![
        text.clone(),
        CredentialText::ending(in_seconds(60)).with_neighbors().json(),
        CredentialText::ending(in_seconds(-60)).json(),
        good.clone().raw_end("\"soon\"").json(),
        good.clone().raw_end("1800000000").json(),
        // Cut within a token, and with a token where a number belongs.
        text[..text.find(SENTINEL).unwrap() + SENTINEL.len() + 3].to_owned(),
        good.clone().raw_end(&format!("\"{SENTINEL}-end\"")).json(),
        format!("{SENTINEL}-bare"),
        format!("{{\"claudeAiOauth\":\"{SENTINEL}-text\"}}"),
        format!("{{\"{SENTINEL}-key\":1"),
    ]
}

#[test]
fn no_command_prints_a_token_or_leaves_one_behind() {
    // Half of it is waiting for a server that is not there.
    at_once(contents(), |content| no_command_prints_a_token_of(&content));
}

fn no_command_prints_a_token_of(content: &str) {
    let home = Home::with_folder();
    home.write(content);
    for arguments in [
        &["status"][..],
        &["status", "--json"],
        &["status", "--line"],
        &["status", "--line", "--color"],
        &["doctor"],
        &["doctor", "--json"],
        &["config", "check"],
        &["sync"],
        &["sync", "--json"],
        &["sync", "--dry-run"],
        &["targets", "list"],
        &["github", "status"],
        &["autostart", "on"],
        &["ci-token", "status"],
        &["ci-token", "set"],
        &["ci-token", "check"],
        &["ci-token", "check", "--json"],
        &["ci-token", "rotate", "--yes"],
        &["ci-token", "rotate", "--yes", "--json"],
        &["targets", "find"],
        &["targets", "find", "--json"],
        &["exec", "--", "true"],
        &["exec", "--only", "NOBODY", "--", "true"],
        &["token", "--min-left", "1000h"],
        &["status", "--json", "--profile", "nobody"],
    ] {
        // Out of reach: what a server says is swept where there is one.
        home.write_config(
            "[refresh]\nmode = \"never\"\n[github]\napi_url = \"http://127.0.0.1:9\"\n[alerts]\ncommand = [\"tell\"]\n\
             [secrets]\nA = \"credentialsWithoutRefresh\"\n[variables]\nP = \"subscriptionType\"\nS = \"scopes\"\n\
             [[targets]]\nrepo = \"acme/api\"\n",
        );
        let output = home.wick(arguments).env("GH_ENTERPRISE_TOKEN", format!("{SENTINEL}-github")).output().unwrap();
        check(&format!("{arguments:?}"), [output.stdout, output.stderr].concat());
    }
    fs::remove_file(home.credentials()).unwrap();
    check("a file", everything_in(home.path()));
}

/// Configs with a token where something else belongs.
fn configs() -> Vec<String> {
    [
        "[secrets]\nCLAUDE_ACCESS_TOKEN = \"TOKEN\"",
        "[secrets]\nTOKEN = \"accessToken\"",
        "[secrets.TOKEN]\nx = 1",
        "[tray]\nTOKEN = 1",
        "[tray]\ntitle = \"TOKEN\"",
        "TOKEN",
        "x = TOKEN",
        "[TOKEN",
        "[refresh]\ntoken_url = \"http://user:TOKEN@acme.example/\"",
        "[refresh]\nbefore = \"TOKEN\"",
        "[alerts]\naccess = [\"TOKEN\"]",
        "[alerts]\ncommand = \"TOKEN\"",
        "[alerts]\ncommand = [\"tell\", \"TOKEN\", 1]",
        "[variables]\nPLAN = \"TOKEN\"",
        "[variables]\nTOKEN = \"credentialsWithoutRefresh\"",
        "[[targets]]\nname = \"a\"\ncommand = [\"a\", \"TOKEN\", 1]",
        "[[targets]]\nrepo = \"TOKEN\"",
    ]
    .map(|text| text.replace("TOKEN", &format!("{SENTINEL}-in-config")))
    .to_vec()
}

#[test]
fn a_token_in_the_wrong_place_of_the_config_is_not_repeated() {
    for config in configs() {
        let home = Home::signed_in(3600);
        home.write_config(&config);
        for arguments in
            [&["config", "check"][..], &["status"], &["status", "--json"], &["doctor"], &["doctor", "--json"]]
        {
            let output = home.run(arguments);
            assert_ne!(output.status.code(), Some(0), "{arguments:?} takes {config}");
            check(&format!("{arguments:?} about {config}"), [output.stdout, output.stderr].concat());
        }
    }
}

#[test]
fn no_value_shows_a_token_to_debug() {
    for content in contents() {
        check("Debug", format!("{:?}", Contents::parse(content.as_bytes())));
    }
}

#[cfg(not(target_os = "macos"))]
#[test]
fn the_running_app_shows_no_token_to_anyone() {
    use crate::support::desktop::{App, Bus, NotificationDaemon, Panel};
    use crate::support::process_file;
    use crate::support::wait_for;

    let Some(bus) = Bus::start("the_running_app_shows_no_token_to_anyone") else { return };
    let panel = Panel::start(&bus);
    let notifications = NotificationDaemon::start(&bus, &["actions", "body", "body-markup"]);
    let home = Home::with_folder();
    home.write(&contents()[0]);
    let app = App::start(&home, Some(&bus));
    let icon = panel.icon();
    for content in contents() {
        home.write(&content);
        let shown = notifications.shown().len();
        icon.click("Diagnose");
        icon.activate();
        wait_for("a notification", || (notifications.shown().len() > shown).then_some(()));
        check("the menu", format!("{:?} {:?} {}", icon.menu(), icon.tooltip(), icon.title()));
    }
    wait_for("the report", || home.path().join("opened").exists().then_some(()));
    for file in ["cmdline", "environ"] {
        check(file, process_file(app.pid(), file));
    }
    check("a notification", format!("{:?}", notifications.shown()));
    app.terminate();
    let (code, printed) = app.wait();
    assert_eq!(code, Some(0));
    check("the app's output", &printed);
    fs::remove_file(home.credentials()).unwrap();
    let left = everything_in(home.path());
    assert!(left.contains("doctor.txt"), "the report was written, so it was swept too");
    check("a file", &left);
}
