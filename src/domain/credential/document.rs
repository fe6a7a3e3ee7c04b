//! A JSON object that can be written back without losing what is not ours.
//!
//! Members are an ordered list of raw keys and raw values, so an escape, a number's form, a nested object or a key that
//! another version of Claude Code added comes out as it went in.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::value::{RawValue, Value};

use crate::domain::secret::Secret;

/// Reads a value in which half of a surrogate pair may stand alone: JavaScript's texts hold such, and Rust's do not.
pub(super) fn parse_leniently(raw: &str) -> Option<Value> {
    serde_json::from_str(raw).or_else(|_| serde_json::from_str(&without_lone_surrogates(raw))).ok()
}

/// The same JSON with the replacement character where `\ud800` to `\udfff` are no half of a pair.
fn without_lone_surrogates(raw: &str) -> String {
    let unit = |text: &str| text.strip_prefix("\\u").and_then(|rest| u16::from_str_radix(rest.get(..4)?, 16).ok());
    let (mut text, mut rest) = (String::with_capacity(raw.len()), raw);
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        text.push_str(before);
        let follows = || escape.get(6..).and_then(unit);
        let (kept, length) = match unit(escape) {
            Some(0xd800..=0xdbff) if matches!(follows(), Some(0xdc00..=0xdfff)) => (None, 12),
            Some(0xd800..=0xdfff) => (Some("\\ufffd"), 6),
            // A backslash that stands for itself must not begin the next escape.
            _ => (None, escape.chars().take(2).map(char::len_utf8).sum()),
        };
        text.push_str(kept.unwrap_or(&escape[..length]));
        rest = &escape[length..];
    }
    text.push_str(rest);
    text
}

/// The members of one JSON object, in their order, each as the text it was written in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    members: Vec<Member>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Member {
    /// What the key means, without quotes and escapes.
    name: String,
    raw_key: String,
    raw_value: Secret,
}

impl Document {
    /// Reads one JSON object.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// The raw JSON text of a member. Of two members with one name the last counts, as it does to Claude Code.
    pub fn get(&self, key: &str) -> Option<&Secret> {
        self.members.iter().rev().find(|member| member.name == key).map(|member| &member.raw_value)
    }

    /// Gives a member another value, in its place; a new one goes to the end.
    pub fn set(&mut self, key: &str, raw: Secret) {
        if let Some(member) = self.members.iter_mut().rev().find(|member| member.name == key) {
            member.raw_value = raw;
        } else {
            let raw_key = Value::from(key).to_string();
            self.members.push(Member { name: key.to_owned(), raw_key, raw_value: raw });
        }
    }

    /// The same with a text, of which no copy is made that nobody wipes.
    #[expect(clippy::missing_panics_doc, reason = "a text is always JSON")]
    pub fn set_text(&mut self, key: &str, text: &str) {
        self.set(key, Secret::from(serde_json::to_string(text).expect("a text is JSON")));
    }

    /// Takes a member out.
    pub fn remove(&mut self, key: &str) {
        self.members.retain(|member| member.name != key);
    }

    /// Takes out every member but these.
    pub fn retain(&mut self, keys: &[&str]) {
        self.members.retain(|member| keys.contains(&member.name.as_str()));
    }

    /// The object as compact JSON, every key and value to the byte as it was read.
    pub fn to_json(&self) -> Secret {
        let mut text = String::from("{");
        for (index, member) in self.members.iter().enumerate() {
            if index > 0 {
                text.push(',');
            }
            text.push_str(&member.raw_key);
            text.push(':');
            text.push_str(member.raw_value.expose());
        }
        text.push('}');
        Secret::from(text)
    }
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Document;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Document, A::Error> {
                let mut members = Vec::new();
                while let Some((key, value)) = map.next_entry::<Box<RawValue>, Box<RawValue>>()? {
                    let Some(Value::String(name)) = parse_leniently(key.get()) else {
                        return Err(A::Error::custom("a key is a text"));
                    };
                    let raw_value = Secret::from(String::from(Box::<str>::from(value)));
                    members.push(Member { name, raw_key: key.get().to_owned(), raw_value });
                }
                Ok(Document { members })
            }
        }

        deserializer.deserialize_map(Members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_ours_comes_out_to_the_byte() {
        for text in [
            "{}",
            r#"{"a":1.50e3,"b":{"z":1,"a":[ 1,2 ]},"c":"\u00e9","b2":null}"#,
            r#"{"mcpOAuth":{"x|1":{"accessToken":"t"}},"quote\"d":12345678901234567890}"#,
            r#"{"\u00e9\/x":1,"n\/ew":{"\u0061":"\/"},"é":2}"#,
            r#"{"\ud800":1,"\ud83d\ude00":2,"\\ud800":3,"x\udc00\ud800":"\ud800"}"#,
        ] {
            assert_eq!(Document::parse(text).expect("valid JSON").to_json().expose(), text);
        }
    }

    #[test]
    fn the_last_of_two_members_with_one_name_counts() {
        let document = Document::parse(r#"{"a":1,"a":2}"#).expect("valid JSON");
        assert_eq!(document.get("a").map(Secret::expose), Some("2"));
        let document = Document::parse(r#"{"access\u0054oken":1}"#).expect("valid JSON");
        assert_eq!(document.get("accessToken").map(Secret::expose), Some("1"), "however it is written");
    }

    #[test]
    fn half_of_a_surrogate_pair_is_replaced_and_nothing_else_is() {
        let check = |raw: &str, expected: &str| assert_eq!(without_lone_surrogates(raw), expected);
        check(r#""\ud800""#, r#""\ufffd""#);
        check(r#""a\udc00\ud800b""#, r#""a\ufffd\ufffdb""#);
        check(r#""\ud83d\ude00\n\\ud800é\ud800""#, r#""\ud83d\ude00\n\\ud800é\ufffd""#);
        check(r#""\ud800\ud83d\ude00""#, r#""\ufffd\ud83d\ude00""#);
        check("no end: \\", "no end: \\");
    }

    #[test]
    fn no_value_is_seen_by_debug() {
        let document = Document::parse(r#"{"accessToken":"tok-sentinel"}"#).expect("valid JSON");
        assert!(!format!("{document:?}").contains("tok-sentinel"));
    }
}
