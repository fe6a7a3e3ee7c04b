//! What a target gets, as a person chooses it: each choice stands for a table of secrets.

use super::choice::Choice;
use super::target::{Field, Mapping};

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
    /// Each secret's usual name, and what goes there.
    pub fn mappings(self) -> Vec<Mapping> {
        let fields: &[(&str, Field)] = match self {
            Self::OneYear => &[("CLAUDE_CODE_OAUTH_TOKEN", Field::CiToken)],
            Self::Access => &[("CLAUDE_ACCESS_TOKEN", Field::AccessToken), ("CLAUDE_EXPIRES_AT", Field::ExpiresAt)],
            Self::AccessAndRefresh => &[
                ("CLAUDE_ACCESS_TOKEN", Field::AccessToken),
                ("CLAUDE_REFRESH_TOKEN", Field::RefreshToken),
                ("CLAUDE_EXPIRES_AT", Field::ExpiresAt),
            ],
        };
        fields.iter().map(|(name, field)| Mapping { name: (*name).to_owned(), field: *field }).collect()
    }
}

impl Choice for bool {
    const WORDS: &'static [(&'static str, Self)] = &[("yes", true), ("no", false)];
}
