//! The question whether targets get the refresh token: in the menu, in notifications and at the terminal.

/// As a menu's item.
pub const QUESTION: &str = "? Share the refresh token with targets?";
/// What an answer means, in two honest sentences.
pub const MEANING: [&str; 2] = [
    "A refresh token works once: the first job or program that spends it signs you and all the others out.",
    "Without it, targets work for the hours that the access token lives, and you sync again after each refresh.",
];
pub const YES: &str = "Yes, targets get it";
pub const NO: &str = "No, only the access token and its expiry";
/// The same answers as the buttons of a notification.
pub const SHARE: &str = "Share";
pub const KEEP: &str = "Keep it here";
/// The question at the terminal.
pub const PROMPT: &str = "Share the refresh token with targets too?";
