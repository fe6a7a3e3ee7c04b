//! Asks GitHub until it answers, or until it is no use: waits for its limits, and tries again what may pass.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::Run;
use super::target::Wanted;
use crate::domain::sync::{Failure, Listing, Refusal};
use crate::ports::{Put, SecretSink};

/// How often something is tried that may pass.
const TRIES: u32 = 3;
/// After this no further try is begun: a server that takes its time would take it again.
const LONGEST: SignedDuration = SignedDuration::from_secs(20);
/// Before the second try; twice as long before the third. Up to half of it is added, so that not all come back at once.
const BACKOFF: SignedDuration = SignedDuration::from_millis(500);
/// How often one request is refused for a limit before it is given up for now.
const COMPLAINTS: u32 = 5;
/// The longest sleep at once.
const LONGEST_NAP: SignedDuration = SignedDuration::from_secs(30);

/// Why a write did not come about.
pub(super) enum Unwritten {
    /// Another credential is stored by now.
    Moved,
    Failed(Failure),
}

impl From<Failure> for Unwritten {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

struct Tries {
    begun: Timestamp,
    count: u32,
    complaints: u32,
}

impl Run<'_> {
    /// What a place holds.
    pub(super) async fn list(&self, sink: &mut dyn SecretSink, names: &[String]) -> Result<Listing, Failure> {
        let mut tries = self.tries();
        loop {
            self.wait_for_a_pause().await?;
            let asked = sink.list(names).await;
            if let Some(listing) = self.judge(asked, &mut tries).await? {
                self.pace.borrow_mut().token_expires = listing.token_expires;
                return Ok(listing);
            }
        }
    }

    /// Writes a secret of this credential, unless another one is stored by now.
    pub(super) async fn put(&self, sink: &mut dyn SecretSink, wanted: &Wanted<'_>) -> Result<Put, Unwritten> {
        let mut tries = self.tries();
        loop {
            self.wait_for_room().await?;
            // Whoever waits may have slept for hours, or have been overtaken by a refresh: no target gets half of each.
            let stored = self.material();
            if stored.as_ref() != Ok(wanted.material) {
                self.pace.borrow_mut().cancel_write();
                return Err(stored.map_or_else(Unwritten::Failed, |_| Unwritten::Moved));
            }
            let lives = wanted.material.credential().is_some_and(|found| found.lives(self.now()));
            if wanted.planned.field.ends_with_the_access_token() && !lives {
                self.pace.borrow_mut().cancel_write();
                return Err(Unwritten::Failed(Failure::NoCredential));
            }
            let before = self.open(wanted);
            let asked = sink.put(&wanted.planned.name, wanted.value, wanted.listed).await;
            self.pace.borrow_mut().end_write(self.now());
            if asked.as_ref().is_err_and(|refusal| !refusal.may_have_worked()) {
                self.close(wanted, before);
            }
            if let Some(put) = self.judge(asked, &mut tries).await? {
                // An answer that was lost makes the second try find what the first has created.
                return Ok(Put { created: put.created || wanted.listed.is_none(), ..put });
            }
        }
    }

    fn tries(&self) -> Tries {
        Tries { begun: self.now(), count: 0, complaints: 0 }
    }

    async fn wait_for_a_pause(&self) -> Result<(), Failure> {
        loop {
            let pause = self.pace.borrow().pause(self.now());
            let Some(until) = pause else { break };
            self.wait_until(until).await?;
        }
        self.paused(None);
        Ok(())
    }

    async fn wait_for_room(&self) -> Result<(), Failure> {
        loop {
            let room = self.pace.borrow_mut().begin_write(self.now());
            let Err(until) = room else { break };
            self.wait_until(until).await?;
        }
        self.paused(None);
        Ok(())
    }

    async fn wait_until(&self, until: Timestamp) -> Result<(), Failure> {
        if until > self.deadline {
            return Err(Failure::Limited { until });
        }
        if let Some(fatal) = self.fatal.borrow().clone() {
            return Err(fatal);
        }
        self.paused(Some(until));
        // Whoever waits looks again: the clock may be set meanwhile, and the wait be over or gone.
        let nap = self.now().saturating_add(LONGEST_NAP).unwrap_or(until).min(until);
        self.job.ports.clock.sleep_until(nap).await;
        Ok(())
    }

    /// The answer, or `None` where the same is to be asked again.
    async fn judge<T>(&self, asked: Result<T, Refusal>, tries: &mut Tries) -> Result<Option<T>, Failure> {
        match asked {
            Ok(answer) => {
                self.out_of_reach.set(false);
                self.pace.borrow_mut().satisfied();
                Ok(Some(answer))
            }
            Err(Refusal::KeyRotated) => Ok(None),
            Err(Refusal::Limit(limit)) => {
                let (until, again) = self.pace.borrow_mut().limited(limit, self.now());
                tracing::info!("GitHub asks to wait until {until}");
                // The next process has to wait as well.
                let _said_later = self.save();
                tries.complaints += 1;
                if again && tries.complaints < COMPLAINTS { Ok(None) } else { Err(Failure::Limited { until }) }
            }
            Err(Refusal::Failure(failure)) => {
                tries.count += 1;
                let late = self.now().duration_since(tries.begun) >= LONGEST;
                if failure.may_pass() && tries.count < TRIES && !late && !self.out_of_reach.get() {
                    self.back_off(tries.count).await;
                    return Ok(None);
                }
                self.out_of_reach.set(failure.is_offline());
                Err(failure)
            }
        }
    }

    async fn back_off(&self, tries: u32) {
        let wait = Duration::try_from(BACKOFF * 2_i32.pow(tries - 1)).unwrap_or_default();
        let jitter = wait.mul_f64(fastrand::f64() / 2.0);
        self.job.ports.clock.sleep(wait + jitter).await;
    }
}
