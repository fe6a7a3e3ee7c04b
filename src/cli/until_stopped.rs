//! Runs what must not be cut off in the middle beside the signals that would end the program.

use std::sync::Arc;

use crate::ports::{Beside, Ports, Stop};

/// Runs `work`, and stops it when the program is asked to end. `None` where it crashed; else what it came to, and whether
/// the program was asked to end.
pub(super) fn until_stopped<T: Send + 'static>(
    ports: &Ports,
    work: impl FnOnce(&Stop) -> T + Send + 'static,
) -> Option<(T, bool)> {
    let stop = Stop::default();
    let (stopping, for_work) = (stop.clone(), stop.clone());
    (ports.when_asked_to_end)(Arc::new(move || stopping.set()));
    let outcome = Beside::begin(move || work(&for_work)).outcome()?;
    Some((outcome, stop.is_set()))
}
