//! Claude Code's OAuth record, as it stands in the file or the keychain item.
//!
//! The format was observed of Claude Code 2.1.197 and 2.1.330: one JSON object with `claudeAiOauth` among other
//! members. Knows what the bytes mean; does not know where they came from or what time it is.

use std::borrow::Cow;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::document::Document;
use super::member::{self, End, Token, shown_text};
use crate::domain::secret::Secret;
use crate::domain::settings::Field;
use crate::domain::time::EpochMillis;

/// The member of the stored object that holds the sign-in.
pub const SIGN_IN: &str = "claudeAiOauth";
/// The member by which an organization's gateway is known.
const GATEWAY: &str = "enterpriseGateway";
/// The member by which a keychain item says that large members lie sealed in a second item, bound to the whole sign-in by a
/// fingerprint that only Claude Code knows to make (2.1.332).
const OVERFLOW: &str = "keychainOverflow";

/// Whether nobody but Claude Code can change the sign-in within this text without cutting off what is sealed beside it.
pub fn is_split(stored: &Secret) -> bool {
    Document::parse(stored.expose()).is_ok_and(|document| document.get(OVERFLOW).is_some())
}

/// What the stored bytes hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contents {
    /// A sign-in, with both tokens' clocks.
    SignedIn(Box<Credential>),
    /// The marker that Claude Code leaves after a sign-in ended: both tokens empty. With its own word for why, such as
    /// `time_limit`.
    SignedOut(Option<String>),
    /// Other programs' members only, such as `mcpOAuth`: nobody signed in here.
    NoSignIn {
        /// Whether Claude Code goes through the organization's gateway instead (2.1.330).
        by_gateway: bool,
    },
}

/// One sign-in: two tokens, two clocks, and what the account is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// What requests are made with.
    pub access_token: Secret,
    /// What a new access token is bought with; works once. `None` where none is stored, or an empty one.
    pub refresh_token: Option<Secret>,
    /// When the access token ends. `None` is Claude Code's way to say that it never refreshes this one.
    pub expires_at: Option<EpochMillis>,
    /// Whether that is so since what is stored is no moment.
    pub end_is_unclear: bool,
    /// When the sign-in ends, whatever is refreshed until then. Older versions of Claude Code do not store it.
    pub login_expires_at: Option<EpochMillis>,
    /// What the access token may be used for.
    pub scopes: Vec<String>,
    /// Why Claude Code counts as signed out all the same.
    pub unaccepted: Option<Unaccepted>,
    /// The plan, such as `max`.
    pub subscription_type: Option<String>,
    /// The plan's size, such as `default_claude_max_20x`.
    pub rate_limit_tier: Option<String>,
    /// The OAuth client that signed in, where it is not Claude Code's usual one.
    pub client_id: Option<String>,
    /// Which account; stored since Claude Code 2.1.330.
    pub account_uuid: Option<String>,
    /// Which organization; stored since Claude Code 2.1.330.
    pub organization_uuid: Option<String>,
    /// The whole record as JSON, to the byte as it is stored, with the members that Wick does not know.
    pub record: Secret,
}

impl Credential {
    /// Whether the access token has not ended yet, as far as is known.
    pub fn lives(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| end.time_left(now).is_positive())
    }

    /// Whether the sign-in itself has ended, so that nothing can be refreshed any more. `false` where its end is not stored.
    pub fn login_has_ended(&self, now: Timestamp) -> bool {
        self.login_expires_at.is_some_and(|end| !end.time_left(now).is_positive())
    }

    /// Which of the two tokens is none: a line break, a blank or a control character stands within it, which no header takes.
    pub fn not_a_token(&self) -> Option<Field> {
        let is_none = |token: &Secret| token.as_token().is_none();
        if is_none(&self.access_token) {
            return Some(Field::AccessToken);
        }
        self.refresh_token.as_ref().is_some_and(is_none).then_some(Field::RefreshToken)
    }

    /// Whether there is a refresh token, and it is one.
    pub fn can_be_refreshed(&self) -> bool {
        self.refresh_token.as_ref().is_some_and(|token| token.as_token().is_some())
    }

    /// When the sign-in may end at the earliest. Where the server sent no date, Claude Code stores an estimate of 30 days, and
    /// by its own description "the real end can be up to 3 days earlier"; which of both is stored cannot be told.
    pub fn login_ends_from(&self) -> Option<EpochMillis> {
        self.login_expires_at.map(earliest_login_end)
    }

    /// The text of a member under its stored name, whatever stands in it; `None` where it is absent, null or no text.
    pub fn stored_text(&self, member: &'static str) -> Option<Secret> {
        let members = Document::parse(self.record.expose()).ok()?;
        match member::value(&members, member) {
            Value::String(text) => Some(Secret::from(text)),
            _ => None,
        }
    }
}

/// The sign-in's end is known to so much, downwards.
pub const LOGIN_UNCERTAINTY: SignedDuration = SignedDuration::from_hours(3 * 24);

/// The earliest end of a sign-in whose stored end is this.
pub fn earliest_login_end(stored: EpochMillis) -> EpochMillis {
    EpochMillis(stored.0.saturating_sub(i64::try_from(LOGIN_UNCERTAINTY.as_millis()).unwrap_or(i64::MAX)))
}

/// Why Claude Code does not accept a sign-in that has all its tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unaccepted {
    /// The text begins with a byte order mark, which its parser of JSON does not know.
    ByteOrderMark,
    /// No scopes are stored.
    NoScopes,
    /// They are no list with `user:inference` in it.
    NoInference,
}

/// The scope without which Claude Code takes a sign-in for none.
const INFERENCE: &str = "user:inference";
const BYTE_ORDER_MARK: char = '\u{feff}';

/// Why stored bytes are not a credential. Such bytes are never overwritten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// There is nothing in it.
    Empty,
    /// Not UTF-8 text.
    NotText,
    /// Not JSON, or cut off.
    NotJson {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
    },
    /// JSON, but this has another type than Claude Code writes.
    WrongType(Misfit),
}

/// What has another type than Claude Code writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// The whole is no object.
    Whole,
    /// Claude Code's member is no object.
    SignIn,
    /// There is a refresh token, and no access token.
    NoAccessToken,
    /// The access token is no text, or empty.
    AccessToken,
}

impl Contents {
    /// Reads the bytes of the file or of the keychain item.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let text = String::from_utf8_lossy(bytes);
        let is_text = matches!(text, Cow::Borrowed(_));
        let (text, has_mark) = text.strip_prefix(BYTE_ORDER_MARK).map_or((&*text, false), |text| (text, true));
        if text.trim().is_empty() {
            return Err(Malformed::Empty);
        }
        let not_json = |error: serde_json::Error| {
            if is_text { malformed(&error, Misfit::Whole) } else { Malformed::NotText }
        };
        let document = Document::parse(text).map_err(not_json)?;
        match document.get(SIGN_IN) {
            None => Ok(Self::no_sign_in(&document)),
            Some(raw) if raw.expose() == "null" => Ok(Self::no_sign_in(&document)),
            // Elsewhere it is somebody else's, and costs nobody the sign-in.
            Some(raw) if !is_text && raw.expose().contains(char::REPLACEMENT_CHARACTER) => Err(Malformed::NotText),
            Some(raw) => {
                let members = Document::parse(raw.expose()).map_err(|error| malformed(&error, Misfit::SignIn))?;
                Self::from_members(&members, raw, has_mark)
            }
        }
    }

    fn no_sign_in(document: &Document) -> Self {
        let by_gateway = document.get(GATEWAY).is_some_and(|raw| raw.expose().starts_with('{'));
        Self::NoSignIn { by_gateway }
    }

    fn from_members(members: &Document, record: &Secret, has_mark: bool) -> Result<Self, Malformed> {
        let (access_token, refresh_token) =
            match (member::token(members, "accessToken"), member::token(members, "refreshToken")) {
                (Token::Absent, Token::Absent) => return Ok(Self::SignedOut(shown_text(members, "loginEnded"))),
                (Token::Absent, _) => return Err(Malformed::WrongType(Misfit::NoAccessToken)),
                (Token::Nonsense, _) => return Err(Malformed::WrongType(Misfit::AccessToken)),
                (Token::Text(access), Token::Text(refresh)) => (access, Some(refresh)),
                (Token::Text(access), Token::Absent | Token::Nonsense) => (access, None),
            };
        let end = member::end(members, "expiresAt");
        let (scopes, infers) = scopes(members);
        let unaccepted = match (has_mark, infers) {
            (true, _) => Some(Unaccepted::ByteOrderMark),
            (false, true) => None,
            (false, false) if scopes.is_empty() => Some(Unaccepted::NoScopes),
            (false, false) => Some(Unaccepted::NoInference),
        };
        // Only shown: what is no moment that any sign-in ended at counts as none.
        let login_end = member::end(members, "refreshTokenExpiresAt").moment().filter(|end| end.0 > 0);
        Ok(Self::SignedIn(Box::new(Credential {
            access_token,
            refresh_token,
            expires_at: end.moment(),
            end_is_unclear: end == End::Unclear,
            login_expires_at: login_end,
            scopes,
            unaccepted,
            subscription_type: shown_text(members, "subscriptionType"),
            rate_limit_tier: shown_text(members, "rateLimitTier"),
            client_id: shown_text(members, "clientId"),
            account_uuid: shown_text(members, "accountUuid"),
            organization_uuid: shown_text(members, "organizationUuid"),
            record: record.clone(),
        })))
    }
}

fn malformed(error: &serde_json::Error, what: Misfit) -> Malformed {
    match error.classify() {
        serde_json::error::Category::Data => Malformed::WrongType(what),
        _ => Malformed::NotJson { line: error.line(), column: error.column() },
    }
}

/// The scopes, and whether Claude Code finds in them what it needs: it looks into a list alone.
fn scopes(members: &Document) -> (Vec<String>, bool) {
    match member::value(members, "scopes") {
        Value::Array(items) => {
            let scopes: Vec<String> = items.iter().filter_map(Value::as_str).map(str::to_owned).collect();
            let infers = scopes.iter().any(|scope| scope == INFERENCE);
            (scopes, infers)
        }
        Value::String(joined) => (joined.split_whitespace().map(str::to_owned).collect(), false),
        _ => (Vec::new(), false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As Claude Code 2.1.330 writes it: one line, other members beside the sign-in. All values invented.
    const REAL: &str = concat!(
        r#"{"claudeAiOauth":{"accessToken":"sk-ant-oat01-EXAMPLE","refreshToken":"sk-ant-ort01-EXAMPLE","#,
        r#""expiresAt":1800000000000,"refreshTokenExpiresAt":1802000000000,"scopes":["user:inference","user:profile"],"#,
        r#""subscriptionType":"max","rateLimitTier":"default_claude_max_20x","accountUuid":"acc-1","organizationUuid":"org-1"},"#,
        r#""mcpOAuth":{"a|b":{"accessToken":"other"}}}"#
    );

    fn signed_in(text: &str) -> Credential {
        match Contents::parse(text.as_bytes()) {
            Ok(Contents::SignedIn(credential)) => *credential,
            other => panic!("not signed in: {other:?}"),
        }
    }

    #[test]
    fn the_real_format_is_read_whole() {
        let credential = signed_in(REAL);
        assert_eq!(credential.access_token.expose(), "sk-ant-oat01-EXAMPLE");
        assert_eq!(credential.refresh_token.as_ref().map(Secret::expose), Some("sk-ant-ort01-EXAMPLE"));
        assert_eq!(credential.expires_at, Some(EpochMillis(1_800_000_000_000)));
        assert_eq!(credential.login_expires_at, Some(EpochMillis(1_802_000_000_000)));
        assert_eq!(credential.scopes, ["user:inference", "user:profile"]);
        assert_eq!(credential.subscription_type.as_deref(), Some("max"));
        assert_eq!(credential.account_uuid.as_deref(), Some("acc-1"));
    }

    #[test]
    fn each_way_to_be_no_sign_in_is_its_own() {
        let marker =
            r#"{"claudeAiOauth":{"accessToken":"","refreshToken":"","expiresAt":0,"loginEnded":"time_limit"}}"#;
        let ended = Some("time_limit".to_owned());
        assert_eq!(Contents::parse(marker.as_bytes()), Ok(Contents::SignedOut(ended)));
        let nobody = |by_gateway| Ok(Contents::NoSignIn { by_gateway });
        assert_eq!(Contents::parse(br#"{"mcpOAuth":{}}"#), nobody(false));
        assert_eq!(Contents::parse(br#"{"claudeAiOauth":null}"#), nobody(false));
        assert_eq!(Contents::parse(br#"{"enterpriseGateway":{"url":"https://gateway.example"}}"#), nobody(true));
        assert_eq!(Contents::parse(br#"{"claudeAiOauth":null,"enterpriseGateway":null}"#), nobody(false));
    }

    #[test]
    fn bytes_that_are_no_credential_are_named() {
        let check = |bytes: &[u8], expected: Malformed| assert_eq!(Contents::parse(bytes), Err(expected));
        let wrong = Malformed::WrongType;
        check(b"", Malformed::Empty);
        check(b" \n", Malformed::Empty);
        check(&[0xff, 0xfe, 0x00], Malformed::NotText);
        check(&REAL.as_bytes()[..60], Malformed::NotJson { line: 1, column: 60 });
        check(b"[]", wrong(Misfit::Whole));
        check(br#"{"claudeAiOauth":[]}"#, wrong(Misfit::SignIn));
        check(br#"{"claudeAiOauth":{"accessToken":5}}"#, wrong(Misfit::AccessToken));
        check(br#"{"claudeAiOauth":{"refreshToken":"r"}}"#, wrong(Misfit::NoAccessToken));
        check(br#"{"claudeAiOauth":{"accessToken":"","refreshToken":"r"}}"#, wrong(Misfit::NoAccessToken));
    }

    // See: https://github.com/anthropics/claude-code-action/issues/1316
    #[test]
    fn a_token_is_trimmed_and_what_has_more_within_is_none() {
        let check = |access: &str, refresh: &str, expected: Option<Field>| {
            let text = format!(r#"{{"claudeAiOauth":{{"accessToken":"{access}","refreshToken":"{refresh}"}}}}"#);
            let credential = signed_in(&text);
            assert_eq!(credential.not_a_token(), expected, "{text}");
            assert_eq!(credential.can_be_refreshed(), expected != Some(Field::RefreshToken), "{text}");
        };
        check(r" a\r\n", r"\tr ", None);
        assert_eq!(signed_in(r#"{"claudeAiOauth":{"accessToken":" a\n"}}"#).access_token.expose(), "a");
        for within in [r"a\nb", "a b", r"a\u0000b", r"a\u001b[0mb", r"a\u00a0b", "é"] {
            check(within, "r", Some(Field::AccessToken));
            check("a", within, Some(Field::RefreshToken));
        }
    }

    #[test]
    fn what_is_only_shown_may_have_any_form() {
        let credential =
            signed_in(r#"{"claudeAiOauth":{"accessToken":"t","scopes":7,"subscriptionType":[],"rateLimitTier":1}}"#);
        assert_eq!(
            (credential.scopes.len(), credential.subscription_type, credential.rate_limit_tier),
            (0, None, None)
        );
    }

    #[test]
    fn what_a_terminal_would_take_for_a_command_is_not_shown() {
        let credential = signed_in(r#"{"claudeAiOauth":{"accessToken":"t","subscriptionType":"max\u001b[2J"}}"#);
        assert_eq!(credential.subscription_type, None);
    }

    #[test]
    fn no_token_is_seen_by_debug() {
        let shown = format!("{:?}", Contents::parse(REAL.as_bytes()));
        assert!(!shown.contains("EXAMPLE"), "{shown}");
    }
}
