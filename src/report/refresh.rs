//! `wick refresh`: the JSON object.

use jiff::Timestamp;
use serde::Serialize;

use super::clocks::{AccessClock, LoginClock};
use crate::domain::refresh::{Outcome, Report};
use crate::words::{Sentence, refresh as words};

/// The JSON object of `wick refresh --json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RefreshReport {
    schema: u32,
    outcome: Outcome,
    access_token: Option<AccessClock>,
    login: Option<LoginClock>,
    /// What is wrong, and what to do. May stand beside a good outcome of which something is doubtful.
    pub error: Option<Sentence>,
}

impl RefreshReport {
    /// What became of a refresh, in words.
    pub fn of(report: &Report, now: Timestamp) -> Self {
        Self {
            schema: 1,
            outcome: report.outcome,
            access_token: report.clocks.map(|clocks| AccessClock::of(clocks.access, now)),
            login: report.clocks.and_then(|clocks| clocks.login).map(|end| LoginClock::of(end, now)),
            error: report.remark.as_ref().map(words::remark),
        }
    }
}
