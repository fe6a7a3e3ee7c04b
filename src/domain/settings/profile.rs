//! The credentials of one person on one computer: the default one, and those that the config names beside it.

use std::fmt;

use super::choice::ShareRefreshToken;

/// The one that needs no name.
pub const DEFAULT: &str = "default";

/// What the user calls a profile.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProfileName(String);

impl ProfileName {
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// Whether this is the one that needs no name.
    pub fn is_default(&self) -> bool {
        self.0 == DEFAULT
    }

    /// Whether it has only letters that may stand in commands, in file names and in keychain items.
    pub fn is_plain(&self) -> bool {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        self.0.len() <= 32
            && self.0.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric())
            && self.0.bytes().all(plain)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for ProfileName {
    fn default() -> Self {
        Self(DEFAULT.to_owned())
    }
}

impl fmt::Display for ProfileName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A credential beside the default one, with switches of its own where they are set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    pub name: ProfileName,
    /// What `CLAUDE_CONFIG_DIR` is set to for it.
    pub config_dir: String,
    /// `refresh = { automatic = … }`; without it, what `[refresh]` says.
    pub refresh_automatic: Option<bool>,
    /// `sync = { automatic = … }`; without it, what `[sync]` says.
    pub sync_automatic: Option<bool>,
    /// `sync = { share_refresh_token = … }`; without it, what `[sync]` says.
    pub share_refresh_token: Option<ShareRefreshToken>,
}
