//! What GitHub lists of the secrets at a place.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::domain::settings::Visibility;

/// How far the date of a listing may lie from that of the answer to a write, and still be that write's.
pub(super) const SAME_WRITE: SignedDuration = SignedDuration::from_secs(5);

/// What GitHub lists of the secrets that a target names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// By name in upper case.
    pub secrets: BTreeMap<String, Listed>,
    /// The repository's present name, where it is another one than the config's.
    pub moved_to: Option<String>,
    /// When the token ends.
    pub token_expires: Option<Timestamp>,
    /// GitHub's tag for this listing, by which it says later that nothing has changed.
    pub etag: Option<String>,
    /// Whether it is the one whose tag was sent along: then nothing stands here.
    pub is_unchanged: bool,
}

/// What GitHub lists of one secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// When it was first written.
    pub created_at: Option<Timestamp>,
    /// When it was last written.
    pub updated_at: Option<Timestamp>,
    /// Which of an organization's repositories may use it.
    pub visibility: Option<Visibility>,
}
