//! Every kind of alert, as the command for alerts gets it from the running app.

use std::fs;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::alerts::{config, doctor, told};
use crate::ci_token::TOKEN;
use crate::support::desktop::App;
use crate::support::github::GithubServer;
use crate::support::home::{Home, in_seconds, with_input};
use crate::support::sweep;
use crate::support::token_server::{Behavior, TokenServer};
use crate::support::{at_once, credential::CredentialText, wait_for};

const HOURS: i64 = 7 * 3600;
const DAY: i64 = 86_400;
/// In one write: two of them may run at once.
const TELL: &str = "#!/bin/sh\nalert=$(cat)\nprintf '%s\\n' \"$alert\" >> \"$HOME/told\"\n";

/// Whatever answers must live as long as the app.
type Servers = (Option<TokenServer>, Option<GithubServer>);

fn sign_in(access: i64, login: i64) -> String {
    CredentialText::ending(in_seconds(access)).login_ending(in_seconds(login)).with_neighbors().json()
}

/// A one-year token that was stored so many days ago.
fn one_year_token(home: &Home, days: i64) {
    assert!(with_input(home.wick(&["ci-token", "set"]), TOKEN).status.success());
    let file = home.state().join("state.json");
    let mut state: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    let stored_at = Timestamp::now() - SignedDuration::from_hours(days * 24);
    state["sync"]["ci_tokens"]["default"]["stored_at"] = stored_at.to_string().into();
    fs::write(&file, state.to_string()).unwrap();
}

/// Makes the home one in which this kind falls due.
fn prepare(home: &Home, kind: &str) -> Servers {
    let settings = config("[\"tell\"]");
    let mut servers: Servers = (None, None);
    home.write_config(&settings);
    home.write(&match kind {
        "access_token" => sign_in(235, 20 * DAY),
        "login" => sign_in(HOURS, 2 * DAY),
        "refresh_failed" => sign_in(60, 20 * DAY),
        _ => sign_in(HOURS, 20 * DAY),
    });
    match kind {
        "ci_token" => one_year_token(home, 363),
        "refresh_failed" => {
            let server = TokenServer::start("tok-sentinel-other");
            server.behave(Behavior::Answer {
                status: 400,
                headers: Vec::new(),
                body: r#"{"error":"invalid_grant","error_description":"tok-sentinel-refresh is spent"}"#.to_owned(),
            });
            home.write_config(&format!("{settings}\n[refresh]\nautomatic = true\ntoken_url = \"{}\"\n", server.url()));
            servers.0 = Some(server);
        }
        "sync_failed" => {
            let github = GithubServer::start();
            github.add_repository("acme/old");
            github.archive("acme/old");
            home.add_program("gh", &format!("#!/bin/sh\necho {}\n", crate::support::github::TOKEN));
            let sync = "[sync]\nshare_refresh_token = true\nautomatic = true\n[[targets]]\nrepo = \"acme/old\"\n";
            home.write_config(&format!("{settings}\n[github]\napi_url = \"{}\"\n{sync}", github.url()));
            servers.1 = Some(github);
        }
        _ => {}
    }
    servers
}

#[test]
fn every_kind_of_alert_reaches_the_command_once_and_without_a_token() {
    at_once(["access_token", "login", "ci_token", "signed_out", "refresh_failed", "sync_failed"], |kind| {
        let home = Home::with_folder();
        home.add_program("tell", TELL);
        let _servers = prepare(&home, kind);
        let app = App::run(home.wick(&[]), None);
        if kind == "signed_out" {
            app.wait_for_line(" left");
            home.write(&CredentialText::ending(in_seconds(HOURS)).signed_out().json());
        }
        wait_for(kind, || told(&home).iter().any(|alert| alert["kind"] == kind).then_some(()));
        // What is told after it is another one.
        let (other, next) = match kind {
            "login" => ("access_token", sign_in(230, 20 * DAY)),
            _ => ("login", sign_in(HOURS, 2 * DAY)),
        };
        home.write(&next);
        wait_for(other, || told(&home).iter().any(|alert| alert["kind"] == other).then_some(()));
        app.terminate();
        assert_eq!(app.wait().0, Some(0));
        let told = told(&home);
        sweep::check(kind, format!("{told:?}"));
        let ours: Vec<&Value> = told.iter().filter(|alert| alert["kind"] == kind).collect();
        let [alert] = ours[..] else { panic!("{kind}: {told:?}") };
        assert_eq!((&alert["schema"], &alert["profile"]), (&1.into(), &"default".into()), "{alert}");
        assert!(["title", "body"].iter().all(|text| !alert[*text].as_str().unwrap().is_empty()), "{alert}");
        let is_clock = ["access_token", "login", "ci_token"].contains(&kind);
        assert_eq!((alert["ends_at"].is_string(), alert["seconds_left"].is_i64()), (is_clock, is_clock), "{alert}");
        assert_eq!(alert.as_object().unwrap().len(), 7, "{alert}");
    });
}

#[test]
fn a_command_for_alerts_that_takes_longer_than_a_minute_is_ended() {
    let home = Home::with_folder();
    home.write(&sign_in(235, 20 * DAY));
    home.add_program("tell", "#!/bin/sh\ncat > /dev/null\necho $$ > \"$HOME/process\"\nexec sleep 1000\n");
    home.write_config(&config("[\"tell\"]"));
    let app = App::run(home.wick(&[]), None);
    let process = wait_for("the command", || {
        fs::read_to_string(home.path().join("process")).ok().filter(|text| text.ends_with('\n'))
    });
    let found = doctor(&home, "warn");
    assert!(found["detail"].as_str().unwrap().contains("60"), "{found}");
    assert!(!Path::new("/proc").join(process.trim()).exists(), "it was ended");
    app.terminate();
    assert_eq!(app.wait().0, Some(0));
}
