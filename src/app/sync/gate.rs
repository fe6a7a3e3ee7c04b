//! What every question to GitHub passes: a slot, its limits, the pace, and what is no use to ask any more.
//!
//! Waits for the limits, and says of each answer whether the same is to be asked again.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::job::Job;
use super::ledger::Ledger;
use super::outcomes::Outcomes;
use crate::domain::sync::{Failure, Pace, Refusal};

/// GitHub allows a hundred requests at once; more than this gains nothing, since writes are paced.
const AT_ONCE: usize = 8;
/// How often something is tried that may pass.
const TRIES: u32 = 3;
/// After this no further try is begun: a server that takes its time would take it again.
const LONGEST: SignedDuration = SignedDuration::from_secs(20);
/// A list of several pages gets this long, whatever there is to wait for.
const SHORTEST_LIST: SignedDuration = SignedDuration::from_secs(30);
/// And this long at most.
const LONGEST_LIST: SignedDuration = SignedDuration::from_mins(2);
/// Before the second try; twice as long before the third. Up to half of it is added, so that not all come back at once.
const BACKOFF: Duration = Duration::from_millis(500);
/// How often one request is refused for a limit before it is given up for now.
const MOST_LIMITS: u32 = 5;
/// The longest sleep at once.
const LONGEST_NAP: SignedDuration = SignedDuration::from_secs(30);

pub(super) struct Gate<'a> {
    job: &'a Job<'a>,
    ledger: &'a Ledger<'a>,
    outcomes: &'a Outcomes<'a>,
    slots: Semaphore,
    /// Whether anything was answered that is not about the token: until then one request is out, so that a token that is
    /// refused is sent once.
    is_known: Cell<bool>,
    /// Nothing is waited for beyond this.
    deadline: Timestamp,
    /// What concerns all targets that are still to come.
    shut: RefCell<Option<Failure>>,
    /// Nobody answered at all: the next target is asked once only.
    out_of_reach: Cell<bool>,
}

/// How often one thing was asked.
pub(super) struct Tries {
    /// Since when the server is being asked.
    asked_at: Timestamp,
    /// For how long it was asked before; what was waited for its limits is none of that.
    spent: SignedDuration,
    count: u32,
    limits: u32,
}

impl<'a> Gate<'a> {
    pub(super) fn new(job: &'a Job<'a>, ledger: &'a Ledger<'a>, outcomes: &'a Outcomes<'a>) -> Self {
        let deadline = job.now().checked_add(job.request.wait).unwrap_or(Timestamp::MAX);
        Self {
            job,
            ledger,
            outcomes,
            slots: Semaphore::new(1),
            is_known: Cell::default(),
            deadline,
            shut: RefCell::default(),
            out_of_reach: Cell::default(),
        }
    }

    /// To be kept until the answer is there. Fails once nothing may be asked any more.
    pub(super) async fn slot(&self) -> Result<SemaphorePermit<'_>, Failure> {
        let slot = self.slots.acquire().await.expect("nobody closes it");
        self.is_open().map(|()| slot)
    }

    /// Whether anything may still be asked.
    pub(super) fn is_open(&self) -> Result<(), Failure> {
        self.shut.borrow().clone().map_or(Ok(()), Err)
    }

    /// Where this concerns all targets, nothing is asked from now on. Gives it back.
    pub(super) fn shut(&self, failure: Failure) -> Failure {
        if failure.concerns_all() {
            self.shut.borrow_mut().get_or_insert_with(|| failure.clone());
        }
        failure
    }

    pub(super) fn tries(&self) -> Tries {
        Tries { asked_at: self.job.now(), spent: SignedDuration::ZERO, count: 0, limits: 0 }
    }

    /// Waits until the pace lets it pass.
    pub(super) async fn pass(
        &self,
        tries: &mut Tries,
        may_pass: fn(&mut Pace, Timestamp) -> Result<(), Timestamp>,
    ) -> Result<(), Failure> {
        while let Err(until) = self.ledger.pace(|pace| may_pass(pace, self.job.now())) {
            if until > self.deadline {
                return Err(self.shut(Failure::Limited { until }));
            }
            self.is_open()?;
            self.outcomes.paused(Some(until));
            // Whoever waits looks again: the clock may be set meanwhile, and the wait be over or gone.
            let nap = self.job.now().saturating_add(LONGEST_NAP).unwrap_or(until).min(until);
            self.job.ports.clock.sleep_until(nap).await;
        }
        self.outcomes.paused(None);
        tries.asked_at = self.job.now();
        Ok(())
    }

    /// What a question of several requests may take in all: as long as the limits may be waited for, within bounds.
    pub(super) fn time_for_a_list(&self) -> Duration {
        let left = self.deadline.duration_since(self.job.now()).clamp(SHORTEST_LIST, LONGEST_LIST);
        left.unsigned_abs()
    }

    /// The answer, or `None` where the same is to be asked again.
    pub(super) async fn judge<T>(&self, asked: Result<T, Refusal>, tries: &mut Tries) -> Result<Option<T>, Failure> {
        tries.spent += self.job.now().duration_since(tries.asked_at);
        if !self.is_known.replace(true) {
            self.slots.add_permits(AT_ONCE - 1);
        }
        match asked {
            Ok(answer) => {
                self.out_of_reach.set(false);
                self.ledger.pace(Pace::satisfied);
                Ok(Some(answer))
            }
            Err(Refusal::KeyRotated) => Ok(None),
            Err(Refusal::Limit(limit)) => {
                let (until, again) = self.ledger.pace(|pace| pace.limited(limit, self.job.now()));
                tracing::info!("GitHub asks to wait until {until}");
                self.ledger.limited();
                tries.limits += 1;
                if again && tries.limits < MOST_LIMITS { Ok(None) } else { Err(self.shut(Failure::Limited { until })) }
            }
            Err(Refusal::Failure(failure)) => {
                tries.count += 1;
                let late = tries.spent >= LONGEST;
                if failure.may_pass() && tries.count < TRIES && !late && !self.out_of_reach.get() {
                    let wait = BACKOFF * 2_u32.pow(tries.count - 1);
                    self.job.ports.clock.sleep(wait + wait.mul_f64(fastrand::f64() / 2.0)).await;
                    return Ok(None);
                }
                self.out_of_reach.set(failure.is_offline());
                Err(self.shut(failure))
            }
        }
    }
}
