//! Reads one table of a TOML document key by key, and knows afterwards which keys nobody asked for.
//!
//! Every error names the line, what stands there and what to write instead.

use std::cell::RefCell;
use std::ops::Range;

use toml_edit::{Item, TableLike, Value};

use super::error::{ConfigError, shown};
use crate::domain::settings::is_secret_name;
use crate::domain::sync::scrub::has_token;
use crate::domain::text::near;
use crate::words::sentence::or;

type Result<T> = std::result::Result<T, ConfigError>;

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
    pub(super) fn get(&self, key: &'static str) -> Result<Option<Found<'a>>> {
        match self.item(key) {
            None => Ok(None),
            Some(Item::Value(value)) => Found { value, key: self.path(key), text: self.text }.without_token().map(Some),
            Some(item) => Err(self.wrong(item, format!("`{}` is a table; write `{key} = …`", self.path(key)))),
        }
    }

    /// What the value of a key means, or `None` where it is not set.
    pub(super) fn read<T>(&self, key: &'static str, read: impl Fn(&Found<'a>) -> Result<T>) -> Result<Option<T>> {
        let mut meant = None;
        self.take(key, &mut |found| {
            meant = Some(read(found)?);
            Ok(())
        })?;
        Ok(meant)
    }

    /// Puts what the value of a key means into its place, which stays as it is where the key is not set.
    pub(super) fn set<T>(
        &self,
        key: &'static str,
        read: impl Fn(&Found<'a>) -> Result<T>,
        place: &mut T,
    ) -> Result<()> {
        self.take(key, &mut |found| {
            *place = read(found)?;
            Ok(())
        })
    }

    /// One for all: there are some thirty kinds of values.
    fn take(&self, key: &'static str, take: &mut dyn FnMut(&Found<'a>) -> Result<()>) -> Result<()> {
        self.get(key)?.as_ref().map_or(Ok(()), take)
    }

    /// What the table under a key means, or the default where there is none. A key in it that nobody asks for is refused.
    pub(super) fn part<T: Default>(&self, key: &'static str, read: impl FnOnce(&Self) -> Result<T>) -> Result<T> {
        let Some(section) = self.table(key)? else { return Ok(T::default()) };
        let part = read(&section)?;
        section.finish()?;
        Ok(part)
    }

    /// The tables under a key that is repeated as `[[key]]` or written as an array of inline tables.
    pub(super) fn tables(&self, key: &'static str) -> Result<Vec<Self>> {
        let wrong =
            |span| ConfigError::new(self.text, span, format!("`{key}` is no list of tables; write `[[{key}]]`"));
        let section = |table: &'a dyn TableLike, span| Self::new(self.text, key, table, span);
        match self.item(key) {
            None => Ok(Vec::new()),
            Some(Item::ArrayOfTables(tables)) => Ok(tables.iter().map(|table| section(table, table.span())).collect()),
            Some(Item::Value(Value::Array(values))) => {
                let inline = |value: &'a Value| value.as_inline_table().ok_or_else(|| wrong(value.span()));
                values.iter().map(|value| Ok(section(inline(value)?, value.span()))).collect()
            }
            Some(item) => Err(wrong(item.span())),
        }
    }

    /// The table under a key, or `None` where it is not set.
    pub(super) fn table(&self, key: &'static str) -> Result<Option<Self>> {
        let Some(item) = self.item(key) else { return Ok(None) };
        let path = self.path(key);
        let wrong = || self.wrong(item, format!("`{path}` is no table; write `[{path}]`"));
        let table = item.as_table_like().ok_or_else(wrong)?;
        Ok(Some(Self::new(self.text, &path, table, item.span())))
    }

    /// Every key with its value, in the file's order; for tables whose keys the user chooses.
    pub(super) fn entries(&self) -> Result<Vec<(&'a str, Found<'a>)>> {
        let entry = |(key, item): (&'a str, &'a Item)| match item {
            Item::Value(value) => {
                let name = if is_secret_name(key) && !has_token(key) { key } else { "…" };
                Ok((key, Found { value, key: self.path(name), text: self.text }.without_token()?))
            }
            _ => Err(self.wrong(item, format!("a table under `{}`; write `NAME = \"…\"`", self.name))),
        };
        self.table.iter().map(entry).collect()
    }

    /// Refuses the first key that nobody asked for.
    pub(super) fn finish(self) -> Result<()> {
        let asked = self.asked.borrow();
        let Some((key, item)) = self.table.iter().find(|(key, _)| !asked.contains(key)) else { return Ok(()) };
        let span = self.table.key(key).and_then(toml_edit::Key::span).or_else(|| item.span());
        let near = nearest(key, &asked);
        Err(ConfigError::new(self.text, span, format!("unknown key `{}`; {near}", self.path(shown(key)))))
    }

    /// What is wrong with the table as a whole.
    pub(super) fn refuse(&self, message: impl Into<String>) -> ConfigError {
        let first = self.table.iter().find_map(|(key, _)| self.table.key(key).and_then(toml_edit::Key::span));
        ConfigError::new(self.text, first.or_else(|| self.span.clone()), message)
    }

    /// What is wrong with one of the keys that the user chooses, which is shown as far as it may be.
    pub(super) fn refuse_key(&self, key: &str, why: &str) -> ConfigError {
        let name = if is_secret_name(key) && !has_token(key) { key } else { "…" };
        let span = self.table.key(key).and_then(toml_edit::Key::span).or_else(|| self.span.clone());
        ConfigError::new(self.text, span, format!("`{}` {why}", self.path(name)))
    }

    fn wrong(&self, item: &Item, message: String) -> ConfigError {
        ConfigError::new(self.text, item.span(), message)
    }

    fn item(&self, key: &'static str) -> Option<&'a Item> {
        let mut asked = self.asked.borrow_mut();
        if !asked.contains(&key) {
            asked.push(key);
        }
        self.table.get(key)
    }

    fn path(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }
}

impl Found<'_> {
    /// Refuses a token in the wrong place: whoever reads the file has it, and a program's arguments everyone can see.
    fn without_token(self) -> Result<Self> {
        let is_one = |value: &Value| value.as_str().is_some_and(has_token);
        if is_one(self.value) || self.value.as_array().is_some_and(|values| values.iter().any(is_one)) {
            return Err(self.forbid(
                "has a token in it, and no place of the config is for one; take it out, and revoke it where others could \
                 read it. A command gets the secrets on standard input, and its own from a file that it reads",
            ));
        }
        Ok(self)
    }

    /// Says the key and what belongs there, never what stands there: that may be a token in the wrong place.
    pub(super) fn refuse(&self, expected: &str) -> ConfigError {
        let message = format!("`{}` is not understood; write {expected}", self.key);
        ConfigError::new(self.text, self.value.span(), message)
    }

    /// Says the key and what is wrong with it, in other words than that it is not understood.
    pub(super) fn forbid(&self, why: &str) -> ConfigError {
        ConfigError::new(self.text, self.value.span(), format!("`{}` {why}", self.key))
    }

    pub(super) fn text(&self, expected: &str) -> Result<&str> {
        self.value.as_str().ok_or_else(|| self.refuse(expected))
    }

    /// A text that is not empty.
    pub(super) fn full_text(&self, expected: &str) -> Result<&str> {
        let text = self.text(expected)?;
        if text.is_empty() { Err(self.refuse(expected)) } else { Ok(text) }
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy>(&self, words: &[(&'static str, T)]) -> Result<T> {
        let number = self.number(&|number| words.get(number).map(|(word, _)| *word))?;
        Ok(words[number].1)
    }

    /// Which of these words it is.
    fn number(&self, word: &dyn Fn(usize) -> Option<&'static str>) -> Result<usize> {
        let words = || (0..).map_while(word);
        let chosen = self.value.as_str().and_then(|written| words().position(|word| word == written));
        chosen.ok_or_else(|| {
            let written = self.value.as_str().unwrap_or_default();
            match near::nearest(written, words()) {
                Some(near) => self.forbid(&format!("is not understood; did you mean \"{near}\"?")),
                None => self.refuse(&or(words().map(|word| format!("\"{word}\"")))),
            }
        })
    }

    pub(super) fn texts(&self, expected: &str) -> Result<Vec<String>> {
        let items = self.value.as_array().ok_or_else(|| self.refuse(expected))?;
        let item = |value: &Value| value.as_str().map(str::to_owned).ok_or_else(|| self.refuse(expected));
        items.iter().map(item).collect()
    }
}

fn nearest(key: &str, known: &[&str]) -> String {
    match near::nearest(key, known.iter().copied()) {
        Some(word) => format!("did you mean `{word}`?"),
        None => format!("known here: {}", known.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")),
    }
}
