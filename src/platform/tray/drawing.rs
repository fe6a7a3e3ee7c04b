//! What either loop draws with: the icon where there is one, and a line for whoever has none.

use tray_icon::menu::MenuId;

use super::host;
use super::message::Clicks;
use super::view::Tray;
use crate::domain::facts::TrayHost;
use crate::platform::terminal::StatusLine;
use crate::ports::screen::{HostWords, TrayView};

pub(super) struct Drawing {
    /// Tried once: where there is no session bus at first, none comes to this process later.
    tray: Option<Result<Tray, String>>,
    line: StatusLine,
    clicks: Clicks,
}

impl Drawing {
    pub(super) fn new(words: HostWords, clicks: &Clicks) -> Self {
        Self { tray: None, line: StatusLine::new(words), clicks: Clicks::clone(clicks) }
    }

    /// Shows this, unless it has to wait until the menu is shut: says whether it is done.
    pub(super) fn show(&mut self, view: &TrayView, menu_is_open: bool) -> bool {
        match &mut self.tray {
            Some(Ok(tray)) => {
                if !in_a_pool(|| tray.update(view, menu_is_open)) {
                    return false;
                }
            }
            Some(Err(_)) => {}
            None => {
                let failed = |error: &String| tracing::warn!("no tray icon: {error}");
                self.tray = Some(Tray::build(view.clone()).inspect_err(failed));
            }
        }
        if let Some(Err(error)) = &self.tray {
            self.line.draw(view, TrayHost::NoBus(error.clone()));
        } else if !self.line.is_silent() {
            self.line.draw(view, host::find());
        }
        true
    }

    pub(super) fn clicked(&self, id: &MenuId) {
        if let Some(click) = self.tray.as_ref().and_then(|tray| tray.as_ref().ok()?.clicked(id)) {
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
