//! Where people send it: deploy platforms, another computer, a session, a container. Each client is a stand-in that notes
//! its arguments and what it is given, but for those in `npm.rs` and `ssh.rs`.

use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use super::*;
use crate::support::home::with_input;
use crate::support::synced::{command, credential};
use crate::support::write_program;

pub const YEAR: &str = crate::ci_token::TOKEN;
/// Each call's arguments are a line; what comes on standard input is kept.
const CLIENT: &str = "#!/bin/sh\necho \"$*\" >> \"$HOME/arguments\"\ncat >> \"$HOME/given\"\n";

/// A signed-in home with a one-year token.
pub fn signed_in() -> Home {
    let home = Home::with_folder();
    home.write(&credential().json());
    assert!(with_input(command(&home, &["ci-token", "set"]), YEAR).status.success());
    home
}

/// The same, whose config is this recipe and which has this program. Synced once.
fn synced(name: &str, client: &str, script: &str) -> Home {
    let home = signed_in();
    home.write_config(&text(&format!("command-targets/{name}.toml")));
    write_program(&home.path().join("bin").join(client), script);
    let (code, printed, complaints) = ran(&mut command(&home, &["sync"]));
    assert!(code == Some(0) && printed.starts_with(&format!("{name}  synced")), "{printed}{complaints}");
    home
}

fn given(home: &Home) -> String {
    fs::read_to_string(home.path().join("given")).unwrap()
}

fn end(home: &Home) -> String {
    let stored: Value = serde_json::from_str(&fs::read_to_string(home.credentials()).unwrap()).unwrap();
    stored["claudeAiOauth"]["expiresAt"].to_string()
}

fn lines(home: &Home) -> String {
    format!("CLAUDE_ACCESS_TOKEN={ACCESS}\nCLAUDE_EXPIRES_AT={}\n", end(home))
}

pub fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn fly_and_1password_are_given_it_on_standard_input() {
    if lacks("fly_and_1password_are_given_it_on_standard_input", &["jq"]) {
        return;
    }
    let fly = synced("fly", "fly", CLIENT);
    assert_eq!(arguments(&fly), ["secrets import --app my-app"]);
    assert_eq!(given(&fly), lines(&fly));
    let item = synced("1password", "op", CLIENT);
    assert_eq!(arguments(&item), ["item edit claude --vault Private"]);
    let field = |name: &str, value: &str| json!({ "id": name, "label": name, "type": "CONCEALED", "value": value });
    let fields = [field("CLAUDE_ACCESS_TOKEN", ACCESS), field("CLAUDE_EXPIRES_AT", &end(&item))];
    let expected = json!({ "title": "claude", "category": "API_CREDENTIAL", "fields": fields });
    assert_eq!(serde_json::from_str::<Value>(&given(&item)).unwrap(), expected);
}

#[test]
fn gitlab_is_given_the_one_year_token_on_standard_input() {
    if lacks("gitlab_is_given_the_one_year_token_on_standard_input", &["jq"]) {
        return;
    }
    // Where it is not there yet, and where it is.
    let update = "variable update CLAUDE_CODE_OAUTH_TOKEN --repo my-group/my-project";
    let set = "variable set --masked --protected CLAUDE_CODE_OAUTH_TOKEN --repo my-group/my-project";
    let new = synced("gitlab", "glab", &CLIENT.replace("\ncat", "\n[ \"$2\" != update ] || exit 1\ncat"));
    assert_eq!((arguments(&new), given(&new).as_str()), (vec![update.to_owned(), set.to_owned()], YEAR));
    let known = synced("gitlab", "glab", CLIENT);
    assert_eq!((arguments(&known), given(&known).as_str()), (vec![update.to_owned()], YEAR));
}

#[test]
fn a_systemd_session_gets_it_by_a_private_file_and_by_name() {
    if lacks("a_systemd_session_gets_it_by_a_private_file_and_by_name", &["jq"]) {
        return;
    }
    let script = "#!/bin/sh\necho \"$*\" >> \"$HOME/arguments\"\nprintenv CLAUDE_ACCESS_TOKEN >> \"$HOME/given\"\n";
    let home = synced("environment-d", "systemctl", script);
    assert_eq!(arguments(&home), ["--user import-environment CLAUDE_ACCESS_TOKEN CLAUDE_EXPIRES_AT"]);
    assert_eq!(given(&home).trim(), ACCESS);
    let file = home.path().join(".config/environment.d/90-claude.conf");
    assert_eq!((fs::read_to_string(&file).unwrap(), mode(&file)), (lines(&home), 0o600));
    // Beside Wick's own files, where nothing else may have a token.
    fs::remove_file(file).unwrap();
}

#[test]
fn a_container_takes_it_from_the_environment_of_docker() {
    let home = Home::signed_in(7 * 3600);
    link_wick(&home);
    let script = "#!/bin/sh\necho \"$*\" >> \"$HOME/arguments\"\nprintenv CLAUDE_CODE_OAUTH_TOKEN > \"$HOME/given\"\n";
    write_program(&home.path().join("bin/docker"), script);
    let (code, _, complaints) = ran(program(&home, recipe("shell/docker.sh")).args(["alpine", "env"]));
    assert_eq!(code, Some(0), "{complaints}");
    assert_eq!(arguments(&home), ["run --rm -e CLAUDE_CODE_OAUTH_TOKEN alpine env"]);
    assert_eq!(given(&home).trim(), ACCESS);
}

#[test]
fn launchd_starts_a_program_with_it() {
    let home = Home::signed_in(7 * 3600);
    write_program(&home.path().join("bin/ask"), "#!/bin/sh\nprintenv CLAUDE_ACCESS_TOKEN > \"$HOME/given\"\n");
    link_wick(&home);
    let plist = text("shell/launchd.plist");
    let (_, array) = plist.split_once("<array>").unwrap();
    let array = array.split_once("</array>").unwrap().0;
    let parts = array.split("<string>").skip(1).map(|part| part.split_once("</string>").unwrap().0);
    let bin = format!("{}/", home.path().join("bin").display());
    let parts: Vec<String> = parts.map(|part| part.replace("/usr/local/bin/", &bin)).collect();
    let (code, _, complaints) = ran(program(&home, &parts[0]).args(&parts[1..]));
    assert_eq!((code, given(&home).trim()), (Some(0), ACCESS), "{complaints}");
}
