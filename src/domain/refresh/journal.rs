//! What is noted before a refresh token is spent and after its answer came, so that no crash in between loses a sign-in.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::fingerprint::Fingerprint;
use crate::domain::secret::Secret;
use crate::domain::time::EpochMillis;

/// What is noted before sending.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// The version of the format.
    pub schema: u32,
    /// Whose credential, as [`Location`](crate::domain::credential::Location) is displayed.
    pub source: String,
    /// The refresh token that is about to be spent.
    pub spent: Fingerprint,
    pub at: Timestamp,
}

/// What has to be stored: the answer, with its spans counted from the moment it came.
///
/// `remote` keeps serde's two functions its own: no one else can write it with its tokens in plain text, within another
/// type or alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct NewTokens {
    #[serde(with = "plain")]
    pub access_token: Secret,
    /// The new one, or the old one where that stays good.
    #[serde(with = "plain")]
    pub refresh_token: Secret,
    /// When the access token ends.
    pub expires_at: EpochMillis,
    /// Whether that end was said by the server.
    pub end_is_known: bool,
    /// When the sign-in ends.
    pub login_expires_at: Option<EpochMillis>,
    /// What was granted, where the server said so.
    pub scopes: Option<Vec<String>>,
    /// What was asked for; needed where the store has lost it.
    pub asked_scopes: Vec<String>,
    /// Of whose sign-in, where the server said so.
    pub account_uuid: Option<String>,
    /// The same of the organization.
    pub organization_uuid: Option<String>,
}

impl NewTokens {
    /// As the journal holds it.
    #[expect(clippy::missing_panics_doc, reason = "texts and numbers are always JSON")]
    pub fn to_json(&self) -> Secret {
        let mut bytes = Vec::new();
        Self::serialize(self, &mut serde_json::Serializer::new(&mut bytes)).expect("texts and numbers are JSON");
        Secret::from(String::from_utf8(bytes).expect("JSON is UTF-8"))
    }

    /// From the journal; `None` where it was not written to its end.
    pub fn parse(text: &str) -> Option<Self> {
        let mut reader = serde_json::Deserializer::from_str(text);
        let tokens = Self::deserialize(&mut reader).ok()?;
        reader.end().is_ok().then_some(tokens)
    }
}

/// A token as the journal holds it: the one place where it is plain text.
mod plain {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::domain::secret::Secret;

    pub(super) fn serialize<S: Serializer>(token: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(token.expose())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
        String::deserialize(deserializer).map(Secret::from)
    }
}

/// A text that was about to be written over another one where that stands. Cut off, it leaves a mixture of both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overwrite {
    pub before: Secret,
    /// What was to stand there.
    pub after: Secret,
}

impl Overwrite {
    /// Whether `found` is such a mixture, and neither of the two. Byte by byte, since a power cut keeps any of a file's
    /// blocks and loses any other.
    pub fn explains(&self, found: &[u8]) -> bool {
        let (before, after) = (self.before.expose().as_bytes(), self.after.expose().as_bytes());
        let is_of_either =
            |(place, byte): (usize, &u8)| [before, after].iter().any(|text| text.get(place) == Some(byte));
        let has_such_a_length = found.len() >= before.len().min(after.len());
        found != before && found != after && has_such_a_length && found.iter().enumerate().all(is_of_either)
    }

    /// As the journal holds it.
    #[expect(clippy::missing_panics_doc, reason = "texts are always JSON")]
    pub fn to_json(&self) -> Secret {
        Secret::from(serde_json::to_string(&[self.before.expose(), self.after.expose()]).expect("texts are JSON"))
    }

    /// From the journal; `None` where it was not written to its end.
    pub fn parse(text: &str) -> Option<Self> {
        let [before, after]: [String; 2] = serde_json::from_str(text).ok()?;
        Some(Self { before: before.into(), after: after.into() })
    }
}

/// What an earlier run left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// What it was about to do.
    pub intent: Intent,
    /// The answer, where it came and was noted.
    pub answer: Option<NewTokens>,
    /// What it was about to write over, where it had to do that in place.
    pub overwrite: Option<Overwrite>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mixture_of_two_texts_is_known_from_anything_else() {
        let check = |before: &str, after: &str, found: &str, expected: bool| {
            let text = |text: &str| Secret::from(text.to_owned());
            let overwrite = Overwrite { before: text(before), after: text(after) };
            assert_eq!(overwrite.explains(found.as_bytes()), expected, "{found}");
            assert_eq!(Overwrite::parse(overwrite.to_json().expose()), Some(overwrite));
        };
        check("aaaaaa", "bbbb", "aaaaaa", false);
        check("aaaaaa", "bbbb", "bbbb", false);
        check("aaaaaa", "bbbb", "bbaaaa", true);
        check("aaaaaa", "bbbb", "bbbbaa", true);
        check("aaaa", "bbbbbb", "bbba", true);
        check("aaaa", "bbbbbb", "bbbbb", true);
        check("aaaa", "bbbbbb", "bb", false);
        check("aaaa", "bbbbbb", "bbca", false);
        check("aaaa", "bbbbbb", "bbbbbbb", false);
        check("\"é\n", "\"\u{1}", "\"\u{1}", false);
        assert_eq!(Overwrite::parse("[\"a\",\"b"), None);
    }

    #[test]
    fn the_journal_keeps_its_format() {
        let tokens = NewTokens {
            access_token: Secret::from("a2".to_owned()),
            refresh_token: Secret::from("r2".to_owned()),
            expires_at: EpochMillis(5),
            end_is_known: true,
            login_expires_at: Some(EpochMillis(6)),
            scopes: None,
            asked_scopes: vec!["s".to_owned()],
            account_uuid: Some("acc".to_owned()),
            organization_uuid: None,
        };
        let text = tokens.to_json();
        let expected = concat!(
            r#"{"access_token":"a2","refresh_token":"r2","expires_at":5,"end_is_known":true,"login_expires_at":6,"#,
            r#""scopes":null,"asked_scopes":["s"],"account_uuid":"acc","organization_uuid":null}"#
        );
        assert_eq!(text.expose(), expected);
        assert_eq!(NewTokens::parse(expected).as_ref(), Some(&tokens));
        for cut in [&expected[..expected.len() - 1], "", &format!("{expected}x")] {
            assert_eq!(NewTokens::parse(cut), None, "{cut}");
        }
    }
}
