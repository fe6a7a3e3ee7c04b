//! `cargo run --example demo`: the main job without an account.
//!
//! A scratch home gets an invented credential, the real app runs over it with automatic refresh, and a script lets it
//! age. The token endpoint and a GitHub are in here too. With a tray the script repeats until you quit from the menu; in
//! a terminal it ends by itself after some 25 seconds.
#![allow(clippy::print_stdout, reason = "it tells what it does")]

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use jiff::SignedDuration;
use wick::domain::autostart::{Autostart, AutostartError};
use wick::domain::facts::TrayHost;
use wick::domain::network::Trusted;
use wick::domain::secret::Secret;
use wick::platform::clock::SystemClock;
use wick::platform::environment::Environment;
use wick::platform::tray;
use wick::ports::notifier::{Answers, Button, Notification};
use wick::ports::{Clock, LoginItem, Notifier, NotifierError, Stamp, Versioned};
use wick::remote::github;
use wick::remote::token_endpoint::HttpTokenEndpoint;
use wick::{launch, platform};

fn main() -> std::io::Result<()> {
    let scratch = tempfile::tempdir()?;
    let home = scratch.path().to_path_buf();
    fs::create_dir(home.join(".claude"))?;
    sign_in(&home, SignedDuration::from_mins(5), "");
    let environment = Arc::new(Environment {
        home: home.clone(),
        path: Environment::of_process().path,
        github_enterprise_tokens: vec![("GH_ENTERPRISE_TOKEN", Secret::from("gho_EXAMPLE".to_owned()))],
        ..Environment::default()
    });
    // On a Mac too: the keychain has nothing to do with this.
    let config = home.join("config.toml");
    let token_url = serve_tokens()?;
    fs::write(
        &config,
        format!(
            "[credential]\nsource = \"file\"\n\n[refresh]\nautomatic = true\ntoken_url = \"{token_url}\"\n\n\
             [github]\napi_url = \"{}\"\n\n[sync]\nautomatic = true\nshare_refresh_token = false\n\n\
             [[targets]]\nrepo = \"acme/api\"\n\n[[targets]]\nrepo = \"acme/archived\"\n",
            serve_github()?
        ),
    )?;
    fs::set_permissions(&config, fs::Permissions::from_mode(0o600))?;
    let endpoint = Arc::new(HttpTokenEndpoint(Arc::new(Trusted::default)));
    let mut ports = platform::ports(&environment, Some(config), endpoint, github::opener(Arc::new(Trusted::default)));
    ports.login_item = Arc::<NoLoginItem>::default();
    ports.notifier = Arc::new(Narrator(Arc::clone(&ports.notifier)));
    println!("Everything here is invented: the credential lies in {} until this ends.", home.display());
    let in_tray = tray::host::find() == TrayHost::Present;
    thread::spawn(move || {
        loop {
            play(&home);
            if !in_tray {
                break;
            }
        }
        interrupt();
    });
    let ended_well = launch::run(&ports, &environment.state_folder());
    scratch.close()?;
    if ended_well { Ok(()) } else { Err(std::io::Error::other("the app did not end as it should")) }
}

/// The life of a credential, in twenty seconds.
fn play(home: &Path) {
    let scene = |text: &str| println!("\n-- {text}");
    scene("A little over ten minutes left: the candle is low");
    sign_in(home, SignedDuration::from_mins(11), LIVING);
    pause();
    scene(
        "Less than ten minutes left: Wick refreshes by itself, the candle is whole again, and targets get the new token",
    );
    sign_in(home, SignedDuration::from_mins(10), LIVING);
    pause();
    scene("Another computer has spent the refresh token: Wick says so, and what to do");
    sign_in(home, SignedDuration::from_mins(9), SPENT);
    pause();
    scene("The user signed in again");
    sign_in(home, SignedDuration::from_hours(8), LIVING);
    pause();
    scene("Another program leaves half a file: said, and left alone");
    write(home, "{\"claudeAiOauth\":{\"accessTok");
    pause();
    scene("The sign-in reached its time limit");
    sign_in(home, SignedDuration::ZERO, "");
    pause();
}

fn pause() {
    thread::sleep(Duration::from_secs(4));
}

/// A refresh token that the endpoint below accepts.
const LIVING: &str = "sk-ant-ort01-EXAMPLE";
/// One that it does not.
const SPENT: &str = "sk-ant-ort01-EXAMPLE-SPENT";

/// A token endpoint that answers as the real one does. Returns its address.
fn serve_tokens() -> std::io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}/v1/oauth/token", listener.local_addr()?);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A client that goes away in the middle gets no answer.
            drop(give_tokens(stream));
        }
    });
    Ok(url)
}

fn give_tokens(mut stream: TcpStream) -> std::io::Result<()> {
    let Some((_, body)) = request(&mut BufReader::new(stream.try_clone()?))? else { return Ok(()) };
    let granted = !body.contains(SPENT);
    println!("   [token endpoint] one POST: {}", if granted { "new tokens" } else { "invalid_grant" });
    let (status, answer) = if granted {
        (
            "200 OK",
            format!(r#"{{"access_token":"sk-ant-oat01-EXAMPLE-2","refresh_token":"{LIVING}","expires_in":28800}}"#),
        )
    } else {
        ("400 Bad Request", r#"{"error":"invalid_grant"}"#.to_owned())
    };
    write!(stream, "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{answer}", answer.len())
}

/// A GitHub that holds secrets, one of whose repositories is archived. Returns its address.
fn serve_github() -> std::io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}/api/v3", listener.local_addr()?);
    let names = Arc::<Mutex<BTreeSet<String>>>::default();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let names = Arc::clone(&names);
            thread::spawn(move || drop(hold_secrets(stream, &names)));
        }
    });
    Ok(url)
}

/// Keeps the names alone, as GitHub lists them: the boxes are sealed for a key that nobody has.
fn hold_secrets(mut stream: TcpStream, names: &Mutex<BTreeSet<String>>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    while let Some((line, _)) = request(&mut reader)? {
        let path = line.split(' ').nth(1).unwrap_or_default();
        let (place, name) =
            path.trim_start_matches("/api/v3/repos/").split_once("/actions/secrets").unwrap_or_default();
        let mut names = names.lock().expect("nobody panics with it");
        let (status, answer) = if line.starts_with("PUT") && path.contains("/archived/") {
            ("403 Forbidden", r#"{"message":"Repository was archived so is read-only."}"#.to_owned())
        } else if line.starts_with("PUT") {
            println!("   [GitHub] a sealed box for {place}: {}", name.trim_start_matches('/'));
            names.insert(format!("{place}{name}"));
            ("201 Created", "{}".to_owned())
        } else if path.ends_with("/public-key") {
            ("200 OK", r#"{"key_id":"1","key":"CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk="}"#.to_owned())
        } else {
            let of_place = names.iter().filter_map(|name| name.strip_prefix(&format!("{place}/")));
            let listed: Vec<String> = of_place.map(|name| format!(r#"{{"name":"{name}"}}"#)).collect();
            ("200 OK", format!(r#"{{"total_count":{},"secrets":[{}]}}"#, listed.len(), listed.join(",")))
        };
        drop(names);
        write!(stream, "HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{answer}", answer.len())?;
    }
    Ok(())
}

/// The first line and the body of a request; `None` once nobody asks any more.
fn request(reader: &mut impl BufRead) -> std::io::Result<Option<(String, String)>> {
    let (mut first, mut line, mut length) = (String::new(), String::new(), 0);
    if reader.read_line(&mut first)? == 0 {
        return Ok(None);
    }
    while line != "\r\n" {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let header = line.to_ascii_lowercase();
        length = header.strip_prefix("content-length:").and_then(|text| text.trim().parse().ok()).unwrap_or(length);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Some((first, String::from_utf8_lossy(&body).into_owned())))
}

/// Writes a credential as Claude Code does; without a refresh token, its marker for an ended sign-in.
fn sign_in(home: &Path, left: SignedDuration, refresh: &str) {
    let now = SystemClock.now().timestamp();
    let millis = |span: SignedDuration| (now + span).as_millisecond();
    let (access, ended) = if refresh.is_empty() { ("", "time_limit") } else { ("sk-ant-oat01-EXAMPLE", "") };
    let (end, login) = (millis(left), millis(SignedDuration::from_hours(24 * 20)));
    write(
        home,
        &format!(
            r#"{{"claudeAiOauth":{{"accessToken":"{access}","refreshToken":"{refresh}","expiresAt":{end},"refreshTokenExpiresAt":{login},"scopes":["user:inference"],"subscriptionType":"max","loginEnded":"{ended}"}}}}"#
        ),
    );
}

fn write(home: &Path, content: &str) {
    let file: PathBuf = home.join(".claude/.credentials.json");
    let temporary = file.with_extension("tmp");
    fs::write(&temporary, content).and_then(|()| fs::rename(&temporary, &file)).expect("the scratch home is writable");
}

/// Ends the app as Ctrl-C does.
fn interrupt() {
    rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::INT).expect("this process runs");
}

/// A switch that can be tried: nothing is opened at login.
#[derive(Default)]
struct NoLoginItem(AtomicBool);

impl LoginItem for NoLoginItem {
    fn state(&self) -> Autostart {
        if self.0.load(Ordering::SeqCst) { Autostart::On } else { Autostart::Off }
    }

    fn set(&self, on: bool) -> Result<(), AutostartError> {
        self.0.store(on, Ordering::SeqCst);
        Ok(())
    }
}

impl Versioned for NoLoginItem {
    fn stamp(&self) -> Stamp {
        Stamp::default()
    }

    fn watched(&self) -> Vec<(PathBuf, Vec<String>)> {
        Vec::new()
    }
}

/// Prints each notification at the terminal too, where perhaps nothing else shows it.
struct Narrator(Arc<dyn Notifier>);

impl Notifier for Narrator {
    fn listen(&self, sets: &[Vec<Button>], answers: Answers) {
        self.0.listen(sets, answers);
    }

    fn ask(&self) {
        self.0.ask();
    }

    fn show(&self, notification: &Notification) -> Result<(), NotifierError> {
        println!("\n   [notification] {}: {}", notification.summary, notification.body.replace('\n', " | "));
        self.0.show(notification)
    }
}
