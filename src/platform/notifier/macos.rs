//! Notifications by Notification Center. Type-checked on Linux; only a Mac can run it.
//!
//! The user is asked for permission at the first one, and not before. Not being allowed to show any is a normal state: the menu
//! says the same.

use std::process::Command;
use std::sync::mpsc;
use std::time::Duration;
use std::{env, thread};

use mac_usernotifications::{
    Action, AuthorizationStatus, Notification as Message, NotificationHandle, NotificationSettingStatus, block_on,
    check_bundle, get_notification_settings, request_auth,
};

use super::key;
use crate::domain::facts::{NotificationService, Signature};
use crate::platform::process;
use crate::ports::NotifierError;
use crate::ports::notifier::Notification;

/// How long a click on a button is waited for.
const ANSWERED_FOR: Duration = Duration::from_secs(60 * 60);
/// How long another process of the system is waited for.
const LIMIT: Duration = Duration::from_secs(5);
const CODESIGN: &str = "/usr/bin/codesign";

/// One that stands and has buttons.
pub(super) struct Shown(NotificationHandle);

impl Shown {
    /// Blocks until a button was clicked, whose key it hands on, or none will be.
    pub(super) fn wait_for_action(self, chosen: impl FnOnce(&str)) {
        if let Ok(response) = block_on(self.0.response()) {
            chosen(&response.action_identifier);
        }
    }
}

/// Shows one; it is there to be waited for where it has buttons.
pub(super) fn show(notification: &Notification) -> Result<Option<Shown>, NotifierError> {
    let failed = |error: &dyn std::fmt::Display| NotifierError::Failed(error.to_string());
    // Without a bundle the framework throws an exception that would end the process.
    check_bundle().map_err(|error| failed(&error))?;
    if !block_on(request_auth()).map_err(|error| failed(&error))? {
        return Err(NotifierError::Refused);
    }
    let mut shown = Message::new().title(&notification.summary).message(&notification.body);
    for (action, label) in &notification.buttons {
        shown = shown.action(Action::button(key(*action), *label));
    }
    if !notification.buttons.is_empty() {
        shown = shown.timeout(ANSWERED_FOR);
    }
    let handle = block_on(shown.send()).map_err(|error| failed(&error))?;
    Ok((!notification.buttons.is_empty()).then_some(Shown(handle)))
}

/// Whether a notification could be shown now, without asking for permission.
pub fn find() -> NotificationService {
    if check_bundle().is_err() {
        return NotificationService::NoBundle;
    }
    // On a thread of its own: the answer comes from another process, which may hang.
    let (sender, answer) = mpsc::channel();
    thread::spawn(move || drop(sender.send(block_on(get_notification_settings()))));
    let settings = match answer.recv_timeout(LIMIT) {
        Ok(Ok(settings)) => settings,
        Ok(Err(error)) => return NotificationService::Absent(error.to_string()),
        Err(_) => return NotificationService::Silent,
    };
    match settings.authorization_status {
        AuthorizationStatus::NotDetermined => NotificationService::NotAskedYet(signature()),
        AuthorizationStatus::Denied => NotificationService::Refused,
        _ if settings.alert_enabled == NotificationSettingStatus::Disabled => NotificationService::Refused,
        _ => NotificationService::Present { name: "Notification Center".to_owned(), buttons: true },
    }
}

/// Whom this program says it is from.
fn signature() -> Signature {
    let Ok(program) = env::current_exe() else { return Signature::Unknown };
    match process::run(Command::new(CODESIGN).args(["--display", "--verbose=2"]).arg(program), LIMIT) {
        // It says what it found as a complaint.
        Ok(output) => Signature::of(output.status.success(), &String::from_utf8_lossy(&output.stderr)),
        Err(_) => Signature::Unknown,
    }
}
