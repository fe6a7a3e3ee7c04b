//! The menu's items, and the title beside the icon.

pub const ACCESS_TOKEN: &str = "Access token";
pub const LOGIN: &str = "Sign-in";
pub const WHEN_IT_ENDS: &str = "When it ends";
/// The same where the sign-in has expired, and its last access token lives on.
pub const WHEN_THE_TOKEN_ENDS: &str = "When the access token expires";
pub const SINCE_IT_ENDED: &str = "Since it expired";
pub const ACCOUNT: &str = "Account";
/// Its switches.
pub const AUTOMATIC: &str = "Automatic";
pub const ABOUT: &str = concat!("About Wick ", env!("CARGO_PKG_VERSION"));
pub const DESCRIPTION: &str = env!("CARGO_PKG_DESCRIPTION");

pub mod item {
    pub const SIGN_IN: &str = "Sign in…";
    /// Opens `wick init`.
    pub const SET_UP: &str = "Add a repository…";
    pub const NEW_CI_TOKEN: &str = "New one-year token…";
    /// Asks the keychain once more.
    pub const TRY_AGAIN: &str = "Try again";
    pub const OPEN_SETTINGS: &str = "Settings…";
    pub const DIAGNOSE: &str = "Diagnose";
    pub const QUIT: &str = "Quit Wick";
    /// The button of notifications; the menu has "Refresh now".
    pub const REFRESH: &str = "Refresh";
    pub const SYNC: &str = "Sync";
    pub const SYNC_AGAIN: &str = "Sync again";
}

/// The title while something other than a time has to be said; short, so that it survives a notch.
pub mod title {
    pub const EXPIRED: &str = "expired";
    pub const SIGNED_OUT: &str = "signed out";
    pub const NOT_FOUND: &str = "no sign-in";
    pub const UNREADABLE: &str = "unreadable";
    pub const LOADING: &str = "…";
    pub const NO_END: &str = "no expiry";
    pub const CONFIG_ERROR: &str = "config error";
}
