//! What is wrong or doubtful about a reading.

use jiff::Timestamp;

use super::expiry::Doubt;
use super::record::{Contents, Unaccepted};
use super::source::{Location, Problem, Reading};
use crate::domain::settings::Field;

/// What is wrong or doubtful, as a cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Concern {
    /// The place could not be read.
    Problem(Problem, Location),
    /// Claude Code left its marker for a sign-in that is over, with its own word for why, such as `time_limit`.
    SignedOut(Option<String>),
    /// The place holds other programs' things only.
    NoSignIn,
    /// Nobody signs in here: Claude Code goes through the organization's gateway.
    ByGateway,
    /// What is stored for this token is none, and goes nowhere.
    NotAToken(Field),
    /// A clock is not to be believed.
    Doubt(Doubt),
    /// All tokens are there, and Claude Code counts as signed out all the same.
    Unaccepted(Unaccepted),
    /// Both clocks have ended.
    LoginExpired,
    /// The access token has ended, and nothing is stored to refresh it with.
    NoRefreshToken,
}

impl Concern {
    /// Whether it is of the same kind as another, whatever is known of either.
    pub fn is_like(&self, other: &Self) -> bool {
        let kind = std::mem::discriminant::<Self>;
        match (self, other) {
            (Self::Problem(one, _), Self::Problem(other, _)) => {
                std::mem::discriminant(one) == std::mem::discriminant(other)
            }
            (Self::Doubt(one), Self::Doubt(other)) => std::mem::discriminant(one) == std::mem::discriminant(other),
            (one, other) => kind(one) == kind(other),
        }
    }

    /// What there is to say of a reading; `None` where all is well. `seen` is a moment that is known to have passed.
    pub fn of(reading: &Reading, seen: Option<Timestamp>, now: Timestamp) -> Option<Self> {
        let credential = match &reading.outcome {
            Ok(Contents::SignedIn(credential)) => credential,
            Ok(Contents::SignedOut(login_ended)) => {
                return Some(Self::SignedOut(login_ended.clone()));
            }
            Ok(Contents::NoSignIn { by_gateway }) => {
                return Some(if *by_gateway { Self::ByGateway } else { Self::NoSignIn });
            }
            Err(problem) => return Some(Self::Problem(problem.clone(), reading.location.clone())),
        };
        if let Some(field) = credential.not_a_token() {
            Some(Self::NotAToken(field))
        } else if let Some(why) = credential.unaccepted {
            Some(Self::Unaccepted(why))
        } else if let Some(doubt) = reading.doubt(seen, now) {
            Some(Self::Doubt(doubt))
        } else if credential.lives(now) {
            None
        } else if credential.login_has_ended(now) {
            Some(Self::LoginExpired)
        } else {
            credential.refresh_token.is_none().then_some(Self::NoRefreshToken)
        }
    }
}
