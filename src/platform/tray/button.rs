//! Elsewhere the panel sees to keys, screen readers and digits.

use tray_icon::TrayIcon;
use tray_icon::menu::Submenu;

use super::message::Clicks;

pub(super) struct Button;

impl Button {
    #[expect(clippy::unnecessary_wraps, reason = "a Mac may give none")]
    pub(super) fn of(_icon: &TrayIcon, _menu: &Submenu, _clicks: &Clicks) -> Option<Self> {
        Some(Self)
    }

    #[cfg(feature = "tao")]
    #[expect(clippy::unused_self, reason = "a Mac's has a window")]
    pub(super) fn can_be_seen(&self) -> bool {
        true
    }

    #[expect(clippy::unused_self, reason = "a Mac's has a label")]
    pub(super) fn call(&self, _label: &str) {}
}
