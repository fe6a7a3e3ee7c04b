//! The icon, where there is something to show it in.

use tray_icon::menu::MenuId;

use super::host;
use super::message::{Built, Clicks};
use super::view::Tray;
#[cfg(any(target_os = "macos", feature = "tao"))]
use crate::domain::facts::IconPlace;
use crate::domain::facts::TrayHost;
use crate::platform::pool::in_a_pool;
use crate::ports::screen::TrayView;

/// How often an icon is offered while one panel follows another.
const MOST_OFFERS: usize = 3;

pub(super) struct Drawing {
    tray: Option<Tray>,
    /// Shown as soon as there is something to show it in.
    view: Option<TrayView>,
    /// Whether there is something to show an icon in.
    has_host: bool,
    /// Why an icon could not be built the last time.
    failed: Option<String>,
    clicks: Clicks,
}

impl Drawing {
    pub(super) fn new(clicks: &Clicks) -> Self {
        Self { tray: None, view: None, has_host: false, failed: None, clicks: Clicks::clone(clicks) }
    }

    /// Shows this, unless it has to wait until the menu is shut: says whether it is done, and what became of an icon that
    /// was built for it.
    pub(super) fn show(&mut self, view: &TrayView, menu_is_open: bool) -> (bool, Option<Built>) {
        if let Some(tray) = &mut self.tray {
            return (in_a_pool(|| tray.update(view, menu_is_open)), None);
        }
        self.view = Some(view.clone());
        (true, self.build())
    }

    /// Takes in where icons are drawn now.
    pub(super) fn heard(&mut self, host: &TrayHost) -> Option<Built> {
        self.has_host = *host == TrayHost::Present;
        if !matches!(host, TrayHost::Present | TrayHost::NoHost) {
            // What it was shown on has ended. A new one is built from what is shown until then.
            self.view = self.tray.take().map(Tray::into_view).or(self.view.take());
        }
        if self.tray.is_none() { self.build() } else { None }
    }

    fn build(&mut self) -> Option<Built> {
        let view = self.view.clone().filter(|_| self.has_host)?;
        let built = offered(&view, &self.clicks).map(|tray| self.tray = Some(tray));
        let failed = built.clone().err();
        if failed != self.failed {
            if let Some(error) = &failed {
                tracing::warn!("no tray icon: {error}");
            }
            self.failed = failed;
        }
        Some(built)
    }

    /// Where the icon is that is drawn in this place.
    #[cfg(any(target_os = "macos", feature = "tao"))]
    pub(super) fn place(&self, place: IconPlace) -> IconPlace {
        let is_hidden = self.tray.as_ref().is_some_and(|tray| !tray.can_be_seen());
        if place == IconPlace::Shown && is_hidden { IconPlace::Hidden } else { place }
    }

    pub(super) fn clicked(&self, id: &MenuId) {
        if let Some(click) = self.tray.as_ref().and_then(|tray| tray.clicked(id)) {
            (self.clicks)(click);
        }
    }
}

/// The icon, which the panel that is there by now has heard of: it is offered first, and another panel looked out for only
/// after that.
fn offered(view: &TrayView, clicks: &Clicks) -> Result<Tray, String> {
    let panel = host::panel();
    for _ in 1..MOST_OFFERS {
        let (before, tray) = (panel(), Tray::build(view.clone(), clicks)?);
        let after = panel();
        if after.is_none() || after == before {
            return Ok(tray);
        }
    }
    Tray::build(view.clone(), clicks)
}
