//! The only place a token may live between the line that parses it and the line that sends it.

use std::fmt;

use zeroize::Zeroizing;

/// Text that must not be seen: wiped when dropped, without `Display` and `Serialize`, and `[redacted]` to `Debug`.
///
/// ```
/// use wick::domain::secret::Secret;
///
/// let token = Secret::from("sk-ant-oat01-EXAMPLE".to_owned());
/// assert_eq!(format!("{token:?}"), "[redacted]");
/// assert_eq!(token.expose(), "sk-ant-oat01-EXAMPLE");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// The text itself. Each call is a place to look at in a review.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is no text at all, which is how Claude Code marks a credential as signed out.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[redacted]")
    }
}
