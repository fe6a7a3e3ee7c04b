//! The status line for people without a menu bar, and what is printed once at a terminal.

use std::io::{self, IsTerminal, Write};

use super::environment;
use crate::domain::facts::TrayHost;
use crate::domain::sync::scrub::without_tokens;
use crate::ports::screen::{HostWords, TrayView};

/// One line that follows the time left: rewritten in a terminal that can, repeated elsewhere.
#[derive(Debug)]
pub struct StatusLine {
    words: HostWords,
    host: Option<TrayHost>,
    in_place: bool,
    last: String,
}

impl StatusLine {
    /// A line that was not begun yet.
    pub fn new(words: HostWords) -> Self {
        let in_place = io::stdout().is_terminal() && !environment::terminal_is_dumb();
        Self { words, host: None, in_place, last: String::new() }
    }

    /// Whether the menu bar shows it all.
    fn is_silent(&self) -> bool {
        self.host == Some(TrayHost::Present)
    }

    /// Shows the view's lines, unless the menu bar does. Says why there is a line, or why there is none, once for each
    /// reason.
    pub fn draw(&mut self, view: &TrayView, host: TrayHost) {
        if self.host.as_ref() != Some(&host) {
            self.end();
            say((self.words)(&host));
            self.host = Some(host);
        }
        let text = view.texts().join(" | ");
        let text = if self.in_place { cut(&text, columns()) } else { text };
        if self.is_silent() || text == self.last {
            return;
        }
        // Erases the line before, which may have been longer.
        write(&if self.in_place { format!("\r\x1b[2K{text}") } else { format!("{text}\n") });
        self.last = text;
    }

    /// Leaves the terminal at the start of a new line.
    pub fn end(&mut self) {
        if self.in_place && !self.last.is_empty() {
            write("\n");
        }
        self.last.clear();
    }
}

/// How wide a terminal is that does not say it.
const USUAL_COLUMNS: usize = 80;

/// How wide the terminal is now. A serial line, and many a terminal of a CI, has 0 columns: that is "unknown".
fn columns() -> usize {
    let columns = rustix::termios::tcgetwinsize(io::stdout()).map_or(0, |size| usize::from(size.ws_col));
    if columns == 0 { USUAL_COLUMNS } else { columns }
}

/// A line that wraps could not be erased: only its last row would be. Half a number would be another one.
fn cut(text: &str, columns: usize) -> String {
    if text.chars().count() < columns {
        return text.to_owned();
    }
    let room = columns.saturating_sub(2);
    let end = text.char_indices().nth(room).map_or(text.len(), |(end, _)| end);
    let (kept, rest) = text.split_at(end);
    let is_of_a_word = |letter: char| !letter.is_whitespace();
    let begun = if rest.starts_with(is_of_a_word) { kept.trim_end_matches(is_of_a_word).len() } else { kept.len() };
    let whole = if kept[begun..].contains(|letter: char| letter.is_ascii_digit()) { &kept[..begun] } else { kept };
    format!("{whole}…")
}

fn write(text: &str) {
    let mut stdout = io::stdout().lock();
    // Nobody reads any more, as after `wick | head -1`: the menu bar and the alerts go on.
    drop(stdout.write_all(without_tokens(text).as_bytes()).and_then(|()| stdout.flush()));
}

/// Says one line to whoever started the program.
pub fn say(text: &str) {
    write(&format!("{text}\n"));
}

#[cfg(test)]
mod tests {
    use super::*;

    // See: https://github.com/travis-ci/travis-ci/issues/6896
    #[test]
    fn a_line_is_cut_beside_its_numbers() {
        let text = "Access token: 2h 59m left";
        for columns in 0..40 {
            let cut = cut(text, columns);
            assert!(cut.chars().count() <= columns.max(1), "{columns}: {cut}");
            let Some(kept) = cut.strip_suffix('…') else { continue };
            assert!(text.starts_with(kept), "{columns}: {cut}");
            let (last, next) = (kept.split(' ').next_back(), text[kept.len()..].split(' ').next());
            let word = [last, next].map(Option::unwrap_or_default).concat();
            let is_whole =
                last == Some("") || next == Some("") || !word.contains(|letter: char| letter.is_ascii_digit());
            assert!(is_whole, "{columns}: {cut}");
        }
        assert_eq!((cut(text, 20).as_str(), cut(text, 80).as_str()), ("Access token: 2h …", text));
    }
}
