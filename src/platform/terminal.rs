//! The status line for people without a menu bar, and what is printed once at a terminal.

use std::io::{self, IsTerminal, Write};

use crate::domain::facts::TrayHost;
use crate::ports::screen::{HostWords, TrayView};

/// One line that follows the time left: rewritten in a terminal, repeated elsewhere.
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
        Self { words, host: None, in_place: io::stdout().is_terminal(), last: String::new() }
    }

    /// Whether the menu bar shows it all.
    pub fn is_silent(&self) -> bool {
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

/// How wide the terminal is now.
fn columns() -> usize {
    rustix::termios::tcgetwinsize(io::stdout()).map_or(80, |size| usize::from(size.ws_col).max(20))
}

/// A line that wraps could not be erased: only its last row would be.
fn cut(text: &str, columns: usize) -> String {
    if text.chars().count() < columns {
        return text.to_owned();
    }
    let kept: String = text.chars().take(columns - 2).collect();
    format!("{kept}…")
}

fn write(text: &str) {
    let mut stdout = io::stdout().lock();
    // Nobody reads any more, as after `wick | head -1`: the menu bar and the alerts go on.
    drop(stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()));
}

/// Says one line to whoever started the program.
pub fn say(text: &str) {
    write(&format!("{text}\n"));
}
