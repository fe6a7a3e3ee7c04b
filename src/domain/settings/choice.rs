//! Settings that are one of a few words, each word beside what it means.

/// A setting that is written as one of a few words, in the config and in commands.
pub trait Choice: Copy + PartialEq + 'static {
    const WORDS: &'static [(&'static str, Self)];

    fn words() -> impl Iterator<Item = &'static str> {
        Self::WORDS.iter().map(|(word, _)| *word)
    }

    fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, known)| *known == self).map_or("", |(word, _)| word)
    }

    fn of_word(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(known, _)| *known == word).map(|(_, choice)| *choice)
    }
}

/// Where to look for the credential.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SourceChoice {
    /// The keychain on macOS, then the file.
    #[default]
    Auto,
    Keychain,
    File,
}

impl Choice for SourceChoice {
    const WORDS: &'static [(&'static str, Self)] =
        &[("auto", Self::Auto), ("keychain", Self::Keychain), ("file", Self::File)];
}

/// The text beside the icon.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Title {
    /// The access token's time left.
    #[default]
    Access,
    /// The sign-in's time left.
    Login,
    /// Of whichever ends first.
    Soonest,
    None,
}

impl Choice for Title {
    const WORDS: &'static [(&'static str, Self)] =
        &[("access", Self::Access), ("login", Self::Login), ("soonest", Self::Soonest), ("none", Self::None)];
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

impl Choice for IconStyle {
    const WORDS: &'static [(&'static str, Self)] = &[("candle", Self::Candle), ("time", Self::Time)];
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

impl Choice for RefreshMode {
    const WORDS: &'static [(&'static str, Self)] =
        &[("direct", Self::Direct), ("claude", Self::Claude), ("never", Self::Never)];
}

/// Whether targets get the refresh token. In the config it is `"ask"`, or the answer as a switch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ShareRefreshToken {
    /// Not before the user has answered once.
    #[default]
    Ask,
    Yes,
    No,
}

impl From<bool> for ShareRefreshToken {
    fn from(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }
}
