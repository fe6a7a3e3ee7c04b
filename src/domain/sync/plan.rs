//! Plans one target: what is written, what is left as it is, what is held, what cannot be sent.
//!
//! Made anew from the credential and the memory whenever either may have changed.

use jiff::Timestamp;

use super::approval::Approval;
use super::failure::Failure;
use super::listing::{Listed, Listing, SAME_WRITE};
use super::memory::{SecretMemory, TargetMemory, fingerprint};
use super::report::{Cause, SecretOutcome, SecretReport};
use super::request::Trigger;
use super::value::{not_a_token, value_of, wanted};
use crate::domain::credential::Tokens;
use crate::domain::fingerprint::Fingerprint;
use crate::domain::order::sorted;
use crate::domain::secret::Secret;
use crate::domain::settings::{Field, Mapping, Settings, ShareRefreshToken, Target};

/// A target's secrets, in the order of the config.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Each with what is to become of it.
    pub secrets: Vec<Planned>,
}

/// One secret with what is to become of it.
#[derive(Clone, Debug)]
pub struct Planned {
    pub name: String,
    pub field: Field,
    /// What is to become of it.
    pub step: Step,
    /// The date that GitHub lists for what was sent, seen for the first time.
    pub adopted: Option<Timestamp>,
    /// Whether someone else has changed it.
    pub drifted: bool,
}

/// What is to become of a secret.
#[derive(Clone, Debug)]
pub enum Step {
    Write(Write),
    /// It is as it should be.
    Unchanged,
    /// It waits for the user's approval.
    Held(Approval),
    /// It cannot be sent.
    Fail(Failure),
}

/// A secret that is to be written.
#[derive(Clone, Debug)]
pub struct Write {
    pub value: Secret,
    /// What is remembered of it.
    pub fingerprint: Fingerprint,
    /// Whether one of that name is there.
    pub exists: bool,
}

/// What a target is planned from.
#[derive(Clone, Copy, Debug)]
pub struct Basis<'a> {
    pub settings: &'a Settings,
    /// What is stored now.
    pub tokens: Tokens<'a>,
    /// Whether its access token lives: of one that has ended, nothing is sent.
    pub lives: bool,
    /// The refresh token that is known to be spent: its successor is in the journal still.
    pub spent: Option<&'a Fingerprint>,
    /// Whether a refresh would come first, of which this is only the plan.
    pub renewed: bool,
    /// What the target was sent.
    pub memory: Option<&'a TargetMemory>,
    /// What it holds; `None` for a command, which does not say.
    pub listing: Option<&'a Listing>,
    pub trigger: Trigger,
    /// Write also what is unchanged.
    pub force: bool,
}

impl Plan {
    pub fn of(target: &Target, basis: &Basis<'_>) -> Self {
        let mut plan = Self::each(target, basis);
        if !target.is_at_github() && plan.writes() > 0 {
            // A command replaces the whole: what is unchanged goes along.
            plan = Self::each(target, &Basis { force: true, ..*basis });
            plan.lose_nothing(basis.memory);
        }
        if basis.trigger == Trigger::Automatic && plan.secrets.iter().any(|planned| planned.drifted) {
            plan.hold();
        }
        plan
    }

    fn each(target: &Target, basis: &Basis<'_>) -> Self {
        Self { secrets: wanted(target, basis.settings).map(|mapping| planned(target, mapping, basis)).collect() }
    }

    /// What a command holds and cannot be sent would be gone there.
    fn lose_nothing(&mut self, memory: Option<&TargetMemory>) {
        let holds = |name: &str| memory.is_some_and(|memory| memory.secrets.contains_key(name));
        let lost = self.secrets.iter().find_map(|planned| match &planned.step {
            Step::Fail(failure) if holds(&planned.name) => Some(failure.clone()),
            _ => None,
        });
        if let Some(failure) = lost {
            self.secrets.iter_mut().for_each(|planned| planned.step = Step::Fail(failure.clone()));
        }
    }

    /// Two computers that write over each other's secrets would never end; and half a target is worse than an old one.
    fn hold(&mut self) {
        for planned in &mut self.secrets {
            if matches!(planned.step, Step::Write(_)) {
                planned.step = Step::Held(Approval::Overwrite);
            }
        }
    }

    /// Whether the access token arrives, or stands there already: without it, its expiry is not written.
    pub fn lacks_its_access_token(&self) -> bool {
        let of_token = self.secrets.iter().find(|planned| planned.field == Field::AccessToken);
        of_token.is_some_and(|planned| !matches!(planned.step, Step::Write(_) | Step::Unchanged))
    }

    /// Whether anything is to be written.
    pub fn writes(&self) -> usize {
        self.secrets.iter().filter(|planned| matches!(planned.step, Step::Write(_))).count()
    }

    /// Those to be written, each with its place in the plan, in the order of writing: the refresh token first, the expiry
    /// last, so that it never stands beside an older token.
    pub fn write_order(&self) -> Vec<(usize, &Planned, &Write)> {
        let writes = self.secrets.iter().enumerate().filter_map(|(place, planned)| match &planned.step {
            Step::Write(write) => Some((place, planned, write)),
            _ => None,
        });
        sorted(writes, |(_, one, _), (_, other, _)| rank(one.field).cmp(&rank(other.field)))
    }

    /// What is said where nothing was sent, or not yet.
    pub fn unwritten(&self) -> Vec<SecretReport> {
        self.secrets.iter().map(Planned::unwritten).collect()
    }
}

impl Planned {
    /// What is said of it where nothing was sent, or not yet.
    pub fn unwritten(&self) -> SecretReport {
        match &self.step {
            Step::Write(_) => SecretReport::new(&self.name, SecretOutcome::Planned).over(self.drifted),
            Step::Unchanged => SecretReport::new(&self.name, SecretOutcome::Unchanged),
            Step::Held(approval) => SecretReport::held(&self.name, *approval),
            Step::Fail(failure) => SecretReport::failed(&self.name, Cause::Failed(failure.clone())),
        }
    }
}

fn rank(field: Field) -> u8 {
    match field {
        Field::RefreshToken => 0,
        Field::AccessToken => 1,
        Field::ExpiresAt | Field::RefreshTokenExpiresAt => 3,
        _ => 2,
    }
}

/// What is known of one secret at its place.
#[derive(Clone, Copy)]
struct Known<'a> {
    /// What it was sent.
    sent: Option<&'a SecretMemory>,
    /// What is listed of it.
    listed: Option<&'a Listed>,
    /// Whether there is a listing at all.
    is_listing: bool,
}

impl Known<'_> {
    fn exists(&self) -> bool {
        if self.is_listing { self.listed.is_some() } else { self.sent.is_some() }
    }

    fn has_drifted(&self) -> bool {
        self.is_listing && self.sent.is_some_and(|sent| has_drifted(sent, self.listed))
    }
}

fn planned(target: &Target, mapping: &Mapping, basis: &Basis<'_>) -> Planned {
    let known = Known {
        sent: basis.memory.and_then(|memory| memory.secrets.get(&mapping.name)).map(AsRef::as_ref),
        listed: basis.listing.and_then(|listing| listing.secrets.get(&mapping.name.to_ascii_uppercase())),
        is_listing: basis.listing.is_some(),
    };
    let drifted = known.has_drifted();
    let updated_at = known.listed.and_then(|listed| listed.updated_at);
    let is_ours = |updated_at: &Timestamp| {
        let sent = known.sent.filter(|sent| sent.updated_at.is_none() && !sent.open);
        // A copy of GitHub's that lags behind shows an older date, which is not that of our write.
        sent.is_some_and(|sent| updated_at.duration_since(sent.sent_at).abs() <= SAME_WRITE)
    };
    let adopted = updated_at.filter(is_ours).filter(|_| !drifted);
    let step = step(target, mapping, basis, known);
    Planned { name: mapping.name.clone(), field: mapping.field, step, adopted, drifted }
}

fn step(target: &Target, mapping: &Mapping, basis: &Basis<'_>, known: Known<'_>) -> Step {
    let share = basis.settings.sync.share_refresh_token;
    if mapping.field.carries_the_refresh_token() && share == ShareRefreshToken::Ask {
        return Step::Held(Approval::RefreshToken);
    }
    if mapping.field.carries_the_refresh_token() && basis.tokens.is_spent(basis.spent) {
        return Step::Held(Approval::Successor);
    }
    if !basis.lives && mapping.field.ends_with_the_access_token() {
        return Step::Fail(Failure::NoCredential);
    }
    if let Some(field) = not_a_token(mapping.field, basis.tokens) {
        return Step::Fail(Failure::NotAToken { field: Some(field) });
    }
    let Some(value) = value_of(mapping, basis.tokens) else {
        return Step::Fail(Failure::FieldAbsent { field: Some(mapping.field) });
    };
    let bytes = value.expose().len();
    if bytes > target.place.largest() {
        return Step::Fail(Failure::TooLarge { bytes });
    }
    let fingerprint = fingerprint(&value, &target.place);
    let (exists, drifted) = (known.exists(), known.has_drifted());
    let same = known.sent.is_some_and(|sent| sent.is(&fingerprint));
    let same = same && !(basis.renewed && mapping.field.changes_with_a_refresh());
    if same && exists && !drifted && !basis.force && has_visibility(target, known.listed) {
        return Step::Unchanged;
    }
    Step::Write(Write { value, fingerprint, exists })
}

/// A date that is newer than that of our own write, or no secret where we wrote one.
fn has_drifted(remembered: &SecretMemory, listed: Option<&Listed>) -> bool {
    let listed = listed.map(|listed| listed.updated_at);
    if remembered.open {
        return listed.flatten().zip(remembered.open_until).is_some_and(|(updated_at, until)| updated_at > until);
    }
    let Some(updated_at) = listed else { return true };
    let latest = remembered.updated_at.or_else(|| remembered.sent_at.checked_add(SAME_WRITE).ok());
    matches!((updated_at, latest), (Some(updated_at), Some(latest)) if updated_at > latest)
}

/// Whether those may use it that the config says; where it says nothing, whoever may is right.
fn has_visibility(target: &Target, listed: Option<&Listed>) -> bool {
    let wanted = target.place.audience().and_then(|audience| audience.visibility);
    let listed = listed.and_then(|listed| listed.visibility);
    wanted.zip(listed).is_none_or(|(wanted, listed)| wanted == listed)
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
