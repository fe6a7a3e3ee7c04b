//! What is not sent before the user has approved it.

/// What is to be approved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Approval {
    /// That targets get the refresh token.
    RefreshToken,
    /// A place that is new in the config.
    NewPlace,
    /// Another account's credential for this place.
    OtherAccount,
    /// Writing over someone else's change.
    Overwrite,
}
