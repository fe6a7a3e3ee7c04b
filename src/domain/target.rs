//! The places that hold secrets, and the names that people and programs call them by.

use std::fmt;

/// One place that holds secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Where.
    pub place: Place,
    /// Which field goes under which name there, instead of the common table.
    pub secrets: Option<Vec<Mapping>>,
    /// Which profile's credential goes there; `None` is the default one.
    pub profile: Option<String>,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    fn a_repository_is_an_owner_and_a_name() {
        for good in ["acme/api", "a-1/b.c_d", "acme_emu/x"] {
            assert!(is_repository(good), "{good}");
        }
        for bad in ["", "acme", "acme/", "/api", "acme/api/x", "acme/..", "ac me/api", "https://github.com/a/b"] {
            assert!(!is_repository(bad), "{bad}");
        }
    }
}
