//! Claude Code's sign-in: where it is kept, what its bytes mean, when it ends, and what is doubtful about it; beside it
//! the one-year token for CI.

pub mod ci_check;
pub mod ci_token;
pub mod concern;
pub mod document;
pub mod expiry;
pub mod material;
mod member;
mod overruling;
pub mod record;
pub mod rotation;
pub mod source;

#[cfg(test)]
mod properties;

pub use ci_check::{CheckFailure, FailedCheck, NotProven};
pub use ci_token::{ALERTS, CiTokenMemory, KeptIn, LIFE, NotOne, parse};
pub use concern::Concern;
pub use document::Document;
pub use expiry::{Doubt, doubt};
pub use material::{Material, Tokens};
pub(in crate::domain) use member::end;
pub use overruling::{ANT_PROFILE, Overruling};
pub use record::{
    Contents, Credential, LOGIN_UNCERTAINTY, Malformed, Misfit, SIGN_IN, Unaccepted, earliest_login_end, is_split,
};
pub use source::{ConfigDir, Location, Problem, ProgramError, Reading, SERVICE, SourceKind, keychain_account};
