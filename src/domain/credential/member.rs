//! What one member of a sign-in means, judged as Claude Code judges it: it is a JavaScript program, and compares what it
//! finds without asking for its type.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::document::{Document, parse_leniently};
use crate::domain::secret::Secret;
use crate::domain::time::EpochMillis;

/// When a token ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::domain) enum End {
    /// Nothing is stored: Claude Code never refreshes such a token.
    NotStored,
    At(EpochMillis),
    /// What is stored is no moment. Claude Code uses the token, and never refreshes it.
    Unclear,
}

impl End {
    pub(in crate::domain) fn moment(self) -> Option<EpochMillis> {
        match self {
            Self::At(moment) => Some(moment),
            Self::NotStored | Self::Unclear => None,
        }
    }
}

/// What stands where a token belongs.
pub(super) enum Token {
    /// What JavaScript takes for false, such as an empty text, or nothing at all: Claude Code has no token then.
    Absent,
    Text(Secret),
    /// Something that no server ever gave.
    Nonsense,
}

pub(super) fn value(members: &Document, member: &str) -> Value {
    // The raw text was parsed once already, as part of the whole: what fails here is nested too deep, or too great.
    members.get(member).map_or(Value::Null, |raw| parse_leniently(raw.expose()).unwrap_or(Value::Array(Vec::new())))
}

pub(super) fn token(members: &Document, member: &str) -> Token {
    match value(members, member) {
        Value::Null | Value::Bool(false) => Token::Absent,
        Value::Number(number) if number.as_f64() == Some(0.0) => Token::Absent,
        Value::String(text) if text.is_empty() => Token::Absent,
        // Claude Code trims its tokens, too.
        Value::String(text) if !text.trim().is_empty() => Token::Text(Secret::from(text.trim().to_owned())),
        _ => Token::Nonsense,
    }
}

/// Of what is only shown, a form that is not understood counts as absent: the clocks matter more. So does one that a
/// terminal would take for a command.
pub(super) fn shown_text(members: &Document, member: &str) -> Option<String> {
    match value(members, member) {
        Value::String(text) if !text.is_empty() && !text.contains(char::is_control) => Some(text),
        _ => None,
    }
}

/// Epoch milliseconds in any form that JavaScript's `Number` makes a number of, or a date as text, of which it makes none.
pub(in crate::domain) fn end(members: &Document, member: &str) -> End {
    let Some(raw) = members.get(member) else { return End::NotStored };
    // Before it is taken for a value: a number may be greater than any that a value holds.
    if let Some(moment) = number(raw.expose()) {
        return End::At(moment);
    }
    match value(members, member) {
        Value::Null => End::NotStored,
        other => as_number(&other).map_or(End::Unclear, End::At),
    }
}

/// A list is taken for the text of what is in it.
fn as_number(value: &Value) -> Option<EpochMillis> {
    match value {
        Value::Null => Some(EpochMillis(0)),
        Value::Bool(truth) => Some(EpochMillis(i64::from(*truth))),
        Value::Number(digits) => number(&digits.to_string()),
        Value::String(text) if text.trim().is_empty() => Some(EpochMillis(0)),
        Value::String(text) => number(text.trim()).or_else(|| date(text.trim())),
        Value::Array(items) => match items.as_slice() {
            [] => Some(EpochMillis(0)),
            [Value::Bool(_)] => None,
            [item] => as_number(item),
            _ => None,
        },
        Value::Object(_) => None,
    }
}

fn number(digits: &str) -> Option<EpochMillis> {
    // Rust takes some words for numbers, JavaScript others.
    if digits.contains(|letter: char| letter.is_ascii_alphabetic() && !letter.eq_ignore_ascii_case(&'e')) {
        return None;
    }
    if let Ok(whole) = digits.parse::<i64>() {
        return Some(EpochMillis(whole));
    }
    // Saturates: a number that no clock reaches stays such a number.
    #[expect(clippy::cast_possible_truncation, reason = "a fraction of a millisecond decides nothing")]
    digits.parse::<f64>().ok().map(|real| EpochMillis(real.floor() as i64))
}

fn date(text: &str) -> Option<EpochMillis> {
    let midnight =
        || text.parse::<Date>().ok()?.to_zoned_datetime(TimeZone::UTC).ok().map(|midnight| midnight.timestamp());
    text.parse::<Timestamp>().ok().or_else(midnight).map(EpochMillis::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_what_javascript_makes_a_number_of_or_a_date() {
        let check = |raw: &str, expected: End| {
            let members = Document::parse(&format!(r#"{{"expiresAt":{raw}}}"#)).expect("valid JSON");
            assert_eq!(end(&members, "expiresAt"), expected, "{raw}");
        };
        let at = |millis: i64| End::At(EpochMillis(millis));
        for raw in [
            "1800000000000",
            "\"1800000000000\"",
            "\" 1800000000000 \"",
            "1.8e12",
            "1800000000000.7",
            "[1800000000000]",
        ] {
            check(raw, at(1_800_000_000_000));
        }
        check("\"2027-01-15T08:00:00.000Z\"", at(1_800_000_000_000));
        check("\"2027-01-15T09:00:00+01:00\"", at(1_800_000_000_000));
        check("\"2027-01-15\"", at(1_799_971_200_000));
        check("-5", at(-5));
        check("1e300", at(i64::MAX));
        check("1e400", at(i64::MAX));
        check("-1e400", at(i64::MIN));
        for raw in ["\"\"", "\" \"", "false", "[]", "[null]", "0", "-0"] {
            check(raw, at(0));
        }
        check("true", at(1));
        check("null", End::NotStored);
        for raw in ["\"never\"", "{}", "[1,2]", "[true]", "\"inf\"", "\"nan\"", "\"0x10\""] {
            check(raw, End::Unclear);
        }
        assert_eq!(end(&Document::default(), "expiresAt"), End::NotStored);
    }
}
