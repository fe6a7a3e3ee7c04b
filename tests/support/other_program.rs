//! A stand-in for another program that renews the same sign-in by Claude Code's lock protocol.

use std::error::Error;
use std::ffi::OsString;
use std::fs::{self, OpenOptions, Permissions};
use std::hash::{BuildHasher, RandomState};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::ops::Range;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::PATIENCE;
use super::home::in_seconds;

const CLIENT: &str = "9d1c250a-e61b-44d9-88ed-5944d1962f5e";
/// Claude Code asks for these, whatever the credential says.
const SCOPE: &str =
    "user:profile user:inference user:sessions:claude_code user:mcp_servers user:file_upload user:plugins";

/// The test that is this program when it runs as a process of its own.
const TEST: &str = "refresh_race::other_program";
const DIR: &str = "WICK_TEST_DIR";
const TOKEN_URL: &str = "WICK_TEST_TOKEN_URL";
const RETRY: &str = "WICK_TEST_RETRY";
const POST_DELAY: &str = "WICK_TEST_POST_DELAY";

type Fallible<T> = Result<T, Box<dyn Error>>;

/// The program. It renews the token however long that one still lasts.
#[derive(Clone, Debug)]
pub struct OtherProgram {
    /// Claude Code's folder.
    pub dir: PathBuf,
    /// Plain HTTP.
    pub token_url: String,
    /// How long it waits before it tries again for a lock that is busy.
    pub retry_millis: Range<u64>,
    /// How long it sleeps before the POST, to widen the race.
    pub post_delay_millis: u64,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It stored what it was granted.
    Refreshed,
    /// Another program stored a newer token, which it kept.
    Adopted,
    /// Another program held a lock for too long.
    Busy,
    /// There is no refresh token, or there is none any more.
    SignedOut,
    Failed(String),
}

impl OtherProgram {
    /// Does it here.
    pub fn run(&self) -> Outcome {
        self.refresh().unwrap_or_else(|error| Outcome::Failed(error.to_string()))
    }

    /// Does it in a process of its own: this test binary, at the test that calls `from_environment`.
    pub fn command(&self) -> Command {
        let this = std::env::current_exe().expect("a running program has a file");
        let mut command = Command::new(this);
        command.args(["--ignored", "--exact", TEST, "--nocapture"]).stdin(Stdio::null());
        command.env(DIR, &self.dir).env(TOKEN_URL, &self.token_url);
        command.env(RETRY, format!("{}..{}", self.retry_millis.start, self.retry_millis.end));
        command.env(POST_DELAY, self.post_delay_millis.to_string());
        command
    }

    /// What `command` put into the environment, or `None` where this process was not started so.
    pub fn from_environment() -> Option<Self> {
        let dir = std::env::var_os(DIR)?.into();
        let variable = |name: &str| std::env::var(name).expect("`command` sets all four");
        let number = |text: &str| text.parse().expect("`command` writes numbers");
        let retry = variable(RETRY);
        let (shortest, longest) = retry.split_once("..").expect("`command` writes a range");
        Some(Self {
            dir,
            token_url: variable(TOKEN_URL),
            retry_millis: number(shortest)..number(longest),
            post_delay_millis: number(&variable(POST_DELAY)),
        })
    }

    fn refresh(&self) -> Fallible<Outcome> {
        let seen = self.read()?;
        // Dropped in reverse order, as Claude Code lets go of its locks.
        let Some(_own) = self.lock(self.dir.join(".oauth_refresh.lock"))? else { return Ok(Outcome::Busy) };
        let Some(_legacy) = self.lock(self.legacy_lock()?)? else { return Ok(Outcome::Busy) };
        let stored = self.read()?;
        let posted = member(&stored, "refreshToken");
        if posted.is_empty() {
            return Ok(Outcome::SignedOut);
        }
        if member(&stored, "accessToken") != member(&seen, "accessToken") {
            return Ok(Outcome::Adopted);
        }
        if !ends_soon(&stored) {
            return Ok(Outcome::Adopted);
        }
        std::thread::sleep(Duration::from_millis(self.post_delay_millis));
        match self.post(posted)? {
            (200, answer) => self.store(posted, &answer),
            (400 | 401, answer) if is_invalid_grant(&answer) => self.blank(posted),
            (status, _) => Err(format!("the answer was {status}").into()),
        }
    }

    /// Beside the folder, under its real name.
    fn legacy_lock(&self) -> Fallible<PathBuf> {
        let mut path: OsString = fs::canonicalize(&self.dir)?.into();
        path.push(".lock");
        Ok(path.into())
    }

    fn lock(&self, path: PathBuf) -> Fallible<Option<LockFolder>> {
        LockFolder::take(path, 5, &self.retry_millis, Duration::from_secs(60))
    }

    fn credentials(&self) -> PathBuf {
        self.dir.join(".credentials.json")
    }

    fn read(&self) -> Fallible<Value> {
        Ok(serde_json::from_slice(&fs::read(self.credentials())?)?)
    }

    /// The status and the body; null where that is no JSON.
    fn post(&self, refresh_token: &str) -> Fallible<(u16, Value)> {
        let address = self.token_url.strip_prefix("http://").ok_or("it knows plain HTTP alone")?;
        let (host, path) = address.split_once('/').ok_or("the address has no path")?;
        let body = json!({
            "grant_type": "refresh_token",
            "refresh_token": refresh_token,
            "client_id": CLIENT,
            "scope": SCOPE,
        })
        .to_string();
        let head = format!(
            "POST /{path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n",
            body.len()
        );
        let mut stream = TcpStream::connect(host)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(format!("{head}connection: close\r\n\r\n{body}").as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (head, body) = answer.split_once("\r\n\r\n").ok_or("the connection closed without an answer")?;
        let status: u16 = head.split_whitespace().nth(1).ok_or("the answer has no status")?.parse()?;
        Ok((status, serde_json::from_str(body).unwrap_or_default()))
    }

    fn store(&self, posted: &str, answer: &Value) -> Fallible<Outcome> {
        let access = answer["access_token"].as_str().ok_or("the answer has no access token")?;
        let seconds = answer["expires_in"].as_i64().ok_or("the answer has no end")?;
        // Claude Code saves nothing without one.
        let scope = answer["scope"].as_str().ok_or("the answer has no scope")?;
        // The old one goes on where the answer has none.
        let refresh = answer["refresh_token"].as_str().unwrap_or(posted);
        self.swap(posted, Outcome::Refreshed, |oauth| {
            oauth.insert("accessToken".to_owned(), json!(access));
            oauth.insert("refreshToken".to_owned(), json!(refresh));
            oauth.insert("expiresAt".to_owned(), json!(in_seconds(seconds).0));
            oauth.insert("scopes".to_owned(), scope.split(' ').collect());
        })
    }

    /// Marks the sign-in as ended.
    fn blank(&self, posted: &str) -> Fallible<Outcome> {
        self.swap(posted, Outcome::SignedOut, |oauth| {
            oauth.insert("accessToken".to_owned(), json!(""));
            oauth.insert("refreshToken".to_owned(), json!(""));
            oauth.insert("expiresAt".to_owned(), json!(0));
        })
    }

    /// Changes the stored sign-in if its refresh token is still the posted one.
    fn swap(&self, posted: &str, done: Outcome, change: impl FnOnce(&mut Map<String, Value>)) -> Fallible<Outcome> {
        let path = self.dir.join(".storage-write.lock");
        let lock = LockFolder::take(path, 10, &(10..100), Duration::from_secs(15))?;
        let _lock = lock.ok_or("the write lock is busy, and what the server said is lost")?;
        let mut stored = self.read()?;
        let kept = member(&stored, "refreshToken");
        if kept != posted {
            return Ok(if kept.is_empty() { Outcome::SignedOut } else { Outcome::Adopted });
        }
        change(stored["claudeAiOauth"].as_object_mut().ok_or("the sign-in is no object")?);
        self.write(&stored)?;
        Ok(done)
    }

    fn write(&self, content: &Value) -> Fallible<()> {
        let temporary = self.dir.join(format!(".credentials.json.tmp.{:08x}", random() >> 32));
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
        file.write_all(content.to_string().as_bytes())?;
        file.sync_all()?;
        fs::rename(&temporary, self.credentials())?;
        Ok(fs::set_permissions(self.credentials(), Permissions::from_mode(0o600))?)
    }
}

/// A member of the sign-in. Empty where there is none: the protocol treats both alike.
fn member<'a>(credential: &'a Value, name: &str) -> &'a str {
    credential["claudeAiOauth"][name].as_str().unwrap_or_default()
}

/// Both spellings are in use.
fn is_invalid_grant(answer: &Value) -> bool {
    answer["error"] == "invalid_grant" || answer["error"]["type"] == "invalid_grant"
}

/// A lock: a folder that exists. No heartbeat: no test holds one for as long as it takes to count as left behind.
struct LockFolder(PathBuf);

impl LockFolder {
    /// Takes it, or gives up after so many further tries.
    fn take(path: PathBuf, retries: usize, delay_millis: &Range<u64>, stale: Duration) -> Fallible<Option<Self>> {
        for attempt in 0..=retries {
            if attempt > 0 {
                std::thread::sleep(Duration::from_millis(random_in(delay_millis)));
            }
            if is_older(&path, stale) {
                // Somebody else may be quicker.
                drop(fs::remove_dir(&path));
            }
            match fs::create_dir(&path) {
                Ok(()) => return Ok(Some(Self(path))),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(format!("{}: {error}", path.display()).into()),
            }
        }
        Ok(None)
    }
}

impl Drop for LockFolder {
    fn drop(&mut self) {
        drop(fs::remove_dir(&self.0));
    }
}

/// Whether it exists and nobody has touched it for longer than this. A time in the future is not old.
fn is_older(path: &Path, age: Duration) -> bool {
    let modified = fs::metadata(path).and_then(|metadata| metadata.modified());
    modified.is_ok_and(|moment| moment.elapsed().is_ok_and(|elapsed| elapsed > age))
}

/// Another number in each call and each process: the standard library seeds every hasher anew.
fn random() -> u64 {
    RandomState::new().hash_one(())
}

fn random_in(range: &Range<u64>) -> u64 {
    range.start + random() % range.end.saturating_sub(range.start).max(1)
}

/// Claude Code refreshes in a token's last five minutes.
fn ends_soon(stored: &Value) -> bool {
    let end = stored["claudeAiOauth"]["expiresAt"].as_i64().unwrap_or_default();
    end - jiff::Timestamp::now().as_millisecond() <= 300_000
}
