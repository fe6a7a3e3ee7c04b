//! Waits for other processes, in real time: no rule depends on it.

use std::thread;
use std::time::{Duration, Instant};

use jiff::SignedDuration;

use crate::ports::Stop;

/// A moment after which nothing is waited for, and what ends the wait earlier.
pub struct Deadline<'a> {
    moment: Instant,
    stop: &'a Stop,
}

/// Why nothing more is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// The program is ending.
    Stopped,
    TimedOut,
}

#[expect(clippy::disallowed_methods, reason = "a limit on another process needs the real monotonic clock")]
impl<'a> Deadline<'a> {
    pub fn after(limit: Duration, stop: &'a Stop) -> Self {
        Self { moment: Instant::now() + limit, stop }
    }

    pub fn left(&self) -> Duration {
        self.moment.saturating_duration_since(Instant::now())
    }

    /// Looks so often until there is something, once at least.
    pub fn poll<T, E: From<Over>>(
        &self,
        every: Duration,
        mut look: impl FnMut() -> Result<Option<T>, E>,
    ) -> Result<T, E> {
        loop {
            if let Some(found) = look()? {
                return Ok(found);
            }
            if self.stop.is_set() {
                return Err(Over::Stopped.into());
            }
            if self.left().is_zero() {
                return Err(Over::TimedOut.into());
            }
            thread::sleep(every);
        }
    }
}

/// A limit as the rules and the words take it.
pub fn signed(limit: Duration) -> SignedDuration {
    SignedDuration::try_from(limit).unwrap_or(SignedDuration::MAX)
}
