//! Settings that are one of a few words, each word beside what it means.

/// Where to look for the credential.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SourceChoice {
    /// The keychain on macOS, then the file.
    #[default]
    Auto,
    /// The keychain alone.
    Keychain,
    /// The file alone.
    File,
}

/// The text beside the icon.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Title {
    /// The access token's time left.
    #[default]
    Access,
    /// The sign-in's time left.
    Login,
    /// Whichever ends first.
    Soonest,
    /// Nothing.
    None,
}

/// What the icon draws.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IconStyle {
    /// A candle that burns down.
    #[default]
    Candle,
    /// The hours or minutes left, as digits.
    Time,
}

/// Who refreshes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RefreshMode {
    /// Wick itself.
    #[default]
    Direct,
    /// The installed Claude Code, asked by Wick.
    Claude,
    /// Nobody: Wick only reads.
    Never,
}

/// Whether targets get the refresh token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ShareRefreshToken {
    /// Not before the user has answered once.
    #[default]
    Ask,
    /// Yes.
    Yes,
    /// No.
    No,
}
