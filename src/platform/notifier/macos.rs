//! Notifications by Notification Center. Type-checked on Linux; only a Mac can run it.
//!
//! Not being allowed to show any is a normal state: the menu says the same.

use std::thread;

use crate::domain::doctor::NotificationService;
use crate::domain::message;
use crate::domain::state::Notification;
use crate::domain::view::Action;
use crate::ports::{Notifier, NotifierError};

/// How long a click on a button is waited for: an hour.
const ANSWERED_FOR_MILLIS: u32 = 60 * 60 * 1000;

/// Notification Center.
#[derive(Debug, Default)]
pub struct SystemNotifier;

impl SystemNotifier {
    /// Asks for no permission before the first notification.
    pub fn new() -> Self {
        Self
    }
}

impl Notifier for SystemNotifier {
    fn show(&self, notification: &Notification, clicked: Box<dyn FnOnce(Action) + Send>) -> Result<(), NotifierError> {
        // Without a bundle the framework throws an exception that would end the process.
        notify_rust::check_bundle().map_err(|error| NotifierError(error.to_string()))?;
        match notify_rust::request_auth_blocking() {
            Ok(true) => {}
            Ok(false) => return Err(NotifierError(message::NOTIFICATIONS_REFUSED.to_owned())),
            Err(error) => return Err(NotifierError(error.to_string())),
        }
        let mut shown = notify_rust::Notification::new();
        shown.summary(&notification.summary).body(&notification.body);
        for (action, label) in &notification.buttons {
            shown.action(&format!("{action:?}"), label);
        }
        if notification.buttons.is_empty() {
            shown.show().map_err(|error| NotifierError(error.to_string()))?;
            return Ok(());
        }
        // The library asks twice a second whether the notification is still there: not for ever.
        shown.timeout(notify_rust::Timeout::Milliseconds(ANSWERED_FOR_MILLIS));
        let handle = shown.show().map_err(|error| NotifierError(error.to_string()))?;
        let buttons = notification.buttons.clone();
        thread::Builder::new()
            .name("notification".to_owned())
            .spawn(move || {
                handle.wait_for_action(|chosen| {
                    if let Some((action, _)) = buttons.iter().find(|(action, _)| format!("{action:?}") == chosen) {
                        clicked(*action);
                    }
                });
            })
            .map_err(|error| NotifierError(error.to_string()))?;
        Ok(())
    }
}

/// Whether a notification could be shown now, without asking for permission.
pub fn find() -> NotificationService {
    match notify_rust::check_bundle() {
        Ok(()) => NotificationService::Present { name: "Notification Center".to_owned(), buttons: true },
        Err(error) => NotificationService::Absent(error.to_string()),
    }
}
