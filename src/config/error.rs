//! What is wrong with a config, where, and what to write instead.

use std::ops::Range;

use thiserror::Error;
use toml_edit::TomlError;

use crate::domain::sync::scrub::has_token;

/// Why a config is not used. The user changes the line; until then the last good settings stay in use.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}{message}", .line.map(|line| format!("line {line}: ")).unwrap_or_default())]
pub struct ConfigError {
    /// Counted from 1; absent where the file as a whole is wrong.
    pub line: Option<usize>,
    /// What stands there, and what to write instead.
    pub message: String,
    /// The line, and which of its bytes are meant; absent where it holds a token.
    pub place: Option<(String, Range<usize>)>,
}

/// What to write, by words of what the parser says; the first that fits.
const SYNTAX: [(&[&str], &str); 7] = [
    (&["escape", "unicode"], "a backslash in a text is written twice: `\\\\`"),
    (
        &[
            "must be quoted",
            "invalid float",
            "invalid value",
            "boolean",
            "number",
            "date-time",
            "mantissa",
            "exponent",
            "fraction",
            "radix",
            "unexpected sign",
            "numeric sign",
            "leading zero",
        ],
        "put text in quotes; write `KEY = \"VALUE\"`",
    ),
    (&["quote", "string"], "open and close the quotes on the same line"),
    (&["inline table"], "a table in one line is written `{ NAME = \"VALUE\" }`"),
    (&["table"], "a heading is written `[name]`, or `[[name]]` for one of several, alone in its line"),
    (&["array"], "a list is written `[\"one\", \"two\"]`"),
    (&["value", "key", "="], "a setting is written `KEY = VALUE`, alone in its line"),
];
const NO_TOML: &str = "this is not understood; write `KEY = VALUE`, a heading `[name]`, or a comment after `#`";

impl ConfigError {
    pub(super) fn new(text: &str, span: Option<Range<usize>>, message: impl Into<String>) -> Self {
        let line = span.as_ref().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        let place = span.and_then(|span| place(text, span));
        Self { line, message: message.into(), place }
    }

    /// Text that is no TOML. The parser's own words are a grammarian's; these say what to write.
    pub(super) fn syntax(text: &str, found: &TomlError) -> Self {
        let said = found.message().split(", expected").next().unwrap_or_default().trim();
        if said == "duplicate key" {
            let key = found.span().and_then(|span| text.get(span)).map_or("…", |key| shown(key.trim()));
            return Self::new(text, found.span(), format!("`{key}` is there twice; keep one of the two"));
        }
        let message =
            SYNTAX.iter().find(|(of, _)| of.iter().any(|word| said.contains(word))).map_or(NO_TOML, |found| found.1);
        Self::new(text, found.span(), message)
    }
}

impl ConfigError {
    /// The line with a mark under what is meant, for whoever sits before it: nobody knows what is written there. As much of it
    /// as so many columns hold.
    pub fn quoted(&self, columns: usize) -> Option<String> {
        let (line, meant) = self.place.as_ref()?;
        let number = self.line?.to_string();
        let room = columns.saturating_sub(number.len() + 6).max(1);
        let width = |text: Option<&str>| text.map_or(0, |text| text.chars().count());
        let (before, under) = (width(line.get(..meant.start)), width(line.get(meant.clone())).clamp(1, room));
        let begins = (before + under).saturating_sub(room);
        let plain = |letter: char| if letter.is_control() { ' ' } else { letter };
        let shown: String = line.chars().skip(begins).take(room).map(plain).collect();
        let mark = format!("{:1$}{2}", "", before - begins, "^".repeat(under));
        Some(format!("  {number} | {shown}\n  {:1$} | {mark}", "", number.len()))
    }
}

/// The line in which this begins, without its end, and where in it.
fn place(text: &str, span: Range<usize>) -> Option<(String, Range<usize>)> {
    let before = text.get(..span.start)?;
    let begins = before.rfind('\n').map_or(0, |at| at + 1);
    let line = text[begins..].lines().next().unwrap_or_default();
    let of_line = |at: usize| (at - begins).min(line.len());
    (!has_token(line)).then(|| (line.to_owned(), of_line(span.start)..of_line(span.end.max(span.start))))
}

/// A key as it may be shown: one that is unlike every key there is may be a token in the wrong place.
pub(super) fn shown(key: &str) -> &str {
    let plain = key.len() <= 32 && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if plain && !has_token(key) { key } else { "…" }
}
