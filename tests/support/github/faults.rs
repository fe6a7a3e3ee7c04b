//! What goes wrong, where, and how often.

use serde_json::json;

use super::Headers;
use super::answer::Answer;
use super::keys::KeyFault;
use super::request::Request;

/// Which requests a fault is for.
#[derive(Clone)]
pub struct On {
    /// `None` is for all.
    pub method: Option<&'static str>,
    /// A part of the path as it is sent, with its query. An empty one is for all.
    pub path_has: String,
}

/// What goes wrong. Where "the real answer" is part of it, the request is applied; otherwise it is not, unless it says
/// so.
#[derive(Clone)]
pub enum Fault {
    /// This, whatever was asked. The headers may say another length than the body's.
    Answer { status: u16, headers: Headers, body: String },
    /// The connection is reset without a byte.
    ResetBeforeAnswer,
    /// The connection is reset after the head and half of the body of the real answer.
    ResetWithinBody,
    /// The request is applied, and the connection is reset without a byte.
    ApplyThenReset,
    /// Half of the real answer's body, as if it were the whole, with status 200; then the connection is closed.
    Truncated,
    /// A web page with status 200, as a proxy shows one.
    Html,
    /// No body, with status 200.
    Empty,
    /// The body of the real answer comes a byte at a time. One without a body comes so with its head.
    Drip,
    /// No answer comes until the server is dropped.
    Stall,
    /// The real answer, and then the place gets another key. Only for requests for a public key.
    RotateKeyAfter,
    /// The real answer with this wrong about the key. Only for requests for a public key.
    Key(KeyFault),
    /// A message that repeats the request's headers and body, the token among them.
    Echo { status: u16 },
    /// A message with the token broken into two lines, and with its first 12 characters once more.
    EchoInParts { status: u16 },
}

/// The faults that were asked for.
#[derive(Default)]
pub(super) struct Faults {
    armed: Vec<Armed>,
}

struct Armed {
    on: On,
    fault: Fault,
    left: usize,
}

impl Faults {
    pub(super) fn arm(&mut self, on: On, fault: Fault, times: usize) {
        self.armed.push(Armed { on, fault, left: times });
    }

    pub(super) fn disarm(&mut self) {
        self.armed.clear();
    }

    /// The fault that this request meets, one use of which is gone then.
    pub(super) fn take(&mut self, request: &Request) -> Option<Fault> {
        let armed = self.armed.iter_mut().find(|armed| armed.left > 0 && armed.fits(request))?;
        armed.left -= 1;
        Some(armed.fault.clone())
    }
}

impl Armed {
    fn fits(&self, request: &Request) -> bool {
        let only_keys = matches!(self.fault, Fault::RotateKeyAfter | Fault::Key(_));
        self.on.method.is_none_or(|method| method == request.method)
            && request.path.contains(&self.on.path_has)
            && (!only_keys || request.is_for_public_key())
    }
}

pub(super) fn html() -> Answer {
    let page = "<html><head><title>Sign in to the network</title></head><body>Please sign in.</body></html>";
    Answer::new(200, page).with_header("content-type", "text/html; charset=utf-8")
}

pub(super) fn echo(status: u16, request: &Request) -> Answer {
    let headers: String = request.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
    Answer::json(status, &json!({ "message": format!("{headers}\n{}", request.body) }))
}

pub(super) fn echo_in_parts(status: u16, request: &Request) -> Answer {
    let token = request.token().unwrap_or_default();
    let (first, second) = token.split_at(token.len() / 2);
    let beginning = token.get(..12).unwrap_or(token);
    let message = format!("no such token:\n{first}\n{second}\nwhich begins with {beginning}");
    Answer::json(status, &json!({ "message": message }))
}
