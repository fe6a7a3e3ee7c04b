//! `wick refresh`: the JSON object.

use jiff::ZonedDateTime;
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
    pub fn of(report: &Report, now: &ZonedDateTime) -> Answer<Self> {
        let moment = now.timestamp();
        let own = Self {
            outcome: report.outcome,
            access_token: report.clocks.map(|clocks| AccessClock::of(clocks.access, moment)),
            login: report.clocks.and_then(|clocks| clocks.login).map(|end| LoginClock::of(end, moment)),
        };
        Answer::new(own, words::of_report(report, now))
    }

    /// Nothing was tried, for this reason.
    pub fn refused(error: Sentence) -> Answer<Self> {
        Answer::new(Self { outcome: Outcome::Failed, access_token: None, login: None }, Some(error))
    }
}
