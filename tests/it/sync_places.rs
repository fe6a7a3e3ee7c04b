//! What arrives at each kind of target, and who may use it there.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use crate::support::credential::CredentialText;
use crate::support::github::{Fault, GithubServer, On};
use crate::support::home::{Home, in_seconds, with_input};
use crate::support::synced::{command, config, credential, home_and_github, repositories, sync, value};
use crate::support::write_program;

const NAMES: [&str; 3] = ["CLAUDE_ACCESS_TOKEN", "CLAUDE_REFRESH_TOKEN", "CLAUDE_EXPIRES_AT"];

#[test]
fn a_sign_in_without_what_can_be_spent_is_sent_without_an_answer_about_the_refresh_token() {
    let github = GithubServer::start();
    github.add_repository("acme/api");
    let home = Home::with_folder();
    let end = in_seconds(7 * 3600);
    home.write(&CredentialText::ending(end).login_ending(in_seconds(20 * 86_400)).with_neighbors().json());
    let targets = "[secrets]\nALL = \"credentialsWithoutRefresh\"\n\n[[targets]]\nrepo = \"acme/api\"\n";
    for answer in ["\"ask\"", "false", "true"] {
        let share = format!("share_refresh_token = {answer}");
        home.write_config(&config(&github, targets).replace("share_refresh_token = true", &share));
        let ran = sync(&home, &["--force"]);
        assert_eq!((ran.outcomes(), ran.code), (vec!["synced"], Some(0)), "{ran:?}");
        let text = value(&github, "acme/api", "ALL");
        assert!(!text.contains("tok-sentinel-refresh"), "{text}");
        let stored: serde_json::Value = serde_json::from_str(&fs::read_to_string(home.credentials()).unwrap()).unwrap();
        let mut expected = stored["claudeAiOauth"].clone();
        expected["refreshToken"] = json!(null);
        expected["refreshTokenExpiresAt"] = json!(null);
        let sent: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(sent, json!({ "claudeAiOauth": expected }));
    }
    let (status, _) = home.status();
    assert_eq!(status["targets"][0]["state"], "in_sync", "{status}");
    let said = String::from_utf8(home.run(&["doctor", "--json"]).stdout).unwrap();
    let doctor: serde_json::Value = serde_json::from_str(&said).unwrap();
    let holders = doctor["checks"].as_array().unwrap().iter().find(|check| check["id"] == "refresh_token").unwrap();
    assert_eq!(holders["verdict"], "pass", "nobody holds the refresh token: {holders}");
}

#[test]
fn variables_are_made_changed_and_left_alone_beside_the_secrets() {
    let github = GithubServer::start();
    github.add_repository("acme/api");
    github.add_repository("acme/web");
    github.add_environment("acme/web", "production");
    github.add_organization("acme");
    let home = Home::with_folder();
    let end = in_seconds(7 * 3600);
    home.write(&CredentialText::ending(end).login_ending(in_seconds(20 * 86_400)).json());
    let targets = r#"
[secrets]
TOKEN = "accessToken"
UNTIL = "expiresAt"
[variables]
UNTIL = "expiresAt"
[[targets]]
repo = "acme/api"
[[targets]]
repo = "acme/web"
environment = "production"
variables = { PLAN = "subscriptionType", UNTIL = "expiresAt" }
[[targets]]
org = "acme"
visibility = "selected"
repositories = ["web"]
[[targets]]
repo = "acme/api"
app = "dependabot"
"#;
    home.write_config(&config(&github, targets));
    let ran = sync(&home, &[]);
    assert_eq!((ran.outcomes(), ran.code), (vec!["synced"; 4], Some(0)), "{ran:?}");
    let names: Vec<_> = ran.secrets("acme/api").into_iter().map(|(name, word)| format!("{name} {word}")).collect();
    assert_eq!(names, ["TOKEN created", "UNTIL created", "vars.UNTIL created"]);
    assert_eq!(ran.secrets("acme/api#dependabot").len(), 2, "variables are Actions' own");
    let open = |place, name| github.variable(place, name).map(|variable| String::from_utf8(variable.value).unwrap());
    for place in ["acme/api", "acme/web@production", "org:acme"] {
        assert_eq!(open(place, "UNTIL"), Some(end.0.to_string()), "{place}");
    }
    assert_eq!(open("acme/web@production", "PLAN").as_deref(), Some("max"));
    let org = github.variable("org:acme", "UNTIL").unwrap();
    assert_eq!((org.visibility.as_deref(), org.selected), (Some("selected"), vec![github.repository_id("acme/web")]));

    github.forget_requests();
    assert_eq!(sync(&home, &[]).outcomes(), ["unchanged"; 4]);
    assert_eq!(github.writes(), 0);

    // Another end is another value: each is changed in its place.
    home.write(&CredentialText::ending(in_seconds(7 * 3600 + 60)).login_ending(in_seconds(20 * 86_400)).json());
    let ran = sync(&home, &[]);
    assert_eq!((ran.outcomes(), ran.code), (vec!["synced"; 4], Some(0)), "{ran:?}");
    assert_ne!(open("acme/api", "UNTIL"), Some(end.0.to_string()));
    assert_eq!(github.variable("acme/api", "UNTIL").unwrap().writes, 2);

    // A target that goes takes with it what Wick has made there.
    let gone = command(&home, &["targets", "remove", "acme/api", "--delete-secrets"]).output().unwrap();
    assert!(gone.status.success(), "{}", String::from_utf8_lossy(&gone.stderr));
    assert_eq!((open("acme/api", "UNTIL"), github.secrets("acme/api").len()), (None, 0));
}

#[test]
fn a_variable_that_came_or_went_meanwhile_is_written_all_the_same() {
    let (home, github) = home_and_github(&["acme/api"]);
    let until = "[secrets]\nTOKEN = \"accessToken\"\n\n[variables]\nUNTIL = \"expiresAt\"\n\n";
    home.write_config(&config(&github, &format!("{until}{}", repositories(&["acme/api"]))));
    // The answer to the request that made it is lost: the next one finds it there.
    let made = On { method: Some("POST"), path_has: "/variables".to_owned() };
    github.fault(made, Fault::ApplyThenReset, 1);
    let ran = sync(&home, &[]);
    assert_eq!((ran.outcomes(), ran.code), (vec!["synced"], Some(0)), "{ran:?}");
    assert_eq!(github.variable("acme/api", "UNTIL").unwrap().writes, 2);
}

/// All may read what stands in one: [`GithubServer`] sweeps them, too.
#[test]
fn a_token_in_the_place_of_a_plan_goes_into_no_variable() {
    let (home, github) = home_and_github(&["acme/api"]);
    let mappings =
        "[secrets]\nPLAN = \"subscriptionType\"\nYEAR = \"ciToken\"\n[variables]\nPLAN = \"subscriptionType\"\n\n";
    home.write_config(&config(&github, &format!("{mappings}{}", repositories(&["acme/api"]))));
    assert!(with_input(home.wick(&["ci-token", "set"]), crate::ci_token::TOKEN).status.success());
    let stored = credential().json();
    let year = crate::ci_token::TOKEN.trim_start_matches("sk-ant-oat01-");
    let long = format!("{}tok-sentinel-access", "max ".repeat(2000));
    for plan in
        ["tok-sentinel-access", "max (tok-sentinel-refresh)", "sk-ant-oat01-EXAMPLE-EXAMPLE-EXAMPLE", year, &long]
    {
        home.write(&stored.replace("\"max\"", &format!("\"{plan}\"")));
        let ran = sync(&home, &[]);
        assert!(github.variable("acme/api", "PLAN").is_none(), "{plan}: {ran:?}");
        assert_eq!(value(&github, "acme/api", "PLAN"), plan, "sealed, it may be anything");
    }
    home.write(&stored);
    assert_eq!(sync(&home, &[]).code, Some(0));
    assert_eq!(github.variable("acme/api", "PLAN").unwrap().value, b"max");
}

#[test]
fn what_arrives_at_every_kind_of_target_is_what_is_stored() {
    let github = GithubServer::start();
    github.add_repository("acme/api");
    github.add_environment("acme/web", "pre prod/é #1");
    github.add_organization("acme");
    let home = Home::with_folder();
    let end = in_seconds(7 * 3600);
    home.write(&CredentialText::ending(end).login_ending(in_seconds(20 * 86_400)).with_neighbors().json());
    write_program(&home.path().join("bin/keep"), "#!/bin/sh\ncat > \"$HOME/kept-$1\"\n");
    let targets = r#"
[[targets]]
repo = "acme/api"
[[targets]]
repo = "acme/web"
environment = "pre prod/é #1"
[[targets]]
repo = "acme/api"
app = "dependabot"
[[targets]]
repo = "acme/api"
app = "codespaces"
secrets = { ALL = "credentials", PLAN = "subscriptionType", SCOPES = "scopes", LOGIN = "refreshTokenExpiresAt" }
[[targets]]
org = "acme"
visibility = "selected"
repositories = ["web", "api"]
[[targets]]
repo = "acme/api"
app = "agents"
[[targets]]
org = "acme"
app = "agents"
visibility = "selected"
repositories = ["api"]
[[targets]]
name = "vault"
command = ["keep", "here"]
"#;
    home.write_config(&config(&github, targets));
    let ran = sync(&home, &[]);
    assert_eq!((ran.outcomes(), ran.code), (vec!["synced"; 8], Some(0)), "{ran:?}");
    let alike =
        ["acme/api", "acme/web@pre prod/é #1", "acme/api#dependabot", "org:acme", "acme/api#agents", "org:acme#agents"];
    for place in alike {
        let arrived = NAMES.map(|name| value(&github, place, name));
        assert_eq!(arrived, ["tok-sentinel-access".to_owned(), "tok-sentinel-refresh".to_owned(), end.0.to_string()]);
        assert_eq!(ran.secrets(place), NAMES.map(|name| (name.to_owned(), "created".to_owned())), "{place}");
    }
    let stored: serde_json::Value = serde_json::from_str(&fs::read_to_string(home.credentials()).unwrap()).unwrap();
    let whole: serde_json::Value = serde_json::from_str(&value(&github, "acme/api#codespaces", "ALL")).unwrap();
    assert_eq!(whole, json!({ "claudeAiOauth": stored["claudeAiOauth"] }), "without the neighbors' tokens");
    assert_eq!(value(&github, "acme/api#codespaces", "SCOPES"), "user:inference user:profile");
    assert_eq!(value(&github, "acme/api#codespaces", "PLAN"), "max");
    let org = github.secret("org:acme", "CLAUDE_ACCESS_TOKEN").unwrap();
    let ids = ["acme/web", "acme/api"].map(|name| github.repository_id(name)).to_vec();
    assert_eq!((org.visibility.as_deref(), org.selected), (Some("selected"), ids.clone()));
    let agents = github.secret("org:acme#agents", "CLAUDE_ACCESS_TOKEN").unwrap();
    assert_eq!((agents.visibility.as_deref(), agents.selected), (Some("selected"), ids[1..].to_vec()));
    let kept = fs::read_to_string(home.path().join("kept-here")).unwrap();
    let expected = json!({ "CLAUDE_ACCESS_TOKEN": "tok-sentinel-access", "CLAUDE_REFRESH_TOKEN": "tok-sentinel-refresh",
        "CLAUDE_EXPIRES_AT": end.0.to_string() });
    assert_eq!(serde_json::from_str::<serde_json::Value>(&kept).unwrap(), expected);
}

#[test]
fn an_organizations_audience_is_never_reset() {
    let github = GithubServer::start();
    github.add_organization("acme");
    for name in ["acme/api", "acme/web"] {
        github.add_repository(name);
    }
    let home = Home::with_folder();
    home.write(&credential().json());
    let org = |more: &str| {
        config(&github, &format!("[secrets]\nTOKEN = \"accessToken\"\n[[targets]]\norg = \"acme\"\n{more}\n"))
    };
    let check = |expected: (&str, &[&str])| {
        let stored = github.secret("org:acme", "TOKEN").unwrap();
        let ids: Vec<u64> = expected.1.iter().map(|name| github.repository_id(name)).collect();
        assert_eq!((stored.visibility.as_deref(), stored.selected), (Some(expected.0), ids));
    };
    home.write_config(&org(""));
    assert_eq!(sync(&home, &[]).code, Some(0));
    check(("private", &[]));
    // Someone chose repositories on GitHub's own page; the config says nothing of it.
    github.set_visibility("org:acme", "TOKEN", "selected", vec![github.repository_id("acme/web")]);
    assert_eq!(sync(&home, &["--force"]).code, Some(0));
    check(("selected", &["acme/web"]));
    home.write_config(&org("visibility = \"all\""));
    assert_eq!(sync(&home, &[]).outcome("org:acme"), "synced");
    check(("all", &[]));
    home.write_config(&org("visibility = \"selected\"\nrepositories = [\"api\"]"));
    assert_eq!(sync(&home, &[]).outcome("org:acme"), "synced");
    check(("selected", &["acme/api"]));
    assert_eq!(sync(&home, &[]).outcome("org:acme"), "unchanged");
}

#[test]
fn ones_own_codespaces_secrets_go_to_the_repositories_that_are_named_or_to_those_that_were() {
    let (home, github) = home_and_github(&["acme/api", "ada/dotfiles"]);
    let own = |more: &str| {
        let targets = format!("[secrets]\nTOKEN = \"accessToken\"\n[[targets]]\nuser = \"codespaces\"\n{more}\n");
        home.write_config(&config(&github, &targets));
    };
    let check = |expected: &[&str]| {
        let ids: Vec<u64> = expected.iter().map(|name| github.repository_id(name)).collect();
        assert_eq!(github.secret("user:codespaces", "TOKEN").unwrap().selected, ids);
    };
    own("");
    let ran = sync(&home, &[]);
    assert_eq!((ran.outcome("user:codespaces"), ran.code), ("synced", Some(0)), "{ran:?}");
    assert_eq!(value(&github, "user:codespaces", "TOKEN"), "tok-sentinel-access");
    check(&[]);
    // Someone chose a repository on GitHub's own page; the config says nothing of it.
    github.set_visibility("user:codespaces", "TOKEN", "selected", vec![github.repository_id("ada/dotfiles")]);
    assert_eq!(sync(&home, &["--force"]).code, Some(0));
    check(&["ada/dotfiles"]);
    own("repositories = [\"acme/api\", \"ada/dotfiles\"]");
    assert_eq!(sync(&home, &[]).outcome("user:codespaces"), "synced");
    check(&["acme/api", "ada/dotfiles"]);
    assert_eq!(sync(&home, &[]).outcome("user:codespaces"), "unchanged");
    own("repositories = []");
    assert_eq!(sync(&home, &[]).outcome("user:codespaces"), "synced");
    check(&[]);
    own("repositories = [\"acme/gone\"]");
    assert_eq!(sync(&home, &[]).error("user:codespaces"), "target_not_found");
}

#[test]
fn commands_have_a_minute_are_scrubbed_and_fail_alone() {
    let (home, github) = home_and_github(&["acme/api"]);
    let bin = home.path().join("bin");
    write_program(&bin.join("echoes"), "#!/bin/sh\ncat >&2\nexit 3\n");
    write_program(&bin.join("ignores"), "#!/bin/sh\nexit 0\n");
    let command = |name: &str, program: &str| format!("[[targets]]\nname = \"{name}\"\ncommand = [\"{program}\"]\n");
    let targets = command("echoes", "echoes") + &command("ignores", "ignores") + &command("gone", "no-such-program");
    home.write_config(&config(&github, &(targets + &repositories(&["acme/api"]))));
    let ran = sync(&home, &[]);
    assert_eq!((ran.outcomes(), ran.code), (vec!["failed", "synced", "failed", "synced"], Some(4)), "{ran:?}");
    assert_eq!((ran.error("echoes"), ran.error("gone")), ("command_failed", "command_not_found"));
    assert!(ran.sentence("echoes").starts_with("the command exited with code 3; "), "{ran:?}");
    // What a command was given is not given again, but with force.
    assert_eq!(sync(&home, &["ignores"]).outcome("ignores"), "unchanged");
    assert_eq!(sync(&home, &["ignores", "--force"]).outcome("ignores"), "synced");
}

// See: https://github.com/enkessler/childprocess/issues/123
// See: https://github.com/OpenRC/openrc/issues/733
#[test]
fn a_command_that_cannot_be_started_says_why_and_what_to_do() {
    let (home, github) = home_and_github(&["acme/api"]);
    let in_home = |name: &str| home.path().join(name);
    for (name, text, mode) in [
        ("plain", "#!/bin/sh\n", 0o644),
        ("bare", "exit 0\n", 0o755),
        ("windows", "#!/bin/sh\r\nexit 0\r\n", 0o755),
        ("gone", "#!/opt/no-such-python -u\n", 0o755),
        ("good", "#!/bin/sh\ncat > /dev/null\n", 0o755),
    ] {
        write_program(&in_home(name), text);
        fs::set_permissions(in_home(name), fs::Permissions::from_mode(mode)).unwrap();
    }
    fs::create_dir(in_home("folder")).unwrap();
    let check = |program: &str, code: &str, why: &str| {
        let path = program.replace("HOME", &home.path().display().to_string());
        let target = format!("[[targets]]\nname = \"it\"\ncommand = [\"{path}\"]\n");
        home.write_config(&config(&github, &target));
        let ran = sync(&home, &[]);
        assert_eq!(ran.error("it"), code, "{program}: {ran:?}");
        assert!(ran.sentence("it").contains(why), "{program}: {ran:?}");
        assert_eq!(home.status().0["targets"][0]["error"]["code"].as_str().unwrap_or(""), code);
    };
    check("HOME/plain", "command_not_started", "chmod +x");
    check("HOME/windows", "command_not_started", "(LF)");
    check("HOME/gone", "command_not_started", "install /opt/no-such-python");
    check("HOME/folder", "command_not_started", "it is a folder");
    // There, the system's own function hands such a file to a shell.
    #[cfg(not(target_os = "macos"))]
    check("HOME/bare", "command_not_started", "#!/bin/sh");
    check("HOME/nothing", "command_not_found", "HOME/nothing".trim_start_matches("HOME"));
    check("~/plain", "command_not_started", "chmod +x");
    check("~/good", "", "");
}

#[test]
fn a_renamed_repository_is_followed_and_its_new_name_reported() {
    let (home, github) = home_and_github(&["acme/api"]);
    github.rename("acme/api", "acme/api2");
    let ran = sync(&home, &[]);
    assert_eq!((ran.outcome("acme/api"), ran.error("acme/api"), ran.code), ("synced", "renamed", Some(0)));
    assert!(ran.sentence("acme/api").contains("repo = \"acme/api2\""), "{ran:?}");
    assert_eq!(value(&github, "acme/api2", "CLAUDE_ACCESS_TOKEN"), "tok-sentinel-access");
    // The list, its way there, the new name, the key and the writes: none is pointed elsewhere a second time.
    assert_eq!(github.requests().len(), 2 + 1 + 1 + 3);
    let redirected = github.requests().iter().filter(|request| request.status == Some(307)).count();
    assert_eq!(redirected, 0);
}
