//! The button that the icon is: how keyboards and screen readers reach the menu, and how its digits stand. Linted and linked
//! on Linux; only a Mac can run it.
//!
//! tray-icon opens the menu where the mouse goes down, and nowhere else: a key and a press by a screen reader are no mouse.

use objc2::rc::Retained;
use objc2::runtime::AnyObject;
use objc2::{DefinedClass, MainThreadMarker, MainThreadOnly, Message, define_class, msg_send, sel};
use objc2_app_kit::{
    NSAccessibility, NSFont, NSFontWeightRegular, NSMenu, NSStatusBarButton, NSStatusItem, NSWindowOcclusionState,
};
use objc2_foundation::{NSObject, NSString};
use tray_icon::TrayIcon;
use tray_icon::menu::{ContextMenu, Submenu};

use super::message::{Click, Clicks};
use crate::domain::state::event::Event;

/// To be held as long as the icon.
pub(super) struct Button {
    button: Retained<NSStatusBarButton>,
    /// The button only borrows it.
    _opener: Retained<Opener>,
}

impl Button {
    /// That of this icon; `None` where the system gave it none.
    pub(super) fn of(icon: &TrayIcon, menu: &Submenu, clicks: &Clicks) -> Option<Self> {
        let thread = MainThreadMarker::new()?;
        let item = icon.ns_status_item()?;
        let button = item.button(thread)?;
        // SAFETY: muda gives the menu that it keeps for this, which is never replaced.
        #[expect(unsafe_code, reason = "muda hands out a bare pointer")]
        let menu = unsafe { menu.ns_menu().cast::<NSMenu>().as_ref() }?.retain();
        let opener = Opener::new(thread, Opens { item, menu, clicks: Clicks::clone(clicks) });
        // SAFETY: the target is held beside the button, and has this method. The weight is there as long as the framework.
        #[expect(unsafe_code, reason = "AppKit takes any object and any name")]
        let weight = unsafe {
            button.setTarget(Some(&opener));
            button.setAction(Some(sel!(open:)));
            NSFontWeightRegular
        };
        // Of one width each, or the icons beside it move with the minutes.
        let size = NSFont::menuBarFontOfSize(0.0).pointSize();
        button.setFont(Some(&NSFont::monospacedDigitSystemFontOfSize_weight(size, weight)));
        Some(Self { button, _opener: opener })
    }

    /// Whether its window is on a screen, and covered by nothing: not behind the notch or a full-screen app, and not withheld
    /// by System Settings. A hint, as Apple gives no better one (feedback-assistant/reports#37).
    pub(super) fn can_be_seen(&self) -> bool {
        let window = self.button.window();
        window.is_some_and(|window| {
            window.occlusionState().contains(NSWindowOcclusionState::Visible) && window.screen().is_some()
        })
    }

    /// What a screen reader reads.
    pub(super) fn call(&self, label: &str) {
        self.button.setAccessibilityLabel(Some(&NSString::from_str(label)));
    }
}

struct Opens {
    item: Retained<NSStatusItem>,
    menu: Retained<NSMenu>,
    clicks: Clicks,
}

define_class!(
    // SAFETY: any class may be made from NSObject, and this one has no drop of its own.
    #[unsafe(super(NSObject))]
    #[thread_kind = MainThreadOnly]
    #[name = "WickMenuOpener"]
    #[ivars = Opens]
    struct Opener;

    impl Opener {
        #[unsafe(method(open:))]
        fn open(&self, _sender: Option<&AnyObject>) {
            let Opens { item, menu, clicks } = self.ivars();
            clicks(Click { profile: 0, event: Event::MenuOpened });
            // A button with a menu opens that, and sends no action. Not tray-icon's own way: while the menu is open that
            // keeps the icon borrowed, and each change of it would panic.
            item.setMenu(Some(menu));
            if let Some(button) = item.button(self.mtm()) {
                // SAFETY: no sender is a sender.
                #[expect(unsafe_code, reason = "AppKit takes any object")]
                unsafe {
                    button.performClick(None);
                }
            }
            item.setMenu(None);
        }
    }
);

impl Opener {
    fn new(thread: MainThreadMarker, opens: Opens) -> Retained<Self> {
        let this = Self::alloc(thread).set_ivars(opens);
        // SAFETY: NSObject's `init` has this type.
        #[expect(unsafe_code, reason = "how a class of our own is made")]
        unsafe {
            msg_send![super(this), init]
        }
    }
}
