//! The places that hold secrets, and the names that people and programs call them by.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::choice::Choice;
use super::profile::ProfileName;

/// One place that holds secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Where.
    pub place: Place,
    /// Which field goes under which name there, instead of the common table.
    pub secrets: Option<Vec<Mapping>>,
    /// Which profile's credential goes there.
    pub profile: ProfileName,
}

/// A target's name in a form that is copied about, as in a menu item that stays clickable while the config changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TargetId(pub u64);

impl Target {
    /// Whether its secrets are kept by GitHub.
    pub fn is_at_github(&self) -> bool {
        !matches!(self.place, Place::Command { .. })
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
    /// A repository of GitHub.
    Repository {
        /// `owner/name`.
        repo: String,
        /// Which of its stores.
        store: RepositoryStore,
    },
    /// An organization of GitHub.
    Organization {
        /// Its login.
        org: String,
        /// Which repositories may use the secrets. `None` leaves it as it is.
        visibility: Option<Visibility>,
        /// The repositories' names, where `visibility` is `selected`.
        repositories: Vec<String>,
    },
    /// A program that takes `{"NAME": "value", …}` on standard input.
    Command {
        /// What the user calls it.
        name: String,
        /// The program and its arguments.
        command: Vec<String>,
    },
}

/// One of the stores a repository has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RepositoryStore {
    /// Its Actions secrets.
    Actions,
    /// The secrets of one of its environments.
    Environment(String),
    /// Its Dependabot secrets.
    Dependabot,
    /// Its Codespaces secrets.
    Codespaces,
}

/// Which repositories of an organization may use a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// All of them.
    All,
    /// Those that are private or internal.
    Private,
    /// Those that are listed.
    Selected,
}

impl Choice for Visibility {
    const WORDS: &'static [(&'static str, Self)] =
        &[("all", Self::All), ("private", Self::Private), ("selected", Self::Selected)];
}

impl Place {
    /// Reads the name of a place at GitHub, as [`Target`] is displayed; a command's name says nothing of it.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(org) = text.strip_prefix("org:") {
            let organization = Self::Organization { org: org.to_owned(), visibility: None, repositories: Vec::new() };
            return is_owner(org).then_some(organization);
        }
        // An environment's name may have any character, a repository's neither of these two.
        let (repo, store) = match text.split_once(['@', '#']) {
            None => (text, RepositoryStore::Actions),
            Some((repo, name)) if text[repo.len()..].starts_with('@') && !name.is_empty() => {
                (repo, RepositoryStore::Environment(name.to_owned()))
            }
            Some((repo, "dependabot")) => (repo, RepositoryStore::Dependabot),
            Some((repo, "codespaces")) => (repo, RepositoryStore::Codespaces),
            Some(_) => return None,
        };
        is_repository(repo).then(|| Self::Repository { repo: repo.to_owned(), store })
    }
}

/// The target as it is named in commands, JSON and the menu: `acme/api`, `acme/web@production`, `acme/api#dependabot`,
/// `org:acme`, or a command's name.
impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Repository { repo, store: RepositoryStore::Actions } => formatter.write_str(repo),
            Place::Repository { repo, store: RepositoryStore::Environment(name) } => write!(formatter, "{repo}@{name}"),
            Place::Repository { repo, store: RepositoryStore::Dependabot } => write!(formatter, "{repo}#dependabot"),
            Place::Repository { repo, store: RepositoryStore::Codespaces } => write!(formatter, "{repo}#codespaces"),
            Place::Organization { org, .. } => write!(formatter, "org:{org}"),
            Place::Command { name, .. } => formatter.write_str(name),
        }
    }
}

/// One secret: its name at the target, and what goes there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// The name, as [`is_secret_name`] takes it.
    pub name: String,
    /// What goes there.
    pub field: Field,
}

/// What can be put under a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Field {
    /// The access token.
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
    /// The stored one-year token.
    CiToken,
}

impl Field {
    /// Every field by its name in the config.
    pub const NAMES: [(&'static str, Self); 9] = [
        ("accessToken", Self::AccessToken),
        ("refreshToken", Self::RefreshToken),
        ("expiresAt", Self::ExpiresAt),
        ("refreshTokenExpiresAt", Self::RefreshTokenExpiresAt),
        ("subscriptionType", Self::SubscriptionType),
        ("rateLimitTier", Self::RateLimitTier),
        ("scopes", Self::Scopes),
        ("credentials", Self::Credentials),
        ("ciToken", Self::CiToken),
    ];

    /// Its name in the config.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, field)| *field == self).map_or("", |(name, _)| name)
    }

    /// Whether it is of no use once the access token has ended.
    pub fn ends_with_the_access_token(self) -> bool {
        self != Self::CiToken
    }

    /// Whether it is another one after a refresh, which extends no sign-in and no one-year token.
    pub fn changes_with_a_refresh(self) -> bool {
        matches!(self, Self::AccessToken | Self::RefreshToken | Self::ExpiresAt | Self::Credentials)
    }

    /// Whether whoever has it can spend the sign-in.
    pub fn carries_the_refresh_token(self) -> bool {
        matches!(self, Self::RefreshToken | Self::Credentials)
    }
}

/// Whether GitHub takes this name for a secret: letters, digits and `_`, no digit first, not beginning with `GITHUB_`.
///
/// Source: GitHub's documentation, "Naming your secrets".
pub fn is_secret_name(name: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    name.bytes().all(word)
        && name.bytes().next().is_some_and(|first| !first.is_ascii_digit())
        && !name.to_ascii_uppercase().starts_with("GITHUB_")
}

/// Whether this is `owner/name` with the characters that GitHub's own names have.
pub fn is_repository(text: &str) -> bool {
    text.split_once('/').is_some_and(|(owner, name)| is_owner(owner) && is_repository_name(name))
}

/// Whether this is the login of a user or an organization.
pub fn is_owner(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// Whether this is a repository's name without its owner.
pub fn is_repository_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    !text.is_empty() && text != "." && text != ".." && text.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secrets_name_is_one_that_github_takes() {
        for good in ["CLAUDE_ACCESS_TOKEN", "_x", "a1", "GITHUB"] {
            assert!(is_secret_name(good), "{good}");
        }
        for bad in ["", "1A", "A-B", "A B", "GITHUB_TOKEN", "github_x", "É"] {
            assert!(!is_secret_name(bad), "{bad}");
        }
    }

    #[test]
    fn a_places_name_is_read_as_it_is_shown() {
        let environment = "acme/web@pre-prod #2 @night";
        for name in ["acme/api", "acme/api#dependabot", "acme/api#codespaces", "org:acme", environment] {
            let place = Place::parse(name).expect(name);
            assert_eq!(Target { place, secrets: None, profile: ProfileName::default() }.to_string(), name);
        }
        for bad in ["", "acme", "org:", "org:a/b", "acme/api@", "acme/api#", "acme/api#other", "aws", "a b/c"] {
            assert_eq!(Place::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_repository_is_an_owner_and_a_name() {
        for good in ["acme/api", "a-1/b.c_d", "acme_emu/x"] {
            assert!(is_repository(good), "{good}");
        }
        for bad in ["", "acme", "acme/", "/api", "acme/api/x", "acme/..", "ac me/api", "https://github.com/a/b"] {
            assert!(!is_repository(bad), "{bad}");
        }
    }
}
