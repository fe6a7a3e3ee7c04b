//! Plans one target: what is written, what is left as it is, what is held, what cannot be sent.
//!
//! Made anew from the credential and the memory whenever either may have changed.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::Trigger;
use super::failure::Failure;
use super::memory::{SecretMemory, TargetMemory, fingerprint};
use super::value::value;
use crate::domain::credential::Credential;
use crate::domain::refresh::Fingerprint;
use crate::domain::secret::Secret;
use crate::domain::settings::{Settings, ShareRefreshToken};
use crate::domain::target::{Field, Mapping, Place, Target, Visibility};

/// GitHub: "Secrets are limited to 48 KB in size."
pub const LARGEST_SECRET: usize = 48 * 1024;
/// How far the date of a listing may lie from that of the answer to a write, and still be that write's.
const SAME_WRITE: SignedDuration = SignedDuration::from_secs(5);

/// What GitHub lists of the secrets that a target names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// By name in upper case.
    pub secrets: BTreeMap<String, Listed>,
    /// The repository's present name, where it is another one than the config's.
    pub moved_to: Option<String>,
    /// When the token ends.
    pub token_expires: Option<Timestamp>,
}

/// What GitHub lists of one secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// When it was last written.
    pub updated_at: Option<Timestamp>,
    /// Which of an organization's repositories may use it.
    pub visibility: Option<Visibility>,
}

/// A target's secrets, in the order of the config.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Each with what is to become of it.
    pub secrets: Vec<Planned>,
}

/// One secret with what is to become of it.
#[derive(Clone, Debug)]
pub struct Planned {
    /// Its name.
    pub name: String,
    /// What goes there.
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
    /// It is written.
    Write {
        /// The text.
        value: Secret,
        /// What is remembered of it.
        fingerprint: Fingerprint,
        /// Whether one of that name is there.
        exists: bool,
    },
    /// It is as it should be.
    Unchanged,
    /// It waits for the user's word.
    Held(Held),
    /// It cannot be sent.
    Fail(Failure),
}

/// What the user's word is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// Whether targets get the refresh token.
    RefreshToken,
    /// Whether it may go to a place that is new in the config.
    NewPlace,
    /// Whether another account's credential may go there.
    OtherAccount,
    /// Whether someone else's change may be written over.
    Drifted,
}

/// What a target is planned from.
#[derive(Clone, Copy, Debug)]
pub struct Basis<'a> {
    /// The settings.
    pub settings: &'a Settings,
    /// The credential, as it is stored now.
    pub credential: &'a Credential,
    /// What the target was sent.
    pub memory: Option<&'a TargetMemory>,
    /// What it holds; `None` for a command, which does not say.
    pub listing: Option<&'a Listing>,
    /// Why.
    pub trigger: Trigger,
    /// Write also what is unchanged.
    pub force: bool,
}

impl Plan {
    /// Plans `target`.
    pub fn of(target: &Target, basis: &Basis<'_>) -> Self {
        let secrets = target
            .mappings(basis.settings)
            .iter()
            .filter(|mapping| {
                let refused = basis.settings.sync.share_refresh_token == ShareRefreshToken::No;
                !(refused && mapping.field.carries_the_refresh_token())
            })
            .map(|mapping| planned(target, mapping, basis))
            .collect();
        Self { secrets }
    }

    /// Whether anything is to be written.
    pub fn writes(&self) -> usize {
        self.secrets.iter().filter(|planned| matches!(planned.step, Step::Write { .. })).count()
    }

    /// The places of those to be written, in the order of writing: the refresh token first, an end last, so that no end
    /// is told of a token that is not there yet.
    pub fn write_order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.secrets.len()).collect();
        order.retain(|index| matches!(self.secrets[*index].step, Step::Write { .. }));
        order.sort_by_key(|index| rank(self.secrets[*index].field));
        order
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

fn planned(target: &Target, mapping: &Mapping, basis: &Basis<'_>) -> Planned {
    let remembered = basis.memory.and_then(|memory| memory.secrets.get(&mapping.name));
    let listed = basis.listing.map(|listing| listing.secrets.get(&mapping.name.to_ascii_uppercase()));
    let drifted = match (remembered, listed) {
        (Some(remembered), Some(listed)) => has_drifted(remembered, listed),
        _ => false,
    };
    let updated_at = listed.flatten().and_then(|listed| listed.updated_at);
    let adopted = updated_at.filter(|_| !drifted && remembered.is_some_and(|known| known.updated_at.is_none()));
    let step = step(target, mapping, basis, remembered, listed, drifted);
    Planned { name: mapping.name.clone(), field: mapping.field, step, adopted, drifted }
}

fn step(
    target: &Target,
    mapping: &Mapping,
    basis: &Basis<'_>,
    remembered: Option<&SecretMemory>,
    listed: Option<Option<&Listed>>,
    drifted: bool,
) -> Step {
    let share = basis.settings.sync.share_refresh_token;
    if mapping.field.carries_the_refresh_token() && share == ShareRefreshToken::Ask {
        return Step::Held(Held::RefreshToken);
    }
    let Some(value) = value(mapping.field, basis.credential) else {
        return Step::Fail(Failure::FieldAbsent(mapping.field));
    };
    let bytes = value.expose().len();
    if target.is_at_github() && bytes > LARGEST_SECRET {
        return Step::Fail(Failure::TooLarge { bytes });
    }
    let fingerprint = fingerprint(&value, &target.place);
    let exists = listed.map_or(remembered.is_some(), |listed| listed.is_some());
    let same = remembered.is_some_and(|remembered| remembered.fingerprint == fingerprint);
    if same && exists && !drifted && !basis.force && has_visibility(target, listed.flatten()) {
        return Step::Unchanged;
    }
    if drifted && basis.trigger == Trigger::Automatic {
        // Two computers that write over each other's secrets would never end.
        return Step::Held(Held::Drifted);
    }
    Step::Write { value, fingerprint, exists }
}

/// A date that is newer than that of our own write, or no secret where we wrote one.
fn has_drifted(remembered: &SecretMemory, listed: Option<&Listed>) -> bool {
    let Some(updated_at) = listed.map(|listed| listed.updated_at) else { return true };
    let latest = remembered.updated_at.or_else(|| remembered.sent_at.checked_add(SAME_WRITE).ok());
    matches!((updated_at, latest), (Some(updated_at), Some(latest)) if updated_at > latest)
}

/// Whether those may use it that the config says; where it says nothing, whoever may is right.
fn has_visibility(target: &Target, listed: Option<&Listed>) -> bool {
    let Place::Organization { visibility: Some(visibility), .. } = &target.place else { return true };
    listed.and_then(|listed| listed.visibility).is_none_or(|listed| listed == *visibility)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::credential::Contents;
    use crate::domain::sync::memory::account;
    use crate::domain::target::RepositoryStore;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).expect("a moment of this century")
    }

    fn credential(token: &str) -> Credential {
        let text = format!(
            r#"{{"claudeAiOauth":{{"accessToken":"a-{token}","refreshToken":"r-{token}","expiresAt":1800000000000}}}}"#
        );
        match Contents::parse(text.as_bytes()) {
            Ok(Contents::SignedIn(credential)) => *credential,
            other => panic!("not signed in: {other:?}"),
        }
    }

    fn target(place: Place) -> Target {
        Target { place, secrets: None, profile: None }
    }

    fn repository() -> Target {
        target(Place::Repository { repo: "acme/api".to_owned(), store: RepositoryStore::Actions })
    }

    fn settings(share: ShareRefreshToken) -> Settings {
        let mut settings = Settings::default();
        settings.sync.share_refresh_token = share;
        settings
    }

    /// What is remembered after everything of `credential` was sent at second 0.
    fn sent(credential: &Credential, target: &Target, settings: &Settings) -> TargetMemory {
        let secret = |mapping: &Mapping| {
            let value = value(mapping.field, credential).expect("all are there");
            let memory = SecretMemory {
                fingerprint: fingerprint(&value, &target.place),
                field: mapping.field.name().to_owned(),
                sent_at: at(0),
                updated_at: None,
                created: true,
                drifted: false,
            };
            (mapping.name.clone(), memory)
        };
        let secrets = target.mappings(settings).iter().map(secret).collect();
        TargetMemory { secrets, account: account(credential), ..TargetMemory::default() }
    }

    fn listing(updated: i64) -> Listing {
        let listed = Listed { updated_at: Some(at(updated)), visibility: None };
        let names = ["CLAUDE_ACCESS_TOKEN", "CLAUDE_REFRESH_TOKEN", "CLAUDE_EXPIRES_AT"];
        Listing { secrets: names.map(|name| (name.to_owned(), listed.clone())).into(), ..Listing::default() }
    }

    /// One letter a secret, in the config's order: access token, refresh token, end.
    fn letters(plan: &Plan) -> String {
        let letter = |planned: &Planned| match planned.step {
            Step::Write { exists: false, .. } => 'c',
            Step::Write { .. } => 'w',
            Step::Unchanged => '=',
            Step::Held(_) => 'h',
            Step::Fail(_) => 'f',
        };
        plan.secrets.iter().map(letter).collect()
    }

    fn check(share: ShareRefreshToken, change: impl FnOnce(&mut Basis<'_>), expected: &str) {
        let (settings, stored) = (settings(share), credential("1"));
        let mut basis = Basis {
            settings: &settings,
            credential: &stored,
            memory: None,
            listing: Some(&Listing::default()),
            trigger: Trigger::Asked,
            force: false,
        };
        change(&mut basis);
        assert_eq!(letters(&Plan::of(&repository(), &basis)), expected);
    }

    #[test]
    fn the_refresh_token_goes_only_where_the_user_has_said_so() {
        check(ShareRefreshToken::Ask, |_| {}, "chc");
        check(ShareRefreshToken::Yes, |_| {}, "ccc");
        check(ShareRefreshToken::No, |_| {}, "cc");
        let whole = Target {
            secrets: Some(vec![Mapping { name: "ALL".to_owned(), field: Field::Credentials }]),
            ..repository()
        };
        let (settings, credential) = (settings(ShareRefreshToken::Ask), credential("1"));
        let basis = Basis {
            settings: &settings,
            credential: &credential,
            memory: None,
            listing: None,
            trigger: Trigger::Asked,
            force: false,
        };
        assert_eq!(letters(&Plan::of(&whole, &basis)), "h", "the whole record has it too");
    }

    #[test]
    fn what_was_sent_and_stands_there_is_left_as_it_is() {
        let settings = settings(ShareRefreshToken::Yes);
        let (old, new) = (credential("1"), credential("2"));
        let memory = sent(&old, &repository(), &settings);
        let check = |credential: &Credential, listing: &Listing, trigger, force, expected: &str| {
            let basis = Basis {
                settings: &settings,
                credential,
                memory: Some(&memory),
                listing: Some(listing),
                trigger,
                force,
            };
            assert_eq!(letters(&Plan::of(&repository(), &basis)), expected);
        };
        use Trigger::{Asked, Automatic};
        check(&old, &listing(5), Asked, false, "===");
        check(&old, &listing(-3), Asked, false, "===");
        check(&old, &listing(5), Asked, true, "www");
        check(&new, &listing(5), Automatic, false, "ww=");
        // Someone else's change, and a deletion.
        check(&old, &listing(6), Asked, false, "www");
        check(&new, &listing(6), Automatic, false, "hhh");
        check(&old, &Listing::default(), Asked, false, "ccc");
        check(&old, &Listing::default(), Automatic, false, "hhh");
    }

    #[test]
    fn the_date_of_the_first_listing_is_adopted_and_a_newer_one_is_someone_elses() {
        let settings = settings(ShareRefreshToken::Yes);
        let credential = credential("1");
        let mut memory = sent(&credential, &repository(), &settings);
        let plan = |memory: &TargetMemory, listing: &Listing| {
            let basis = Basis {
                settings: &settings,
                credential: &credential,
                memory: Some(memory),
                listing: Some(listing),
                trigger: Trigger::Asked,
                force: false,
            };
            Plan::of(&repository(), &basis)
        };
        assert_eq!(plan(&memory, &listing(2)).secrets[0].adopted, Some(at(2)));
        for secret in memory.secrets.values_mut() {
            secret.updated_at = Some(at(2));
        }
        let same = plan(&memory, &listing(2));
        assert_eq!((letters(&same).as_str(), same.secrets[0].adopted), ("===", None));
        let newer = plan(&memory, &listing(3));
        assert!(letters(&newer) == "www" && newer.secrets[0].drifted);
    }

    #[test]
    fn an_end_is_written_last_and_the_refresh_token_first() {
        let (settings, credential) = (settings(ShareRefreshToken::Yes), credential("1"));
        let basis = Basis {
            settings: &settings,
            credential: &credential,
            memory: None,
            listing: None,
            trigger: Trigger::Asked,
            force: false,
        };
        let plan = Plan::of(&repository(), &basis);
        let names: Vec<&str> = plan.write_order().iter().map(|index| plan.secrets[*index].name.as_str()).collect();
        assert_eq!(names, ["CLAUDE_REFRESH_TOKEN", "CLAUDE_ACCESS_TOKEN", "CLAUDE_EXPIRES_AT"]);
    }

    #[test]
    fn who_may_use_an_organizations_secret_is_part_of_it() {
        let org = |visibility, repositories: &[&str]| {
            let repositories = repositories.iter().map(|name| (*name).to_owned()).collect();
            target(Place::Organization { org: "acme".to_owned(), visibility, repositories })
        };
        let (settings, credential) = (settings(ShareRefreshToken::Yes), credential("1"));
        let selected = org(Some(Visibility::Selected), &["api", "web"]);
        let memory = sent(&credential, &selected, &settings);
        let check = |target: &Target, listed: Visibility, expected: &str| {
            let mut listing = listing(0);
            for secret in listing.secrets.values_mut() {
                secret.visibility = Some(listed);
            }
            let basis = Basis {
                settings: &settings,
                credential: &credential,
                memory: Some(&memory),
                listing: Some(&listing),
                trigger: Trigger::Asked,
                force: false,
            };
            assert_eq!(letters(&Plan::of(target, &basis)), expected);
        };
        check(&selected, Visibility::Selected, "===");
        check(&org(Some(Visibility::Selected), &["web", "api"]), Visibility::Selected, "===");
        check(&org(Some(Visibility::Selected), &["web"]), Visibility::Selected, "www");
        check(&selected, Visibility::All, "www");
    }

    #[test]
    fn a_field_that_is_not_there_or_too_large_fails_alone() {
        let large = "x".repeat(LARGEST_SECRET + 1);
        let text = format!(r#"{{"claudeAiOauth":{{"accessToken":"{large}","refreshToken":null,"expiresAt":5}}}}"#);
        let Ok(Contents::SignedIn(credential)) = Contents::parse(text.as_bytes()) else { panic!("not signed in") };
        let settings = settings(ShareRefreshToken::Yes);
        let basis = Basis {
            settings: &settings,
            credential: &credential,
            memory: None,
            listing: None,
            trigger: Trigger::Asked,
            force: false,
        };
        assert_eq!(letters(&Plan::of(&repository(), &basis)), "ffc");
    }
}
