//! Notifications over the session bus, as freedesktop.org's Desktop Notifications Specification 1.2 says.

use notify_rust::NotificationHandle;

use super::key;
use crate::domain::facts::NotificationService;
use crate::ports::NotifierError;
use crate::ports::notifier::Notification;

/// Shows one; the handle is there where it has buttons to wait for.
pub(super) fn show(notification: &Notification) -> Result<Option<NotificationHandle>, NotifierError> {
    let failed = |error: notify_rust::error::Error| NotifierError::Failed(error.to_string());
    let capabilities = notify_rust::get_capabilities().map_err(failed)?;
    let has = |name: &str| capabilities.iter().any(|capability| capability == name);
    let body = if has("body-markup") { escaped(&notification.body) } else { notification.body.clone() };
    let mut message = notify_rust::Notification::new();
    message.appname("Wick").summary(&notification.summary).body(&body).icon("appointment-soon");
    let buttons = if has("actions") { notification.buttons.as_slice() } else { &[] };
    for (action, label) in buttons {
        message.action(&key(*action), label);
    }
    let handle = message.show().map_err(failed)?;
    Ok((!buttons.is_empty()).then_some(handle))
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
