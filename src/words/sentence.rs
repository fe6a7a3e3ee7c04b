//! What a sentence is: what happened, and what to do about it.

use serde::Serialize;

use crate::domain::sync::scrub::without_tokens;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sentence {
    /// For programs: one of a closed list, and never changed.
    pub code: &'static str,
    /// What happened; it begins in lower case, and may stand after a name and a colon.
    pub message: String,
    /// What to do, in the same form.
    pub action: String,
    /// The same by an item of the menu, for whoever has that before them; empty where no item does it.
    #[serde(skip)]
    pub click: String,
    /// What another program or computer said of it, scrubbed; empty for nothing. Shown at the terminal alone: in no JSON,
    /// no file, no notification and no menu, for nobody knows what it holds.
    #[serde(skip)]
    pub said: String,
}

/// `say!(code => "what happened", "what to do", name = value, …)`: both texts take names in braces, as `format!` does,
/// those that are given here too.
macro_rules! say {
    ($code:expr => $message:literal, $action:literal $(, $name:ident = $value:expr)*) => {{
        $(let $name = $value;)*
        $crate::words::sentence::Sentence::new($code, format!($message), format!($action))
    }};
}
pub(super) use say;

impl Sentence {
    /// A path or a name in it may be a token in the wrong place.
    pub fn new(code: &'static str, message: impl AsRef<str>, action: impl AsRef<str>) -> Self {
        let (message, action) = (without_tokens(message.as_ref()), without_tokens(action.as_ref()));
        Self { code, message, action, click: String::new(), said: String::new() }
    }

    /// The same with what another program or computer said of it.
    #[must_use]
    pub(super) fn quoting(self, said: &str) -> Self {
        Self { said: said.to_owned(), ..self }
    }

    /// The same, for which the menu has an item.
    #[must_use]
    pub(super) fn or_click(self, click: &str) -> Self {
        Self { click: click.to_owned(), ..self }
    }

    /// What happened, and what was said of it: for the terminal alone.
    pub fn at_the_terminal(&self) -> String {
        let Self { message, said, .. } = self;
        if said.is_empty() { message.clone() } else { format!("{message}: \"{said}\"") }
    }

    /// A line each: at a terminal, or in the menu.
    pub fn lines(&self, at_a_terminal: bool) -> [String; 2] {
        [&self.message, self.act(at_a_terminal)].map(capital)
    }

    /// What to do: at a terminal, or with the menu at hand.
    pub fn act(&self, at_a_terminal: bool) -> &str {
        if at_a_terminal || self.click.is_empty() { &self.action } else { &self.click }
    }

    /// For the body of a notification.
    pub fn paragraph(&self) -> String {
        format!("{}. What to do: {}.", capital(&self.message), self.act(false))
    }
}

pub fn usage(what: &str) -> Sentence {
    say!("usage" => "{what}", "see \"wick --help\", or --help after the command's name")
}

pub const SIGN_IN: &str = "run \"claude\" and sign in";

/// The first letter made a capital, for sentences that begin a line.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// `what happened: why`, as far as that is known.
pub(super) fn because(what: &str, why: Option<String>) -> String {
    why.map_or_else(|| what.to_owned(), |why| format!("{what}: {why}"))
}

/// What someone typed, repeated: without a token that was put into the wrong place.
pub fn typed(text: &str) -> String {
    without_tokens(text)
}

/// ` (503)`, where the status is known.
pub(super) fn numbered(status: u16) -> String {
    if status == 0 { String::new() } else { format!(" ({status})") }
}

/// Alternatives: `one, two or three`.
pub fn or(words: impl IntoIterator<Item = impl Into<String>>) -> String {
    let mut words: Vec<String> = words.into_iter().map(Into::into).collect();
    let last = words.pop().unwrap_or_default();
    if words.is_empty() { last } else { format!("{} or {last}", words.join(", ")) }
}

/// The first `most` of these names, and how many more there are.
pub fn named(names: &[&str], most: usize, separator: &str) -> String {
    let more = names.len().saturating_sub(most);
    let first = names[..names.len() - more].join(separator);
    if more == 0 { first } else { format!("{first}{separator}and {more} more") }
}
