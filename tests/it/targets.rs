//! `wick targets`: edits of the config that keep comments, picking at a terminal, and what is deleted.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::process::Stdio;

use wick::domain::settings::{Place, ProfileName, Target};

use crate::support::github::{GithubServer, TOKEN};
use crate::support::home::Home;
use crate::support::said;
use crate::support::synced::{command, config, credential, home_and_github, sync};
use crate::support::{PATIENCE, write_program};
use wick::domain::sync::TargetState;
use wick::words::sharing::PROMPT;
use wick::words::targets::{holders, of_others};

fn run(home: &Home, arguments: &[&str]) -> (String, String, Option<i32>) {
    let output = command(home, arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.code())
}

fn text(home: &Home) -> String {
    fs::read_to_string(home.config()).unwrap()
}

#[test]
fn targets_are_added_listed_and_removed_and_comments_stay() {
    let (home, github) = home_and_github(&["acme/api"]);
    let before = format!("# mine\n{}\n# the end\n", text(&home));
    home.write_config(&before);
    let add = ["targets", "add", "acme/web@production", "acme/api#dependabot", "org:acme", "--visibility", "selected"];
    let (said, complaints, code) = run(&home, &[&add[..], &["--repository", "api", "--no-check"]].concat());
    assert_eq!(code, Some(0), "{complaints}");
    assert!(said.contains("acme/web@production, acme/api#dependabot, org:acme"), "{said}");
    assert!(text(&home).starts_with(&before), "{}", text(&home));
    let (_, _, code) =
        run(&home, &["targets", "add", "vault", "--secret", "TOKEN=accessToken", "--", "vault", "kv put"]);
    assert_eq!(code, Some(0));
    let (listed, _, _) = run(&home, &["targets", "list"]);
    let lines: Vec<&str> = listed.lines().collect();
    let never = |name: &str| said::target(name, TargetState::Never, None);
    assert_eq!(lines[..2], ["acme/api", "acme/web@production"].map(never));
    assert_eq!((lines[4], lines.len()), (never("vault").as_str(), 6));
    let json: serde_json::Value = serde_json::from_str(&run(&home, &["targets", "list", "--json"]).0).unwrap();
    assert_eq!((json["targets"][3]["target"].as_str(), json["schema"].as_u64()), (Some("org:acme"), Some(1)));
    for name in ["acme/web@production", "ACME/api#dependabot", "org:acme", "vault"] {
        assert_eq!(run(&home, &["targets", "remove", name]).2, Some(0), "{name}");
    }
    assert_eq!(text(&home).trim(), before.trim());
    assert_eq!(github.requests().len(), 0);
}

#[test]
fn a_target_of_every_kind_is_added_by_its_name() {
    let home = Home::signed_in(3600);
    let check = |arguments: &[&str], keys: &str| {
        let (_, complaints, code) = run(&home, &[&["targets", "add"], arguments].concat());
        assert_eq!((code, text(&home).ends_with(&format!("[[targets]]\n{keys}\n"))), (Some(0), true), "{complaints}");
    };
    check(&["acme/api#agents"], "repo = \"acme/api\"\napp = \"agents\"");
    check(&["org:acme#agents"], "org = \"acme\"\napp = \"agents\"");
    check(&["user:codespaces", "--repository", "acme/api"], "user = \"codespaces\"\nrepositories = [\"acme/api\"]");
    assert_eq!(run(&home, &["targets", "remove", "user:codespaces"]).2, Some(0));
    check(&["user:codespaces"], "user = \"codespaces\"");
    check(&["org:acme", "--visibility", "all"], "org = \"acme\"\nvisibility = \"all\"");
    let (listed, _, _) = run(&home, &["targets", "list"]);
    assert!(listed.contains("acme/api#agents: never synced") && listed.contains("org:acme#agents: never"), "{listed}");
}

#[test]
fn a_first_target_makes_the_config() {
    let home = Home::signed_in(3600);
    let (said, complaints, code) = run(&home, &["targets", "add", "acme/api"]);
    assert_eq!((code, text(&home).as_str()), (Some(0), "[[targets]]\nrepo = \"acme/api\"\n"), "{said}{complaints}");
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(home.config()).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn what_is_no_target_is_refused_and_nothing_is_written() {
    let (home, _github) = home_and_github(&["acme/api"]);
    let before = text(&home);
    for arguments in [
        &["acme"][..],
        &["acme/web", "acme/web/x"],
        &["acme/web", "--visibility", "all"],
        &["acme/web", "--repository", "api"],
        &["acme/API"],
        &["org:acme", "--visibility", "selected"],
        &["org:acme", "--repository", "api"],
        &["user:codespaces", "--repository", "api"],
        &["user:codespaces", "--visibility", "all"],
        &["user:actions"],
        &["acme/web", "--secret", "TOKEN=tok-sentinel-in-config"],
        &["a", "b", "--", "program"],
        &[],
    ] {
        let (said, complaints, code) = run(&home, &[&["targets", "add"], arguments].concat());
        assert_eq!((code, text(&home) == before), (Some(2), true), "{arguments:?}: {said}{complaints}");
        assert!(!complaints.contains("tok-sentinel") && !complaints.is_empty());
    }
    assert_eq!(run(&home, &["targets", "remove", "acme/no"]).2, Some(2));
    // Of what was typed, not of a line that the file does not have.
    let (_, complaints, code) = run(&home, &["targets", "add", "acme/new", "Acme/New"]);
    let target = Target { place: Place::parse("Acme/New").unwrap(), secrets: None, profile: ProfileName::default() };
    assert_eq!((code, text(&home) == before), (Some(2), true), "{complaints}");
    assert!(complaints.contains(&wick::words::targets::named_twice(&target)), "{complaints}");
}

#[test]
fn only_what_wick_created_is_deleted_and_only_when_asked() {
    let (home, github) = home_and_github(&["acme/api", "acme/web"]);
    github.put_secret("acme/api", "CLAUDE_ACCESS_TOKEN", b"was there before");
    github.put_secret("acme/api", "OTHER", b"of someone else");
    sync(&home, &[]);
    let (_, complaints, _) = run(&home, &["targets", "remove", "acme/web"]);
    assert!(complaints.contains("CLAUDE_ACCESS_TOKEN, CLAUDE_EXPIRES_AT"), "{complaints}");
    assert_eq!(github.secrets("acme/web").len(), 3);
    let (said, complaints, code) = run(&home, &["targets", "remove", "acme/api", "--delete-secrets"]);
    assert_eq!(code, Some(0), "{complaints}");
    assert!(said.contains("CLAUDE_EXPIRES_AT, CLAUDE_REFRESH_TOKEN"), "{said}");
    assert_eq!(github.secrets("acme/api"), ["CLAUDE_ACCESS_TOKEN", "OTHER"]);
    assert!(!text(&home).contains("acme/api") && !text(&home).contains("acme/web"));
    let (listed, _, _) = run(&home, &["targets", "list"]);
    assert!(listed.contains(&holders(&["acme/web"])), "still there: {listed}");
}

#[test]
fn what_a_target_gets_is_changed_and_comments_stay() {
    let (home, github) = home_and_github(&["acme/api", "acme/web"]);
    home.write_config(&text(&home).replace("repo = \"acme/api\"\n", "repo = \"acme/api\" # mine\n"));
    let before = text(&home);
    let set = |arguments: &[&str]| run(&home, &[&["targets", "set", "acme/api"], arguments].concat());
    let (said, complaints, code) = set(&["--no-secret", "CLAUDE_REFRESH_TOKEN", "--secret", "PLAN=subscriptionType"]);
    assert_eq!(code, Some(0), "{said}{complaints}");
    assert!(said.contains("CLAUDE_ACCESS_TOKEN, CLAUDE_EXPIRES_AT, PLAN"), "{said}");
    sync(&home, &["acme/api"]);
    assert_eq!(github.secrets("acme/api"), ["CLAUDE_ACCESS_TOKEN", "CLAUDE_EXPIRES_AT", "PLAN"]);
    for wrong in [
        &[][..],
        &["--no-secret", "CLAUDE_REFRESH_TOKEN"],
        &["--secret", "PLAN=nothing"],
        &["--no-secret", "PLAN", "--secrets", "default"],
        &["--no-secret", "PLAN", "--no-secret", "CLAUDE_ACCESS_TOKEN", "--no-secret", "CLAUDE_EXPIRES_AT"],
    ] {
        let (said, complaints, code) = set(wrong);
        assert_eq!(code, Some(2), "{wrong:?}: {said}{complaints}");
    }
    assert_eq!((set(&["--secrets", "default"]).2, text(&home)), (Some(0), before));
}

#[test]
fn what_a_removed_target_keeps_is_deleted_by_the_commands_that_are_named() {
    let (home, github) = home_and_github(&["acme/api"]);
    sync(&home, &[]);
    let (_, complaints, _) = run(&home, &["targets", "remove", "acme/api"]);
    let (_, named) = complaints.trim().trim_end_matches('"').split_once("run \"").unwrap();
    for command in named.split(" && ") {
        let words: Vec<&str> = command.split_whitespace().skip(1).map(|word| word.trim_matches('\'')).collect();
        assert_eq!(run(&home, &words).2, Some(0), "{command}");
    }
    assert_eq!(github.secrets("acme/api").len(), 0);
}

/// Whoever may make an environment chooses its name.
#[test]
fn a_command_that_is_named_is_one_for_a_shell_whatever_is_in_a_name() {
    let (home, github) = home_and_github(&["acme/api"]);
    let name = "a'; touch pwned; '$(touch pwned)`touch pwned`";
    github.add_environment("acme/api", name);
    home.write_config(&config(&github, &format!("[[targets]]\nrepo = \"acme/api\"\nenvironment = \"{name}\"\n")));
    assert_eq!(sync(&home, &[]).code, Some(0));
    let target = format!("acme/api@{name}");
    let (_, complaints, _) = run(&home, &["targets", "remove", &target]);
    let (_, named) = complaints.trim().trim_end_matches('"').split_once("run \"").unwrap();
    home.add_program("wick", "#!/bin/sh\nprintf '%s\\n' \"$@\" >> \"$HOME/given\"\n");
    assert!(home.program("/bin/sh").args(["-c", named]).status().unwrap().success(), "{named}");
    let given = fs::read_to_string(home.path().join("given")).unwrap();
    assert_eq!(given, format!("targets\nadd\n{target}\ntargets\nremove\n{target}\n--delete-secrets\n"));
    assert!(!home.path().join("pwned").exists(), "{named}");
}

#[test]
fn what_someone_else_has_made_anew_is_not_deleted() {
    let (home, github) = home_and_github(&["acme/api"]);
    sync(&home, &[]);
    github.make_anew("acme/api", "CLAUDE_REFRESH_TOKEN", 60);
    let (said, complaints, code) = run(&home, &["targets", "remove", "acme/api", "--delete-secrets"]);
    assert_eq!(code, Some(0), "{complaints}");
    assert!(said.contains("CLAUDE_ACCESS_TOKEN, CLAUDE_EXPIRES_AT"), "{said}");
    assert!(complaints.contains(&of_others(&["CLAUDE_REFRESH_TOKEN".to_owned()])), "{complaints}");
    assert_eq!(github.secrets("acme/api"), ["CLAUDE_REFRESH_TOKEN"]);
    let (listed, _, _) = run(&home, &["targets", "list"]);
    assert!(listed.contains(&holders(&[])), "{listed}");
}

#[test]
fn where_deleting_fails_the_target_stays() {
    let (home, github) = home_and_github(&["acme/api"]);
    sync(&home, &[]);
    github.archive("acme/api");
    let (_, complaints, code) = run(&home, &["targets", "remove", "acme/api", "--delete-secrets"]);
    assert_eq!((code, text(&home).contains("acme/api")), (Some(4), true), "{complaints}");
    assert!(complaints.contains("archived"), "{complaints}");
}

#[test]
fn a_place_that_the_token_does_not_see_is_not_taken_for_an_empty_one() {
    let (home, github) = home_and_github(&["acme/api"]);
    sync(&home, &[]);
    github.remove_repository("acme/api");
    let (said, complaints, code) = run(&home, &["targets", "remove", "acme/api", "--delete-secrets"]);
    assert_eq!((code, text(&home).contains("acme/api")), (Some(4), true), "{said}{complaints}");
    let (listed, _, _) = run(&home, &["targets", "list"]);
    assert!(listed.contains(&holders(&["acme/api"])), "{listed}");
}

#[test]
fn json_is_one_object_also_where_the_config_is_broken() {
    let home = Home::signed_in(3600);
    home.write_config("[tray]\ntitel = 1\n");
    for arguments in [&["targets", "list", "--json"][..], &["github", "status", "--json"], &["sync", "--json"]] {
        let (said, _, code) = run(&home, arguments);
        let report: serde_json::Value = serde_json::from_str(&said).unwrap_or_else(|_| panic!("{arguments:?}: {said}"));
        assert_eq!(
            (code, report["error"]["code"].as_str(), report["schema"].as_u64()),
            (Some(2), Some("config_invalid"), Some(1))
        );
    }
}

/// A terminal: what the program draws is read from it, what a person types is written to it.
pub(crate) struct Terminal {
    ours: File,
    running: std::process::Child,
    drawn: std::sync::Arc<std::sync::Mutex<String>>,
    /// Held until the program has ended: macOS throws away what was not read when nobody has this end open any more.
    theirs: File,
    /// Ends when nobody has that end open.
    reading: std::thread::JoinHandle<()>,
}

impl Terminal {
    pub(crate) fn run(home: &Home, arguments: &[&str]) -> Self {
        Self::start(command(home, arguments))
    }

    pub(crate) fn start(command: std::process::Command) -> Self {
        Self::of_kind(command, "xterm", 120)
    }

    /// A terminal that says of itself that it is of this kind and so wide.
    pub(crate) fn of_kind(mut command: std::process::Command, kind: &str, columns: u16) -> Self {
        use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&ours).unwrap();
        unlockpt(&ours).unwrap();
        let path = ptsname(&ours, Vec::new()).unwrap();
        let theirs = fs::OpenOptions::new().read(true).write(true).open(path.to_str().unwrap()).unwrap();
        let size = rustix::termios::Winsize { ws_row: 40, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        rustix::termios::tcsetwinsize(&theirs, size).unwrap();
        let end = || Stdio::from(theirs.try_clone().unwrap());
        let running = command.env("TERM", kind).stdin(end()).stdout(end()).stderr(end()).spawn().unwrap();
        let ours = File::from(ours);
        let drawn = std::sync::Arc::<std::sync::Mutex<String>>::default();
        let (mut reader, shared) = (ours.try_clone().unwrap(), std::sync::Arc::clone(&drawn));
        let reading = std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            // Linux ends it by an error, macOS by a read of nothing.
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                shared.lock().unwrap().push_str(&String::from_utf8_lossy(&bytes[..count]));
            }
        });
        drop(command);
        Self { ours, running, drawn, theirs, reading }
    }

    pub(crate) fn wait_for(&self, text: &str) {
        let deadline = std::time::Instant::now() + PATIENCE;
        while !self.drawn.lock().unwrap().contains(text) {
            assert!(std::time::Instant::now() < deadline, "no {text}: {}", self.drawn.lock().unwrap());
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }

    #[cfg(not(target_os = "macos"))]
    pub(crate) fn drawn(&self) -> String {
        self.drawn.lock().unwrap().clone()
    }

    #[cfg(not(target_os = "macos"))]
    pub(crate) fn process(&self) -> rustix::process::Pid {
        rustix::process::Pid::from_child(&self.running)
    }

    /// As the program has left them, or as another one changes them.
    #[cfg(not(target_os = "macos"))]
    pub(crate) fn modes(&self) -> rustix::termios::Termios {
        rustix::termios::tcgetattr(&self.theirs).unwrap()
    }

    #[cfg(not(target_os = "macos"))]
    pub(crate) fn set_modes(&self, modes: &rustix::termios::Termios) {
        rustix::termios::tcsetattr(&self.theirs, rustix::termios::OptionalActions::Now, modes).unwrap();
    }

    #[cfg(not(target_os = "macos"))]
    pub(crate) fn terminate(&self) {
        rustix::process::kill_process(self.process(), rustix::process::Signal::TERM).unwrap();
    }

    pub(crate) fn type_in(&mut self, keys: &str) {
        self.ours.write_all(keys.as_bytes()).unwrap();
    }

    pub(crate) fn end(mut self) -> (Option<i32>, String) {
        let code = self.running.wait().unwrap().code();
        drop(self.theirs);
        self.reading.join().unwrap();
        let drawn = self.drawn.lock().unwrap().clone();
        (code, drawn)
    }
}

#[test]
fn at_a_terminal_the_repositories_are_there_to_pick_from() {
    let (home, github) = home_and_github(&["acme/api", "acme/app", "acme/web", "acme/website"]);
    github.archive("acme/website");
    home.write_config(&config(&github, "[[targets]]\nrepo = \"acme/api\"\n"));
    let mut terminal = Terminal::run(&home, &["targets", "add"]);
    terminal.wait_for("acme/web");
    terminal.type_in("web");
    terminal.type_in(" \r");
    let (code, drawn) = terminal.end();
    assert_eq!(code, Some(0), "{drawn}");
    assert!(text(&home).ends_with("[[targets]]\nrepo = \"acme/web\"\n"), "{}\n{drawn}", text(&home));
    assert!(!drawn.contains("acme/website") && !drawn.contains("acme/api"), "archived, or there already: {drawn}");
    assert!(!drawn.contains("tok-sentinel"));
}

#[test]
fn at_a_terminal_the_question_of_the_refresh_token_is_asked_once_and_kept() {
    let (home, github) = home_and_github(&["acme/api"]);
    home.write_config(&text(&home).replace("share_refresh_token = true", "share_refresh_token = \"ask\" # open"));
    let mut terminal = Terminal::run(&home, &["sync"]);
    terminal.wait_for(PROMPT);
    terminal.type_in("n");
    let (code, drawn) = terminal.end();
    assert_eq!(code, Some(0), "{drawn}");
    assert!(text(&home).contains("share_refresh_token = false # open"), "{}", text(&home));
    assert_eq!(github.secrets("acme/api"), ["CLAUDE_ACCESS_TOKEN", "CLAUDE_EXPIRES_AT"]);
    assert!(!drawn.contains("tok-sentinel"));
    let terminal = Terminal::run(&home, &["sync"]);
    let (code, drawn) = terminal.end();
    assert!(code == Some(0) && drawn.contains("unchanged") && !drawn.contains(PROMPT), "{drawn}");
}

#[test]
fn a_question_that_is_broken_off_is_no_leave_to_send() {
    let (home, github) = home_and_github(&["acme/api"]);
    home.write_config(&text(&home).replace("share_refresh_token = true", "share_refresh_token = \"ask\""));
    let mut terminal = Terminal::run(&home, &["sync"]);
    terminal.wait_for(PROMPT);
    terminal.type_in("\u{3}");
    let (code, drawn) = terminal.end();
    assert_eq!((code, github.secrets("acme/api").len()), (Some(1), 0), "{drawn}");
}

#[test]
fn the_token_is_that_of_the_config_whatever_is_named_first() {
    let github = GithubServer::start();
    github.add_repository("acme/api");
    let home = Home::with_folder();
    home.write(&credential().json());
    home.write_config(&config(&github, ""));
    write_program(&home.path().join("bin/gh"), "#!/bin/sh\nexit 1\n");
    let mut status = home.wick(&["github", "status", "--json"]);
    let output = status.output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), report["error"]["code"].as_str()), (Some(1), Some("no_github_token")));
    github.set_header("x-oauth-scopes", "repo, read:org");
    github.set_header("github-authentication-token-expiration", "2099-03-01 08:00:00 UTC");
    let output = status.env("GH_ENTERPRISE_TOKEN", TOKEN).output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let expected = serde_json::json!({ "schema": 1, "host": github.host(), "source": "GH_ENTERPRISE_TOKEN", "warnings": [],
        "login": "ada", "scopes": "repo, read:org", "expires_at": "2099-03-01T08:00:00Z", "error": null });
    assert_eq!(report, expected);
}
