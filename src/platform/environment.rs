//! The variables and folders that the process was started with, read once.

use std::ffi::{OsStr, OsString};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::{env, fs};

use jiff::tz::TimeZone;

use super::{own_program, private_file};
use crate::domain::credential::{ANT_PROFILE, ConfigDir, Overruling};
use crate::domain::secret::Secret;
use crate::domain::settings::CredentialSettings;
use crate::domain::system::Unfit;
use crate::ports::Terminal;

/// Those of the XDG base directory specification that are looked at.
const XDG: [&str; 2] = ["XDG_CONFIG_HOME", "XDG_STATE_HOME"];

/// What the process was started with.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    pub home: PathBuf,
    /// `USER`.
    pub user: Option<String>,
    /// `CLAUDE_SECURESTORAGE_CONFIG_DIR`; set to nothing is not the same as not set.
    pub claude_secure_storage_dir: Option<OsString>,
    /// `CLAUDE_CONFIG_DIR`.
    pub claude_config_dir: Option<OsString>,
    /// `XDG_CONFIG_HOME`, where it is an absolute path.
    pub xdg_config_home: Option<PathBuf>,
    /// `XDG_CONFIG_DIRS`, where they are absolute paths: the folders of settings for all users.
    pub xdg_config_dirs: Vec<PathBuf>,
    /// `XDG_STATE_HOME`, where it is an absolute path.
    pub xdg_state_home: Option<PathBuf>,
    /// Of the variables above, those that are ignored because they are no full path, with their value.
    pub relative: Vec<(&'static str, String)>,
    /// Whether `TZ` says which time zone it is.
    pub is_zone_named: bool,
    /// `TZ`, where no time zone of this name is known here.
    pub unknown_time_zone: Option<String>,
    /// `PATH`.
    pub path: OsString,
    /// This program, for what starts it another time. Asked for at the start: one that was replaced since has no name.
    pub program: Option<PathBuf>,
    /// `TERMINAL`: the user's choice of a terminal program.
    pub terminal: Option<String>,
    /// `SSL_CERT_FILE`, the folders of `SSL_CERT_DIR`, and `NODE_EXTRA_CA_CERTS`, which Claude Code honors: certificates to
    /// trust beside the system's.
    pub certificates: Vec<(&'static str, PathBuf)>,
    /// `GH_TOKEN` and `GITHUB_TOKEN`, which are given for github.com and the hosts of ghe.com.
    pub github_tokens: Vec<(&'static str, Secret)>,
    /// `GH_ENTERPRISE_TOKEN` and `GITHUB_ENTERPRISE_TOKEN`, which are given for all other hosts.
    pub github_enterprise_tokens: Vec<(&'static str, Secret)>,
    /// The names of the variables that would make Claude Code use something else than the stored sign-in.
    pub not_for_claude: Vec<OsString>,
    /// Those of them that are set to something and do, the strongest first.
    pub overruling: Vec<Overruling>,
    /// `ANTHROPIC_CONFIG_DIR`: the folder of `ant`.
    pub ant_dir: Option<PathBuf>,
    /// `ANTHROPIC_PROFILE`: which of its sign-ins is used.
    pub ant_profile: Option<String>,
    /// All that a Claude Code needs of the surroundings which is to use one token and nothing else: its way to the network.
    pub for_a_check: Vec<(OsString, OsString)>,
}

impl Environment {
    /// Reads the process's environment.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
    pub fn of_process() -> Self {
        let text = |name: &str| env::var(name).ok();
        // The XDG base directory specification: a path that is not absolute is to be ignored.
        let folder = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let relative = |name| {
            let path = env::var_os(name).map(PathBuf::from).filter(|path| !path.as_os_str().is_empty())?;
            path.is_relative().then(|| (name, path.display().to_string()))
        };
        let tokens = |names: [&'static str; 2]| {
            let token = |name| text(name).filter(|token| !token.trim().is_empty()).map(|token| (name, token.into()));
            names.into_iter().filter_map(token).collect()
        };
        let path = env::var_os("PATH").unwrap_or_default();
        let config_dirs = env::var_os("XDG_CONFIG_DIRS").filter(|folders| !folders.is_empty());
        let config_dirs = config_dirs.unwrap_or_else(|| "/etc/xdg".into());
        Self {
            home: env::home_dir().filter(|home| !home.as_os_str().is_empty()).unwrap_or_else(|| PathBuf::from("/")),
            user: text("USER"),
            claude_secure_storage_dir: env::var_os("CLAUDE_SECURESTORAGE_CONFIG_DIR"),
            claude_config_dir: env::var_os("CLAUDE_CONFIG_DIR"),
            xdg_config_home: folder("XDG_CONFIG_HOME"),
            xdg_config_dirs: env::split_paths(&config_dirs).filter(|folder| folder.is_absolute()).collect(),
            xdg_state_home: folder("XDG_STATE_HOME"),
            relative: XDG.into_iter().filter_map(relative).collect(),
            is_zone_named: env::var_os("TZ").is_some_and(|zone| !zone.is_empty()),
            unknown_time_zone: text("TZ").filter(|zone| !zone.is_empty() && TimeZone::try_system().is_err()),
            program: own_program::find(&path).ok(),
            path,
            terminal: text("TERMINAL").filter(|name| !name.is_empty()),
            certificates: ["SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS"]
                .into_iter()
                .flat_map(certificates)
                .collect(),
            github_tokens: tokens(["GH_TOKEN", "GITHUB_TOKEN"]),
            github_enterprise_tokens: tokens(["GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"]),
            not_for_claude: env::vars_os().map(|(name, _)| name).filter(|name| overrules_the_sign_in(name)).collect(),
            overruling: Overruling::in_environment(|name| text(name).is_some_and(|value| !value.trim().is_empty()))
                .collect(),
            ant_dir: env::var_os("ANTHROPIC_CONFIG_DIR").filter(|dir| !dir.is_empty()).map(PathBuf::from),
            ant_profile: text(ANT_PROFILE).filter(|name| !name.is_empty()),
            for_a_check: env::vars_os().filter(|(name, _)| is_for_a_check(name)).collect(),
        }
    }

    /// The usual place of the config.
    pub fn config_path(&self) -> PathBuf {
        self.config_home().join("wick/config.toml")
    }

    /// The folder of the user's settings.
    pub fn config_home(&self) -> PathBuf {
        self.xdg_config_home.clone().unwrap_or_else(|| self.in_home(".config"))
    }

    /// The folder of state, journal, locks and log.
    pub fn state_folder(&self) -> PathBuf {
        let base = self.xdg_state_home.clone().unwrap_or_else(|| self.in_home(".local/state"));
        base.join("wick")
    }

    /// Claude Code's folder under these settings.
    pub fn claude_dir(&self, settings: &CredentialSettings) -> ConfigDir {
        ConfigDir::resolve(
            settings.config_dir.as_deref().map(OsStr::new),
            self.claude_secure_storage_dir.as_deref(),
            self.claude_config_dir.as_deref(),
            &self.home,
        )
    }

    /// Claude Code's settings for this user.
    pub fn claude_settings(&self, settings: &CredentialSettings) -> PathBuf {
        let folder = settings.config_dir.as_deref().map(OsStr::new).or(self.claude_config_dir.as_deref());
        folder.map_or_else(|| self.in_home(".claude"), PathBuf::from).join("settings.json")
    }

    /// The folder of `ant`, as Claude Code finds it.
    pub fn ant_dir(&self) -> PathBuf {
        self.ant_dir.clone().unwrap_or_else(|| self.config_home().join("anthropic"))
    }

    fn in_home(&self, relative: &str) -> PathBuf {
        self.home.join(relative)
    }

    /// Why nothing is to be done for this user.
    pub fn unfit(&self) -> Option<Unfit> {
        if self.home.is_relative() {
            return Some(Unfit::RelativeHome(self.home.display().to_string()));
        }
        let base = self.xdg_state_home.as_deref().unwrap_or(&self.home);
        let (folder, metadata) = base.ancestors().find_map(|folder| Some((folder, fs::metadata(folder).ok()?)))?;
        (private_file::us() == 0 && metadata.uid() != 0).then(|| Unfit::OthersHome {
            folder: folder.display().to_string(),
            owner: metadata.uid(),
            state: self.state_folder().display().to_string(),
        })
    }
}

/// The files or folders that a variable names.
#[expect(clippy::disallowed_methods, reason = "called once, by what reads the environment")]
fn certificates(variable: &'static str) -> Vec<(&'static str, PathBuf)> {
    let named = env::var_os(variable).filter(|path| !path.is_empty()).unwrap_or_default();
    let paths: Vec<PathBuf> = match variable {
        "SSL_CERT_DIR" => env::split_paths(&named).collect(),
        _ => vec![PathBuf::from(named)],
    };
    paths.into_iter().filter(|path| !path.as_os_str().is_empty()).map(|path| (variable, path)).collect()
}

/// What is said here of the terminal. See: <https://no-color.org>
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
pub fn terminal() -> Terminal {
    Terminal {
        is_dumb: env::var_os("TERM").is_some_and(|term| term == "dumb"),
        is_told_steps: false,
        is_plain: env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()),
    }
}

fn overrules_the_sign_in(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with("ANTHROPIC_") || name.starts_with("CLAUDE_CODE_OAUTH_")
}

fn is_for_a_check(name: &OsStr) -> bool {
    let name = name.to_string_lossy().to_ascii_uppercase();
    let names = ["USER", "LOGNAME", "LANG", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS"];
    names.contains(&name.as_str()) || name.starts_with("LC_") || name.ends_with("_PROXY")
}
