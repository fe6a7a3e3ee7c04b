//! Each file in `resources/recipes`, run as far as it can be run here: with the real neighbors where they are installed
//! and stand-ins on loopback for the services.

mod actions;
mod alerts;
mod bars;
#[cfg(target_os = "linux")]
mod npm;
#[cfg(target_os = "linux")]
mod on_linux;
#[cfg(target_os = "linux")]
mod places;
mod python;
#[cfg(target_os = "linux")]
mod ssh;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::json;

use crate::support::anthropic::{Answer, Asked, HELLO, Loopback};
use crate::support::credential::SENTINEL;
use crate::support::home::{Home, in_seconds};
use crate::support::refreshed::{REFRESH, home_and_server};
use crate::support::skip;
use crate::support::token_server::{Behavior, TokenServer};

/// The access token of a home's credential.
const ACCESS: &str = "tok-sentinel-access";
const ONE_YEAR: &str = "github-actions/one-year-token.yml";
const CANARY: &str = "github-actions/claude-canary.yml";
const THREE_SECRETS: &str = "github-actions/three-secrets.yml";
const IDENTITY: &str = "github-actions/workload-identity.yml";
const CLIENT: &str = "python/claude_client.py";

fn recipe(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("resources/recipes").join(path)
}

fn text(path: &str) -> String {
    fs::read_to_string(recipe(path)).unwrap()
}

/// Whether one of these is not where a home's programs or a server's look; then the test is skipped.
fn lacks(test: &str, programs: &[&str]) -> bool {
    let is_there = |program: &&&str| {
        ["/usr/bin", "/bin", "/usr/sbin"].iter().any(|folder| Path::new(folder).join(program).exists())
    };
    let missing = programs.iter().find(|program| !is_there(program));
    if let Some(program) = missing {
        skip(test, &format!("{program} is not installed"));
    }
    missing.is_some()
}

#[test]
fn each_recipe_is_printed_to_the_byte_and_listed() {
    let home = Home::new();
    let printed = |arguments: &[&str]| {
        let output = home.run(arguments);
        assert!(output.status.success(), "{arguments:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let listed = printed(&["recipe"]);
    let printed: Vec<String> =
        listed.lines().map(|line| printed(&["recipe", line.split(' ').next().unwrap()])).collect();
    let mut folders = vec![recipe("")];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name() != Some(OsStr::new("README.md")) {
                let text = fs::read_to_string(&path).unwrap();
                assert!(printed.contains(&text), "{}", path.display());
                files += 1;
            }
        }
    }
    assert_eq!(files, printed.len());
}

/// A program with the environment that `wick` has in this home.
fn program(home: &Home, program: impl AsRef<OsStr>) -> Command {
    let wick = home.wick(&[]);
    let environment = wick.get_envs().filter_map(|(name, value)| value.map(|value| (name, value)));
    let mut command = Command::new(program);
    command.env_clear().envs(environment).stdin(Stdio::null()).current_dir(home.path());
    command
}

/// Puts the real program into the home under its name.
fn link_wick(home: &Home) {
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_wick"), home.path().join("bin/wick")).unwrap();
}

/// Puts this name before a real program: it notes the arguments of each call, and calls that.
fn record_arguments(home: &Home, name: &str, real: &Path) {
    let script = "#!/bin/sh\nprintf '%s\\n' \"$@\" >> \"$HOME/arguments\"\nexec REAL \"$@\"\n";
    home.add_program(name, &script.replace("REAL", &real.display().to_string()));
}

/// The arguments of all calls, one a line. None may be a token.
fn arguments(home: &Home) -> Vec<String> {
    let noted = fs::read_to_string(home.path().join("arguments")).unwrap();
    assert!(!noted.contains(SENTINEL), "a token is an argument: {noted}");
    noted.lines().map(str::to_owned).collect()
}

/// How it ended, and what it printed. Nothing of it may have a token.
fn ran(command: &mut Command) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let (printed, complaints) = (text(stdout), text(stderr));
    assert!(!format!("{printed}{complaints}").contains(SENTINEL), "a token was printed: {printed}{complaints}");
    (status.code(), printed, complaints)
}

/// What `wick status --json` prints, of a token with so many seconds left.
fn status(state: &str, seconds: i64) -> String {
    let target = json!({ "target": "acme/api", "state": "failed", "synced_at": null, "error": null });
    let error = json!({ "code": "x", "message": "use <b> & \"c\" | color=red", "action": "-- do this" });
    let access = json!({ "expires_at": null, "expires_at_ms": in_seconds(seconds).0, "seconds_left": seconds });
    json!({ "schema": 1, "event": "loaded", "state": state, "profile": "default", "access_token": access,
        "login": null, "targets": [target], "error": error })
    .to_string()
}

/// A `wick` that prints this, whatever it is asked.
fn stand_in(line: &str) -> String {
    format!("#!/bin/sh\ncat <<'END'\n{line}\nEND\n")
}

// The README.

#[test]
fn the_readme_names_each_recipe_and_leads_to_nothing_that_is_not_there() {
    let readme = text("README.md");
    let links = readme.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    for link in links.filter_map(|link| link.split('#').next()).filter(|link| !link.contains("://")) {
        assert!(recipe(link).exists(), "{link}");
    }
    let mut folders = vec![recipe("")];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if name == "__pycache__" {
                // Whoever tried the class has it.
            } else if path.is_dir() {
                folders.push(path);
            } else {
                files += 1;
                assert!(name == "README.md" || readme.contains(&name), "{name} is not in the README");
            }
        }
    }
    assert!(files >= 11, "only {files} were found: the test looks at the wrong place");
}

// The shell loop.

#[test]
fn the_shell_loop_takes_a_fresh_token_each_round_and_stops_without_one() {
    if lacks("the_shell_loop_takes_a_fresh_token_each_round_and_stops_without_one", &["curl"]) {
        return;
    }
    let (home, api) = (Home::signed_in(7 * 3600), Loopback::messages(ACCESS));
    record_arguments(&home, "curl", Path::new("/usr/bin/curl"));
    // The real one twice, then a fault, then something that is no token, then the end: nobody is signed in.
    let wick = "#!/bin/sh
[ \"$1\" = token ] || exec REAL \"$@\"
echo \"$*\" >> \"$HOME/calls\"
case $(wc -l < \"$HOME/calls\" | tr -d ' ') in
3) exit 1 ;;
4) echo 'a\"b' ;;
5) rm -f \"$HOME/.claude/.credentials.json\"; exec REAL \"$@\" ;;
*) exec REAL \"$@\" ;;
esac
";
    home.add_program("wick", &wick.replace("REAL", env!("CARGO_BIN_EXE_wick")));
    let mut shell = program(&home, recipe("shell/every-hour.sh"));
    let (code, printed, complaints) = ran(shell.env("EVERY", "0").env("ANTHROPIC_BASE_URL", api.url()));
    assert_eq!((code, printed.matches(HELLO).count(), api.asked().len()), (Some(3), 2, 2), "{printed}{complaints}");
    for words in ["wick token exited with 1", "this is no token", "stopped: there is no usable sign-in"] {
        assert_eq!(complaints.matches(words).count(), 1, "{complaints}");
    }
    assert_eq!(fs::read_to_string(home.path().join("calls")).unwrap(), "token --min-left 10m\n".repeat(5));
    assert_eq!(arguments(&home).iter().filter(|argument| *argument == "--config").count(), 2);
    // Before it has asked for a token.
    for address in [
        "http://example.org",
        "http://127.0.0.1:1@example.org",
        "https://api.anthropic.com@example.org",
        "https://-x",
        "https://",
        "https://a b",
        "https://{a,b}",
        "--config=x",
    ] {
        let mut elsewhere = program(&home, recipe("shell/every-hour.sh"));
        let (code, _, complaints) = ran(elsewhere.env("ANTHROPIC_BASE_URL", address));
        assert!(code == Some(2) && complaints.contains("https://"), "{address}: {complaints}");
    }
    assert_eq!(fs::read_to_string(home.path().join("calls")).unwrap().lines().count(), 5);
}

/// A laptop wakes without a network, and with a sign-in as good as ever.
#[test]
fn the_shell_loop_goes_on_while_a_refresh_may_still_work() {
    if lacks("the_shell_loop_goes_on_while_a_refresh_may_still_work", &["curl"]) {
        return;
    }
    let (home, server) = home_and_server(-60);
    let api = Loopback::start(|asked| Answer::json(200, &json!({ "content": asked.method })));
    server.behave(Behavior::Answer { status: 503, headers: Vec::new(), body: String::new() });
    // The fourth round finds that somebody has signed out.
    let wick = "#!/bin/sh
[ \"$1\" = token ] || exec REAL \"$@\"
echo x >> \"$HOME/calls\"
[ $(wc -l < \"$HOME/calls\") -le 3 ] || rm -f \"$HOME/.claude/.credentials.json\"
exec REAL \"$@\"
";
    home.add_program("wick", &wick.replace("REAL", env!("CARGO_BIN_EXE_wick")));
    let mut shell = program(&home, recipe("shell/every-hour.sh"));
    let (code, _, complaints) = ran(shell.env("EVERY", "0").env("ANTHROPIC_BASE_URL", api.url()));
    assert_eq!((code, api.asked().len()), (Some(3), 0), "{complaints}");
    assert_eq!(complaints.matches("no token in this round lives").count(), 3, "{complaints}");
}

#[test]
fn the_shell_loop_goes_on_after_a_round_without_an_answer() {
    if lacks("the_shell_loop_goes_on_after_a_round_without_an_answer", &["curl"]) {
        return;
    }
    let (home, api) = (Home::new(), Loopback::start(|asked| Answer::echo(500, asked)));
    let wick = "#!/bin/sh
[ \"$1\" = token ] || { echo '{\"state\":\"signed_out\"}'; exit 3; }
echo x >> \"$HOME/calls\"
[ $(wc -l < \"$HOME/calls\") -le 2 ] || exit 3
echo tok-sentinel-access
";
    home.add_program("wick", wick);
    // What a user has there must not show the header.
    fs::write(home.path().join(".curlrc"), "verbose\n").unwrap();
    let mut shell = program(&home, recipe("shell/every-hour.sh"));
    let (code, printed, complaints) = ran(shell.env("EVERY", "0").env("ANTHROPIC_BASE_URL", api.url()));
    assert_eq!((code, printed.as_str(), api.asked().len()), (Some(3), "", 2), "{complaints}");
    assert_eq!(complaints.matches("no answer in this round").count(), 2, "{complaints}");
}
