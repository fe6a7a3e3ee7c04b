//! The menu bar: draws what it is told, and reports clicks.

pub mod host;
pub mod icon;
pub mod view;

#[cfg(not(any(target_os = "macos", feature = "tao")))]
#[path = "tray/loop_channel.rs"]
mod event_loop;
#[cfg(any(target_os = "macos", feature = "tao"))]
#[path = "tray/loop_tao.rs"]
mod event_loop;

pub use event_loop::run;

use jiff::ZonedDateTime;

use crate::domain::state::State;
use crate::domain::view::TrayView;
use crate::ports::Screen;

/// What the worker tells the thread that draws.
#[derive(Debug)]
pub enum Message {
    /// Show this from now on.
    Draw(TrayView),
    /// The worker has ended.
    Close,
}

/// The worker's end: sends a view whenever it differs from the one before.
pub struct TrayScreen {
    send: Box<dyn Fn(Message) + Send>,
    last: Option<TrayView>,
}

impl TrayScreen {
    /// Sends by this function.
    pub fn new(send: Box<dyn Fn(Message) + Send>) -> Self {
        Self { send, last: None }
    }
}

impl Screen for TrayScreen {
    fn draw(&mut self, state: &State, now: &ZonedDateTime) {
        let view = TrayView::of(state, now);
        if self.last.as_ref() != Some(&view) {
            (self.send)(Message::Draw(view.clone()));
            self.last = Some(view);
        }
    }

    fn forget(&mut self) {
        self.last = None;
    }

    fn close(&mut self) {
        (self.send)(Message::Close);
    }
}

/// Also when the worker panicked: without it the drawing thread would wait for ever.
impl Drop for TrayScreen {
    fn drop(&mut self) {
        (self.send)(Message::Close);
    }
}
