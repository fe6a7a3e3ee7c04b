//! HTTP on loopback that keeps what it was asked: Anthropic's Messages API, and whatever else a recipe talks to.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use serde_json::{Value, json};

use super::PATIENCE;

/// What the Messages API answers.
pub const HELLO: &str = "Hello from loopback";

/// The server. Ends with this value.
pub struct Loopback {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

/// One request. Its header names are in lower case.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    /// With the query.
    pub path: String,
    headers: Vec<(String, String)>,
    pub body: String,
}

/// What is answered.
#[derive(Clone, Debug)]
pub struct Answer {
    status: u16,
    location: Option<String>,
    body: String,
}

impl Loopback {
    /// Answers so, whoever asks.
    pub fn start(answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound socket");
        let stopped = AtomicBool::new(false);
        let shared = Arc::new(Shared { answer: Box::new(answer), asked: Mutex::default(), stopped });
        let accepting = std::thread::spawn({
            let shared = Arc::clone(&shared);
            move || accept(&listener, &shared)
        });
        Self { address, shared, accepting: Some(accepting) }
    }

    /// A Messages API for this access token. Whom it refuses it tells what he sent, as a careless server might.
    pub fn messages(access_token: &str) -> Self {
        let expected = format!("Bearer {access_token}");
        Self::start(move |asked| {
            let is_message = asked.method == "POST" && asked.path == "/v1/messages";
            let is_signed_in = asked.header("authorization") == expected
                && asked.header("anthropic-beta").split(',').any(|beta| beta.trim() == "oauth-2025-04-20");
            let body = asked.json();
            let is_complete = asked.header("anthropic-version") == "2023-06-01"
                && asked.header("content-type") == "application/json"
                && body["model"].is_string()
                && body["max_tokens"].is_number()
                && body["messages"][0]["role"] == "user";
            match (is_message, is_signed_in, is_complete) {
                (false, ..) => Answer::json(404, &json!({ "type": "error", "error": { "type": "not_found_error" } })),
                (_, false, _) => Answer::echo(401, asked),
                (.., false) => Answer::echo(400, asked),
                _ => Answer::json(200, &json!({ "content": [{ "type": "text", "text": HELLO }] })),
            }
        })
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Every request that was read in full, in order.
    pub fn asked(&self) -> Vec<Asked> {
        self.shared.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        // Wakes the loop, which only looks when somebody connects.
        drop(TcpStream::connect(self.address));
        if let Some(accepting) = self.accepting.take() {
            drop(accepting.join());
        }
    }
}

impl Asked {
    /// A header's value; empty where it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value)
    }

    /// The body; null where it is no JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

impl Answer {
    pub fn json(status: u16, body: &Value) -> Self {
        Self { status, location: None, body: body.to_string() }
    }

    /// An error that repeats the request, tokens included.
    pub fn echo(status: u16, asked: &Asked) -> Self {
        let message = format!("not for {}: {}", asked.header("authorization"), asked.body);
        Self::json(status, &json!({ "type": "error", "error": { "type": "authentication_error", "message": message } }))
    }

    pub fn redirect(location: &str) -> Self {
        Self { status: 307, location: Some(location.to_owned()), body: String::new() }
    }
}

/// What the connections' threads share.
struct Shared {
    answer: Box<dyn Fn(&Asked) -> Answer + Send + Sync>,
    asked: Mutex<Vec<Asked>>,
    stopped: AtomicBool,
}

/// Gives each connection a thread until the server is dropped.
fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.stopped.load(Ordering::SeqCst) {
            break;
        }
        let Ok(stream) = stream else { continue };
        let shared = Arc::clone(shared);
        // A client may go away at any moment: that is its test's business.
        std::thread::spawn(move || drop(serve(&shared, stream)));
    }
}

fn serve(shared: &Shared, mut stream: TcpStream) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let asked = read(&mut stream)?;
    shared.asked.lock().unwrap_or_else(PoisonError::into_inner).push(asked.clone());
    let Answer { status, location, body } = (shared.answer)(&asked);
    let location = location.map(|place| format!("location: {place}\r\n")).unwrap_or_default();
    let mut text = format!("HTTP/1.1 {status} \r\nconnection: close\r\ncontent-type: application/json\r\n{location}");
    text.push_str(&format!("content-length: {}\r\n\r\n{body}", body.len()));
    stream.write_all(text.as_bytes())
}

fn read(stream: &mut TcpStream) -> io::Result<Asked> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.extend(byte);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let mut lines = head.lines();
    let mut words = lines.next().unwrap_or_default().split(' ').map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let headers = lines.filter_map(|line| line.split_once(':'));
    let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
    let mut asked = Asked { method, path, headers, body: String::new() };
    let length: usize = asked.header("content-length").parse().unwrap_or_default();
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    asked.body = String::from_utf8_lossy(&body).into_owned();
    Ok(asked)
}
