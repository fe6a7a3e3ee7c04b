//! What a target gets: the table of secrets that all get, and what a person chooses, which stands for a table too.

use super::choice::Choice;
use super::target::{CI_TOKEN_NAME, Field, Mapping};

/// What a target gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gets {
    /// The one-year token, which nobody can sign the user out with.
    OneYear,
    /// The access token and its end: for hours.
    Access,
    /// The refresh token beside them: whoever spends it first signs all others out.
    AccessAndRefresh,
}

impl Choice for Gets {
    const WORDS: &'static [(&'static str, Self)] =
        &[("one-year", Self::OneYear), ("access", Self::Access), ("access-and-refresh", Self::AccessAndRefresh)];
}

impl Gets {
    /// Each secret's usual name, and what goes there; the token first.
    pub fn mappings(self) -> Vec<Mapping> {
        let mut usual = Secrets::default().0;
        match self {
            Self::OneYear => return vec![Mapping { name: CI_TOKEN_NAME.to_owned(), field: Field::CiToken }],
            Self::Access => usual.retain(|mapping| !mapping.field.carries_the_refresh_token()),
            Self::AccessAndRefresh => {}
        }
        usual
    }
}

impl Choice for bool {
    const WORDS: &'static [(&'static str, Self)] = &[("yes", true), ("no", false)];
}

/// Which field goes under which name at targets that say nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secrets(pub Vec<Mapping>);

impl Default for Secrets {
    fn default() -> Self {
        let mapping = |name: &str, field| Mapping { name: name.to_owned(), field };
        Self(vec![
            mapping("CLAUDE_ACCESS_TOKEN", Field::AccessToken),
            mapping("CLAUDE_REFRESH_TOKEN", Field::RefreshToken),
            mapping("CLAUDE_EXPIRES_AT", Field::ExpiresAt),
        ])
    }
}
