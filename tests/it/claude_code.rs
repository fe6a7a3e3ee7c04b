//! Wick beside the real Claude Code (2.1.330 or later), with invented tokens. All it sends goes through a proxy to a token
//! endpoint on this computer; every other request of its is refused there.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;

use serde_json::json;

use crate::ci_token::TOKEN;
use crate::credential_shapes::{self, Real, Shape};
use crate::doctor::{OF_ANT, prepare_ant};
use crate::support::anthropic::{Answer, HELLO, Loopback};
use crate::support::credential::CredentialText;
use crate::support::home::{Home, in_seconds, with_input};
use crate::support::refreshed::{configure, home_and_server, is_usable, stored};
use crate::support::tls::{TlsFront, proxy};
use crate::support::token_server::{Behavior, TokenServer};
use crate::support::wait_for;
use crate::targets::Terminal;

/// The installed one, as an absolute path.
fn claude() -> PathBuf {
    let found = std::env::var_os("PATH").and_then(|path| {
        std::env::split_paths(&path).map(|folder| folder.join("claude")).find(|program| program.is_file())
    });
    found.expect("claude is on the PATH").canonicalize().unwrap()
}

/// A home in which both find each other, and whose proxy leads to `server`.
struct Neighbors {
    home: Home,
    server: TokenServer,
    proxy: String,
}

/// A server that grants this token to whoever asks, as `http://` has it: a host and a port.
fn granting(token: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let body =
        format!(r#"{{"access_token":"{token}","token_type":"Bearer","expires_in":31536000,"scope":"user:inference"}}"#);
    thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            let head =
                format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n", body.len());
            let mut request = [0; 4096];
            drop(client.read(&mut request));
            drop(client.write_all(format!("{head}Connection: close\r\n\r\n{body}").as_bytes()));
        }
    });
    address
}

/// Someone signs in in a terminal, and pastes the code that the page shows. Gives back how the command ended.
fn sign_in_for(wanted: &str) -> (Home, String) {
    let home = Home::new();
    let front = TlsFront::before("platform.claude.com", granting(TOKEN));
    fs::write(home.path().join("ca.pem"), &front.certificate).unwrap();
    let proxy = format!("http://127.0.0.1:{}", proxy(home.path().join("asked"), Some(front.port)));
    std::os::unix::fs::symlink(claude(), home.path().join("bin/claude")).unwrap();
    let mut command = home.program("/bin/sh");
    command.env("HTTPS_PROXY", &proxy).env("HTTP_PROXY", &proxy).env("DISABLE_AUTOUPDATER", "1");
    command.env("NODE_EXTRA_CA_CERTS", home.path().join("ca.pem"));
    command.env("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1");
    let wick = env!("CARGO_BIN_EXE_wick");
    command.args(["-c", &format!("{}; echo \"ended: $?.\"", wanted.replace("wick ", &format!("'{wick}' ")))]);
    let mut terminal = Terminal::start(command);
    terminal.wait_for("Paste code here");
    terminal.type_in("EXAMPLE#state");
    terminal.wait_for("#state");
    terminal.type_in("\r");
    terminal.wait_for("ended: ");
    let (_, drawn) = terminal.end();
    assert!(!drawn.contains("tok-sentinel"), "{drawn}");
    (home, drawn)
}

#[test]
#[ignore = "needs the real Claude Code on the PATH"]
fn its_one_year_token_goes_through_the_pipe_and_its_prompts_reach_the_terminal() {
    let (home, drawn) = sign_in_for("claude setup-token | wick ci-token set");
    assert!(drawn.contains("ended: 0."), "{drawn}");
    assert_eq!(fs::read_to_string(home.state().join("ci-token-default")).unwrap(), TOKEN);
}

/// No server is there to try it: it waits.
#[test]
#[ignore = "needs the real Claude Code on the PATH"]
fn started_by_wick_it_makes_a_token_in_the_same_way_which_waits_until_it_is_tried() {
    let (home, drawn) = sign_in_for("wick ci-token rotate");
    assert!(drawn.contains("ended: 1.") && drawn.contains(wick::words::ci_token::CHECKING), "{drawn}");
    assert_eq!(fs::read_to_string(home.state().join("ci-token-default+next")).unwrap(), TOKEN);
    assert!(!home.state().join("ci-token-default").exists());
}

/// An API for this token, to which another one is a revoked one. It is asked for new tokens in vain.
fn messages(good: &str, revoked: &str) -> Loopback {
    let [good, revoked] = [good, revoked].map(|token| format!("Bearer {token}"));
    Loopback::start(move |asked| {
        let error =
            |kind: &str, message: &str| json!({ "type": "error", "error": { "type": kind, "message": message } });
        let content = json!([{ "type": "text", "text": HELLO }]);
        let usage = json!({ "input_tokens": 1, "output_tokens": 1 });
        match asked.header("authorization") {
            by if by == good => {
                let answer = json!({ "id": "msg_1", "type": "message", "role": "assistant", "model": "EXAMPLE",
                    "content": content, "stop_reason": "end_turn", "stop_sequence": null, "usage": usage });
                Answer::json(200, &answer)
            }
            by if by == revoked => Answer::json(403, &error("permission_error", "OAuth token has been revoked.")),
            _ => Answer::json(401, &error("authentication_error", "Invalid bearer token")),
        }
    })
}

/// A proxy that leads to this server, whichever of Anthropic's is asked for, and is trusted in this home.
fn in_place_of_anthropic(home: &Home, server: &Loopback) -> String {
    let behind = server.url().trim_start_matches("http://").to_owned();
    let front = TlsFront::before_all(&["api.anthropic.com", "platform.claude.com"], behind);
    fs::write(home.path().join("ca.pem"), &front.certificate).unwrap();
    format!("http://127.0.0.1:{}", proxy(home.path().join("asked"), Some(front.port)))
}

/// What the API answers to `--print` is what `wick ci-token check` says.
#[test]
#[ignore = "needs the real Claude Code on the PATH"]
fn asked_by_wick_claude_code_tries_the_one_year_token_alone() {
    let api = messages(TOKEN, &TOKEN.replace("year", "gone"));
    let home = Home::signed_in(3600);
    let proxy = in_place_of_anthropic(&home, &api);
    std::os::unix::fs::symlink(claude(), home.path().join("bin/claude")).unwrap();
    for (name, exit, code) in
        [("year", 0, None), ("gone", 3, Some("token_revoked")), ("else", 3, Some("token_refused"))]
    {
        let set = with_input(home.wick(&["ci-token", "set"]), &TOKEN.replace("year", name));
        assert!(set.status.success());
        let mut check = home.wick(&["ci-token", "check", "--json"]);
        check.env("HTTPS_PROXY", &proxy).env("NODE_EXTRA_CA_CERTS", home.path().join("ca.pem"));
        let output = check.output().unwrap();
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((output.status.code(), report["error"]["code"].as_str()), (Some(exit), code), "{report}");
    }
    let asked = api.asked();
    assert!(asked.iter().all(|asked| asked.header("x-api-key").is_empty()));
    assert!(asked.iter().any(|asked| asked.path.starts_with("/v1/messages")));
    assert!(!asked.iter().any(|asked| asked.path.contains("oauth/token")), "nothing was refreshed");
}

impl Neighbors {
    fn new(seconds: i64) -> Self {
        let (home, server) = home_and_server(seconds);
        let behind = server.url().split('/').nth(2).unwrap().to_owned();
        let front = TlsFront::before("platform.claude.com", behind);
        fs::write(home.path().join("ca.pem"), &front.certificate).unwrap();
        let proxy = format!("http://127.0.0.1:{}", proxy(home.path().join("asked"), Some(front.port)));
        std::os::unix::fs::symlink(claude(), home.path().join("bin/claude")).unwrap();
        Self { home, server, proxy }
    }

    fn through_proxy<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        for name in ["HTTPS_PROXY", "HTTP_PROXY"] {
            command.env(name, &self.proxy);
        }
        command.env("NODE_EXTRA_CA_CERTS", self.home.path().join("ca.pem"));
        command.env("DISABLE_AUTOUPDATER", "1").env("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1")
    }

    fn claude(&self, arguments: &[&str]) -> Command {
        let mut command = self.home.wick(&[]);
        let mut claude = Command::new(claude());
        claude.args(arguments).env_clear().envs(command.get_envs().filter_map(|(key, value)| Some((key, value?))));
        command = claude;
        self.through_proxy(&mut command);
        command.current_dir(self.home.path()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}

#[test]
#[ignore = "needs the real Claude Code on the PATH"]
fn asked_by_wick_claude_code_refreshes_and_stores() {
    let neighbors = Neighbors::new(200);
    configure(&neighbors.home, &neighbors.server, "mode = \"claude\"");
    let mut command = neighbors.home.wick(&["refresh", "--json"]);
    let output = neighbors.through_proxy(&mut command).output().unwrap();
    let ran: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(ran["outcome"], "refreshed", "{ran}");
    assert!(is_usable(&neighbors.home, &neighbors.server));
    let posts = neighbors.server.posts();
    let tokens: Vec<_> = posts.iter().filter(|post| post.path == "/v1/oauth/token").collect();
    assert_eq!(tokens.len(), 1);
    let agent = tokens[0].headers.iter().find(|(name, _)| name == "user-agent").map(|(_, value)| value.clone());
    assert!(!agent.unwrap_or_default().starts_with("wick"), "it was Claude Code that asked");
}

#[test]
#[ignore = "needs the real Claude Code on the PATH"]
fn what_is_sent_without_a_refresh_token_is_a_sign_in_elsewhere_that_asks_for_no_token() {
    // Long before its end, in its last minutes, when Claude Code refreshes what it can, and when it has
    // ended, which only the API finds out.
    for (left, works) in [(3600, true), (200, true), (-60, false)] {
        let api = messages(if works { "tok-sentinel-access" } else { "another" }, "");
        let mut neighbors = Neighbors::new(7 * 3600);
        neighbors.proxy = in_place_of_anthropic(&neighbors.home, &api);
        let sent =
            neighbors.home.run(&["exec", "--env", "ALL=credentialsWithoutRefresh", "--", "sh", "-c", "echo $ALL"]);
        let sent = String::from_utf8(sent.stdout).unwrap();
        assert!(sent.contains("tok-sentinel-access") && !sent.contains("tok-sentinel-refresh"), "{sent}");
        // Meanwhile on the other computer.
        let mut elsewhere: serde_json::Value = serde_json::from_str(&sent).unwrap();
        elsewhere["claudeAiOauth"]["expiresAt"] = json!(in_seconds(left).0);
        let text = elsewhere.to_string();
        neighbors.home.write(&text);
        let output = neighbors.claude(&["auth", "status", "--json"]).output().unwrap();
        let status: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert!(!works || status["loggedIn"] == true, "{left}: {status}");
        neighbors.claude(&["mcp", "list"]).output().unwrap();
        let print = neighbors.claude(&["--print", "Say hello"]).output().unwrap();
        let said = String::from_utf8_lossy(&[print.stdout, print.stderr].concat()).into_owned();
        let asked = api.asked();
        assert!(!asked.iter().any(|asked| asked.path.contains("oauth/token")), "{left}: a token was asked for");
        assert_eq!((print.status.success(), said.contains(HELLO)), (works, works), "{left}: {said}");
        let mut messages = asked.iter().filter(|asked| asked.path.starts_with("/v1/messages"));
        assert!(!works || messages.clone().count() > 0, "{left}: {asked:?}");
        assert!(
            messages.all(|asked| asked.header("authorization") == "Bearer tok-sentinel-access"),
            "{left}: {asked:?}"
        );
        assert_eq!(fs::read_to_string(neighbors.home.credentials()).unwrap(), text, "{left}: it was left as it is");
    }
}

#[test]
#[ignore = "needs the real Claude Code on the PATH"]
fn while_wick_refreshes_claude_code_waits_and_takes_what_wick_stored() {
    let neighbors = Neighbors::new(100);
    let (home, server) = (&neighbors.home, &neighbors.server);
    server.pause();
    let mut wick = home.wick(&["refresh", "--json"]);
    let wick = wick.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_for("Wick's request", || (server.posts().len() == 1).then_some(()));
    let claude = neighbors.claude(&["mcp", "list"]).spawn().unwrap();
    // As long as Claude Code needs to start and to meet the locks.
    std::thread::sleep(std::time::Duration::from_secs(3));
    server.resume();
    let output = wick.wait_with_output().unwrap();
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()["outcome"], "refreshed");
    claude.wait_with_output().unwrap();
    let posts = server.posts().iter().filter(|post| post.path == "/v1/oauth/token").count();
    assert_eq!((posts, server.reuses()), (1, 0));
    assert!(is_usable(home, server));
}

#[test]
#[ignore = "needs the real Claude Code on the PATH"]
fn started_together_they_spend_one_token_once() {
    for round in 0..10 {
        let neighbors = Neighbors::new(-60);
        let (home, server) = (&neighbors.home, &neighbors.server);
        let claude = neighbors.claude(&["mcp", "list"]).spawn().unwrap();
        // Claude Code takes most of a second to start: Wick comes before, with and after it.
        std::thread::sleep(std::time::Duration::from_millis(round * 150));
        let output = home.run(&["refresh", "--json"]);
        let outcome = serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap();
        claude.wait_with_output().unwrap();
        let posts = server.posts().iter().filter(|post| post.path == "/v1/oauth/token").count();
        assert_eq!((posts, server.reuses()), (1, 0), "round {round}: {outcome}");
        assert!(is_usable(home, server), "round {round}: {outcome}");
        assert_eq!(stored(home)["refreshToken"], "tok-sentinel-refresh-1");
    }
}

/// What it makes of the file that is there.
fn judged(neighbors: &Neighbors) -> Real {
    let before = neighbors.server.posts().len();
    let output = neighbors.claude(&["auth", "status", "--json"]).output().unwrap();
    let posts = neighbors.server.posts()[before..].iter().filter(|post| post.path == "/v1/oauth/token").count();
    // No JSON that Rust takes, where half of a surrogate pair is in it.
    let said = String::from_utf8_lossy(&output.stdout).replace(' ', "");
    match (said.contains("\"loggedIn\":true"), said.contains("\"loggedIn\":false")) {
        (true, _) if posts > 0 => Real::Refreshes,
        (true, _) => Real::Uses,
        (false, true) => Real::SignedOut,
        (false, false) => Real::Crashes,
    }
}

#[test]
#[ignore = "needs the real Claude Code on the PATH"]
fn every_shape_is_judged_as_recorded() {
    let neighbors = Neighbors::new(3600);
    // What it asks for brings nothing, so that the file stays as it is.
    neighbors.server.behave(Behavior::Answer { status: 503, headers: Vec::new(), body: String::new() });
    let mut wrong = Vec::new();
    for Shape { name, file, real, .. } in credential_shapes::all() {
        neighbors.home.write_bytes(&file);
        // Now and then it answers before it has asked.
        let mut tries = std::iter::repeat_with(|| judged(&neighbors)).take(5);
        let found = tries.find(|found| *found != Real::Uses || real == Real::Uses).unwrap_or(Real::Uses);
        assert_eq!(fs::read(neighbors.home.credentials()).unwrap(), file, "{name}");
        if found != real {
            wrong.push(format!("{name}: {found:?}, recorded as {real:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
#[ignore = "needs the real Claude Code on the PATH"]
fn a_sign_in_of_ant_is_used_as_recorded() {
    for case in OF_ANT {
        let neighbors = Neighbors::new(3600);
        let used = |file: &str| {
            neighbors.home.write(file);
            let mut command = neighbors.claude(&["auth", "status", "--json"]);
            prepare_ant(&neighbors.home, &case, &mut command);
            let output = command.output().unwrap();
            let status: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
            status["authMethod"] == "oauth_token"
        };
        let living = fs::read_to_string(neighbors.home.credentials()).unwrap();
        assert_eq!(used(&living), case.2 == Some(true), "{case:?}");
        assert_eq!(used(&CredentialText::ending(in_seconds(0)).signed_out().json()), case.2.is_some(), "{case:?}");
    }
}
