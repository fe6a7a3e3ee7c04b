//! The GitHub that the settings name, with the token for it: opened when it is first asked for.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use tokio::sync::Mutex;

use super::job::Job;
use crate::app::blocking;
use crate::domain::sync::{Failure, TokenSource};
use crate::ports::{FoundToken, Github};

#[derive(Default)]
pub(super) struct Connection {
    opened: Mutex<Option<Result<Rc<Opened>, Failure>>>,
    /// With these it was opened before.
    refused: RefCell<Vec<FoundToken>>,
}

/// One that is open.
pub(super) struct Opened {
    pub(super) github: Box<dyn Github>,
    found: FoundToken,
}

impl Connection {
    /// To find the token may wait for someone to approve a prompt, which must not hold up the end.
    pub(super) async fn opened(&self, job: &Job<'_>) -> Result<Rc<Opened>, Failure> {
        let mut opened = self.opened.lock().await;
        if opened.is_none() {
            *opened = Some(self.open(job).await);
        }
        opened.clone().expect("it was just opened")
    }

    async fn open(&self, job: &Job<'_>) -> Result<Rc<Opened>, Failure> {
        let (tokens, settings, patience) = (Arc::clone(&job.ports.github_tokens), &job.settings.github, job.patience);
        let (host, refused) = (settings.host().to_owned(), self.refused.borrow().clone());
        let found = blocking::outcome(move || tokens.find(&host, patience, &refused)).await;
        let found = found.unwrap_or(Err(Failure::Crashed))?;
        let github = (job.ports.open_github)(settings, &found.token)?;
        Ok(Rc::new(Opened { github, found }))
    }

    /// GitHub refuses the token of this one: the next one is opened with another.
    pub(super) async fn refuse(&self, refused: &Rc<Opened>) {
        let mut opened = self.opened.lock().await;
        if matches!(&*opened, Some(Ok(current)) if Rc::ptr_eq(current, refused)) {
            tracing::warn!("GitHub refuses the token from {}", refused.found.source);
            self.refused.borrow_mut().push(refused.found.clone());
            *opened = None;
        }
    }

    /// Where the tokens were found in whose place another one was used.
    pub(super) fn passed_over(&self) -> Vec<TokenSource> {
        let is_used = self.opened.try_lock().is_ok_and(|opened| matches!(&*opened, Some(Ok(_))));
        self.refused.borrow().iter().filter(|_| is_used).map(|found| found.source.clone()).collect()
    }
}
