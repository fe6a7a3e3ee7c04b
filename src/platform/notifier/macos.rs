//! Notifications by Notification Center. Type-checked on Linux; only a Mac can run it.
//!
//! Not being allowed to show any is a normal state: the menu says the same.

use std::thread;

use crate::domain::doctor::NotificationService;
use crate::domain::state::Notification;
use crate::domain::view::Action;
use crate::ports::{Notifier, NotifierError};

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
            Ok(false) => return Err(NotifierError("not allowed in System Settings > Notifications".to_owned())),
            Err(error) => return Err(NotifierError(error.to_string())),
        }
        let mut message = notify_rust::Notification::new();
        message.summary(&notification.summary).body(&notification.body);
        for (action, label) in &notification.buttons {
            message.action(&format!("{action:?}"), label);
        }
        let handle = message.show().map_err(|error| NotifierError(error.to_string()))?;
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
