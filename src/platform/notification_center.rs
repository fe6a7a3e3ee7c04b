//! What Notification Center is told, and what its answers mean, as texts and numbers: all of its macOS adapter that does not
//! need a Mac.
//!
//! An answer may come in a later run than the notification: what it needs is in the names of the notification and its button.

use crate::domain::action::Action;
use crate::domain::settings::ProfileName;
use crate::ports::NotifierError;
use crate::ports::notifier::{Answer, Button, Notification, Subject, action_of};

/// `UNNotificationDefaultActionIdentifier`: the click beside the buttons.
const BODY: &str = "com.apple.UNNotificationDefaultActionIdentifier";
/// Of `UNAuthorizationStatus`; the greater ones allow something.
const NOT_DETERMINED: isize = 0;
const DENIED: isize = 1;
/// Of `UNNotificationSetting`.
const DISABLED: isize = 1;
/// `UNErrorCodeNotificationsNotAllowed`.
const NOT_ALLOWED: (&str, isize) = ("UNErrorDomain", 1);

/// What a notification is called: a newer one of the same name takes the place of the older one.
pub fn request(notification: &Notification) -> String {
    let (profile, subject) = &notification.subject;
    format!("{subject:?} {profile}")
}

/// What buttons are called together.
pub fn category(buttons: &[Button]) -> String {
    buttons.iter().map(|(_, label)| *label).collect::<Vec<_>>().join("|")
}

/// What it means that the notification of this name was answered by the button of that name.
pub fn answer(request: &str, button: &str, sets: &[Vec<Button>]) -> Option<Answer> {
    let (subject, profile) = request.split_once(' ')?;
    let shows_clocks = subject == format!("{:?}", Subject::Clocks);
    // There is no window to open. A click on the clocks themselves only puts them away.
    let body = (button == BODY && !shows_clocks).then_some(Action::ShowClocks);
    let action = body.or_else(|| sets.iter().find_map(|set| action_of(button, set)));
    Some(Answer { profile: ProfileName::new(profile), action })
}

/// What an app may show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Alerts.
    Alerts,
    /// What stands in the list, and nothing on the screen.
    List,
    /// The user was not asked yet, or has not answered.
    NotAskedYet,
    /// Nothing.
    Refused,
}

/// Reads the app's status and its setting for alerts.
pub fn permission(status: isize, alerts: isize) -> Permission {
    match (status, alerts) {
        (NOT_DETERMINED, _) => Permission::NotAskedYet,
        (DENIED, _) => Permission::Refused,
        (_, DISABLED) => Permission::List,
        _ => Permission::Alerts,
    }
}

/// Why the system did not take a notification.
pub fn failure(domain: &str, code: isize, text: &str) -> NotifierError {
    match (domain, code) {
        NOT_ALLOWED => NotifierError::Refused,
        _ => NotifierError::Failed(format!("{text} ({domain} {code})")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::alert::Clock;
    use crate::ports::notifier::key;

    const KEEP: Button = (Action::ShareRefreshToken(false), "Keep");
    const SHARE: Button = (Action::ShareRefreshToken(true), "Share");
    const REFRESH: Button = (Action::Refresh, "Refresh");
    const SYNC: Button = (Action::SyncAll, "Sync");
    const SYNC_AGAIN: Button = (Action::SyncAll, "Sync again");

    fn sets() -> [Vec<Button>; 4] {
        [vec![REFRESH, SYNC], vec![SYNC], vec![SYNC_AGAIN], vec![KEEP, SHARE]]
    }

    fn named(profile: &str, subject: Subject) -> String {
        let subject = (ProfileName::new(profile), subject);
        request(&Notification {
            subject,
            summary: String::new(),
            body: String::new(),
            buttons: vec![],
            is_critical: false,
        })
    }

    #[test]
    fn an_answer_means_in_a_later_run_what_it_meant_in_the_one_that_asked() {
        let subjects = [Subject::Alert(Clock::Access), Subject::Alert(Clock::Login), Subject::Alert(Clock::CiToken)];
        let others = [Subject::SignedOut, Subject::Clocks, Subject::Refresh, Subject::Sync, Subject::Action];
        let mut names = Vec::new();
        for subject in subjects.into_iter().chain(others) {
            for profile in ["default", "work", "Alert(Login)", "a.b-c_d"] {
                let name = named(profile, subject);
                let answered = |button: &str| answer(&name, button, &sets()).expect("it is one of ours");
                assert_eq!(answered(BODY).profile.as_str(), profile);
                for (action, _) in sets().concat() {
                    assert_eq!(answered(&key(action)).action, Some(action), "{name}");
                }
                assert_eq!(answered("Uninstall").action, None, "a button of another version");
                let opens = (subject != Subject::Clocks).then_some(Action::ShowClocks);
                assert_eq!(answered(BODY).action, opens, "{name}");
                names.push(name);
            }
        }
        names.sort();
        names.dedup();
        assert_eq!(names.len(), 32, "one of another subject or profile would be replaced");
        assert_eq!(answer("E621E1F8-C36C-495A-93FC-0C247A3E6E5F", BODY, &sets()), None, "one of another version");
    }

    #[test]
    fn no_two_sets_of_buttons_have_the_same_name() {
        let mut names: Vec<String> = sets().iter().map(|set| category(set)).collect();
        assert_eq!(names, ["Refresh|Sync", "Sync", "Sync again", "Keep|Share"]);
        names.dedup();
        assert_eq!(names.len(), sets().len());
    }

    #[test]
    fn each_status_and_error_means_what_apple_says() {
        let check = |status, alerts, expected| assert_eq!(permission(status, alerts), expected, "{status} {alerts}");
        for alerts in 0..=2 {
            check(0, alerts, Permission::NotAskedYet);
            check(1, alerts, Permission::Refused);
        }
        // Authorized, provisional, ephemeral, and whatever comes after them.
        for status in 2..=5 {
            check(status, 0, Permission::Alerts);
            check(status, 1, Permission::List);
            check(status, 2, Permission::Alerts);
        }
        assert_eq!(failure("UNErrorDomain", 1, "not allowed"), NotifierError::Refused);
        for (domain, code) in [("UNErrorDomain", 1401), ("NSCocoaErrorDomain", 1)] {
            let text = format!("why ({domain} {code})");
            assert_eq!(failure(domain, code, "why"), NotifierError::Failed(text));
        }
    }
}
