//! What is known of the terminal.

use std::io::IsTerminal;
use std::os::fd::AsFd;

use rustix::termios::tcgetwinsize;

/// What the environment says of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terminal {
    /// Whether it understands no escape codes.
    pub is_dumb: bool,
    /// Whether colors are not wanted.
    pub is_plain: bool,
    /// Whether each step is said there: nothing is drawn over it.
    pub is_told_steps: bool,
}

/// How wide a terminal is that does not say it.
const USUAL_COLUMNS: usize = 80;

/// How wide the terminal is now. A serial line, and many a terminal of a CI, has 0 columns: that is "unknown".
pub fn columns(stream: &impl AsFd) -> usize {
    let columns = tcgetwinsize(stream).map_or(0, |size| usize::from(size.ws_col));
    if columns == 0 { USUAL_COLUMNS } else { columns }
}

impl Terminal {
    /// Whether something that moves can be drawn on this stream.
    pub fn is_drawn_on(self, stream: &impl IsTerminal) -> bool {
        stream.is_terminal() && !self.is_dumb && !self.is_told_steps
    }

    /// How wide this stream is, where it is a terminal, and whether it shows colors.
    pub fn size_of(self, stream: &(impl AsFd + IsTerminal)) -> Option<(usize, bool)> {
        stream.is_terminal().then(|| (columns(stream), !self.is_dumb && !self.is_plain))
    }
}
