//! The names that GitHub takes: for secrets, for owners and for repositories.

/// Whether GitHub takes this name for a secret: letters, digits and `_`, no digit first, not beginning with `GITHUB_`.
///
/// Source: GitHub's documentation, "Naming your secrets".
pub fn is_secret_name(name: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    name.bytes().all(word)
        && name.bytes().next().is_some_and(|first| !first.is_ascii_digit())
        && !name.to_ascii_uppercase().starts_with("GITHUB_")
}

/// Whether this is `owner/name` with the characters that GitHub's own names have.
pub fn is_repository(text: &str) -> bool {
    text.split_once('/').is_some_and(|(owner, name)| is_owner(owner) && is_repository_name(name))
}

/// Whether this is the login of a user or an organization.
pub fn is_owner(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// Whether this is a repository's name without its owner.
pub fn is_repository_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    !text.is_empty() && text != "." && text != ".." && text.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secrets_name_is_one_that_github_takes() {
        for good in ["CLAUDE_ACCESS_TOKEN", "_x", "a1", "GITHUB"] {
            assert!(is_secret_name(good), "{good}");
        }
        for bad in ["", "1A", "A-B", "A B", "GITHUB_TOKEN", "github_x", "É"] {
            assert!(!is_secret_name(bad), "{bad}");
        }
    }

    #[test]
    fn a_repository_is_an_owner_and_a_name() {
        for good in ["acme/api", "a-1/b.c_d", "acme_emu/x"] {
            assert!(is_repository(good), "{good}");
        }
        for bad in ["", "acme", "acme/", "/api", "acme/api/x", "acme/..", "ac me/api", "https://github.com/a/b"] {
            assert!(!is_repository(bad), "{bad}");
        }
    }
}
