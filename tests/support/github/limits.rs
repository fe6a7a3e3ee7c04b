//! How many writes are let through in a minute and in an hour.

use std::collections::VecDeque;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

/// How many writes are let through within any minute and any hour. GitHub's own are 80 and 500.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub per_minute: usize,
    pub per_hour: usize,
}

pub(super) struct Limiter {
    limits: Limits,
    /// When the writes of the last hour were let through, in milliseconds.
    admitted: VecDeque<i64>,
}

impl Limiter {
    /// `earlier` is when writes were let through before, in order.
    pub(super) fn new(limits: Limits, earlier: impl IntoIterator<Item = i64>) -> Self {
        Self { limits, admitted: earlier.into_iter().collect() }
    }

    /// Whether a write at this time is let through. If so it counts, whatever becomes of it; if not it does not.
    pub(super) fn admits(&mut self, now: i64) -> bool {
        while self.admitted.front().is_some_and(|at| now - at >= HOUR) {
            self.admitted.pop_front();
        }
        let within_minute = self.admitted.iter().rev().take_while(|at| now - **at < MINUTE).count();
        let admits = within_minute < self.limits.per_minute && self.admitted.len() < self.limits.per_hour;
        if admits {
            self.admitted.push_back(now);
        }
        admits
    }
}
