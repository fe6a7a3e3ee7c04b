//! `cargo run --example demo`: the main job without an account.
//!
//! A scratch home gets an invented credential, the real app runs over it, and a script lets it age. With a tray the
//! script repeats until you quit from the menu; in a terminal it ends by itself after some 20 seconds.
#![allow(clippy::print_stdout, reason = "it tells what it does")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use jiff::SignedDuration;
use wick::domain::doctor::TrayHost;
use wick::domain::state::Notification;
use wick::domain::view::Action;
use wick::platform::environment::Environment;
use wick::platform::{self, tray};
use wick::ports::{Clock, Notifier, NotifierError};
use wick::remote::token_endpoint::HttpTokenEndpoint;
use wick::{launch, platform::clock::SystemClock};

fn main() -> std::io::Result<()> {
    let scratch = tempfile::tempdir()?;
    let home = scratch.path().to_path_buf();
    fs::create_dir(home.join(".claude"))?;
    sign_in(&home, SignedDuration::from_mins(5), "");
    let environment = Arc::new(Environment {
        home: home.to_string_lossy().into_owned(),
        path: Environment::of_process().path,
        ..Environment::default()
    });
    // On a Mac too: the keychain has nothing to do with this.
    let config = home.join("config.toml");
    fs::write(&config, "[credential]\nsource = \"file\"\n")?;
    fs::set_permissions(&config, fs::Permissions::from_mode(0o600))?;
    let endpoint = Arc::new(HttpTokenEndpoint::new(None));
    let mut ports = platform::ports(&environment, Some(config), endpoint);
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
    scene("Five minutes left: the candle is low");
    sign_in(home, SignedDuration::from_mins(5), "");
    pause();
    scene("Claude Code renewed its access token: a whole candle again");
    sign_in(home, SignedDuration::from_hours(8), "");
    pause();
    scene("Nobody used Claude Code, and three minutes are left: an alert");
    sign_in(home, SignedDuration::from_secs(200), "");
    pause();
    scene("Another program leaves half a file: said, and left alone");
    write(home, "{\"claudeAiOauth\":{\"accessTok");
    pause();
    scene("The sign-in reached its time limit");
    sign_in(home, SignedDuration::ZERO, "time_limit");
    pause();
}

fn pause() {
    thread::sleep(Duration::from_secs(4));
}

/// Writes a credential as Claude Code does; with a reason, its marker for an ended sign-in.
fn sign_in(home: &Path, left: SignedDuration, ended: &str) {
    let now = SystemClock::new().now().timestamp();
    let millis = |span: SignedDuration| (now + span).as_millisecond();
    let (access, refresh) = if ended.is_empty() { ("sk-ant-oat01-EXAMPLE", "sk-ant-ort01-EXAMPLE") } else { ("", "") };
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

/// Tells of each notification in the terminal too, where perhaps nothing else shows it.
struct Narrator(Arc<dyn Notifier>);

impl Notifier for Narrator {
    fn show(&self, notification: &Notification, clicked: Box<dyn FnOnce(Action) + Send>) -> Result<(), NotifierError> {
        println!("\n   [notification] {}: {}", notification.summary, notification.body.replace('\n', " | "));
        self.0.show(notification, clicked)
    }
}
