//! What the user can set, validated; `config.rs` makes it from text.

pub mod address;
pub mod choice;
pub mod file;
pub mod gets;
pub mod kind;
pub mod names;
pub mod places;
pub mod profile;
pub mod target;

#[cfg(test)]
mod properties;

pub use choice::{Choice, IconStyle, RefreshMode, ShareRefreshToken, SourceChoice, Title};
pub use file::{ConfigFileError, Distrust};
pub use gets::{Gets, Secrets};
pub use kind::{Audience, Holder, Kind, Misfit, Store, Visibility, is_environment_name};
pub use names::{is_repository, is_secret_name};
pub use profile::{Profile, ProfileName};
pub use target::{CI_TOKEN_NAME, Field, Mapping, NotAMapping, Place, Target, TargetId, VARIABLE};

use jiff::SignedDuration;

use target::first_eight;

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
        self.needs(|field| field == Field::CiToken)
    }

    /// Whether that is so, or something is made of its dates.
    pub fn is_about_the_ci_token(&self) -> bool {
        self.needs(Field::is_of_the_ci_token)
    }

    fn needs(&self, is_meant: impl Fn(Field) -> bool) -> bool {
        let of_targets = self.own_targets().flat_map(|target| self.mappings(target));
        of_targets.chain(&self.secrets.0).any(|mapping| is_meant(mapping.field))
    }

    /// The targets that this profile's credential goes to.
    pub fn own_targets(&self) -> impl Iterator<Item = &Target> {
        self.targets.iter().filter(|target| target.profile == self.profile)
    }

    /// What goes to a target under which name.
    pub fn mappings<'a>(&'a self, target: &'a Target) -> &'a [Mapping] {
        target.secrets.as_deref().unwrap_or(&self.secrets.0)
    }

    /// Whether what goes to a target waits for the user's answer about the refresh token.
    pub fn asks_to_share(&self, target: &Target) -> bool {
        self.sync.share_refresh_token == ShareRefreshToken::Ask
            && self.mappings(target).iter().any(|mapping| mapping.field.carries_the_refresh_token())
    }

    /// Which place a target is, on whichever GitHub: another address or another command is another place.
    pub fn key(&self, target: &Target) -> String {
        match &target.place {
            Place::Command { name, command } => {
                // Its arguments may hold what is nobody's business.
                format!("command {name} {:016x}", first_eight(command.join("\0").as_bytes()))
            }
            Place::Github(_) => format!("{} {}", self.github.api_url, target.to_string().to_lowercase()),
        }
    }

    /// What the user allows by letting secrets go to a target: the place, who may use them there, and what they are. An
    /// edit of any of it is another permit.
    pub fn permit(&self, target: &Target) -> String {
        let audience = target.place.audience().map(|of| format!("{:?} {:?}", of.visibility, of.repositories));
        let mut what = format!("{} {:?}", audience.unwrap_or_default(), self.mappings(target));
        if let Some(profile) = self.profiles.iter().find(|profile| profile.name == target.profile) {
            // Whose secrets they are. Of the default profile nothing is said, as before there were others.
            what.push_str(&format!(" {} {}", profile.name, profile.config_dir));
        }
        format!("{} {:016x}", self.key(target), first_eight(what.as_bytes()))
    }

    /// When an access token counts as expiring: the larger of the alerts' thresholds and the refresh's `before`.
    pub fn expiry_window(&self) -> SignedDuration {
        self.alerts.access.iter().copied().max().unwrap_or_default().max(self.refresh.before)
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CredentialSettings {
    pub source: SourceChoice,
    /// What `CLAUDE_CONFIG_DIR` is set to, where the user's shell sets it.
    pub config_dir: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TraySettings {
    pub title: Title,
    pub icon: IconStyle,
}

/// How long before an end to speak.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertSettings {
    pub access: Vec<SignedDuration>,
    pub login: Vec<SignedDuration>,
    /// The program, with its arguments, that each alert goes to as well; empty for none.
    pub command: Vec<String>,
}

impl Default for AlertSettings {
    fn default() -> Self {
        let days = |days: i64| SignedDuration::from_hours(days * 24);
        // Claude Code renews an access token in its last five minutes while in use: at four it did not.
        Self { access: vec![SignedDuration::from_mins(4)], login: vec![days(7), days(3), days(1)], command: Vec::new() }
    }
}

/// How the credential is refreshed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshSettings {
    pub mode: RefreshMode,
    /// Without being asked.
    pub automatic: bool,
    /// How long before the end.
    pub before: SignedDuration,
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

    /// Whether GitHub itself runs this host, by [`Self::host`]'s name for it; others are somebody's own.
    pub fn is_hosted_by_github(host: &str) -> bool {
        host == "github.com" || host.ends_with(".ghe.com")
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
