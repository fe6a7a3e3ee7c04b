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

use std::sync::Arc;

use crate::domain::state::event::Event;
use crate::ports::EventSink;
use crate::ports::screen::TrayView;

/// What the worker tells the thread that draws.
#[derive(Debug)]
pub enum Message {
    /// Show this from now on.
    Draw(TrayView),
    /// The worker has ended.
    Close,
}

/// Where clicks go.
#[derive(Clone)]
pub struct Clicks {
    /// On the icon, and on what is about the app as a whole.
    pub of_all: EventSink,
    /// On what is about the profile of this number.
    pub of_one: Arc<dyn Fn(usize, Event) + Send + Sync>,
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

    /// Shows this, where it is not what is shown already.
    pub fn show(&mut self, view: TrayView) {
        if self.last.as_ref() != Some(&view) {
            (self.send)(Message::Draw(view.clone()));
            self.last = Some(view);
        }
    }

    /// Shows the next view whatever is shown already.
    pub fn forget(&mut self) {
        self.last = None;
    }
}

/// Also when the worker panicked: without it the drawing thread would wait for ever.
impl Drop for TrayScreen {
    fn drop(&mut self) {
        (self.send)(Message::Close);
    }
}
