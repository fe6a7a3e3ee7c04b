//! Tries the one-year token, and notes what came of it.

use crate::domain::credential::{CheckFailure, CiTokenMemory};
use crate::domain::secret::Secret;
use crate::domain::settings::ProfileName;
use crate::domain::system::SystemError;
use crate::ports::{Ports, Stop};

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
