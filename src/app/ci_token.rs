//! Keeps, removes and tries the one-year token, and notes what came of it.

use crate::domain::credential::rotation::{Rotation, waiting};
use crate::domain::credential::{CheckFailure, CiTokenMemory, KeptIn};
use crate::domain::keyring::KeyringError;
use crate::domain::secret::Secret;
use crate::domain::settings::ProfileName;
use crate::domain::system::{Obstacle, SystemError};
use crate::fault;
use crate::ports::{Ports, Stop};

/// Why a token was not kept or removed as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotChanged {
    /// It is as it was, as far as is known.
    Token(KeyringError),
    /// It is kept or removed, and that is not noted.
    Memory(SystemError),
}

/// Removed again by whatever takes Wick's tokens away.
pub(super) fn drop_waiting(ports: &Ports, profile: &ProfileName) {
    if ports.ci_tokens.remove(&waiting(profile)).is_err() {
        tracing::warn!("the new one-year token is still kept beside its place: see wick ci-token status");
    }
}

/// Keeps one, and notes when.
pub fn keep(ports: &Ports, profile: &ProfileName, token: &Secret) -> Result<(KeptIn, CiTokenMemory), NotChanged> {
    let not_begun = |error| NotChanged::Token(KeyringError::File(error));
    let _alone = ports.ci_tokens.lock().map_err(not_begun)?;
    let marked = Marked::mark(ports, profile).map_err(not_begun)?;
    let kept = ports.ci_tokens.store(profile, token);
    if marked.was_rotating && kept.is_ok() {
        // Another token: it is not to be put over this one.
        drop_waiting(ports, profile);
    }
    fault::point("ci-token-changed");
    let memory = CiTokenMemory::stored(ports.clock.now().timestamp());
    let place = marked.settle(kept, Some(memory), None)?;
    Ok((place, memory))
}

/// Puts one that was tried into the place of the old one, and notes how far that is. To be called under the lock.
pub(super) fn replace(
    ports: &Ports,
    profile: &ProfileName,
    token: &Secret,
    memory: CiTokenMemory,
    rotation: Rotation,
) -> Result<KeptIn, NotChanged> {
    let marked = Marked::mark(ports, profile).map_err(NotChanged::Memory)?;
    let kept = ports.ci_tokens.store(profile, token);
    fault::point("rotation-stored");
    marked.settle(kept, Some(memory), Some(rotation))
}

/// Removes it, and what is noted of it. Says whether there was one, and whether anything was noted.
pub fn remove(ports: &Ports, profile: &ProfileName) -> Result<(bool, bool), NotChanged> {
    // A full disk is no reason to leave a token on it; somebody who is about to keep one is.
    let alone = ports.ci_tokens.lock();
    let held = alone.as_ref().err().filter(|error| error.obstacle == Obstacle::Held);
    if let Some(error) = held {
        return Err(NotChanged::Token(KeyringError::File(error.clone())));
    }
    let known = ports.state_file.load_sync();
    if known.is_ok_and(|known| !known.knows_ci_token(profile)) {
        return remove_both(ports, profile).map(|was_there| (was_there, false)).map_err(NotChanged::Token);
    }
    let marked = Marked::mark(ports, profile);
    let removed = remove_both(ports, profile);
    fault::point("ci-token-changed");
    match marked.or_else(|_| Marked::mark(ports, profile)) {
        Ok(marked) => Ok((marked.settle(removed, None, None)?, true)),
        Err(error) => Err(removed.map_or_else(NotChanged::Token, |_| NotChanged::Memory(error))),
    }
}

/// Also the one that was to take its place.
fn remove_both(ports: &Ports, profile: &ProfileName) -> Result<bool, KeyringError> {
    Ok(ports.ci_tokens.remove(profile)? | ports.ci_tokens.remove(&waiting(profile))?)
}

/// A change that is begun. Killed within it, Wick neither says that none is stored nor when one expires.
struct Marked<'a> {
    ports: &'a Ports,
    profile: &'a ProfileName,
    before: Option<CiTokenMemory>,
    /// Whether an earlier one was cut off.
    was_open: bool,
    /// Whether another token was to take its place.
    was_rotating: bool,
}

impl<'a> Marked<'a> {
    fn mark(ports: &'a Ports, profile: &'a ProfileName) -> Result<Self, SystemError> {
        let (mut before, mut was_open, mut was_rotating) = (None, false, false);
        ports.state_file.change_sync(&mut |stored| {
            before = stored.ci_tokens.remove(profile.as_str());
            was_open = !stored.unsettled_ci_tokens.insert(profile.to_string());
            was_rotating = stored.rotations.contains_key(profile.as_str());
        })?;
        fault::point("ci-token-marked");
        Ok(Self { ports, profile, before, was_open, was_rotating })
    }

    /// Notes what came of it: this, or what was known before.
    fn settle<T>(
        self,
        done: Result<T, KeyringError>,
        now: Option<CiTokenMemory>,
        rotation: Option<Rotation>,
    ) -> Result<T, NotChanged> {
        let memory = if done.is_ok() { now } else { self.before };
        let (is_done, is_settled) = (done.is_ok(), done.is_ok() || !self.was_open);
        let noted = self.ports.state_file.change_sync(&mut |stored| {
            if is_settled {
                stored.unsettled_ci_tokens.remove(self.profile.as_str());
            }
            if is_done {
                stored.rotations.remove(self.profile.as_str());
                stored.rotations.extend(rotation.map(|rotation| (self.profile.to_string(), rotation)));
            }
            stored.ci_tokens.extend(memory.map(|memory| (self.profile.to_string(), memory)));
        });
        let done = done.map_err(NotChanged::Token)?;
        noted.map_err(NotChanged::Memory).map(|()| done)
    }
}

/// Has Claude Code use this token of the profile once, and remembers the outcome beside its clock. The second part says why
/// that was not possible.
pub fn check(
    ports: &Ports,
    profile: &ProfileName,
    memory: &CiTokenMemory,
    token: &Secret,
    stop: &Stop,
) -> (Result<CiTokenMemory, CheckFailure>, Result<(), SystemError>) {
    let outcome = ports.claude.try_token(token, stop);
    let at = ports.clock.now().timestamp();
    let why = outcome.as_ref().map_err(|failure| failure.why).copied();
    let mut now = *memory;
    now.note_check(at, why);
    let noted = ports.state_file.change_sync(&mut |stored| {
        // Meanwhile another one may have been stored, of which nothing is known.
        let same = stored.ci_tokens.get_mut(profile.as_str()).filter(|stored| stored.stored_at == memory.stored_at);
        if let Some(same) = same {
            same.note_check(at, why);
        }
    });
    (outcome.map(|()| now), noted)
}
