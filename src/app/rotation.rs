//! Puts a new one-year token into the place of the old one. At each moment one that was known to work is stored.

use super::ci_token::{self, NotChanged};
use crate::domain::credential::rotation::{Replaced, Rotation, Step, waiting};
use crate::domain::credential::{CheckFailure, CiTokenMemory, KeptIn};
use crate::domain::keyring::KeyringError;
use crate::domain::secret::Secret;
use crate::domain::settings::{Field, ProfileName, Settings};
use crate::domain::sync::SyncMemory;
use crate::fault;
use crate::ports::{Patience, Ports, Stop};
use crate::words::{Sentence, rotate as words, sync as sync_words};

/// The one that was not brought to its end, with its token where that is not in its place yet. Nothing where another token
/// was stored since.
pub fn unfinished(
    ports: &Ports,
    profile: &ProfileName,
    memory: &SyncMemory,
    patience: Patience,
) -> Result<Option<(Rotation, Option<Secret>)>, KeyringError> {
    let Some(rotation) = memory.rotations.get(profile.as_str()).copied() else { return Ok(None) };
    if rotation.step == Step::Taken {
        let token = ports.ci_tokens.read(&waiting(profile), patience)?;
        return Ok(token.map(|token| (rotation, Some(token))));
    }
    let stored = memory.ci_tokens.get(profile.as_str());
    Ok(stored.filter(|stored| stored.stored_at == rotation.taken_at).map(|_| (rotation, None)))
}

/// Keeps a new token beside the old one.
pub fn begin(ports: &Ports, settings: &Settings, token: &Secret) -> Result<Rotation, Sentence> {
    let (profile, taken_at) = (&settings.profile, ports.clock.now().timestamp());
    let mut rotation = Rotation { taken_at, step: Step::Taken, replaced: None };
    let _alone = ports.ci_tokens.lock().map_err(|error| words::step_not_noted(&error, profile))?;
    // One that an earlier rotation could not remove must never be taken for this one.
    ports.ci_tokens.remove(&waiting(profile)).map_err(|why| words::not_kept(&why, profile))?;
    let noted = ports.state_file.change_sync(&mut |memory| {
        let old = memory.ci_tokens.get(profile.as_str());
        rotation.replaced = old.map(|old| {
            let places = memory.that_got(settings, |field| field == Field::CiToken).len();
            Replaced { stored_at: old.stored_at, places }
        });
        memory.rotations.insert(profile.to_string(), rotation);
    });
    noted.map_err(|error| words::step_not_noted(&error, profile))?;
    fault::point("rotation-noted");
    ports.ci_tokens.store(&waiting(profile), token).map_err(|why| words::not_kept(&why, profile))?;
    fault::point("rotation-taken");
    Ok(rotation)
}

/// Tries a new token; one that does not work is forgotten.
pub fn check(ports: &Ports, profile: &ProfileName, token: &Secret, stop: &Stop) -> Result<(), CheckFailure> {
    let outcome = ports.claude.try_token(token, stop);
    if outcome.as_ref().is_err_and(|failure| failure.why.is_of_the_token()) {
        forget(ports, profile);
    }
    outcome
}

/// Why a rotation did not come to its next step.
pub enum NotPlaced {
    /// Another command has ended the rotation.
    Superseded,
    /// The next call goes on.
    Failed(Sentence),
}

impl From<Sentence> for NotPlaced {
    fn from(error: Sentence) -> Self {
        Self::Failed(error)
    }
}

/// Puts a token that works into its place, unless another command has ended the rotation: what was stored or removed
/// meanwhile stays so.
pub fn put_in_place(
    ports: &Ports,
    profile: &ProfileName,
    rotation: &Rotation,
    token: &Secret,
) -> Result<(KeptIn, CiTokenMemory), NotPlaced> {
    fault::point("rotation-checked");
    let _alone = ports.ci_tokens.lock().map_err(|error| words::not_kept(&error.into(), profile))?;
    let known = ports.state_file.load_sync();
    let known = known.map_err(|error| words::unfinished(sync_words::unread(&error), profile))?;
    if known.rotations.get(profile.as_str()).is_none_or(|noted| noted.taken_at != rotation.taken_at) {
        return Err(NotPlaced::Superseded);
    }
    let mut memory = CiTokenMemory::stored(rotation.taken_at);
    memory.note_check(ports.clock.now().timestamp(), Ok(()));
    let rotation = Rotation { step: Step::Stored, ..*rotation };
    let replaced = ci_token::replace(ports, profile, token, memory, rotation);
    let place = replaced.map_err(|why| match why {
        NotChanged::Token(why) => words::not_kept(&why, profile),
        NotChanged::Memory(error) => words::step_not_noted(&error, profile),
    })?;
    fault::point("rotation-in-place");
    ci_token::drop_waiting(ports, profile);
    Ok((place, memory))
}

/// Notes that a step was done, unless another command has ended the rotation.
pub fn note(ports: &Ports, profile: &ProfileName, step: Step) -> Result<(), NotPlaced> {
    fault::point("rotation-step");
    let mut goes_on = false;
    let noted = ports.state_file.change_sync(&mut |memory| {
        if let Some(rotation) = memory.rotations.get_mut(profile.as_str()) {
            (rotation.step, goes_on) = (step, true);
        }
    });
    noted.map_err(|error| words::step_not_noted(&error, profile))?;
    fault::point("rotation-step-noted");
    if goes_on { Ok(()) } else { Err(NotPlaced::Superseded) }
}

/// Forgets it, and the token that waited where there is one.
pub fn forget(ports: &Ports, profile: &ProfileName) {
    let forgotten = ports.state_file.change_sync(&mut |memory| {
        memory.rotations.remove(profile.as_str());
    });
    forgotten.unwrap_or_else(|error| tracing::warn!("a rotation is still noted: {error}"));
    ci_token::drop_waiting(ports, profile);
}
