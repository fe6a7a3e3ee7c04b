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

use crate::domain::facts::{NotificationService, Signature};
use crate::platform::process;
use crate::ports::notifier::{Answered, Notification};
use crate::ports::{Notifier, NotifierError};

/// How long a click on a button is waited for.
const ANSWERED_FOR: Duration = Duration::from_secs(60 * 60);
/// How long another process of the system is waited for.
const LIMIT: Duration = Duration::from_secs(5);
const CODESIGN: &str = "/usr/bin/codesign";

/// Notification Center. Nothing is asked of it before the first notification.
#[derive(Debug, Default)]
pub struct SystemNotifier;

impl Notifier for SystemNotifier {
    fn show(&self, notification: &Notification, answered: Answered) -> Result<(), NotifierError> {
        let Some(handle) = show(notification)? else { return Ok(()) };
        let notification = notification.clone();
        let wait = move || {
            // A click beside the buttons is an answer, too: the system reopens the app for it.
            if let Ok(response) = block_on(handle.response()) {
                answered(notification.button(&response.action_identifier));
            }
        };
        // Waits for as long as the notification stands: its own thread, asleep until there is an answer.
        let started = thread::Builder::new().name("notification".to_owned()).spawn(wait);
        started.map(drop).map_err(|error| NotifierError::Failed(error.to_string()))
    }
}

/// Shows one; it is there to be waited for where it has buttons.
fn show(notification: &Notification) -> Result<Option<NotificationHandle>, NotifierError> {
    let failed = |error: &dyn std::fmt::Display| NotifierError::Failed(error.to_string());
    // Without a bundle the framework throws an exception that would end the process.
    check_bundle().map_err(|error| failed(&error))?;
    if !block_on(request_auth()).map_err(|error| failed(&error))? {
        return Err(NotifierError::Refused);
    }
    let mut shown = Message::new().title(&notification.summary).message(&notification.body);
    for (action, label) in &notification.buttons {
        shown = shown.action(Action::button(Notification::key(*action), *label));
    }
    if !notification.buttons.is_empty() {
        shown = shown.timeout(ANSWERED_FOR);
    }
    let handle = block_on(shown.send()).map_err(|error| failed(&error))?;
    Ok((!notification.buttons.is_empty()).then_some(handle))
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
