//! The notification service, and what it shows, as plain data.

use crate::domain::action::Action;
use crate::domain::alert::Clock;
use crate::domain::settings::ProfileName;

/// A notification as plain data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// A newer one about the same takes the place of the older one, where the system can do that.
    pub subject: (ProfileName, Subject),
    /// The first line.
    pub summary: String,
    /// The rest.
    pub body: String,
    /// Buttons, where the system has them.
    pub buttons: Vec<(Action, &'static str)>,
}

/// What a notification of a profile is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// One clock runs out.
    Alert(Clock),
    /// Nobody is signed in any more.
    SignedOut,
    /// All clocks, for someone who asked.
    Clocks,
    Refresh,
    Sync,
    /// Something else that was chosen.
    Action,
}

impl Notification {
    /// What a notification service calls the button of this action.
    pub fn key(action: Action) -> String {
        format!("{action:?}")
    }

    /// What the button of this key stands for.
    pub fn button(&self, key: &str) -> Option<Action> {
        self.buttons.iter().map(|(action, _)| *action).find(|action| Self::key(*action) == key)
    }
}

/// Hears what was chosen by a button; `None` where a notification was answered otherwise.
pub type Answered = Box<dyn FnOnce(Option<Action>) + Send>;

/// Shows notifications. Calls block; none is made on the loop's thread.
pub trait Notifier: Send + Sync {
    /// Shows one, and calls back, from another thread, when it is answered.
    fn show(&self, notification: &Notification, answered: Answered) -> Result<(), NotifierError>;
}

/// Why a notification could not be shown. Not an error for the program: the menu says the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotifierError {
    /// The user allows none.
    Refused,
    /// Anything else, in the system's words.
    Failed(String),
}
