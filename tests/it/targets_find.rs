//! `wick targets find`: a search for secrets named like Claude's, over all that the GitHub token may write to.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::time::Duration;

use jiff::Timestamp;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use wick::words::targets::{NO_ENVIRONMENTS, found_in_all, not_synced};

use crate::ci_token::TOKEN;
use crate::support::github::{self, Fault, GithubServer, On};
use crate::support::home::Home;
use crate::support::home::with_input;
use crate::support::sweep;
use crate::support::synced::{command, config, credential, sync, value};
use crate::support::{is_root, wait_for};

/// So many repositories, of which the first 35 hold the one-year token as somebody put it there.
pub(crate) fn home_and_github(count: usize) -> (Home, GithubServer) {
    let github = GithubServer::start();
    for number in 0..count {
        github.add_repository(&format!("acme/r{number}"));
        github.put_secret(&format!("acme/r{number}"), "NPM_TOKEN", b"of someone else");
    }
    for number in 0..35 {
        github.put_secret(&format!("acme/r{number}"), "CLAUDE_CODE_OAUTH_TOKEN", b"last year's");
    }
    let home = Home::with_folder();
    home.write(&credential().json());
    home.write_config(&config(&github, ""));
    (home, github)
}

pub(crate) fn find(home: &Home, arguments: &[&str]) -> (Value, Option<i32>) {
    let output = command(home, &[&["targets", "find", "--json"], arguments].concat()).output().unwrap();
    sweep::check("what was printed", String::from_utf8([&*output.stdout, &output.stderr].concat()).unwrap());
    (serde_json::from_slice(&output.stdout).unwrap(), output.status.code())
}

pub(crate) fn found(report: &Value) -> Vec<&str> {
    report["places"].as_array().unwrap().iter().map(|place| place["target"].as_str().unwrap()).collect()
}

/// From "a year is over" to "every place has the new one".
#[test]
fn thirty_five_of_324_are_found_with_one_listing_each_and_get_the_new_token() {
    let (home, github) = home_and_github(324);
    github.put_secret("acme/r40", "ANTHROPIC_API_KEY", b"paid by use");
    assert!(with_input(command(&home, &["ci-token", "set"]), TOKEN).status.success());
    let (report, code) = find(&home, &["--add"]);
    assert_eq!((code, report["complete"].as_bool(), &report["error"]), (Some(0), Some(true), &Value::Null));
    // The list of repositories has four pages, the owner may be an organization, and whose the token is comes first.
    assert_eq!(github.requests().len(), 324 + 4 + 1 + 1);
    assert_eq!(found(&report).len(), 36);
    let key = report["places"].as_array().unwrap().iter().find(|place| place["target"] == "acme/r40").unwrap();
    assert_eq!((&key["added"], &key["secrets"][0]["name"]), (&false.into(), &"ANTHROPIC_API_KEY".into()));
    let synced = sync(&home, &[]);
    assert_eq!((synced.code, synced.outcomes().len()), (Some(0), 35), "{}", synced.report);
    assert!(github.requests().len() <= 324 + 5 * 35, "{}", github.requests().len());
    assert_eq!(value(&github, "acme/r34", "CLAUDE_CODE_OAUTH_TOKEN"), TOKEN);
    assert_eq!(github.secrets("acme/r40"), ["ANTHROPIC_API_KEY", "NPM_TOKEN"], "nothing that Wick does not have");
}

#[test]
fn without_add_it_only_says_what_it_found_and_names_nothing_else() {
    let (home, github) = home_and_github(40);
    github.add_organization("acme");
    github.put_secret("org:acme", "CLAUDE_CODE_OAUTH_TOKEN", b"for all");
    home.write_config(&config(
        &github,
        "[[targets]]\nrepo = \"ACME/r0\"\nsecrets = { claude_code_oauth_token = \"ciToken\" }\n",
    ));
    let before = fs::read_to_string(home.config()).unwrap();
    let (report, code) = find(&home, &[]);
    assert_eq!((code, fs::read_to_string(home.config()).unwrap()), (Some(0), before));
    assert!(found(&report).contains(&"org:acme") && !report.to_string().contains("NPM_TOKEN"), "{report}");
    let first = report["places"].as_array().unwrap().iter().find(|place| place["target"] == "acme/r0").unwrap();
    assert_eq!((&first["listed"], &first["added"]), (&true.into(), &false.into()));
    let output = command(&home, &["targets", "find"]).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && said.contains(&not_synced(35)), "{said}");
    assert_eq!(github.writes(), 0);
}

#[test]
fn killed_it_goes_on_where_it_was() {
    let (home, github) = home_and_github(120);
    github.latency(Duration::from_millis(20));
    let mut running = command(&home, &["targets", "find", "--json"]).stdout(Stdio::null()).spawn().unwrap();
    wait_for("half of it", || (github.requests().len() > 70).then_some(()));
    running.kill().unwrap();
    running.wait().unwrap();
    github.forget_requests();
    let (report, code) = find(&home, &[]);
    assert_eq!((code, found(&report).len()), (Some(0), 35), "{report}");
    // With whose the token is and the pages of the list; what was under way between two notes is asked again.
    assert!(github.requests().len() <= 121 + 3 - 50, "{}", github.requests().len());
    // One that has come to its end begins anew.
    github.forget_requests();
    assert_eq!((find(&home, &[]).1, github.requests().len()), (Some(0), 121 + 3));
}

#[test]
fn what_keeps_it_from_looking_is_said_and_the_next_run_looks_there() {
    let (home, github) = home_and_github(36);
    let forever = usize::MAX;
    let at = |path: &str| On { method: None, path_has: path.to_owned() };
    github.fault(at("/acme/r7/"), Fault::ResetBeforeAnswer, forever);
    let (report, code) = find(&home, &[]);
    assert_eq!((code, report["complete"].as_bool(), found(&report).len()), (Some(4), Some(false), 34), "{report}");
    assert!(report["error"]["code"].is_string(), "{report}");
    github.forget_faults();
    github.forget_requests();
    let (report, code) = find(&home, &[]);
    assert_eq!((code, found(&report).len(), github.requests().len()), (Some(0), 35, 3), "{report}");
    github.refuse_token();
    let (report, code) = find(&home, &[]);
    assert_eq!((code, report["error"]["code"].as_str()), (Some(1), Some("github_token_refused")), "{report}");
}

/// Some hold it only in an environment.
fn with_environments() -> (Home, GithubServer) {
    let (home, github) = home_and_github(40);
    for name in ["r0@production", "r36@staging", "r37@empty"] {
        let (repository, environment) = name.split_once('@').unwrap();
        github.add_environment(&format!("acme/{repository}"), environment);
        github.put_secret(&format!("acme/{name}"), "NPM_TOKEN", b"of someone else");
    }
    for name in ["acme/r0@production", "acme/r36@staging"] {
        github.put_secret(name, "CLAUDE_CODE_OAUTH_TOKEN", b"last year's");
    }
    (home, github)
}

#[test]
fn environments_are_found_where_that_is_wanted_and_looked_at_again_by_each_later_search() {
    let (home, github) = with_environments();
    // Whose the token is, one page of repositories, and the owner that may be an organization.
    let usual = 40 + 3;
    let (report, code) = find(&home, &[]);
    assert_eq!((code, found(&report).len(), github.requests().len()), (Some(0), 35, usual), "{report}");
    github.forget_requests();
    let (report, code) = find(&home, &["--environments"]);
    let places = found(&report);
    assert_eq!((code, places.len(), github.requests().len()), (Some(0), 37, usual + 40 + 3), "{report}");
    assert!(places.contains(&"acme/r0@production") && places.contains(&"acme/r36@staging"), "{report}");
    github.forget_requests();
    github.delete_secret("acme/r0@production", "CLAUDE_CODE_OAUTH_TOKEN");
    let (report, _) = find(&home, &["--add"]);
    assert_eq!((found(&report).len(), github.requests().len()), (36, usual + 2), "{report}");
    assert!(config_of(&home).contains("repo = \"acme/r36\"\nenvironment = \"staging\"\n"), "{}", config_of(&home));
    let said = |arguments: &[&str]| {
        let output = command(&home, &[&["targets", "find"], arguments].concat()).output().unwrap();
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(said(&[]).contains(NO_ENVIRONMENTS) && !said(&["--environments"]).contains(NO_ENVIRONMENTS));
}

#[test]
fn environments_are_still_known_after_a_search_that_did_not_come_to_them() {
    let (home, github) = with_environments();
    assert_eq!(found(&find(&home, &["--environments"]).0).len(), 37);
    let limit = Fault::Answer {
        status: 429,
        headers: vec![("retry-after".to_owned(), "1".to_owned())],
        body: "{\"message\":\"Too many requests\"}".to_owned(),
    };
    // Which of the searches comes there, before or after the limit, is nobody's to say.
    github.delete_secret("acme/r0@production", "CLAUDE_CODE_OAUTH_TOKEN");
    // Among the first: those of environments come last.
    github.fault(On { method: None, path_has: "/acme/r1/".to_owned() }, limit, usize::MAX);
    for arguments in [&[][..], &["--environments"]] {
        let (report, code) = find(&home, arguments);
        assert_eq!((code, report["complete"].as_bool()), (Some(4), Some(false)), "{report}");
    }
    github.forget_faults();
    let report = wait_for("the end of the limit", || {
        let (report, code) = find(&home, &[]);
        (code == Some(0)).then_some(report)
    });
    assert_eq!((report["complete"].as_bool(), found(&report).len()), (Some(true), 36), "{report}");
    assert!(found(&report).contains(&"acme/r36@staging"), "{report}");
}

#[test]
fn a_search_of_environments_that_was_killed_goes_on_where_it_was() {
    let (home, github) = with_environments();
    github.latency(Duration::from_millis(20));
    let arguments = ["targets", "find", "--environments", "--json"];
    let mut running = command(&home, &arguments).stdout(Stdio::null()).spawn().unwrap();
    let listings = || github.requests().iter().filter(|request| request.path.contains("/environments?")).count();
    wait_for("half of the environments", || (listings() > 20).then_some(()));
    running.kill().unwrap();
    running.wait().unwrap();
    github.forget_requests();
    let (report, code) = find(&home, &["--environments"]);
    assert_eq!((code, found(&report).len()), (Some(0), 37), "{report}");
    // All but what was under way between two notes of it.
    assert!(github.requests().len() <= 83 + 3 - 50, "{}", github.requests().len());
}

#[test]
fn a_token_that_may_list_no_environments_is_named_as_such_and_one_repository_that_refuses_it_is_not() {
    let (home, github) = with_environments();
    let refused = || Fault::Answer { status: 403, headers: Vec::new(), body: "{\"message\":\"Forbidden\"}".to_owned() };
    let on = |path: &str| On { method: None, path_has: path.to_owned() };
    github.fault(on("/r1/environments?"), refused(), usize::MAX);
    let (report, code) = find(&home, &["--environments"]);
    assert_eq!((code, &report["not_searched"], found(&report).len()), (Some(4), &json!(["acme/r1@*"]), 37), "{report}");
    assert!(report["error"]["message"].as_str().unwrap().starts_with("not searched: acme/r1@* ("), "{report}");
    github.fault(on("/environments?"), refused(), usize::MAX);
    let (report, code) = find(&home, &["--environments"]);
    let shape = (report["complete"].as_bool(), report["error"]["code"].as_str());
    let expected = (Some(4), (Some(false), Some("no_permission")), 37);
    assert_eq!((code, shape, found(&report).len()), expected, "those that are known are still looked at: {report}");
}

fn config_of(home: &Home) -> String {
    fs::read_to_string(home.config()).unwrap()
}

/// Whoever ends it means all of it: what was found is said, and nothing is added.
#[test]
fn ended_it_says_what_it_found_and_leaves_the_config_alone() {
    let (home, github) = home_and_github(200);
    github.latency(Duration::from_millis(30));
    let before = config_of(&home);
    for json in [&["--json"][..], &[]] {
        github.forget_requests();
        let arguments = [&["targets", "find", "--add"], json].concat();
        let mut running = command(&home, &arguments);
        let running = running.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        wait_for("some of it", || (github.requests().len() > 60).then_some(()));
        kill_process(Pid::from_raw(i32::try_from(running.id()).unwrap()).unwrap(), Signal::INT).unwrap();
        let output = running.wait_with_output().unwrap();
        assert_eq!(output.status.signal(), Some(Signal::INT.as_raw()), "as if it had no handler");
        let said = String::from_utf8([&*output.stdout, &output.stderr].concat()).unwrap();
        if json.is_empty() {
            assert!(said.contains("acme/r0: ") && said.contains(&found_in_all(35, 35, false)[..8]), "{said}");
        } else {
            let report: Value = serde_json::from_slice(&output.stdout).unwrap();
            let shape = (report["complete"].as_bool(), report["error"]["code"].as_str());
            assert!(shape == (Some(false), Some("stopped")) && !found(&report).is_empty(), "{report}");
        }
        assert!(github.requests().len() < 190, "the rest is not asked: {}", github.requests().len());
        assert_eq!(config_of(&home), before);
    }
}

#[test]
fn json_is_one_object_of_its_own_whatever_fails() {
    let (home, github) = home_and_github(36);
    let good = config_of(&home);
    home.write_config("[tray]\ntitel = 1\n");
    let (report, code) = find(&home, &["--add"]);
    let shape = |report: &Value| (report["schema"].as_u64(), report["complete"].as_bool());
    assert_eq!(
        (code, shape(&report), report["places"].as_array().map(Vec::len)),
        (Some(2), (Some(1), Some(false)), Some(0))
    );
    assert_eq!(report["error"]["code"], "config_invalid");
    home.write_config(&good);
    // What was found before a request failed is added.
    github.fault(On { method: None, path_has: "/acme/r7/".to_owned() }, Fault::ResetBeforeAnswer, usize::MAX);
    let (report, code) = find(&home, &["--add"]);
    let added = report["places"].as_array().unwrap().iter().filter(|place| place["added"] == true).count();
    assert_eq!((code, shape(&report), added), (Some(4), (Some(1), Some(false)), 34), "{report}");
    if !is_root() {
        return;
    }
    github.forget_faults();
    home.write_config(&good);
    home.hand_over();
    chown(home.config(), Some(0), None).unwrap();
    fs::set_permissions(home.config(), fs::Permissions::from_mode(0o644)).unwrap();
    let mut command = home.wick_of_nobody(&["targets", "find", "--add", "--json"]);
    let output = command.env("GH_ENTERPRISE_TOKEN", github::TOKEN).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (output.status.code(), shape(&report), found(&report).len()),
        (Some(1), (Some(1), Some(true)), 35),
        "{report}"
    );
    let added = report["places"].as_array().unwrap().iter().any(|place| place["added"] == true);
    assert_eq!((report["error"]["code"].as_str(), added), (Some("config_not_written"), false));
}

#[test]
fn what_is_older_than_the_stored_token_is_said_of_each_place_and_of_nothing_else_there() {
    let (home, github) = home_and_github(36);
    github.put_secret("acme/r0", "ANTHROPIC_API_KEY", b"paid by use");
    let said = || String::from_utf8(command(&home, &["targets", "find"]).output().unwrap().stdout).unwrap();
    let older = |said: &str| said.lines().filter(|line| line.contains("older than your token")).count();
    assert_eq!(older(&said()), 0, "none is stored");
    // GitHub's seconds are whole.
    let now = Timestamp::now();
    wait_for("the next second", || (Timestamp::now().as_second() > now.as_second()).then_some(()));
    assert!(with_input(command(&home, &["ci-token", "set"]), TOKEN).status.success());
    github.touch("acme/r1", "CLAUDE_CODE_OAUTH_TOKEN");
    let said = said();
    assert_eq!(older(&said), 34, "{said}");
    let line = |place: &str| said.lines().find(|line| line.contains(place)).unwrap_or_default();
    assert!(line("acme/r0:").contains("CLAUDE_CODE_OAUTH_TOKEN (just now, older than your token);"), "{said}");
    assert!(line("acme/r0:").contains("ANTHROPIC_API_KEY (just now), "), "{said}");
    assert!(line("acme/r1:").contains("CLAUDE_CODE_OAUTH_TOKEN (just now);"), "{said}");
}

/// A target whose place holds last year's token beside what it gets, and places that hold nothing that Wick has.
#[test]
fn a_target_gets_what_its_place_holds_too_and_only_that_is_counted() {
    let github = GithubServer::start();
    for name in ["acme/api", "acme/key", "acme/work"] {
        github.add_repository(name);
        github.put_secret(name, "ANTHROPIC_API_KEY", b"paid by use");
    }
    github.put_secret("acme/api", "CLAUDE_CODE_OAUTH_TOKEN", b"last year's");
    github.put_secret("acme/work", "CLAUDE_CODE_OAUTH_TOKEN", b"of another");
    let home = Home::with_folder();
    home.write(&credential().json());
    let targets = "[[targets]]\nrepo = \"acme/api\"\nsecrets = { A = \"accessToken\" } # mine\n\n[[targets]]\nrepo = \
                   \"acme/work\"\nprofile = \"work\"\n\n[[profiles]]\nname = \"work\"\nconfig_dir = \"/w\"\n";
    home.write_config(&config(&github, targets));
    let said = |arguments: &[&str]| {
        let output = command(&home, &[&["targets", "find"], arguments].concat()).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let first = said(&[]);
    assert!(first.contains(&not_synced(1)) && first.contains("does not get CLAUDE_CODE_OAUTH_TOKEN"), "{first}");
    let (report, _) = find(&home, &[]);
    let api = report["places"].as_array().unwrap().iter().find(|place| place["target"] == "acme/api").unwrap();
    assert_eq!((&api["listed"], &api["secrets"][1]["synced"]), (&true.into(), &false.into()), "{report}");
    let second = said(&["--add"]);
    assert!(second.contains("Added acme/api") && !second.contains(&not_synced(1)), "{second}");
    let line = "secrets = { A = \"accessToken\", CLAUDE_CODE_OAUTH_TOKEN = \"ciToken\" } # mine\n";
    assert!(
        config_of(&home).contains(line) && config_of(&home).matches("[[targets]]").count() == 2,
        "{}",
        config_of(&home)
    );
    assert!(said(&["--add"]).contains(&found_in_all(3, 0, true)));
}
