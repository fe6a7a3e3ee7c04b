//! The other computers of the demo, on this one.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use super::{said, say};

/// A refresh token that the endpoint below accepts.
pub(crate) const LIVING: &str = "sk-ant-ort01-EXAMPLE";
/// One that it does not.
pub(crate) const SPENT: &str = "sk-ant-ort01-EXAMPLE-SPENT";

/// Another one each time.
pub(crate) fn access_token() -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(1);
    format!("sk-ant-oat01-EXAMPLE-{}", NUMBER.fetch_add(1, Ordering::SeqCst))
}

/// A token endpoint that answers as the real one does. Returns its address.
pub(crate) fn serve_tokens() -> std::io::Result<String> {
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
    say(&said::granted(granted));
    let (status, answer) = if granted {
        ("200 OK", format!(r#"{{"access_token":"{}","refresh_token":"{LIVING}","expires_in":28800}}"#, access_token()))
    } else {
        ("400 Bad Request", r#"{"error":"invalid_grant"}"#.to_owned())
    };
    write!(stream, "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{answer}", answer.len())
}

/// A GitHub that holds the secrets of repositories.
#[derive(Default)]
pub(crate) struct Github {
    names: Mutex<BTreeSet<String>>,
    /// Whether the second repository can only be read.
    pub(crate) is_archived: AtomicBool,
}

impl Github {
    /// Returns its address.
    pub(crate) fn serve(self: &Arc<Self>) -> std::io::Result<String> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = format!("http://{}/api/v3", listener.local_addr()?);
        let github = Arc::clone(self);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let github = Arc::clone(&github);
                thread::spawn(move || drop(github.hold_secrets(stream)));
            }
        });
        Ok(url)
    }

    /// Keeps the names alone, as GitHub lists them: the boxes are sealed for a key that nobody has.
    fn hold_secrets(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let mut reader = BufReader::new(stream.try_clone()?);
        while let Some((line, _)) = request(&mut reader)? {
            let path = line.split(' ').nth(1).unwrap_or_default();
            let (place, name) =
                path.trim_start_matches("/api/v3/repos/").split_once("/actions/secrets").unwrap_or_default();
            let mut names = self.names.lock().expect("nobody panics with it");
            let is_archived = place == said::REPOSITORIES[1] && self.is_archived.load(Ordering::SeqCst);
            let (status, answer) = if line.starts_with("PUT") && is_archived {
                ("403 Forbidden", r#"{"message":"Repository was archived so is read-only."}"#.to_owned())
            } else if line.starts_with("PUT") {
                say(&said::boxed(place, name.trim_start_matches('/')));
                let is_new = names.insert(format!("{place}{name}"));
                (if is_new { "201 Created" } else { "204 No Content" }, String::new())
            } else if path.ends_with("/public-key") {
                ("200 OK", r#"{"key_id":"1","key":"CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk="}"#.to_owned())
            } else if path.ends_with("/user") {
                ("200 OK", r#"{"login":"ada","type":"User"}"#.to_owned())
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
