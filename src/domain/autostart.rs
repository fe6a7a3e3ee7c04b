//! Whether Wick opens when the user logs in.

/// What is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Autostart {
    /// It does.
    On,
    /// It does not.
    Off,
    /// The entry is there, and the program that it names is not: it was moved or removed.
    Broken(String),
    /// It was asked for, and the user has to allow it in the system's settings.
    NeedsApproval,
    /// It cannot, and why.
    Unavailable(AutostartError),
}

impl Autostart {
    /// Whether it was asked for, so that asking again means the opposite.
    pub fn is_on(&self) -> bool {
        matches!(self, Self::On | Self::Broken(_))
    }
}

/// Why opening at login cannot be changed or looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AutostartError {
    /// The system opens only apps at login, and this program is not inside one.
    NoBundle,
    /// The system is older than its interface for this.
    OldSystem,
    /// The system did not answer in time.
    Silent,
    /// Anything else, in the system's words.
    Failed(String),
}
