//! GitHub's REST API on this computer, as far as secrets go.
//!
//! It keeps what it is told, takes no box that it cannot open, and can be made to fail as networks and GitHub do.

mod answer;
mod faults;
mod keys;
mod limits;
mod request;
mod routes;
mod secrets;
mod state;
mod store;
mod variables;
mod wire;

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub use faults::{Fault, On};
pub use keys::KeyFault;
use limits::Limiter;
pub use limits::Limits;
pub use request::Request;
use state::{Hold, State};
pub use store::StoredSecret;

/// The only token that is accepted.
pub const TOKEN: &str = "tok-sentinel-github";

type Headers = Vec<(String, String)>;
type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// The server. Ends with this value, and with it every answer that is still held back.
///
/// A place is named as the project names its targets: `acme/api`, `acme/web@production`, `acme/api#dependabot`,
/// `acme/api#codespaces`, `acme/api#agents`, `org:acme`, `org:acme#agents`, `user:codespaces`. One that is not there is the test's mistake, and panics.
pub struct GithubServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

/// Starting and reaching it.
impl GithubServer {
    /// Starts one that holds nothing and whose clock is the real one.
    pub fn start() -> Self {
        Self::start_with_clock(Arc::new(|| {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later than 1970");
            i64::try_from(since.as_millis()).expect("it is earlier than the year 292 million")
        }))
    }

    /// The same by this clock, in milliseconds since 1970. It dates secrets and answers and drives the limits; it does
    /// not drive `latency` or a drip. It must not call the server.
    pub fn start_with_clock(clock: Arc<dyn Fn() -> i64 + Send + Sync>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound socket");
        let state = State::new(clock, format!("http://{address}"));
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
        let accepting = std::thread::spawn({
            let shared = Arc::clone(&shared);
            move || wire::accept(&listener, &shared)
        });
        Self { address, shared, accepting: Some(accepting) }
    }

    /// What every path is under, as with GitHub Enterprise Server.
    pub fn url(&self) -> String {
        format!("http://{}{}", self.address, request::ROOT)
    }

    /// The address and the port.
    pub fn host(&self) -> String {
        self.address.to_string()
    }
}

/// What it holds.
impl GithubServer {
    /// A private repository of the owner in its name.
    pub fn add_repository(&self, full_name: &str) {
        self.lock().holdings.add_repository(full_name);
    }

    /// An environment, and its repository where there is none yet.
    pub fn add_environment(&self, full_name: &str, environment: &str) {
        self.lock().holdings.add_environment(full_name, environment);
    }

    pub fn add_organization(&self, name: &str) {
        self.lock().holdings.add_organization(name);
    }

    /// The old name leads to the new one from then on. A test may name its places by either.
    pub fn rename(&self, from: &str, to: &str) {
        self.lock().holdings.rename(from, to);
    }

    /// Everything in it can only be read from then on.
    pub fn archive(&self, full_name: &str) {
        self.lock().holdings.repository_mut(full_name).archived = true;
    }

    /// Its secrets and its former names go with it.
    pub fn remove_repository(&self, full_name: &str) {
        self.lock().holdings.remove_repository(full_name);
    }

    pub fn repository_id(&self, full_name: &str) -> u64 {
        self.lock().holdings.repository_mut(full_name).id
    }

    /// The secret as it is now, opened.
    pub fn secret(&self, place: &str, name: &str) -> Option<StoredSecret> {
        let mut state = self.lock();
        state.holdings.store_named(place).secrets.get(&name.to_ascii_uppercase()).cloned()
    }

    /// The variable as it is now.
    pub fn variable(&self, place: &str, name: &str) -> Option<StoredSecret> {
        let mut state = self.lock();
        state.holdings.store_named(place).variables.get(&name.to_ascii_uppercase()).cloned()
    }

    /// The names of the secrets there, sorted.
    pub fn secrets(&self, place: &str) -> Vec<String> {
        self.lock().holdings.store_named(place).secrets.keys().cloned().collect()
    }

    /// Puts a secret there without a request. That of an organization is for all repositories until `set_visibility`.
    pub fn put_secret(&self, place: &str, name: &str, value: &[u8]) {
        let mut state = self.lock();
        let now = state.seconds();
        let secret = state.holdings.store_named(place).put(name, value.to_vec(), now);
        if place.starts_with("org:") && secret.visibility.is_none() {
            secret.visibility = Some("all".to_owned());
        }
    }

    /// Says who sees an organization's secret, without a request.
    pub fn set_visibility(&self, place: &str, name: &str, visibility: &str, selected: Vec<u64>) {
        let mut state = self.lock();
        let secret = state.holdings.store_named(place).secret_mut(name);
        secret.visibility = Some(visibility.to_owned());
        secret.selected = selected;
    }

    /// As if someone else had deleted a secret and made one of the same name, so much later.
    pub fn make_anew(&self, place: &str, name: &str, seconds: i64) {
        let mut state = self.lock();
        let secret = state.holdings.store_named(place).secret_mut(name);
        secret.value = b"made by someone else".to_vec();
        secret.created_at += seconds;
        secret.updated_at = secret.created_at;
    }

    /// Somebody else deletes a secret that is there.
    pub fn delete_secret(&self, place: &str, name: &str) {
        self.lock().holdings.store_named(place).delete(name);
    }

    /// Somebody else changes a secret that is there.
    pub fn touch(&self, place: &str, name: &str) {
        let mut state = self.lock();
        let now = state.seconds();
        let secret = state.holdings.store_named(place).secret_mut(name);
        secret.value = b"changed by someone else".to_vec();
        secret.updated_at = now;
    }
}

/// How it behaves.
impl GithubServer {
    /// From then on `TOKEN` is as bad as any other.
    pub fn refuse_token(&self) {
        self.lock().token_is_refused = true;
    }

    pub fn accept_token(&self) {
        self.lock().token_is_refused = false;
    }

    /// Puts this on every answer, in place of what was set under that name before. `connection: close` is obeyed.
    pub fn set_header(&self, name: &str, value: &str) {
        let mut state = self.lock();
        state.headers.retain(|(set, _)| !set.eq_ignore_ascii_case(name));
        state.headers.push((name.to_owned(), value.to_owned()));
    }

    /// Limits writes. Those so far do not count.
    pub fn limit(&self, limits: Limits) {
        self.lock().limiter = Some(Limiter::new(limits, []));
    }

    /// The same as if there had been so many writes at this time, in milliseconds since 1970.
    pub fn limit_after(&self, limits: Limits, writes: usize, at: i64) {
        self.lock().limiter = Some(Limiter::new(limits, std::iter::repeat_n(at, writes)));
    }

    /// Its clock goes ahead by so much.
    pub fn let_pass(&self, seconds: i64) {
        self.lock().ahead += seconds * 1_000;
    }

    /// Makes so many requests fail; `usize::MAX` is forever. Of those that fit, the first that is not used up counts.
    pub fn fault(&self, on: On, fault: Fault, times: usize) {
        self.lock().faults.arm(on, fault, times);
    }

    /// From then on nothing fails but what is under way.
    pub fn forget_faults(&self) {
        self.lock().faults.disarm();
    }

    /// Every request is held so long before it is answered.
    pub fn latency(&self, latency: Duration) {
        self.lock().latency = latency;
    }

    /// From then on requests are read, recorded and applied, but answered only after `resume`.
    pub fn pause(&self) {
        self.lock().hold = Hold::All;
    }

    /// The same for each PUT, and only for those.
    pub fn pause_writes(&self) {
        self.lock().hold = Hold::Writes;
    }

    pub fn resume(&self) {
        self.lock().hold = Hold::Nothing;
        self.shared.changed.notify_all();
    }
}

/// What was asked. The records begin anew with `forget_requests`.
impl GithubServer {
    /// Every request that was read in full, in order, whatever became of it.
    pub fn requests(&self) -> Vec<Request> {
        self.lock().requests.clone()
    }

    /// How many requests were a GET.
    pub fn reads(&self) -> usize {
        self.count(|request| request.method == "GET")
    }

    /// How many requests were a PUT or a DELETE, refused and failed ones too.
    pub fn writes(&self) -> usize {
        self.count(Request::is_write)
    }

    /// How many of the writes the limits refused.
    pub fn refused_writes(&self) -> usize {
        self.lock().refused_writes
    }

    /// How many connections the requests came through.
    pub fn connections(&self) -> usize {
        let state = self.lock();
        state.requests.iter().map(|request| request.connection).collect::<BTreeSet<_>>().len()
    }

    /// The highest number of requests under way at once: read in full, and nothing sent yet. One that stalls is under
    /// way no longer than if it were answered.
    pub fn most_at_once(&self) -> usize {
        self.lock().most_at_once
    }

    pub fn forget_requests(&self) {
        self.lock().forget_requests();
    }

    fn count(&self, fits: fn(&Request) -> bool) -> usize {
        self.lock().requests.iter().filter(|request| fits(request)).count()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.shared.lock()
    }
}

/// Each test ends with the sweep of what all may read, whatever it is about.
impl Drop for GithubServer {
    fn drop(&mut self) {
        let mut state = self.lock();
        let open = state.holdings.variables();
        state.stopped = true;
        for stream in state.connections.values() {
            // Wakes its thread out of a read or a write. One that the client has reset cannot be shut down any more.
            drop(stream.shutdown(Shutdown::Both));
        }
        drop(state);
        self.shared.changed.notify_all();
        // Wakes the loop, which only looks when somebody connects.
        drop(TcpStream::connect(self.address));
        if let Some(accepting) = self.accepting.take() {
            drop(accepting.join());
        }
        if !std::thread::panicking() {
            super::sweep::check("GitHub's variables", open);
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
    fn wait_while(&self, holds: impl Fn(&State) -> bool) -> bool {
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
