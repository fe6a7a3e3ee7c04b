//! What holds whatever is stored, remembered and listed: a sync that nobody asked for is not begun again for what it has
//! just left.

use proptest::prelude::*;
use proptest::sample::subsequence;

use super::*;
use crate::domain::credential::{Contents, Credential};
use crate::domain::properties::{cases, now};
use crate::domain::settings::{Choice, Place, ProfileName, Secrets};
use crate::domain::sync::memory::SyncMemory;
use crate::domain::sync::report::TargetReport;
use crate::domain::sync::standing::Overview;
use crate::domain::time::after;

const FIELDS: [Field; 6] = [
    Field::AccessToken,
    Field::RefreshToken,
    Field::Credentials,
    Field::CredentialsWithoutRefresh,
    Field::SubscriptionType,
    Field::ExpiresAt,
];

/// A sign-in, its tokens one of a few, some of which are none.
fn credential() -> impl Strategy<Value = Credential> {
    (prop_oneof!["a", "b", "no token"], prop::option::of(prop_oneof!["r", "s", "no token"])).prop_map(
        |(access, refresh)| {
            let refresh = refresh.map(|token| format!(r#","refreshToken":"{token}""#)).unwrap_or_default();
            let text =
                format!(r#"{{"claudeAiOauth":{{"accessToken":"{access}","expiresAt":1900000000000{refresh}}}}}"#);
            match Contents::parse(text.as_bytes()) {
                Ok(Contents::SignedIn(credential)) => *credential,
                other => panic!("not signed in: {other:?}"),
            }
        },
    )
}

/// What a sync of its own accord leaves in the memory, all of whose writes arrive.
fn synced(target: &Target, known: &mut TargetMemory, plan: &Plan) {
    let outcome = |planned: &Planned| match planned.step {
        Step::Write(_) => SecretReport::new(&planned.name, SecretOutcome::Updated),
        _ => planned.unwritten(),
    };
    for planned in &plan.secrets {
        if let Step::Write(write) = &planned.step {
            let sent = SecretMemory::new(&write.fingerprint, planned.field, now(), true);
            known.secrets.insert(planned.name.clone(), Box::new(sent));
        } else if let Some(secret) = known.secrets.get_mut(&planned.name) {
            secret.drifted = planned.drifted;
        }
    }
    let secrets = plan.secrets.iter().map(outcome).collect();
    known.concluded(&TargetReport::of(target.clone(), secrets, None), now());
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn by_itself_no_sync_is_begun_again_for_what_the_last_one_left(
        fields in subsequence(FIELDS.to_vec(), 1..=FIELDS.len()),
        share in prop_oneof![
            Just(ShareRefreshToken::Ask), Just(ShareRefreshToken::Yes), Just(ShareRefreshToken::No),
        ],
        (stored, before) in (credential(), prop::option::of(credential())),
        (is_command, is_spent, has_drifted) in any::<(bool, bool, bool)>(),
    ) {
        let mut settings = Settings::default();
        (settings.sync.automatic, settings.sync.share_refresh_token) = (true, share);
        let mapping = |field: Field| Mapping { name: format!("CLAUDE_{}", field.word().to_uppercase()), field };
        settings.secrets = Secrets(fields.into_iter().map(mapping).collect());
        let command = Place::Command { name: "vault".to_owned(), command: vec!["keep".to_owned()] };
        let place = if is_command { command } else { Place::parse("acme/api").expect("a place") };
        let target = Target { place, secrets: None, profile: ProfileName::default() };
        settings.targets = vec![target.clone()];
        let (key, mut memory) = (settings.key(&target), SyncMemory::default());
        memory.places.see(&settings);
        let spent = stored.refresh_token.as_ref().filter(|_| is_spent).map(Fingerprint::of);
        let mut basis = Basis {
            settings: &settings,
            tokens: (&stored).into(),
            lives: true,
            spent: None,
            renewed: false,
            memory: None,
            listing: None,
            trigger: Trigger::Automatic,
            force: false,
        };
        if let Some(before) = &before {
            let mut known = TargetMemory::default();
            synced(&target, &mut known, &Plan::of(&target, &Basis { tokens: before.into(), ..basis }));
            memory.targets.insert(key.clone(), known);
        }
        let mut known = memory.targets.get(&key).cloned().unwrap_or_default();
        let changed = has_drifted.then(|| after(now(), SAME_WRITE * 2));
        let mut listing = known.listing();
        listing.secrets.values_mut().for_each(|listed| listed.updated_at = changed.or(Some(now())));
        (basis.spent, basis.memory) = (spent.as_ref(), memory.targets.get(&key));
        basis.listing = (!is_command).then_some(&listing);
        let plan = Plan::of(&target, &basis);
        synced(&target, &mut known, &plan);
        memory.targets.insert(key, known);
        let overview = Overview::of(&settings, &memory, Some((&stored).into()), spent.as_ref());
        let due: Vec<_> = overview.due(None, now()).filter(|(_, at)| *at <= now()).collect();
        prop_assert_eq!(due, [], "{:?}", plan);
    }
}
