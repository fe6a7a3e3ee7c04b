//! The GitHub that the settings name, with the token for it: opened when it is first asked for.

use std::sync::Arc;

use tokio::sync::OnceCell;
use tokio::task::spawn_blocking;

use super::job::Job;
use crate::domain::sync::Failure;
use crate::ports::Github;

#[derive(Default)]
pub(super) struct Connection(OnceCell<Result<Box<dyn Github>, Failure>>);

impl Connection {
    /// To find the token may wait for someone to approve a prompt, which must not hold up the end.
    pub(super) async fn github(&self, job: &Job<'_>) -> Result<&dyn Github, Failure> {
        let opened = self.0.get_or_init(async || {
            let (tokens, settings, patience) =
                (Arc::clone(&job.ports.github_tokens), &job.settings.github, job.patience);
            let host = settings.host().to_owned();
            let found = spawn_blocking(move || tokens.find(&host, patience)).await;
            (job.ports.open_github)(settings, &found.unwrap_or(Err(Failure::Stopped))?.token)
        });
        opened.await.as_deref().map_err(Clone::clone)
    }
}
