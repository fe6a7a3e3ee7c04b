//! The notification service, and what it is told to show, as plain data.

use crate::domain::action::Action;

/// A notification as plain data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// The first line.
    pub summary: String,
    /// The rest.
    pub body: String,
    /// Buttons, where the system has them.
    pub buttons: Vec<(Action, &'static str)>,
}

/// Shows notifications. Calls block; none is made on the loop's thread.
pub trait Notifier: Send + Sync {
    /// Shows one, and calls back, from another thread, when a button of it is clicked.
    fn show(&self, notification: &Notification, clicked: Box<dyn FnOnce(Action) + Send>) -> Result<(), NotifierError>;
}

/// Why a notification could not be shown. Not an error for the program: the menu says the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotifierError {
    /// The user allows none.
    Refused,
    /// Anything else, in the system's words.
    Failed(String),
}
