//! `cargo run --example demo`: the main job without an account.
//!
//! A scratch home gets an invented credential, the real app runs over it with automatic refresh, and a script lets it
//! age, clicks, and gets it into trouble. The token endpoint and a GitHub are in here too. With a tray the script repeats
//! until you quit from the menu; in a terminal it ends by itself after some 20 seconds.
//!
//! `cargo run --example demo -- --svg resources/demo.svg` makes the README's animation of it.
#![allow(clippy::print_stdout, reason = "it tells what it does")]

mod animation;
mod said;
mod servers;

use std::fs;
use std::io::{self, BufRead, BufReader, IsTerminal, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rustix::termios;
use servers::{Github, LIVING, SPENT, access_token, serve_tokens};
use wick::domain::action::Action;
use wick::domain::autostart::{Autostart, AutostartError};
use wick::domain::facts::TrayHost;
use wick::domain::network::Trusted;
use wick::domain::secret::Secret;
use wick::domain::settings::ProfileName;
use wick::platform::clock::SystemClock;
use wick::platform::environment::Environment;
use wick::platform::tray;
use wick::ports::notifier::{Answer, Answers, Button, Notification};
use wick::ports::{Clock, LoginItem, Notifier, NotifierError, Stamp, Versioned};
use wick::remote::github;
use wick::remote::token_endpoint::HttpTokenEndpoint;
use wick::words::targets::sync_all;
use wick::{launch, platform};

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [option, path] = arguments.as_slice()
        && option == "--svg"
    {
        return fs::write(path, animation::svg());
    }
    if io::stdout().is_terminal() {
        return line_by_line();
    }
    let scratch = tempfile::tempdir()?;
    let home = scratch.path().to_path_buf();
    fs::create_dir(home.join(".claude"))?;
    let environment = Arc::new(Environment {
        home: home.clone(),
        path: Environment::of_process().path,
        github_enterprise_tokens: vec![("GH_ENTERPRISE_TOKEN", Secret::from("gho_EXAMPLE".to_owned()))],
        ..Environment::default()
    });
    let github = Arc::<Github>::default();
    let config = home.join("config.toml");
    fs::write(&config, config_text(&serve_tokens()?, &github.serve()?))?;
    fs::set_permissions(&config, fs::Permissions::from_mode(0o600))?;
    let endpoint = Arc::new(HttpTokenEndpoint(Arc::new(Trusted::default)));
    let mut ports = platform::ports(&environment, Some(config), endpoint, github::opener(Arc::new(Trusted::default)));
    ports.login_item = Arc::<NoLoginItem>::default();
    let narrator = Arc::new(Narrator { shown_by: Arc::clone(&ports.notifier), answers: OnceLock::new() });
    ports.notifier = Arc::clone(&narrator) as _;
    println!("Everything here is invented: the credential lies in {} until this ends.", home.display());
    let demo = Demo { home, github, narrator };
    demo.sign_in(said::HOURS_LEFT, LIVING);
    let in_tray = tray::host::find() == TrayHost::Present;
    thread::spawn(move || {
        loop {
            demo.play();
            if !in_tray {
                break;
            }
        }
        interrupt();
    });
    let ended_well = launch::run(&ports, &environment.state_folder());
    scratch.close()?;
    if ended_well { Ok(()) } else { Err(io::Error::other("the app did not end as it should")) }
}

/// On a Mac too the credential is a file: the keychain has nothing to do with this.
fn config_text(token_url: &str, api_url: &str) -> String {
    let targets = said::REPOSITORIES.map(|name| format!("\n[[targets]]\nrepo = \"{name}\"\n")).concat();
    format!(
        "[credential]\nsource = \"file\"\n\n[refresh]\nautomatic = true\ntoken_url = \"{token_url}\"\n\n\
         [github]\napi_url = \"{api_url}\"\n\n{}{targets}",
        said::SECRETS
    )
}

/// To a reader that may have gone away: what was begun is brought to its end all the same.
fn say(text: &str) {
    drop(writeln!(io::stdout(), "{text}"));
}

/// Plays it in a process of its own, and says what is new in each line of its: at a terminal Wick draws its status over and
/// over in the same place, where other lines come in between here.
fn line_by_line() -> io::Result<()> {
    let mut playing = Command::new(std::env::current_exe()?).stdout(Stdio::piped()).spawn()?;
    let columns = termios::tcgetwinsize(io::stdout()).map_or(0, |size| usize::from(size.ws_col));
    let columns = if columns == 0 { 80 } else { columns };
    let mut last = String::new();
    for line in playing.stdout.take().map(BufReader::new).into_iter().flat_map(BufRead::lines) {
        let line = line?;
        if line.starts_with(' ') || !line.contains(PART) {
            say(&line);
            continue;
        }
        let is_new = |part: &&str| !last.split(PART).any(|known| known == *part);
        let new: Vec<&str> = line.split(PART).filter(is_new).collect();
        if !new.is_empty() {
            say(fitting(&said::status(&new.join(PART)), columns));
        }
        last = line;
    }
    let status = playing.wait()?;
    if status.success() { Ok(()) } else { Err(io::Error::other(status.to_string())) }
}

/// What stands between the parts of a status line.
const PART: &str = " | ";

/// As many parts of a status line as fit.
fn fitting(line: &str, columns: usize) -> &str {
    let ends = line.match_indices(PART).map(|(at, _)| at).chain([line.len()]);
    let fits = |end: &usize| line[..*end].chars().count() < columns;
    ends.filter(fits).last().map_or(line, |end| &line[..end])
}

/// When Wick refreshes by itself.
const MINUTES_LEFT: SignedDuration = SignedDuration::from_mins(10);
/// What a new access token gets.
const WHOLE: SignedDuration = SignedDuration::from_hours(8);

struct Demo {
    home: PathBuf,
    github: Arc<Github>,
    narrator: Arc<Narrator>,
}

impl Demo {
    /// The life of a credential, in twenty seconds: it is well, gets into trouble twice, and is well.
    fn play(&self) {
        scene(said::HEALTHY, || self.sign_in(said::HOURS_LEFT, LIVING));
        self.click();
        scene(said::REFRESHED, || self.sign_in(MINUTES_LEFT, LIVING));
        self.click();
        scene(said::SPENT, || self.sign_in(MINUTES_LEFT, SPENT));
        pause();
        scene(said::SIGNED_IN, || self.sign_in(WHOLE, LIVING));
        self.click();
        scene(said::ARCHIVED, || {
            self.github.is_archived.store(true, Ordering::SeqCst);
            self.sign_in(WHOLE, LIVING);
        });
        self.click();
        scene(said::WELL, || self.github.is_archived.store(false, Ordering::SeqCst));
        self.click();
    }

    /// Chooses what a person would in the menu, and lets the viewer see what comes of it.
    fn click(&self) {
        say(&said::click(&sync_all(said::REPOSITORIES.len())));
        if let Some(answers) = self.narrator.answers.get() {
            answers(Answer { profile: ProfileName::default(), action: Some(Action::SyncAll) });
        }
        pause();
    }

    /// Writes a credential as Claude Code does.
    fn sign_in(&self, left: SignedDuration, refresh: &str) {
        let now = SystemClock::default().now().timestamp();
        let millis = |moment: Timestamp| moment.as_millisecond();
        let (end, login) = (millis(now + left), millis(now + SignedDuration::from_hours(24 * 20)));
        let access = access_token();
        write(
            &self.home,
            &format!(
                r#"{{"claudeAiOauth":{{"accessToken":"{access}","refreshToken":"{refresh}","expiresAt":{end},"refreshTokenExpiresAt":{login},"scopes":["user:inference","user:profile"],"subscriptionType":"max","rateLimitTier":"default_claude_max_20x"}}}}"#
            ),
        );
    }
}

fn scene(text: &str, happens: impl FnOnce()) {
    say("");
    say(&said::scene(text));
    happens();
    pause();
}

/// Two in each scene.
fn pause() {
    thread::sleep(Duration::from_millis(1650));
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

/// Prints each notification at the terminal too, where perhaps nothing else shows it; and lets the script click.
struct Narrator {
    shown_by: Arc<dyn Notifier>,
    answers: OnceLock<Answers>,
}

impl Notifier for Narrator {
    fn listen(&self, sets: &[Vec<Button>], answers: Answers) {
        drop(self.answers.set(Arc::clone(&answers)));
        self.shown_by.listen(sets, answers);
    }

    fn ask(&self) {
        self.shown_by.ask();
    }

    fn show(&self, notification: &Notification) -> Result<(), NotifierError> {
        say(&said::notified(&notification.summary, &notification.body));
        self.shown_by.show(notification)
    }
}
