//! What has happened between two looks, for programs that follow along.

use serde::Serialize;

use super::status::{SignInState, Status, StatusCause};
use crate::domain::credential::Concern;
use crate::domain::sync::TargetState;

/// Of several, the one that matters most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// The first look, or a sign-in where there was none.
    Loaded,
    /// Something is wrong that was not before: with the credential, a refresh or a target.
    Failed,
    /// There is another access token.
    Refreshed,
    /// The access token's end is near.
    Expiring,
    Expired,
    /// A target holds what it should, which it did not before.
    Synced,
    /// Anything else.
    Changed,
}

impl Change {
    /// What has happened since `before`.
    pub fn between(before: Option<&Status>, now: &Status) -> Self {
        let Some(before) = before else { return Self::Loaded };
        let newly = |state: TargetState| {
            now.targets.iter().filter(|target| target.state == state).any(|target| {
                let old = before.targets.iter().find(|old| old.target == target.target);
                // In the middle of a sync, what is written is noted before when all of it was.
                let is_whole = state != TargetState::InSync || target.synced_at.is_some();
                is_whole && old.is_none_or(|old| old.state != state || old.synced_at < target.synced_at)
            })
        };
        let end = |status: &Status| status.access_token.as_ref().and_then(|clock| clock.expires_at_ms);
        let has_ended = now.state == SignInState::Expired && before.state != SignInState::Expired;
        // That nothing renews it any more is said with the end itself.
        let is_its_end = has_ended
            && matches!(now.cause, Some(StatusCause::Concern(Concern::NoRefreshToken | Concern::LoginExpired)));
        let is_new = match (&before.cause, &now.cause) {
            (Some(before), Some(now)) => !before.is_like(now),
            (before, now) => before.is_some() || now.is_some(),
        };
        let is_wrong = now.error.is_some() && is_new && !is_its_end;
        if is_wrong || newly(TargetState::Failed) {
            Self::Failed
        } else if now.state.is_readable() && !before.state.is_readable() {
            Self::Loaded
        } else if now.state.is_readable() && end(now) != end(before) {
            Self::Refreshed
        } else if now.state == SignInState::Expiring && before.state != SignInState::Expiring {
            Self::Expiring
        } else if has_ended {
            Self::Expired
        } else if newly(TargetState::InSync) {
            Self::Synced
        } else {
            Self::Changed
        }
    }
}
