//! The kinds of stores that GitHub keeps secrets in: a row each, from which follow their names, their keys in the config,
//! their paths, what a token needs for them, and who may use what they hold.
//!
//! A new kind is a new row. Only a new kind of holder asks for more: a variant of [`Holder`], its path, and its noun.

use std::fmt;

use super::choice::Choice;
use super::names::{is_owner, is_repository, is_repository_name};

/// One kind of store.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// Whose its secrets are.
    pub holder: Holder,
    /// The part of GitHub that reads them: `app = "…"` in the config, `#…` behind a name, and a part of the path.
    pub app: &'static str,
    /// What a fine-grained token needs to write there, in GitHub's own words.
    pub permission: &'static str,
    /// The scope that a classic token needs.
    pub scope: &'static str,
    /// The longest secret that it takes, in bytes.
    pub largest: usize,
}

/// Whose secrets are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// A repository's: `acme/api`, `acme/api#dependabot`.
    Repository,
    /// Those of one of its environments: `acme/web@production`.
    Environment,
    /// An organization's: `org:acme`, `org:acme#agents`.
    Organization,
    /// Those of whoever the token is of: `user:codespaces`.
    User,
}

impl Holder {
    /// The keys of the config that name one; an environment is named beside its repository.
    pub const KEYS: [(&'static str, Self); 3] =
        [("repo", Self::Repository), ("org", Self::Organization), ("user", Self::User)];
}

/// GitHub: "Secrets are limited to 48 KB in size."
pub const LARGEST_SECRET: usize = 48 * 1024;
/// What is meant where no `app` is said.
const USUAL_APP: &str = "actions";

const fn row(holder: Holder, app: &'static str, permission: &'static str, scope: &'static str) -> Kind {
    Kind { holder, app, permission, scope, largest: LARGEST_SECRET }
}

/// All of them; of each holder, the usual one first.
pub static KINDS: [Kind; 8] = [
    row(Holder::Repository, USUAL_APP, "\"Secrets\"", "repo"),
    row(Holder::Repository, "dependabot", "\"Dependabot secrets\"", "repo"),
    row(Holder::Repository, "codespaces", "\"Codespaces secrets\"", "repo"),
    row(Holder::Repository, "agents", "\"Agent secrets\"", "repo"),
    row(Holder::Environment, USUAL_APP, "\"Secrets\" and \"Environments\"", "repo"),
    row(Holder::Organization, USUAL_APP, "\"Organization secrets\"", "admin:org"),
    row(Holder::Organization, "agents", "\"Agent secrets\" of the organization", "admin:org"),
    row(Holder::User, "codespaces", "\"Codespaces user secrets\"", "codespace:secrets"),
];

impl Kind {
    /// The kinds that a holder has, the usual one first.
    pub fn of(holder: Holder) -> impl Iterator<Item = &'static Self> {
        KINDS.iter().filter(move |kind| kind.holder == holder)
    }

    /// Whether the config can say which repositories may use its secrets.
    pub fn has_audience(&self) -> bool {
        matches!(self.holder, Holder::Organization | Holder::User)
    }

    /// Whether that may be all of them, too, or all that are private.
    pub fn has_visibility(&self) -> bool {
        self.holder == Holder::Organization
    }

    /// Whether Wick writes variables there, which are Actions' own.
    pub fn has_variables(&self) -> bool {
        self.app == USUAL_APP
    }

    /// Whether a classic token with these scopes may write there; a scope has those below it in it.
    pub fn is_allowed_by(&self, scopes: &str) -> bool {
        let has =
            |scope: &str| self.scope.strip_prefix(scope).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'));
        scopes.split(',').any(|scope| has(scope.trim()))
    }

    /// A name of this kind, as people are shown what to write.
    pub fn form(&'static self) -> String {
        let owner = if self.holder == Holder::Organization { "name" } else { "owner/name" };
        let environment = Some("environment".to_owned());
        Store { kind: self, owner: owner.to_owned(), environment, audience: Audience::default() }.to_string()
    }

    /// Whether this is the name of a repository that may use its secrets: in an organization without the owner.
    fn may_select(&self, repository: &str) -> bool {
        match self.holder {
            Holder::Organization => is_repository_name(repository),
            _ => self.has_audience() && is_repository(repository),
        }
    }

    /// What stands behind a name: nothing for the usual kind.
    fn tag(&self) -> String {
        if self.app == USUAL_APP { String::new() } else { format!("#{}", self.app) }
    }
}

/// One of GitHub's stores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    pub kind: &'static Kind,
    /// The repository as `owner/name`, or the organization's login; empty for a user, who is the token's owner.
    pub owner: String,
    /// The environment, where it is one's.
    pub environment: Option<String>,
    /// Who may use its secrets.
    pub audience: Audience,
}

/// Which repositories may use the secrets of an organization or a user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audience {
    /// `None` leaves it as it is.
    pub visibility: Option<Visibility>,
    /// Their names, where `visibility` is `selected`.
    pub repositories: Vec<String>,
}

/// Why nobody can be said to use a store's secrets like that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// Those are no names of repositories there.
    Names,
    /// Repositories are named, and others are to use them.
    NotSelected,
    /// Only those that are named are to use them, and none is named.
    NoneSelected,
}

/// Which repositories may use a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    All,
    /// Those that are private or internal.
    Private,
    /// Those that are listed.
    Selected,
}

/// Each with GitHub's word, which the config has too.
impl Choice for Visibility {
    const WORDS: &'static [(&'static str, Self)] =
        &[("all", Self::All), ("private", Self::Private), ("selected", Self::Selected)];
}

impl Store {
    /// A store whose audience is left as it is; `None` where that is nobody's name.
    pub fn new(kind: &'static Kind, owner: &str, environment: Option<&str>) -> Option<Self> {
        let fits = match kind.holder {
            Holder::Repository => is_repository(owner),
            Holder::Environment => is_repository(owner) && environment.is_some_and(is_environment_name),
            Holder::Organization => is_owner(owner),
            Holder::User => owner.is_empty(),
        };
        let environment = environment.map(str::to_owned);
        fits.then(|| Self { kind, owner: owner.to_owned(), environment, audience: Audience::default() })
    }

    /// The same, with these to use its secrets.
    pub fn used_by(self, visibility: Option<Visibility>, repositories: Option<Vec<String>>) -> Result<Self, Misfit> {
        // Where nothing else can be chosen, to name repositories is to select them.
        let selecting = repositories.as_ref().map(|_| Visibility::Selected);
        let visibility = if self.kind.has_visibility() { visibility } else { selecting };
        match &repositories {
            Some(names) if !names.iter().all(|name| self.kind.may_select(name)) => Err(Misfit::Names),
            Some(_) if visibility != Some(Visibility::Selected) => Err(Misfit::NotSelected),
            None if visibility == Some(Visibility::Selected) => Err(Misfit::NoneSelected),
            _ => Ok(Self { audience: Audience { visibility, repositories: repositories.unwrap_or_default() }, ..self }),
        }
    }

    /// Reads a name, as it is displayed.
    pub(super) fn parse(text: &str) -> Option<Self> {
        KINDS.iter().find_map(|kind| {
            let (owner, environment) = match kind.holder {
                Holder::Repository => (text.strip_suffix(&*kind.tag())?, None),
                // An environment's name may have any character, a repository's no such sign.
                Holder::Environment => text.split_once('@').map(|(repo, name)| (repo, Some(name)))?,
                Holder::Organization => (text.strip_prefix("org:")?.strip_suffix(&*kind.tag())?, None),
                Holder::User => (text.strip_prefix("user:")?.strip_suffix(kind.app)?, None),
            };
            Self::new(kind, owner, environment)
        })
    }

    /// The keys of the config that name it and say who may use it, but for the list of repositories.
    pub fn keys(&self) -> Vec<(&'static str, &str)> {
        let Self { kind, owner, environment, audience } = self;
        let app = Some(kind.app).filter(|app| *app != USUAL_APP);
        let visibility = audience.visibility.map(Visibility::word);
        let keys = match kind.holder {
            Holder::Repository => [("repo", Some(owner.as_str())), ("app", app), ("", None)],
            Holder::Environment => {
                [("repo", Some(owner.as_str())), ("environment", environment.as_deref()), ("", None)]
            }
            Holder::Organization => [("org", Some(owner.as_str())), ("app", app), ("visibility", visibility)],
            Holder::User => [("user", app), ("", None), ("", None)],
        };
        keys.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
    }

    /// The repositories that the config selects, each with its owner.
    pub fn selected(&self) -> impl Iterator<Item = String> {
        let with_owner = |name: &String| match self.kind.holder {
            Holder::Organization => format!("{}/{name}", self.owner),
            _ => name.clone(),
        };
        self.audience.repositories.iter().map(with_owner)
    }
}

impl fmt::Display for Store {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, owner, environment, .. } = self;
        match kind.holder {
            Holder::Repository => write!(formatter, "{owner}{}", kind.tag()),
            Holder::Environment => write!(formatter, "{owner}@{}", environment.as_deref().unwrap_or_default()),
            Holder::Organization => write!(formatter, "org:{owner}{}", kind.tag()),
            Holder::User => write!(formatter, "user:{}", kind.app),
        }
    }
}

/// Any text but one that would draw over a terminal.
pub fn is_environment_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stores_name_is_read_as_it_is_shown() {
        let environment = "acme/web@pre-prod #2 @night";
        for name in [
            "acme/api",
            "acme/api#dependabot",
            "acme/api#codespaces",
            "acme/api#agents",
            "org:acme",
            "org:acme#agents",
            "user:codespaces",
            environment,
        ] {
            assert_eq!(Store::parse(name).expect(name).to_string(), name);
        }
        for bad in [
            "",
            "acme",
            "org:",
            "org:a/b",
            "acme/api@",
            "acme/api#",
            "acme/api#other",
            "org:acme#codespaces",
            "org:#agents",
            "user:",
            "user:actions",
            "user:ada#codespaces",
            "aws",
            "a b/c",
        ] {
            assert_eq!(Store::parse(bad), None, "{bad}");
        }
    }
}
