//! The question whether targets get the refresh token: in the menu, in notifications and at the terminal.

/// As a menu's item.
pub const QUESTION: &str = "? Share the refresh token with targets?";
/// The safe answer, and what it does.
pub const NO: &str = "No (safe): send the access token and its expiry";
pub const IF_NOT: &str = "Targets work until the access token expires, within hours. Sync again after each refresh.";
/// The other one.
pub const YES: &str = "Yes: send the refresh token too";
pub const IF_SHARED: &str =
    "A refresh token works once: the first job or program that uses it signs you and all the others out.";
/// The same answers as the buttons of a notification.
pub const SHARE: &str = "Share";
pub const KEEP: &str = "Keep it here";
/// The question at the terminal.
pub const PROMPT: &str = "Share the refresh token with targets too?";
