//! What either loop draws with: the icon where there is one, and a line for whoever has none.

use tray_icon::menu::MenuId;

use super::host;
use super::message::Clicks;
use super::view::Tray;
use crate::domain::facts::TrayHost;
use crate::platform::terminal::StatusLine;
use crate::ports::screen::{TerminalTexts, TrayView};

pub(super) struct Drawing {
    tray: Option<Tray>,
    line: StatusLine,
    clicks: Clicks,
}

impl Drawing {
    pub(super) fn new(texts: TerminalTexts, clicks: &Clicks) -> Self {
        Self { tray: None, line: StatusLine::new(texts), clicks: Clicks::clone(clicks) }
    }

    /// Shows this, unless it has to wait until the menu is shut: says whether it is done.
    pub(super) fn show(&mut self, view: &TrayView, menu_is_open: bool) -> bool {
        match &mut self.tray {
            Some(tray) => {
                if !in_a_pool(|| tray.update(view, menu_is_open)) {
                    return false;
                }
            }
            // Tried once: where there is no session bus now, none comes to this process later.
            None if self.line.is_begun() => {}
            None => match Tray::build(view.clone()) {
                Ok(built) => self.tray = Some(built),
                Err(error) => {
                    tracing::warn!("no tray icon: {error}");
                    self.line.begin(&TrayHost::NoBus(error));
                }
            },
        }
        if !self.line.is_silent() {
            if self.tray.is_some() {
                self.line.begin(&host::find());
            }
            self.line.draw(view);
        }
        true
    }

    pub(super) fn clicked(&self, id: &MenuId) {
        if let Some(click) = self.tray.as_ref().and_then(|tray| tray.clicked(id)) {
            (self.clicks)(click);
        }
    }

    /// Leaves the terminal at the start of a new line.
    pub(super) fn end(&mut self) {
        self.line.end();
    }
}

/// Frees at once what `AppKit` puts aside for later: an update comes by no event of its own, and until one arrives the main
/// loop's pool keeps everything.
#[cfg(target_os = "macos")]
fn in_a_pool<T>(update: impl FnOnce() -> T) -> T {
    objc2::rc::autoreleasepool(|_| update())
}

#[cfg(not(target_os = "macos"))]
fn in_a_pool<T>(update: impl FnOnce() -> T) -> T {
    update()
}
