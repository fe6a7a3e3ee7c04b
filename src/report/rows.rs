//! Lines for people, each with a state: as they are for a pipe, and laid out on a terminal.

use crate::domain::text::fit::wrapped;
use crate::domain::text::harmless;

/// What a state means, beside its name or its shape: no color is needed to tell them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Nothing is to be done.
    Good,
    /// To be looked at.
    Warning,
    /// Something is to be done.
    Bad,
}

impl Tone {
    /// The text in the color of a terminal: green, yellow, red.
    pub fn paint(self, text: &str) -> String {
        let color = match self {
            Self::Good => 32,
            Self::Warning => 33,
            Self::Bad => 31,
        };
        format!("\u{1b}[{color}m{text}\u{1b}[0m")
    }
}

/// Those of the same key together, in the order in which the keys come first; each by itself where they are not to be folded.
pub(super) fn grouped<Key: PartialEq, Name>(
    names: impl IntoIterator<Item = (Key, Name)>,
    is_folded: bool,
) -> Vec<(Key, Vec<Name>)> {
    let mut groups: Vec<(Key, Vec<Name>)> = Vec::new();
    for (key, name) in names {
        match groups.iter_mut().find(|(known, _)| is_folded && *known == key) {
            Some((_, names)) => names.push(name),
            None => groups.push((key, vec![name])),
        }
    }
    groups
}

/// What is before a text, with a state, and what is below it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// In columns of their own, with the blanks that fill them.
    pub before: String,
    pub state: String,
    pub after: String,
    /// Of the state; without one, of the text.
    pub tone: Option<Tone>,
    /// Wraps under its own column.
    pub text: String,
    /// What to do about it, a line each.
    pub action: Option<String>,
}

/// So wide a column of text is worth reading; below that, a text stands under its row.
const NARROW: usize = 24;
/// How far it is put in there.
const INDENT: usize = 4;

/// A terminal's columns, and whether it shows colors.
pub type Size = (usize, bool);

/// The lines of these rows; where there is no terminal, one each.
pub fn lines(rows: &[Row], size: Option<Size>) -> Vec<String> {
    let rows: Vec<Row> = rows.iter().map(Row::harmless).collect();
    let Some((columns, is_colored)) = size else {
        return rows.iter().flat_map(Row::piped).collect();
    };
    let longest = rows.iter().map(Row::indent).max().unwrap_or_default();
    let is_narrow = columns < longest + NARROW && rows.iter().any(|row| row.indent() + row.length() > columns);
    rows.iter().flat_map(|row| row.drawn(columns, is_narrow, is_colored)).collect()
}

impl Row {
    fn harmless(&self) -> Self {
        let [before, state, after, text] =
            [&self.before, &self.state, &self.after, &self.text].map(|text| harmless(text));
        Self { before, state, after, text, tone: self.tone, action: self.action.as_deref().map(harmless) }
    }

    fn indent(&self) -> usize {
        [&self.before, &self.state, &self.after].map(|text| text.chars().count()).iter().sum()
    }

    fn length(&self) -> usize {
        self.text.chars().count()
    }

    fn piped(&self) -> Vec<String> {
        let Self { before, state, after, text, action, .. } = self;
        let line = format!("{before}{state}{after}{text}").trim_end().to_owned();
        let acts = action.iter().flat_map(|action| action.lines());
        let acts = acts.map(|action| format!("{:indent$}-> {action}", "", indent = self.indent()));
        [line].into_iter().chain(acts).collect()
    }

    fn drawn(&self, columns: usize, is_narrow: bool, is_colored: bool) -> Vec<String> {
        let painted = |text: &str| match self.tone.filter(|_| is_colored && !text.is_empty()) {
            Some(tone) => tone.paint(text),
            None => text.to_owned(),
        };
        let indent = if is_narrow { INDENT } else { self.indent() };
        let room = columns.saturating_sub(indent).max(1);
        let mut texts = if self.text.is_empty() { Vec::new() } else { wrapped(&self.text, room) };
        if self.state.is_empty() {
            texts = texts.iter().map(|text| painted(text)).collect();
        }
        let state = self.state.trim_end();
        let head = if is_narrow {
            let parts = [self.before.trim_end().to_owned(), painted(state), self.after.trim().to_owned()];
            parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("  ")
        } else {
            let first = if texts.is_empty() { String::new() } else { texts.remove(0) };
            let filled = &self.state[state.len()..];
            format!("{}{}{filled}{}{first}", self.before, painted(state), self.after).trim_end().to_owned()
        };
        let mut lines = vec![head];
        let mut put_in = |mark: &str, line: &str| lines.push(format!("{:indent$}{mark}{line}", ""));
        for text in &texts {
            put_in("", text);
        }
        for act in self.action.as_deref().unwrap_or_default().lines() {
            for (number, line) in wrapped(act, room.saturating_sub(3).max(1)).iter().enumerate() {
                put_in(if number == 0 { "-> " } else { "   " }, line);
            }
        }
        lines
    }
}
