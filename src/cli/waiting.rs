//! What shows at a terminal that something is waited for: nothing for half a second, then a line that moves and goes away.

use std::borrow::Cow;
use std::io;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::output;
use crate::ports::{Ports, start_thread};

/// What is over by then needs no line.
const PATIENCE: Duration = Duration::from_millis(500);
/// Between two pictures.
const FRAME: Duration = Duration::from_millis(100);

/// Goes away with this value.
pub(super) struct Waiting {
    bar: ProgressBar,
    /// Whether someone does.
    pub(super) is_seen: bool,
    until: Option<Sender<()>>,
    gone: Receiver<()>,
}

impl Waiting {
    /// For what is said by this text.
    pub(super) fn begin(ports: &Ports, text: impl Into<Cow<'static, str>>) -> Self {
        let bar = ProgressBar::hidden().with_message(text);
        let (until, is_over) = mpsc::channel();
        let (going, gone) = mpsc::channel();
        let is_seen = ports.terminal.is_drawn_on(&io::stderr()) && !output::is_quiet();
        if is_seen {
            let bar = bar.clone();
            let draw = move || {
                let _going: Sender<()> = going;
                if is_over.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                    bar.set_draw_target(ProgressDrawTarget::stderr());
                    while is_over.recv_timeout(FRAME) == Err(RecvTimeoutError::Timeout) {
                        bar.tick();
                    }
                    bar.finish_and_clear();
                }
            };
            // Without a thread for it, nothing moves, and all else goes on.
            start_thread("waiting", Box::new(draw)).unwrap_or_default();
        }
        if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
            bar.set_style(style);
        }
        Self { bar, is_seen, until: Some(until), gone }
    }

    /// So much of it is done.
    pub(super) fn show(&self, done: usize, total: usize, current: String) {
        if self.bar.length().is_none()
            && let Ok(style) = ProgressStyle::with_template("{bar:20} {pos} of {len} {wide_msg}")
        {
            self.bar.set_style(style.progress_chars("=> "));
        }
        self.bar.set_length(total as u64);
        self.bar.set_position(done as u64);
        self.bar.set_message(current);
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        drop(self.until.take());
        // What is printed next must not be erased with it.
        self.gone.recv().unwrap_or_default();
    }
}
