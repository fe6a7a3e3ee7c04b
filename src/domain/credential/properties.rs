//! What holds of every credential, not of the examples alone.

use proptest::prelude::*;

use super::ci_token;
use super::document::Document;
use super::record::{Contents, Credential};
use crate::domain::properties::{Member, cases, foreign_members, json_value, object, token};
use crate::domain::secret::Secret;
use crate::domain::time::EpochMillis;

fn members() -> impl Strategy<Value = Vec<Member>> {
    let ours = prop::sample::select(vec![r#""accessToken""#, r#""expires\u0041t""#, r#""claudeAiOauth""#]);
    let ours = (ours.prop_map(str::to_owned), json_value());
    (foreign_members(), prop::collection::vec(ours, 0..3)).prop_map(|(foreign, ours)| [foreign, ours].concat())
}

/// A sign-in's members in any order, with others between them.
fn sign_in() -> impl Strategy<Value = Vec<Member>> {
    let member = |key: &str, value: String| (format!("\"{key}\""), value);
    let ours = (token(), token(), any::<i64>()).prop_map(move |(access, refresh, end)| {
        vec![
            member("accessToken", format!("\"{access}\"")),
            member("refreshToken", format!("\"{refresh}\"")),
            member("expiresAt", end.to_string()),
            member("scopes", r#"["user:inference"]"#.to_owned()),
        ]
    });
    (ours, foreign_members()).prop_flat_map(|(ours, foreign)| Just([ours, foreign].concat()).prop_shuffle())
}

fn parsed(members: &[Member]) -> Option<Credential> {
    let text = format!(r#"{{"claudeAiOauth":{}}}"#, object(members).0);
    match Contents::parse(text.as_bytes()) {
        Ok(Contents::SignedIn(credential)) => Some(*credential),
        _ => None,
    }
}

fn named(name: &str, members: &[Member]) -> Option<String> {
    let is_it = |key: &String| serde_json::from_str::<String>(key).expect("a text") == name;
    members.iter().rev().find(|(key, _)| is_it(key)).map(|(_, value)| value.clone())
}

proptest! {
    #![proptest_config(cases(100))]

    #[test]
    fn every_member_comes_out_to_the_byte_and_in_its_place(members in members()) {
        let (spaced, bare) = object(&members);
        let document = Document::parse(&spaced).expect("an object");
        let written = document.to_json();
        prop_assert_eq!(written.expose(), &bare);
        prop_assert_eq!(Document::parse(&bare).expect("an object"), document);
    }

    #[test]
    fn a_member_that_is_set_changes_no_other(members in members(), value in json_value()) {
        let mut document = Document::parse(&object(&members).0).expect("an object");
        document.set("expiresAt", Secret::from(value.clone()));
        prop_assert_eq!(document.get("expiresAt").map(Secret::expose), Some(value.as_str()));
        for (key, _) in &members {
            let name: String = serde_json::from_str(key).expect("a text");
            let expected = if name == "expiresAt" { Some(value.clone()) } else { named(&name, &members) };
            prop_assert_eq!(document.get(&name).map(|raw| raw.expose().to_owned()), expected);
        }
        document.remove("expiresAt");
        let is_other = |(key, _): &&Member| serde_json::from_str::<String>(key).expect("a text") != "expiresAt";
        let others: Vec<_> = members.iter().filter(is_other).cloned().collect();
        let (left, expected) = (document.to_json(), object(&others).1);
        prop_assert_eq!(left.expose(), &expected);
    }

    #[test]
    fn what_claude_code_does_not_know_decides_nothing(members in sign_in()) {
        let credential = parsed(&members).expect("a sign-in");
        let bare: Vec<_> = members.iter().filter(|(key, _)| !key.starts_with("\"x")).cloned().collect();
        let expected = parsed(&bare).expect("a sign-in");
        let (record, written) = (credential.record.clone(), object(&members).0);
        prop_assert_eq!(record.expose(), written.trim());
        prop_assert_eq!(credential, Credential { record, ..expected });
    }

    #[test]
    fn an_end_is_the_same_as_a_number_and_as_a_text(end in any::<i64>()) {
        let of = |raw: String| {
            let text = format!(r#"{{"claudeAiOauth":{{"accessToken":"t","expiresAt":{raw}}}}}"#);
            match Contents::parse(text.as_bytes()) {
                Ok(Contents::SignedIn(credential)) => credential.expires_at,
                _ => None,
            }
        };
        prop_assert_eq!(of(end.to_string()), Some(EpochMillis(end)));
        prop_assert_eq!(of(format!("\" {end} \"")), Some(EpochMillis(end)));
    }

    #[test]
    fn no_bytes_bring_it_down_and_none_shows_a_token(
        members in sign_in(), cut in any::<prop::sample::Index>(), byte in any::<u8>(),
    ) {
        let mut bytes = format!(r#"{{"claudeAiOauth":{}}}"#, object(&members).0).into_bytes();
        let place = cut.index(bytes.len());
        bytes[place] = byte;
        for bytes in [&bytes[..], &bytes[..place]] {
            let shown = format!("{:?}", Contents::parse(bytes));
            prop_assert!(!shown.contains("sk-ant"), "{}", shown);
        }
    }

    #[test]
    fn a_pasted_token_is_taken_whole_or_not_at_all(
        token in token(), before in "[ \t\r\n]{0,3}", after in "[ \t\r\n]{0,3}", other in any::<char>(),
    ) {
        let pasted = |text: String| {
            ci_token::parse(&Secret::from(text), None).ok().map(|token| token.expose().to_owned())
        };
        let good = token.starts_with("sk-ant-oat01-").then_some(token.clone());
        prop_assert_eq!(pasted(format!("{before}{token}{after}")), good);
        if !other.is_ascii_graphic() {
            prop_assert_eq!(pasted(format!("sk-ant-oat01-a{other}b")), None);
        }
    }
}
