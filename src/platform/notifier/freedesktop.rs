//! Notifications over the session bus, as freedesktop.org's Desktop Notifications Specification 1.2 says.

use std::thread;

use crate::domain::doctor::NotificationService;
use crate::domain::state::Notification;
use crate::domain::view::Action;
use crate::ports::{Notifier, NotifierError};

/// The session's notification service.
#[derive(Debug, Default)]
pub struct SystemNotifier;

impl SystemNotifier {
    /// Asks for nothing before the first notification.
    pub fn new() -> Self {
        Self
    }
}

impl Notifier for SystemNotifier {
    fn show(&self, notification: &Notification, clicked: Box<dyn FnOnce(Action) + Send>) -> Result<(), NotifierError> {
        let failed = |error: notify_rust::error::Error| NotifierError(error.to_string());
        let capabilities = notify_rust::get_capabilities().map_err(failed)?;
        let has = |name: &str| capabilities.iter().any(|capability| capability == name);
        let body = if has("body-markup") { escaped(&notification.body) } else { notification.body.clone() };
        let mut message = notify_rust::Notification::new();
        message.appname("Wick").summary(&notification.summary).body(&body).icon("appointment-soon");
        let buttons = if has("actions") { notification.buttons.clone() } else { Vec::new() };
        for (action, label) in &buttons {
            message.action(&format!("{action:?}"), label);
        }
        let handle = message.show().map_err(failed)?;
        if buttons.is_empty() {
            return Ok(());
        }
        // Waits for as long as the notification stands: its own thread, asleep on the bus.
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

/// A service that takes markup would drop the rest of `<1m left`.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The service that would show a notification now.
pub fn find() -> NotificationService {
    match (notify_rust::get_server_information(), notify_rust::get_capabilities()) {
        (Ok(server), Ok(capabilities)) => NotificationService::Present {
            name: server.name,
            buttons: capabilities.iter().any(|name| name == "actions"),
        },
        (Err(error), _) | (_, Err(error)) => NotificationService::Absent(error.to_string()),
    }
}
