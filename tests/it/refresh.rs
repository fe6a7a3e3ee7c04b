//! The real `wick refresh` over real HTTP, against a token endpoint whose refresh tokens work once: every answer.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use crate::support::home::{Home, everything_in};
use crate::support::refreshed::{
    REFRESH, Ran, assert_tidy, configure, credential, home_and_server, is_usable, journals, refresh, stored,
};
use crate::support::token_server::Behavior;
use wick::words::sentence::SIGN_IN;

#[test]
fn an_expired_token_is_refreshed_by_one_post_that_asks_for_what_is_stored() {
    let (home, server) = home_and_server(-60);
    let ran = refresh(&home, &[]);
    assert_eq!(ran.outcome(), ("refreshed", Some(0)), "{ran:?}");
    let left = ran.report["access_token"]["seconds_left"].as_i64().unwrap();
    assert!((28_700..=28_800).contains(&left), "{left}");
    assert_eq!((&ran.report["schema"], &ran.report["error"]), (&json!(1), &Value::Null));
    assert!(ran.report["login"]["expires_at"].is_string());
    let posts = server.posts();
    let [post] = posts.as_slice() else { panic!("{} requests", posts.len()) };
    let expected = json!({
        "grant_type": "refresh_token", "refresh_token": REFRESH, "scope": "user:inference user:profile",
        "client_id": "9d1c250a-e61b-44d9-88ed-5944d1962f5e"
    });
    assert_eq!((post.path.as_str(), &post.body), ("/v1/oauth/token", &expected));
    let header = |name: &str| post.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str());
    assert_eq!(header("user-agent"), Some(concat!("wick/", env!("CARGO_PKG_VERSION"))));
    assert_eq!((header("content-type"), header("authorization")), (Some("application/json"), None));
    assert!(is_usable(&home, &server));
    assert_tidy(&home);
    assert_eq!(fs::metadata(home.credentials()).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn every_byte_that_is_not_ours_survives() {
    let (home, server) = home_and_server(-60);
    let text = concat!(
        r#"{"zeta":[1.50e3,{"b":1,"a":"\u00e9"}],"claudeAiOauth":{"future":{"k":[1,2]},"accessToken":"tok-sentinel-access","#,
        r#""refreshToken":"tok-sentinel-refresh","expiresAt":1,"scopes":["user:profile","user:inference"],"clientId":"client-7"},"#,
        r#""mcpOAuth":{"a|b":{"n":12345678901234567890}}}"#
    );
    home.write(text);
    assert_eq!(refresh(&home, &[]).outcome(), ("refreshed", Some(0)));
    let after = fs::read_to_string(home.credentials()).unwrap();
    let end = stored(&home)["expiresAt"].as_i64().unwrap();
    let expected = text
        .replace("tok-sentinel-access", "tok-sentinel-access-1")
        .replace("tok-sentinel-refresh", "tok-sentinel-refresh-1")
        .replace("\"expiresAt\":1,", &format!("\"expiresAt\":{end},"));
    assert_eq!(after, expected);
    assert_eq!(server.posts()[0].body["client_id"], "client-7");
}

#[test]
fn what_is_fresh_is_left_alone_unless_forced_and_never_in_read_only_mode() {
    let (home, server) = home_and_server(3600);
    assert_eq!(refresh(&home, &[]).outcome(), ("still_fresh", Some(0)));
    assert_eq!(server.posts().len(), 0);
    configure(&home, &server, "mode = \"never\"");
    let before = everything_in(&home.path().join(".claude"));
    let ran = refresh(&home, &["--force"]);
    assert_eq!((ran.outcome(), ran.error()), (("not_allowed", Some(2)), "read_only"));
    assert_eq!((server.posts().len(), everything_in(&home.path().join(".claude"))), (0, before));
    configure(&home, &server, "");
    assert_eq!(refresh(&home, &["--force"]).outcome(), ("refreshed", Some(0)));
    assert_eq!(server.posts().len(), 1);
}

#[test]
fn without_a_sign_in_nothing_is_sent() {
    let (home, server) = home_and_server(-60);
    home.write(&credential(0).signed_out().json());
    assert_eq!(refresh(&home, &["--force"]).outcome(), ("signed_out", Some(3)));
    home.write("{\"claudeAiOauth\":{\"acc");
    assert_eq!(refresh(&home, &["--force"]).outcome(), ("unreadable", Some(3)));
    assert_eq!(fs::read_to_string(home.credentials()).unwrap(), "{\"claudeAiOauth\":{\"acc", "left as it is");
    fs::remove_file(home.credentials()).unwrap();
    assert_eq!(refresh(&home, &[]).outcome(), ("not_found", Some(3)));
    home.write(
        r#"{"claudeAiOauth":{"accessToken":"tok-sentinel-a","refreshToken":null,"expiresAt":1,"scopes":["s"]}}"#,
    );
    let ran = refresh(&home, &[]);
    assert_eq!((ran.outcome(), ran.error()), (("failed", Some(1)), "no_refresh_token"));
    home.write_config("[refresh]\nmode = 1\n");
    let ran = refresh(&home, &[]);
    assert_eq!((ran.outcome(), ran.error()), (("failed", Some(2)), "config_invalid"));
    assert_eq!(server.posts().len(), 0);
}

#[test]
fn a_dead_sign_in_is_asked_for_once_and_never_blanked() {
    for (status, body) in [(400, r#"{"error":"invalid_grant"}"#), (401, r#"{"error":{"type":"invalid_grant"}}"#)] {
        let (home, server) = home_and_server(-60);
        server.behave(Behavior::Answer { status, headers: Vec::new(), body: body.to_owned() });
        let before = fs::read_to_string(home.credentials()).unwrap();
        for arguments in [&[][..], &[], &["--force"]] {
            let ran = refresh(&home, arguments);
            assert_eq!(ran.outcome(), ("failed", Some(1)));
            assert!(ran.report["error"]["action"].as_str().unwrap().contains(SIGN_IN), "{ran:?}");
        }
        assert_eq!((server.posts().len(), fs::read_to_string(home.credentials()).unwrap()), (1, before));
        assert_tidy(&home);
        // A new sign-in is another matter.
        home.write(&credential(-60).json().replace(REFRESH, "tok-sentinel-new"));
        server.replace("tok-sentinel-new");
        server.behave(Behavior::Grant);
        assert_eq!(refresh(&home, &[]).outcome(), ("refreshed", Some(0)));
    }
}

#[test]
fn what_may_pass_is_tried_again_by_hand_and_says_what_it_was() {
    let answer = |status: u16, body: &str| Behavior::Answer { status, headers: Vec::new(), body: body.to_owned() };
    let location = vec![("location".to_owned(), "http://127.0.0.1:9/elsewhere".to_owned())];
    for (behavior, code) in [
        (answer(401, r#"{"error":"invalid_client"}"#), "refused"),
        (answer(403, "<html>tok-sentinel-echo</html>"), "refused"),
        (answer(400, r#"{"error":"tok-sentinel-echo"}"#), "refused"),
        (answer(429, ""), "rate_limited"),
        (answer(500, "{}"), "server_error"),
        (answer(503, "tok-sentinel-echo"), "server_error"),
        (Behavior::Answer { status: 307, headers: location, body: String::new() }, "redirected"),
    ] {
        let (home, server) = home_and_server(-60);
        server.behave(behavior);
        let before = fs::read_to_string(home.credentials()).unwrap();
        let ran = refresh(&home, &[]);
        assert_eq!((ran.outcome(), ran.error()), (("failed", Some(1)), code));
        assert_eq!(fs::read_to_string(home.credentials()).unwrap(), before);
        assert_tidy(&home);
        server.behave(Behavior::Grant);
        assert_eq!(refresh(&home, &[]).outcome(), ("refreshed", Some(0)), "after {code}");
        assert_eq!(server.posts().len(), 2);
    }
}

#[test]
fn a_server_that_cannot_be_reached_was_sent_nothing() {
    let home = Home::with_folder();
    home.write(&credential(-60).json());
    // Bound and closed again: nobody listens there.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    home.write_config(&format!("[refresh]\ntoken_url = \"http://127.0.0.1:{port}/token\"\n"));
    let ran = refresh(&home, &[]);
    assert_eq!((ran.outcome(), ran.error()), (("failed", Some(1)), "offline"));
    assert_tidy(&home);
}

#[test]
fn the_server_decides_how_long_to_wait_and_only_force_does_not() {
    let in_an_hour = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1);
    let date = jiff::fmt::rfc2822::to_string(&in_an_hour.to_zoned_datetime(jiff::tz::TimeZone::UTC)).unwrap();
    for wait in ["3600".to_owned(), date] {
        let (home, server) = home_and_server(-60);
        let headers = vec![("retry-after".to_owned(), wait.clone())];
        server.behave(Behavior::Answer { status: 429, headers, body: String::new() });
        assert_eq!(refresh(&home, &[]).error(), "rate_limited");
        server.behave(Behavior::Grant);
        let ran = refresh(&home, &[]);
        assert_eq!((ran.outcome(), ran.error()), (("failed", Some(1)), "waiting"), "{wait}");
        assert_eq!(server.posts().len(), 1);
        assert_eq!(refresh(&home, &["--force"]).outcome(), ("refreshed", Some(0)));
    }
}

#[test]
fn a_lost_answer_is_reported_and_not_asked_for_again_while_the_access_token_lives() {
    let body = |text: &str| text.to_owned();
    for behavior in [
        Behavior::SpendAndCut,
        Behavior::SpendAndClose,
        Behavior::SpendAndReset,
        Behavior::SpendAndFlood,
        Behavior::SpendAndAnswer { status: 200, body: body("<html>hello</html>") },
        Behavior::SpendAndAnswer { status: 200, body: body("{\"token_type\":\"Bearer\"}") },
        Behavior::SpendAndAnswer { status: 204, body: body("") },
    ] {
        let (home, server) = home_and_server(300);
        server.behave(behavior);
        let before = fs::read_to_string(home.credentials()).unwrap();
        let ran = refresh(&home, &[]);
        assert_eq!(ran.outcome(), ("failed", Some(1)));
        assert!(["no_answer", "bad_answer"].contains(&ran.error()), "{ran:?}");
        assert_eq!(fs::read_to_string(home.credentials()).unwrap(), before);
        server.behave(Behavior::Grant);
        let ran = refresh(&home, &[]);
        assert_eq!((ran.outcome(), ran.error()), (("failed", Some(1)), "may_be_spent"));
        assert_eq!(server.posts().len(), 1);
        // A person who insists learns how it is.
        let ran = refresh(&home, &["--force"]);
        assert_eq!((ran.error(), server.posts().len()), ("invalid_grant", 2));
        assert_tidy(&home);
    }
}

#[test]
fn a_server_that_drips_or_stalls_is_given_fifteen_seconds() {
    let runs: Vec<_> = [Behavior::SpendAndDrip, Behavior::SpendAndStall]
        .into_iter()
        .map(|behavior| {
            std::thread::spawn(move || {
                let (home, server) = home_and_server(-60);
                server.behave(behavior);
                let begun = Instant::now();
                let ran = refresh(&home, &[]);
                assert_eq!((ran.outcome(), ran.error()), (("failed", Some(1)), "no_answer"));
                let took = begun.elapsed();
                assert!((Duration::from_secs(14)..Duration::from_secs(25)).contains(&took), "{took:?}");
                assert_tidy(&home);
            })
        })
        .collect();
    runs.into_iter().for_each(|run| run.join().unwrap());
}

#[test]
fn an_answer_is_taken_for_what_it_says() {
    let check = |change: fn(&mut Map<String, Value>), verify: fn(&Map<String, Value>, &Ran)| {
        let (home, server) = home_and_server(-60);
        server.behave(Behavior::GrantWith(change));
        let ran = refresh(&home, &[]);
        assert_eq!(ran.outcome(), ("refreshed", Some(0)), "{ran:?}");
        verify(&stored(&home), &ran);
        assert_tidy(&home);
    };
    check(
        |answer| drop(answer.remove("scope")),
        |stored, _| {
            assert_eq!(stored["scopes"], json!(["user:inference", "user:profile"]));
        },
    );
    check(
        |answer| drop(answer.insert("scope".to_owned(), json!("user:inference"))),
        |stored, _| {
            assert_eq!(stored["scopes"], json!(["user:inference"]));
        },
    );
    check(
        |answer| drop(answer.remove("refresh_token")),
        |stored, _| {
            assert_eq!(
                (&stored["refreshToken"], &stored["accessToken"]),
                (&json!(REFRESH), &json!("tok-sentinel-access-1"))
            );
        },
    );
    check(
        |answer| drop(answer.insert("refresh_token_expires_in".to_owned(), json!(86_400))),
        |stored, ran| {
            let left = ran.report["login"]["seconds_left"].as_i64().unwrap();
            assert!((86_300..=86_400).contains(&left) && stored["refreshTokenExpiresAt"].is_i64(), "{left}");
        },
    );
    let an_hour = |_: &Map<String, Value>, ran: &Ran| {
        let left = ran.report["access_token"]["seconds_left"].as_i64().unwrap();
        assert!((3500..=3600).contains(&left) && ran.error() == "expiry_assumed", "{ran:?}");
    };
    check(|answer| drop(answer.remove("expires_in")), an_hour);
    check(|answer| drop(answer.insert("expires_in".to_owned(), json!(0))), an_hour);
    check(|answer| drop(answer.insert("expires_in".to_owned(), json!(-28_800))), an_hour);
    check(
        |answer| drop(answer.insert("expires_in".to_owned(), json!(1e300))),
        |_, ran| {
            let left = ran.report["access_token"]["seconds_left"].as_i64().unwrap();
            assert!((365 * 86_400..=366 * 86_400).contains(&left), "{left}");
        },
    );
}

#[test]
fn status_and_doctor_report_a_sign_in_that_cannot_be_refreshed() {
    let (home, server) = home_and_server(300);
    let verdict = |home: &Home| {
        let report: Value = serde_json::from_slice(&home.run(&["doctor", "--json"]).stdout).unwrap();
        let checks = report["checks"].as_array().unwrap().clone();
        checks.into_iter().find(|check| check["id"] == "refresh").unwrap()["verdict"].as_str().unwrap().to_owned()
    };
    assert_eq!((home.status().0["error"].clone(), verdict(&home).as_str()), (Value::Null, "pass"));
    server.behave(Behavior::Answer {
        status: 400,
        headers: Vec::new(),
        body: r#"{"error":"invalid_grant"}"#.to_owned(),
    });
    refresh(&home, &[]);
    let (status, code) = home.status();
    assert_eq!((&status["state"], &status["error"]["code"], code), (&json!("expiring"), &json!("invalid_grant"), 0));
    assert_eq!(verdict(&home), "fail");
    home.write(&credential(300).json().replace(REFRESH, "tok-sentinel-new"));
    assert_eq!((home.status().0["error"].clone(), verdict(&home).as_str()), (Value::Null, "pass"));
}

#[test]
fn watching_refreshes_nothing() {
    let (home, server) = home_and_server(-60);
    configure(&home, &server, "automatic = true");
    let mut command = home.wick(&["status", "--watch", "--json"]);
    let mut watching = command.stdout(std::process::Stdio::piped()).spawn().unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(watching.stdout.take().unwrap()));
    assert!(lines.next().unwrap().unwrap().contains("\"expired\""));
    // A second line comes after another look: had it been going to refresh, it would have begun before.
    home.write(&credential(-120).json());
    assert!(lines.next().unwrap().unwrap().contains("\"expired\""));
    watching.kill().unwrap();
    watching.wait().unwrap();
    assert_eq!((server.posts().len(), journals(&home)), (0, 0));
}

#[test]
fn the_answer_for_people_is_in_words() {
    let (home, server) = home_and_server(-60);
    let output = home.run(&["refresh"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains(": 8h left"), "{text}");
    let again = String::from_utf8(home.run(&["refresh"]).stdout).unwrap();
    assert!(again.contains(" left, ") && again != text, "{again}");
    assert_eq!(server.posts().len(), 1, "the second run had nothing to refresh");
}
