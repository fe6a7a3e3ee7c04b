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
    /// Nobody's, but the end of a refresh that was cut off: the refresh token that is stored was spent by it.
    Successor,
}
