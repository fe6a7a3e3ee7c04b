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
}

impl ConfigError {
    pub(super) fn new(text: &str, span: Option<Range<usize>>, message: impl Into<String>) -> Self {
        let line = span.map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        Self { line, message: message.into() }
    }

    /// Text that is no TOML, in the parser's words, and with what to write where those do not say it.
    pub(super) fn syntax(text: &str, found: &TomlError) -> Self {
        let said = found.message().trim().replace('\n', "; ");
        let message = match said.as_str() {
            "duplicate key" => {
                let key = found.span().and_then(|span| text.get(span)).map_or("…", |key| shown(key.trim()));
                format!("`{key}` is there twice; keep one of the two")
            }
            _ if said.starts_with("invalid float") => format!("{said}; a text stands in quotes: write \"…\""),
            _ => said,
        };
        Self::new(text, found.span(), message)
    }
}

/// A key as it may be shown: one that is unlike every key there is may be a token in the wrong place.
pub(super) fn shown(key: &str) -> &str {
    let plain = key.len() <= 32 && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if plain && !has_token(key) { key } else { "…" }
}
