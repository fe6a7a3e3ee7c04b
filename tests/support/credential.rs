//! Credentials as Claude Code writes them. All values are invented; the tokens are sentinels that no output may have.

use wick::domain::time::EpochMillis;

/// Every token of every test begins so: the sweep looks for it.
pub const SENTINEL: &str = "tok-sentinel";

/// One credential's text, built a member at a time.
#[derive(Clone, Debug)]
pub struct CredentialText {
    access_token: String,
    refresh_token: String,
    expires_at: String,
    login_expires_at: Option<String>,
    scopes: String,
    beside: String,
}

impl CredentialText {
    /// A sign-in whose access token ends at this moment.
    pub fn ending(expires_at: EpochMillis) -> Self {
        Self {
            access_token: format!("\"{SENTINEL}-access\""),
            refresh_token: format!("\"{SENTINEL}-refresh\""),
            expires_at: expires_at.0.to_string(),
            login_expires_at: None,
            scopes: r#"["user:inference","user:profile"]"#.to_owned(),
            beside: String::new(),
        }
    }

    /// The sign-in ends then.
    pub fn login_ending(mut self, moment: EpochMillis) -> Self {
        self.login_expires_at = Some(moment.0.to_string());
        self
    }

    /// This text in place of the end, such as a number in quotes.
    pub fn raw_end(mut self, raw: &str) -> Self {
        raw.clone_into(&mut self.expires_at);
        self
    }

    /// The marker of a sign-in that ended.
    pub fn signed_out(mut self) -> Self {
        self.access_token = "\"\"".to_owned();
        self.refresh_token = "\"\"".to_owned();
        self.expires_at = "0".to_owned();
        self
    }

    /// Without scopes.
    pub fn without_scopes(mut self) -> Self {
        self.scopes = "[]".to_owned();
        self
    }

    /// Another service's sign-in beside it, with a token of its own.
    pub fn with_neighbors(mut self) -> Self {
        self.beside = format!(r#","mcpOAuth":{{"acme|1":{{"accessToken":"{SENTINEL}-neighbor"}}}}"#);
        self
    }

    /// The file's content.
    pub fn json(&self) -> String {
        let Self { access_token, refresh_token, expires_at, login_expires_at, scopes, beside } = self;
        let login =
            login_expires_at.as_ref().map(|end| format!(r#""refreshTokenExpiresAt":{end},"#)).unwrap_or_default();
        format!(
            concat!(
                r#"{{"claudeAiOauth":{{"accessToken":{},"refreshToken":{},"expiresAt":{},{}"scopes":{},"#,
                r#""subscriptionType":"max","rateLimitTier":"default_claude_max_20x","accountUuid":"1a2b3c4d-aaaa"}}{}}}"#
            ),
            access_token, refresh_token, expires_at, login, scopes, beside
        )
    }
}
