//! What goes to a target, and what a field holds as the text of a secret.

use jiff::Timestamp;

use crate::domain::credential::ci_token::end_of;
use crate::domain::credential::{Document, SIGN_IN, Tokens};
use crate::domain::secret::Secret;
use crate::domain::settings::{Field, Mapping, Settings, ShareRefreshToken, Target};
use crate::domain::sync::scrub::{LOOKED_AT, has_token, repeats};
use crate::domain::time::EpochMillis;

/// Members of the sign-in that Claude Code is known to write, and that nobody is signed out with. What a newer one adds may
/// be something that can be spent.
const CANNOT_BE_SPENT: [&str; 10] = [
    "accessToken",
    "expiresAt",
    "scopes",
    "subscriptionType",
    "subscriptionTypeSource",
    "subscriptionTypeVerifiedAt",
    "rateLimitTier",
    "clientId",
    "accountUuid",
    "organizationUuid",
];

/// What is to go to a target: all that the config says, but what the user's answer keeps back.
pub fn wanted<'a>(target: &'a Target, settings: &'a Settings) -> impl Iterator<Item = &'a Mapping> {
    let kept_back = settings.sync.share_refresh_token == ShareRefreshToken::No;
    settings.mappings(target).iter().filter(move |mapping| !(kept_back && mapping.field.carries_the_refresh_token()))
}

/// The token that a field carries and that is none; such a field has no value.
pub fn not_a_token(field: Field, tokens: Tokens<'_>) -> Option<Field> {
    let credential = tokens.credential?;
    let refresh_token = || credential.refresh_token.is_some() && !credential.can_be_refreshed();
    match field {
        Field::AccessToken | Field::CredentialsWithoutRefresh => {
            credential.not_a_token().filter(|none| *none == Field::AccessToken)
        }
        Field::RefreshToken => refresh_token().then_some(field),
        Field::Credentials => credential.not_a_token(),
        _ => None,
    }
}

/// The text that goes there; `None` where nothing is stored for it.
///
/// Of a variable also where it has a token in it, whatever the config says: all may read what stands there.
pub fn value_of(mapping: &Mapping, tokens: Tokens<'_>) -> Option<Secret> {
    let is_open = mapping.variable_name().is_some();
    if is_open && mapping.field.carries_a_token() {
        return None;
    }
    value(mapping.field, tokens).filter(|value| !(is_open && may_have_a_token(value.expose(), tokens)))
}

/// Also of one that looks like none, in the place of another member.
fn may_have_a_token(text: &str, tokens: Tokens<'_>) -> bool {
    let of_sign_in = tokens.credential.map(|credential| (&credential.access_token, &credential.refresh_token));
    let of_sign_in = of_sign_in.into_iter().flat_map(|(access, refresh)| std::iter::once(access).chain(refresh));
    let secrets: Vec<&Secret> = of_sign_in.chain(tokens.ci_token).collect();
    text.len() > LOOKED_AT || has_token(text) || repeats(text, &secrets)
}

/// The text that goes under a name; `None` where nothing is stored for it, or what is stored is no token.
///
/// Ends are in epoch milliseconds, decimal, whatever form they are stored in: readers of `CLAUDE_EXPIRES_AT` expect that.
pub fn value(field: Field, tokens: Tokens<'_>) -> Option<Secret> {
    let millis = |end: Option<EpochMillis>| end.map(|end| Secret::from(end.0.to_string()));
    let whole = |record: &str| Secret::from(format!("{{\"{SIGN_IN}\":{record}}}"));
    if field.is_of_the_ci_token() {
        return of_the_ci_token(field, tokens);
    }
    let credential = tokens.credential?;
    match field {
        Field::AccessToken => credential.access_token.as_token(),
        Field::RefreshToken => credential.refresh_token.as_ref()?.as_token(),
        Field::ExpiresAt => millis(credential.expires_at),
        Field::RefreshTokenExpiresAt => millis(credential.login_expires_at),
        Field::SubscriptionType => credential.stored_text("subscriptionType"),
        Field::RateLimitTier => credential.stored_text("rateLimitTier"),
        Field::Scopes => {
            let scopes = credential.scopes.join(" ");
            (!scopes.is_empty()).then(|| Secret::from(scopes))
        }
        // Without the neighbors' members: other services' tokens are nobody's business there.
        Field::Credentials if credential.not_a_token().is_some() => None,
        Field::Credentials => Some(whole(credential.record.expose())),
        Field::CredentialsWithoutRefresh if credential.access_token.as_token().is_none() => None,
        Field::CredentialsWithoutRefresh => {
            let mut record = Document::parse(credential.record.expose()).ok()?;
            record.retain(&CANNOT_BE_SPENT);
            for member in ["refreshToken", "refreshTokenExpiresAt"] {
                record.set(member, Secret::from("null".to_owned()));
            }
            Some(whole(record.to_json().expose()))
        }
        Field::CiToken | Field::CiTokenStoredAt | Field::CiTokenExpiresAt => None,
    }
}

fn of_the_ci_token(field: Field, tokens: Tokens<'_>) -> Option<Secret> {
    // Whole seconds: what reads it may be a shell.
    let text = |date: Timestamp| Secret::from(date.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    match field {
        Field::CiToken => tokens.ci_token.cloned(),
        Field::CiTokenStoredAt => tokens.ci_token_stored_at.map(text),
        Field::CiTokenExpiresAt => end_of(tokens.ci_token_stored_at?).timestamp().map(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::credential::{Contents, Credential};
    use crate::domain::settings::Choice;

    fn credential(members: &str) -> Credential {
        let text = format!(
            r#"{{"mcpOAuth":{{"x":{{"accessToken":"neighbor"}}}},"claudeAiOauth":{{"accessToken":"a",{members}}}}}"#
        );
        match Contents::parse(text.as_bytes()) {
            Ok(Contents::SignedIn(credential)) => *credential,
            other => panic!("not signed in: {other:?}"),
        }
    }

    #[test]
    fn a_field_is_sent_as_it_is_stored_and_ends_as_decimal_milliseconds() {
        let credential = credential(concat!(
            r#""refreshToken":"r","expiresAt":"1800000000000","refreshTokenExpiresAt":1.8e12,"scopes":["a","b"],"#,
            r#""subscriptionType":"","rateLimitTier":"tïer\n\u0001","other":[ 1.50 ]"#
        ));
        let check = |field, expected: Option<&str>| {
            assert_eq!(value(field, Tokens::from(&credential)).as_ref().map(Secret::expose), expected, "{field:?}");
        };
        check(Field::AccessToken, Some("a"));
        check(Field::RefreshToken, Some("r"));
        check(Field::ExpiresAt, Some("1800000000000"));
        check(Field::RefreshTokenExpiresAt, Some("1800000000000"));
        check(Field::Scopes, Some("a b"));
        check(Field::SubscriptionType, Some(""));
        check(Field::RateLimitTier, Some("tïer\n\u{1}"));
        check(Field::CiToken, None);
        let whole = value(Field::Credentials, Tokens::from(&credential)).expect("there is a sign-in");
        assert!(whole.expose().ends_with(r#""other":[ 1.50 ]}}"#) && !whole.expose().contains("neighbor"));
        let without = value(Field::CredentialsWithoutRefresh, Tokens::from(&credential)).expect("there is a sign-in");
        let expected = concat!(
            r#"{"claudeAiOauth":{"accessToken":"a","expiresAt":"1800000000000","scopes":["a","b"],"subscriptionType":"","#,
            r#""rateLimitTier":"tïer\n\u0001","refreshToken":null,"refreshTokenExpiresAt":null}}"#
        );
        assert_eq!(without.expose(), expected);
    }

    #[test]
    fn a_variable_never_has_a_token_in_it() {
        let credential = credential(concat!(
            r#""refreshToken":"r","expiresAt":1800000000000,"scopes":["a"],"#,
            r#""subscriptionType":"sk-ant-ort01-EXAMPLE-EXAMPLE-EXAMPLE-EXAMPLE""#
        ));
        let year = Secret::from("sk-ant-oat01-EXAMPLE".to_owned());
        let stored_at = "2026-11-24T13:00:00Z".parse().ok();
        let tokens = Tokens { ci_token: Some(&year), ci_token_stored_at: stored_at, ..Tokens::from(&credential) };
        for &(name, field) in Field::WORDS {
            let open = value_of(&Mapping::variable("A", field), tokens);
            let sealed = value_of(&Mapping { name: "A".to_owned(), field }, tokens);
            if field.carries_a_token() {
                assert!(open.is_none() && sealed.is_some(), "{name}");
            } else if field == Field::SubscriptionType {
                assert!(open.is_none() && sealed.is_some(), "a token in another member's place");
            } else {
                assert_eq!(open, sealed, "{name}");
            }
        }
    }

    #[test]
    fn only_what_is_known_and_cannot_be_spent_goes_without_a_refresh_token() {
        let credential = credential(concat!(
            r#""refreshToken":"first","refresh\u0054oken":"second","scopes":["a"],"accountUuid":"u","#,
            r#""refreshTokenNext":"third","device":{"refreshToken":"fourth"},"access\u0054okens":["fifth"]"#
        ));
        let without = value(Field::CredentialsWithoutRefresh, Tokens::from(&credential)).expect("there is a sign-in");
        let expected = concat!(
            r#"{"claudeAiOauth":{"accessToken":"a","scopes":["a"],"accountUuid":"u","#,
            r#""refreshToken":null,"refreshTokenExpiresAt":null}}"#
        );
        assert_eq!(without.expose(), expected);
    }

    #[test]
    fn the_one_year_tokens_dates_are_sent_in_utc_to_the_second() {
        let stored_at = "2026-11-24T13:00:00.123Z".parse().ok();
        let tokens = Tokens { credential: None, ci_token: None, ci_token_stored_at: stored_at };
        let sent = |field| value(field, tokens).map(|value| value.expose().to_owned());
        assert_eq!(sent(Field::CiTokenStoredAt).as_deref(), Some("2026-11-24T13:00:00Z"));
        assert_eq!(sent(Field::CiTokenExpiresAt).as_deref(), Some("2027-11-24T13:00:00Z"));
        assert_eq!(sent(Field::CiToken), None);
    }

    #[test]
    fn what_is_no_token_has_no_value_and_takes_the_whole_along() {
        let credential = credential(r#""refreshToken":"r\nr","expiresAt":1"#);
        let tokens = Tokens::from(&credential);
        for field in [Field::RefreshToken, Field::Credentials] {
            assert_eq!((value(field, tokens), not_a_token(field, tokens)), (None, Some(Field::RefreshToken)));
        }
        for field in [Field::AccessToken, Field::ExpiresAt] {
            assert!(value(field, tokens).is_some() && not_a_token(field, tokens).is_none(), "{field:?}");
        }
    }

    #[test]
    fn what_is_not_stored_has_no_value() {
        let credential = credential(r#""refreshToken":null,"expiresAt":null,"subscriptionType":7"#);
        let ends = [Field::ExpiresAt, Field::RefreshTokenExpiresAt];
        for field in [Field::RefreshToken, Field::SubscriptionType, Field::Scopes].into_iter().chain(ends) {
            assert_eq!(value(field, Tokens::from(&credential)), None, "{field:?}");
        }
    }
}
