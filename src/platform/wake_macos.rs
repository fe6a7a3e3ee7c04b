//! Waking up as `NSWorkspace` reports it, and staying out of App Nap. Type-checked on Linux; only a Mac can run it.

use std::ptr::NonNull;

use block2::RcBlock;
use objc2::rc::Retained;
use objc2::runtime::{NSObjectProtocol, ProtocolObject};
use objc2_app_kit::{NSWorkspace, NSWorkspaceDidWakeNotification};
use objc2_foundation::{NSActivityOptions, NSNotification, NSProcessInfo, ns_string};

use crate::domain::state::event::Event;
use crate::ports::EventSink;

/// Keeps the watch. To be held until the app ends.
pub struct Watch {
    _observer: Retained<ProtocolObject<dyn NSObjectProtocol>>,
    _activity: Retained<ProtocolObject<dyn NSObjectProtocol>>,
}

/// Reports each time that this computer wakes up. To be called on the main thread, whose loop brings the news.
pub fn watch(events: &EventSink) -> Watch {
    let events = EventSink::clone(events);
    let woke = RcBlock::new(move |_: NonNull<NSNotification>| events(Event::Woke));
    // Not the default center: waking up is posted to the workspace's own.
    let center = NSWorkspace::sharedWorkspace().notificationCenter();
    // SAFETY: the block takes what the center hands out, and what it captures may be used from any thread.
    #[expect(unsafe_code, reason = "the center takes any block")]
    let observer = unsafe {
        center.addObserverForName_object_queue_usingBlock(Some(NSWorkspaceDidWakeNotification), None, None, &woke)
    };
    // App Nap puts off the timers of an app without a window, by minutes, and alerts would come late. This app sleeps
    // anyway: it asks for its timers to be kept, not for the computer to stay awake.
    let activity = NSProcessInfo::processInfo().beginActivityWithOptions_reason(
        NSActivityOptions::UserInitiatedAllowingIdleSystemSleep,
        ns_string!("warns before the sign-in ends"),
    );
    Watch { _observer: observer, _activity: activity }
}
