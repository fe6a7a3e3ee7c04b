//! What the demo says in the terminal, live and in the animation that is made of it.

use jiff::SignedDuration;

/// What starts it.
pub(crate) const COMMAND: &str = "cargo run --example demo";
pub(crate) const REPOSITORIES: [&str; 2] = ["acme/api", "acme/web"];
/// Of the access token, at the beginning.
pub(crate) const HOURS_LEFT: SignedDuration = SignedDuration::from_mins(3 * 60 + 12);
/// What each repository gets.
pub(crate) const SECRETS: &str =
    "[secrets]\nCLAUDE_ACCESS_TOKEN = \"accessToken\"\nCLAUDE_EXPIRES_AT = \"expiresAt\"\n";

pub(crate) const HEALTHY: &str = "Three hours left. One click, and both repositories have the token";
pub(crate) const REFRESHED: &str = "Ten minutes left: Wick refreshes by itself. One click sends the new token";
pub(crate) const SPENT: &str = "Another computer has spent the refresh token: Wick says so, and what to do";
pub(crate) const SIGNED_IN: &str = "Signed in again. One click, and both have the new token";
pub(crate) const ARCHIVED: &str = "acme/web is archived now: a notification says so, and acme/api has the new token";
pub(crate) const WELL: &str = "acme/web takes secrets again. One click, and all is well";

pub(crate) fn scene(text: &str) -> String {
    format!("-- {text}")
}

/// Someone clicks on that.
pub(crate) fn click(item: &str) -> String {
    format!("   [click] {item}")
}

/// GitHub has taken a secret.
pub(crate) fn boxed(repository: &str, name: &str) -> String {
    format!("   [GitHub] a sealed box for {repository}: {name}")
}

/// The token endpoint has answered.
pub(crate) fn granted(is_granted: bool) -> String {
    format!("   [token endpoint] one POST: {}", if is_granted { "new tokens" } else { "invalid_grant" })
}

/// What is new in Wick's status line.
pub(crate) fn status(parts: &str) -> String {
    format!("   [Wick] {parts}")
}

pub(crate) fn notified(summary: &str, body: &str) -> String {
    format!("   [notification] {summary}: {}", body.replace('\n', " | "))
}
