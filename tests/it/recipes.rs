//! Each file in `resources/recipes`, run as far as it can be run here: with the real neighbors where they are installed
//! and stand-ins on loopback for the services.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::json;

use crate::support::anthropic::{Answer, Asked, HELLO, Loopback};
use crate::support::credential::SENTINEL;
use crate::support::home::{Home, in_seconds};
use crate::support::refreshed::REFRESH;
use crate::support::skip;
use crate::support::token_server::{Behavior, TokenServer};

/// The access token of a home's credential.
const ACCESS: &str = "tok-sentinel-access";
const ONE_YEAR: &str = "github-actions/one-year-token.yml";
const THREE_SECRETS: &str = "github-actions/three-secrets.yml";
const IDENTITY: &str = "github-actions/workload-identity.yml";
const CLIENT: &str = "python/claude_client.py";

fn recipe(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("resources/recipes").join(path)
}

fn text(path: &str) -> String {
    fs::read_to_string(recipe(path)).unwrap()
}

/// Whether one of these is not where a home's programs look; then the test is skipped.
fn lacks(test: &str, programs: &[&str]) -> bool {
    let is_there = |program: &&&str| ["/usr/bin", "/bin"].iter().any(|folder| Path::new(folder).join(program).exists());
    let missing = programs.iter().find(|program| !is_there(program));
    if let Some(program) = missing {
        skip(test, &format!("{program} is not installed"));
    }
    missing.is_some()
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

// GitHub Actions. actionlint reads them too, in `.ci/run`.

/// What a line gives to a key: `run: |` and `- run: |` give `|`.
fn value<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    line.trim_start_matches([' ', '-']).strip_prefix(key)?.strip_prefix(':').map(str::trim)
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// The script of the step with this name.
fn script(workflow: &str, step: &str) -> String {
    let from = workflow.lines().skip_while(|line| value(line, "name") != Some(step));
    let mut from = from.skip_while(|line| value(line, "run") != Some("|"));
    let column = indent(from.next().unwrap_or_else(|| panic!("no script of {step}")));
    let lines = from.take_while(|line| line.trim().is_empty() || indent(line) > column);
    lines.map(|line| format!("{}\n", line.trim_start_matches(' '))).collect()
}

/// A step as a runner runs it, where `shell: bash` is named.
fn step(home: &Home, workflow: &str, name: &str) -> Command {
    let path = home.path().join("step.sh");
    fs::write(&path, script(&text(workflow), name)).unwrap();
    let mut bash = program(home, "bash");
    bash.args(["--noprofile", "--norc", "-eo", "pipefail"]).arg(path);
    bash
}

#[test]
fn the_workflows_pin_their_actions_may_do_little_and_end() {
    for file in [ONE_YEAR, THREE_SECRETS, IDENTITY] {
        let workflow = text(file);
        for used in workflow.lines().filter_map(|line| value(line, "uses")) {
            let (_, pin) = used.split_once('@').unwrap();
            let (commit, version) = pin.split_once(" # v").unwrap_or_else(|| panic!("{file}: {used}"));
            assert!(commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()), "{file}: {used}");
            assert_eq!(version.split('.').count(), 3, "{file}: {used}");
        }
        assert!(workflow.contains("\npermissions:\n  contents: read\n"), "{file}");
        assert!(!workflow.contains("pull_request_target"), "{file}");
        let (_, jobs) = workflow.split_once("\njobs:\n").unwrap();
        let starts = jobs.lines().filter(|line| indent(line) == 2 && line.ends_with(':')).count();
        let ends = jobs.lines().filter(|line| indent(line) == 4 && value(line, "timeout-minutes").is_some()).count();
        assert!(starts > 0 && starts == ends, "{file}: {starts} jobs, of which {ends} have timeout-minutes");
        // An expression is the whole value of a key. In a script it would be pasted in before a shell reads it.
        for line in workflow.lines().filter(|line| line.contains("${{")) {
            let (key, value) = line.trim().split_once(": ").unwrap_or_else(|| panic!("{file}: {line}"));
            let is_name = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            assert!(is_name && key != "run" && value.starts_with("${{"), "{file}: {line}");
        }
    }
}

#[test]
fn each_workflow_takes_what_its_head_says() {
    let secrets = |file: &str| {
        let workflow = text(file);
        let mut names: Vec<String> =
            workflow.split("${{ secrets.").skip(1).map(|rest| rest.split(' ').next().unwrap().to_owned()).collect();
        names.sort();
        names.dedup();
        names
    };
    assert_eq!(secrets(ONE_YEAR), ["CLAUDE_CODE_OAUTH_TOKEN"]);
    assert_eq!(secrets(THREE_SECRETS), ["CLAUDE_ACCESS_TOKEN", "CLAUDE_EXPIRES_AT"], "never the refresh token");
    assert_eq!(secrets(IDENTITY), [""; 0]);
    assert!(text(ONE_YEAR).contains("claude_code_oauth_token: ${{ secrets.CLAUDE_CODE_OAUTH_TOKEN }}"));
    // A job that has none of these gets no identity.
    assert_eq!(text(IDENTITY).matches("id-token: write").count(), 2);
    assert!(!text(ONE_YEAR).contains("id-token") && !text(THREE_SECRETS).contains("id-token"));
}

#[test]
fn the_synced_token_is_looked_at_before_the_job_begins() {
    if lacks("the_synced_token_is_looked_at_before_the_job_begins", &["bash"]) {
        return;
    }
    let home = Home::new();
    let check = |end: &str| {
        let mut bash = step(&home, THREE_SECRETS, "Does the token live long enough?");
        let (code, printed, complaints) = ran(bash.env("EXPIRES_AT", end).env("MINUTES", "20"));
        assert_eq!(complaints, "", "{end}");
        (code, printed)
    };
    let at = |seconds: i64| in_seconds(seconds).0.to_string();
    let (code, printed) = check(&at(3 * 3600 + 90));
    assert_eq!((code, printed.as_str()), (Some(0), "The Claude token lives 181 minutes more\n"));
    for (end, words) in [
        (at(19 * 60 - 30), "ends in 18 minutes, sooner than this job: run \"wick sync\""),
        (at(50), "ends in 0 minutes"),
        (at(-3630), "ended 60 minutes ago: run \"wick sync\" on your computer, then this again"),
        (String::new(), "CLAUDE_EXPIRES_AT is missing or no time in milliseconds"),
        ((in_seconds(7200).0 / 1000).to_string(), "CLAUDE_EXPIRES_AT is missing or no time in milliseconds"),
        ("0189999999999".to_owned(), "no time in milliseconds"),
        (format!("a[$(touch {})]", home.path().join("run").display()), "no time in milliseconds"),
    ] {
        let (code, printed) = check(&end);
        assert!(code == Some(1) && printed.starts_with("::error::") && printed.contains(words), "{end}: {printed}");
        assert_eq!(printed.lines().count(), 1, "{printed}");
    }
    assert!(!home.path().join("run").exists(), "a secret was run as a command");
}

#[test]
fn an_identity_is_exchanged_by_hand() {
    if lacks("an_identity_is_exchanged_by_hand", &["bash", "curl", "jq"]) {
        return;
    }
    let home = Home::new();
    record_arguments(&home, "curl", Path::new("/usr/bin/curl"));
    record_arguments(&home, "jq", Path::new("/usr/bin/jq"));
    let server = Loopback::start(|asked| match (asked.path.as_str(), asked.header("authorization")) {
        ("/identity?api-version=2&audience=https://api.anthropic.com", "Bearer tok-sentinel-runner") => {
            Answer::json(200, &json!({ "value": "tok-sentinel-identity" }))
        }
        ("/v1/oauth/token", "") if asked.json()["assertion"] == "tok-sentinel-identity" => {
            Answer::json(200, &json!({ "access_token": ACCESS, "token_type": "Bearer", "expires_in": 600 }))
        }
        ("/v1/messages", "Bearer tok-sentinel-access") => {
            Answer::json(200, &json!({ "content": [{ "type": "text", "text": HELLO }] }))
        }
        _ => Answer::echo(401, asked),
    });
    let run = |runner_token: &str, workspace: &str| {
        let mut bash = step(&home, IDENTITY, "Exchange and ask");
        bash.env("ACTIONS_ID_TOKEN_REQUEST_URL", format!("{}/identity?api-version=2", server.url()));
        bash.env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", runner_token).env("ANTHROPIC_BASE_URL", server.url());
        bash.env("ANTHROPIC_FEDERATION_RULE_ID", "fdrl_1").env("ANTHROPIC_SERVICE_ACCOUNT_ID", "svac_1");
        bash.env("ANTHROPIC_ORGANIZATION_ID", "5e6f7a8b-bbbb").env("ANTHROPIC_WORKSPACE_ID", workspace);
        let output = bash.output().unwrap();
        // GitHub takes these lines as orders to hide the tokens, and does not show them.
        let printed = String::from_utf8(output.stdout).unwrap();
        let (orders, shown): (Vec<&str>, Vec<&str>) =
            printed.lines().partition(|line| line.starts_with("::add-mask::"));
        let complaints = String::from_utf8(output.stderr).unwrap();
        assert!(!format!("{shown:?}{complaints}").contains(SENTINEL), "a token was printed: {shown:?}{complaints}");
        (output.status.code(), orders.len(), shown.join("\n"))
    };
    assert_eq!(run("tok-sentinel-runner", ""), (Some(0), 2, HELLO.to_owned()));
    let exchange = server.asked()[1].json();
    let expected = json!({ "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "assertion": "tok-sentinel-identity", "federation_rule_id": "fdrl_1", "organization_id": "5e6f7a8b-bbbb",
        "service_account_id": "svac_1" });
    assert_eq!(exchange, expected);
    assert_eq!(run("tok-sentinel-runner", "wrkspc_1").0, Some(0));
    assert_eq!(server.asked()[4].json()["workspace_id"], "wrkspc_1");
    let (code, orders, shown) = run("tok-sentinel-other", "");
    assert!(code != Some(0) && orders == 0 && shown.is_empty(), "{code:?} {shown}");
    assert_eq!(server.asked().len(), 7, "it goes on after no failure");
    assert!(arguments(&home).iter().any(|argument| argument == "--config"));
}

// Python.

/// `claude_client.py` with these in its environment, and an end in so many seconds.
fn client(home: &Home, api: &Loopback, seconds: i64) -> Command {
    let mut python = program(home, "python3");
    // Nothing is left beside the recipe.
    python.arg("-B").arg(recipe(CLIENT)).env("ANTHROPIC_BASE_URL", api.url());
    python.env("CLAUDE_ACCESS_TOKEN", ACCESS).env("CLAUDE_EXPIRES_AT", in_seconds(seconds).0.to_string());
    python
}

/// Lines of Python that have the class, and what it needs for loopback: `api`, `token_url`, `tokens(seconds)`.
fn driver(home: &Home, api: &Loopback, tokens: &TokenServer, lines: &str) -> Command {
    let head = "import os, sys, threading, time
sys.path.insert(0, os.environ['RECIPE'])
from claude_client import *
api, token_url = os.environ['ANTHROPIC_BASE_URL'], os.environ['TOKEN_URL']
def tokens(seconds):
    return Tokens('tok-sentinel-access', int((time.time() + seconds) * 1000), 'tok-sentinel-refresh')
def keep(new):
    with open('kept', 'w') as file:
        file.write(new.refresh_token)
def client(seconds, **more):
    options = dict(may_refresh=True, on_refresh=keep, base_url=api, token_url=token_url)
    return ClaudeClient(tokens(seconds), **{**options, **more})
";
    let path = home.path().join("driver.py");
    fs::write(&path, format!("{head}{lines}")).unwrap();
    let mut python = program(home, "python3");
    python.arg("-B").arg(path).env("RECIPE", recipe("python")).env("ANTHROPIC_BASE_URL", api.url());
    python.env("TOKEN_URL", tokens.url());
    python
}

#[test]
fn python_sends_one_message_with_a_token_that_lives() {
    if lacks("python_sends_one_message_with_a_token_that_lives", &["python3"]) {
        return;
    }
    let (home, api) = (Home::new(), Loopback::messages(ACCESS));
    let (code, printed, complaints) = ran(client(&home, &api, 3600).arg("hello").arg("there"));
    assert_eq!((code, printed.as_str(), complaints.as_str()), (Some(0), "Hello from loopback\n", ""));
    let asked = api.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].json()["messages"], json!([{ "role": "user", "content": "hello there" }]));
    assert_eq!(asked[0].header("user-agent"), "wick-recipe/1", "it says what it is");
    // Without an end the server decides.
    assert_eq!(ran(client(&home, &api, 0).env_remove("CLAUDE_EXPIRES_AT").arg("hello")).0, Some(0));
}

#[test]
fn python_gets_its_token_from_wick_exec() {
    if lacks("python_gets_its_token_from_wick_exec", &["python3"]) {
        return;
    }
    let (home, api) = (Home::signed_in(7 * 3600), Loopback::messages(ACCESS));
    let path = recipe(CLIENT);
    let mut wick = home.wick(&["exec", "--", "python3", "-B", path.to_str().unwrap(), "hello"]);
    let (code, printed, complaints) = ran(wick.env("ANTHROPIC_BASE_URL", api.url()));
    assert_eq!((code, printed.as_str()), (Some(0), "Hello from loopback\n"), "{complaints}");
    assert_eq!(api.asked().len(), 1);
}

#[test]
fn python_says_that_it_is_too_late_and_sends_nothing() {
    if lacks("python_says_that_it_is_too_late_and_sends_nothing", &["python3"]) {
        return;
    }
    let (home, api) = (Home::new(), Loopback::messages(ACCESS));
    let mut late = client(&home, &api, -3630);
    // It may not be used without being allowed to.
    let (code, printed, complaints) = ran(late.env("CLAUDE_REFRESH_TOKEN", REFRESH).arg("hello"));
    assert_eq!((code, printed.as_str()), (Some(3), ""));
    assert!(complaints.contains("ended 60 minutes ago") && complaints.contains("wick sync"), "{complaints}");
    for (name, value, code, words) in [
        ("CLAUDE_ACCESS_TOKEN", "", 3, "CLAUDE_ACCESS_TOKEN is not set"),
        ("CLAUDE_ACCESS_TOKEN", "tok-sentinel\ntwo", 1, "characters that no token has"),
        ("CLAUDE_EXPIRES_AT", "soon", 1, "no time in milliseconds"),
        ("ANTHROPIC_BASE_URL", "http://example.org", 1, "only https is taken"),
        ("ANTHROPIC_BASE_URL", "http://127.0.0.1.example.org", 1, "only https is taken"),
    ] {
        let (ended, printed, complaints) = ran(client(&home, &api, 3600).env(name, value).arg("hello"));
        assert_eq!((ended, printed.as_str()), (Some(code), ""), "{name}: {complaints}");
        assert!(complaints.contains(words) && complaints.lines().count() == 1, "{name}: {complaints}");
    }
    assert_eq!(ran(&mut client(&home, &api, 3600)).0, Some(2), "nothing to say");
    assert_eq!(api.asked().len(), 0);
}

#[test]
fn python_prints_no_token_that_a_server_repeats_and_takes_none_elsewhere() {
    if lacks("python_prints_no_token_that_a_server_repeats_and_takes_none_elsewhere", &["python3"]) {
        return;
    }
    let home = Home::new();
    for status in [400, 401, 500] {
        let api = Loopback::start(move |asked| Answer::echo(status, asked));
        let (code, _, complaints) = ran(client(&home, &api, 3600).arg("hello"));
        assert_eq!(code, Some(1));
        assert!(complaints.contains(&format!("answered {status} (authentication_error)")), "{complaints}");
        assert!(complaints.contains("[redacted]") && !complaints.contains("Traceback"), "{complaints}");
    }
    let elsewhere = Loopback::messages(ACCESS);
    let there = format!("{}/v1/messages", elsewhere.url());
    let api = Loopback::start(move |_| Answer::redirect(&there));
    let (code, _, complaints) = ran(client(&home, &api, 3600).arg("hello"));
    assert!(code == Some(1) && complaints.contains("answered 307"), "{complaints}");
    assert_eq!((api.asked().len(), elsewhere.asked().len()), (1, 0), "a redirect would take the token along");
}

#[test]
fn python_keeps_the_new_pair_before_it_uses_it() {
    if lacks("python_keeps_the_new_pair_before_it_uses_it", &["python3"]) {
        return;
    }
    let (home, tokens) = (Home::new(), TokenServer::start(REFRESH));
    let kept = home.path().join("kept");
    let api = Loopback::start({
        let kept = kept.clone();
        move |asked: &Asked| {
            let is_new = asked.header("authorization") == "Bearer tok-sentinel-access-1";
            let answer = json!({ "content": [{ "type": "text", "text": HELLO }] });
            if is_new && kept.exists() { Answer::json(200, &answer) } else { Answer::echo(500, asked) }
        }
    });
    let lines = "failed = []
def fail(new):
    failed.append(repr(new))
    if len(failed) == 1:
        raise OSError('the disk is full')
    keep(new)
one = client(-60, scopes='user:inference', on_refresh=fail)
print(one, tokens(60), one.expired)
try:
    one.ask('hello')
except OSError as error:
    print(error)
print(one.ask('hello'), one.expired, len(failed), failed)
print(one.ask('hello'), len(failed))
";
    let (code, printed, complaints) = ran(&mut driver(&home, &api, &tokens, lines));
    assert_eq!(code, Some(0), "{printed}{complaints}");
    let lines: Vec<&str> = printed.lines().collect();
    assert!(lines[0].ends_with(" True") && lines[1] == "the disk is full", "{printed}");
    assert!(lines[2].starts_with("Hello from loopback False 2 ") && lines[3] == "Hello from loopback 2", "{printed}");
    assert_eq!(api.asked().len(), 2, "none was sent before the pair was kept");
    let (access, refresh) = tokens.current().unwrap();
    assert_eq!((access.as_str(), fs::read_to_string(kept).unwrap()), ("tok-sentinel-access-1", refresh));
    let posts = tokens.posts();
    assert_eq!((posts.len(), tokens.reuses()), (1, 0));
    let expected = json!({ "grant_type": "refresh_token", "refresh_token": REFRESH, "scope": "user:inference",
        "client_id": "9d1c250a-e61b-44d9-88ed-5944d1962f5e" });
    assert_eq!(posts[0].body, expected);
}

#[test]
fn python_spends_a_refresh_token_once_whatever_happens() {
    if lacks("python_spends_a_refresh_token_once_whatever_happens", &["python3"]) {
        return;
    }
    let home = Home::new();
    let run = |behavior: Behavior, lines: &str| {
        let (api, tokens) = (Loopback::messages("tok-sentinel-access-1"), TokenServer::start(REFRESH));
        tokens.behave(behavior);
        let (code, printed, complaints) = ran(&mut driver(&home, &api, &tokens, lines));
        assert_eq!((code, tokens.reuses()), (Some(0), 0), "{printed}{complaints}");
        (printed, tokens.posts().len(), api.asked().len())
    };
    let threads = "one = client(-60)
threads = [threading.Thread(target=one.ask, args=('hello',)) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
";
    assert_eq!(run(Behavior::Grant, threads), (String::new(), 1, 8));
    let twice = "one = client(-60)
for _ in range(2):
    try:
        print(one.ask('hello'))
    except ClaudeError as error:
        print(type(error).__name__, error)
";
    let answer = |status, error: &str| Behavior::Answer {
        status,
        headers: Vec::new(),
        body: json!({ "error": { "type": error, "message": format!("not {REFRESH}") } }).to_string(),
    };
    // What may be spent is not sent again; what surely is not, is.
    for (behavior, first, posts) in [
        (Behavior::SpendAndClose, "SignInEnded the refresh token was sent and no answer came", 1),
        (Behavior::SpendAndCut, "SignInEnded", 1),
        (Behavior::SpendAndAnswer { status: 200, body: "{}".to_owned() }, "SignInEnded", 1),
        (answer(400, "invalid_grant"), "SignInEnded the server no longer accepts this sign-in", 1),
        (answer(429, "rate_limit_error"), "RefreshFailed the token endpoint answered 429", 2),
        (answer(503, "overloaded_error"), "RefreshFailed the token endpoint answered 503", 2),
    ] {
        let (printed, posted, asked) = run(behavior, twice);
        assert!(printed.starts_with(first) && printed.lines().count() == 2, "{printed}");
        assert_eq!((posted, asked), (posts, 0), "{printed}");
    }
    // With time left, a token endpoint that is busy stops nobody.
    let api = Loopback::messages(ACCESS);
    let tokens = TokenServer::start(REFRESH);
    tokens.behave(answer(429, "rate_limit_error"));
    let (code, printed, complaints) = ran(&mut driver(&home, &api, &tokens, "print(client(120).ask('hello'))\n"));
    assert_eq!((code, printed.as_str()), (Some(0), "Hello from loopback\n"), "{complaints}");
    let unkept = "try: ClaudeClient(tokens(60), may_refresh=True)\nexcept ClaudeError as error: print(error)\n";
    assert!(run(Behavior::Grant, unkept).0.contains("needs on_refresh"));
}

// The shell loop.

#[test]
fn the_shell_loop_takes_a_fresh_token_each_round_and_stops_without_one() {
    if lacks("the_shell_loop_takes_a_fresh_token_each_round_and_stops_without_one", &["curl"]) {
        return;
    }
    let (home, api) = (Home::signed_in(7 * 3600), Loopback::messages(ACCESS));
    record_arguments(&home, "curl", Path::new("/usr/bin/curl"));
    // The real one twice, then a fault, then something that is no token, then the end.
    let wick = "#!/bin/sh
echo \"$*\" >> \"$HOME/calls\"
case $(wc -l < \"$HOME/calls\" | tr -d ' ') in
1 | 2) exec REAL \"$@\" ;;
3) exit 1 ;;
4) echo 'a\"b' ;;
*) exit 3 ;;
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
    let mut elsewhere = program(&home, recipe("shell/every-hour.sh"));
    let (code, _, complaints) = ran(elsewhere.env("ANTHROPIC_BASE_URL", "http://example.org"));
    assert!(code == Some(2) && complaints.contains("https://"), "{complaints}");
    assert_eq!(fs::read_to_string(home.path().join("calls")).unwrap().lines().count(), 5);
}

#[test]
fn the_shell_loop_goes_on_after_a_round_without_an_answer() {
    if lacks("the_shell_loop_goes_on_after_a_round_without_an_answer", &["curl"]) {
        return;
    }
    let (home, api) = (Home::new(), Loopback::start(|asked| Answer::echo(500, asked)));
    let wick = "#!/bin/sh
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

// SwiftBar.

#[test]
fn swiftbar_gets_a_title_and_a_menu() {
    if lacks("swiftbar_gets_a_title_and_a_menu", &["bash", "jq"]) {
        return;
    }
    let plugin = "status-bars/swiftbar/wick.1m.sh";
    let head = text(plugin);
    for tag in ["xbar.title", "xbar.version", "xbar.desc", "xbar.dependencies"] {
        assert!(head.contains(&format!("# <{tag}>")) && head.contains(&format!("</{tag}>")), "{tag}");
    }
    let run = |home: &Home| {
        let (code, printed, complaints) = ran(&mut program(home, recipe(plugin)));
        assert_eq!((code, complaints.as_str()), (Some(0), ""), "SwiftBar shows a warning sign otherwise");
        let lines: Vec<String> = printed.lines().map(str::to_owned).collect();
        assert_eq!(lines[1], "---", "{printed}");
        lines
    };
    let home = Home::signed_in(7 * 3600 - 30);
    home.write_config("[credential]\nsource = \"file\"\n");
    link_wick(&home);
    let lines = run(&home);
    assert_eq!((lines[0].as_str(), lines[2].as_str()), ("🕯 6h 59m", "Access token: 6h 59m left"));
    assert_eq!(lines[3], "Sign-in: 19d 23h left");
    let wick = home.path().join("bin/wick").display().to_string();
    let refresh = format!("Refresh now | bash=\"{wick}\" param1=refresh terminal=true refresh=true");
    assert!(lines.contains(&refresh), "{lines:?}");
    assert!(!lines.iter().any(|line| line.starts_with("Sync now")), "there is nowhere to sync to");
    fs::remove_dir_all(home.path().join(".claude")).unwrap();
    let lines = run(&home);
    assert_eq!(lines[0], "🕯 no sign-in");
    assert!(lines[2].contains(".claude"), "{lines:?}");
    let home = Home::new();
    home.add_program("wick", &stand_in(&status("fresh", 45)));
    let lines = run(&home);
    assert_eq!((lines[0].as_str(), lines[3].as_str()), ("🕯 <1m", "acme/api: failed"));
    // A bar begins parameters, and dashes a submenu.
    assert_eq!((lines[4].as_str(), lines[5].as_str()), ("use <b> & \"c\" ¦ color=red", "do this"));
    assert!(lines.iter().any(|line| line.starts_with("Sync now | bash=")), "{lines:?}");
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

/// What only Linux has, or what is run only there.
#[cfg(target_os = "linux")]
mod on_linux {
    use std::io::{BufRead, BufReader, Read};
    use std::process::Child;
    use std::sync::mpsc::{Receiver, channel};

    use serde_json::Value;

    use super::*;
    use crate::support::home::everything_in;
    use crate::support::synced::{Synced, command, credential};
    use crate::support::{PATIENCE, wait_for};

    /// A signed-in home whose config is this recipe.
    fn home_with(config: &str) -> Home {
        let home = Home::with_folder();
        home.write(&credential().json());
        home.write_config(&text(config));
        home
    }

    /// What the recipes send: never the refresh token.
    fn sent(home: &Home) -> Value {
        let stored: Value = serde_json::from_str(&fs::read_to_string(home.credentials()).unwrap()).unwrap();
        let oauth = &stored["claudeAiOauth"];
        let end = oauth["expiresAt"].as_i64().unwrap().to_string();
        json!({ "CLAUDE_ACCESS_TOKEN": oauth["accessToken"], "CLAUDE_EXPIRES_AT": end })
    }

    fn sync(home: &Home, environment: &[(&str, String)]) -> Synced {
        let mut wick = command(home, &["sync", "--json"]);
        wick.envs(environment.iter().map(|(name, value)| (name, value)));
        Synced::of(home, &wick.output().unwrap())
    }

    // Command targets.

    /// moto's server. Ends with this value.
    struct Moto {
        process: Child,
        url: String,
    }

    impl Moto {
        fn start(program: &Path) -> Self {
            let mut moto = Command::new(program);
            moto.args(["-H", "127.0.0.1", "-p", "0"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
            let mut process = moto.spawn().unwrap();
            let lines = Lines::of(process.stderr.take().unwrap());
            let url = loop {
                let line = lines.next();
                if let Some((_, url)) = line.split_once("Running on ") {
                    break url.trim().to_owned();
                }
            };
            Self { process, url }
        }
    }

    impl Drop for Moto {
        fn drop(&mut self) {
            drop(self.process.kill());
            drop(self.process.wait());
        }
    }

    /// The environment that `.ci/run` makes with Python's packages.
    fn python_environment() -> PathBuf {
        let named = std::env::var_os("WICK_RECIPES_VENV").map(PathBuf::from);
        named.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target/recipes-venv"))
    }

    #[test]
    fn aws_keeps_what_it_is_given() {
        let bin = python_environment().join("bin");
        if let Some(missing) = ["moto_server", "aws"].iter().find(|name| !bin.join(name).exists()) {
            skip("aws_keeps_what_it_is_given", &format!("{missing} is not in {}", bin.display()));
            return;
        }
        let moto = Moto::start(&bin.join("moto_server"));
        let home = home_with("command-targets/aws.toml");
        record_arguments(&home, "aws", &bin.join("aws"));
        let environment = [
            ("AWS_ENDPOINT_URL", moto.url.clone()),
            ("AWS_ACCESS_KEY_ID", "testing".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "testing".to_owned()),
            ("AWS_DEFAULT_REGION", "eu-central-1".to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
            ("NO_PROXY", "127.0.0.1".to_owned()),
        ];
        let aws = |arguments: &[&str]| {
            let mut aws = program(&home, bin.join("aws"));
            aws.arg("secretsmanager").args(arguments).envs(environment.iter().map(|(name, value)| (name, value)));
            let Output { status, stdout, stderr } = aws.output().unwrap();
            assert!(status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&stderr));
            String::from_utf8(stdout).unwrap()
        };
        let stored = || {
            let text =
                aws(&["get-secret-value", "--secret-id", "claude", "--query", "SecretString", "--output", "text"]);
            serde_json::from_str::<Value>(&text).unwrap()
        };
        // It makes no secret, and says what is missing.
        let early = sync(&home, &environment);
        assert_eq!((early.code, early.error("aws")), (Some(4), "command_failed"), "{early:?}");
        assert!(early.sentence("aws").contains("ResourceNotFoundException"), "{early:?}");
        aws(&["create-secret", "--name", "claude"]);
        let first = sync(&home, &environment);
        assert_eq!((first.outcome("aws"), first.code), ("synced", Some(0)), "{first:?}");
        assert_eq!(stored(), sent(&home));
        home.write(&credential().json().replace(ACCESS, "tok-sentinel-newer"));
        assert_eq!(sync(&home, &environment).outcome("aws"), "synced");
        assert_eq!(stored()["CLAUDE_ACCESS_TOKEN"], "tok-sentinel-newer");
        assert!(arguments(&home).contains(&"file:///dev/stdin".to_owned()));
    }

    #[test]
    fn vault_is_given_json_on_standard_input() {
        let home = home_with("command-targets/vault.toml");
        home.add_program("vault", "#!/bin/sh\nprintf '%s\\n' \"$@\" >> \"$HOME/arguments\"\ncat > \"$HOME/given\"\n");
        let ran = sync(&home, &[]);
        assert_eq!((ran.outcome("vault"), ran.code), ("synced", Some(0)), "{ran:?}");
        let given = fs::read_to_string(home.path().join("given")).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&given).unwrap(), sent(&home));
        // Flags come before what is written, and the lone "-" has it read the whole from there.
        assert_eq!(arguments(&home), ["kv", "put", "-mount=secret", "claude", "-"]);
    }

    /// As much of Kubernetes' API as it takes to apply a Secret.
    fn kubernetes() -> Loopback {
        Loopback::start(|asked| match (asked.method.as_str(), asked.path.split('?').next().unwrap()) {
            ("GET", "/api") => Answer::json(200, &json!({ "kind": "APIVersions", "versions": ["v1"] })),
            ("GET", "/apis") => Answer::json(200, &json!({ "kind": "APIGroupList", "apiVersion": "v1", "groups": [] })),
            ("GET", "/api/v1") => {
                let secrets = json!({ "name": "secrets", "singularName": "secret", "namespaced": true,
                    "kind": "Secret", "verbs": ["create", "get", "patch"] });
                let list = json!({ "kind": "APIResourceList", "groupVersion": "v1", "resources": [secrets] });
                Answer::json(200, &list)
            }
            ("PATCH", "/api/v1/namespaces/default/secrets/claude") => Answer::json(200, &asked.json()),
            _ => Answer::json(404, &json!({ "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 404 })),
        })
    }

    #[test]
    fn kubernetes_keeps_a_secret_and_no_copy_of_it() {
        if lacks("kubernetes_keeps_a_secret_and_no_copy_of_it", &["kubectl", "jq"]) {
            return;
        }
        let home = home_with("command-targets/kubernetes.toml");
        record_arguments(&home, "kubectl", Path::new("/usr/bin/kubectl"));
        record_arguments(&home, "jq", Path::new("/usr/bin/jq"));
        let cluster = kubernetes();
        let config = json!({ "apiVersion": "v1", "kind": "Config", "current-context": "loopback",
            "clusters": [{ "name": "loopback", "cluster": { "server": cluster.url() } }],
            "contexts": [{ "name": "loopback", "context": { "cluster": "loopback", "user": "ada" } }],
            "users": [{ "name": "ada", "user": {} }] });
        fs::create_dir(home.path().join(".kube")).unwrap();
        fs::write(home.path().join(".kube/config"), config.to_string()).unwrap();
        let ran = sync(&home, &[]);
        assert_eq!((ran.outcome("kubernetes"), ran.code), ("synced", Some(0)), "{ran:?}");
        let asked = cluster.asked();
        let writes: Vec<&Asked> = asked.iter().filter(|asked| asked.method != "GET").collect();
        let [write] = writes[..] else { panic!("not one write: {writes:?}") };
        let expected = json!({ "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
            "metadata": { "name": "claude", "namespace": "default" }, "stringData": sent(&home) });
        assert_eq!(write.json(), expected, "no annotation has a copy of it");
        assert!(write.path.contains("fieldManager=wick") && write.path.contains("force=true"), "{}", write.path);
        assert_eq!(write.header("content-type"), "application/apply-patch+yaml");
        assert!(arguments(&home).contains(&"--server-side".to_owned()));
        assert!(!everything_in(&home.path().join(".kube")).contains(SENTINEL), "kubectl's cache has a token");
    }

    #[test]
    fn kubernetes_says_why_it_failed() {
        if lacks("kubernetes_says_why_it_failed", &["kubectl", "jq"]) {
            return;
        }
        let home = home_with("command-targets/kubernetes.toml");
        // Nothing listens where a kubectl without a config looks.
        let ran = sync(&home, &[("KUBECONFIG", "/nonexistent".to_owned())]);
        assert_eq!((ran.code, ran.error("kubernetes")), (Some(4), "command_failed"), "{ran:?}");
    }

    // Waybar.

    const BAR: &str = "status-bars/waybar-wick.sh";

    /// The lines that a process prints, none waited for in vain.
    struct Lines(Receiver<String>);

    impl Lines {
        fn of(output: impl Read + Send + 'static) -> Self {
            let (sender, receiver) = channel();
            // Goes on to the end, so that the process never waits for a reader.
            std::thread::spawn(move || {
                for line in BufReader::new(output).lines().map_while(Result::ok) {
                    drop(sender.send(line));
                }
            });
            Self(receiver)
        }

        fn next(&self) -> String {
            self.0.recv_timeout(PATIENCE).expect("another line")
        }

        /// The next one as Waybar reads it.
        fn drawn(&self) -> Value {
            let line = self.next();
            assert!(!line.contains(SENTINEL), "{line}");
            let drawn: Value = serde_json::from_str(&line).unwrap();
            assert!(drawn["text"].is_string() && drawn["tooltip"].is_string() && drawn["class"].is_array(), "{line}");
            drawn
        }
    }

    /// The script in the bar. Ends with this value.
    struct Bar {
        process: Child,
        lines: Lines,
    }

    impl Bar {
        fn start(home: &Home, seconds: &str) -> Self {
            let mut process = program(home, recipe(BAR)).arg(seconds).stdout(Stdio::piped()).spawn().unwrap();
            let lines = Lines::of(process.stdout.take().unwrap());
            Self { process, lines }
        }

        /// As Waybar ends it.
        fn end(&mut self) {
            let pid = rustix::process::Pid::from_raw(i32::try_from(self.process.id()).unwrap()).unwrap();
            rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
            self.process.wait().unwrap();
        }
    }

    impl Drop for Bar {
        fn drop(&mut self) {
            drop(self.process.kill());
            drop(self.process.wait());
        }
    }

    #[test]
    fn waybar_follows_wick() {
        if lacks("waybar_follows_wick", &["bash", "jq"]) {
            return;
        }
        let home = Home::signed_in(7 * 3600 - 30);
        link_wick(&home);
        let mut bar = Bar::start(&home, "60");
        let drawn = bar.lines.drawn();
        assert_eq!((&drawn["text"], &drawn["class"]), (&json!("6h 59m"), &json!(["fresh"])));
        assert_eq!(drawn["tooltip"], "Access token: 6h 59m left\nSign-in: 19d 23h left");
        home.write(&credential().signed_out().json());
        let drawn = wait_for("the change", || Some(bar.lines.drawn()).filter(|drawn| drawn["class"][0] != "fresh"));
        assert_eq!((&drawn["text"], &drawn["class"]), (&json!("signed out"), &json!(["signed_out"])));
        bar.end();
    }

    #[test]
    fn waybar_is_drawn_anew_while_only_time_passes() {
        if lacks("waybar_is_drawn_anew_while_only_time_passes", &["bash", "jq"]) {
            return;
        }
        let home = Home::new();
        let line = status("expiring", 2);
        let (first, second) = line.split_at(20);
        // Half a line, the rest after the bar has drawn in between, and nothing more.
        let wick = format!(
            "#!/bin/sh
echo \"$*\" > \"$HOME/asked\"
echo $$ > \"$HOME/watcher\"
printf %s '{first}'
sleep 1.5
cat <<'END'
{second}
END
exec sleep 1000
"
        );
        home.add_program("wick", &wick);
        let mut bar = Bar::start(&home, "1");
        let drawn = bar.lines.drawn();
        assert_eq!(drawn["class"][1], "sync-failed", "{drawn}");
        // It is markup there.
        let tooltip = drawn["tooltip"].as_str().unwrap();
        assert!(tooltip.contains("acme/api: failed\nuse &lt;b&gt; &amp; &quot;c&quot; | color=red"), "{tooltip}");
        let last = wait_for("the end", || Some(bar.lines.drawn()).filter(|drawn| drawn["text"] == "expired"));
        assert_eq!(last["class"][0], "expired", "Wick said nothing of it yet");
        assert_eq!(fs::read_to_string(home.path().join("asked")).unwrap(), "status --watch --json\n");
        let watcher = fs::read_to_string(home.path().join("watcher")).unwrap();
        let process = Path::new("/proc").join(watcher.trim());
        assert!(process.exists());
        bar.end();
        wait_for("the watcher's end", || {
            let state = fs::read_to_string(process.join("status")).unwrap_or_default();
            (state.is_empty() || state.contains("State:\tZ")).then_some(())
        });
    }

    #[test]
    fn waybar_says_that_wick_has_ended() {
        if lacks("waybar_says_that_wick_has_ended", &["bash", "jq"]) {
            return;
        }
        let home = Home::new();
        home.add_program("wick", "#!/bin/sh\nexit 2\n");
        let bar = Bar::start(&home, "60");
        let drawn = bar.lines.drawn();
        assert!(drawn["tooltip"].as_str().unwrap().contains("is Wick installed?"), "{drawn}");
        assert_eq!(drawn["class"], json!(["unreadable"]));
    }

    #[test]
    fn waybars_module_starts_the_script_that_is_beside_it() {
        let with_comments = text("status-bars/waybar.jsonc");
        let lines = with_comments.lines().filter(|line| !line.trim_start().starts_with("//"));
        let config: Value = serde_json::from_str(&lines.collect::<String>()).unwrap();
        let module = &config["custom/wick"];
        let script = module["exec"].as_str().unwrap().rsplit('/').next().unwrap();
        assert!(BAR.ends_with(script) && recipe(BAR).exists(), "{script}");
        assert_eq!((&module["return-type"], &module["interval"]), (&json!("json"), &Value::Null));
    }
}
