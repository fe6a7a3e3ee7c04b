//! What holds of every refresh, not of the examples alone.

use jiff::SignedDuration;
use proptest::prelude::*;
use serde_json::Value;

use super::failure::Failure;
use super::grant::{Answer, GrantRequest};
use super::journal::NewTokens;
use super::rewrite::{Rewrite, rewrite};
use crate::domain::credential::{Contents, Credential};
use crate::domain::fingerprint::Fingerprint;
use crate::domain::properties::{Member, cases, foreign_members, json_text, json_value, now, object, token};
use crate::domain::secret::Secret;
use crate::domain::time::EpochMillis;

fn secret() -> impl Strategy<Value = Secret> {
    token().prop_map(Secret::from)
}

/// A token in quotes, in every way that JSON has to write one.
fn token_text() -> impl Strategy<Value = String> {
    let escapes: [&str; 4] = [r#"\""#, r"\\", r"\/", r"\u0041"];
    let letter =
        prop_oneof![6 => "[!-!#-\\[\\]-~]", 1 => prop::sample::select(escapes.to_vec()).prop_map(str::to_owned)];
    prop::collection::vec(letter, 1..12).prop_map(|letters| format!("\"{}\"", letters.concat()))
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(any::<String>(), 0..3)
}

fn new_tokens() -> impl Strategy<Value = NewTokens> {
    let tokens = (any::<String>().prop_map(Secret::from), secret());
    let clocks = (any::<i64>(), any::<bool>(), prop::option::of(any::<i64>()));
    let scopes = (prop::option::of(texts()), texts());
    let ids = (prop::option::of(any::<String>()), prop::option::of(any::<String>()));
    (tokens, clocks, scopes, ids).prop_map(|(tokens, clocks, scopes, ids)| NewTokens {
        access_token: tokens.0,
        refresh_token: tokens.1,
        expires_at: EpochMillis(clocks.0),
        end_is_known: clocks.1,
        login_expires_at: clocks.2.map(EpochMillis),
        scopes: scopes.0,
        asked_scopes: scopes.1,
        account_uuid: ids.0,
        organization_uuid: ids.1,
    })
}

/// The members around a sign-in and those within it, with the refresh token that it has.
fn stored() -> impl Strategy<Value = (Vec<Member>, Vec<Member>, String)> {
    let member = |key: &str, value: String| (format!("\"{key}\""), value);
    (foreign_members(), foreign_members(), token()).prop_flat_map(move |(around, within, refresh)| {
        let ours = vec![
            member("accessToken", r#""old""#.to_owned()),
            member("refreshToken", format!("\"{refresh}\"")),
            member("expiresAt", "0.5".to_owned()),
        ];
        let within = Just([within, ours].concat()).prop_shuffle();
        (Just(around), within, Just(refresh))
    })
}

fn whole(around: &[Member], within: String) -> (String, String) {
    let mut members = around.to_vec();
    members.insert(around.len() / 2, ("\"claudeAiOauth\"".to_owned(), within));
    object(&members)
}

fn credential(text: &Secret) -> Option<Credential> {
    match Contents::parse(text.expose().as_bytes()) {
        Ok(Contents::SignedIn(credential)) => Some(*credential),
        _ => None,
    }
}

/// An answer's body: members that are read, with whatever there may be in them, and others.
fn body() -> impl Strategy<Value = String> {
    let known =
        ["access_token", "refresh_token", "expires_in", "refresh_token_expires_in", "scope", "error", "account"];
    let key = prop::sample::select(known.to_vec()).prop_map(|key| format!("\"{key}\""));
    let value = prop_oneof![
        json_value(),
        "Tok-Sentinel1[a-z]{0,8}".prop_map(|token| format!("\"{token}\"")),
        Just(r#"{"type":"Tok-Sentinel2"}"#.to_owned()),
        Just(r#""invalid_grant""#.to_owned()),
        any::<u32>().prop_map(|number| number.to_string()),
    ];
    let members = prop::collection::vec((key, value), 0..6);
    prop_oneof![8 => members.prop_map(|members| object(&members).0), 1 => any::<String>()]
}

proptest! {
    #![proptest_config(cases(100))]

    #[test]
    fn new_tokens_change_three_members_and_no_other_byte((around, within, spent) in stored(), tokens in new_tokens()) {
        let tokens = NewTokens { scopes: None, asked_scopes: Vec::new(), ..tokens };
        let text = Secret::from(whole(&around, object(&within).0).0);
        let spent = Fingerprint::of(&Secret::from(spent));
        let expected = within.iter().map(|(key, value)| {
            let new = match key.as_str() {
                "\"accessToken\"" => Value::from(tokens.access_token.expose()).to_string(),
                "\"refreshToken\"" => Value::from(tokens.refresh_token.expose()).to_string(),
                "\"expiresAt\"" => tokens.expires_at.0.to_string(),
                _ => value.clone(),
            };
            (key.clone(), new)
        });
        let expected = whole(&around, object(&expected.collect::<Vec<_>>()).1).1;
        prop_assert_eq!(rewrite(&text, &spent, &tokens), Rewrite::Write(Secret::from(expected)));
    }

    #[test]
    fn what_is_written_is_the_new_sign_in_and_is_written_once(
        (around, within, spent) in stored(), tokens in new_tokens(), access_token in secret(),
    ) {
        let tokens = NewTokens { access_token, ..tokens };
        let text = Secret::from(whole(&around, object(&within).0).0);
        let spent = Fingerprint::of(&Secret::from(spent));
        let Rewrite::Write(written) = rewrite(&text, &spent, &tokens) else { panic!("it was spent for this") };
        let credential = credential(&written).expect("a sign-in");
        prop_assert_eq!(&credential.access_token, &tokens.access_token);
        prop_assert_eq!(credential.refresh_token.as_ref(), Some(&tokens.refresh_token));
        prop_assert_eq!(credential.expires_at, Some(tokens.expires_at));
        if Fingerprint::of(&tokens.refresh_token) != spent {
            prop_assert_eq!(rewrite(&written, &spent, &tokens), Rewrite::TheirsWins);
        }
    }

    #[test]
    fn nothing_is_written_over_another_token_or_over_what_makes_no_sense(
        (around, within, _) in stored(), tokens in new_tokens(), cut in any::<prop::sample::Index>(),
    ) {
        let text = whole(&around, object(&within).1).1;
        let spent = Fingerprint::of(&Secret::from("another".to_owned()));
        prop_assert_eq!(rewrite(&Secret::from(text.clone()), &spent, &tokens), Rewrite::TheirsWins);
        let cut: String = text.chars().take(cut.index(text.chars().count())).collect();
        prop_assert_eq!(rewrite(&Secret::from(cut), &spent, &tokens), Rewrite::Malformed);
    }

    #[test]
    fn a_journal_is_read_as_it_was_written_or_not_at_all(
        tokens in new_tokens(), cut in any::<prop::sample::Index>(), more in "[^ \t\r\n]",
    ) {
        let text = tokens.to_json();
        let text = text.expose();
        prop_assert_eq!(NewTokens::parse(text), Some(tokens.clone()));
        let cut: String = text.chars().take(cut.index(text.chars().count())).collect();
        prop_assert_eq!(NewTokens::parse(&cut), None);
        prop_assert_eq!(NewTokens::parse(&format!("{text}{more}")), None);
        let shown = format!("{tokens:?}");
        prop_assert!(!shown.contains(tokens.refresh_token.expose()));
    }

    #[test]
    fn an_answer_grants_a_token_with_an_end_ahead_or_is_a_failure_without_one(
        status in prop_oneof![Just(200), Just(400), 100..600u16],
        body in body(),
        retry_after in prop::option::of("[0-9]{1,20}|[A-Za-z0-9:, ]{0,30}"),
    ) {
        let stored = r#"{"claudeAiOauth":{"accessToken":"a","refreshToken":"r0","scopes":["s"]}}"#;
        let stored = Secret::from(stored.to_owned());
        let request = GrantRequest::of(&credential(&stored).expect("a sign-in")).expect("a refresh token");
        let answer = Answer { status, retry_after, body: Some(Secret::from(body)) };
        let read = NewTokens::granted(&answer, &request, now());
        match &read {
            Ok(tokens) => {
                prop_assert_eq!(status, 200);
                prop_assert!(!tokens.access_token.is_empty() && !tokens.refresh_token.is_empty());
                let year = SignedDuration::from_hours(366 * 24);
                for end in [Some(tokens.expires_at), tokens.login_expires_at].into_iter().flatten() {
                    let left = end.time_left(now());
                    prop_assert!(left.is_positive() && left <= year, "{:?}", left);
                }
            }
            Err(failure) => {
                use Failure::{RateLimited, ServerError};
                if let RateLimited(Some(wait)) | ServerError { retry_after: Some(wait), .. } = failure {
                    prop_assert!(!wait.is_negative() && *wait <= SignedDuration::from_hours(24), "{:?}", wait);
                }
                let shown = format!("{failure:?}");
                prop_assert!(!shown.contains("Tok-Sentinel"), "{}", shown);
            }
        }
    }

    #[test]
    fn a_request_asks_for_what_is_stored_whatever_is_written_in_it(
        refresh in token_text(), client in json_text(), scope in json_text(),
    ) {
        let text = |raw: &str| serde_json::from_str::<String>(raw).expect("a text");
        let members =
            format!(r#"{{"accessToken":"a","refreshToken":{refresh},"clientId":{client},"scopes":[{scope}]}}"#);
        let stored = Secret::from(format!(r#"{{"claudeAiOauth":{members}}}"#));
        let request = GrantRequest::of(&credential(&stored).expect("a sign-in")).expect("a refresh token");
        let body: Value = serde_json::from_str(request.body().expose()).expect("JSON");
        prop_assert_eq!(&body["refresh_token"], &text(&refresh));
        prop_assert_eq!(&body["scope"], &text(&scope));
        prop_assert_eq!(body.as_object().map(serde_json::Map::len), Some(4));
    }
}
