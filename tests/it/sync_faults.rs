//! Each fault of a server: the right outcome for its target, all others done, nothing leaked, a sentence that helps.

use std::time::Duration;

use crate::support::at_once;
use crate::support::github::{Fault, GithubServer, KeyFault, On};
use crate::support::home::Home;
use crate::support::said;
use crate::support::synced::{Synced, command, config, home_and_github, repositories, sync, value};

const ACCESS: &str = "CLAUDE_ACCESS_TOKEN";

/// Three repositories, the middle one of which suffers.
fn among_others() -> (Home, GithubServer) {
    home_and_github(&["acme/api", "acme/bad", "acme/web"])
}

fn on(method: &'static str, path_has: &str) -> On {
    On { method: Some(method), path_has: path_has.to_owned() }
}

fn answer(status: u16, headers: &[(&str, &str)], message: &str) -> Fault {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Fault::Answer { status, headers, body: serde_json::json!({ "message": message }).to_string() }
}

/// The others have it all, and the one in the middle failed so.
fn failed_alone(fault: Fault, method: &'static str, code: &str) -> Synced {
    let (home, github) = among_others();
    github.fault(on(method, "/acme/bad/"), fault, usize::MAX);
    let ran = sync(&home, &[]);
    assert_eq!((ran.outcomes(), ran.code), (vec!["synced", "failed", "synced"], Some(4)), "{code}: {ran:?}");
    assert_eq!(ran.error("acme/bad"), code, "{ran:?}");
    assert!(ran.secrets("acme/bad").iter().all(|(_, word)| word == "failed"), "{ran:?}");
    for place in ["acme/api", "acme/web"] {
        assert_eq!(value(&github, place, ACCESS), "tok-sentinel-access", "{code}");
    }
    let sentence = ran.sentence("acme/bad");
    assert!(sentence.len() < 700 && !sentence.ends_with("; "), "no way out: {sentence}");
    ran
}

/// It passed, and in the end everything is where it should be.
fn passed(fault: Fault, method: &'static str, times: usize) -> (Synced, GithubServer) {
    let (home, github) = among_others();
    github.fault(on(method, "/acme/bad/"), fault, times);
    let ran = sync(&home, &[]);
    assert_eq!((ran.outcomes(), ran.code), (vec!["synced"; 3], Some(0)), "{ran:?}");
    assert_eq!(value(&github, "acme/bad", ACCESS), "tok-sentinel-access");
    (ran, github)
}

#[test]
fn a_refusal_is_said_in_words_that_help() {
    let fine = [("x-accepted-github-permissions", "secrets=write")];
    let classic = [("x-oauth-scopes", "read:org"), ("x-accepted-oauth-scopes", "repo")];
    let sso = [("x-github-sso", "required; url=https://github.com/orgs/acme/sso?authorization_request=EXAMPLE")];
    let forbidden = "Resource not accessible by personal access token";
    let cases = [
        ("PUT", 403, &fine[..], forbidden, "no_permission", "secrets=write"),
        ("PUT", 403, &classic, "Must have admin rights", "no_permission", "has the scopes read:org, and needs repo"),
        ("PUT", 403, &[], forbidden, "no_permission", "\"Secrets\" (read and write)"),
        ("GET", 403, &sso, "Resource protected by organization SAML enforcement.", "sso_required", "Configure SSO"),
        ("PUT", 403, &[], "Repository was archived so is read-only.", "archived", "unarchive"),
        ("GET", 404, &classic, "Not Found", "target_not_found", "needs repo"),
        ("GET", 410, &[], "Gone", "gone", "remove the target"),
        ("GET", 451, &[], "Repository access blocked", "unavailable", "legal"),
        ("PUT", 422, &[], "Validation Failed", "invalid", "check the secret's name"),
        ("PUT", 418, &[], "teapot", "refused", "GitHub refused (418)"),
    ];
    at_once(cases, |(method, status, headers, message, code, helps)| {
        let ran = failed_alone(answer(status, headers, message), method, code);
        assert!(ran.sentence("acme/bad").contains(helps), "{ran:?}");
        // A server's words are for whoever reads them at once.
        assert!(!ran.report.to_string().contains(&format!("\"{message}\"")), "{ran:?}");
    });
}

#[test]
fn what_passes_is_tried_again() {
    let server_error = |status| answer(status, &[], "Server Error");
    let of_servers = [500, 502, 503]
        .into_iter()
        .flat_map(|status| [(server_error(status), "PUT", 2), (server_error(status), "GET", 2)]);
    let of_networks = [Fault::ResetBeforeAnswer, Fault::ResetWithinBody, Fault::Truncated, Fault::Html, Fault::Empty]
        .map(|fault| (fault, "GET", 1));
    let all = of_servers.chain(of_networks).chain([(Fault::ResetBeforeAnswer, "PUT", 2)]);
    at_once(all, |(fault, method, times)| drop(passed(fault, method, times)));
}

#[test]
fn what_does_not_pass_fails_alone_and_is_not_hammered() {
    let (home, github) = among_others();
    github.fault(on("GET", "/acme/bad/"), answer(502, &[], "<html>Bad Gateway</html>"), usize::MAX);
    let ran = sync(&home, &[]);
    assert_eq!((ran.error("acme/bad"), ran.code), ("server_error", Some(4)));
    let asked = github.requests().into_iter().filter(|request| request.path.contains("/acme/bad/")).count();
    assert_eq!(asked, 3);
    let faults = [
        (Fault::ResetBeforeAnswer, "GET", "no_answer"),
        (Fault::ResetWithinBody, "GET", "no_answer"),
        (Fault::Truncated, "GET", "bad_answer"),
        (Fault::Html, "GET", "bad_answer"),
        (Fault::Empty, "GET", "bad_answer"),
        (Fault::Html, "PUT", "bad_answer"),
        // "Not changed", of which nobody has asked.
        (answer(304, &[], ""), "GET", "bad_answer"),
    ];
    at_once(faults, |(fault, method, code)| drop(failed_alone(fault, method, code)));
}

#[test]
fn a_body_that_drips_and_an_answer_that_never_comes_end_in_time() {
    let drips = (Fault::Drip, on("GET", "/acme/bad/actions/secrets/public-key"));
    let never_comes = (Fault::Stall, on("PUT", "/acme/bad/"));
    at_once([drips, never_comes], |(fault, on)| {
        let (home, github) = among_others();
        // At the last of three tries, so that one wait is enough.
        github.fault(on.clone(), answer(502, &[], "Server Error"), 2);
        github.fault(on, fault, usize::MAX);
        let begun = std::time::Instant::now();
        let ran = sync(&home, &[]);
        assert_eq!((ran.outcomes(), ran.error("acme/bad")), (vec!["synced", "failed", "synced"], "no_answer"));
        assert!((12..24).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
    });
}

#[test]
fn an_answer_that_is_lost_leaves_one_secret_that_counts_as_created() {
    let (ran, github) = passed(Fault::ApplyThenReset, "PUT", 1);
    assert!(ran.secrets("acme/bad").iter().all(|(_, word)| word == "created"), "{ran:?}");
    assert_eq!(github.writes(), 10);
}

#[test]
fn a_key_that_rotates_between_is_fetched_once_more() {
    let (_, github) = passed(Fault::RotateKeyAfter, "GET", 1);
    let keys =
        github.requests().into_iter().filter(|request| request.path.ends_with("/acme/bad/actions/secrets/public-key"));
    assert_eq!(keys.count(), 2);
}

#[test]
fn a_key_that_is_none_seals_nothing() {
    let faults = [
        KeyFault::NotBase64,
        KeyFault::Short,
        KeyFault::Long,
        KeyFault::AllZero,
        KeyFault::LowOrder,
        KeyFault::UrlSafe,
        KeyFault::Missing,
    ];
    at_once(faults, |key| {
        let (home, github) = among_others();
        github.fault(on("GET", "/acme/bad/"), Fault::Key(key), usize::MAX);
        let ran = sync(&home, &[]);
        assert_eq!((ran.outcomes(), ran.error("acme/bad")), (vec!["synced", "failed", "synced"], "bad_key"), "{ran:?}");
        assert_eq!(github.secret("acme/bad", ACCESS).map(|secret| secret.value), None);
        assert_eq!(github.writes(), 6);
    });
}

#[test]
fn what_the_server_repeats_of_the_token_is_not_shown() {
    at_once([Fault::Echo { status: 403 }, Fault::EchoInParts { status: 422 }, Fault::Echo { status: 418 }], |fault| {
        let (home, github) = among_others();
        github.fault(on("PUT", "/acme/bad/"), fault, usize::MAX);
        // The sweep over all that is printed and left is part of it.
        let ran = sync(&home, &["--force"]);
        let shown = command(&home, &["sync", "--force"]).output().unwrap();
        let shown = String::from_utf8(shown.stdout).unwrap();
        assert!(!ran.report.to_string().contains("[redacted]") && shown.contains("[redacted]"), "{shown}");
        for half in ["sentinel-g", "-sentinel", "tok-sent"] {
            assert!(!format!("{ran:?}{shown}").contains(half), "{half}: {shown}");
        }
    });
}

#[test]
fn a_token_that_is_refused_is_shown_once_however_many_targets_wait() {
    let names: Vec<String> = (0..40).map(|number| format!("acme/r{number}")).collect();
    let (home, github) = home_and_github(&names.iter().map(String::as_str).collect::<Vec<_>>());
    github.latency(Duration::from_millis(20));
    github.refuse_token();
    let ran = sync(&home, &[]);
    assert_eq!((ran.outcomes(), github.requests().len()), (vec!["failed"; 40], 1));
}

#[test]
fn a_token_that_is_refused_stops_all_and_each_says_so() {
    let (home, github) = among_others();
    github.refuse_token();
    let ran = sync(&home, &[]);
    assert_eq!((ran.outcomes(), ran.code), (vec!["failed"; 3], Some(4)));
    for place in ["acme/api", "acme/bad", "acme/web"] {
        assert_eq!(ran.error(place), "github_token_refused");
    }
    assert_eq!(github.requests().len(), 1);
    github.accept_token();
    github.remove_repository("acme/bad");
    let ran = sync(&home, &[]);
    assert_eq!((ran.outcomes(), ran.error("acme/bad")), (vec!["synced", "failed", "synced"], "target_not_found"));
}

#[test]
fn a_token_with_the_line_end_that_programs_print_works_and_a_broken_one_is_named() {
    let (home, github) = home_and_github(&["acme/api"]);
    let run = |token: &str| {
        let mut command = home.wick(&["sync", "--json"]);
        Synced::of(&home, &command.env("GH_ENTERPRISE_TOKEN", token).output().unwrap())
    };
    assert_eq!(run("tok-sentinel-github\n").code, Some(0));
    github.forget_requests();
    let broken = run("tok-sentinel\ngithub");
    assert_eq!((broken.code, broken.error("acme/api")), (Some(4), "github_token_malformed"));
    assert!(broken.sentence("acme/api").contains("GH_ENTERPRISE_TOKEN"));
    assert_eq!(github.requests().len(), 0);
}

#[test]
fn a_limit_holds_all_for_a_moment_and_then_all_goes_on() {
    let secondary = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
    let (home, github) = among_others();
    github.fault(on("PUT", "/acme/bad/"), answer(403, &[("retry-after", "1")], secondary), 1);
    github.fault(on("GET", "/acme/web/"), answer(429, &[("retry-after", "1")], "Too many requests"), 1);
    let ran = sync(&home, &[]);
    assert_eq!((ran.outcomes(), ran.code), (vec!["synced"; 3], Some(0)), "{ran:?}");
    assert!(ran.complaints.contains(&said::paused()), "{}", ran.complaints);
}

#[test]
fn a_limit_that_takes_too_long_is_named_with_its_time_and_held_by_the_next_process_too() {
    for (status, headers, message) in [
        (429, vec![("retry-after", "86400")], "Too many requests"),
        (403, vec![("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "4102444800")], "API rate limit exceeded"),
    ] {
        let (home, github) = among_others();
        github.fault(on("PUT", "/acme/"), answer(status, &headers, message), usize::MAX);
        let ran = sync(&home, &[]);
        assert_eq!((ran.outcomes(), ran.code), (vec!["failed"; 3], Some(4)), "{ran:?}");
        for place in ["acme/api", "acme/bad", "acme/web"] {
            assert_eq!(ran.error(place), "rate_limited");
            // With the time until which it lasts.
            assert!(ran.sentence(place).contains(|letter: char| letter.is_ascii_digit()), "{ran:?}");
        }
        github.forget_requests();
        github.forget_faults();
        assert_eq!(sync(&home, &[]).error("acme/api"), "rate_limited");
        assert_eq!(github.requests().len(), 0, "banned is who goes on asking");
    }
}

#[test]
fn a_server_that_never_has_enough_is_given_up_for_now() {
    let (home, github) = among_others();
    github.fault(on("GET", "/acme/"), answer(429, &[("retry-after", "0")], "Too many requests"), usize::MAX);
    let ran = sync(&home, &[]);
    assert_eq!((ran.outcomes(), ran.code, ran.error("acme/web")), (vec!["failed"; 3], Some(4), "rate_limited"));
    assert!(github.requests().len() <= 3 * 6, "{} requests", github.requests().len());
}

#[test]
fn a_list_without_an_end_is_read_for_so_many_bytes_and_no_longer() {
    let padding = "x".repeat(1024 * 1024);
    let secret = serde_json::json!({ "name": "OTHER", "padding": padding });
    let page = serde_json::json!({ "total_count": 1_000_000, "secrets": [secret] }).to_string();
    let huge = page.replace(&padding, &padding.repeat(8));
    for (page, most, code) in [(page, 20, "bad_answer"), (huge, 3, "no_answer")] {
        let (home, github) = among_others();
        github.fault(
            on("GET", "/acme/bad/"),
            Fault::Answer { status: 200, headers: Vec::new(), body: page },
            usize::MAX,
        );
        let ran = sync(&home, &["--wait", "0s"]);
        assert_eq!((ran.outcomes(), ran.error("acme/bad")), (vec!["synced", "failed", "synced"], code), "{ran:?}");
        let asked = github.requests().into_iter().filter(|request| request.path.contains("/acme/bad/")).count();
        assert!(asked <= 3 * most, "{asked} requests");
    }
}

#[test]
fn nobody_waits_who_does_not_want_to() {
    let (home, github) = among_others();
    github.fault(on("PUT", "/acme/bad/"), answer(429, &[("retry-after", "30")], "Too many requests"), 1);
    let begun = std::time::Instant::now();
    let ran = sync(&home, &["--wait", "0s"]);
    assert_eq!((ran.error("acme/bad"), ran.code), ("rate_limited", Some(4)));
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
}

#[test]
fn a_redirect_to_another_host_is_not_followed() {
    let elsewhere = GithubServer::start();
    elsewhere.add_repository("acme/bad");
    let location = format!("{}/repositories/1/actions/secrets", elsewhere.url());
    at_once([301, 302, 307, 308], |status| {
        failed_alone(answer(status, &[("location", &location)], "Moved"), "GET", "redirected");
    });
    assert_eq!(elsewhere.requests().len(), 0, "a token went to a host that it was not given for");
    let (home, github) = among_others();
    github.rename("acme/bad", "acme/good");
    github.fault(
        on("GET", "/repositories/"),
        answer(301, &[("location", "/api/v3/repositories/1/x")], "Moved"),
        usize::MAX,
    );
    assert_eq!(sync(&home, &[]).error("acme/bad"), "bad_answer", "a circle");
}

#[test]
fn a_write_that_is_pointed_elsewhere_within_is_repeated_there() {
    let (home, github) = home_and_github(&["acme/api"]);
    sync(&home, &[]);
    // Between the listing and the writes.
    github.pause_writes();
    home.write(&crate::support::synced::credential().json().replace("sentinel-access", "sentinel-newer"));
    let mut running = command(&home, &["sync", "--json"]);
    let running = running.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    github.rename("acme/api", "acme/api2");
    github.resume();
    let ran = Synced::of(&home, &running.wait_with_output().unwrap());
    assert_eq!(ran.outcome("acme/api"), "synced", "{ran:?}");
    assert_eq!(value(&github, "acme/api2", ACCESS), "tok-sentinel-newer");
}

#[test]
fn a_github_that_is_out_of_reach_is_said_to_be() {
    let (home, github) = among_others();
    let url = github.url();
    drop(github);
    let ran = sync(&home, &[]);
    assert_eq!((ran.outcomes(), ran.code, ran.error("acme/web")), (vec!["failed"; 3], Some(4), "offline"), "{url}");
    let (status, _) = home.status();
    assert_eq!(
        (status["targets"][0]["state"].as_str(), status["targets"][0]["error"]["code"].as_str()),
        (Some("failed"), Some("offline"))
    );
    let there = GithubServer::start();
    there.add_repository("acme/api");
    home.write_config(&config(&there, &repositories(&["acme/api"])));
    assert_eq!(sync(&home, &[]).code, Some(0), "what failed is over");
}
