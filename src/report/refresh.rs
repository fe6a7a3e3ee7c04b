//! `wick refresh`: the JSON object.

use jiff::Timestamp;
use serde::Serialize;

use super::answer::Answer;
use super::clocks::{AccessClock, LoginClock};
use crate::domain::refresh::{Outcome, Report};
use crate::words::{Sentence, refresh as words};

/// What `wick refresh --json` prints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RefreshReport {
    outcome: Outcome,
    access_token: Option<AccessClock>,
    login: Option<LoginClock>,
}

impl RefreshReport {
    /// What became of a refresh, in words.
    pub fn of(report: &Report, now: Timestamp) -> Answer<Self> {
        let own = Self {
            outcome: report.outcome,
            access_token: report.clocks.map(|clocks| AccessClock::of(clocks.access, now)),
            login: report.clocks.and_then(|clocks| clocks.login).map(|end| LoginClock::of(end, now)),
        };
        Answer::new(own, report.remark.as_ref().map(words::remark))
    }

    /// Nothing was tried, for this reason.
    pub fn refused(error: Sentence) -> Answer<Self> {
        Answer::new(Self { outcome: Outcome::Failed, access_token: None, login: None }, Some(error))
    }
}
