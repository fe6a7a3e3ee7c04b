//! Notifications by Notification Center. Type-checked on Linux; only a Mac can run it.
//!
//! The user is asked for leave at the first one, and not before. Not being allowed to show any is a normal state: the menu
//! says the same.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use mac_usernotifications::AuthorizationStatus;
use notify_rust::{NotificationHandle, Timeout};

use super::key;
use crate::domain::doctor::NotificationService;
use crate::domain::message;
use crate::domain::state::Notification;
use crate::ports::NotifierError;

/// How long a click on a button is waited for: an hour.
const ANSWERED_FOR_MILLIS: u32 = 60 * 60 * 1000;
const ANSWERED_WITHIN: Duration = Duration::from_secs(5);

/// Shows one; the handle is there where it has buttons to wait for.
pub(super) fn show(notification: &Notification) -> Result<Option<NotificationHandle>, NotifierError> {
    let failed = |error: &dyn std::fmt::Display| NotifierError(error.to_string());
    // Without a bundle the framework throws an exception that would end the process.
    notify_rust::check_bundle().map_err(|error| failed(&error))?;
    if !notify_rust::request_auth_blocking().map_err(|error| failed(&error))? {
        return Err(failed(&message::NOTIFICATIONS_REFUSED));
    }
    let mut shown = notify_rust::Notification::new();
    shown.summary(&notification.summary).body(&notification.body);
    for (action, label) in &notification.buttons {
        shown.action(&key(*action), label);
    }
    if !notification.buttons.is_empty() {
        // The library asks twice a second whether the notification is still there: not for ever.
        shown.timeout(Timeout::Milliseconds(ANSWERED_FOR_MILLIS));
    }
    let handle = shown.show().map_err(|error| failed(&error))?;
    Ok((!notification.buttons.is_empty()).then_some(handle))
}

/// Whether a notification could be shown now, without asking for permission.
pub fn find() -> NotificationService {
    if notify_rust::check_bundle().is_err() {
        return NotificationService::NoBundle;
    }
    // On a thread of its own: the answer comes from another process, which may hang.
    let (sender, answer) = mpsc::channel();
    thread::spawn(move || drop(sender.send(notify_rust::get_notification_settings_blocking())));
    match answer.recv_timeout(ANSWERED_WITHIN) {
        Ok(Ok(settings)) => match settings.authorization_status {
            AuthorizationStatus::NotDetermined => NotificationService::NotAskedYet,
            AuthorizationStatus::Denied => NotificationService::Refused,
            _ => NotificationService::Present { name: "Notification Center".to_owned(), buttons: true },
        },
        Ok(Err(error)) => NotificationService::Absent(error.to_string()),
        Err(_) => NotificationService::Absent(message::NOTIFICATION_CENTER_SILENT.to_owned()),
    }
}
