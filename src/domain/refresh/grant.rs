//! The exchange of a refresh token for new tokens: what is asked, and what the answer says.
//!
//! The members were observed of Claude Code 2.1.197 and 2.1.330; the grant itself is RFC 6749, section 6.

use jiff::{SignedDuration, Timestamp, fmt::rfc2822};
use serde_json::{Map, Value};

use super::failure::{AnswerFault, Failure};
use super::journal::NewTokens;
use crate::domain::credential::{Credential, Document};
use crate::domain::secret::Secret;
use crate::domain::time::{EpochMillis, after};

/// The client that a sign-in belongs to where the credential names none: Claude Code's own, as it sends it.
const CLIENT_ID: &str = "9d1c250a-e61b-44d9-88ed-5944d1962f5e";
/// Longer than any token lives; a server that says more is not believed, since an end too near does no harm.
const LONGEST_LIFE: SignedDuration = SignedDuration::from_hours(366 * 24);
/// How long an access token is taken to live where the server does not say: short enough that it is refreshed in time.
const ASSUMED_LIFE: SignedDuration = SignedDuration::from_hours(1);
/// The longest wait that a server is granted.
const LONGEST_RETRY_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// What is asked of the token endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantRequest {
    /// Works once.
    pub refresh_token: Secret,
    client_id: String,
    /// Left out where none is stored, which means those that were granted (RFC 6749, section 6).
    pub scopes: Vec<String>,
}

impl GrantRequest {
    /// Asks for what the credential has; `None` where it has no refresh token that is one.
    pub fn of(credential: &Credential) -> Option<Self> {
        Some(Self {
            refresh_token: credential.refresh_token.as_ref()?.as_token()?,
            client_id: credential.client_id.clone().unwrap_or_else(|| CLIENT_ID.to_owned()),
            scopes: credential.scopes.clone(),
        })
    }

    /// The JSON body.
    pub fn body(&self) -> Secret {
        let mut body = Document::default();
        body.set_text("grant_type", "refresh_token");
        body.set_text("refresh_token", self.refresh_token.expose());
        body.set_text("client_id", &self.client_id);
        if !self.scopes.is_empty() {
            body.set_text("scope", &self.scopes.join(" "));
        }
        body.to_json()
    }
}

/// A whole answer of the token endpoint.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    /// The header of that name, as it was sent.
    pub retry_after: Option<String>,
    /// The body; `None` where it was longer than any answer.
    pub body: Option<Secret>,
}

impl NewTokens {
    /// What an answer grants that came at `now` to this request. What is no grant is a failure that says what may be done
    /// next.
    pub fn granted(answer: &Answer, request: &GrantRequest, now: Timestamp) -> Result<Self, Failure> {
        let status = answer.status;
        let Some(body) = &answer.body else { return Err(bad_answer(status, AnswerFault::TooLong)) };
        match (status, serde_json::from_str::<Map<String, Value>>(body.expose())) {
            (200, Ok(members)) => {
                Self::from_members(&members, request, now).ok_or(bad_answer(status, AnswerFault::NoToken))
            }
            (200, Err(_)) => Err(bad_answer(status, AnswerFault::NotJson)),
            (_, members) => {
                let wait = answer.retry_after.as_deref().and_then(|text| retry_after(text, now));
                Err(refusal(status, error_code(&members.unwrap_or_default()), wait))
            }
        }
    }

    fn from_members(members: &Map<String, Value>, request: &GrantRequest, now: Timestamp) -> Option<Self> {
        let text = |name: &str| members.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let token = |name: &str| text(name).map(|token| Secret::from(token.to_owned()));
        let uuid = |object: &str| members.get(object)?.get("uuid")?.as_str().map(str::to_owned);
        let end = |name: &str| members.get(name).and_then(life).map(|life| EpochMillis::from(after(now, life)));
        let scopes = text("scope").map(|scope| scope.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
        let expires_at = end("expires_in");
        Some(Self {
            access_token: token("access_token")?,
            refresh_token: token("refresh_token").unwrap_or_else(|| request.refresh_token.clone()),
            expires_at: expires_at.unwrap_or_else(|| after(now, ASSUMED_LIFE).into()),
            end_is_known: expires_at.is_some(),
            login_expires_at: end("refresh_token_expires_in"),
            scopes: scopes.filter(|scopes| !scopes.is_empty()),
            asked_scopes: request.scopes.clone(),
            account_uuid: uuid("account"),
            organization_uuid: uuid("organization"),
        })
    }
}

fn bad_answer(status: u16, what: AnswerFault) -> Failure {
    Failure::BadAnswer { status, what }
}

fn refusal(status: u16, code: Option<String>, retry_after: Option<SignedDuration>) -> Failure {
    match (status, code.as_deref()) {
        (400 | 401, Some("invalid_grant")) => Failure::InvalidGrant { spent_before: false },
        (429, _) => Failure::RateLimited(retry_after),
        (500.., _) => Failure::ServerError { status, retry_after },
        (200..300, _) => bad_answer(status, AnswerFault::OtherKind),
        (300..400, _) => Failure::Redirected { status },
        _ => Failure::Refused { status, oauth: code },
    }
}

/// `{"error": "invalid_grant"}` and `{"error": {"type": "invalid_grant"}}` alike. Only what reads like a code counts: the
/// rest is a server's free text, and could echo a token.
fn error_code(members: &Map<String, Value>) -> Option<String> {
    let error = members.get("error")?;
    let code = error.as_str().or_else(|| error.get("type")?.as_str())?;
    let plain = code.len() <= 40 && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    plain.then(|| code.to_owned())
}

/// A positive number of seconds, as a number or as text.
fn life(value: &Value) -> Option<SignedDuration> {
    let seconds = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
    let longest = LONGEST_LIFE.as_secs_f64();
    (seconds.is_finite() && seconds >= 1.0).then(|| SignedDuration::from_secs_f64(seconds.min(longest)))
}

/// Seconds or a date (RFC 9110, section 10.2.3), at most a day.
pub(in crate::domain) fn retry_after(text: &str, now: Timestamp) -> Option<SignedDuration> {
    let text = text.trim();
    let wait = match text.parse::<u64>() {
        Ok(seconds) => SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX)),
        Err(_) => rfc2822::parse(text).ok()?.timestamp().duration_since(now),
    };
    Some(wait.clamp(SignedDuration::ZERO, LONGEST_RETRY_AFTER))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::credential::Contents;

    fn now() -> Timestamp {
        // Fri, 15 Jan 2027 08:00:00 GMT
        Timestamp::from_second(1_800_000_000).expect("a moment of this century")
    }

    fn request(stored: &str) -> Option<GrantRequest> {
        match Contents::parse(format!(r#"{{"claudeAiOauth":{stored}}}"#).as_bytes()) {
            Ok(Contents::SignedIn(credential)) => GrantRequest::of(&credential),
            other => panic!("not signed in: {other:?}"),
        }
    }

    fn read(status: u16, body: &str) -> Result<NewTokens, Failure> {
        let answer = Answer { status, retry_after: None, body: Some(Secret::from(body.to_owned())) };
        let request = request(r#"{"accessToken":"a0","refreshToken":"r0","scopes":["asked"]}"#);
        NewTokens::granted(&answer, &request.expect("a refresh token"), now())
    }

    /// Seconds from now.
    fn left(end: EpochMillis) -> i64 {
        end.time_left(now()).as_secs()
    }

    #[test]
    fn every_documented_member_is_read() {
        let grant = read(
            200,
            r#"{"token_type":"Bearer","access_token":"a","refresh_token":"r","expires_in":28800,"scope":"x  y",
                "refresh_token_expires_in":86400,"account":{"uuid":"acc","email_address":"e"},"organization":{"uuid":"org"}}"#,
        );
        let grant = grant.expect("a grant");
        assert_eq!((grant.access_token.expose(), grant.refresh_token.expose()), ("a", "r"));
        assert_eq!((left(grant.expires_at), grant.end_is_known), (8 * 3600, true));
        assert_eq!(grant.login_expires_at.map(left), Some(24 * 3600));
        assert_eq!(grant.asked_scopes, ["asked"]);
        assert_eq!(grant.scopes, Some(vec!["x".to_owned(), "y".to_owned()]));
        assert_eq!((grant.account_uuid.as_deref(), grant.organization_uuid.as_deref()), (Some("acc"), Some("org")));
    }

    #[test]
    fn what_an_answer_does_not_say_is_as_it_was_or_assumed() {
        let grant = read(200, r#"{"access_token":"a"}"#).expect("a grant");
        assert_eq!((grant.refresh_token.expose(), left(grant.expires_at)), ("r0", 3600));
        assert_eq!((grant.login_expires_at, grant.scopes), (None, None));
    }

    #[test]
    fn a_life_is_a_positive_number_or_unknown() {
        let check = |raw: &str, expected: Option<i64>| {
            let grant = read(200, &format!(r#"{{"access_token":"a"{raw}}}"#)).expect("a grant");
            assert_eq!(grant.end_is_known.then(|| left(grant.expires_at)), expected, "{raw}");
        };
        check("", None);
        check(r#","expires_in":0"#, None);
        check(r#","expires_in":-5"#, None);
        check(r#","expires_in":null"#, None);
        check(r#","expires_in":"soon""#, None);
        check(r#","expires_in":"28800""#, Some(28_800));
        check(r#","expires_in":3600.9"#, Some(3600));
        check(r#","expires_in":1e300"#, Some(366 * 86_400));
        check(r#","expires_in":99999999999999999999"#, Some(366 * 86_400));
    }

    #[test]
    fn each_answer_that_is_no_grant_has_its_own_failure() {
        let check =
            |status: u16, body: &str, expected: Failure| assert_eq!(read(status, body), Err(expected), "{body}");
        check(400, r#"{"error":"invalid_grant"}"#, Failure::InvalidGrant { spent_before: false });
        check(
            400,
            r#"{"error":{"type":"invalid_grant","message":"m"}}"#,
            Failure::InvalidGrant { spent_before: false },
        );
        check(401, r#"{"error":"invalid_grant"}"#, Failure::InvalidGrant { spent_before: false });
        let refused = |status, code: Option<&str>| Failure::Refused { status, oauth: code.map(str::to_owned) };
        check(403, r#"{"error":"invalid_grant"}"#, refused(403, Some("invalid_grant")));
        check(400, r#"{"error":"invalid_scope"}"#, refused(400, Some("invalid_scope")));
        check(400, r#"{"error":"Sk-Token Echo"}"#, refused(400, None));
        check(401, "<html>", refused(401, None));
        check(429, "", Failure::RateLimited(None));
        check(500, "{}", Failure::ServerError { status: 500, retry_after: None });
        check(307, "", Failure::Redirected { status: 307 });
        check(200, "<html>", bad_answer(200, AnswerFault::NotJson));
        check(200, "[]", bad_answer(200, AnswerFault::NotJson));
        check(200, r#"{"access_token":""}"#, bad_answer(200, AnswerFault::NoToken));
        check(204, "", bad_answer(204, AnswerFault::OtherKind));
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_and_a_day_at_most() {
        let check = |text: &str, expected: Option<i64>| {
            assert_eq!(retry_after(text, now()).map(|wait| wait.as_secs()), expected, "{text}");
        };
        check("120", Some(120));
        check(" 0 ", Some(0));
        check("Fri, 15 Jan 2027 08:05:00 GMT", Some(300));
        check("Fri, 15 Jan 2027 07:00:00 GMT", Some(0));
        check("86401", Some(86_400));
        check("99999999999999999999", None);
        check("9999999999999999999", Some(86_400));
        check("Sat, 15 Jan 2028 08:00:00 GMT", Some(86_400));
        check("soon", None);
        check("-5", None);
    }

    #[test]
    fn the_body_asks_for_what_is_stored() {
        let body = |stored: &str| -> Value {
            serde_json::from_str(request(stored).expect("a refresh token").body().expose()).expect("JSON")
        };
        let given = body(r#"{"accessToken":"a","refreshToken":"r","clientId":"c","scopes":["x","y"]}"#);
        let expected = json!({"grant_type": "refresh_token", "refresh_token": "r", "client_id": "c", "scope": "x y"});
        assert_eq!(given, expected);
        let bare = body(r#"{"accessToken":"a","refreshToken":"r"}"#);
        assert_eq!(bare, json!({"grant_type": "refresh_token", "refresh_token": "r", "client_id": CLIENT_ID}));
        assert_eq!(request(r#"{"accessToken":"a"}"#), None);
    }
}
