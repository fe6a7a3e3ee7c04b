//! A token endpoint on this computer: single-use refresh tokens, and a reused one ends the whole sign-in.

mod wire;

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::{Value, json};

use super::credential::SENTINEL;
use wire::{Reply, accept, response};

type Members = serde_json::Map<String, Value>;
type Headers = Vec<(String, String)>;

/// The server. Ends with this value, and with it every answer that is still held back.
pub struct TokenServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

/// One request. Its header names are in lower case; a body that is no JSON is a JSON text, a missing one is null.
#[derive(Clone, Debug)]
pub struct Post {
    pub path: String,
    pub headers: Headers,
    pub body: Value,
}

/// How a request is answered. Those that spend a token do so only with one that is valid: any other is refused with
/// `invalid_grant`, as it would be if nothing went wrong afterwards.
#[derive(Clone)]
pub enum Behavior {
    /// As the real one does.
    Grant,
    /// The same with members changed or removed. A refresh token put in here is the valid one from then on; removing it
    /// leaves the posted one valid.
    GrantWith(fn(&mut Members)),
    /// This, whatever was asked. Nothing is spent.
    Answer { status: u16, headers: Headers, body: String },
    /// The token is spent, but the answer is this.
    SpendAndAnswer { status: u16, body: String },
    /// The connection closes in the middle of the body.
    SpendAndCut,
    /// The connection closes without a byte.
    SpendAndClose,
    /// The connection is reset without a byte. On macOS it only closes: see [`read_body`].
    SpendAndReset,
    /// The body comes a byte at a time.
    SpendAndDrip,
    /// The granted tokens come after 10 MB of white space.
    SpendAndFlood,
    /// No answer comes until the server is dropped.
    SpendAndStall,
}

impl TokenServer {
    /// Starts one at which this refresh token is the valid one. Its access token is that of `CredentialText`.
    pub fn start(refresh_token: &str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound socket");
        let shared = Arc::new(Shared {
            state: Mutex::new(State::new(Family::new(format!("{SENTINEL}-access"), refresh_token))),
            changed: Condvar::new(),
        });
        let accepting = std::thread::spawn({
            let shared = Arc::clone(&shared);
            move || accept(&listener, &shared)
        });
        Self { address, shared, accepting: Some(accepting) }
    }

    pub fn url(&self) -> String {
        format!("http://{}/v1/oauth/token", self.address)
    }

    /// Answers so from the next request on.
    pub fn behave(&self, behavior: Behavior) {
        self.shared.lock().behavior = behavior;
    }

    /// Every request that was read in full, in order. Those that are not a POST are among them: a redirect that was
    /// followed shows.
    pub fn posts(&self) -> Vec<Post> {
        self.shared.lock().posts.clone()
    }

    /// How often a spent token was sent, whatever the answer.
    pub fn reuses(&self) -> usize {
        self.shared.lock().reuses
    }

    /// The access and the refresh token of the latest sign-in that are valid now, or `None` once it is revoked.
    pub fn current(&self) -> Option<(String, String)> {
        self.shared.lock().families.last().and_then(|family| family.current.clone())
    }

    /// A new sign-in with this token. `current` has the access token that came with it. An earlier sign-in stays as
    /// valid as it was: its tokens are another family's.
    pub fn replace(&self, refresh_token: &str) {
        let mut state = self.shared.lock();
        let access = access_token(state.next_number());
        state.families.push(Family::new(access, refresh_token));
    }

    /// From now on requests are read, recorded and spent, but answered only after `resume`.
    pub fn pause(&self) {
        self.shared.lock().paused = true;
    }

    pub fn resume(&self) {
        self.shared.lock().paused = false;
        self.shared.changed.notify_all();
    }
}

impl Drop for TokenServer {
    fn drop(&mut self) {
        self.shared.lock().stopped = true;
        self.shared.changed.notify_all();
        // Wakes the loop, which only looks when somebody connects.
        drop(TcpStream::connect(self.address));
        if let Some(accepting) = self.accepting.take() {
            drop(accepting.join());
        }
    }
}

/// What the connections' threads share.
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits while this holds, but not beyond the server's end. Says whether the server still runs.
    fn wait_while(&self, holds: fn(&State) -> bool) -> bool {
        let waited = self.changed.wait_while(self.lock(), |state| holds(state) && !state.stopped);
        !waited.unwrap_or_else(PoisonError::into_inner).stopped
    }

    /// Lets so much time pass, less where the server ends. Says whether it still runs.
    fn pass(&self, time: Duration) -> bool {
        let waited = self.changed.wait_timeout_while(self.lock(), time, |state| !state.stopped);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        !state.stopped
    }
}

struct State {
    behavior: Behavior,
    posts: Vec<Post>,
    families: Vec<Family>,
    issued: usize,
    reuses: usize,
    paused: bool,
    stopped: bool,
}

impl State {
    fn new(family: Family) -> Self {
        Self {
            behavior: Behavior::Grant,
            posts: Vec::new(),
            families: vec![family],
            issued: 0,
            reuses: 0,
            paused: false,
            stopped: false,
        }
    }

    fn next_number(&mut self) -> usize {
        self.issued += 1;
        self.issued
    }

    /// Records the request and says what to do about it.
    fn receive(&mut self, method: &str, post: Post) -> Reply {
        let reply = if method == "POST" { self.react(&post) } else { Reply::Bytes(response(405, &[], "")) };
        self.posts.push(post);
        reply
    }

    fn react(&mut self, post: &Post) -> Reply {
        if self.families.iter().any(|family| family.has_spent(post.refresh_token())) {
            self.reuses += 1;
        }
        let behavior = self.behavior.clone();
        if let Behavior::Answer { status, headers, body } = &behavior {
            return Reply::Bytes(response(*status, headers, body));
        }
        let change = if let Behavior::GrantWith(change) = behavior { change } else { unchanged };
        match self.grant(post, change) {
            Some(granted) => Reply::after_grant(behavior, &granted),
            None => Reply::Bytes(response(400, &[], &refusal())),
        }
    }

    /// Spends the posted token for a new pair, or nothing where it is not valid. A spent one revokes its family.
    fn grant(&mut self, post: &Post, change: fn(&mut Members)) -> Option<String> {
        let posted = post.refresh_token();
        if let Some(family) = self.families.iter_mut().find(|family| family.has_spent(posted)) {
            family.current = None;
            return None;
        }
        let position = self.families.iter().position(|family| family.is_valid(posted))?;
        let number = self.next_number();
        let mut answer = granted_members(number, post);
        change(&mut answer);
        self.families[position].rotate(posted, number, &answer);
        Some(Value::Object(answer).to_string())
    }
}

/// One sign-in and what became of it.
struct Family {
    /// The access and the refresh token. None once revoked.
    current: Option<(String, String)>,
    spent: Vec<String>,
}

impl Family {
    fn new(access: String, refresh_token: &str) -> Self {
        Self { current: Some((access, refresh_token.to_owned())), spent: Vec::new() }
    }

    fn is_valid(&self, token: &str) -> bool {
        self.current.as_ref().is_some_and(|(_, refresh)| refresh == token)
    }

    fn has_spent(&self, token: &str) -> bool {
        self.spent.iter().any(|spent| spent == token)
    }

    /// Goes on to what this answer says. Where that is no token, the one issued is valid, though nobody was told.
    fn rotate(&mut self, posted: &str, number: usize, answer: &Members) {
        let access = given_token(answer, "access_token").unwrap_or_else(|| access_token(number));
        let refresh = if answer.contains_key("refresh_token") {
            given_token(answer, "refresh_token").unwrap_or_else(|| refresh_token(number))
        } else {
            posted.to_owned()
        };
        if refresh != posted {
            self.spent.push(posted.to_owned());
        }
        self.current = Some((access, refresh));
    }
}

/// A token that an answer has, unless it is empty or no text.
fn given_token(answer: &Members, name: &str) -> Option<String> {
    answer.get(name).and_then(Value::as_str).filter(|token| !token.is_empty()).map(str::to_owned)
}

fn access_token(number: usize) -> String {
    format!("{SENTINEL}-access-{number}")
}

fn refresh_token(number: usize) -> String {
    format!("{SENTINEL}-refresh-{number}")
}

/// For `Grant`, which is `GrantWith` no change.
fn unchanged(_: &mut Members) {}

fn granted_members(number: usize, post: &Post) -> Members {
    let scope = post.body["scope"].as_str().unwrap_or("user:inference user:profile");
    let members = [
        ("token_type", json!("Bearer")),
        ("access_token", json!(access_token(number))),
        ("expires_in", json!(28_800)),
        ("refresh_token", json!(refresh_token(number))),
        ("scope", json!(scope)),
        ("account", json!({ "uuid": "1a2b3c4d-aaaa", "email_address": "ada@example.org" })),
        ("organization", json!({ "uuid": "5e6f7a8b-bbbb", "name": "Example Works" })),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn refusal() -> String {
    json!({ "error": "invalid_grant", "error_description": "Refresh token not found or invalid" }).to_string()
}

impl Post {
    /// The posted token, or an empty text, which is never a valid one.
    fn refresh_token(&self) -> &str {
        self.body["refresh_token"].as_str().unwrap_or_default()
    }
}
