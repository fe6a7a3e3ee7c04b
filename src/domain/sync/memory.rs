//! What is remembered of the places that hold secrets: the part of `state.json` that is about syncing.
//!
//! Holds fingerprints, never values.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::failure::Failure;
use super::found::FoundMemory;
use super::listing::{Listed, Listing, SAME_WRITE};
use super::pace::Pace;
use super::report::{Cause, TargetOutcome, TargetReport};
use crate::domain::credential::rotation::Rotation;
use crate::domain::credential::{CiTokenMemory, Credential};
use crate::domain::fingerprint::Fingerprint;
use crate::domain::order::{gathered, sorted};
use crate::domain::secret::Secret;
use crate::domain::settings::places::Places;
use crate::domain::settings::{Audience, Choice, Field, Place, ProfileName, Settings, Target};
use crate::domain::time::{after, backed_off};
use crate::domain::versions::understood;

/// After a failure that may pass, the first wait before a try that nobody asks for; each further one doubles it.
const FIRST_WAIT: SignedDuration = SignedDuration::from_mins(5);
/// The longest of those.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(1);
/// After a failure that only the user can fix, who may have done so without Wick noticing.
const SELDOM: SignedDuration = SignedDuration::from_hours(6);

/// A write that was begun has arrived by then or never will; with some room for a clock that differs from GitHub's.
const UNANSWERED: SignedDuration = SignedDuration::from_mins(2);

/// Everything that is remembered of syncing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncMemory {
    /// Where secrets may go without being asked, the token endpoint among them.
    #[serde(default, skip_serializing_if = "Places::are_unknown")]
    pub places: Places,
    /// By [`Settings::key`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub targets: BTreeMap<String, TargetMemory>,
    /// Of the one-year tokens, by profile.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub ci_tokens: BTreeMap<String, CiTokenMemory>,
    /// Of one-year tokens that are being replaced, by profile.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rotations: BTreeMap<String, Rotation>,
    /// The profiles whose one-year token is being stored or removed, or was when Wick was killed: nothing is known of it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unsettled_ci_tokens: BTreeSet<String>,
    /// What a search found, by the API's address.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub found: BTreeMap<String, FoundMemory>,
    /// By the API's address.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub pace: BTreeMap<String, Pace>,
    /// The sync that was not brought to its end, or still runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub under_way: Option<UnderWay>,
}

/// A sync that writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnderWay {
    /// What the system calls the time since this computer was started.
    pub boot: String,
    /// When it began to write.
    pub at: Timestamp,
    /// The targets that it writes to, by [`Settings::key`].
    pub targets: BTreeSet<String>,
}

/// What one target was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetMemory {
    /// Its name, for those that are no longer in the config.
    #[serde(default)]
    pub name: String,
    /// Whose credential it got last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Fingerprint>,
    /// By name. Boxed: a node of the map has room for eleven, and most targets have three.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub secrets: BTreeMap<String, Box<SecretMemory>>,
    /// GitHub's tag for a listing that showed nothing but what is remembered here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// When it was last known to hold all that it should.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub synced_at: Option<Timestamp>,
    /// Why the last try failed. One that another version of Wick wrote in another form is none.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "understood")]
    pub failure: Option<TargetFailure>,
}

/// A failure that stands until a try works.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetFailure {
    #[serde(flatten)]
    pub failure: Failure,
    pub at: Timestamp,
    /// How many in a row.
    pub count: u32,
    /// When it is tried again by itself.
    pub retry_at: Timestamp,
}

/// What one secret was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretMemory {
    /// Of what was sent.
    pub fingerprint: Fingerprint,
    /// The field's name.
    pub field: String,
    /// When, on GitHub's clock.
    pub sent_at: Timestamp,
    /// The date that GitHub listed for it afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
    /// When a write of Wick's created it, on GitHub's clock; `None` where it was there before. Only what was created then
    /// may Wick ever delete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// Whether someone else has changed it since.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub drifted: bool,
    /// Whether a write of it was begun whose answer is not known: whatever stands there may be our own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub open: bool,
    /// What is dated later is someone else's all the same. A memory of earlier versions does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_until: Option<Timestamp>,
}

impl SecretMemory {
    /// Of what was sent just now.
    pub fn new(fingerprint: &Fingerprint, field: Field, sent_at: Timestamp, created: bool) -> Self {
        let (fingerprint, field) = (fingerprint.clone(), field.word().to_owned());
        let created_at = created.then_some(sent_at);
        let (updated_at, open_until) = (None, None);
        Self { fingerprint, field, sent_at, updated_at, created_at, drifted: false, open: false, open_until }
    }

    /// A write begins now.
    pub fn open(&mut self, now: Timestamp) {
        (self.open, self.open_until) = (true, Some(after(now, UNANSWERED)));
    }

    /// Whether what is listed is what Wick has created; where no date is listed, nothing speaks against it.
    pub fn created(&self, listed: &Listed) -> bool {
        let is_then =
            |at: Timestamp| listed.created_at.is_none_or(|listed| listed.duration_since(at).abs() <= SAME_WRITE);
        self.created_at.is_some_and(is_then)
    }

    /// Whether this is known to stand there, as far as Wick's own writes go.
    pub fn is(&self, fingerprint: &Fingerprint) -> bool {
        !self.open && self.fingerprint == *fingerprint
    }
}

impl SyncMemory {
    /// Whether anything is noted of a profile's one-year token.
    pub fn knows_ci_token(&self, profile: &ProfileName) -> bool {
        let profile = profile.as_str();
        self.ci_tokens.contains_key(profile)
            || self.unsettled_ci_tokens.contains(profile)
            || self.rotations.contains_key(profile)
    }

    /// Where it could not be read: nothing is known, and no place is allowed.
    pub fn unread() -> Self {
        Self { places: Places::none(), ..Self::default() }
    }

    /// What is known of a target.
    pub fn target(&self, target: &Target, settings: &Settings) -> Option<&TargetMemory> {
        self.targets.get(&settings.key(target))
    }

    /// The names of all places that were sent the refresh token, in the config or not, but for other profiles' targets.
    pub fn holders(&self, settings: &Settings) -> Vec<&str> {
        self.that_got(settings, Field::carries_the_refresh_token)
    }

    /// The same of other fields.
    pub fn that_got(&self, settings: &Settings, is_meant: impl Fn(Field) -> bool) -> Vec<&str> {
        let others = settings.targets.iter().filter(|target| target.profile != settings.profile);
        let others: BTreeSet<String> = gathered(others.map(|target| settings.key(target)));
        let carries = |secret: &SecretMemory| Field::of_word(&secret.field).is_some_and(&is_meant);
        let holds = |memory: &&TargetMemory| memory.secrets.values().any(|secret| carries(secret));
        let own = self.targets.iter().filter(|(key, _)| !others.contains(*key)).map(|(_, memory)| memory);
        own.filter(holds).map(|memory| memory.name.as_str()).collect()
    }

    /// Takes into account that the computer went down while a sync ran, if it did: the last second of what was noted may be
    /// lost, so that any secret of its targets may have been written once more.
    pub fn restarted(&mut self, boot: &str) {
        let Some(UnderWay { at, targets, .. }) = self.under_way.take_if(|under_way| under_way.boot != boot) else {
            return;
        };
        // A write that is begun keeps the date of the one before.
        let begun = |secret: &SecretMemory| secret.open_until.and_then(|until| until.checked_sub(UNANSWERED).ok());
        let noted = self.targets.values().flat_map(|target| target.secrets.values());
        let latest = noted.map(|secret| secret.sent_at.max(begun(secret).unwrap_or(at))).fold(at, Timestamp::max);
        for key in targets {
            for secret in self.targets.get_mut(&key).into_iter().flat_map(|target| target.secrets.values_mut()) {
                secret.open(latest);
            }
        }
    }
}

impl TargetMemory {
    /// Whether the last credential it got was another account's.
    pub fn is_of_another_account(&self, credential: &Credential) -> bool {
        self.account.is_some() && self.account != account(credential)
    }

    /// What a listing would show that has not changed since.
    pub fn listing(&self) -> Listing {
        let listed = |secret: &SecretMemory| Listed {
            created_at: secret.created_at,
            updated_at: secret.updated_at,
            // It was right, or there would be no tag; where another one is wanted, something is to be written.
            visibility: None,
        };
        let secrets = self.secrets.iter().map(|(name, secret)| (name.to_ascii_uppercase(), listed(secret)));
        Listing { secrets: gathered(secrets), ..Listing::default() }
    }

    /// Notes what became of a try.
    pub fn concluded(&mut self, report: &TargetReport, now: Timestamp) {
        match report.outcome {
            TargetOutcome::Synced | TargetOutcome::Unchanged => (self.failure, self.synced_at) = (None, Some(now)),
            TargetOutcome::Failed => {
                let failure = report.cause.as_ref().and_then(Cause::failure);
                self.failed(failure.cloned().unwrap_or(Failure::AfterAnother), now);
            }
            TargetOutcome::Held => self.failure = None,
            TargetOutcome::Planned => {}
        }
    }

    /// Notes a failure; the same as before counts on.
    pub fn failed(&mut self, failure: Failure, now: Timestamp) {
        if !failure.is_remembered() {
            return;
        }
        let before = self.failure.take().filter(|before| before.failure.is_like(&failure));
        let count = before.map_or(1, |before| before.count.saturating_add(1));
        let retry_at = match &failure {
            Failure::Limited { until } => *until,
            failure if failure.needs_the_user() => after(now, SELDOM),
            _ => after(now, backed_off(FIRST_WAIT, count, LONGEST_WAIT)),
        };
        self.failure = Some(TargetFailure { failure, at: now, count, retry_at });
    }
}

/// Which account a credential is of, where it says so.
pub fn account(credential: &Credential) -> Option<Fingerprint> {
    let (account, organization) = (&credential.account_uuid, &credential.organization_uuid);
    let known = account.is_some() || organization.is_some();
    let text = format!("{account:?} {organization:?}");
    known.then(|| Fingerprint::of(&Secret::from(text)))
}

/// Of a value and, where that is chosen, of who may use it: a change of either is a change.
pub fn fingerprint(value: &Secret, place: &Place) -> Fingerprint {
    let Some(Audience { visibility: Some(visibility), repositories }) = place.audience() else {
        return Fingerprint::of(value);
    };
    let repositories = sorted(repositories.iter().map(String::as_str), Ord::cmp);
    let (value, visibility) = (value.expose(), visibility.word());
    Fingerprint::of(&Secret::from(format!("{value}\0{visibility}\0{}", repositories.join("\0"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_command_that_ended_with_the_program_nothing_is_claimed() {
        let place = Place::Command { name: "vault".to_owned(), command: vec!["keep".to_owned()] };
        let target = Target { place, secrets: None, profile: crate::domain::settings::ProfileName::default() };
        let mut memory = TargetMemory::default();
        let report = TargetReport::failed(target, Cause::Failed(Failure::CommandStopped));
        memory.concluded(&report, Timestamp::UNIX_EPOCH);
        assert_eq!(memory, TargetMemory::default());
    }
}
