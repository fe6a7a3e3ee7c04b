//! The real `wick refresh` over real HTTP, against a token endpoint whose refresh tokens work once.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Output;
use std::time::{Duration, Instant, SystemTime};

use serde_json::{Map, Value, json};

use crate::support::credential::{CredentialText, SENTINEL};
use crate::support::home::{Home, everything_in, in_seconds};
use crate::support::token_server::{Behavior, TokenServer};
use crate::support::wait_for;

pub const REFRESH: &str = "tok-sentinel-refresh";

/// A home whose access token ends in so many seconds, and the endpoint that its config names.
pub fn home_and_server(seconds: i64) -> (Home, TokenServer) {
    let (home, server) = (Home::with_folder(), TokenServer::start(REFRESH));
    home.write(&credential(seconds).json());
    configure(&home, &server, "");
    (home, server)
}

pub fn credential(seconds: i64) -> CredentialText {
    CredentialText::ending(in_seconds(seconds)).login_ending(in_seconds(20 * 86_400)).with_neighbors()
}

/// Settings for this endpoint, with more lines for `[refresh]`.
pub fn configure(home: &Home, server: &TokenServer, more: &str) {
    home.write_config(&format!("[refresh]\ntoken_url = \"{}\"\n{more}\n", server.url()));
}

/// What a run printed and how it ended, after a look for tokens in all that it printed and left.
#[derive(Debug)]
pub struct Ran {
    pub report: Value,
    pub code: Option<i32>,
}

impl Ran {
    pub fn of(home: &Home, output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let (printed, complaints) = (text(&output.stdout), text(&output.stderr));
        assert!(!format!("{printed}{complaints}").contains(SENTINEL), "a token was printed: {printed}{complaints}");
        sweep(home);
        let report = serde_json::from_str(&printed).unwrap_or_else(|_| panic!("{printed}{complaints}"));
        Self { report, code: output.status.code() }
    }

    pub fn outcome(&self) -> (&str, Option<i32>) {
        (self.report["outcome"].as_str().unwrap(), self.code)
    }

    pub fn error(&self) -> &str {
        self.report["error"]["code"].as_str().unwrap_or("")
    }
}

/// No token lies anywhere but in the credential and in the journal.
pub fn sweep(home: &Home) {
    for folder in [".local", ".config", ".claude"] {
        for entry in fs::read_dir(home.path().join(folder)).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path != home.credentials() {
                check_tree(&path);
            }
        }
    }
}

fn check_tree(path: &std::path::Path) {
    if path.is_dir() {
        fs::read_dir(path).unwrap().for_each(|entry| check_tree(&entry.unwrap().path()));
    } else if !path.file_name().unwrap().to_string_lossy().starts_with("journal-") {
        let text = String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned();
        assert!(!text.contains(SENTINEL), "{} has a token", path.display());
    }
}

pub fn refresh(home: &Home, arguments: &[&str]) -> Ran {
    let output = home.run(&[&["refresh", "--json"], arguments].concat());
    Ran::of(home, &output)
}

/// The stored credential's members.
pub fn stored(home: &Home) -> Map<String, Value> {
    let text = fs::read_to_string(home.credentials()).unwrap();
    serde_json::from_str::<Value>(&text).unwrap()["claudeAiOauth"].as_object().unwrap().clone()
}

/// Whether the store and the server agree on what is valid.
pub fn is_usable(home: &Home, server: &TokenServer) -> bool {
    let stored = stored(home);
    server.current().is_some_and(|(_, refresh)| stored["refreshToken"] == refresh.as_str())
}

pub fn journals(home: &Home) -> usize {
    let names = fs::read_dir(home.state()).into_iter().flatten();
    names.filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with("journal-")).count()
}

/// No lock, no journal, no half-written file.
pub fn assert_tidy(home: &Home) {
    assert_eq!(journals(home), 0, "a journal is left");
    assert!(!home.path().join(".claude.lock").exists(), "a lock is left");
    let names: Vec<_> =
        fs::read_dir(home.path().join(".claude")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, [".credentials.json"]);
}

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
            assert!(ran.report["error"]["action"].as_str().unwrap().contains("sign in"), "{ran:?}");
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
fn a_lost_answer_is_told_and_not_sent_for_again_while_the_access_token_lives() {
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
        let said = ran.report["error"]["message"].as_str().unwrap();
        assert!(said.contains("may be spent"), "{said}");
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

/// Runs `wick refresh --force`, changes the world while the server holds its answer back, and lets it go on.
pub fn while_the_post_runs(home: &Home, server: &TokenServer, change: impl FnOnce()) -> Ran {
    server.pause();
    let mut command = home.wick(&["refresh", "--force", "--json"]);
    let running = command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    wait_for("the request", || (server.posts().len() == 1).then_some(()));
    for file in ["cmdline", "environ"] {
        let bytes = fs::read(format!("/proc/{}/{file}", running.id())).unwrap_or_default();
        assert!(!String::from_utf8_lossy(&bytes).contains(SENTINEL), "{file} has a token");
    }
    change();
    server.resume();
    Ran::of(home, &running.wait_with_output().unwrap())
}

#[test]
fn a_sign_in_that_claude_code_blanked_meanwhile_is_restored() {
    let (home, server) = home_and_server(-60);
    let marker = credential(0).signed_out().json().replace("\"scopes\"", "\"loginEnded\":\"time_limit\",\"scopes\"");
    let ran = while_the_post_runs(&home, &server, || home.write(&marker));
    assert_eq!(ran.outcome(), ("refreshed", Some(0)));
    assert!(is_usable(&home, &server));
    assert!(!stored(&home).contains_key("loginEnded"));
    assert_tidy(&home);
}

#[test]
fn a_newer_token_that_appeared_meanwhile_wins() {
    let (home, server) = home_and_server(-60);
    let theirs =
        credential(7200).json().replace(REFRESH, "tok-sentinel-theirs").replace("-access\"", "-access-theirs\"");
    let ran = while_the_post_runs(&home, &server, || home.write(&theirs));
    assert_eq!(ran.outcome(), ("already_refreshed", Some(0)));
    assert_eq!(fs::read_to_string(home.credentials()).unwrap(), theirs);
    assert_tidy(&home);
}

#[test]
fn logging_out_meanwhile_is_the_users_word() {
    let (home, server) = home_and_server(-60);
    let ran = while_the_post_runs(&home, &server, || fs::remove_file(home.credentials()).unwrap());
    assert_eq!(ran.outcome(), ("not_found", Some(3)));
    assert!(!home.credentials().exists() && journals(&home) == 0);
}

#[test]
fn a_folder_that_vanished_gets_its_token_when_it_is_back() {
    let (home, server) = home_and_server(-60);
    let (folder, aside) = (home.path().join(".claude"), home.path().join("aside"));
    let ran = while_the_post_runs(&home, &server, || fs::rename(&folder, &aside).unwrap());
    assert_eq!((ran.outcome(), ran.error()), (("failed", Some(1)), "kept_in_journal"));
    assert_eq!(journals(&home), 1);
    fs::rename(&aside, &folder).unwrap();
    // The locks went away with the folder: nobody freed them.
    drop(fs::remove_dir(folder.join(".oauth_refresh.lock")));
    let ran = refresh(&home, &[]);
    assert_eq!(ran.outcome(), ("refreshed", Some(0)), "{ran:?}");
    assert!(is_usable(&home, &server));
    assert_eq!(server.posts().len(), 1);
    assert_tidy(&home);
}

#[test]
fn bytes_that_make_no_sense_are_not_written_over() {
    let (home, server) = home_and_server(-60);
    let ran = while_the_post_runs(&home, &server, || home.write("{\"claudeAi"));
    assert_eq!((ran.outcome(), ran.error()), (("failed", Some(1)), "kept_in_journal"));
    assert_eq!(fs::read_to_string(home.credentials()).unwrap(), "{\"claudeAi");
    home.write(&credential(-60).json());
    assert_eq!(refresh(&home, &[]).outcome(), ("refreshed", Some(0)));
    assert!(is_usable(&home, &server));
    assert_eq!(server.posts().len(), 1);
}

#[test]
fn a_lock_without_a_heartbeat_is_broken_after_a_minute_and_no_earlier() {
    let (home, server) = home_and_server(-60);
    for lock in [home.path().join(".claude/.oauth_refresh.lock"), home.path().join(".claude.lock")] {
        fs::create_dir(&lock).unwrap();
        let age = |seconds| {
            let then = SystemTime::now() - Duration::from_secs(seconds);
            fs::File::open(&lock).unwrap().set_modified(then).unwrap();
        };
        age(50);
        let ran = refresh(&home, &["--force"]);
        assert_eq!((ran.outcome(), ran.error()), (("busy", Some(1)), "busy"));
        assert!(lock.exists() && server.posts().is_empty(), "another's lock is left as it is");
        fs::remove_dir(&lock).unwrap();
    }
    for lock in [home.path().join(".claude/.oauth_refresh.lock"), home.path().join(".claude.lock")] {
        fs::create_dir(&lock).unwrap();
        let then = SystemTime::now() - Duration::from_secs(61);
        fs::File::open(&lock).unwrap().set_modified(then).unwrap();
        assert_eq!(refresh(&home, &["--force"]).outcome(), ("refreshed", Some(0)));
        assert_tidy(&home);
    }
}

#[test]
fn status_and_doctor_tell_of_a_sign_in_that_cannot_be_refreshed() {
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
fn people_are_told_in_words() {
    let (home, _server) = home_and_server(-60);
    let output = home.run(&["refresh"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("Refreshed: 7h 59m left, until ") || text.starts_with("Refreshed: 8h 0m left"), "{text}");
    let again = String::from_utf8(home.run(&["refresh"]).stdout).unwrap();
    assert!(again.starts_with("Still fresh: "), "{again}");
}
