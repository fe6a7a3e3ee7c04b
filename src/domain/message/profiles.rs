//! Words about several profiles.

use crate::domain::profile::ProfileName;

/// A profile's line in the menu, above what it is about.
pub fn heading(name: &ProfileName, headline: &str) -> String {
    format!("{name}: {headline}")
}

/// A notification's first line, where it has to say whose it is.
pub fn summary(name: &ProfileName, summary: &str) -> String {
    format!("{name}: {summary}")
}
