//! What a sentence is: what happened, and what to do about it.

use serde::Serialize;

/// What happened, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sentence {
    /// A word for programs.
    pub code: &'static str,
    /// What happened.
    pub message: String,
    /// What to do.
    pub action: String,
}

impl Sentence {
    /// A sentence of one's own.
    pub fn new(code: &'static str, message: impl Into<String>, action: impl Into<String>) -> Self {
        Self { code, message: message.into(), action: action.into() }
    }
}

/// A command was written in a way that it cannot be.
pub fn usage(what: &str) -> Sentence {
    Sentence::new("usage", what, "see \"wick --help\", or --help after the command's name")
}

/// What to do where nobody is signed in.
pub const SIGN_IN: &str = "run \"claude\" and sign in";

/// The first letter made a capital, for sentences that begin a line.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
