//! Answers, and how they are delivered.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Headers;
use super::request::Request;

/// GitHub's page size where none is asked for, and the largest that can be.
const PAGE: usize = 30;
const LARGEST_PAGE: usize = 100;

pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Headers,
    pub(super) body: Vec<u8>,
}

/// An answer, or one that says why not.
pub(super) type Outcome = Result<Answer, Answer>;

impl Answer {
    /// Its type is JSON unless a header says otherwise.
    pub(super) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: body.into() }
    }

    pub(super) fn json(status: u16, body: &Value) -> Self {
        Self::new(status, body.to_string())
    }

    pub(super) fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Adds a header that the answer does not have yet.
    pub(super) fn add_header(&mut self, name: &str, value: &str) {
        if self.header(name).is_none() {
            self.headers.push((name.to_owned(), value.to_owned()));
        }
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The bytes up to the body. An answer that has none by its status says no length either.
    pub(super) fn head(&self) -> Vec<u8> {
        let mut text = format!("HTTP/1.1 {} \r\n", self.status);
        let has_body = !matches!(self.status, 204 | 304);
        if has_body && self.header("content-length").is_none() {
            text.push_str(&format!("content-length: {}\r\n", self.body.len()));
        }
        if has_body && self.header("content-type").is_none() {
            text.push_str("content-type: application/json; charset=utf-8\r\n");
        }
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str("\r\n");
        text.into_bytes()
    }
}

/// An answer in the shape of all of GitHub's errors.
pub(super) fn refusal(status: u16, message: &str) -> Answer {
    let documentation = "https://docs.github.com/rest";
    let body = json!({ "message": message, "documentation_url": documentation, "status": status.to_string() });
    Answer::json(status, &body)
}

pub(super) fn not_found() -> Answer {
    refusal(404, "Not Found")
}

/// The page that was asked for, put into a body by `wrap`, with a `Link` to the next and the last one where it is not
/// the last.
pub(super) fn page(request: &Request, origin: &str, all: &[Value], wrap: impl Fn(&[Value]) -> Value) -> Answer {
    let size = request.number("per_page").unwrap_or(PAGE).clamp(1, LARGEST_PAGE);
    let page = request.number("page").unwrap_or(1).max(1);
    let last = all.len().div_ceil(size);
    let items = all.chunks(size).nth(page - 1).unwrap_or_default();
    let answer = Answer::json(200, &wrap(items));
    if page >= last {
        return answer;
    }
    let link = |page, name| format!("<{origin}{}>; rel=\"{name}\"", request.path_of_page(page));
    answer.with_header("link", format!("{}, {}", link(page + 1, "next"), link(last, "last")))
}

/// As in `updated_at`.
pub(super) fn iso_time(seconds: i64) -> String {
    Timestamp::from_second(seconds).expect("the test's clock is in range").to_string()
}

/// As in a `Date` header.
pub(super) fn http_date(milliseconds: i64) -> String {
    let time = Timestamp::from_millisecond(milliseconds).expect("the test's clock is in range");
    time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// What a connection's thread does with an answer.
pub(super) struct Reply {
    pub(super) answer: Answer,
    pub(super) delivery: Delivery,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Delivery {
    /// Sends it and leaves the connection open.
    Whole,
    /// Sends it and closes.
    Close,
    /// Sends the head at once and the body a byte at a time; an answer without a body, all of it a byte at a time.
    Drip,
    /// Sends the head and half of the body, then resets.
    ResetWithinBody,
    /// Resets without a byte. On macOS it only closes: see `wire::read_request`.
    Reset,
    /// Sends nothing and leaves the connection open.
    Stall,
}

impl Reply {
    pub(super) fn whole(answer: Answer) -> Self {
        Self { answer, delivery: Delivery::Whole }
    }

    /// The status that the client gets to see.
    pub(super) fn status(&self) -> Option<u16> {
        let hidden = matches!(self.delivery, Delivery::Reset | Delivery::Stall);
        (!hidden).then_some(self.answer.status)
    }
}
