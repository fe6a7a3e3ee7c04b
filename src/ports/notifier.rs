//! The notification service, and what it shows, as plain data.

use std::sync::Arc;

use crate::domain::action::Action;
use crate::domain::alert::Clock;
use crate::domain::settings::ProfileName;

/// What a button stands for, and what is written on it.
pub type Button = (Action, &'static str);

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
    pub buttons: Vec<Button>,
    /// Whether it stays until someone has seen it.
    pub is_critical: bool,
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

/// What a notification service calls the button of this action.
pub fn key(action: Action) -> String {
    format!("{action:?}")
}

/// Which of these actions has this key.
pub fn action_of(key: &str, buttons: &[Button]) -> Option<Action> {
    buttons.iter().map(|(action, _)| *action).find(|action| self::key(*action) == key)
}

/// A notification was answered; perhaps one that an earlier run has shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub profile: ProfileName,
    /// What was asked for by it, if anything was.
    pub action: Option<Action>,
}

/// Where answers go, from any thread; never waits.
pub type Answers = Arc<dyn Fn(Answer) + Send + Sync>;

/// Shows notifications. Calls block; none but `listen` is made on the main thread, and none on the loop's.
pub trait Notifier: Send + Sync {
    /// Reports answers from now on. `sets` are all buttons that a notification may have together.
    ///
    /// To be called once, on the main thread: before an app has finished launching, or macOS drops the answer that it was
    /// launched for.
    fn listen(&self, sets: &[Vec<Button>], answers: Answers);

    /// Asks the user, once, whether notifications may be shown, where the system wants that. Does not wait for the answer.
    fn ask(&self);

    fn show(&self, notification: &Notification) -> Result<(), NotifierError>;
}

/// Why a notification could not be shown. Not an error for the program: the menu says the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotifierError {
    /// The user allows none.
    Refused,
    /// The user was not asked yet, or has not answered.
    NotAskedYet,
    /// Anything else, in the system's words.
    Failed(String),
}
