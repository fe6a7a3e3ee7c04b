//! All that can be sent from this computer: the sign-in, and the one-year token beside it.

use jiff::Timestamp;

use super::record::Credential;
use super::source::Reading;
use crate::domain::fingerprint::Fingerprint;
use crate::domain::secret::Secret;

/// What one look brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Material {
    /// Of the place of the sign-in.
    pub sign_in: Reading,
    /// The one-year token, where one is stored and something is made of it.
    pub ci_token: Option<Secret>,
    /// When that was stored, where something is made of it; also where it cannot be read now.
    pub ci_token_stored_at: Option<Timestamp>,
}

/// The same without where it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tokens<'a> {
    /// `None` where nobody is signed in, or that is not known.
    pub credential: Option<&'a Credential>,
    /// The one-year token.
    pub ci_token: Option<&'a Secret>,
    /// When that was stored.
    pub ci_token_stored_at: Option<Timestamp>,
}

impl Material {
    /// The sign-in, where there is one.
    pub fn credential(&self) -> Option<&Credential> {
        self.sign_in.credential()
    }

    /// What can be sent.
    pub fn tokens(&self) -> Tokens<'_> {
        let (ci_token, ci_token_stored_at) = (self.ci_token.as_ref(), self.ci_token_stored_at);
        Tokens { credential: self.credential(), ci_token, ci_token_stored_at }
    }
}

impl Tokens<'_> {
    /// Whether the refresh token is this one, which is known to be spent.
    pub fn is_spent(&self, spent: Option<&Fingerprint>) -> bool {
        let token = self.credential.and_then(|credential| credential.refresh_token.as_ref());
        token.zip(spent).is_some_and(|(token, spent)| Fingerprint::of(token) == *spent)
    }
}

impl<'a> From<&'a Credential> for Tokens<'a> {
    fn from(credential: &'a Credential) -> Self {
        Self { credential: Some(credential), ci_token: None, ci_token_stored_at: None }
    }
}
