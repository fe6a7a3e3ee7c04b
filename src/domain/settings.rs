//! What the user can set, validated; `config.rs` makes it from text.

use jiff::SignedDuration;

use super::profile::{Profile, ProfileName};
use super::target::{Field, Mapping, Target};

/// Everything in `config.toml`, as one profile sees it. The default is what an empty file means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Whose credential, targets and switches these are.
    pub profile: ProfileName,
    /// `[credential]`
    pub credential: CredentialSettings,
    /// `[tray]`
    pub tray: TraySettings,
    /// `[alerts]`
    pub alerts: AlertSettings,
    /// `[refresh]`
    pub refresh: RefreshSettings,
    /// `[github]`
    pub github: GithubSettings,
    /// `[sync]`
    pub sync: SyncSettings,
    /// `[secrets]`
    pub secrets: Secrets,
    /// `[[targets]]`
    pub targets: Vec<Target>,
    /// `[[profiles]]`
    pub profiles: Vec<Profile>,
}

/// What a switch of the menu writes into the config.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// `[refresh] automatic`
    AutomaticRefresh(bool),
    /// `[sync] automatic`
    AutomaticSync(bool),
    /// `[sync] share_refresh_token`
    ShareRefreshToken(bool),
}

impl Settings {
    /// What holds where there are settings that nobody can make sense of: they may say that nothing is to be changed.
    pub fn read_only() -> Self {
        let refresh = RefreshSettings { mode: RefreshMode::Never, ..RefreshSettings::default() };
        Self { refresh, ..Self::default() }
    }

    /// The same as another profile sees it; `None` where there is none of that name.
    pub fn of_profile(mut self, name: &ProfileName) -> Option<Self> {
        if !name.is_default() {
            let profile = self.profiles.iter().find(|profile| profile.name == *name)?;
            self.credential.config_dir = Some(profile.config_dir.clone());
            self.refresh.automatic = profile.refresh_automatic.unwrap_or(self.refresh.automatic);
            self.sync.automatic = profile.sync_automatic.unwrap_or(self.sync.automatic);
            self.sync.share_refresh_token = profile.share_refresh_token.unwrap_or(self.sync.share_refresh_token);
        }
        self.profile = name.clone();
        Some(self)
    }

    /// Whether something that is synced is made of the one-year token.
    pub fn needs_the_ci_token(&self) -> bool {
        let of_targets = self.own_targets().flat_map(|target| target.mappings(self));
        of_targets.chain(&self.secrets.0).any(|mapping| mapping.field == Field::CiToken)
    }

    /// The targets that this profile's credential goes to.
    pub fn own_targets(&self) -> impl Iterator<Item = &Target> {
        self.targets.iter().filter(|target| target.profile == self.profile)
    }

    /// When an access token counts as expiring: the larger of the alerts' thresholds and the refresh's `before`.
    pub fn expiry_window(&self) -> SignedDuration {
        self.alerts.access.iter().copied().max().unwrap_or_default().max(self.refresh.before)
    }
}

/// Which credential.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CredentialSettings {
    /// Where to look.
    pub source: SourceChoice,
    /// What `CLAUDE_CONFIG_DIR` is set to, where the user's shell sets it.
    pub config_dir: Option<String>,
}

/// Where to look for the credential.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SourceChoice {
    /// The keychain on macOS, then the file.
    #[default]
    Auto,
    /// The keychain alone.
    Keychain,
    /// The file alone.
    File,
}

/// What the menu bar shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TraySettings {
    /// The text beside the icon.
    pub title: Title,
    /// What the icon draws.
    pub icon: IconStyle,
}

/// The text beside the icon.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Title {
    /// The access token's time left.
    #[default]
    Access,
    /// The sign-in's time left.
    Login,
    /// Whichever ends first.
    Soonest,
    /// Nothing.
    None,
}

/// What the icon draws.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IconStyle {
    /// A candle that burns down.
    #[default]
    Candle,
    /// The hours or minutes left, as digits.
    Time,
}

/// How long before an end to speak.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertSettings {
    /// Before the access token ends.
    pub access: Vec<SignedDuration>,
    /// Before the sign-in ends.
    pub login: Vec<SignedDuration>,
}

impl Default for AlertSettings {
    fn default() -> Self {
        let days = |days: i64| SignedDuration::from_hours(days * 24);
        // Claude Code renews an access token in its last five minutes while in use: at four it did not.
        Self { access: vec![SignedDuration::from_mins(4)], login: vec![days(7), days(3), days(1)] }
    }
}

/// How the credential is refreshed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshSettings {
    /// By whom.
    pub mode: RefreshMode,
    /// Without being asked.
    pub automatic: bool,
    /// How long before the end.
    pub before: SignedDuration,
    /// The token endpoint.
    pub token_url: String,
}

impl Default for RefreshSettings {
    fn default() -> Self {
        Self {
            mode: RefreshMode::default(),
            automatic: false,
            before: SignedDuration::from_mins(10),
            // Observed of Claude Code 2.1.197 and 2.1.330.
            token_url: "https://platform.claude.com/v1/oauth/token".to_owned(),
        }
    }
}

/// Who refreshes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RefreshMode {
    /// Wick itself.
    #[default]
    Direct,
    /// The installed Claude Code, asked by Wick.
    Claude,
    /// Nobody: Wick only reads.
    Never,
}

/// Which GitHub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GithubSettings {
    /// The API's base address, without a slash at its end.
    pub api_url: String,
}

impl GithubSettings {
    /// The host as `gh` and GitHub's documentation name it: `github.com` for `https://api.github.com`, `acme.ghe.com`
    /// for `https://api.acme.ghe.com`, else the address's own host, with its port where it has one.
    pub fn host(&self) -> &str {
        let rest = self.api_url.split_once("://").map_or(self.api_url.as_str(), |(_, rest)| rest);
        let host = rest.split('/').next().unwrap_or_default();
        match host.strip_prefix("api.") {
            Some(bare) if bare == "github.com" || bare.ends_with(".ghe.com") => bare,
            _ => host,
        }
    }
}

impl Default for GithubSettings {
    fn default() -> Self {
        Self { api_url: "https://api.github.com".to_owned() }
    }
}

/// When and what to sync.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SyncSettings {
    /// Whenever the credential changed.
    pub automatic: bool,
    /// Whether targets get the refresh token.
    pub share_refresh_token: ShareRefreshToken,
}

/// Whether targets get the refresh token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ShareRefreshToken {
    /// Not before the user has answered once.
    #[default]
    Ask,
    /// Yes.
    Yes,
    /// No.
    No,
}

/// Which field goes under which name at targets that say nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secrets(pub Vec<Mapping>);

impl Default for Secrets {
    fn default() -> Self {
        let mapping = |name: &str, field| Mapping { name: name.to_owned(), field };
        Self(vec![
            mapping("CLAUDE_ACCESS_TOKEN", Field::AccessToken),
            mapping("CLAUDE_REFRESH_TOKEN", Field::RefreshToken),
            mapping("CLAUDE_EXPIRES_AT", Field::ExpiresAt),
        ])
    }
}
