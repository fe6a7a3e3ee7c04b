//! Calls that block, beside the loop.

use std::sync::{Arc, Mutex};

use tokio::task::{JoinHandle, spawn_blocking};

use crate::ports::lock;

/// Begins one. One code for all kinds of work: each that had its own would add kilobytes to the program.
pub(super) fn begin(work: Box<dyn FnOnce() + Send>) -> JoinHandle<()> {
    spawn_blocking(work)
}

/// What one came to; `None` where it crashed.
pub(super) async fn outcome<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let answer = Arc::new(Mutex::new(None));
    let place = Arc::clone(&answer);
    begin(Box::new(move || *lock(&place) = Some(work()))).await.ok()?;
    lock(&answer).take()
}
