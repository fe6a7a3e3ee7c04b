//! The messages to the drawing thread, and from it.

use std::sync::Arc;

use tokio::sync::oneshot;
use tray_icon::menu::MenuId;

use crate::domain::facts::{IconPlace, TrayHost};
use crate::domain::state::event::Event;
use crate::ports::screen::TrayView;

/// What became of building the icon.
pub(super) type Built = Result<(), String>;

/// A message to the drawing thread.
#[derive(Debug)]
pub(super) enum Message {
    /// Show this from now on.
    Draw(TrayView),
    /// The item of this name in the menu was clicked. Which action that is, the thread that draws knows alone.
    Clicked(MenuId),
    /// Icons are drawn there now.
    Host(TrayHost),
    /// An icon was built, or could not be.
    #[cfg(not(any(target_os = "macos", feature = "tao")))]
    Built(Built),
    /// Where is the icon?
    Asked(oneshot::Sender<IconPlace>),
    /// The worker has ended.
    Close,
}

/// What happened on the tray.
#[derive(Debug)]
pub struct Click {
    /// In whose menu, where there are several profiles; else the first one's.
    pub profile: usize,
    pub event: Event,
}

/// Where clicks go; never waits.
pub type Clicks = Arc<dyn Fn(Click) + Send + Sync>;

/// The worker's end: sends a view whenever it differs from the one before.
pub struct TrayScreen {
    send: Arc<dyn Fn(Message) + Send + Sync>,
    last: Option<TrayView>,
}

/// Asks the thread that draws.
pub struct IconAsker(Arc<dyn Fn(Message) + Send + Sync>);

impl IconAsker {
    /// Where the icon is.
    pub fn ask(&self) -> oneshot::Receiver<IconPlace> {
        let (answer, answered) = oneshot::channel();
        (self.0)(Message::Asked(answer));
        answered
    }
}

impl TrayScreen {
    pub(super) fn new(send: impl Fn(Message) + Send + Sync + 'static) -> Self {
        Self { send: Arc::new(send), last: None }
    }

    /// Whoever wants to know where the icon is asks by this.
    pub fn icon(&self) -> IconAsker {
        IconAsker(Arc::clone(&self.send))
    }

    /// Shows this, where it is not what is shown already.
    pub fn show(&mut self, view: TrayView) {
        if self.last.as_ref() != Some(&view) {
            (self.send)(Message::Draw(view.clone()));
            self.last = Some(view);
        }
    }
}

/// Also when the worker panicked: without it the drawing thread would wait for ever.
impl Drop for TrayScreen {
    fn drop(&mut self) {
        (self.send)(Message::Close);
    }
}
