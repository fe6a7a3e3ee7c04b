//! The menu's items, and the title beside the icon.

/// The access token's line in menu and terminal.
pub const ACCESS_TOKEN: &str = "Access token";
/// The sign-in's line in menu and terminal.
pub const LOGIN: &str = "Sign-in";
/// The account's line in menu and terminal.
pub const ACCOUNT: &str = "Account";
/// The source's line in menu and terminal.
pub const SOURCE: &str = "Source";

/// The menu's items.
pub mod item {
    /// Opens Claude Code's own sign-in.
    pub const SIGN_IN: &str = "Sign in…";
    /// Asks the keychain once more.
    pub const TRY_AGAIN: &str = "Try again";
    /// Opens the config.
    pub const OPEN_SETTINGS: &str = "Open settings";
    /// Writes the doctor's report and opens it.
    pub const DIAGNOSE: &str = "Diagnose";
    /// Ends Wick.
    pub const QUIT: &str = "Quit Wick";
    /// The button of notifications about the access token.
    pub const REFRESH: &str = "Refresh";
    /// The button that syncs every target.
    pub const SYNC: &str = "Sync";
    /// The same where one has just failed.
    pub const SYNC_AGAIN: &str = "Sync again";
}

/// The title while something other than a time has to be said.
pub mod title {
    /// The access token or the sign-in has ended.
    pub const EXPIRED: &str = "expired";
    /// Nobody is signed in.
    pub const SIGNED_OUT: &str = "signed out";
    /// There is no credential.
    pub const NOT_FOUND: &str = "no sign-in";
    /// The credential cannot be read.
    pub const UNREADABLE: &str = "unreadable";
    /// Nothing has been read yet.
    pub const LOADING: &str = "…";
    /// No end is stored.
    pub const NO_END: &str = "no end";
}
