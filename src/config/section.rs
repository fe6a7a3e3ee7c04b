//! Reads one table of a TOML document key by key, and knows afterwards which keys nobody asked for.
//!
//! Every complaint names the line, what stands there and what to write instead.

use std::cell::RefCell;
use std::ops::Range;

use jiff::{SignedDuration, Span, SpanRelativeTo};
use toml_edit::{Item, TableLike, TomlError, Value};

use super::ConfigError;
use crate::domain::settings::is_secret_name;

/// A table of the document being read.
pub(super) struct Section<'a> {
    text: &'a str,
    name: String,
    table: &'a dyn TableLike,
    /// Where the table begins.
    span: Option<Range<usize>>,
    asked: RefCell<Vec<&'static str>>,
}

/// A value with the place it stands at.
pub(super) struct Found<'a> {
    pub(super) value: &'a Value,
    key: String,
    text: &'a str,
}

impl<'a> Section<'a> {
    pub(super) fn new(text: &'a str, name: &str, table: &'a dyn TableLike, span: Option<Range<usize>>) -> Self {
        Self { text, name: name.to_owned(), table, span, asked: RefCell::default() }
    }

    /// The value of a key, or `None` where it is not set.
    pub(super) fn get(&self, key: &'static str) -> Result<Option<Found<'a>>, ConfigError> {
        self.ask(key);
        match self.table.get(key) {
            None => Ok(None),
            Some(Item::Value(value)) => Ok(Some(Found { value, key: self.path(key), text: self.text })),
            Some(item) => {
                Err(error(self.text, item.span(), format!("`{}` is a table; write `{key} = …`", self.path(key))))
            }
        }
    }

    /// The tables under a key that is repeated as `[[key]]` or written as an array of inline tables.
    pub(super) fn tables(&self, key: &'static str) -> Result<Vec<Self>, ConfigError> {
        self.ask(key);
        let wrong = |span| error(self.text, span, format!("`{key}` is no list of tables; write `[[{key}]]`"));
        let table = |table: &'a dyn TableLike, span| Self::new(self.text, key, table, span);
        match self.table.get(key) {
            None => Ok(Vec::new()),
            Some(Item::ArrayOfTables(tables)) => Ok(tables.iter().map(|found| table(found, found.span())).collect()),
            Some(Item::Value(Value::Array(values))) => values
                .iter()
                .map(|value| {
                    value.as_inline_table().map(|found| table(found, value.span())).ok_or_else(|| wrong(value.span()))
                })
                .collect(),
            Some(item) => Err(wrong(item.span())),
        }
    }

    /// The table under a key, or `None` where it is not set.
    pub(super) fn table(&self, key: &'static str) -> Result<Option<Self>, ConfigError> {
        self.ask(key);
        match self.table.get(key) {
            None => Ok(None),
            Some(item) => {
                let path = self.path(key);
                let wrong = || error(self.text, item.span(), format!("`{path}` is no table; write `[{path}]`"));
                let table = item.as_table_like().ok_or_else(wrong)?;
                Ok(Some(Self::new(self.text, &path, table, item.span())))
            }
        }
    }

    /// Every key with its value, in the file's order; for tables whose keys the user chooses.
    pub(super) fn entries(&self) -> Result<Vec<(&'a str, Found<'a>)>, ConfigError> {
        let entry = |(key, item): (&'a str, &'a Item)| match item {
            Item::Value(value) => {
                let name = if is_secret_name(key) { key } else { "…" };
                Ok((key, Found { value, key: self.path(name), text: self.text }))
            }
            _ => Err(error(self.text, item.span(), format!("a table under `{}`; write `NAME = \"…\"`", self.name))),
        };
        self.table.iter().map(entry).collect()
    }

    /// Complains about the first key that nobody asked for.
    pub(super) fn finish(self) -> Result<(), ConfigError> {
        let asked = self.asked.borrow();
        for (key, item) in self.table.iter() {
            if asked.contains(&key) {
                continue;
            }
            let span = self.table.key(key).and_then(toml_edit::Key::span).or_else(|| item.span());
            let near = nearest(key, asked.iter().copied());
            return Err(error(self.text, span, format!("unknown key `{}`; {near}", self.path(shown(key)))));
        }
        Ok(())
    }

    /// A complaint about the table as a whole.
    pub(super) fn refuse(&self, message: impl Into<String>) -> ConfigError {
        let first = self.table.iter().find_map(|(key, _)| self.table.key(key).and_then(toml_edit::Key::span));
        error(self.text, first.or_else(|| self.span.clone()), message.into())
    }

    fn ask(&self, key: &'static str) {
        let mut asked = self.asked.borrow_mut();
        if !asked.contains(&key) {
            asked.push(key);
        }
    }

    fn path(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }
}

impl Found<'_> {
    /// Says the key and what belongs there, never what stands there: that may be a token in the wrong place.
    pub(super) fn refuse(&self, expected: &str) -> ConfigError {
        error(self.text, self.value.span(), format!("`{}` is not understood; write {expected}", self.key))
    }

    pub(super) fn text(&self, expected: &str) -> Result<&str, ConfigError> {
        self.value.as_str().ok_or_else(|| self.refuse(expected))
    }

    /// A text that is not empty.
    pub(super) fn full_text(&self, expected: &str) -> Result<&str, ConfigError> {
        let text = self.text(expected)?;
        if text.is_empty() { Err(self.refuse(expected)) } else { Ok(text) }
    }

    pub(super) fn bool(&self) -> Result<bool, ConfigError> {
        self.value.as_bool().ok_or_else(|| self.refuse("`true` or `false`"))
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy>(&self, words: &[(&str, T)]) -> Result<T, ConfigError> {
        let chosen = self.value.as_str().and_then(|word| words.iter().find(|(name, _)| *name == word));
        chosen.map(|(_, value)| *value).ok_or_else(|| self.refuse(&list(words.iter().map(|(name, _)| *name))))
    }

    pub(super) fn texts(&self, expected: &str) -> Result<Vec<String>, ConfigError> {
        let items = self.value.as_array().ok_or_else(|| self.refuse(expected))?;
        let item = |value: &Value| value.as_str().map(str::to_owned).ok_or_else(|| self.refuse(expected));
        items.iter().map(item).collect()
    }

    /// A span such as `"4m"`, `"1h 30m"` or `"7d"`; a day is 24 hours.
    pub(super) fn duration(&self) -> Result<SignedDuration, ConfigError> {
        let expected = "a span such as \"4m\", \"2h\" or \"7d\"";
        parse_span(self.text(expected)?).ok_or_else(|| self.refuse(expected))
    }

    pub(super) fn durations(&self) -> Result<Vec<SignedDuration>, ConfigError> {
        let expected = "spans such as [\"7d\", \"3d\", \"1d\"]";
        self.texts(expected)?.iter().map(|text| parse_span(text).ok_or_else(|| self.refuse(expected))).collect()
    }
}

/// At most a year, and more than nothing: what lies outside is a slip of the pen.
fn parse_span(text: &str) -> Option<SignedDuration> {
    let span: Span = text.trim().parse().ok()?;
    let span = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    (span.is_positive() && span <= SignedDuration::from_hours(366 * 24)).then_some(span)
}

pub(super) fn error(text: &str, span: Option<Range<usize>>, message: String) -> ConfigError {
    let line = span.map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
    ConfigError { line, message }
}

/// Text that is no TOML, in the parser's words, and with what to write where those do not say it.
pub(super) fn syntax(text: &str, found: &TomlError) -> ConfigError {
    let said = found.message().trim().replace('\n', "; ");
    let message = match said.as_str() {
        "duplicate key" => {
            let key = found.span().and_then(|span| text.get(span)).map_or("…", |key| shown(key.trim()));
            format!("`{key}` is there twice; keep one of the two")
        }
        _ if said.starts_with("invalid float") => format!("{said}; a text stands in quotes: write \"…\""),
        _ => said,
    };
    error(text, found.span(), message)
}

/// A key as it may be shown: one that is unlike every key there is may be a token in the wrong place.
fn shown(key: &str) -> &str {
    let plain = key.len() <= 32 && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if plain { key } else { "…" }
}

fn list<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ")
}

/// Further apart than this, two words are not each other's slip of the pen.
const NEAR: f64 = 0.7;

fn nearest<'a>(key: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    let distance = |word: &&str| strsim::jaro_winkler(key, word);
    match known.clone().max_by(|a, b| distance(a).total_cmp(&distance(b))) {
        Some(word) if distance(&word) >= NEAR => format!("did you mean `{word}`?"),
        _ => format!("known here: {}", known.map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")),
    }
}
