//! The status line for people without a menu bar, and what is printed once at a terminal.

use std::io::{self, IsTerminal, Write};

use super::environment;
use crate::domain::facts::TrayHost;
use crate::domain::sync::scrub::without_tokens;
use crate::domain::text::fit;
use crate::ports::columns;
use crate::ports::screen::{HostWords, TrayView};

/// The line that follows the time left, in rows of their own where it is too long: rewritten in a terminal that can, repeated elsewhere.
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
        let in_place = io::stdout().is_terminal() && !environment::terminal().is_dumb;
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
        let texts = view.texts();
        let text = if self.in_place { fit::rows(&texts, columns(&io::stdout())).join("\n") } else { texts.join(" | ") };
        if self.is_silent() || text == self.last {
            return;
        }
        let over = || fit::over(self.last.lines().count());
        write(&if self.in_place { format!("{}{text}", over()) } else { format!("{text}\n") });
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

fn write(text: &str) {
    let mut stdout = io::stdout().lock();
    // Nobody reads any more, as after `wick | head -1`: the menu bar and the alerts go on.
    drop(stdout.write_all(without_tokens(text).as_bytes()).and_then(|()| stdout.flush()));
}

/// Says one line to whoever started the program.
pub fn say(text: &str) {
    let stdout = io::stdout();
    let text = if stdout.is_terminal() { fit::wrapped(text, columns(&stdout)).join("\n") } else { text.to_owned() };
    write(&format!("{text}\n"));
}
