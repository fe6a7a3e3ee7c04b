//! What other programs and computers say: shown at the terminal alone and without anything of a token, never kept, and
//! never taken for GitHub's where it is not.

use std::fs;
use std::path::Path;

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use wick::domain::settings::{Place, ProfileName, Target};
use wick::domain::sync::{Cause, CommandEnd, Failure, Permission, Report, Standing, TargetReport, TargetState};
use wick::report::status::TargetStatus;
use wick::report::sync::SyncReport;
use wick::words;

use crate::support::at_once;
use crate::support::github::{Fault, GithubServer, On, TOKEN};
use crate::support::home::{Home, everything_in};
use crate::support::synced::{Synced, command, config, credential, home_and_github, repositories, sync};

const ACCESS: &str = "tok-sentinel-access";

fn on(method: &'static str, path_has: &str) -> On {
    On { method: Some(method), path_has: path_has.to_owned() }
}

fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Fault {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Fault::Answer { status, headers, body: body.to_owned() }
}

fn each(text: &str, write: impl Fn(u8) -> String) -> String {
    text.bytes().map(write).collect()
}

fn in_pieces(text: &str, between: &str) -> String {
    text.as_bytes().chunks(5).map(String::from_utf8_lossy).collect::<Vec<_>>().join(between)
}

/// What tools print that encode what they are given, and print it again when they fail.
fn encodings(text: &str) -> [(&'static str, String); 13] {
    let json = format!("{{\"NAME\":\"{text}\"}}");
    [
        ("as it is", text.to_owned()),
        ("base64", BASE64_STANDARD.encode(text)),
        ("base64, a byte later", BASE64_STANDARD.encode(format!("x{text}"))),
        ("base64, two bytes later", BASE64_STANDARD.encode(format!("xy{text}"))),
        ("base64 for addresses", BASE64_URL_SAFE.encode(&json)),
        ("hex", hex::encode(text)),
        ("hex, upper case", hex::encode_upper(text)),
        ("percent", each(text, |byte| format!("%{byte:02X}"))),
        ("JSON escapes", each(text, |byte| format!("\\u{byte:04x}"))),
        ("backwards", text.chars().rev().collect()),
        ("in pieces", in_pieces(text, " ")),
        ("wrapped base64", in_pieces(&BASE64_STANDARD.encode(&json), "\n")),
        ("with what nobody sees", in_pieces(text, "\u{200b}")),
    ]
}

/// As someone reads it who looks for a token: letters and digits alone.
fn telling(text: &str) -> Vec<u8> {
    text.bytes().filter(u8::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

/// Longer than what is left at the edges of what is hidden.
const PART: usize = 12;

fn has_part_of(text: &str, written: &str) -> bool {
    let (text, written) = (telling(text), telling(written));
    written.windows(PART).any(|part| text.windows(PART).any(|window| window == part))
}

/// Where something foreign comes in: a command's two outputs; of a server's answers a message about a target, one about a
/// secret, the headers of a refusal and those of what is granted.
const PLACES: &str = r#"
[[targets]]
name = "complains"
command = ["complains"]
[[targets]]
name = "prints"
command = ["prints"]
"#;

fn home_with_places(written: &str) -> (Home, GithubServer) {
    let (home, github) = home_and_github(&["acme/message", "acme/invalid", "acme/header", "acme/good"]);
    home.write_config(&config(
        &github,
        &(repositories(&["acme/message", "acme/invalid", "acme/header", "acme/good"]) + PLACES),
    ));
    fs::write(home.path().join("said"), written).unwrap();
    home.add_program("complains", "#!/bin/sh\ncat > /dev/null; cat \"$HOME/said\" >&2; exit 3\n");
    home.add_program("prints", "#!/bin/sh\ncat > /dev/null; cat \"$HOME/said\"; exit 3\n");
    let message = serde_json::json!({ "message": written }).to_string();
    let in_a_header = written.replace('\n', " ").replace('\u{200b}', "");
    let headers = [
        ("x-oauth-scopes", in_a_header.as_str()),
        ("x-accepted-oauth-scopes", &in_a_header),
        ("x-accepted-github-permissions", &in_a_header),
    ];
    github.fault(on("PUT", "/acme/message/"), answer(403, &[], &message), usize::MAX);
    github.fault(on("PUT", "/acme/invalid/"), answer(422, &[], &message), usize::MAX);
    github.fault(on("GET", "/acme/header/"), answer(404, &headers, "{\"message\":\"Not Found\"}"), usize::MAX);
    // Also of what is granted, such as whose the token is.
    github.set_header("x-oauth-scopes", &in_a_header);
    (home, github)
}

#[test]
fn no_token_comes_out_however_it_is_written_and_whoever_says_it() {
    let (access, github) = (encodings(ACCESS), encodings(TOKEN));
    at_once(access.into_iter().zip(github), |((encoding, access), (_, github_token))| {
        let written = [access, github_token];
        let (home, _github) = home_with_places(&written.join("\n"));
        let check = |what: &str, text: &str| {
            for written in &written {
                assert!(!has_part_of(text, written), "{what} has {encoding}:\n{text}");
            }
        };
        for arguments in [
            &["sync", "--json"][..],
            &["sync"],
            &["status", "--json"],
            &["status"],
            &["targets", "list", "--json"],
            &["targets", "list"],
            &["doctor", "--json"],
            &["github", "status", "--json"],
        ] {
            let output = command(&home, arguments).output().unwrap();
            let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
            check(&arguments.join(" "), &text);
            if arguments == ["sync"] {
                assert!(text.matches("[redacted]").count() >= 4, "{encoding}: {text}");
            }
        }
        let left = everything_in(&home.state());
        assert!(left.contains("command_failed") && left.contains("no_permission"), "what was kept was swept");
        check("a file", &left);
    });
}

#[test]
fn what_others_say_is_in_no_notification_no_menu_no_file_and_no_json() {
    let said = || "what they said".to_owned();
    let permission = || Permission { said: said(), ..Permission::default() };
    let place = Place::parse("acme/api").unwrap();
    let target = Target { place, secrets: None, profile: ProfileName::default() };
    let now = Timestamp::UNIX_EPOCH.to_zoned_datetime(TimeZone::UTC);
    for failure in [
        Failure::CommandFailed { how: CommandEnd::Code(3), said: said() },
        Failure::Refused { status: 418, said: said() },
        Failure::Invalid(said()),
        Failure::NoPermission(permission()),
        Failure::NotFound(permission()),
    ] {
        let cause = Cause::Failed(failure.clone());
        let report = Report::of(vec![TargetReport::failed(target.clone(), cause.clone())]);
        let answer = SyncReport::of(&report, &now);
        let state = TargetState::Failed;
        let standing = Standing { target: &target, state, synced_at: None, cause: Some(cause) };
        let kept = [
            serde_json::to_string(&failure).unwrap(),
            serde_json::to_string(&answer).unwrap(),
            serde_json::to_string(&TargetStatus::of(&standing, &now)).unwrap(),
            words::sync::notice(&report, &now).1,
            words::targets::line(&standing, &now),
        ];
        for text in kept {
            assert!(!text.contains(&said()), "{failure:?}: {text}");
        }
    }
}

/// `Debug` prints every field of an error, with whatever others said in it.
#[test]
fn no_line_of_the_log_is_an_error_as_it_is_derived() {
    let sources = everything_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let calls = ["info!(", "warn!(", "error!("].map(|level| format!("tracing::{level}"));
    let calls = calls.iter().flat_map(|call| sources.split(call.as_str()).skip(1));
    let calls: Vec<&str> = calls.map(|call| call.split_once(");").unwrap_or((call, "")).0).collect();
    assert!(calls.len() > 40, "{}", calls.len());
    for call in calls {
        assert!(!call.replace("{action:?}", "").contains(":?"), "{call}");
    }
}

/// Pages and other JSON, as filters, proxies and a GitHub Enterprise Server at the wrong address answer.
fn not_githubs() -> [(&'static str, &'static str); 3] {
    [
        (
            "text/html",
            "<html><body>Blocked by your administrator: repository archived, rate limit exceeded</body></html>",
        ),
        ("application/json", "{\"error\":\"blocked\"}"),
        ("text/plain", ""),
    ]
}

// See: https://github.com/anomalyco/opencode/issues/16902
// See: https://github.com/PyGithub/PyGithub/issues/1206
#[test]
fn what_is_not_githubs_answer_is_never_told_as_one_whatever_its_status() {
    let statuses = [400, 401, 403, 404, 407, 410, 422, 429, 451, 500, 502, 503];
    let cases = not_githubs().into_iter().flat_map(|answer| statuses.map(|status| (answer, status)));
    let names = ["acme/api", "acme/bad", "acme/web"];
    at_once(cases, |((kind, body), status)| {
        let (home, github) = home_and_github(&names);
        let headers = [("content-type", kind), ("retry-after", "60"), ("x-github-sso", "required")];
        github.fault(on("GET", "/acme/bad/"), answer(status, &headers, body), usize::MAX);
        let ran = sync(&home, &[]);
        assert_eq!(
            (ran.outcomes(), ran.code),
            (vec!["synced", "failed", "synced"], Some(4)),
            "{status} {kind}: {ran:?}"
        );
        assert_eq!(ran.error("acme/bad"), "bad_answer", "{status} {kind}: {ran:?}");
        let sentence = ran.sentence("acme/bad");
        assert!(sentence.contains(&format!("({status})")) && sentence.contains("github.api_url"), "{sentence}");
    });
}

#[test]
fn a_page_deletes_nothing() {
    let (home, github) = home_and_github(&["acme/api"]);
    assert_eq!(sync(&home, &[]).code, Some(0));
    for (status, (kind, body)) in [200, 404].into_iter().flat_map(|status| not_githubs().map(|page| (status, page))) {
        github.fault(on("DELETE", "/acme/api/"), answer(status, &[("content-type", kind)], body), usize::MAX);
        let output = command(&home, &["targets", "remove", "acme/api", "--delete-secrets"]).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.code() == Some(4) && !said.contains("CLAUDE_"), "{status} {kind}: {said}");
        assert_eq!(github.secrets("acme/api").len(), 3);
        github.forget_faults();
    }
}

const TYPED: &str = "sk-ant-oat01-EXAMPLE-typed-in-the-wrong-place";

#[test]
fn a_token_that_is_typed_in_the_wrong_place_is_not_repeated() {
    let (home, github) = home_and_github(&["acme/api"]);
    let flag = format!("--{TYPED}");
    let command_lines: [&[&str]; 19] = [
        &["sync", TYPED],
        &["sync", "--json", TYPED],
        &["sync", "--wait", TYPED],
        &["targets", "add", TYPED],
        &["targets", "add", TYPED, "--", "cat"],
        &["targets", "remove", TYPED],
        &["exec", "--only", TYPED, "--", "true"],
        &["exec", "--env", TYPED, "--", "true"],
        &["exec", "--", TYPED],
        &["status", "--profile", TYPED],
        &["status", "--json", "--profile", TYPED],
        &["status", "--config", TYPED],
        &["config", "path", "--config", TYPED],
        &["config", "check", "--config", TYPED],
        &["doctor", "--json", "--config", TYPED],
        &["token", "--min-left", TYPED],
        &["status", &flag],
        &["status", "--json", &flag],
        &[TYPED],
    ];
    at_once(command_lines, |arguments| {
        let output = command(&home, arguments).output().unwrap();
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(!said.contains("EXAMPLE") && !said.trim().is_empty(), "{arguments:?}: {said}");
    });
    for line in ["profile = \"TOKEN\"", "environment = \"TOKEN\"", "TOKEN = 1", "secrets = { TOKEN = \"accessToken\" }"]
    {
        let line = line.replace("TOKEN", "ghp_EXAMPLEtypedInTheWrongPlace");
        home.write_config(&config(&github, &format!("[[targets]]\nrepo = \"acme/api\"\n{line}\n")));
        for arguments in [&["config", "check"][..], &["status", "--json"], &["targets", "list"], &["doctor"]] {
            let output = command(&home, arguments).output().unwrap();
            let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
            assert!(!said.contains("EXAMPLE") && output.status.code() != Some(0), "{arguments:?} of {line}: {said}");
        }
    }
    fs::remove_file(home.config()).unwrap();
    assert!(!everything_in(&home.state()).contains("EXAMPLE"));
}

#[test]
fn whoever_runs_it_at_a_terminal_reads_what_was_said() {
    let (home, github) = home_and_github(&["acme/api"]);
    let message = "{\"message\":\"Secret names must not be\\u202e empty\"}";
    github.fault(on("PUT", "/acme/api/"), answer(422, &[], message), usize::MAX);
    home.write(&credential().json());
    let output = command(&home, &["sync"]).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("(422): \"Secret names must not be empty\""), "{said}");
    let ran = Synced::of(&home, &command(&home, &["sync", "--json"]).output().unwrap());
    assert!(!ran.report.to_string().contains("must not be"), "{ran:?}");
}
