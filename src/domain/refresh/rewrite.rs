//! The credential's text with new tokens in it: only members that changed are written anew, all else stays to the byte.

use serde_json::Value;

use super::journal::NewTokens;
use crate::domain::credential::{Contents, Document, SIGN_IN, end};
use crate::domain::fingerprint::Fingerprint;
use crate::domain::secret::Secret;

/// What is to be done with an answer, given what is stored now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rewrite {
    Write(Secret),
    /// Someone else's token is there, or nobody is signed in any more: theirs wins.
    TheirsWins,
    /// What is there makes no sense, and is never overwritten.
    Malformed,
}

/// Puts new tokens over the one that was spent, or over the marker that Claude Code has left since.
pub fn rewrite(stored: &Secret, spent: &Fingerprint, tokens: &NewTokens) -> Rewrite {
    let contents = Contents::parse(stored.expose().as_bytes());
    let marker = match contents {
        Ok(Contents::SignedIn(credential)) => {
            if credential.refresh_token.as_ref().map(Fingerprint::of).as_ref() != Some(spent) {
                return Rewrite::TheirsWins;
            }
            false
        }
        Ok(Contents::SignedOut(_)) => true,
        Ok(Contents::NoSignIn { .. }) => return Rewrite::TheirsWins,
        Err(_) => return Rewrite::Malformed,
    };
    written(stored, tokens, marker).map_or(Rewrite::Malformed, Rewrite::Write)
}

fn written(stored: &Secret, tokens: &NewTokens, marker: bool) -> Option<Secret> {
    let text = stored.expose();
    let mut document = Document::parse(text.strip_prefix('\u{feff}').unwrap_or(text)).ok()?;
    let mut members = Document::parse(document.get(SIGN_IN)?.expose()).ok()?;
    set(&mut members, "accessToken", &Value::from(tokens.access_token.expose()));
    set(&mut members, "refreshToken", &Value::from(tokens.refresh_token.expose()));
    set(&mut members, "expiresAt", &Value::from(tokens.expires_at.0));
    // A refresh never extends a sign-in, and Claude Code adds no end where none is stored.
    if let (Some(new), Some(old)) = (tokens.login_expires_at, end(&members, "refreshTokenExpiresAt").moment())
        && new < old
    {
        set(&mut members, "refreshTokenExpiresAt", &Value::from(new.0));
    }
    // Claude Code ignores a credential without scopes.
    let lost = members.get("scopes").is_none().then_some(&tokens.asked_scopes).filter(|asked| !asked.is_empty());
    if let Some(scopes) = tokens.scopes.as_ref().or(lost) {
        set(&mut members, "scopes", &Value::from(scopes.clone()));
    }
    let ids = [("accountUuid", &tokens.account_uuid), ("organizationUuid", &tokens.organization_uuid)];
    for (member, id) in ids {
        if let Some(id) = id
            && members.get(member).is_some()
        {
            set(&mut members, member, &Value::from(id.as_str()));
        }
    }
    if marker {
        members.remove("loginEnded");
    }
    document.set(SIGN_IN, members.to_json());
    Some(document.to_json())
}

/// Leaves a value that means the same in the form it is in.
fn set(members: &mut Document, member: &str, value: &Value) {
    let same =
        members.get(member).is_some_and(|raw| serde_json::from_str::<Value>(raw.expose()).ok().as_ref() == Some(value));
    if !same {
        members.set(member, Secret::from(value.to_string()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::EpochMillis;

    fn tokens() -> NewTokens {
        NewTokens {
            access_token: Secret::from("a2".to_owned()),
            refresh_token: Secret::from("r2".to_owned()),
            expires_at: EpochMillis(1_800_028_800_000),
            end_is_known: true,
            login_expires_at: None,
            scopes: None,
            asked_scopes: Vec::new(),
            account_uuid: None,
            organization_uuid: None,
        }
    }

    fn check(stored: &str, tokens: &NewTokens, expected: &str) {
        let spent = Fingerprint::of(&Secret::from("r1".to_owned()));
        let outcome = rewrite(&Secret::from(stored.to_owned()), &spent, tokens);
        assert_eq!(outcome, Rewrite::Write(Secret::from(expected.to_owned())), "{stored}");
    }

    #[test]
    fn what_is_not_ours_stays_to_the_byte_and_in_its_place() {
        check(
            r#"{"x": 1.50e3 ,"claudeAiOauth":{"new":[ 1 ],"accessToken":"a1","refreshToken":"r1","expiresAt":5,"scopes":[ "s" ]},"mcpOAuth":{"a|b":{"n":1e2}}}"#,
            &tokens(),
            r#"{"x":1.50e3,"claudeAiOauth":{"new":[ 1 ],"accessToken":"a2","refreshToken":"r2","expiresAt":1800028800000,"scopes":[ "s" ]},"mcpOAuth":{"a|b":{"n":1e2}}}"#,
        );
    }

    #[test]
    fn the_sign_ins_end_only_ever_comes_nearer_and_is_never_added() {
        let with = |end: i64| NewTokens { login_expires_at: Some(EpochMillis(end)), ..tokens() };
        let stored =
            r#"{"claudeAiOauth":{"accessToken":"a1","refreshToken":"r1","expiresAt":5,"refreshTokenExpiresAt":900}}"#;
        let written = |end: &str| {
            format!(
                r#"{{"claudeAiOauth":{{"accessToken":"a2","refreshToken":"r2","expiresAt":1800028800000,"refreshTokenExpiresAt":{end}}}}}"#
            )
        };
        check(stored, &with(901), &written("900"));
        check(stored, &with(899), &written("899"));
        check(&stored.replace(":900", ":\"9e2\""), &with(899), &written("899"));
        check(
            r#"{"claudeAiOauth":{"accessToken":"a1","refreshToken":"r1","expiresAt":5}}"#,
            &with(899),
            r#"{"claudeAiOauth":{"accessToken":"a2","refreshToken":"r2","expiresAt":1800028800000}}"#,
        );
    }

    #[test]
    fn scopes_and_ids_follow_the_answer_where_they_are_stored() {
        let given = NewTokens {
            refresh_token: Secret::from("r1".to_owned()),
            scopes: Some(vec!["s".to_owned(), "t".to_owned()]),
            account_uuid: Some("acc-2".to_owned()),
            organization_uuid: Some("org-2".to_owned()),
            ..tokens()
        };
        check(
            r#"{"claudeAiOauth":{"accessToken":"a1","refreshToken":"r1","expiresAt":5,"scopes":["s"],"accountUuid":"acc-1"}}"#,
            &given,
            r#"{"claudeAiOauth":{"accessToken":"a2","refreshToken":"r1","expiresAt":1800028800000,"scopes":["s","t"],"accountUuid":"acc-2"}}"#,
        );
    }

    #[test]
    fn the_marker_of_an_ended_sign_in_is_written_over_and_its_reason_dropped() {
        check(
            r#"{"claudeAiOauth":{"accessToken":"","refreshToken":"","expiresAt":0,"scopes":["s"],"loginEnded":"time_limit"},"mcpOAuth":{}}"#,
            &tokens(),
            r#"{"claudeAiOauth":{"accessToken":"a2","refreshToken":"r2","expiresAt":1800028800000,"scopes":["s"]},"mcpOAuth":{}}"#,
        );
    }

    #[test]
    fn scopes_that_the_store_has_lost_are_those_that_were_asked_for() {
        check(
            r#"{"claudeAiOauth":{"accessToken":"","refreshToken":"","expiresAt":0}}"#,
            &NewTokens { asked_scopes: vec!["s".to_owned()], ..tokens() },
            r#"{"claudeAiOauth":{"accessToken":"a2","refreshToken":"r2","expiresAt":1800028800000,"scopes":["s"]}}"#,
        );
    }

    #[test]
    fn theirs_wins_and_what_makes_no_sense_is_left() {
        let check = |stored: &str, expected: Rewrite| {
            let spent = Fingerprint::of(&Secret::from("r1".to_owned()));
            assert_eq!(rewrite(&Secret::from(stored.to_owned()), &spent, &tokens()), expected, "{stored}");
        };
        check(r#"{"claudeAiOauth":{"accessToken":"a9","refreshToken":"r9"}}"#, Rewrite::TheirsWins);
        check(r#"{"claudeAiOauth":{"accessToken":"a9","refreshToken":null}}"#, Rewrite::TheirsWins);
        check(r#"{"mcpOAuth":{}}"#, Rewrite::TheirsWins);
        check(r#"{"claudeAiOauth":{"accessT"#, Rewrite::Malformed);
        check("", Rewrite::Malformed);
    }
}
