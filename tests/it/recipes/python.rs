//! The Python client, by a real Python.

use super::*;

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
    // With time left, a token endpoint that is busy or says nothing stops nobody.
    for behavior in [answer(429, "rate_limit_error"), answer(400, "invalid_grant"), Behavior::SpendAndClose] {
        let api = Loopback::messages(ACCESS);
        let tokens = TokenServer::start(REFRESH);
        tokens.behave(behavior);
        let (code, printed, complaints) = ran(&mut driver(&home, &api, &tokens, "print(client(120).ask('hello'))\n"));
        assert_eq!((code, printed.as_str()), (Some(0), "Hello from loopback\n"), "{complaints}");
    }
    let unkept = "try: ClaudeClient(tokens(60), may_refresh=True)\nexcept ClaudeError as error: print(error)\n";
    assert!(run(Behavior::Grant, unkept).0.contains("needs on_refresh"));
}
