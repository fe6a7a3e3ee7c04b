//! Notifications, by each system's own service.

#[cfg(not(target_os = "macos"))]
#[path = "notifier/freedesktop.rs"]
mod imp;
#[cfg(target_os = "macos")]
#[path = "notifier/macos.rs"]
mod imp;

pub use imp::find;

use std::thread;

use crate::domain::action::Action;
use crate::ports::notifier::Notification;
use crate::ports::{Notifier, NotifierError};

/// The system's notification service. Nothing is asked of it before the first notification.
#[derive(Debug, Default)]
pub struct SystemNotifier;

impl SystemNotifier {
    /// The service of this session.
    pub fn new() -> Self {
        Self
    }
}

impl Notifier for SystemNotifier {
    fn show(&self, notification: &Notification, clicked: Box<dyn FnOnce(Action) + Send>) -> Result<(), NotifierError> {
        let Some(handle) = imp::show(notification)? else { return Ok(()) };
        let buttons = notification.buttons.clone();
        let wait = move || {
            handle.wait_for_action(|chosen| {
                if let Some((action, _)) = buttons.iter().find(|(action, _)| key(*action) == chosen) {
                    clicked(*action);
                }
            });
        };
        // Waits for as long as the notification stands: its own thread, asleep until the service speaks.
        let started = thread::Builder::new().name("notification".to_owned()).spawn(wait);
        started.map(drop).map_err(|error| NotifierError::Failed(error.to_string()))
    }
}

/// What the service calls a button.
fn key(action: Action) -> String {
    format!("{action:?}")
}
