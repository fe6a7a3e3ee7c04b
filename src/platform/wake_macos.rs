//! Going to sleep and waking up as `NSWorkspace` reports it, and staying out of App Nap. Type-checked on Linux; only a Mac can
//! run it.
//!
//! Neither is posted for a wake in the dark, as for Power Nap.

use std::ptr::NonNull;
use std::time::Duration;

use block2::RcBlock;
use objc2::rc::Retained;
use objc2::runtime::{NSObjectProtocol, ProtocolObject};
use objc2_app_kit::{NSWorkspace, NSWorkspaceDidWakeNotification, NSWorkspaceWillSleepNotification};
use objc2_foundation::{NSActivityOptions, NSNotification, NSNotificationName, NSProcessInfo, ns_string};

use super::sleep::COMPUTER;
use crate::domain::state::event::Event;
use crate::ports::EventSink;

/// macOS waits for whoever hears of its sleep, for 30 s at most (Apple's Technical Q&A QA1340).
const LONGEST_DELAY: Duration = Duration::from_secs(20);

type Object = Retained<ProtocolObject<dyn NSObjectProtocol>>;

/// Keeps the watch. To be held until the app ends.
pub struct Watch {
    _observers: [Object; 2],
    _activity: Object,
}

/// Reports each time that this computer goes to sleep or wakes up. To be called on the main thread, whose loop brings the
/// news.
pub fn watch(events: &EventSink) -> Watch {
    // SAFETY: both names are there for as long as the framework is.
    #[expect(unsafe_code, reason = "names are statics of the framework")]
    let (will_sleep, did_wake) = unsafe { (NSWorkspaceWillSleepNotification, NSWorkspaceDidWakeNotification) };
    let (to_sleep, to_wake) = (EventSink::clone(events), EventSink::clone(events));
    let observers = [
        observe(will_sleep, move || {
            to_sleep(Event::WillSleep);
            COMPUTER.goes();
            // A lid that is shut asks nobody: this is all that makes it wait. Nothing in flight needs this thread.
            COMPUTER.wait(LONGEST_DELAY);
        }),
        observe(did_wake, move || {
            COMPUTER.is_awake(None);
            to_wake(Event::Woke);
        }),
    ];
    // App Nap puts off the timers of an app without a window, by minutes, and alerts would come late. This app sleeps
    // anyway: it asks for its timers to be kept, not for the computer to stay awake.
    let activity = NSProcessInfo::processInfo().beginActivityWithOptions_reason(
        NSActivityOptions::UserInitiatedAllowingIdleSystemSleep,
        ns_string!("warns before the sign-in ends"),
    );
    Watch { _observers: observers, _activity: activity }
}

/// Holds the sleep off until what it returns is dropped; `None` where this computer goes to sleep already.
pub fn hold_off() -> Option<Box<dyn Send>> {
    let in_flight = COMPUTER.begin()?;
    let activity = NSProcessInfo::processInfo().beginActivityWithOptions_reason(
        NSActivityOptions::UserInitiated,
        ns_string!("a new access token is being stored"),
    );
    Some(Box::new((in_flight, Activity(activity))))
}

/// While it lives, the computer does not go to sleep for want of work.
struct Activity(Object);

// SAFETY: activities are begun and ended on any thread, and nothing else is done with one.
#[expect(unsafe_code, reason = "the framework's object does not say so")]
unsafe impl Send for Activity {}

impl Drop for Activity {
    fn drop(&mut self) {
        // SAFETY: it was begun by the same process's information, and is ended once.
        #[expect(unsafe_code, reason = "takes any object")]
        unsafe {
            NSProcessInfo::processInfo().endActivity(&self.0);
        }
    }
}

fn observe(name: &'static NSNotificationName, heard: impl Fn() + Send + Sync + 'static) -> Object {
    let block = RcBlock::new(move |_: NonNull<NSNotification>| heard());
    // Not the default center: sleep is posted to the workspace's own.
    let center = NSWorkspace::sharedWorkspace().notificationCenter();
    // SAFETY: the block takes what the center hands out, and what it captures may be used from any thread.
    #[expect(unsafe_code, reason = "the center takes any block")]
    unsafe {
        center.addObserverForName_object_queue_usingBlock(Some(name), None, None, &block)
    }
}
