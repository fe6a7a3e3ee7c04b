//! The places that hold secrets, and the names that people and programs call them by.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::choice::Choice;
use super::kind::{Audience, Store};
use super::names::is_secret_name;
use super::profile::ProfileName;
use crate::domain::text::near::nearest;

/// One place that holds secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub place: Place,
    /// Which field goes under which name there, instead of the common table. Where variables go there too, all of both
    /// tables.
    pub secrets: Option<Vec<Mapping>>,
    /// Which profile's credential goes there.
    pub profile: ProfileName,
}

/// A target's name in a form that is copied about, as in a menu item that stays clickable while the config changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TargetId(pub u64);

impl Target {
    /// Whether variables go there too.
    pub fn has_variables(&self) -> bool {
        self.secrets.iter().flatten().any(|mapping| mapping.variable_name().is_some())
    }

    /// Whether its secrets are kept by GitHub.
    pub fn is_at_github(&self) -> bool {
        self.place.store().is_some()
    }

    /// Its name, short enough to be copied.
    pub fn id(&self) -> TargetId {
        TargetId(first_eight(self.to_string().as_bytes()))
    }
}

pub(super) fn first_eight(bytes: &[u8]) -> u64 {
    Sha256::digest(bytes).iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// Where a target's secrets are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A store of GitHub's.
    Github(Store),
    /// A program that takes `{"NAME": "value", …}` on standard input.
    Command {
        /// What the user calls it.
        name: String,
        /// The program and its arguments.
        command: Vec<String>,
    },
}

impl Place {
    /// Reads the name of a place at GitHub, as [`Target`] is displayed; a command's name says nothing of it.
    pub fn parse(text: &str) -> Option<Self> {
        Store::parse(text).map(Self::Github)
    }

    /// The store, where it is one of GitHub's.
    pub fn store(&self) -> Option<&Store> {
        match self {
            Self::Github(store) => Some(store),
            Self::Command { .. } => None,
        }
    }

    /// The longest secret that it takes, in bytes.
    pub fn largest(&self) -> usize {
        self.store().map_or(usize::MAX, |store| store.kind.largest)
    }

    /// Who may use what is kept there, where that can be chosen.
    pub fn audience(&self) -> Option<&Audience> {
        self.store().filter(|store| store.kind.has_audience()).map(|store| &store.audience)
    }
}

/// The target as it is named in commands, JSON and the menu: as [`Store`] is, or by a command's name.
impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Github(store) => store.fmt(formatter),
            Place::Command { name, .. } => formatter.write_str(name),
        }
    }
}

/// One secret or variable: its name at the target, and what goes there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// The name, as [`is_secret_name`] takes it; a variable's as workflows write it, with
    /// [`VARIABLE`] before it, since a secret may have the same one.
    pub name: String,
    pub field: Field,
}

/// Where Claude Code, and Anthropic's action, look for the one-year token.
pub const CI_TOKEN_NAME: &str = "CLAUDE_CODE_OAUTH_TOKEN";

/// What workflows, and Wick, write before the name of a variable, which all may read.
pub const VARIABLE: &str = "vars.";

/// Why `NAME=FIELD` is no mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAMapping {
    /// There is no `=` in it.
    Form,
    /// GitHub takes no such name.
    Name,
    /// There is no such field; the one that was meant, as far as can be seen.
    Field(Option<&'static str>),
}

impl Mapping {
    /// Reads `NAME=FIELD`.
    pub fn parse(text: &str) -> Result<Self, NotAMapping> {
        let (name, field) = text.split_once('=').ok_or(NotAMapping::Form)?;
        if !is_secret_name(name) {
            return Err(NotAMapping::Name);
        }
        let near = || nearest(field, Field::words());
        let field = Field::of_word(field).ok_or_else(|| NotAMapping::Field(near()))?;
        Ok(Self { name: name.to_owned(), field })
    }

    /// The variable of this name.
    pub fn variable(name: &str, field: Field) -> Self {
        Self { name: format!("{VARIABLE}{name}"), field }
    }

    /// Whether it is the one of this name: GitHub knows no lower case.
    pub fn is_named(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// The name that a variable has at GitHub; `None` of a secret.
    pub fn variable_name(&self) -> Option<&str> {
        self.name.strip_prefix(VARIABLE)
    }
}

/// What can be put under a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Field {
    AccessToken,
    /// The refresh token: single-use, so whoever spends it first signs the others out.
    RefreshToken,
    /// The access token's end in epoch milliseconds, decimal.
    ExpiresAt,
    /// The sign-in's end in epoch milliseconds, decimal.
    RefreshTokenExpiresAt,
    /// The plan.
    SubscriptionType,
    /// The plan's size.
    RateLimitTier,
    /// The scopes, joined by spaces.
    Scopes,
    /// `{"claudeAiOauth": {…}}` in one secret.
    Credentials,
    /// The same, with null in place of the refresh token and its end: whoever has it works until the access token ends, and
    /// can sign nobody out.
    CredentialsWithoutRefresh,
    /// The stored one-year token.
    CiToken,
    /// When that was stored, as RFC 3339 in UTC.
    CiTokenStoredAt,
    /// When that ends, by estimate, as RFC 3339 in UTC.
    CiTokenExpiresAt,
}

/// Each with its name in the config.
impl Choice for Field {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("accessToken", Self::AccessToken),
        ("refreshToken", Self::RefreshToken),
        ("expiresAt", Self::ExpiresAt),
        ("refreshTokenExpiresAt", Self::RefreshTokenExpiresAt),
        ("subscriptionType", Self::SubscriptionType),
        ("rateLimitTier", Self::RateLimitTier),
        ("scopes", Self::Scopes),
        ("credentials", Self::Credentials),
        ("credentialsWithoutRefresh", Self::CredentialsWithoutRefresh),
        ("ciToken", Self::CiToken),
        ("ciTokenStoredAt", Self::CiTokenStoredAt),
        ("ciTokenExpiresAt", Self::CiTokenExpiresAt),
    ];
}

impl Field {
    /// Whether it is of no use once the access token has ended.
    pub fn ends_with_the_access_token(self) -> bool {
        !self.is_of_the_ci_token()
    }

    /// Whether it is the one-year token or one of its dates, which are there whoever is signed in.
    pub fn is_of_the_ci_token(self) -> bool {
        matches!(self, Self::CiToken | Self::CiTokenStoredAt | Self::CiTokenExpiresAt)
    }

    /// Whether it has a token in it, so that it is nobody's to read.
    pub fn carries_a_token(self) -> bool {
        match self {
            Self::AccessToken
            | Self::RefreshToken
            | Self::Credentials
            | Self::CredentialsWithoutRefresh
            | Self::CiToken => true,
            Self::ExpiresAt
            | Self::RefreshTokenExpiresAt
            | Self::SubscriptionType
            | Self::RateLimitTier
            | Self::Scopes
            | Self::CiTokenStoredAt
            | Self::CiTokenExpiresAt => false,
        }
    }

    /// Whether it is another one after a refresh, which extends no sign-in and no one-year token.
    pub fn changes_with_a_refresh(self) -> bool {
        let whole = matches!(self, Self::Credentials | Self::CredentialsWithoutRefresh);
        whole || matches!(self, Self::AccessToken | Self::RefreshToken | Self::ExpiresAt)
    }

    /// Whether whoever has it can spend the sign-in.
    pub fn carries_the_refresh_token(self) -> bool {
        matches!(self, Self::RefreshToken | Self::Credentials)
    }
}
