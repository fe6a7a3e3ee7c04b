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

    /// The token that a program printed or a person pasted: without the line's end and spaces around it. `None` where
    /// anything else is in it that no header takes.
    pub fn as_token(&self) -> Option<Self> {
        let bare = self.expose().trim();
        let fits = !bare.is_empty() && bare.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| Self::from(bare.to_owned()))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_what_a_header_takes() {
        let token = |text: &str| Secret::from(text.to_owned()).as_token().map(|token| token.expose().to_owned());
        assert_eq!(token(" gho_EXAMPLE\r\n").as_deref(), Some("gho_EXAMPLE"));
        for bad in ["", "\n", "a b", "a\nb", "a\0", "é"] {
            assert_eq!(token(bad), None, "{bad:?}");
        }
    }
}
