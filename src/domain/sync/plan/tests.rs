//! What is written, left, held or refused, a case a line.

use super::Trigger::{Asked, Automatic};
use super::*;
use crate::domain::credential::{Contents, Credential};
use crate::domain::settings::kind::LARGEST_SECRET;
use crate::domain::settings::{Audience, Place, ProfileName, Visibility};
use crate::domain::sync::memory::account;

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
    Target { place, secrets: None, profile: ProfileName::default() }
}

fn repository() -> Target {
    target(Place::parse("acme/api").expect("a place"))
}

fn settings(share: ShareRefreshToken) -> Settings {
    let mut settings = Settings::default();
    settings.sync.share_refresh_token = share;
    settings
}

/// What is remembered after everything of `credential` was sent at second 0.
fn sent(credential: &Credential, target: &Target, settings: &Settings) -> TargetMemory {
    let secret = |mapping: &Mapping| {
        let value = value_of(mapping, credential.into()).expect("all are there");
        let memory = SecretMemory::new(&fingerprint(&value, &target.place), mapping.field, at(0), true);
        (mapping.name.clone(), Box::new(memory))
    };
    let secrets = settings.mappings(target).iter().map(secret).collect();
    TargetMemory { secrets, account: account(credential), ..TargetMemory::default() }
}

fn listing(updated: i64) -> Listing {
    let listed = Listed { updated_at: Some(at(updated)), ..Listed::default() };
    let names = ["CLAUDE_ACCESS_TOKEN", "CLAUDE_REFRESH_TOKEN", "CLAUDE_EXPIRES_AT"];
    Listing { secrets: names.map(|name| (name.to_owned(), listed.clone())).into(), ..Listing::default() }
}

/// What someone who asks has it planned from.
fn asked<'a>(
    settings: &'a Settings,
    credential: &'a Credential,
    memory: Option<&'a TargetMemory>,
    listing: Option<&'a Listing>,
) -> Basis<'a> {
    Basis {
        settings,
        tokens: credential.into(),
        lives: true,
        spent: None,
        renewed: false,
        memory,
        listing,
        trigger: Asked,
        force: false,
    }
}

/// One letter a secret, in the config's order: access token, refresh token, end.
fn letters(plan: &Plan) -> String {
    let letter = |planned: &Planned| match planned.step {
        Step::Write(Write { exists: false, .. }) => 'c',
        Step::Write(_) => 'w',
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
        tokens: (&stored).into(),
        lives: true,
        spent: None,
        renewed: false,
        memory: None,
        listing: Some(&Listing::default()),
        trigger: Trigger::Asked,
        force: false,
    };
    change(&mut basis);
    assert_eq!(letters(&Plan::of(&repository(), &basis)), expected);
}

#[test]
fn of_an_access_token_that_has_ended_nothing_is_sent() {
    check(ShareRefreshToken::No, |basis| basis.lives = false, "ff");
}

#[test]
fn the_refresh_token_goes_only_where_the_user_has_said_so() {
    check(ShareRefreshToken::Ask, |_| {}, "chc");
    check(ShareRefreshToken::Yes, |_| {}, "ccc");
    check(ShareRefreshToken::No, |_| {}, "cc");
    let whole =
        Target { secrets: Some(vec![Mapping { name: "ALL".to_owned(), field: Field::Credentials }]), ..repository() };
    let (settings, credential) = (settings(ShareRefreshToken::Ask), credential("1"));
    let basis = asked(&settings, &credential, None, None);
    assert_eq!(letters(&Plan::of(&whole, &basis)), "h", "the whole record has it too");
}

#[test]
fn a_refresh_token_that_was_spent_goes_nowhere() {
    let credential = credential("1");
    let stored = credential.refresh_token.as_ref().map(Fingerprint::of);
    let check = |share, spent: Option<&Fingerprint>, expected: &str| {
        let settings = settings(share);
        let basis = Basis { spent, ..asked(&settings, &credential, None, None) };
        assert_eq!(letters(&Plan::of(&repository(), &basis)), expected);
    };
    check(ShareRefreshToken::Yes, stored.as_ref(), "chc");
    check(ShareRefreshToken::No, stored.as_ref(), "cc");
    check(ShareRefreshToken::Yes, None, "ccc");
    check(ShareRefreshToken::Yes, Some(&Fingerprint::default()), "ccc");
}

#[test]
fn what_was_sent_and_stands_there_is_left_as_it_is() {
    let settings = settings(ShareRefreshToken::Yes);
    let (old, new) = (credential("1"), credential("2"));
    let memory = sent(&old, &repository(), &settings);
    let check = |credential: &Credential, listing: &Listing, trigger, force, expected: &str| {
        let basis = Basis {
            settings: &settings,
            tokens: credential.into(),
            lives: true,
            spent: None,
            renewed: false,
            memory: Some(&memory),
            listing: Some(listing),
            trigger,
            force,
        };
        assert_eq!(letters(&Plan::of(&repository(), &basis)), expected);
    };
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
        let basis = asked(&settings, &credential, Some(memory), Some(listing));
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
fn a_write_whose_answer_is_not_known_is_nobody_elses_and_is_made_again() {
    let settings = settings(ShareRefreshToken::Yes);
    let credential = credential("1");
    let mut memory = sent(&credential, &repository(), &settings);
    memory.secrets.get_mut("CLAUDE_ACCESS_TOKEN").expect("sent").open = true;
    let listing = listing(900);
    let basis = asked(&settings, &credential, Some(&memory), Some(&listing));
    let plan = Plan::of(&repository(), &basis);
    let drifted: Vec<bool> = plan.secrets.iter().map(|planned| planned.drifted).collect();
    assert_eq!((letters(&plan).as_str(), drifted), ("www", vec![false, true, true]));
}

#[test]
fn what_was_changed_long_after_a_write_whose_answer_is_not_known_is_someone_elses() {
    let settings = settings(ShareRefreshToken::Yes);
    let credential = credential("1");
    let mut memory = sent(&credential, &repository(), &settings);
    for secret in memory.secrets.values_mut() {
        secret.open(at(1000));
    }
    for (updated, drifted) in [(1000, false), (1120, false), (1121, true), (90_000, true)] {
        let listing = listing(updated);
        let plan = Plan::of(&repository(), &asked(&settings, &credential, Some(&memory), Some(&listing)));
        assert!(plan.secrets.iter().all(|planned| planned.drifted == drifted), "{updated}: {plan:?}");
    }
}

#[test]
fn an_end_is_written_last_and_the_refresh_token_first() {
    let (settings, credential) = (settings(ShareRefreshToken::Yes), credential("1"));
    let basis = asked(&settings, &credential, None, None);
    let plan = Plan::of(&repository(), &basis);
    let names: Vec<&str> = plan.write_order().into_iter().map(|(_, planned, _)| planned.name.as_str()).collect();
    assert_eq!(names, ["CLAUDE_REFRESH_TOKEN", "CLAUDE_ACCESS_TOKEN", "CLAUDE_EXPIRES_AT"]);
}

#[test]
fn who_may_use_an_organizations_secret_is_part_of_it() {
    let org = |visibility, repositories: &[&str]| {
        let repositories = repositories.iter().map(|name| (*name).to_owned()).collect();
        let Some(Place::Github(mut store)) = Place::parse("org:acme") else { panic!("a place") };
        store.audience = Audience { visibility, repositories };
        target(Place::Github(store))
    };
    let (settings, credential) = (settings(ShareRefreshToken::Yes), credential("1"));
    let selected = org(Some(Visibility::Selected), &["api", "web"]);
    let memory = sent(&credential, &selected, &settings);
    let check = |target: &Target, listed: Visibility, expected: &str| {
        let mut listing = listing(0);
        for secret in listing.secrets.values_mut() {
            secret.visibility = Some(listed);
        }
        let basis = asked(&settings, &credential, Some(&memory), Some(&listing));
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
    let basis = asked(&settings, &credential, None, None);
    assert_eq!(letters(&Plan::of(&repository(), &basis)), "ffc");
}

#[test]
fn a_command_gets_the_whole_or_nothing() {
    let command = target(Place::Command { name: "vault".to_owned(), command: vec!["keep".to_owned()] });
    let (yes, old) = (settings(ShareRefreshToken::Yes), credential("1"));
    let memory = sent(&old, &command, &yes);
    let check = |credential: &Credential, force, expected: &str| {
        let basis = Basis { force, ..asked(&yes, credential, Some(&memory), None) };
        assert_eq!(letters(&Plan::of(&command, &basis)), expected);
    };
    check(&old, false, "===");
    check(&old, true, "www");
    // The end is the same, and goes along.
    check(&credential("2"), false, "www");
    let without = r#"{"claudeAiOauth":{"accessToken":"a-2","refreshToken":null,"expiresAt":1800000000000}}"#;
    let Ok(Contents::SignedIn(without)) = Contents::parse(without.as_bytes()) else { panic!("not signed in") };
    // What it holds of the refresh token would be gone.
    check(&without, false, "fff");
}
