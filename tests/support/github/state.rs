//! All that the server knows, and what it does about a request.

use std::collections::BTreeMap;
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

use super::answer::{Answer, Delivery, Reply, http_date, refusal};
use super::faults::{Fault, Faults, echo, echo_in_parts, html};
use super::limits::Limiter;
use super::request::Request;
use super::routes;
use super::store::Holdings;
use super::{Clock, Headers, TOKEN};

const SECONDARY_LIMIT: &str = "You have exceeded a secondary rate limit. Please wait a few minutes before you try \
    again. For more on scraping GitHub and how it may affect your rights, please review our Terms of Service \
    (https://docs.github.com/en/site-policy/github-terms/github-terms-of-service)";

/// Whose answers wait for `resume`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Hold {
    Nothing,
    Writes,
    All,
}

pub(super) struct State {
    clock: Clock,
    /// How far it was put ahead, in milliseconds.
    pub(super) ahead: i64,
    /// What comes before a path in an address.
    origin: String,
    pub(super) holdings: Holdings,
    pub(super) token_is_refused: bool,
    pub(super) headers: Headers,
    pub(super) limiter: Option<Limiter>,
    pub(super) faults: Faults,
    pub(super) latency: Duration,
    pub(super) hold: Hold,
    pub(super) requests: Vec<Request>,
    pub(super) refused_writes: usize,
    in_flight: usize,
    pub(super) most_at_once: usize,
    /// The open ones, so that they can be shut down.
    pub(super) connections: BTreeMap<usize, TcpStream>,
    pub(super) stopped: bool,
}

impl State {
    pub(super) fn new(clock: Clock, origin: String) -> Self {
        Self {
            clock,
            ahead: 0,
            origin,
            holdings: Holdings::default(),
            token_is_refused: false,
            headers: Vec::new(),
            limiter: None,
            faults: Faults::default(),
            latency: Duration::ZERO,
            hold: Hold::Nothing,
            requests: Vec::new(),
            refused_writes: 0,
            in_flight: 0,
            most_at_once: 0,
            connections: BTreeMap::new(),
            stopped: false,
        }
    }

    fn millis(&self) -> i64 {
        (self.clock)() + self.ahead
    }

    pub(super) fn seconds(&self) -> i64 {
        self.millis().div_euclid(1_000)
    }

    /// Records the request and says what to do about it. It is in flight from now on.
    pub(super) fn receive(&mut self, mut request: Request) -> Reply {
        self.in_flight += 1;
        self.most_at_once = self.most_at_once.max(self.in_flight);
        request.at = self.millis();
        let mut reply = match self.faults.take(&request) {
            Some(fault) => self.fail(fault, &request),
            None => Reply::whole(self.answer(&request)),
        };
        reply.answer.add_header("date", &http_date(request.at));
        for (name, value) in &self.headers {
            reply.answer.add_header(name, value);
        }
        if request.closes_connection() || reply.delivery == Delivery::Close {
            reply.answer.add_header("connection", "close");
        }
        request.status = reply.status();
        self.requests.push(request);
        reply
    }

    /// The answer to a request goes out.
    pub(super) fn let_go(&mut self) {
        self.in_flight -= 1;
    }

    pub(super) fn forget_requests(&mut self) {
        self.requests.clear();
        self.refused_writes = 0;
        self.most_at_once = self.in_flight;
    }

    /// The real answer. The request is applied, if it is let through.
    fn answer(&mut self, request: &Request) -> Answer {
        if self.token_is_refused || request.token() != Some(TOKEN) {
            return refusal(401, "Bad credentials");
        }
        let limiter = self.limiter.as_mut().filter(|_| request.is_write());
        if limiter.is_some_and(|limiter| !limiter.admits(request.at)) {
            self.refused_writes += 1;
            return refusal(403, SECONDARY_LIMIT).with_header("retry-after", "60");
        }
        routes::answer(request, &self.origin, &mut self.holdings)
    }

    fn fail(&mut self, fault: Fault, request: &Request) -> Reply {
        let mut deliver = |delivery| Reply { answer: self.answer(request), delivery };
        match fault {
            Fault::Answer { status, headers, body } => {
                Reply::whole(Answer { status, headers, body: body.into_bytes() })
            }
            Fault::ResetBeforeAnswer => Reply { answer: Answer::new(200, ""), delivery: Delivery::Reset },
            Fault::ApplyThenReset => deliver(Delivery::Reset),
            Fault::ResetWithinBody => deliver(Delivery::ResetWithinBody),
            Fault::Drip => deliver(Delivery::Drip),
            Fault::Stall => Reply { answer: Answer::new(200, ""), delivery: Delivery::Stall },
            Fault::Truncated => {
                let mut reply = deliver(Delivery::Close);
                reply.answer.status = 200;
                reply.answer.body.truncate(reply.answer.body.len() / 2);
                reply
            }
            Fault::Html => Reply::whole(html()),
            Fault::Empty => Reply::whole(Answer::new(200, "")),
            Fault::RotateKeyAfter => {
                let answer = self.answer(request);
                let told: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
                self.holdings.rotate_key(told["key_id"].as_str().unwrap_or_default());
                Reply::whole(answer)
            }
            Fault::Key(fault) => {
                let mut answer = self.answer(request);
                answer.body = fault.spoil(&answer.body);
                Reply::whole(answer)
            }
            Fault::Echo { status } => Reply::whole(echo(status, request)),
            Fault::EchoInParts { status } => Reply::whole(echo_in_parts(status, request)),
        }
    }
}
