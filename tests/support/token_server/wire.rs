//! HTTP/1.1 by hand, so that an answer can be cut, dripped, reset or withheld.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::{Behavior, Headers, Post, Shared};
use crate::support::PATIENCE;

/// How long `SpendAndDrip` waits before each byte.
const DRIP: Duration = Duration::from_millis(500);
/// What `SpendAndFlood` puts before its answer.
const FLOOD: usize = 10 * 1024 * 1024;

/// What a connection's thread does when a request is read.
pub(super) enum Reply {
    /// Sends these and closes.
    Bytes(Vec<u8>),
    Reset,
    /// Sends the first at once and the second a byte at a time.
    Drip(Vec<u8>, String),
    Stall,
}

impl Reply {
    pub(super) fn after_grant(behavior: Behavior, granted: &str) -> Self {
        let mut whole = response(200, &[], granted);
        match behavior {
            // `Answer` grants nothing and does not come here.
            Behavior::Grant | Behavior::GrantWith(_) | Behavior::Answer { .. } => Self::Bytes(whole),
            Behavior::SpendAndAnswer { status, body } => Self::Bytes(response(status, &[], &body)),
            Behavior::SpendAndCut => {
                whole.truncate(whole.len() - granted.len() / 2);
                Self::Bytes(whole)
            }
            Behavior::SpendAndClose => Self::Bytes(Vec::new()),
            Behavior::SpendAndReset => Self::Reset,
            Behavior::SpendAndDrip => {
                whole.truncate(whole.len() - granted.len());
                Self::Drip(whole, granted.to_owned())
            }
            Behavior::SpendAndFlood => Self::Bytes(response(200, &[], &(" ".repeat(FLOOD) + granted))),
            Behavior::SpendAndStall => Self::Stall,
        }
    }

    fn send(self, shared: &Shared, stream: &mut TcpStream) -> io::Result<()> {
        match self {
            Self::Bytes(bytes) => stream.write_all(&bytes),
            Self::Reset => Ok(()),
            Self::Drip(head, body) => {
                stream.write_all(&head)?;
                for byte in body.bytes() {
                    if !shared.pass(DRIP) {
                        break;
                    }
                    stream.write_all(&[byte])?;
                }
                Ok(())
            }
            Self::Stall => {
                shared.wait_while(|_| true);
                Ok(())
            }
        }
    }
}

/// A whole answer. It is JSON unless the headers say otherwise.
pub(super) fn response(status: u16, headers: &[(String, String)], body: &str) -> Vec<u8> {
    let mut text = format!("HTTP/1.1 {status} \r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
        text.push_str("content-type: application/json\r\n");
    }
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    text.push_str(body);
    text.into_bytes()
}

/// Gives each connection a thread until the server is dropped.
pub(super) fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.lock().stopped {
            break;
        }
        let Ok(stream) = stream else { continue };
        let shared = Arc::clone(shared);
        // A client may go away at any moment: that is its test's business.
        std::thread::spawn(move || drop(serve(&shared, stream)));
    }
}

fn serve(shared: &Shared, mut stream: TcpStream) -> io::Result<()> {
    // So that a client which hangs does not keep this thread.
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    // So that each byte of a drip is sent by itself.
    stream.set_nodelay(true)?;
    let (method, path, headers) = read_head(&mut stream)?;
    let body = read_body(&mut stream, &headers)?;
    let post = Post { path, headers, body: body_value(&body) };
    let reply = shared.lock().receive(&method, post);
    if !body.is_empty() && !matches!(reply, Reply::Reset) {
        // The byte that `read_body` left.
        stream.read_exact(&mut [0])?;
    }
    if shared.wait_while(|state| state.paused) { reply.send(shared, &mut stream) } else { Ok(()) }
}

/// The method, the path and the headers. A byte at a time, so that nothing of the body is taken with them.
fn read_head(stream: &mut TcpStream) -> io::Result<(String, String, Headers)> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.extend(byte);
    }
    let head = String::from_utf8_lossy(&head);
    let mut lines = head.lines();
    let mut words = lines.next().unwrap_or_default().split(' ').map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let headers = lines.filter_map(|line| line.split_once(':'));
    let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()));
    Ok((method, path, headers.collect()))
}

/// The whole body, but its last byte is only looked at and stays unread. Linux resets a connection that is closed with
/// something unread; macOS closes it like any other.
fn read_body(stream: &mut TcpStream, headers: &[(String, String)]) -> io::Result<Vec<u8>> {
    let header = |wanted: &str| headers.iter().find(|(name, _)| name == wanted).map(|(_, value)| value);
    assert!(header("transfer-encoding").is_none(), "this server takes only bodies with a content-length");
    let length: usize = header("content-length").map_or(0, |length| length.parse().expect("a client sends a number"));
    let mut body = vec![0; length];
    if let Some((last, others)) = body.split_last_mut() {
        stream.read_exact(others)?;
        if stream.peek(std::slice::from_mut(last))? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(body)
}

fn body_value(body: &[u8]) -> Value {
    if body.is_empty() {
        return Value::Null;
    }
    serde_json::from_slice(body).unwrap_or_else(|_| Value::String(String::from_utf8_lossy(body).into_owned()))
}
