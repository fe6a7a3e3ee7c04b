//! Words about the keyring in which Wick keeps its own GitHub token.

/// Where a token was found that Wick keeps itself.
pub const OWN_TOKEN: &str = "wick github login";
/// Nothing is asked of a locked keyring in the background.
pub const LOCKED: &str = "the keyring is locked; unlock it, or run \"wick sync\" in a terminal";
/// The user closed the prompt.
pub const DISMISSED: &str = "the keyring's prompt was closed";
/// There is no keyring.
pub const NONE: &str = "no keyring service answers here";

/// The keychain does not hand out what an earlier build of Wick has written.
pub fn refused(detail: &str) -> String {
    format!("the keychain refused ({detail}); log in to GitHub again with \"wick github login\"")
}

/// A keyring that does not answer.
pub fn timed_out(seconds: u64) -> String {
    format!("the keyring did not answer within {seconds} s")
}
